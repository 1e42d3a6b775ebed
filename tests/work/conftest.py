"""A brand that has just been founded, and its plan."""

from collections.abc import Iterator

import psycopg
import pytest

from ritorno.core.plan import Plan
from ritorno.store.connection import connect
from ritorno.testing import at
from ritorno.work.found import found
from ritorno.work.plans import Plans


@pytest.fixture
def connection(database: str) -> Iterator[psycopg.Connection]:
    with connect(database, autocommit=True) as opened:
        found(opened, "default", {"name": "אלמוג"}, at("2024-01-01"))
        yield opened


@pytest.fixture
def plan(connection: psycopg.Connection) -> Plan:
    return Plans().named(connection, "default")
