"""Permission as records: who, which channel and purpose, since when, and what proves it (ISR-01, ISR-05).

The ledger only grows. A withdrawal is undone by a new explicit act alone; an imported "subscribed" never undoes it,
and an import that cannot say when and by which words permission was given is no permission at all.
"""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from ritorno.core.events import Channel, ConsentTold, Purpose
from ritorno.core.ids import EventId
from ritorno.core.instants import Instant


class Proof(StrEnum):
    """What a record is worth."""

    EXPLICIT = "explicit"  # the person's own act: a form, the till's tablet, an API call that names its words
    IMPORTED = "imported"  # told by a file with words and time
    UNPROVEN = "unproven"  # a claim that could not be proved; never a permission


class ConsentRecord(msgspec.Struct, frozen=True, gc=False, array_like=True):
    at: Instant
    event: EventId
    channel: Channel
    purpose: Purpose
    given: bool
    proof: Proof


EXPLICIT_SOURCES = frozenset({"form", "till", "api"})


def record(told: ConsentTold, at: Instant, event: EventId) -> ConsentRecord:
    """The ledger's record of what was told."""
    return ConsentRecord(at, event, told.channel, told.purpose, told.given, _proof(told))


def _proof(told: ConsentTold) -> Proof:
    if not told.given:
        return Proof.EXPLICIT  # a refusal needs no proof
    if not told.wording and not told.wording_version:
        return Proof.UNPROVEN
    return Proof.EXPLICIT if told.source in EXPLICIT_SOURCES else Proof.IMPORTED


def in_force(records: Iterable[ConsentRecord], channel: Channel, purpose: Purpose) -> ConsentRecord | None:
    """The record that permits a message now, or None. `records` are in order of (at, event)."""
    permit: ConsentRecord | None = None
    refused = False
    for entry in records:
        if entry.channel is not channel or entry.purpose is not purpose or entry.proof is Proof.UNPROVEN:
            continue
        if not entry.given:
            permit, refused = None, True
        elif entry.proof is Proof.EXPLICIT or not refused:
            permit = entry
    return permit


def refusal(records: Iterable[ConsentRecord], channel: Channel, purpose: Purpose) -> ConsentRecord | None:
    """The withdrawal in force, or None when permission stands or was never spoken of."""
    last: ConsentRecord | None = None
    for entry in records:
        if entry.channel is channel and entry.purpose is purpose:
            if not entry.given:
                last = entry
            elif entry.proof is Proof.EXPLICIT:
                last = None
    return last
