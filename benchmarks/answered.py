"""A demo store lived on for months, its customers answering what it sends by the planted truth (`demo/response.py`).

Through the product's own doors: orders are accepted, reacted to and decided by its worker, messages go to the sandbox,
and the clock is moved. Nobody buys but those who are told to and those who answer, so what is planted is all there is.
"""

import heapq
from collections.abc import Iterable, Sequence
from itertools import count
from typing import NamedTuple

from msgspec.structs import replace

from ritorno.core.consent import in_force
from ritorno.core.customer import Customer
from ritorno.core.events import Channel, Event, Line, OrderTold, Purpose, SoldVia, happened
from ritorno.core.ids import CustomerId
from ritorno.core.instants import DAY, HOUR, Instant
from ritorno.core.journeys.journey import Playbook
from ritorno.core.lift import Difference
from ritorno.core.plan import Plan
from ritorno.demo.response import as_event, effect_of, respond
from ritorno.store import customers, definitions
from ritorno.store.transaction import transaction
from ritorno.wiring import App
from ritorno.work.accept import accept
from ritorno.work.activate import activate, adjusted, current, pause
from ritorno.work.measure import measure
from ritorno.work.measure_parameters import measure_parameters
from ritorno.work.owner import own_identifiers
from ritorno.worker import Worker

_STEP = 12 * HOUR  # between two looks of the worker at the clock
_ENTERED = "SELECT id, customer_id, arm, entered_at FROM enrollment WHERE brand_id = %s AND playbook = %s"
# asked when the message leaves, or would have: the effect is counted from there
_WRITTEN = (
    "SELECT enrollment, customer_id, arm, sent_at FROM message WHERE brand_id = %s AND playbook = %s "
    "AND state IN ('sent', 'held_out')"
)


class Truth(NamedTuple):
    """A planted effect and what the product measured of it, as shares who bought."""

    playbook: str
    effect: str
    planted: float
    measured: Difference
    sent: int

    @property
    def holds(self) -> bool:
        """Does the interval cover what was planted?"""
        return self.measured.low <= self.planted <= self.measured.high

    @property
    def told(self) -> dict[str, object]:
        one = self.measured
        return {
            "playbook": self.playbook, "effect": self.effect, "planted": round(self.planted, 4),
            "measured": round(one.estimate, 4), "low": round(one.low, 4), "high": round(one.high, 4),
            "treated": one.treated_count, "bought": round(one.treated, 4), "holdout": one.holdout_count,
            "bought_alone": round(one.holdout, 4), "sent": self.sent, "holds": self.holds,
            "conclusive": one.is_conclusive,
        }  # fmt: skip


class Running(NamedTuple):
    """A playbook that is answered: by which planted effect, and from its message on or from its entry."""

    playbook: Playbook
    effect: str
    from_message: bool
    line: Line | None


class Shop:
    """A loaded store in the hands of its customers."""

    def __init__(self, app: App, brand: str) -> None:
        self.app = app
        self.brand = brand
        self._worker = Worker(app)
        self._running: list[Running] = []
        self._asked: set[int] = set()
        self._coming: list[tuple[Instant, int, Event]] = []
        self._numbers = count()

    @property
    def plan(self) -> Plan:
        return self.app.plan(self.brand)

    @property
    def now(self) -> Instant:
        return self.app.now(self.plan.brand.id)

    def runs(
        self, key: str, effect: str, holdout: float | None = None, *, from_message: bool = False,
        line: Line | None = None,
    ) -> Playbook:  # fmt: skip
        """Activate a playbook, with its measured parameters; `line` is what an answer buys."""
        one, _ = current(self.app.connection(), self.plan, key, newest=True)
        values, _ = measure_parameters(self.app.connection(), self.plan, one, self.now)
        one = adjusted(one, parameters=values, holdout=holdout)
        one = activate(self.app.connection(), self.plan, one, self.now, "truth")
        self._running.append(Running(one, effect, from_message, line))
        return one

    def stops(self, key: str) -> None:
        pause(self.app.connection(), self.plan, key, self.now, "truth")

    def reached_by(self, *channels: Channel) -> list[Customer]:
        """Who may be written to by one of these, in the order of their ids."""
        found = customers.read_all(self.app.connection(), self.plan.brand.id)
        return [one for one in found if not one.house and _may_reach(one, channels)]

    def buys(self, who: Sequence[Customer], total: int, over: int, lines: tuple[Line, ...] = ()) -> None:
        """Each of them one order at the site, spread over so many days from now on; `total` in agorot."""
        for place, one in enumerate(who):
            at = Instant(self.now + HOUR + place * over * DAY // max(len(who), 1))
            body = OrderTold(f"told {one.id} {self.now}", total, "ILS", SoldVia.ONLINE, lines=lines)
            names = own_identifiers(self.app.connection(), self.plan.brand.id, one.id)
            if names:
                event = happened("truth", body.order_id, body, occurred_at=at, received_at=at, identifiers=names)
                self._tell_later(event)

    def lives(self, days: int) -> None:
        """So many days: what was told comes in, the worker works, whoever was reached answers."""
        end = Instant(self.now + days * DAY)
        brand = self.plan.brand.id
        while self.now < end:
            moment = Instant(min(self.now + _STEP, end))
            with transaction(self.app.connection()) as connection:
                definitions.set_clock(connection, brand, moment)
            due = []
            while self._coming and self._coming[0][0] <= moment:
                due.append(replace(heapq.heappop(self._coming)[2], received_at=moment))
            accept(self.app.connection(), brand, due)
            self._worker.until_quiet()
            for each in self._running:
                self._ask(each)

    def _ask(self, one: Running) -> None:
        """Whoever has entered, or was written to, since the last look."""
        brand = self.plan.brand.id
        rows = self.app.connection().execute(_WRITTEN if one.from_message else _ENTERED, (brand, one.playbook.key))
        for passage, who, arm, at in rows.fetchall():
            if passage in self._asked:
                continue
            self._asked.add(passage)
            answer = respond(one.effect, CustomerId(who), arm, Instant(at))
            if answer is not None:
                names = own_identifiers(self.app.connection(), brand, CustomerId(who))
                lines = () if one.line is None else (one.line,)
                self._tell_later(as_event(answer, one.effect, CustomerId(who), names, lines=lines))

    def _tell_later(self, event: Event) -> None:
        heapq.heappush(self._coming, (event.occurred_at, next(self._numbers), event))

    def truths(self) -> list[Truth]:
        """What the product measures now of everything that ran."""
        return [self._truth(each) for each in self._running]

    def _truth(self, one: Running) -> Truth:
        planted = effect_of(one.effect)
        results = measure(self.app.connection(), self.plan, one.playbook, self.now)
        assert results.share is not None, f"{one.playbook.key}: nobody's span is over"
        return Truth(one.playbook.key, one.effect, planted.reached - planted.left_alone, results.share, results.sent)


def _may_reach(one: Customer, channels: Iterable[Channel]) -> bool:
    return any(in_force(one.consents, channel, Purpose.MARKETING) for channel in channels)


def never_bought(who: Iterable[Customer], sku: str = "") -> list[Customer]:
    """Those without an order, or without one of this product."""
    return [one for one in who if not any(not sku or sku in {line.sku for line in order.lines} for order in one.orders)]


def chain(shop: Shop, holdout: float | None) -> list[Truth]:
    """Almog: who falls silent (PB2), half a year of silence, where no effect is planted, and prospects' first orders
    of more than the average (PB3)."""
    shop.runs("PB2", "PB2", holdout)
    shop.runs("missed-you", "no_effect", holdout)
    first = shop.runs("PB3", "PB3", holdout)
    from_on = int(first.parameters["first_order"].value)
    shop.buys(never_bought(shop.reached_by(Channel.SMS, Channel.EMAIL)), from_on + 5_000, over=14)
    shop.lives(14 + 60 + 2)
    return shop.truths()


def seniors(shop: Shop, holdout: float | None, most: int | None = None) -> list[Truth]:
    """Gefen: everyone (or `most`) buys something that lasts 30 days, and is reminded; two months later something else,
    and is told of another category."""
    line = Line("SUP-005", "אומגה 3, 60 כמוסות", "תוספי תזונה", 1, 6_890)
    owners = [one for one in shop.reached_by(Channel.SMS, Channel.EMAIL) if one.orders]
    shop.runs("replenish", "replenish", holdout, from_message=True, line=line)
    shop.buys(never_bought(owners, line.sku)[:most], line.unit_price, over=10, lines=(line,))
    shop.lives(10 + 60 + 2)
    (reminded,) = shop.truths()
    shop.stops("replenish")
    shop.runs("upsell", "upsell", holdout, from_message=True)
    readers = [one for one in shop.reached_by(Channel.EMAIL) if one.orders]
    shop.buys(readers[:most], 5_890, over=10, lines=(Line("CLO-012", "גופייה חמה", "ביגוד", 1, 5_890),))
    shop.lives(10 + 60 + 2)
    return [reminded, shop.truths()[1]]
