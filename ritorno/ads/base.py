"""What every ad platform does: keep an ad audience, add to it, remove from it, say what it has."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import msgspec

from ritorno.core.ad_identifiers import Hashed, Platform


class PlatformDown(Exception):  # noqa: N818 - the name says the state
    """The platform could not be asked; it is asked again later. The text says what happened."""


class PlatformRefused(Exception):  # noqa: N818 - not an error of ours
    """The platform does not take it, and would not the next time; the text says why, in its words."""


class Request(msgspec.Struct, frozen=True):
    """One call: `form` is sent as a form, `body` as JSON; values of a form are texts. Credentials are no part of it."""

    method: str
    url: str
    form: dict[str, str] = {}
    body: Any = None


class Upload(NamedTuple):
    """`audience` is the platform's own id, `number` the same whenever this upload is repeated; `members` are the
    identifiers of one person after the other."""

    audience: str
    action: str  # add, remove
    members: Sequence[Sequence[Hashed]]
    number: int


class Receipt(msgspec.Struct, frozen=True):
    """What the platform answered: its ids of the calls, how many it took in, how many it could not read."""

    ids: tuple[str, ...]
    received: int
    invalid: int = 0


class Holds(NamedTuple):
    """What a platform says it has: exactly whom (`everyone`), or no more than about how many."""

    about: int | None
    everyone: frozenset[Hashed] | None = None


class Wire(Protocol):
    """A platform's language: from uploads to its calls, from its answers to receipts. No network."""

    platform: Platform

    def creation(self, name: str) -> Request:
        """The call that makes an empty ad audience."""
        ...

    def calls(self, upload: Upload) -> list[Request]:
        """The calls of one upload, in order, each no larger than the platform takes."""
        ...

    def receipt(self, answers: Sequence[Any]) -> Receipt:
        """The answers to those calls, read. Raises PlatformRefused for an answer that is an error."""
        ...


class AdPlatform(Protocol):
    """Telling it the same upload twice leaves it as telling it once."""

    platform: Platform

    def create(self, name: str) -> str:
        """Make an empty ad audience; the platform's id of it. Raises PlatformDown, PlatformRefused."""
        ...

    def calls(self, upload: Upload) -> list[Request]:
        """What would be sent for this upload."""
        ...

    def apply(self, upload: Upload) -> Receipt:
        """Tell it. Raises PlatformDown, PlatformRefused."""
        ...

    def holds(self, audience: str) -> Holds:
        """What it has of an ad audience. Raises PlatformDown."""
        ...
