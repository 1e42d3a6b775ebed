"""Whose clicks are nobody's: programs that open the links of a message to look for harm (ENG-04).

Some say what they are; the others are known by haste. They open links as soon as the message leaves, and all of them at
once, where a person reads first and follows one.
"""

from bisect import bisect_left

import msgspec

from ritorno.core.customer import Customer, Did
from ritorno.core.events import MessageTold, TraitValue
from ritorno.core.ids import MessageId
from ritorno.core.instants import Instant
from ritorno.core.wall_clock import SECOND

CLICKED = "message_clicked"
HASTE = SECOND


def of_message(told: MessageTold) -> dict[str, TraitValue]:
    """What is kept of something that happened to a message, as the properties that rules ask of."""
    kept: dict[str, TraitValue] = {"message": told.message, "channel": told.channel, "machine": told.machine}
    named = {"link": told.link, "playbook": told.playbook, "step": told.step}
    return kept | {name: value for name, value in named.items() if value}


def is_hasty(customer: Customer, message: MessageId, at: Instant) -> bool:
    """Was the message clicked less than a second after it left, or was delivered?"""
    left = [contact.at for contact in customer.contacts if contact.message == message]
    left += [done.at for done in customer.did if done.name == "message_delivered" and _of(done, message)]
    return any(0 <= at - each < HASTE for each in left)


def mark_bursts(did: list[Did], message: MessageId, at: Instant) -> None:
    """Of the clicks around `at`, those of two links of the message less than a second apart become a machine's.

    `did` is in order of time. The later click tells of the earlier one: whichever is told first, the list is the same.
    """
    first = bisect_left(did, at - 2 * HASTE, key=lambda done: done.at)
    near = [(index, did[index]) for index in range(first, len(did)) if did[index].at < at + 2 * HASTE]
    clicks = [(index, done) for index, done in near if done.name == CLICKED and _of(done, message)]
    for index, done in clicks:
        if done.by_hand and any(_together(done, other) for _, other in clicks):
            did[index] = msgspec.structs.replace(done, properties={**done.properties, "machine": True})


def _of(done: Did, message: MessageId) -> bool:
    return done.properties.get("message") == message


def _together(one: Did, other: Did) -> bool:
    links = one.properties.get("link"), other.properties.get("link")
    return None not in links and links[0] != links[1] and abs(one.at - other.at) < HASTE
