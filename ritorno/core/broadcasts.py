"""A broadcast: one message to one resolved group, once – as a playbook that is entered by invitation alone.

So whatever holds for a playbook's message holds for it: consent, caps, the send window, who is in a rescue (PB2-02),
the holdout, the results. ORC-06 a segment, or everyone on purpose; COM-28 an early notice; ENG-07 relevance.
"""

import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from ritorno.core.calendar import SendWindow, next_opening
from ritorno.core.customer import Customer
from ritorno.core.ids import PlaybookKey
from ritorno.core.instants import DAY, HOUR, Instant, Span, add_span, days
from ritorno.core.journeys.codec import decode
from ritorno.core.journeys.journey import Playbook
from ritorno.core.plan import Plan
from ritorno.core.segments import rule as rules
from ritorno.core.segments.check import RuleError, check
from ritorno.core.segments.rule import Rule

PREFIX = "broadcast-"
SEND = "message"  # its one step
ANYONE: Rule = rules.FactIs("ever", ">=", 0)
RESCUES = ("PB1", "PB2")  # whoever is in one of these is left out (PB2-02)
LOW_PRIORITY = 90
RELEVANT = 0.5  # below this share a broadcast is asked about once more (ENG-07: "half of the list")
SILENT = 180  # days without an order or a click (ENG-08)
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_ABOUT = ("interest", "category", "need")


class BroadcastError(ValueError):
    """A broadcast that cannot be sent as it was asked for; the message says what to do."""


class Broadcast(msgspec.Struct, frozen=True):
    """What an operator says of it. `ways` in the order of preference, as in a playbook's send; what has not left
    `lasts` after a customer's turn is not sent any more; `holdout` a share 0–1."""

    name: str
    rule: Rule
    ways: tuple[Mapping[str, Any], ...]
    lasts: Span = days(3)
    holdout: float = 0.1


class Turns(msgspec.Struct, frozen=True):
    """From when on customers get it. `early`: before everyone else, None for none; `an_hour`: at most so many, 0 for
    no limit."""

    first: Instant
    early: Instant | None = None
    an_hour: int = 0


def key_of(name: str) -> PlaybookKey:
    """Raises BroadcastError for what is no name."""
    if not _NAME.fullmatch(name):
        raise BroadcastError(f"{name!r} is no name for a broadcast; write small letters, digits and -, at most 40")
    return PlaybookKey(PREFIX + name)


def is_broadcast(playbook: str) -> bool:
    return playbook.lower().startswith(PREFIX)


def playbook_of(one: Broadcast, plan: Plan) -> Playbook:
    """Raises BroadcastError for the name, PlaybookError for texts that may not leave."""
    key = key_of(one.name)
    return decode(
        {
            "key": key,
            "version": 1,
            "name": {"he": one.name, "en": one.name},
            "goal": {"he": "הודעה אחת לקבוצה אחת, פעם אחת", "en": "One message to one group, once"},
            "segment": msgspec.to_builtins(one.rule),
            "trigger": {"when": "event", "event": key},  # nobody sends it: who is invited comes in
            "steps": [{"do": "send", "name": SEND, "ways": list(one.ways)}],
            "exits": {"purchase": False, "after": msgspec.to_builtins(one.lasts)},
            "yields": [{"to": rescue, "how": "drop"} for rescue in RESCUES],
            "holdout": one.holdout,
            "priority": LOW_PRIORITY,
            "bought_within": [7, "days"],
            "needs_fresh": [],
            "measure": {"he": "קנו בתוך 7 ימים", "en": "Bought within 7 days"},
        },
        plan=plan,
    )


def advertised(channel: str, he: str, en: str, subject: tuple[str, str] | None = None) -> dict[str, Any]:
    """A way of plain texts with what the law asks for, where they do not say it themselves (ISR-04)."""
    told = {"he": he or en, "en": en or he}
    way: dict[str, Any] = {"channel": channel}
    if subject is not None:
        way["subject"] = {"he": subject[0] or subject[1], "en": subject[1] or subject[0]}
    begins = "" if subject is not None else "[AD] "
    return way | {"text": {language: _marked(text, begins) for language, text in told.items()}}


def _marked(text: str, begins: str) -> str:
    begun = text if "[AD]" in text else begins + text
    return begun if "[OUT]" in text or "optout" in text else f"{begun} [OUT]"


def turns_of(at: Instant, early_by: Span | None, an_hour: int, window: SendWindow, tz: ZoneInfo) -> Turns:
    """At the first opening from `at` on; the early notice so long before. Raises BroadcastError where the send window
    leaves no time between the two."""
    first = next_opening(at, window, tz)
    if early_by is None:
        return Turns(first.at, None, an_hour)
    early = next_opening(add_span(at, Span(-early_by.count, early_by.unit), tz), window, tz)
    if early.at >= first.at:
        raise BroadcastError(
            f"the send window ({early.rule}) leaves no time for an early notice {early_by} before; "
            "give a longer --early-by or a later --at"
        )
    return Turns(early=early.at, first=first.at, an_hour=an_hour)


def spread(count: int, first: Instant, an_hour: int, window: SendWindow, tz: ZoneInfo) -> list[Instant]:
    """The turns of so many customers, the hours in which nothing may leave left out."""
    if not an_hour:
        return [first] * count
    found: list[Instant] = []
    turn = first
    while len(found) < count:
        turn = next_opening(turn, window, tz).at
        found += [turn] * min(an_hour, count - len(found))
        turn = Instant(turn + HOUR)
    return found


def about_rule(told: str, plan: Plan) -> Rule:
    """Whom `interest:NAME`, `category:NAME` or `need:NAME` concerns. Raises BroadcastError."""
    kind, _, name = told.partition(":")
    if kind not in _ABOUT or not name:
        raise BroadcastError(f"--about {told}: write interest:NAME, category:NAME or need:NAME")
    found: Rule
    if kind == "interest":
        found = rules.Interest(name)
    elif kind == "need":
        found = rules.NeedServed(name)
    else:
        seen = rules.Did(event="product_viewed", where=(rules.Where("category", "=", name),))
        found = rules.Any((rules.Bought(category=name), seen))
    try:
        check(found, plan)
    except RuleError as error:
        raise BroadcastError(f"--about {told}: {error}") from error
    return found


def awake_rule() -> Rule:
    """Who ordered or clicked of late: the narrower group that is proposed for everyone (ORC-06)."""
    late = days(SILENT)
    return rules.Any((rules.Bought(within=late), rules.Did(event="message_clicked", within=late)))


def is_silent(customer: Customer, now: Instant) -> bool:
    """Neither an order nor a click of a person in 180 days, as `ritorno irrelevance` counts."""
    since = now - SILENT * DAY
    bought = any(since <= order.occurred_at <= now for order in reversed(customer.orders) if order.counts)
    clicks = (each for each in customer.did if each.name == "message_clicked" and each.by_hand)
    return not bought and not any(since <= each.at <= now for each in clicks)
