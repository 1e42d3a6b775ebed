"""Card: everything known of one customer, as it stood at an instant (DAT-05)."""

from collections.abc import Iterator, Mapping
from operator import attrgetter

import msgspec
import psycopg

from ritorno.core import consent
from ritorno.core.customer import Customer, Trait
from ritorno.core.events import Channel, Purpose, TraitValue
from ritorno.core.folding import known_at
from ritorno.core.guesses import Guess, guesses
from ritorno.core.ids import BrandId, CustomerId
from ritorno.core.instants import Instant
from ritorno.core.interests import Strength, strengths
from ritorno.core.needs import Served, served
from ritorno.core.offers import Code
from ritorno.core.plan import Plan
from ritorno.core.scores.explain import Explanation, explain
from ritorno.core.segments.counted import value_of
from ritorno.core.timeline import Entry, Value, timeline
from ritorno.core.trait_history import TraitChange, history
from ritorno.core.traits import TraitDefinition
from ritorno.core.view import view_of
from ritorno.core.words.traits import say_change
from ritorno.store import cards, customers, decisions, identifiers, messages, traits
from ritorno.work.relations import Beneficiary, Buyer, beneficiaries, buyers


class Card(msgspec.Struct, frozen=True):
    """`document` is what had been told by then; `merged` are customers who turned out to be this one."""

    document: Customer
    scores: Explanation
    merged: tuple[CustomerId, ...]
    may_reach: dict[Channel, bool]  # by a marketing consent in force
    codes: tuple[Code, ...]
    changes: tuple[TraitChange, ...]  # of traits, the oldest first
    value: tuple[int, int]  # margin of 12 months, and ever, in minor units (SEG-23)
    needs: tuple[Served, ...]  # the last served first (SEG-18)
    guesses: tuple[Guess, ...]  # what purchases let expect and nobody told (COM-30)
    buys_for: tuple[Beneficiary, ...]  # and who of them has a card of their own (SEG-19)
    bought_for_by: tuple[Buyer, ...]
    interests: tuple[Strength, ...]  # the strongest first, those that fade among them
    timeline: tuple[Entry, ...]


def card(connection: psycopg.Connection, plan: Plan, customer: CustomerId, as_of: Instant) -> Card | None:
    """The card of a customer (of a merged one: the survivor's), None when there is none."""
    brand = plan.brand.id
    whole = customers.read(connection, brand, customer)
    if whole is None:
        return None
    document = known_at(whole, as_of)
    document.memberships = {key: since for key, since in whole.memberships.items() if since <= as_of}
    document.enrollments = [each for each in whole.enrollments if each.entered_at <= as_of]
    merged = _merged(connection, brand, whole.id, as_of)
    decided = sorted(
        (
            each
            for one in (whole.id, *merged)
            for each in decisions.of_customer(connection, brand, one)
            if each.at <= as_of
        ),
        key=attrgetter("at"),
    )
    kept = messages.of_customer(connection, brand, whole.id)
    codes = [
        code for code in cards.codes_of(connection, brand, [one.message.id for one in kept]) if code.issued_at <= as_of
    ]
    told = traits.events_of(connection, brand, [whole.id, *merged])
    changes = [change for change in history(told, whole.traits) if change.at <= as_of]
    document.traits = _as_of(changes) | document.traits
    by_key = plan.trait_rules.by_key
    more = [
        entry for entry in (*_of_messages(kept), *_of_codes(codes), *_of_traits(changes, by_key)) if entry.at <= as_of
    ]
    view = view_of(document, plan, as_of)
    return Card(
        document=document,
        scores=explain(document, plan, as_of),
        merged=merged,
        may_reach={
            channel: consent.in_force(document.consents, channel, Purpose.MARKETING) is not None for channel in Channel
        },
        codes=tuple(codes),
        changes=tuple(changes),
        value=(_number(value_of("value_year", view)), _number(value_of("value_ever", view))),
        needs=tuple(served(plan.needs, document, as_of)),
        guesses=tuple(guesses(view)),
        buys_for=tuple(beneficiaries(connection, plan, document, as_of)),
        bought_for_by=tuple(buyers(connection, plan, whole.id, as_of)),
        interests=tuple(strengths(plan.interests, document, plan.policy.product_types, as_of, plan.tz)),
        timeline=tuple(timeline(document, decided, more)),
    )


def _number(value: TraitValue) -> int:
    assert isinstance(value, int)
    return value


def _merged(
    connection: psycopg.Connection, brand: BrandId, customer: CustomerId, as_of: Instant
) -> tuple[CustomerId, ...]:
    """Those who are in it now, through every merge that stands; decisions stay with whom they were decided about."""
    found: list[CustomerId] = []
    waiting = [customer]
    while waiting:
        for kept in identifiers.merges(connection, brand, waiting.pop()):
            one = kept.record
            stands = one.kind == "merge" and kept.undone_at is None and one.at <= as_of
            if stands and one.other not in (customer, *found):
                found.append(one.other)
                waiting.append(one.other)
    return tuple(found)


def _of_messages(kept: list[messages.Kept]) -> Iterator[Entry]:
    for one in kept:
        code, detail = (one.reasons[-1][1], one.reasons[-1][2]) if one.reasons else ("", "")
        reason = f", {code}: {detail}" if detail else f", {code}" if code else ""
        yield Entry(
            one.sent_at or (one.reasons[-1][0] if one.reasons else one.message.wanted_at),
            "message",
            {
                "message": str(one.message.id),
                "playbook": one.message.playbook,
                "step": one.message.step,
                "state": one.state.value,
                "reason": reason,
                "channel": one.content.channel.value if one.content else "",
                "text": one.content.text if one.content else "",
            },
        )


def _as_of(changes: list[TraitChange]) -> dict[str, Trait]:
    """The traits as they stood after these changes, also of those that have changed since."""
    return {each.key: Trait(each.at, each.event, each.after, each.source) for each in changes}


def _of_traits(changes: list[TraitChange], known: Mapping[str, TraitDefinition]) -> Iterator[Entry]:
    for one in changes:
        definition = known.get(one.key)
        values: dict[str, Value] = {
            "name": one.key,
            "before": _plain(one.before),
            "after": _plain(one.after),
            "source": one.source,
            "by": one.by,
            "because": one.because,
        }
        words: dict[str, Value] = {f"said_{each}": say_change(one, definition, each) for each in ("he", "en")}
        yield Entry(one.at, "trait", values | words)


def _plain(value: TraitValue) -> Value:
    return ", ".join(value) if isinstance(value, list) else value


def _of_codes(codes: list[Code]) -> Iterator[Entry]:
    for code in codes:
        yield Entry(code.issued_at, "code", {"code": code.code, "value": code.value, "expires_at": code.expires_at})
        if code.redeemed_at is not None:
            yield Entry(code.redeemed_at, "code_redeemed", {"code": code.code, "value": code.value})
