"""The shop of these tests: the fixture store with PB2 running for everybody, a till's key, a worker, a clock."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ritorno.core.consent import in_force
from ritorno.core.customer import Customer
from ritorno.core.events import (
    Body,
    Channel,
    ConsentTold,
    Custom,
    Line,
    OrderTold,
    Purpose,
    SoldVia,
    TraitsTold,
    decode_event,
    happened,
)
from ritorno.core.identifiers import Identifier, Kind, normalise
from ritorno.core.instants import Instant
from ritorno.core.journeys.journey import Playbook
from ritorno.core.plan import Plan
from ritorno.playbooks.library import load
from ritorno.settings import Settings
from ritorno.store import codes, customers, definitions, identifiers, messages
from ritorno.store.messages import Kept
from ritorno.store.transaction import transaction
from ritorno.testing import at, held_out_of
from ritorno.wiring import App, open_app
from ritorno.work.accept import accept
from ritorno.work.found import found
from ritorno.work.plans import body_of
from ritorno.worker import Worker, advance_clock

KEY = "rit_the-till-of-these-tests"
DANI = "052-123-4567"


class Shop:
    """What the tests do with the shop."""

    def __init__(self, app: App, *, language: str = "he", playbook: Playbook | None = None) -> None:
        self.app = app
        self.worker = Worker(app)
        self._count = 0
        names = {"he": "אלמוג", "en": "Almog"}
        told = {"name": names[language], "language": language, "link_base": "http://127.0.0.1:8000"}
        self.brand = found(app.connection(), "default", told, at("2026-01-01"))
        running = held_out_of(playbook or load("PB2"), 0)
        with transaction(app.connection()) as connection:
            definitions.save(
                connection,
                self.brand,
                "playbook",
                "PB2",
                body_of(running),
                status="active",
                at=at("2026-01-01"),
                by="t",
            )
            hashed = hashlib.sha256(KEY.encode()).digest()
            definitions.add_api_key(connection, self.brand, hashed, "pos", "till 1", at("2026-01-01"))

    @property
    def plan(self) -> Plan:
        return self.app.plan()

    def clock(self, when: str | Instant) -> None:
        """Set the brand's clock, without letting anything happen."""
        instant = at(when) if isinstance(when, str) else when
        definitions.set_clock(self.app.connection(), self.brand, instant)

    def live_until(self, when: str) -> None:
        advance_clock(self.app, self.brand, at(when), self.worker)

    def react(self) -> None:
        self.worker.until_quiet()

    def tell(self, body: Body, when: str, *, phone: str = DANI, source: str = "shop", known: str | None = None) -> None:
        """An event of this customer, reacted to at once."""
        self._count += 1
        moment = at(known or when)
        self.clock(moment)
        identifier = normalise(Kind.PHONE, phone)
        event = happened(
            source, f"e{self._count}", body, occurred_at=at(when), received_at=moment, identifiers=(identifier,)
        )
        accept(self.app.connection(), self.brand, [event])
        self.react()

    def rescue(self, *, phone: str = DANI, name: str = "דני", channels: str = "sms", language: str = "") -> str:
        """A customer at risk who has just been sent PB2's message, Tue 2026-03-03 14:05:10: the page's token."""
        traits: dict[str, Any] = {"first_name": name} if name else {}
        if language:
            traits["language"] = language
        if traits:
            self.tell(TraitsTold(traits), "2025-06-01", phone=phone)
        for channel in channels.split():
            told = ConsentTold(Channel(channel), given=True, source="form", wording="אשמח לקבל עדכונים")
            self.tell(told, "2025-06-01T10:00", phone=phone)
        for day in ("2025-08-01T12:00", "2025-09-20T12:00", "2025-11-01T12:00", "2025-12-03T14:05:10"):
            self.buy(day, 800, phone=phone)
        self.live_until("2026-03-03T14:05:10")
        return self.token("page", phone=phone)

    def buy(
        self, when: str, shekels: float, *skus: str, phone: str = DANI, source: str = "shop",
        via: SoldVia = SoldVia.ONLINE,
    ) -> None:  # fmt: skip
        lines = tuple(Line(sku, sku) for sku in skus)
        order = f"o{self._count + 1}"
        told = OrderTold(order, round(shekels * 100), "ILS", via, lines=lines)
        self.tell(told, when, phone=phone, source=source)

    def view(self, when: str, sku: str, *, phone: str = DANI) -> None:
        self.tell(Custom("product_viewed", {"sku": sku}), when, phone=phone)

    def customer(self, phone: str = DANI) -> Customer:
        identifier: Identifier = normalise(Kind.PHONE, phone)
        held = identifiers.look_up(self.app.connection(), self.brand, [identifier])
        document = customers.read(self.app.connection(), self.brand, held[identifier].customer)
        assert document is not None
        return document

    def message(self, phone: str = DANI) -> Kept:
        return messages.of_customer(self.app.connection(), self.brand, self.customer(phone).id)[-1]

    def token(self, purpose: str, *, phone: str = DANI) -> str:
        row = self.app.connection().execute(
            "SELECT token FROM link WHERE message_id = %s AND purpose = %s", (self.message(phone).message.id, purpose)
        )
        found_row = row.fetchone()
        assert found_row is not None, f"{self.message(phone).state}: {self.message(phone).reasons}"
        return str(found_row[0])

    def code(self, phone: str = DANI) -> str:
        found_code = codes.of_message(self.app.connection(), self.brand, self.message(phone).message.id)
        assert found_code is not None
        return found_code.code

    def permits(self, channel: str, phone: str = DANI) -> bool:
        return in_force(self.customer(phone).consents, Channel(channel), Purpose.MARKETING) is not None

    def told(self, name: str) -> list[Any]:
        """The events of that name that were reacted to, as they were told."""
        rows = self.app.connection().execute("SELECT payload FROM event WHERE name = %s ORDER BY received_at", (name,))
        return [decode_event(row[0]) for row in rows]

    def stock(self, *products: tuple[Any, ...]) -> None:
        """(sku, name, price in agorot, in stock, created at, url, image)"""
        for sku, name, price, in_stock, created_at, url, image in products:
            self.app.connection().execute(
                "INSERT INTO product (brand_id, sku, name, category, price, in_stock, created_at, url, image_url) "
                "VALUES (%s, %s, %s, '', %s, %s, %s, %s, %s)",
                (self.brand, sku, name, price, in_stock, at(created_at), url, image),
            )

    def sold(self, day: str, **units: float) -> None:
        for sku, number in units.items():
            self.app.connection().execute(
                "INSERT INTO sale (brand_id, day, sku, units) VALUES (%s, %s, %s, %s)", (self.brand, day, sku, number)
            )


@contextmanager
def open_shop(settings: Settings, *, language: str = "he", playbook: Playbook | None = None) -> Iterator[Shop]:
    with open_app(settings) as app:
        yield Shop(app, language=language, playbook=playbook)
