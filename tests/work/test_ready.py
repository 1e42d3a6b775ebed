"""A playbook runs only once the brand has what it asks for: endpoints, collections, a sender that operators take."""

from collections.abc import Collection

import psycopg
import pytest
from msgspec.structs import replace

from ritorno.core.events import Channel
from ritorno.core.instants import Instant, days
from ritorno.core.journeys.journey import Exits, Playbook
from ritorno.core.journeys.parameters import PlaybookError
from ritorno.core.journeys.step import Send, Wait, Webhook
from ritorno.core.journeys.trigger import Happened
from ritorno.core.journeys.way import Way
from ritorno.core.messages.text import Text
from ritorno.core.plan import Plan
from ritorno.playbooks.library import load
from ritorno.store import access, definitions, webhooks
from ritorno.store.access import Collection as Opened
from ritorno.store.transaction import transaction
from ritorno.store.webhooks import Endpoint
from ritorno.testing import at
from ritorno.work.activate import activate, adjusted
from ritorno.work.ready import warnings
from tests.core.plans import journey

NOW = at("2026-03-01T10:00")
STAYS = Exits(purchase=False)
TELLS = journey("TELLS", Happened("order"), Wait("while", days(1)), Webhook("tell", "loyalty"), exits=STAYS)
REPLIES = Text("[AD] חדש אצלנו. להסרה השיבו הסר {{ optout }}", "[AD] What is new. {{ optout }}")


def writes(channel: Channel) -> Playbook:
    subject = Text("שלום", "hello") if channel is Channel.EMAIL else None
    return journey("WRITES", Happened("order"), Send("write", (Way(channel, REPLIES, subject),)), exits=STAYS)


def run(
    connection: psycopg.Connection, plan: Plan, playbook: Playbook, leaves: Collection[Channel] = (), **brand: str
) -> list[str]:
    """Why it may not run; empty when it does."""
    plan = replace(plan, brand=replace(plan.brand, **brand))
    try:
        activate(connection, plan, playbook, NOW, "t", leaves=leaves)
    except PlaybookError as error:
        return error.problems
    return []


def test_orc_20_an_endpoint_that_there_is_not_is_named_with_those_there_are(
    connection: psycopg.Connection, plan: Plan
) -> None:
    (said,) = run(connection, plan, TELLS)
    assert said.startswith("steps[1] 'tell': there is no endpoint 'loyalty'; there are none yet; ")
    assert said.endswith("make it with: ritorno webhooks add loyalty URL")
    with transaction(connection):
        for key in ("loyality", "crm"):
            endpoint = Endpoint(key, "https://shop.example/hook", b"x", False, False, "", Instant(0))
            webhooks.save_endpoint(connection, plan.brand.id, endpoint, NOW, "t")
    assert "did you mean loyality?" in run(connection, plan, TELLS)[0]
    with transaction(connection):
        endpoint = Endpoint("loyalty", "https://shop.example/hook", b"x", False, False, "", Instant(0))
        webhooks.save_endpoint(connection, plan.brand.id, endpoint, NOW, "t")
    assert run(connection, plan, TELLS) == []


def test_pb1_06_a_collection_is_opened_early_only_if_there_is_one(connection: psycopg.Connection, plan: Plan) -> None:
    opens = adjusted(load("PB1"), parameters={"collection": "SS26"})
    (said,) = run(connection, plan, opens)
    assert said.startswith("parameters.collection: there is no collection 'SS26'; there are none yet; make it with")
    with transaction(connection):
        opened = Opened("SS26", "קיץ 26", "https://shop.example/ss26", at("2026-03-21"))
        access.save_collection(connection, plan.brand.id, opened)
    assert run(connection, plan, opens) == []
    assert run(connection, plan, load("PB1")) == []


@pytest.mark.parametrize("sender", ["מותג", "A" * 12, "Shop X"])
def test_isr_06_a_sender_that_operators_refuse_may_not_send_an_sms(
    connection: psycopg.Connection, plan: Plan, sender: str
) -> None:
    (said,) = run(connection, plan, writes(Channel.SMS), {Channel.SMS}, sender=sender)
    assert said.startswith(f"write sms: the sender {sender!r} is refused by operators")
    assert run(connection, plan, writes(Channel.SMS), {Channel.SMS}, sender="ShopX") == []


def test_pb1_09_an_email_says_where_to_answer_before_it_may_leave(connection: psycopg.Connection, plan: Plan) -> None:
    email = writes(Channel.EMAIL)
    (said,) = run(connection, plan, email, {Channel.EMAIL}, reply_to="", address="")
    assert said == "write email: an e-mail says where to answer; set the brand's reply_to or address"
    assert run(connection, plan, email, {Channel.EMAIL}, reply_to="hello@shop.example") == []


def test_in_the_sandbox_nothing_leaves_so_a_bad_sender_is_only_warned_of(
    connection: psycopg.Connection, plan: Plan
) -> None:
    """And of a channel that leaves nothing is warned: it was refused, or it is well."""
    brand = replace(plan.brand, sender="מותג", reply_to="", address="")
    sms, email = writes(Channel.SMS), writes(Channel.EMAIL)
    assert run(connection, plan, sms, {Channel.EMAIL}, sender="מותג") == []
    assert len(warnings(sms, brand)) == len(warnings(email, brand)) == 1
    assert warnings(sms, brand, {Channel.SMS}) == []
    assert warnings(sms, replace(brand, sender="ShopX")) == []
    kept = definitions.read(connection, plan.brand.id, "playbook")
    assert [each.status for each in kept if each.key == "WRITES"] == ["active"]
