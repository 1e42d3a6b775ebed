"""What every provider does: send once, and answer whether it has a message."""

from typing import Protocol

from ritorno.core.messages.message import Content, Receipt


class ProviderDown(Exception):  # noqa: N818 - the name says the state
    """The provider could not be asked; the message is tried again later. The text says what happened."""


class Provider(Protocol):
    """`key` is the message's idempotency key: the same key is sent at most once, however often `send` is called."""

    name: str

    def send(self, key: str, content: Content) -> Receipt:
        """Hand one message over. Raises ProviderDown; a refusal comes back as a receipt with `accepted` False."""
        ...

    def look_up(self, key: str) -> Receipt | None:
        """The receipt of a message handed over before, None when the provider surely does not have it."""
        ...
