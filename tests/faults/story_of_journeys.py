"""Ten days of a shop whose every order starts journeys: codes, points, counters, ad audiences, tasks, webhooks. The
same in every run.

Some customers are known by a phone and by an address apart, until one event tells both: they are merged while journeys
of both go on.
"""

import random  # noqa: TID251 - seeded: the same story in every run
from collections.abc import Iterator
from typing import Any

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
    happened,
)
from ritorno.core.identifiers import Identifier, Kind, normalise
from ritorno.core.ids import BrandId
from ritorno.core.instants import DAY, HOUR, Instant, Span, days, hours
from ritorno.core.journeys.journey import Entry, Exits, Playbook
from ritorno.core.journeys.step import (
    Arm,
    Audience,
    Branch,
    Count,
    Give,
    Send,
    Split,
    Tag,
    Task,
    Wait,
    WaitFor,
    Webhook,
    Write,
)
from ritorno.core.journeys.trigger import Happened
from ritorno.core.journeys.way import Way
from ritorno.core.offers import Offer
from ritorno.core.plan import Policy
from ritorno.core.points import Rate
from ritorno.core.points_terms import Terms
from ritorno.core.segments.rule import FactIs
from ritorno.playbooks.library import load
from ritorno.store import definitions, pools, products
from ritorno.store.transaction import transaction
from ritorno.testing import at
from ritorno.wiring import App
from ritorno.work.accept import accept
from ritorno.work.found import found
from ritorno.work.plans import body_of
from ritorno.worker import Worker
from tests.core.plans import email, journey, sms, words
from tests.faults.story import Step

PEOPLE = 200
OPENED = at("2026-03-01T09:00")
END = at("2026-03-11T12:00")
CATEGORIES = ("pads", "shoes", "books")
POOL = 3_000
_SEED = 20_260_302
_STEP, _STEPS = 9 * HOUR, 16
_CODED = "[AD] #{{ offer.code }}# {{ link }} [OUT]"
_LETTER = Way(Channel.EMAIL, words("#{{ offer.code }}# {{ link }} [OUT]"), words("מתנה"))

MIX = journey(
    "mix", Happened("order"),
    Give("points", 40, days(365)),
    Audience("join", "cool-down", "exclude"),
    Task("call", words("call her")),
    Webhook("tell", "erp"),
    Branch("often", FactIs("ever", ">=", 3), then=(Tag("regular", "regular"),), otherwise=(Tag("new", "new"),)),
    Split("arms", (Arm("a", 1, (Write("wrote-a", "arm", "a"),)), Arm("b", 2, (Write("wrote-b", "arm", "b"),)))),
    WaitFor("again", hours(40), event=Happened("order"),
            then=(Send("thanks", (sms(_CODED), _LETTER), with_offer=True),),
            otherwise=(Send("come", (sms(_CODED), _LETTER), with_offer=True),
                       Wait("later", hours(20), since="come"),
                       Send("remember", (sms(), email()), same_code=True))),
    Count("through", "mixes"),
    exits=Exits(purchase=False, refund=True, after=days(30)), entry=Entry("event"), holdout=0.2, needs_fresh=(),
    offer=Offer(5_000, lives=days(5), pool="gift"),
)  # fmt: skip
MADE = journey(
    "made", Happened("order"), Wait("a-day", days(1)), Send("hint", (sms(_CODED), _LETTER), with_offer=True),
    exits=Exits(purchase=True), entry=Entry("once"), offer=Offer(2_000, lives=Span(4)), needs_fresh=(), a_day=9,
)  # fmt: skip
PLAYBOOKS: tuple[Playbook, ...] = (MIX, MADE, *(load(key) for key in ("counters", "loyalty", "PB4")))


def open_shop(app: App) -> BrandId:
    """The brand with its playbooks, a pool of codes, and everybody's history known and scored."""
    connection = app.connection()
    brand = found(connection, "default", {"name": "אלמוג", "link_base": "http://127.0.0.1:8000"}, OPENED)
    policy = Policy(a_day=2, a_week=5, silent_after=None, points=Terms(Rate(1, 1_000)))
    goods = [
        products.Product(f"sku{n}", f"פריט {n}", CATEGORIES[n % 3], url="https://shop.example/x") for n in range(9)
    ]
    parts: list[tuple[str, str, Any]] = [("playbook", each.key, each) for each in PLAYBOOKS]
    with transaction(connection):
        definitions.set_clock(connection, brand, OPENED)
        products.keep(connection, brand, goods)
        pools.add(connection, brand, "gift", [f"GFT{n:05}" for n in range(POOL)])
        for kind, key, value in [*parts, ("policy", "policy", policy)]:
            definitions.save(connection, brand, kind, key, body_of(value), status="active", at=OPENED, by="test")
    draw = random.Random(_SEED)
    accept(connection, brand, [event for number in range(PEOPLE) for event in _past(number, draw)])
    Worker(app).until_quiet()
    return brand


def phone(number: int) -> Identifier:
    return normalise(Kind.PHONE, f"053{1_000_000 + number}")


def address(number: int) -> Identifier:
    return normalise(Kind.EMAIL, f"j{number}@dana.co.il")


def _past(number: int, draw: random.Random) -> Iterator[Event]:
    """Every fourth is two customers: who is known by the phone, who by the address."""
    ways = ((Channel.SMS, phone(number)), (Channel.EMAIL, address(number)))
    for channel, who in ways:
        if channel is Channel.SMS or number % 4 == 0 or draw.random() < 0.3:
            told = ConsentTold(channel, True, source="form", wording="yes")
            yield _told(
                f"{number}-{channel}", told, OPENED - 800 * DAY, who, *(() if number % 4 == 0 else (phone(number),))
            )
    for back in range(draw.choice((0, 1, 3))):
        order = _order(f"past-{number}-{back}", draw)
        yield _told(f"{number}-past-{back}", order, OPENED - (9 + back * 40) * DAY, phone(number))


def _told(name: str, body: Body, when: int, *who: Identifier) -> Event:
    event = happened("shop", name, body, occurred_at=Instant(when), received_at=OPENED, identifiers=who)
    return replace(event, history=True)


def _order(name: str, draw: random.Random) -> OrderTold:
    skus = draw.sample(range(9), draw.choice((1, 1, 2, 3)))
    lines = tuple(Line(f"sku{n}", f"פריט {n}", CATEGORIES[n % 3], 1, draw.randrange(5_000, 40_000)) for n in skus)
    via = draw.choice((SoldVia.POS, SoldVia.ONLINE))
    return OrderTold(name, sum(line.unit_price for line in lines), "ILS", via, branch="Ayalon", lines=lines)


def steps() -> Iterator[Step]:
    """What is told at which moment."""
    draw = random.Random(_SEED + 1)
    told: list[Event] = []
    for index in range(_STEPS):
        now = Instant(OPENED + (index + 1) * _STEP)
        events = [_event(f"{index}-{place}", now, told, draw) for place in range(24)]
        again = draw.sample(told, 5) if told else []  # delivered a second time, days later
        told += events
        yield Step(now, events + again)


def _event(name: str, now: Instant, told: list[Event], draw: random.Random) -> Event:
    number = draw.randrange(PEOPLE)
    two = number % 4 == 0
    who = (address(number),) if two and draw.random() < 0.4 else (phone(number),)
    drawn = draw.random()
    if two and drawn < 0.25:  # it turns out that they are one
        return _now(name, Custom("product_viewed", {"sku": "sku1"}), now, phone(number), address(number))
    if drawn < 0.7:
        late = draw.randrange(3 * DAY) if draw.random() < 0.1 else 0
        return happened("shop", name, _order(f"o-{name}", draw), occurred_at=Instant(now - late), received_at=now,
                        identifiers=who)  # fmt: skip
    orders = [each for each in told if isinstance(each.body, OrderTold)]
    if drawn < 0.85 and orders:
        earlier = draw.choice(orders)
        assert isinstance(earlier.body, OrderTold)
        order = earlier.body.order_id
        body = (
            CancellationTold(order) if draw.random() < 0.3 else RefundTold(order, f"r-{name}", draw.choice((None, 900)))
        )
        return _now(name, body, now, *earlier.identifiers)
    if drawn < 0.9:
        return _now(name, ConsentTold(Channel.SMS, draw.random() < 0.5, source="form", wording="yes"), now, *who)
    return _now(name, Custom("product_viewed", {"sku": f"sku{draw.randrange(9)}"}), now, *who)


def _now(name: str, body: Body, now: Instant, *who: Identifier) -> Event:
    return happened("shop", name, body, occurred_at=now, received_at=now, identifiers=who)
