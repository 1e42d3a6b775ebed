"""Documents, with the columns that lists read; locked while somebody works on them."""

from collections.abc import Sequence

import psycopg
import pytest
from msgspec.structs import replace

from ritorno.core.customer import Customer, Scores
from ritorno.core.ids import BrandId, CustomerId
from ritorno.core.instants import NEVER, Instant
from ritorno.store import customers
from ritorno.store.connection import connect
from ritorno.store.transaction import transaction

BRAND = BrandId(1)
LATER = Instant(1_000)


def one(number: int, *, due_at: int = NEVER, cell: int = 0) -> Customer:
    scores = Scores(cell, 2, 15_000, Instant(77), 1) if cell else Customer(CustomerId(0)).scores
    return Customer(CustomerId(number), due_at=Instant(due_at), scores=scores)


def ids(documents: Sequence[Customer]) -> list[int]:
    return [document.id for document in documents]


def kept(connection: psycopg.Connection, *documents: Customer) -> None:
    with transaction(connection):
        customers.add(connection, BRAND, documents)


def test_a_document_comes_back_as_it_was_with_its_columns(database: str) -> None:
    with connect(database, autocommit=True) as connection:
        kept(connection, one(1), one(2, due_at=5, cell=321))
        assert customers.read(connection, BRAND, CustomerId(2)) == one(2, due_at=5, cell=321)
        assert customers.read(connection, BRAND, CustomerId(9)) is None
        assert customers.read(connection, BrandId(2), CustomerId(1)) is None
        rows = connection.execute("SELECT id, due_at, cell, orders, spend, last_at, house FROM customer ORDER BY id")
        assert rows.fetchall() == [(1, None, 0, 0, 0, None, False), (2, 5, 321, 2, 15_000, 77, False)]
        customers.save(connection, BRAND, [replace(one(2), house=True), one(1, due_at=8)])
        rows = connection.execute("SELECT id, due_at, cell, house FROM customer ORDER BY id")
        assert rows.fetchall() == [(1, 8, 0, False), (2, None, 0, True)]


def test_prospects_are_those_who_have_not_bought_and_are_nobodys_till(database: str) -> None:
    with connect(database, autocommit=True) as connection:
        kept(connection, one(1), one(2, cell=111), replace(one(3), house=True), one(4))
        customers.mark_merged(connection, BRAND, CustomerId(4), CustomerId(1))
        assert (customers.count(connection, BRAND), customers.prospects(connection, BRAND)) == (3, 1)


def test_of_a_merged_customer_the_survivor_is_read_and_nothing_wakes_it(database: str) -> None:
    with connect(database, autocommit=True) as connection:
        kept(connection, one(1, cell=333), one(2, due_at=5), one(3))
        customers.mark_merged(connection, BRAND, CustomerId(2), CustomerId(3))
        customers.mark_merged(connection, BRAND, CustomerId(3), CustomerId(1))
        assert customers.read(connection, BRAND, CustomerId(2)) == one(1, cell=333)
        assert customers.next_due(connection, BRAND) is None
        assert ids(list(customers.read_all(connection, BRAND))) == [1]
        with pytest.raises(customers.MovedAway), transaction(connection):
            customers.load(connection, BRAND, [CustomerId(1), CustomerId(2)])
        customers.mark_unmerged(connection, BRAND, CustomerId(2))
        with transaction(connection):
            assert set(customers.load(connection, BRAND, [CustomerId(1), CustomerId(2)])) == {1, 2}


def test_those_whose_time_has_come_are_claimed_longest_due_first(database: str) -> None:
    with connect(database, autocommit=True) as connection:
        kept(connection, one(1, due_at=30), one(2, due_at=10), one(3, due_at=20), one(4), one(5, due_at=1_001))
        assert customers.next_due(connection, BRAND) == 10
        with transaction(connection):
            assert ids(customers.claim_due(connection, BRAND, LATER, 2)) == [2, 3]
            assert ids(customers.claim_due(connection, BRAND, LATER, 9)) == [2, 3, 1]
            assert ids(customers.claim_due(connection, BRAND, Instant(10), 9)) == [2]
            assert ids(customers.claim_due(connection, BRAND, Instant(9), 9)) == []


def test_whom_another_worker_holds_is_passed_over_by_those_who_do_not_wait(database: str) -> None:
    with connect(database, autocommit=True) as mine, connect(database, autocommit=True) as other:
        kept(mine, one(1, due_at=10), one(2, due_at=20))
        with transaction(mine):
            customers.load(mine, BRAND, [CustomerId(1)])
            with transaction(other):
                assert ids(customers.claim_due(other, BRAND, LATER, 9)) == [2]
            with transaction(other):
                assert list(customers.load_free(other, BRAND, [CustomerId(1), CustomerId(2)])) == [2]
            other.execute("SET lock_timeout = '50ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable), transaction(other):
                customers.load(other, BRAND, [CustomerId(2), CustomerId(1)])


def test_everyone_is_walked_over_batch_by_batch(database: str) -> None:
    with connect(database, autocommit=True) as connection:
        kept(connection, *(one(number) for number in range(7, 0, -1)))
        assert ids(list(customers.read_all(connection, BRAND, batch=3))) == [1, 2, 3, 4, 5, 6, 7]
        with transaction(connection):
            assert ids(customers.lock_after(connection, BRAND, 2, 3)) == [3, 4, 5]
            assert ids(customers.lock_after(connection, BRAND, 7, 3)) == []


def test_nobody_is_made_twice(database: str) -> None:
    with connect(database, autocommit=True) as connection:
        kept(connection, one(1))
        with pytest.raises(psycopg.errors.UniqueViolation):
            kept(connection, one(2), one(1))
        assert customers.count(connection, BRAND) == 1
