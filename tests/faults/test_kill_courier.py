"""kill -9 of who tells ad platforms and other systems, at random points: afterwards platforms have exactly whom the
rules say, and every call was made, known by its id."""

import json
import multiprocessing
import random  # noqa: TID251 - seeded: the same lives in every run
import time
from contextlib import closing
from pathlib import Path

import psycopg

from ritorno.ads.registry import sandboxes
from ritorno.channels.webhook import Answer, post
from ritorno.core.ad_identifiers import Hashed, Platform, identifiers_of
from ritorno.core.audiences import EVERYWHERE, AudienceMove
from ritorno.core.ids import AudienceKey, BrandId, CustomerId
from ritorno.core.instants import MINUTE, Instant
from ritorno.core.webhooks import Call
from ritorno.store import audience_batches, audience_told, audiences, customers, definitions, webhooks, workers
from ritorno.store.connection import connect
from ritorno.store.transaction import transaction
from ritorno.store.webhooks import Endpoint
from ritorno.work import call_webhooks, sync_audiences
from ritorno.work.plans import Plans
from tests.work.receiver import Receiver
from tests.work.test_sync_audiences import NOON, person

PEOPLE, CALLS, KILLS = 300, 40, 15  # calls before each death
NOW = Instant(NOON + MINUTE)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KEYS = (AudienceKey("cool-down"), AudienceKey("cool-down:shoes"))
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.faults.test_kill_courier"])


def go_out(url: str, home: str) -> None:
    """Until nothing is left to be told."""
    with closing(connect(url, autocommit=True)) as connection:
        plan, worker = Plans().named(connection, "default"), workers.new_worker(connection)
        platforms = sandboxes(Path(home))
        while True:
            done = sync_audiences.recover(connection, plan) + call_webhooks.recover(connection, plan)
            done += call_webhooks.call_webhooks(connection, plan, "key", _post, NOW, NOW, worker)
            done += sync_audiences.sync(connection, plan, platforms, NOW, worker)
            if not done and not _is_left(connection):
                return


def _post(url: str, body: str, headers: dict[str, str], allow_private: bool) -> Answer:
    return post(url, body, headers, allow_private=allow_private)


def _is_left(connection: psycopg.Connection) -> bool:
    """What the dead were telling is theirs until their session is known to have ended."""
    row = connection.execute(
        "SELECT EXISTS (SELECT FROM audience_batch WHERE state = 'sending') OR EXISTS (SELECT FROM webhook_call "
        "WHERE state = 'sending')"
    ).fetchone()
    time.sleep(0.01)
    return row == (True,)


def _move(connection: psycopg.Connection, brand: BrandId, draw: random.Random, calls: range) -> None:
    """Somebody joins, somebody leaves, something is to be told, while others are being told."""
    people = draw.sample(range(1, PEOPLE + 1), 40)
    moves = [
        AudienceMove(CustomerId(n), key, "exclude", draw.random() < 0.6, NOON, EVERYWHERE)
        for n in people for key in KEYS
    ]  # fmt: skip
    with transaction(connection):
        audiences.queue(connection, brand, moves)
        webhooks.queue(connection, brand, [_call(n) for n in calls])


def test_platforms_have_exactly_whom_the_rules_say_whoever_dies(database: str, tmp_path: Path) -> None:
    draw, killed, receiver = random.Random(11), 0, Receiver()
    with closing(connect(database, autocommit=True)) as connection:
        brand = definitions.save_brand(connection, "default", {"name": "אלמוג"})
        plan = Plans().named(connection, "default")
        endpoint = Endpoint("loyalty", receiver.url, b"", True, False, "", Instant(0))
        call_webhooks.keep_endpoint(connection, plan, "key", endpoint, SECRET, NOON, "t")
        with transaction(connection):
            customers.add(connection, brand, [person(n) for n in range(1, PEOPLE + 1)])
        while True:
            if killed < KILLS:
                _move(connection, brand, draw, range(killed * CALLS, (killed + 1) * CALLS))
            teller = _PROCESSES.Process(target=go_out, args=(database, str(tmp_path)))
            teller.start()
            teller.join(draw.uniform(0.05, 0.5) if killed < KILLS else 120)
            if teller.exitcode is None:
                teller.kill()
                teller.join()
                killed += 1
                continue
            assert teller.exitcode == 0
            if killed >= KILLS:
                break
            killed += 1  # it was done before its time
        receiver.close()
        for platform in Platform:
            for key in KEYS:
                assert _has(connection, brand, platform, key, tmp_path) == _wanted(connection, brand, platform, key)
        assert {one.state for one in audience_batches.log(connection, brand, 1000)} == {"done"}
        assert webhooks.counts(connection, brand) == {("loyalty", "sent"): KILLS * CALLS}
        told = {headers["webhook-id"]: json.loads(body)["n"] for headers, body in receiver.told if body}
        assert told == {f"wh_{n}": n for n in range(KILLS * CALLS)}, "a repetition is known by its id"


def _call(number: int) -> Call:
    return Call(number, "loyalty", CustomerId(7), 1, "W", 1, "tell", json.dumps({"n": number}), NOON)


def _has(
    connection: psycopg.Connection, brand: BrandId, platform: Platform, key: AudienceKey, home: Path
) -> frozenset[Hashed]:
    kept = audience_told.home(connection, brand, platform, key)
    assert kept is not None
    everyone = sandboxes(home)[platform].holds(kept).everyone
    assert everyone is not None
    return everyone


def _wanted(connection: psycopg.Connection, brand: BrandId, platform: Platform, key: AudienceKey) -> frozenset[Hashed]:
    places = [(key, CustomerId(n)) for n in range(1, PEOPLE + 1)]
    members = audiences.members_among(connection, brand, places)
    assert members
    return frozenset().union(*(identifiers_of(person(customer), platform) for _, customer in members))
