"""Other systems are told each thing once, signed, tried again, never where it was not meant (ORC-20)."""

import hashlib
import hmac
import json
import socket
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from msgspec.structs import replace
from standardwebhooks import Webhook, WebhookVerificationError

from ritorno.channels.webhook import Answer, headers_for, is_public, post
from ritorno.clock import SystemClock
from ritorno.core.ids import CustomerId
from ritorno.core.instants import MINUTE, Instant
from ritorno.core.plan import Plan
from ritorno.core.wall_clock import SECOND
from ritorno.core.webhooks import Call
from ritorno.store import definitions, webhooks, workers
from ritorno.store.connection import connect
from ritorno.store.sealed import SealBroken, seal, unseal
from ritorno.store.transaction import transaction
from ritorno.store.webhooks import Endpoint
from ritorno.testing import at
from ritorno.work.call_webhooks import (
    EndpointError,
    NoEndpoint,
    call_webhooks,
    disable_endpoint,
    keep_endpoint,
    recover,
    try_again,
)
from ritorno.work.plans import Plans
from tests.work.receiver import Receiver

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KEY = "the key of this installation"
NOON = at("2026-03-01T12:00")


class Hooks:
    def __init__(self, connection: psycopg.Connection, plan: Plan) -> None:
        self.connection = connection
        self.plan = plan
        self.worker = workers.new_worker(connection)

    def endpoint(self, url: str, *, key: str = "loyalty", private: bool = True, dry: bool = False) -> None:
        one = Endpoint(key, url, b"", private, dry, "", Instant(0))
        keep_endpoint(self.connection, self.plan, KEY, one, SECRET, NOON, "t")

    def want(self, *numbers: int, endpoint: str = "loyalty", when: Instant = NOON) -> None:
        made = [
            Call(n, endpoint, CustomerId(7), 70 + n, "W", 1, "tell", json.dumps({"type": "journey.step", "n": n}), when)
            for n in numbers
        ]
        with transaction(self.connection):
            webhooks.queue(self.connection, self.plan.brand.id, made)

    def call(self, now: Instant = NOON) -> int:
        def send(url: str, body: str, headers: dict[str, str], private: bool) -> Answer:
            return post(url, body, headers, allow_private=private, whole_seconds=0.5)

        return call_webhooks(self.connection, self.plan, KEY, send, now, SystemClock().now(), self.worker)

    def states(self) -> dict[int, tuple[str, int]]:
        """State and tries of each call."""
        return {one.call.id: (one.state, one.tries) for one in webhooks.calls(self.connection, self.plan.brand.id)}

    def error(self, call: int) -> str:
        [kept] = webhooks.calls(self.connection, self.plan.brand.id, call=call)
        return kept.error


@pytest.fixture
def hooks(database: str) -> Iterator[Hooks]:
    with connect(database, autocommit=True) as opened:
        definitions.save_brand(opened, "default", {"name": "אלמוג"})
        yield Hooks(opened, Plans().named(opened, "default"))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    one = Receiver()
    yield one
    one.close()


def test_orc_20_what_arrives_is_what_the_receivers_own_verifier_accepts(hooks: Hooks, receiver: Receiver) -> None:
    hooks.endpoint(receiver.url)
    hooks.want(1)
    assert hooks.call() == 1
    [(headers, body)] = receiver.told
    assert Webhook(SECRET).verify(body, headers) == {"type": "journey.step", "n": 1}
    assert headers["webhook-id"] == "wh_1"
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body.replace(b"1", b"2"), headers)
    assert hooks.states() == {1: ("sent", 1)}
    assert hooks.call() == 0, "once"
    hooks.want(1)
    assert hooks.call() == 0, "asked again it is the same call"


@pytest.mark.shared
def test_the_signature_is_the_published_one(shared_folder: Path) -> None:
    told = json.loads((shared_folder / "oracles/vectors/standardwebhooks.json").read_bytes())["sign"]
    made = headers_for(told["id"], told["body"], told["secret"], Instant(told["timestamp"] * SECOND + 999))
    assert made["webhook-signature"] == told["signature"]
    assert made["webhook-timestamp"] == str(told["timestamp"])


def test_the_signature_is_an_hmac_of_id_time_and_body() -> None:
    made = headers_for("wh_1", '{"שם":1}', SECRET, SystemClock().now())
    signed = f"wh_1.{made['webhook-timestamp']}." + '{"שם":1}'
    code = hmac.new(b64decode(SECRET.removeprefix("whsec_")), signed.encode(), hashlib.sha256).digest()
    assert made["webhook-signature"] == f"v1,{b64encode(code).decode()}"


def test_orc_20_it_is_tried_three_more_times_and_is_then_a_dead_letter(hooks: Hooks, receiver: Receiver) -> None:
    hooks.endpoint(receiver.url)
    hooks.want(1)
    receiver.status = 500
    now = NOON
    for tries, after in enumerate((0, 1, 10, 60), 1):
        if after:
            now = Instant(now + after * MINUTE)
            assert webhooks.next_due(hooks.connection, hooks.plan.brand.id) == now
            assert hooks.call(Instant(now - 1)) == 0
        assert hooks.call(now) == 1
        assert hooks.states()[1][1] == tries
    assert hooks.states() == {1: ("dead", 4)}
    assert "500" in hooks.error(1)
    assert len({headers["webhook-id"] for headers, _ in receiver.told}) == 1
    assert len({body for _, body in receiver.told}) == 1, "the same bytes every time"
    assert webhooks.next_due(hooks.connection, hooks.plan.brand.id) is None
    receiver.status = 200
    later = Instant(now + MINUTE)
    assert try_again(hooks.connection, hooks.plan, None, later, "t") == 1
    assert hooks.call(later) == 1
    assert hooks.states() == {1: ("sent", 1)}
    assert try_again(hooks.connection, hooks.plan, [1], later, "t") == 0, "it is no dead letter any more"


def test_an_endpoint_that_fails_rests_and_the_others_do_not_wait_for_it(hooks: Hooks, receiver: Receiver) -> None:
    hooks.endpoint("http://127.0.0.1:1/", key="broken")
    hooks.endpoint(receiver.url)
    hooks.want(1, 2, 3, endpoint="broken")
    hooks.want(4, when=Instant(NOON + 1))
    assert hooks.call(Instant(NOON + 1)) == 2, "one try there, and the next endpoint"
    assert hooks.states()[4] == ("sent", 1)
    assert sorted(hooks.states()[n][1] for n in (1, 2, 3)) == [0, 0, 1]


def test_who_answers_too_slowly_or_drop_by_drop_is_cut_off(hooks: Hooks, receiver: Receiver) -> None:
    receiver.pause = 0.8
    begun = time.monotonic()
    answer = post(receiver.url, "{}", {}, allow_private=True, whole_seconds=0.3)
    assert (answer.status, answer.error) == (0, "no answer within 0.3 s")
    assert time.monotonic() - begun < 0.7
    with socket.create_server(("127.0.0.1", 0)) as dripping:

        def drip() -> None:
            conversation, _ = dripping.accept()
            with conversation:
                try:
                    for letter in b"HTTP/1.1 200 OK\r\nx: " + b"y" * 1000:
                        conversation.send(bytes([letter]))
                        time.sleep(0.05)
                except OSError:
                    return

        thread = threading.Thread(target=drip)
        thread.start()
        url = f"http://127.0.0.1:{dripping.getsockname()[1]}/"
        assert post(url, "{}", {}, allow_private=True, whole_seconds=0.3).error == "no answer within 0.3 s"
        thread.join()


def test_a_redirection_is_not_followed(hooks: Hooks, receiver: Receiver) -> None:
    hooks.endpoint(receiver.url)
    receiver.status, receiver.location = 302, "http://127.0.0.1:1/elsewhere"
    hooks.want(1)
    hooks.call()
    assert hooks.states() == {1: ("waiting", 1)}
    assert len(receiver.told) == 1


def test_who_says_gone_is_called_no_more(hooks: Hooks, receiver: Receiver) -> None:
    hooks.endpoint(receiver.url)
    hooks.want(1, 2)
    receiver.status = 410
    hooks.call()
    assert {state for state, _ in hooks.states().values()} == {"dead"}
    assert len(receiver.told) == 1
    [one] = webhooks.endpoints(hooks.connection, hooks.plan.brand.id)
    assert one.disabled == "it answered 410 Gone"
    receiver.status = 200
    hooks.endpoint(receiver.url)
    try_again(hooks.connection, hooks.plan, None, NOON, "t")
    assert hooks.call() == 2, "given anew it is called again"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "172.16.0.1", "100.64.0.1", "0.0.0.0", "::1",
        "fe80::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "224.0.0.1", "255.255.255.255", "::", "2001:0:0:0:0:0:80ff:fffe",
    ],
)  # fmt: skip
def test_private_addresses_are_known_by_every_disguise(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2a00:1450:4001:81b::200e", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses_are_called(address: str) -> None:
    assert is_public(address)


def test_into_this_machines_own_network_nothing_is_sent(hooks: Hooks, receiver: Receiver) -> None:
    hooks.endpoint(receiver.url.replace("http://127.0.0.1", "https://localhost"), private=False)
    hooks.want(1)
    hooks.call()
    assert receiver.told == []
    assert "private network" in hooks.error(1)
    assert post("https://no-such-host.invalid/", "{}", {}, allow_private=False).error.startswith(
        "no-such-host.invalid leads nowhere"
    )


def test_to_a_dry_endpoint_what_would_be_sent_is_recorded_alone(hooks: Hooks, receiver: Receiver) -> None:
    hooks.endpoint(receiver.url, dry=True)
    hooks.want(1)
    hooks.call()
    assert receiver.told == []
    [kept] = webhooks.calls(hooks.connection, hooks.plan.brand.id)
    assert (kept.state, json.loads(kept.call.body)["n"]) == ("dry", 1)


def test_an_endpoint_that_is_missing_or_disabled_makes_dead_letters(hooks: Hooks, receiver: Receiver) -> None:
    hooks.want(1, endpoint="nowhere")
    hooks.call()
    assert hooks.states() == {1: ("dead", 1)}
    assert hooks.error(1) == "no endpoint 'nowhere'"
    hooks.endpoint(receiver.url)
    disable_endpoint(hooks.connection, hooks.plan, "loyalty", NOON, "gil")
    hooks.want(2)
    hooks.call()
    assert hooks.error(2) == "loyalty is disabled: by gil"
    with pytest.raises(NoEndpoint, match="there are loyalty"):
        disable_endpoint(hooks.connection, hooks.plan, "nowhere", NOON, "gil")
    with pytest.raises(EndpointError, match="https"):
        hooks.endpoint("http://x.co.il/", private=False)


def test_while_the_brand_is_stopped_nothing_leaves(hooks: Hooks, receiver: Receiver) -> None:
    hooks.endpoint(receiver.url)
    hooks.want(1)
    hooks.plan = replace(hooks.plan, stopped=True)
    assert hooks.call() == 0
    definitions.stop(hooks.connection, hooks.plan.brand.id, stopped=True)
    assert webhooks.next_due(hooks.connection, hooks.plan.brand.id) is None


def test_what_a_worker_was_sending_when_it_was_killed_is_sent_again(
    hooks: Hooks, receiver: Receiver, database: str
) -> None:
    hooks.endpoint(receiver.url)
    hooks.want(1)
    with connect(database, autocommit=True) as other:
        assert webhooks.claim(hooks.connection, hooks.plan.brand.id, NOON, workers.new_worker(other)) is not None
        assert (recover(hooks.connection, hooks.plan), hooks.call()) == (0, 0), "it lives"
    while not recover(hooks.connection, hooks.plan):  # its session ends a moment after it
        time.sleep(0.01)
    assert hooks.call() == 1
    assert hooks.states() == {1: ("sent", 1)}


def test_the_secret_is_sealed_at_rest_and_opens_by_no_other_key(hooks: Hooks, receiver: Receiver) -> None:
    hooks.endpoint(receiver.url)
    row = hooks.connection.execute("SELECT secret FROM webhook_endpoint").fetchone()
    assert row is not None
    assert SECRET.encode() not in row[0]
    assert SECRET.removeprefix("whsec_").encode() not in row[0]
    assert unseal(KEY, row[0]) == SECRET
    with pytest.raises(SealBroken, match=r"secret\.key"):
        unseal("another", row[0])
    hooks.connection.execute("UPDATE webhook_endpoint SET secret = %s", (seal("another", SECRET),))
    hooks.want(1)
    hooks.call()
    assert "sealed by another key" in hooks.error(1)
    assert receiver.told == []


def test_what_was_said_of_somebody_forgotten_is_gone(hooks: Hooks) -> None:
    hooks.want(1)
    webhooks.forget(hooks.connection, hooks.plan.brand.id, CustomerId(7))
    assert hooks.states() == {}
    assert webhooks.counts(hooks.connection, hooks.plan.brand.id) == {}
