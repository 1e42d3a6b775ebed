"""What stands in a lake: one small JSON file, replaced whole, so that a reader sees one moment of it.

base      parts that hold everyone once: one after the other by id, each from its `first` up to the next one's
deltas    parts of those who changed since, oldest first: a later one hides what earlier ones and the base say of
          the customers it covers
building  a base in the making, that will take the place of base and earlier deltas at once
merging   deltas on their way into the base: the parts of the base below `upto` have them already
retired   parts that no longer stand, kept for a while for readers who began before
"""

import msgspec

from ritorno.core.ids import BrandId
from ritorno.core.instants import Instant

LAYOUT = 1  # of the files: a lake of another is built anew
LOWEST = -(2**63)


class ManifestMoved(RuntimeError):  # noqa: N818 - the name says the state
    """Somebody else wrote to this lake meanwhile; what was to be written is left out and swept later."""


class NoLake(RuntimeError):  # noqa: N818 - the name says the state
    """There is nothing to read yet, or it cannot be read; the message says what to do."""


class Part(msgspec.Struct, frozen=True):
    """A folder of Parquet files, never changed. `covered` customers, of which so many `customers` have rows."""

    number: int
    name: str
    first: int
    customers: int
    covered: int
    bytes: int
    tables: tuple[str, ...]  # those that have rows


class Building(msgspec.Struct, frozen=True):
    """`after` is the last customer read; deltas from part `since` on stay when it stands."""

    since: int
    base: tuple[Part, ...] = ()
    after: int = LOWEST


class Merging(msgspec.Struct, frozen=True):
    numbers: tuple[int, ...]
    upto: int = LOWEST


class Retired(msgspec.Struct, frozen=True):
    name: str
    at: Instant


class Manifest(msgspec.Struct, frozen=True):
    """`as_of` and `changes`: the brand's time, and how many changes of customers, up to which everything is in; `round`
    how many times changes were taken in. `stands`: there is something to read."""

    brand: BrandId
    token: str
    layout: int = LAYOUT
    version: int = 0
    round: int = 0
    as_of: Instant = Instant(0)
    changes: int = 0
    next: int = 1
    stands: bool = False
    base: tuple[Part, ...] = ()
    deltas: tuple[Part, ...] = ()
    building: Building | None = None
    merging: Merging | None = None
    retired: tuple[Retired, ...] = ()

    @property
    def parts(self) -> tuple[Part, ...]:
        """All that anybody may need, but for what is retired."""
        return self.base + self.deltas + (self.building.base if self.building else ())


def encode(manifest: Manifest) -> bytes:
    return msgspec.json.format(msgspec.json.encode(manifest))


def decode(raw: bytes, where: str) -> Manifest:
    """Raises NoLake for what is no manifest of this layout."""
    try:
        manifest = msgspec.json.decode(raw, type=Manifest)
    except msgspec.DecodeError as error:
        raise NoLake(f"{where} cannot be read: {error}. Build the lake anew: ritorno lake build") from error
    if manifest.layout != LAYOUT:
        raise NoLake(f"{where} is of layout {manifest.layout}, this is {LAYOUT}. Run: ritorno lake build")
    return manifest


def with_retired(manifest: Manifest, gone: tuple[Part, ...], at: Instant) -> tuple[Retired, ...]:
    return manifest.retired + tuple(Retired(part.name, at) for part in gone)
