"""kill -9 of the worker at random points while orders start journeys: what steps do to codes, points, counters, ad
audiences, people and other systems happens once, whoever dies."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ritorno.ads.registry import sandboxes
from ritorno.core.ad_identifiers import Platform
from ritorno.core.customer import Customer
from ritorno.core.ids import AudienceKey
from ritorno.core.instants import Instant
from ritorno.core.offers import spelled
from ritorno.core.points import Earned, Given
from ritorno.settings import Settings, secret_key
from ritorno.store import audience_told, audiences, customers
from ritorno.store.webhooks import Endpoint
from ritorno.wiring import open_app
from ritorno.work.call_webhooks import keep_endpoint
from tests.faults import story_of_journeys as story
from tests.faults.crew import Crew, Shop, copied, live
from tests.faults.hands import postman_of
from tests.faults.standing import records
from tests.work.receiver import Receiver

pytestmark = pytest.mark.long

ROUNDS = 40
_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
_MORE = {
    "task": "SELECT * FROM task ORDER BY id",
    "webhook_call": "SELECT id, endpoint, customer_id, enrollment, step, body, state, wanted_at, status FROM "
    "webhook_call ORDER BY id",
    "audience_member": "SELECT audience, customer_id, use, since FROM audience_member ORDER BY 1, 2",
    "audience_due": "SELECT * FROM audience_due",
    "audience_identifier": "SELECT platform, audience, customer_id, kind, digest, told_at FROM audience_identifier "
    "ORDER BY 1, 2, 3, 4, 5",
    "audience_batch": "SELECT platform, audience, action, members, identifiers, state, made_at, queued_at FROM "
    "audience_batch ORDER BY 7, 1, 2, 3",
    "pool": "SELECT count(*), count(message_id), count(DISTINCT message_id) FROM pool_code",
}  # fmt: skip


def everything(connection: psycopg.Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Codes are chance, also in texts."""
    found = records(connection) | {name: connection.execute(query).fetchall() for name, query in _MORE.items()}
    found["message"] = [
        tuple(_without_code(each) if isinstance(each, dict) else each for each in row) for row in found["message"]
    ]
    return found


def _without_code(content: dict[str, Any]) -> str:
    """The holdout's is nobody's."""
    said = str(content)
    for code in re.findall(r"#\W?(\w{8})\W?#", content["text"]):
        said = said.replace(code, "*")
    return said


@contextmanager
def listening(shop: Shop, receiver: Receiver) -> Iterator[None]:
    endpoint = Endpoint("erp", receiver.url, b"", True, False, "", Instant(0))
    plan, key = shop.app.plan(), secret_key(shop.app.settings.home)
    keep_endpoint(shop.app.connection(), plan, key, endpoint, _SECRET, story.OPENED, "test")
    try:
        yield
    finally:
        receiver.close()


@pytest.mark.slow
def test_whoever_dies_each_code_point_count_task_call_and_place_in_an_audience_is_there_once(
    postgres_url: str, database: str, tmp_path: Path
) -> None:
    with open_app(Settings(tmp_path, database)) as app:
        story.open_shop(app)
    template = database.rsplit("/", 1)[-1].split("?", maxsplit=1)[0]
    receiver = Receiver()
    with copied(postgres_url, template, f"{template}_calm") as calm, listening(calm, receiver):
        undisturbed = Crew(calm)
        live(calm, undisturbed, story.steps(), story.END)
        expected = everything(calm.app.connection())
        assert_all_is_there_once(calm, receiver)
    receiver = Receiver()
    with copied(postgres_url, template, f"{template}_hard") as hard, listening(hard, receiver):
        crew = Crew(hard, ROUNDS, undisturbed.took)
        live(hard, crew, story.steps(), story.END)
        assert crew.killed == ROUNDS
        for table, rows in everything(hard.app.connection()).items():
            assert rows == expected[table], table
        assert_all_is_there_once(hard, receiver)


def assert_all_is_there_once(shop: Shop, receiver: Receiver) -> None:
    """By what the documents say of orders and enrollments, not by another run."""
    connection = shop.app.connection()
    documents = [one for one in customers.read_all(connection, shop.brand) if one.joined_at < story.END]
    merges = connection.execute("SELECT count(*) FROM merge").fetchone()
    assert merges is not None
    assert merges[0] > 10
    for one in documents:
        assert counted(one) == bought(one), one.id
    treated = [
        each for one in documents for each in one.enrollments if each.playbook == "mix" and each.arm != "holdout"
    ]
    assert len(treated) > 150
    assert_points(documents, {each.id for each in treated})
    assert_codes(shop)
    assert_others_were_asked(shop, receiver, len(treated))
    assert_audiences(shop, documents)


def counted(one: Customer) -> dict[str, int]:
    """What the steps made of the counters."""
    counters = {name: trait.value for name, trait in one.traits.items() if name.startswith("bought_") and trait.value}
    return {name: int(value) for name, value in counters.items() if isinstance(value, int | float)}


def bought(one: Customer) -> dict[str, int]:
    """Orders that count, by category: what was bought before the playbook began starts nothing."""
    told = [order for order in one.orders if order.counts and not order.order_id.startswith("past-")]
    return dict(Counter(f"bought_{category}" for order in told for category in {line.category for line in order.lines}))


def assert_points(documents: list[Customer], treated: set[int]) -> None:
    given = Counter(entry.id for one in documents for entry in one.points if isinstance(entry, Given))
    assert set(given.values()) == {1}
    assert {int(name.split("/")[0]) for name in given} == treated
    earned = Counter(entry.order for one in documents for entry in one.points if isinstance(entry, Earned))
    assert set(earned.values()) == {1}
    assert set(earned) == {
        order.order_id for one in documents for order in one.orders if not order.order_id.startswith("past-")
    }


def assert_codes(shop: Shop) -> None:
    """As many as messages that carry one, each in its own message at the provider, none of the pool in two."""
    postman = postman_of(shop.home)
    kept = {int(key): text for key, _, text in postman.sent()}
    postman.close()
    assert not [key for key, times in Counter(postman.calls("send")).items() if times > 1]
    connection = shop.app.connection()
    sent: dict[int, str] = dict(connection.execute("SELECT id, step FROM message WHERE state = 'sent'").fetchall())
    assert set(kept) == set(sent)
    codes: dict[int, str] = dict(connection.execute("SELECT message_id, code FROM code").fetchall())
    assert set(codes) == {message for message, step in sent.items() if step in ("thanks", "come", "hint")}
    assert len(set(codes.values())) == len(codes) > 150
    said = {message: found for message, text in kept.items() if (found := re.findall(r"#\W?(\w+)\W?#", text))}
    assert {message: [spelled(each) for each in told] for message, told in said.items()} == {
        message: [code] for message, code in codes.items()
    }
    pooled: dict[int, str] = dict(
        connection.execute("SELECT message_id, spelled FROM pool_code WHERE message_id IS NOT NULL").fetchall()
    )
    assert pooled == {message: code for message, code in codes.items() if sent[message] != "hint"}


def assert_others_were_asked(shop: Shop, receiver: Receiver, passages: int) -> None:
    connection = shop.app.connection()
    ask = "SELECT count(DISTINCT enrollment), count(*) FROM "
    assert connection.execute(ask + "task").fetchone() == (passages, passages)
    assert connection.execute(ask + "webhook_call WHERE state = 'sent'").fetchone() == (passages, passages)
    told = {headers["webhook-id"]: body for headers, body in receiver.told if body}
    assert len(told) == passages
    assert {(headers["webhook-id"], body) for headers, body in receiver.told if body} == set(told.items()), (
        "always the same"
    )


def assert_audiences(shop: Shop, documents: list[Customer]) -> None:
    """The queue is empty, and platforms have whom the documents hold."""
    connection = shop.app.connection()
    held = {(key, one.id) for one in documents for key in one.audiences}
    listed = connection.execute("SELECT audience, customer_id FROM audience_member").fetchall()
    assert set(listed) == held
    assert len(listed) == len(held) > 50
    for platform in Platform:
        for key in sorted({key for key, _ in held}):
            home = audience_told.home(connection, shop.brand, platform, AudienceKey(key))
            assert home is not None
            everyone = sandboxes(shop.home)[platform].holds(home).everyone
            digests = "SELECT DISTINCT digest FROM audience_identifier WHERE platform = %s AND audience = %s"
            rows = connection.execute(digests, (platform, key)).fetchall()
            assert {one.digest for one in everyone or ()} == {bytes(row[0]) for row in rows}
    assert audiences.counts_queued(connection, shop.brand) == {}
