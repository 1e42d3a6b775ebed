"""One way to say it: a channel, and the words in every language."""

import msgspec

from ritorno.core.events import Channel
from ritorno.core.segments.rule import Rule


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The same in Hebrew and in English."""

    he: str
    en: str

    def in_language(self, language: str) -> str:
        return self.he if language == "he" else self.en


class Way(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One way to say it: the first way of a step that the customer permits, and whose `only_if` holds, is taken."""

    channel: Channel
    text: Words
    subject: Words | None = None
    only_if: Rule | None = None
