"""From a step of a journey to another system: by a worker that runs, and by rounds one after the other (ORC-20)."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from standardwebhooks import Webhook as Verifier

from ritorno.core.events import OrderTold, SoldVia, happened
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.ids import BrandId
from ritorno.core.instants import Instant
from ritorno.core.journeys.journey import Entry, Exits
from ritorno.core.journeys.step import Webhook
from ritorno.core.journeys.trigger import Happened
from ritorno.settings import Settings, secret_key
from ritorno.store import definitions, webhooks
from ritorno.store.transaction import transaction
from ritorno.store.webhooks import Endpoint
from ritorno.testing import at
from ritorno.wiring import App, open_app
from ritorno.work.accept import accept
from ritorno.work.call_webhooks import keep_endpoint
from ritorno.work.plans import body_of
from ritorno.worker import Worker, advance_clock
from tests.core.plans import journey
from tests.work.receiver import Receiver

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
TELLS = journey(
    "TELLS", Happened("order"), Webhook("tell", "loyalty"), exits=Exits(purchase=False), entry=Entry(episode="order")
)


@pytest.fixture
def app(database: str, tmp_path: Path) -> Iterator[App]:
    with open_app(Settings(tmp_path, database)) as opened:
        yield opened


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    one = Receiver()
    yield one
    one.close()


def founded(app: App, url: str) -> BrandId:
    brand = definitions.save_brand(app.connection(), "default", {"name": "אלמוג"})
    with transaction(app.connection()) as connection:
        definitions.save(
            connection, brand, "playbook", "TELLS", body_of(TELLS), status="active", at=at("2026-01-01"), by="t"
        )
    endpoint = Endpoint("loyalty", url, b"", True, False, "", Instant(0))
    keep_endpoint(app.connection(), app.plan(), secret_key(app.settings.home), endpoint, SECRET, at("2026-01-01"), "t")
    return brand


def order(app: App, brand: BrandId, number: str, when: Instant) -> None:
    told = OrderTold(number, 10_000, "ILS", SoldVia.POS)
    who = (normalise(Kind.PHONE, "0521234567"),)
    accept(
        app.connection(), brand, [happened("pos", number, told, occurred_at=when, received_at=when, identifiers=who)]
    )


def test_a_step_tells_another_system_and_a_failure_is_tried_again_as_time_passes(app: App, receiver: Receiver) -> None:
    brand = founded(app, receiver.url)
    worker = Worker(app)
    definitions.set_clock(app.connection(), brand, at("2026-03-01T12:00"))
    order(app, brand, "o1", at("2026-03-01T12:00"))
    worker.until_quiet()
    [(headers, body)] = receiver.told
    told = Verifier(SECRET).verify(body, headers)  # by the machine's time, wherever the brand's clock stands
    assert told["data"]["about"]["order"] == "o1"
    assert told["timestamp"].startswith("2026-03-01T12:00:00")
    receiver.status = 500
    order(app, brand, "o2", at("2026-03-01T12:00"))
    worker.until_quiet()
    receiver.status = 200
    advance_clock(app, brand, at("2026-03-01T12:01"), worker)
    assert [json.loads(body)["data"]["about"]["order"] for _, body in receiver.told] == ["o1", "o2", "o2"]
    assert {one.state for one in webhooks.calls(app.connection(), brand)} == {"sent"}


def test_a_worker_that_runs_has_a_courier_beside_it_whom_a_hanging_endpoint_holds_up_alone(
    app: App, receiver: Receiver
) -> None:
    receiver.pause = 1.5
    brand = founded(app, receiver.url)
    stop = threading.Event()
    beside = app.beside()
    running = threading.Thread(target=Worker(beside).run, args=(stop,))
    running.start()
    order(app, brand, "o1", app.clock.now())
    _until(lambda: len(receiver.told) == 1)
    begun = time.monotonic()
    order(app, brand, "o2", app.clock.now())
    _until(lambda: len(webhooks.calls(app.connection(), brand)) == 2)
    assert time.monotonic() - begun < 1.2, "it reacted while the endpoint hung"
    _until(lambda: {one.state for one in webhooks.calls(app.connection(), brand)} == {"sent"})
    stop.set()
    running.join()
    beside.close()


def _until(holds: object, seconds: float = 20) -> None:
    assert callable(holds)
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.02)
