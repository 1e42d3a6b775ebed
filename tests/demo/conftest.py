"""The full chain, made once for all tests that look at it (about four seconds)."""

import csv
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import pytest

from ritorno.core.identifiers import Kind, normalise
from ritorno.demo.made import MadeStore, Truth
from ritorno.demo.omnichain import make_omnichain

Row = dict[str, str]


class Chain(NamedTuple):
    """What the files of the chain say; `runs` are the rows of each order as they arrive, repeated receipts included."""

    store: MadeStore
    truth: Truth
    runs: list[list[Row]]
    customers: list[Row]
    products: list[Row]
    consents: list[Row]
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
        frozenset(one.customer_id for one in store.truth.house_accounts),
        {one.club_card: one.customer_id for one in store.truth.doubles},
    )
