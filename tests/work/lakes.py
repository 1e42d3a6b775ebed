"""A lake beside a database, and what it says."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
from msgspec.structs import replace

from ritorno.core.customer import Customer
from ritorno.core.ids import BrandId, CustomerId
from ritorno.core.instants import Instant
from ritorno.core.plan import Plan
from ritorno.store import customers
from ritorno.store.transaction import transaction
from ritorno.testing import Person, at, shop
from ritorno.whole.lake import Lake
from ritorno.whole.lake_rows import rows_of
from ritorno.whole.tables import engine, tables_of
from ritorno.work.keep_lake import Kept, keep_lake, merge_lake

NOW = at("2026-03-01T10:00")
_UNORDERED = ("traits", "traits_at", "traits_source", "counters", "properties")
Rows = dict[str, list[tuple[Any, ...]]]


def buyer(plan: Plan, number: int, *shekels: float) -> Customer:
    """A customer of that id who bought so much, once a day."""
    person = Person(plan, phone=f"05212{number:05d}", email="", number=number)
    person.consents("sms").is_told(city=f"city {number % 3}")
    for day, much in enumerate(shekels):
        person.buys(f"2026-01-{day + 1:02d}T10:00", much)
    return person.customer


class Beside:
    """A brand's database and lake, as the tests move them. `number` tells brands of one database apart."""

    def __init__(self, connection: psycopg.Connection, folder: Path | str, number: int = 1) -> None:
        self.connection, self.url = connection, str(folder)
        plan = shop()
        self.plan = replace(plan, brand=replace(plan.brand, id=BrandId(number)))
        self.brand = self.plan.brand.id
        self.machine = at("2026-05-01T10:00")
        self._there: set[int] = set()

    def save(self, *documents: Customer) -> None:
        new = [each for each in documents if each.id not in self._there]
        old = [each for each in documents if each.id in self._there]
        self._there.update(each.id for each in new)
        with transaction(self.connection):
            customers.add(self.connection, self.brand, new)
            customers.save(self.connection, self.brand, old)

    def merge_away(self, number: int, into: int) -> None:
        customers.mark_merged(self.connection, self.brand, CustomerId(number), CustomerId(into))

    def turn(self, *, tidy: bool = False, at: Instant | None = None) -> Kept:
        return keep_lake(self.connection, self.url, self.plan, NOW, at or self.machine, tidy=tidy)

    def keep(self) -> None:
        """Turns until there is nothing to do."""
        while self.turn().is_unfinished:
            pass

    def compact(self) -> None:
        while merge_lake(self.connection, self.url, self.plan, NOW, self.machine):
            pass

    @property
    def lake(self) -> Lake:
        return Lake(self.url, self.brand)

    def said(self) -> Rows:
        """What the lake says of everyone."""
        return answered(self.lake)

    def true(self) -> Rows:
        """What it should say: everyone's rows, from the documents as they stand."""
        return listed(rows_of(list(customers.read_all(self.connection, self.brand)), self.plan, NOW))


def answered(lake: Lake) -> Rows:
    connection = engine("duckdb")
    try:
        tables = tables_of(lake, connection)
        return listed({name: connection.to_pyarrow(table) for name, table in tables._asdict().items()})
    finally:
        connection.disconnect()


def listed(tables: dict[str, pa.Table]) -> Rows:
    """Rows in one order, so that they can be compared."""
    return {name: sorted(_rows(table), key=repr) for name, table in tables.items()}


def _rows(table: pa.Table) -> Iterable[tuple[Any, ...]]:
    for row in table.to_pylist():
        yield tuple(tuple(sorted(value)) if name in _UNORDERED else value for name, value in row.items())
