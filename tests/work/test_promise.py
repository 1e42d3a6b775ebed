"""What a message says of codes to hand on and rewards stands in the records before it is said (COM-21)."""

import psycopg
import pytest
from msgspec.structs import replace

from ritorno.core.customer import Customer
from ritorno.core.events import Channel, TraitsTold, happened
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.ids import CustomerId, MessageId, PlaybookKey
from ritorno.core.instants import days
from ritorno.core.journeys.way import Way
from ritorno.core.messages.message import Message
from ritorno.core.messages.promised import NOTHING, promised_fields, promises_asked
from ritorno.core.messages.text import Text
from ritorno.core.offers import Offer, issue
from ritorno.core.plan import Plan, with_playbooks
from ritorno.core.referral import Terms
from ritorno.playbooks.library import load
from ritorno.store import codes, customers, identifiers, referrals
from ritorno.testing import at
from ritorno.wiring import chance
from ritorno.work.accept import accept
from ritorno.work.promise import promise
from ritorno.work.react import react_to_inbox

NOW = at("2026-03-03T12:00")
PHONE = normalise(Kind.PHONE, "052-1234567")
SAYS = Way(Channel.SMS, Text("{{ referral.code }} {{ reward.code }}", "x"))


@pytest.fixture
def dana(connection: psycopg.Connection, plan: Plan) -> Customer:
    told = happened(
        "shop", "1", TraitsTold({"first_name": "Dana"}), occurred_at=NOW, received_at=NOW, identifiers=(PHONE,)
    )
    accept(connection, plan.brand.id, [told])
    react_to_inbox(connection, plan, NOW)
    held = identifiers.look_up(connection, plan.brand.id, [PHONE])[PHONE]
    document = customers.read(connection, plan.brand.id, held.customer)
    assert document is not None
    return document


def asking(plan: Plan) -> Plan:
    terms = Terms(5_000, 3_000)
    return with_playbooks(replace(plan, policy=replace(plan.policy, referral=terms)), load("PB2"))


def message(dana: Customer, arm: str = "a") -> Message:
    return Message(MessageId(1), dana.id, 5, PlaybookKey("PB2"), 1, "rescue", arm, NOW, NOW)


def test_com_21_a_text_that_speaks_of_it_has_the_customer_s_own_code(
    connection: psycopg.Connection, plan: Plan, dana: Customer
) -> None:
    made = promise(connection, asking(plan), dana, message(dana), SAYS, NOW, chance)
    assert made.referral is not None
    assert made.referral.code == referrals.code_of(connection, plan.brand.id, dana.id)
    assert made.referral.code.startswith("DANA1")
    told = promised_fields(made, "ILS", "he", plan.tz)
    assert told["referral"] == {
        "code": made.referral.code, "url": f"http://127.0.0.1:8000/f/default/{made.referral.code}", "value": "50",
        "for_friend": "30", "unit": "₪",
    }  # fmt: skip
    assert "reward" not in told
    assert promise(connection, asking(plan), dana, message(dana), SAYS, NOW, chance) == made


def test_the_reward_that_can_still_be_used_is_told(connection: psycopg.Connection, plan: Plan, dana: Customer) -> None:
    code = issue(Offer(5_000, lives=days(90)), "ABCD2345", NOW, plan.tz)
    fresh = codes.NewCode(code, None, dana.id, PlaybookKey("referral"), given_for="referral 8 referrer")
    codes.add(connection, plan.brand.id, [fresh])
    made = promise(connection, asking(plan), dana, message(dana), SAYS, NOW, chance)
    assert promised_fields(made, "ILS", "en", plan.tz)["reward"] == {
        "value": "50", "unit": "NIS", "code": "ABCD2345", "until": "1.6.2026",
    }  # fmt: skip
    over = promise(connection, asking(plan), dana, message(dana), SAYS, code.expires_at, chance)
    assert over.reward is None


def test_nothing_is_promised_that_nobody_asks_for_or_to_who_is_held_out(
    connection: psycopg.Connection, plan: Plan, dana: Customer
) -> None:
    silent = Way(Channel.SMS, Text("{{ link }}", "x"))
    assert promise(connection, asking(plan), dana, message(dana), silent, NOW, chance) == NOTHING
    assert promise(connection, asking(plan), dana, message(dana, "holdout"), SAYS, NOW, chance) == NOTHING
    off = with_playbooks(plan, load("PB2"))
    assert promise(connection, off, dana, message(dana), SAYS, NOW, chance) == NOTHING
    assert connection.execute("SELECT count(*) FROM personal_code").fetchone() == (0,)
    assert promises_asked(Way(Channel.SMS, Text("x", "x"), links={"link": "{{ access.url }}"})) == {"access"}


def test_who_is_in_no_collection_is_let_into_none(connection: psycopg.Connection, plan: Plan, dana: Customer) -> None:
    speaks = Way(Channel.SMS, Text("{{ access.until }}", "x"))
    assert promise(connection, asking(plan), dana, message(dana), speaks, NOW, chance) == NOTHING
    assert dana.id != CustomerId(0)
