"""Where the parts are put together: settings, database, clock, providers. Nothing is built at import."""

import secrets
import string
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psycopg

from ritorno.ads.base import AdPlatform
from ritorno.ads.registry import sandboxes
from ritorno.channels.base import Provider
from ritorno.channels.sandbox import Sandbox
from ritorno.clock import Clock, SystemClock
from ritorno.core.ad_identifiers import Platform
from ritorno.core.events import Channel
from ritorno.core.ids import BrandId
from ritorno.core.instants import Instant
from ritorno.core.offers import CODE_LENGTH, CODE_LETTERS
from ritorno.core.plan import Brand, Plan
from ritorno.settings import Settings, configure_django
from ritorno.store import definitions
from ritorno.store.connection import Session, StoreUnavailable, database_url, is_embedded
from ritorno.store.migrate import migrate, pending
from ritorno.work.plans import Plans

_TOKEN_LETTERS = string.ascii_letters + string.digits


class Chance:
    """What nobody may guess: tokens of links (65 bits) and codes (39 bits, single use, checked against a rate)."""

    def token(self) -> str:
        return "".join(secrets.choice(_TOKEN_LETTERS) for _ in range(11))

    def code(self) -> str:
        return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


chance = Chance()


class App:
    """One process's view of an installation. `session` holds one autocommit connection: one App for each thread."""

    def __init__(self, settings: Settings, url: str) -> None:
        self.settings = settings
        self.url = url
        self.session = Session(url, autocommit=True)
        self.clock: Clock = SystemClock()
        self._plans = Plans()
        self._sandboxes: dict[tuple[int, int, int], Sandbox] = {}

    def connection(self) -> psycopg.Connection:
        return self.session.connection()

    def now(self, brand: BrandId | None = None) -> Instant:
        """What time it is for a brand: the machine's time, unless `ritorno clock` has set the brand's clock."""
        if brand is None:
            return self.clock.now()
        set_to = self.session.run(lambda connection: definitions.read_clock(connection, brand))
        return self.clock.now() if set_to is None else set_to

    def plan(self, brand: str = "default") -> Plan:
        """The plan of that brand as it stands. Raises UnknownBrand."""
        return self.session.run(lambda connection: self._plans.named(connection, brand))

    def providers(self, brand: Brand) -> Mapping[Channel, Provider]:
        """Who carries which channel. Until a provider is configured it is the sandbox, which sends nothing."""
        costs = brand.part_cost, brand.email_cost, brand.whatsapp_cost
        sandbox = self._sandboxes.get(costs)
        if sandbox is None:
            part, email, whatsapp = costs
            sandbox = Sandbox(self.settings.home, part_cost=part, email_cost=email, whatsapp_cost=whatsapp)
            self._sandboxes[costs] = sandbox
        return dict.fromkeys(Channel, sandbox)

    def leaves(self, brand: Brand) -> frozenset[Channel]:
        """The channels whose messages leave to people: those that somebody else than the sandbox carries."""
        return frozenset(channel for channel, one in self.providers(brand).items() if not isinstance(one, Sandbox))

    def ad_platforms(self) -> Mapping[Platform, AdPlatform]:
        """Where ad audiences are kept. Until a platform is connected it is the sandbox, which tells nobody."""
        return sandboxes(self.settings.home)

    def beside(self) -> "App":
        """Another one, for another thread."""
        return App(self.settings, self.url)

    def close(self) -> None:
        self.session.close()
        for sandbox in self._sandboxes.values():
            sandbox.close()


@contextmanager
def open_app(settings: Settings) -> Iterator[App]:
    """Start or reach the database, bring an embedded one up to date, and close everything at the end.

    Raises StoreUnavailable when a database of yours lacks migrations: those run by command only.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    url = database_url(settings.home, settings.database_url)
    configure_django(url, settings.home, settings.public_url)
    missing = pending(url, settings.home)
    if missing and not is_embedded(url):
        raise StoreUnavailable(f"the database lacks {len(missing)} migration(s); run: ritorno migrate")
    if missing:
        migrate(url, settings.home)
    app = App(settings, url)
    try:
        yield app
    finally:
        app.close()
