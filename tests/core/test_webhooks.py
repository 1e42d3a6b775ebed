"""What other systems are told, when it is tried again, and where it must not be sent (ORC-20)."""

import json

import pytest

from ritorno.core.decisions import WebhookWanted
from ritorno.core.instants import MINUTE, Instant
from ritorno.core.journeys.journey import Entry, Exits
from ritorno.core.journeys.step import Webhook
from ritorno.core.journeys.trigger import Happened
from ritorno.core.webhooks import call_of, endpoint_problem, next_try
from ritorno.testing import Person, shop
from tests.core.plans import journey


def test_a_call_says_who_and_what_it_is_about() -> None:
    playbook = journey(
        "W", Happened("order"), Webhook("tell", "loyalty"), exits=Exits(purchase=False), entry=Entry(episode="order")
    )
    person = Person(shop(playbook)).is_told(first_name="דנה").buys("2026-03-02T10:00", 100, order="77")
    [wanted] = [each for each in person.life.decisions if isinstance(each, WebhookWanted)]
    call = call_of(wanted, person.customer, person.plan)
    told = json.loads(call.body)
    assert (told["type"], told["timestamp"][:19]) == ("journey.step", "2026-03-02T10:00:00")
    customer = told["data"]["customer"]
    assert (customer["id"], customer["first_name"]) == ("7", "דנה")
    assert {(one["kind"], one["value"]) for one in customer["identifiers"]} == {
        ("email", "dana@dana.co.il"), ("phone", "+972521234567"),
    }  # fmt: skip
    assert told["data"]["about"] == {"source": "shop", "order": "77", "sku": "", "category": "", "thing": ""}
    assert (call.endpoint, call.webhook_id) == ("loyalty", f"wh_{wanted.webhook}")
    assert call_of(wanted, person.customer, person.plan) == call, "the same bytes every time"
    person.customer.enrollments = []
    person.customer.traits = {}
    assert json.loads(call_of(wanted, person.customer, person.plan).body)["data"]["about"]["order"] == ""


def test_orc_20_three_more_times_and_then_never() -> None:
    assert [next_try(tries, Instant(0)) for tries in (1, 2, 3, 4)] == [MINUTE, 10 * MINUTE, 60 * MINUTE, None]


@pytest.mark.parametrize(
    ("url", "private", "said"),
    [
        ("https://loyalty.co.il/hook?x=1", False, ""),
        ("http://127.0.0.1:9000/x", True, ""),
        ("http://loyalty.co.il/hook", False, "https"),
        ("ftp://loyalty.co.il/", True, "https"),
        ("https://", False, "no address"),
        ("https://a b/", False, "no address"),
        ("https://x:99999/", False, "no address"),
        ("https://user:pass@loyalty.co.il/", False, "password"),
        ("https://loyalty.co.il/" + "x" * 2000, False, "no address"),
    ],
)
def test_an_address_that_cannot_be_called_is_refused(url: str, private: bool, said: str) -> None:
    problem = endpoint_problem("loyalty", url, allow_private=private)
    assert said in problem
    assert bool(problem) is bool(said)


def test_a_key_is_a_word() -> None:
    assert "a key is" in endpoint_problem("9 lives", "https://x.co.il/", allow_private=False)
