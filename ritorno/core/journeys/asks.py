"""Which of the shop's data a playbook runs on: its planning list (ENG-11)."""

from collections.abc import Iterator

import msgspec

from ritorno.core.journeys.journey import Playbook
from ritorno.core.journeys.rules import rules_of
from ritorno.core.journeys.step import Give, Task, Wait
from ritorno.core.messages.blocks import Gallery
from ritorno.core.messages.promised import nouns_asked
from ritorno.core.segments.check import leaves
from ritorno.core.segments.rule import FactIs

# What a text speaks of, and of which use of the catalogue (`product_flags.NEEDS`) that is.
_FIELDS = (("product.video_url", "how_to"), ("product.safe_name", "discretion"))


def channels_of(playbook: Playbook) -> list[str]:
    """The channels by which it would advertise, in order of their names: each asks for consent."""
    advertising = (send for send in playbook.sends.values() if send.message_class == "marketing")
    return sorted({way.channel.value for send in advertising for way in send.ways})


def uses_of(playbook: Playbook) -> list[str]:
    """Which uses of the catalogue it makes, by their keys."""
    return list(dict.fromkeys(_uses(playbook)))


def _uses(playbook: Playbook) -> Iterator[str]:
    if any(isinstance(place.step, Wait) and place.step.until == "run_out" for place in playbook.program):
        yield "replenishment"
    for send in playbook.sends.values():
        said = msgspec.json.encode(send).decode()
        yield from (use for field, use in _FIELDS if field in said)
        blocks = [block for way in send.ways for block in way.blocks if isinstance(block, Gallery)]
        if any("complements" in (block.of, block.fallback) for block in blocks):
            yield "complements"


def asks_points(playbook: Playbook) -> bool:
    """Does it give points, or speak of them?"""
    gives = any(isinstance(place.step, Give) for place in playbook.program)
    return gives or any("points" in nouns_asked(way) for send in playbook.sends.values() for way in send.ways)


def asks_tiers(playbook: Playbook) -> bool:
    """Does it turn on what a customer is worth? Tasks do: none is made for tier C (COM-24)."""
    if any(isinstance(place.step, Task) for place in playbook.program):
        return True
    asked = (leaf for _, rule in rules_of(playbook) for _, leaf in leaves(rule))
    return any(isinstance(leaf, FactIs) and leaf.fact == "value_tier" for leaf in asked)
