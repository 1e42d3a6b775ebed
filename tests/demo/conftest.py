"""The full stores, each made once for all tests that look at it (about four seconds the chain, two the shop)."""

import csv
import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ritorno.core.identifiers import Kind, normalise
from ritorno.demo.made import MadeStore, SeniorsStore, Truth
from ritorno.demo.omnichain import make_omnichain
from ritorno.demo.seniors import make_seniors

Row = dict[str, str]


class Chain(NamedTuple):
    """What the files of the chain say; `runs` are the rows of each order as they arrive, repeated receipts included."""

    store: MadeStore
    truth: Truth
    runs: list[list[Row]]
    customers: list[Row]
    products: list[Row]
    consents: list[Row]
    events: list[dict[str, Any]]
    house: frozenset[str]
    merged: dict[str, str]

    def person(self, row: Row) -> str:
        """Whose row it is, by the planted truth."""
        key = row["customer_id"] or row["club_card"] or normalise(Kind.PHONE, row["phone"]).value
        return self.merged.get(key, key)

    def told(self) -> Iterator[list[Row]]:
        """Each order once."""
        seen: set[str] = set()
        for run in self.runs:
            if run[0]["order_id"] not in seen:
                seen.add(run[0]["order_id"])
                yield run

    def bought(self) -> list[Row]:
        """The head of each order that counts: paid, worth money, of a person."""
        heads = (run[0] for run in self.told())
        return [
            head
            for head in heads
            if head["status"] == "paid"
            and not head["refund_of"]
            and float(head["total"]) > 0
            and head["customer_id"] not in self.house
        ]


def read(path: Path | None) -> list[Row]:
    assert path is not None
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_lines(path: Path | None) -> list[dict[str, Any]]:
    assert path is not None
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="session")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Chain:
    store = make_omnichain(tmp_path_factory.mktemp("omnichain"))
    assert store.truth is not None
    runs = [list(rows) for _, rows in groupby(read(store.orders), key=lambda row: row["order_id"])]
    return Chain(
        store,
        store.truth,
        runs,
        read(store.customers),
        read(store.products),
        read(store.consents),
        read_lines(store.events),
        frozenset(one.customer_id for one in store.truth.house_accounts),
        {one.club_card: one.customer_id for one in store.truth.doubles},
    )


class Seniors(NamedTuple):
    """What the files of the shop say; `orders` are the rows of each order."""

    store: SeniorsStore
    orders: list[list[Row]]
    customers: list[Row]
    products: list[Row]
    days_of_supply: list[Row]
    consents: list[Row]
    listed: list[Row]
    events: list[dict[str, Any]]

    def days_per_unit(self) -> dict[str, int]:
        """Of everything that is used up, with the file that fills what the catalogue leaves open."""
        told = {row["sku"]: row for row in (*self.products, *self.days_of_supply)}
        return {sku: int(row["days_per_unit"]) for sku, row in told.items() if row["consumable"] == "yes"}


@pytest.fixture(scope="session")
def seniors(tmp_path_factory: pytest.TempPathFactory) -> Seniors:
    store = make_seniors(tmp_path_factory.mktemp("seniors"))
    return Seniors(
        store,
        [list(rows) for _, rows in groupby(read(store.orders), key=lambda row: row["order_id"])],
        read(store.customers),
        read(store.products),
        read(store.days_of_supply),
        read(store.consents),
        read(store.imported_list),
        read_lines(store.events),
    )
