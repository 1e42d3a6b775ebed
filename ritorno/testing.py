"""For tests of Ritorno and of what is built on it: the fixture shop, people who do things, a clock to move.

dana = Person(shop(load("PB2")))
dana.consents("sms").buys("2025-12-01T10:00", 900)
dana.lives_until("2026-03-05")
assert dana.messages[0].state == "sent"
"""

from collections.abc import Callable

from msgspec.structs import replace

from ritorno.core.customer import Customer
from ritorno.core.events import (
    Body,
    CancellationTold,
    Channel,
    ConsentTold,
    Event,
    Line,
    OrderTold,
    RefundTold,
    SoldVia,
    TraitsTold,
    TraitValue,
    happened,
)
from ritorno.core.identifiers import Identifier, Kind, normalise
from ritorno.core.ids import BrandId, CustomerId, PlaybookKey
from ritorno.core.instants import NEVER, Instant, parse_instant, say_instant, zone
from ritorno.core.journeys.journey import Playbook
from ritorno.core.life import Fate, Life
from ritorno.core.plan import Brand, Plan, Policy, Segment, with_playbooks
from ritorno.core.scores.cuts import Scheme

JERUSALEM = zone("Asia/Jerusalem")


def at(text: str) -> Instant:
    """An instant on Jerusalem's wall clock."""
    return parse_instant(text, JERUSALEM)


def local(instant: Instant) -> str:
    """An instant as Jerusalem's wall clock shows it, to the second: 2026-03-01T10:00:00."""
    return say_instant(instant, JERUSALEM)[:19]


def shop(*playbooks: Playbook, segments: tuple[Segment, ...] = (), policy: Policy | None = None) -> Plan:
    """The fixture store T of the requirements, with these playbooks running."""
    brand = Brand(BrandId(1), "default", "אלמוג", sender="Almog")
    plan = Plan(brand, Scheme(version=1), policy or Policy(), segments)
    return with_playbooks(plan, *playbooks)


class Person:
    """A customer, and what happens to them, one event after the other, as told by one source."""

    def __init__(
        self,
        plan: Plan,
        *,
        phone: str = "0521234567",
        email: str = "dana@dana.co.il",
        number: int = 7,
        source: str = "shop",
    ) -> None:
        self.plan = plan
        self.source = source
        self.identifiers: tuple[Identifier, ...] = tuple(
            normalise(kind, value) for kind, value in ((Kind.PHONE, phone), (Kind.EMAIL, email)) if value
        )
        self.life = Life(Customer(CustomerId(number)), (), plan)
        self._count = 0

    @property
    def customer(self) -> Customer:
        return self.life.customer

    @property
    def messages(self) -> list[Fate]:
        return self.life.fates

    def event(self, body: Body, when: Instant, *, known: Instant | None = None, history: bool = False) -> Event:
        """An event of this person; `known` is when we hear of it."""
        self._count += 1
        return happened(
            self.source,
            f"{self.customer.id} e{self._count}",
            body,
            occurred_at=when,
            received_at=known or when,
            identifiers=self.identifiers,
            history=history,
        )

    def does(self, body: Body, when: str, *, known: str | None = None, history: bool = False) -> "Person":
        """Live up to then, and react to it."""
        received = at(known or when)
        self.lives_until(say_instant(received, JERUSALEM))
        self.life.tell(self.event(body, at(when), known=received, history=history))
        self.life.step(received)
        return self

    def buys(
        self,
        when: str,
        shekels: float,
        *,
        order: str | None = None,
        sold_via: SoldVia = SoldVia.ONLINE,
        branch: str = "",
        lines: tuple[Line, ...] = (),
        cancelled: bool = False,
        known: str | None = None,
        history: bool = False,
    ) -> "Person":
        number = order or f"o{self._count + 1}"
        body = OrderTold(number, round(shekels * 100), "ILS", sold_via, branch=branch, cancelled=cancelled, lines=lines)
        return self.does(body, when, known=known, history=history)

    def is_refunded(self, order: str, when: str, shekels: float | None = None, *, void: bool = False) -> "Person":
        amount = None if shekels is None else round(shekels * 100)
        return self.does(RefundTold(order, "r1", amount, void=void), when)

    def cancels(self, order: str, when: str, *, void: bool = False) -> "Person":
        return self.does(CancellationTold(order, void=void), when)

    def consents(self, channel: str, when: str = "2020-01-01", *, given: bool = True, source: str = "form") -> "Person":
        return self.does(ConsentTold(Channel(channel), given, source=source, wording="אשמח לקבל עדכונים"), when)

    def is_told(self, when: str = "2020-01-01", **traits: TraitValue) -> "Person":
        return self.does(TraitsTold(traits), when)

    def lives_until(self, when: str, sent_today: Callable[[PlaybookKey], int] = lambda _: 0) -> "Person":
        """Let time pass, stopping at every instant at which something is due."""
        until = at(when)
        while (moment := self.life.next_at) <= until and moment != NEVER:
            self.life.step(moment, sent_today)
        self.life.step(until, sent_today)
        return self

    @property
    def cell(self) -> int:
        return self.customer.scores.cell


def held_out_of(playbook: Playbook, share: float) -> Playbook:
    """The playbook with another holdout: 0 treats everybody."""
    return replace(playbook, holdout=share)
