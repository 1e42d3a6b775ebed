"""A file of events, taken in: what people did besides buying, and what became of messages."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ritorno.core.customer import Customer
from ritorno.core.events import Role
from ritorno.core.plan import Plan
from ritorno.store import customers
from ritorno.store.connection import Session
from ritorno.testing import at
from ritorno.work.found import found
from ritorno.work.import_asked import Asked, Counts
from ritorno.work.import_events import EventsError, import_events
from ritorno.work.plans import Plans

NOW = at("2026-03-01T10:00")
Take = Callable[..., Counts]


@pytest.fixture
def session(database: str) -> Iterator[Session]:
    with Session(database, autocommit=True) as opened:
        found(opened.connection(), "default", {"name": "אלמוג"}, at("2024-01-01"))
        yield opened


@pytest.fixture
def plan(session: Session) -> Plan:
    return Plans().named(session.connection(), "default")


@pytest.fixture
def take(session: Session, plan: Plan, tmp_path: Path) -> Take:
    """`take(line, …)` writes them into a file and takes it in."""

    def takes(*lines: str) -> Counts:
        path = tmp_path / "events.jsonl"
        path.write_text("\n".join(lines), encoding="utf-8")
        return import_events(session, plan, Asked(path), NOW)

    return takes


@pytest.fixture
def everybody(session: Session, plan: Plan) -> Callable[[], list[Customer]]:
    return lambda: list(customers.read_all(session.connection(), plan.brand.id))


LOOK = (
    '{"id": "v1", "event": "product_viewed", "at": "2026-02-14 10:47:58", "phone": "052-1234561", '
    '"properties": {"sku": "A1", "dwell_seconds": 25}}'
)
OPENED = (
    '{"id": "m2", "event": "message_opened", "at": "2026-02-20T10:05", "phone": "0521234561", "message": "letter 1", '
    '"channel": "email", "machine": true}'
)
DELIVERED = (
    '{"id": "m1", "event": "message_delivered", "at": "2026-02-20T10:00", "phone": "0521234561", "message": "letter 1",'
    ' "channel": "email"}'
)
RELATION = (
    '{"id": "r1", "event": "relation", "at": "2026-01-01", "phone": "0521234561", '
    '"properties": {"role": "child", "beneficiary": "P7", "he": "אבא", "en": "your father"}}'
)


def test_looks_messages_and_relations_come_to_whom_they_are_of(
    take: Take, everybody: Callable[[], list[Customer]]
) -> None:
    """ENG-16, SEG-19: in order of time, whatever the file's."""
    counts = take(OPENED, "", LOOK, DELIVERED, RELATION)
    assert (counts.rows, counts.added, counts.customers_new, counts.repeated) == (4, 4, 1, 0)
    (customer,) = everybody()
    assert [did.name for did in customer.did] == ["product_viewed", "message_delivered", "message_opened"]
    looked, delivered, opened = customer.did
    assert looked.at == at("2026-02-14T10:47:58")
    assert looked.properties == {"sku": "A1", "dwell_seconds": 25}
    assert delivered.properties["message"] == opened.properties["message"]
    assert (delivered.properties["machine"], opened.properties["machine"]) == (False, True)
    assert (customer.relations["P7"].role, customer.relations["P7"].en) == (Role.CHILD, "your father")


def test_a_beneficiary_with_a_phone_is_written_as_orders_write_them(
    take: Take, everybody: Callable[[], list[Customer]]
) -> None:
    """SEG-19: one spelling, so that an order finds the relation."""
    take(RELATION.replace('"P7"', '"052 765 4321"'))
    (customer,) = everybody()
    assert list(customer.relations) == ["phone:+972527654321"]


def test_a_second_run_adds_nothing(take: Take, everybody: Callable[[], list[Customer]]) -> None:
    take(LOOK, DELIVERED)
    before = everybody()
    counts = take(LOOK, DELIVERED)
    assert (counts.added, counts.repeated) == (0, 2)
    assert everybody() == before


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "line 2: "),
        ('{"id": "x"}', "line 2: Object missing required field `event`"),
        (LOOK.replace('"v1"', '" "'), "line 2: id is empty"),
        (LOOK.replace('"sku"', '"sku": {}, "x"'), r"line 2: .*properties"),
        (LOOK.replace('"properties"', '"property"'), "unknown field `property`"),
        (LOOK.replace("2026-02-14 10:47:58", "yesterday"), "line 2: 'yesterday' is not a time"),
        (LOOK.replace("2026-02-14", "2026-03-14"), "has not come yet for אלמוג"),
        (LOOK.replace("052-1234561", "12"), "line 2: phone: "),
        (LOOK.replace('"phone": "052-1234561", ', ""), "nothing tells whose event this is: fill one of customer_id"),
        (OPENED.replace("message_opened", "message_read"), "'message_read' is none of message_delivered"),
        (OPENED.replace('"letter 1"', '""'), "says which message"),
        (OPENED.replace('"email"', '"fax"'), "line 2: Invalid enum value 'fax'"),
        (RELATION.replace('"P7"', '" "'), "line 2: the beneficiary is empty; give a phone"),
        (RELATION.replace('"child"', '"cousin"'), r"role \(child, parent.*Invalid enum value 'cousin'"),
    ],
)
def test_a_bad_line_is_named_and_nothing_of_the_file_is_kept(
    take: Take, everybody: Callable[[], list[Customer]], line: str, says: str
) -> None:
    with pytest.raises(EventsError, match=says):
        take(DELIVERED, line)
    assert everybody() == []


def test_a_file_that_tells_nothing_is_refused(take: Take) -> None:
    with pytest.raises(EventsError, match="no line that tells anything; write one JSON object a line"):
        take("", "  ")
