"""Two weeks of a shop of 2,000 customers: who they are, and what is told of them when. The same in every run.

Moments are few, so that many are due at once; at each, several dozen events arrive: purchases (of those at risk above
all), refunds, cancellations, withdrawn consents, newcomers, cards shown for the first time, repetitions, late news.
"""

import random  # noqa: TID251 - seeded: the same story in every run
from collections.abc import Iterator
from typing import NamedTuple

from msgspec.structs import replace

from ritorno.core.events import (
    Body,
    CancellationTold,
    Channel,
    ConsentTold,
    Custom,
    Event,
    Line,
    OrderTold,
    RefundTold,
    SoldVia,
    TraitsTold,
    happened,
)
from ritorno.core.identifiers import Identifier, Kind, normalise
from ritorno.core.ids import BrandId
from ritorno.core.instants import DAY, HOUR, Instant
from ritorno.playbooks.library import load
from ritorno.store import definitions
from ritorno.store.transaction import transaction
from ritorno.testing import at
from ritorno.wiring import App
from ritorno.work.accept import accept
from ritorno.work.found import found
from ritorno.work.plans import body_of
from ritorno.worker import Worker

PEOPLE = 2_000
OPENED = at("2026-03-01T09:00")
_SEED = 20_260_301
END = at("2026-03-20T12:00")
_STEP = 6 * HOUR
_STEPS = 56
_LAPSES = 40  # moments at which somebody's last purchase was


class Step(NamedTuple):
    at: Instant
    events: list[Event]


def open_shop(app: App, people: int = PEOPLE) -> BrandId:
    """The brand with PB2 and its reminder, two segments, and everybody's history known and scored."""
    connection = app.connection()
    brand = found(connection, "default", {"name": "אלמוג", "link_base": "http://127.0.0.1:8000"}, OPENED)
    playbook = replace(load("PB2", frozenset({"reminder"})), a_day=0)
    rules = {
        "quiet": {"is": "not", "rule": {"is": "bought", "within": [60, "days"]}},
        "good": {"is": "fact", "fact": "spend", "op": ">=", "value": 150_000},
    }
    with transaction(connection):
        definitions.set_clock(connection, brand, OPENED)
        definitions.save(connection, brand, "playbook", "PB2", body_of(playbook), status="active", at=OPENED, by="test")
        for key, rule in rules.items():
            body = {"name": {"he": key, "en": key}, "rule": rule}
            definitions.save(connection, brand, "segment", key, body, status="active", at=OPENED, by="test")
    draw = random.Random(_SEED)
    accept(connection, brand, [event for number in range(people) for event in _past(number, draw)])
    Worker(app).until_quiet()
    return brand


def _past(number: int, draw: random.Random) -> Iterator[Event]:
    channel = Channel.SMS if draw.random() < 0.7 else Channel.EMAIL
    yield _told(number, "consent", ConsentTold(channel, True, source="form", wording="yes"), OPENED - 800 * DAY)
    yield _told(number, "name", TraitsTold({"first_name": f"לקוח {number}"}), OPENED - 800 * DAY)
    last = OPENED - 90 * DAY + draw.randrange(_LAPSES) * _STEP
    for back in range(draw.choice((0, 1, 3, 4, 5))):
        yield _told(number, f"past-{back}", _order(f"{number}-past-{back}", draw), last - back * 40 * DAY)


def _told(number: int, name: str, body: Body, when: int) -> Event:
    event = happened(
        "shop", f"{number}-{name}", body, occurred_at=Instant(when), received_at=OPENED, identifiers=who(number)
    )
    return replace(event, history=True)


def who(number: int) -> tuple[Identifier, ...]:
    """Everybody is told by their phone; of every third the address is known too."""
    phone = normalise(Kind.PHONE, f"052{1_000_000 + number}")
    return (phone, normalise(Kind.EMAIL, f"c{number}@dana.co.il")) if number % 3 == 0 else (phone,)


def _order(name: str, draw: random.Random) -> OrderTold:
    lines = (Line(f"sku{draw.randrange(40)}", "פריט", "כללי", 1, draw.randrange(20_000, 90_000)),)
    via = draw.choice((SoldVia.POS, SoldVia.ONLINE))
    return OrderTold(name, lines[0].unit_price, "ILS", via, branch="Ayalon", lines=lines)


def steps() -> Iterator[Step]:
    """What is told at which moment."""
    draw = random.Random(_SEED + 1)
    earlier: list[Event] = []
    for index in range(_STEPS):
        now = Instant(OPENED + (index + 1) * _STEP)
        events = [_event(index, place, now, draw) for place in range(40)]
        again = draw.sample(earlier, 6) if earlier else []  # delivered a second time, days later
        earlier += events
        yield Step(now, events + again)


def _event(index: int, place: int, now: Instant, draw: random.Random) -> Event:
    newcomer = place < 3
    number = PEOPLE + index * 3 + place if newcomer else draw.randrange(PEOPLE)
    name = f"{index}-{place}"
    body = _order(name, draw) if newcomer else _body(name, number, draw)
    identifiers = who(number)
    if place % 7 == 0:  # a card that is shown for the first time
        identifiers = (*identifiers, normalise(Kind.CLUB_CARD, f"77{number:06d}"))
    occurred_at = now if draw.random() < 0.9 else now - draw.randrange(30) * DAY
    return happened("shop", name, body, occurred_at=Instant(occurred_at), received_at=now, identifiers=identifiers)


def _body(name: str, number: int, draw: random.Random) -> Body:
    drawn = draw.random()
    if drawn < 0.7:
        return _order(name, draw)
    if drawn < 0.8:
        return RefundTold(f"{number}-past-0", f"r-{name}", draw.choice((None, 5_000)))
    if drawn < 0.85:
        return CancellationTold(f"{number}-past-1")
    if drawn < 0.92:
        return ConsentTold(Channel.SMS, draw.random() < 0.3, source="form", wording="yes")
    return Custom("product_viewed", {"sku": f"sku{draw.randrange(40)}"})
