"""Definitions: versioned, one of a key stands at a time, and every change is heard of."""

import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from ritorno.core.ids import BrandId
from ritorno.core.instants import Instant
from ritorno.store import definitions
from ritorno.store.connection import connect
from ritorno.store.transaction import transaction


@pytest.fixture
def brand(database: str) -> BrandId:
    with connect(database, autocommit=True) as connection:
        return definitions.save_brand(connection, "default", {"name": "אלמוג"})


def save(connection: psycopg.Connection, brand: BrandId, body: object, status: str = "active") -> int:
    with transaction(connection):
        return definitions.save(connection, brand, "segment", "good", body, status=status, at=Instant(5), by="someone")


def test_of_one_key_one_version_stands_and_the_others_stay_as_they_were(database: str, brand: BrandId) -> None:
    with connect(database, autocommit=True) as connection:
        assert [save(connection, brand, n, status) for n, status in ((1, "active"), (2, "draft"), (3, "active"))] == [
            1, 2, 3,
        ]  # fmt: skip
        found = definitions.read(connection, brand, "segment")
        assert [(each.version, each.status, each.body) for each in found] == [
            (1, "retired", 1), (2, "draft", 2), (3, "active", 3),
        ]  # fmt: skip
        definitions.set_status(connection, brand, "segment", "good", 2, "active")
        assert [each.status for each in definitions.read(connection, brand)] == ["retired", "active", "retired"]
        assert definitions.read(connection, brand, "playbook") == []


def test_every_change_makes_workers_read_the_plan_anew(database: str, brand: BrandId) -> None:
    with connect(database, autocommit=True) as connection:
        versions = [definitions.plan_version(connection, brand)]
        for change in (
            lambda: save(connection, brand, 1),
            lambda: definitions.set_status(connection, brand, "segment", "good", 1, "paused"),
            lambda: definitions.stop(connection, brand, stopped=True),
            lambda: definitions.save_brand(connection, "default", {"name": "Almog"}),
        ):
            change()
            versions.append(definitions.plan_version(connection, brand))
        assert versions == sorted(set(versions))
        row = definitions.find_brand(connection, "default")
        assert row is not None
        assert (row.id, row.stopped, row.settings) == (brand, True, {"name": "Almog"})
        assert definitions.find_brand(connection, "other") is None


def test_a_clock_that_is_set_is_the_brands_own(database: str, brand: BrandId) -> None:
    with connect(database, autocommit=True) as connection:
        other = definitions.save_brand(connection, "second", {})
        definitions.set_clock(connection, brand, Instant(99))
        assert (definitions.read_clock(connection, brand), definitions.read_clock(connection, other)) == (99, None)
        assert [(row.key, row.now_at) for row in definitions.brands(connection)] == [("default", 99), ("second", None)]


def test_two_who_save_at_once_get_versions_of_their_own(database: str, brand: BrandId) -> None:
    together = threading.Barrier(4, timeout=10)

    def save_one(number: int) -> int:
        with connect(database, autocommit=True) as connection:
            together.wait()
            return save(connection, brand, number)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(save_one, range(4))) == [1, 2, 3, 4]
    with connect(database, autocommit=True) as connection:
        assert sum(each.status == "active" for each in definitions.read(connection, brand)) == 1
