"""What happens to made-up customers, by a number: the same number is the same life, a smaller count its beginning.

Not drawn piece by piece: so much chance makes Hypothesis draw small and empty lives, which no rule is true of. Names
are few, so that rules meet what happened, and instants lie at spans from one another, at nights the clock changes, at
ends of months and 29 February.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from random import Random  # noqa: TID251 - seeded: a number is a life

from ritorno.core.customer import Contact
from ritorno.core.events import (
    Body,
    CancellationTold,
    Channel,
    ConsentTold,
    Custom,
    Line,
    MessageTold,
    OrderTold,
    Purpose,
    RefundTold,
    RelationTold,
    Role,
    SignedUp,
    SoldVia,
    TraitsTold,
    TraitValue,
    happened,
)
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.ids import MessageId, PlaybookKey
from ritorno.core.instants import DAY, HOUR, MINUTE, Instant, Span, Unit, add_span
from ritorno.core.react import Input, Sent
from ritorno.core.wall_clock import SECOND
from ritorno.testing import JERUSALEM, at
from tests.parity.expected_made import BENEFICIARIES
from tests.parity.interests_made import LINKS, VIEWED

SORTS = ("orders", "messages", "events", "person")
STARTS = [at(day) for day in ("2025-10-25", "2026-03-26", "2026-03-27", "2026-10-24", "2026-10-25")] + [
    at(day) for day in ("2024-02-29", "2025-01-30", "2025-12-31", "2026-01-31", "2026-02-28", "2026-05-31")
]
STEPS = [
    Span(1), Span(7), Span(30), Span(30), Span(90), Span(36, Unit.HOURS), Span(1, Unit.MONTHS), Span(3, Unit.MONTHS),
    Span(1, Unit.YEARS), Span(90, Unit.MINUTES),
]  # fmt: skip
VALUES: Sequence[TraitValue] = (
    "חיפה", "חיפה", "vip", "", "38", 38, 38.0, 38.5, 0, True, False, None, ["vip", "sale"], ["חיפה"], [], "2026-02-28",
    "2026-2-28", "1990-02-29",
)  # fmt: skip
PRICES: Sequence[TraitValue] = (1, 2.5, 10, "10", True)
MACHINES: Sequence[TraitValue] = (True, True, False, "yes")
DATES = ("2026-02-28", "2024-02-29", "1992-02-29", "1985-06-10", "2026-03-27", "2026-06-01", "1990-12-31")
IDENTIFIERS = (
    normalise(Kind.PHONE, "0521234567"),
    normalise(Kind.PHONE, "039999123"),
    normalise(Kind.EMAIL, "dana@dana.co.il"),
    normalise(Kind.EMAIL, "test@test.com"),
)


def life(number: int, count: int, sort: str) -> list[Input]:
    """`count` happenings, mostly of that sort, in order of arrival."""
    told = [_given(Random(f"{number} {index}"), index, sort, when) for index, when in enumerate(_whens(number, count))]
    return sorted(told, key=lambda each: each.received_at)


def _whens(number: int, count: int) -> list[Instant]:
    """Each some span after the one before, at the same instant, a microsecond beside, or anywhere in two years."""
    chance = Random(number)
    start = Instant(
        chance.choice(STARTS) + chance.choice([0, 1, 2, 9, 10, 23]) * HOUR + chance.choice([0, 30]) * MINUTE
    )
    regular = chance.choice([None, None, chance.choice(STEPS)])

    def after(before: Instant, _: Instant) -> Instant:
        kind = chance.randrange(10)
        if kind == 0:
            return before
        if kind == 1:
            return Instant(start + chance.randrange(700) * DAY + chance.randrange(24) * HOUR)
        span = regular if regular is not None and kind < 8 else chance.choice(STEPS)
        return Instant(add_span(before, span, JERUSALEM) + chance.choice([0, 0, 0, -1, 1, SECOND]))

    return list(accumulate([start] * count, after))


def _given(chance: Random, index: int, sort: str, when: Instant) -> Input:
    if chance.randrange(12) == 0:
        message, channel = MessageId(chance.randint(1, 6)), chance.choice(["sms", "email", "email", ""])
        marketing = chance.random() < 0.6
        return Sent(when, Contact(when, message, channel, PlaybookKey("second"), marketing))
    chosen = sort if chance.random() < 0.75 else chance.choice(SORTS)
    return happened(
        chance.choice(["shop", "shop", "till"]),
        f"e{index}",
        _BODIES[chosen](chance, index),
        occurred_at=when,
        received_at=Instant(when + chance.choice([0, 0, 0, 0, 0, 0, HOUR, 40 * DAY, -2 * DAY, -60 * DAY])),
        identifiers=tuple(chance.sample(IDENTIFIERS, chance.choice([0, 0, 1, 2]))),
    )


def _line(chance: Random) -> Line:
    return Line(
        chance.choice(["A1", "A1", "B2"]), "", chance.choice(["", "home", "home", "garden"]),
        chance.choice([1, 2, 0.5, 1.25, 0.7, 0.1]), chance.choice([0, 1_000, 5_000, 4_999, 4_997]),
        chance.choice(["", "Nur"]),
    )  # fmt: skip


def _order(chance: Random, index: int) -> Body:
    order = f"o{chance.randint(1, max(index, 1))}"
    if index and chance.randrange(8) == 0:
        return RefundTold(order, "r1", chance.choice([None, 1, 20_000, 20_000]), chance.randrange(3) == 0)
    if index and chance.randrange(16) == 0:
        return CancellationTold(order, chance.randrange(3) == 0)
    total = chance.choice([1, 10_000, 40_000, 60_000, 130_000, 130_000, 0])
    branch, lines = chance.choice(["", "Ayalon", "Ayalon", "Haifa"]), chance.choice([0, 1, 1, 2])
    return OrderTold(
        f"o{index}", total, "ILS", chance.choice(list(SoldVia)), branch, cancelled=chance.randrange(20) == 0,
        lines=tuple(_line(chance) for _ in range(lines)),
    )  # fmt: skip


def _message(chance: Random, index: int) -> Body:
    names = ["delivered", "delivered", "opened", "clicked", "replied"] if index > 2 else ["delivered"]
    channel = chance.choice([Channel.EMAIL, Channel.EMAIL, Channel.EMAIL, Channel.SMS])
    name, machine = chance.choice(names), chance.randrange(4) == 0
    link, step = (chance.choice(LINKS), chance.choice(["", "s"])) if name == "clicked" else ("", "")
    return MessageTold(name, MessageId(chance.randint(1, 6)), channel, machine, link=link, step=step)


def _event(chance: Random, _: int) -> Body:
    if chance.randrange(5) == 0:
        return SignedUp(chance.choice(["", "footer"]))
    properties: dict[str, TraitValue] = {}
    if chance.randrange(3):
        properties["size"] = chance.choice(VALUES)
    if chance.randrange(3):
        properties["price"] = chance.choice(PRICES)
    if chance.randrange(8) == 0:
        properties["machine"] = chance.choice(MACHINES)
    if chance.randrange(4) == 0:
        return Custom("product_viewed", properties | chance.choice(VIEWED))
    return Custom(chance.choice(["viewed", "viewed", "quiz"]), properties)


def _person(chance: Random, _: int) -> Body:
    if chance.randrange(6) == 0:
        return RelationTold(chance.choice(BENEFICIARIES), chance.choice(list(Role)), ended=chance.randrange(4) == 0)
    if chance.randrange(2):
        traits: dict[str, TraitValue] = {chance.choice(["city", "tags"]): chance.choice(VALUES)}
        if chance.randrange(2):
            traits["birth_date"] = chance.choice(DATES) if chance.randrange(6) else chance.choice(VALUES)
        return TraitsTold(traits)
    return ConsentTold(
        chance.choice([Channel.SMS, Channel.EMAIL, Channel.EMAIL, Channel.WHATSAPP]),
        chance.randrange(4) > 0,
        chance.choice([Purpose.MARKETING, Purpose.MARKETING, Purpose.SERVICE]),
        chance.choice(["form", "form", "import", "link"]),
        wording_version=chance.choice(["v1", "v1", "v1", ""]),
    )


_BODIES: Mapping[str, Callable[[Random, int], Body]] = {
    "orders": _order,
    "messages": _message,
    "events": _event,
    "person": _person,
}
