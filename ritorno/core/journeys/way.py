"""One way to say it: a channel, and the words in every language."""

from collections.abc import Iterator

import msgspec

from ritorno.core.events import Channel
from ritorno.core.messages.blocks import AnyBlock
from ritorno.core.messages.text import Text, Tone
from ritorno.core.segments.rule import Rule


class Words(Text, frozen=True, forbid_unknown_fields=True):
    """The same in Hebrew and in English; more languages where they are told."""


class ToneFor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Those for whom the rule holds are spoken to in that tone (SEG-20)."""

    tone: Tone
    only_if: Rule


class Way(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One way to say it: the first way of a step that the customer permits, and whose `only_if` holds, is taken.

    `subjects`: several by name instead of one, told apart by hash (ENG-03). `blocks`: what an e-mail is built of; where
    there are none, its layout is made from its text. `tones`: the first that holds; else the customer's trait `tone`.
    `links`: where a named link leads, a text with fields; `link` leads to the personal page where it is not among them.
    `short`: at most 50 words (ENG-02).
    """

    channel: Channel
    text: Text = Text("", "")
    subject: Text | None = None
    only_if: Rule | None = None
    subjects: dict[str, Text] = {}
    blocks: tuple[AnyBlock, ...] = ()
    tones: tuple[ToneFor, ...] = ()
    links: dict[str, str] = {}
    short: bool = False

    def rules(self) -> Iterator[tuple[str, Rule]]:
        """Every rule that it asks, with its path."""
        parts: list[tuple[str, Rule | None]] = [("only_if", self.only_if)]
        parts += [(f"blocks[{index}].only_if", block.only_if) for index, block in enumerate(self.blocks)]
        parts += [(f"tones[{index}].only_if", tone.only_if) for index, tone in enumerate(self.tones)]
        yield from ((path, rule) for path, rule in parts if rule is not None)
