"""A shop of many customers in a PostgreSQL of its own, made fast: documents are folded once and stamped out."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
import numpy as np
import psycopg

from ritorno.core.customer import Customer, Known
from ritorno.core.events import Channel, ConsentTold, Event, Line, OrderTold, SoldVia, happened
from ritorno.core.identifiers import Identifier, Kind
from ritorno.core.ids import CustomerId, EventId
from ritorno.core.instants import DAY, NEVER, Instant, add_span, days
from ritorno.core.plan import Plan
from ritorno.core.react import react
from ritorno.core.segments.rule import All, Any, Bought, CellIs, FactIs, GroupIs, Not, Rule, ScoreIs, TraitIs
from ritorno.core.wall_clock import SECOND
from ritorno.playbooks.library import load
from ritorno.settings import Settings
from ritorno.store import customers, definitions
from ritorno.store.embedded import start
from ritorno.store.partitions import ensure
from ritorno.store.transaction import transaction
from ritorno.testing import at
from ritorno.wiring import App, open_app
from ritorno.work.found import found
from ritorno.work.plans import body_of

NOW = at("2026-03-01T10:00")
_TEMPLATES = 500
_SKUS = 400
_SEED = 20260301


@contextmanager
def shop(count: int, *, segments: bool = True, playbooks: Sequence[str] = ("PB2",)) -> Iterator[App]:
    """An installation with so many scored customers, its clock at NOW, these playbooks running."""
    with installation() as app:
        furnish(app, segments=segments, playbooks=playbooks)
        connection, plan = app.connection(), app.plan()
        with transaction(connection):
            for batch in stamped(plan, count):
                customers.add(connection, plan.brand.id, batch)
                _add_phones(connection, plan, batch)
        connection.execute(
            "ANALYZE customer, identifier"
        )  # not the empty tables: plans for those would stay when they are full
        connection.execute("CHECKPOINT")
        yield app


@contextmanager
def installation(settings: Mapping[str, str] | None = None) -> Iterator[App]:
    """An empty installation in a PostgreSQL of its own, which has stopped before its folder is removed."""
    with (
        tempfile.TemporaryDirectory(prefix="ritorno-bench-") as folder,
        start(Path(folder), settings=settings) as server,
        open_app(Settings(Path(folder), server.url)) as app,
    ):
        yield app


def furnish(app: App, *, segments: bool = True, playbooks: Sequence[str] = ("PB2",)) -> None:
    """The brand with its segments and these playbooks running, its clock at NOW, nobody in it."""
    connection = app.connection()
    found(connection, "default", {"name": "Almog"}, NOW)
    brand = app.plan().brand.id
    with transaction(connection):
        definitions.set_clock(connection, brand, NOW)
        ensure(connection, NOW)
        if segments:
            for number, rule in enumerate(mixed_rules()):
                body = {"name": {"he": f"s{number}", "en": f"s{number}"}, "rule": msgspec.to_builtins(rule)}
                definitions.save(connection, brand, "segment", f"s{number}", body, status="active", at=NOW, by="bench")
        for key in playbooks:
            body = body_of(load(key))
            definitions.save(connection, brand, "playbook", key, body, status="active", at=NOW, by="bench")


def mixed_rules() -> list[Rule]:
    """30 segments of mixed leaves."""
    rules: list[Rule] = [GroupIs((key,)) for key in ("stars", "regulars", "rising", "risk", "cooling", "fading")]
    rules += [CellIs((cell,)) for cell in ("3**", "*3*", "**3", "12*")]
    rules += [ScoreIs(axis, (1, 2)) for axis in ("r", "f", "m")]
    rules += [Bought(within=days(span), category=f"c{span % 7}") for span in (7, 14, 30, 60, 90)]
    rules += [Bought(at_least=2, within=days(span), sold_via=SoldVia.POS) for span in (30, 180, 365)]
    rules += [FactIs("spend", ">=", 100_000), FactIs("orders", ">=", 4), FactIs("omnichannel", "=", value=True)]
    rules += [TraitIs("city", "=", "חיפה"), TraitIs("language", "!=", "he")]
    rules += [All((ScoreIs("r", (3,)), Not(Bought(within=days(14)))))]
    rules += [Any((GroupIs(("risk",)), All((CellIs(("2**",)), FactIs("average", ">", 40_000)))))]
    rules += [Not(Bought(sku="sku3")), Bought(sku="sku7", within=days(45))]
    return rules


def stamped(plan: Plan, count: int, batch: int = 5000) -> Iterator[list[Customer]]:
    """So many customers, a batch at a time: 1 to 6 orders over two years, scored as of NOW."""
    molds = [_mold(plan, number) for number in range(_TEMPLATES)]
    for first in range(0, count, batch):
        yield [_stamp(molds[n % _TEMPLATES], n) for n in range(first, min(first + batch, count))]


def _mold(plan: Plan, number: int) -> Customer:
    draw = np.random.default_rng(_SEED + number)
    told: list[Event] = []
    consent = ConsentTold(Channel.SMS, True, source="form", wording="yes")
    told.append(
        happened("mold", f"{number}-c", consent, occurred_at=Instant(NOW - 800 * DAY), received_at=NOW, history=True)
    )
    for index in range(1 + number % 6):
        told.append(order(f"{number}-{index}", Instant(NOW - int(draw.integers(1, 700)) * DAY), draw, ()))
    told = [msgspec.structs.replace(event, received_at=NOW, history=True) for event in told]
    return react(Customer(CustomerId(0)), told, plan, NOW).customer


def lapsing(plan: Plan, due: Sequence[Instant], batch: int = 5000) -> Iterator[list[Customer]]:
    """A good customer for each instant (ascending, none before `scored_at`): R falls to 1 then, and PB2 takes them in.

    Those of one second are stamped from one mold, moved by what lies between them.
    """
    mold, made_for, several = Customer(CustomerId(0)), NEVER, []
    for number, instant in enumerate(due):
        if made_for == NEVER or instant - made_for >= SECOND:
            mold, made_for = _lapse(plan, number, instant), instant
        one = _stamp(mold, number)
        later = instant - made_for
        last = one.orders[-1]
        one.orders[-1] = msgspec.structs.replace(last, occurred_at=Instant(last.occurred_at + later))
        one.scores = msgspec.structs.replace(one.scores, last_at=one.orders[-1].occurred_at)
        one.due_at = Instant(one.due_at + later)
        several.append(one)
        if len(several) == batch or number == len(due) - 1:
            yield several
            several = []


def _lapse(plan: Plan, number: int, due: Instant) -> Customer:
    draw = np.random.default_rng(_SEED + number)
    last = add_span(due, days(-90), plan.tz)
    told = [
        happened("mold", f"{number}-{back}", order_body(f"{number}-{back}", draw), occurred_at=when, received_at=when,
                 history=True)
        for back in (330, 240, 150, 60, 0)
        for when in [Instant(last - back * DAY)]
    ]  # fmt: skip
    consent = ConsentTold(Channel.SMS, True, source="form", wording="yes")
    told.append(happened("mold", f"{number}-c", consent, occurred_at=last, received_at=last, history=True))
    moment = Instant(due - 60 * SECOND)
    mold = react(Customer(CustomerId(0)), told, plan, moment).customer
    assert mold.due_at == due, "the fixture's customers are due when R falls to 1"
    return mold


def order(name: str, when: Instant, draw: np.random.Generator, who: tuple[Identifier, ...]) -> Event:
    """The event of an order of two lines."""
    body = order_body(name, draw)
    return happened("till", name, body, occurred_at=when, received_at=when, identifiers=who)


def order_body(name: str, draw: np.random.Generator) -> OrderTold:
    lines = tuple(
        Line(f"sku{draw.integers(_SKUS)}", "פריט", f"c{draw.integers(7)}", 1, int(draw.integers(2_000, 40_000)))
        for _ in range(2)
    )
    total = sum(line.unit_price for line in lines)
    via = SoldVia.POS if draw.random() < 0.5 else SoldVia.ONLINE
    return OrderTold(name, total, "ILS", via, branch="Ayalon" if via is SoldVia.POS else "", lines=lines)


def phone_of(number: int) -> Identifier:
    return Identifier(Kind.PHONE, f"+9725{number:08d}")


def _stamp(mold: Customer, number: int) -> Customer:
    one = mold.draft()
    one.id = CustomerId(number + 1)
    one.identifiers = [Known(NOW, EventId(number), phone_of(number))]
    return one


def _add_phones(connection: psycopg.Connection, plan: Plan, batch: list[Customer]) -> None:
    with connection.cursor().copy(
        "COPY identifier (brand_id, kind, namespace, value, customer_id, attached_at, evidence) FROM STDIN"
    ) as copy:
        for one in batch:
            copy.write_row((plan.brand.id, "phone", "", phone_of(one.id - 1).value, one.id, NOW, "bench"))
