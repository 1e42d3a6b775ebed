"""A friend buys with RINA10: both are rewarded once nothing can be returned, nobody for themselves (COM-21)."""

import json
from typing import Any

import psycopg
import pytest
from msgspec.structs import replace

from ritorno.core.events import OrderTold, RefundTold, SoldVia, TraitsTold, happened
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.ids import CustomerId
from ritorno.core.instants import Instant
from ritorno.core.plan import Plan
from ritorno.core.redemption import Basket
from ritorno.core.referral import Terms
from ritorno.sources import pos
from ritorno.store import identifiers, referrals
from ritorno.testing import at
from ritorno.work import policy
from ritorno.work.accept import accept
from ritorno.work.plans import Plans
from ritorno.work.react import react_to_inbox
from ritorno.work.receive import receive
from ritorno.work.redeem import redeem
from ritorno.work.refer import personal_code, reward_due

RINA, NOA = "052-1234561", "052-7654322"
BOUGHT = "2026-03-03T12:00"
OVER = at("2026-03-17T12:00")


class Letters:
    """AAAA2222, AAAA2223, …"""

    def __init__(self) -> None:
        self.count = 2221

    def code(self) -> str:
        self.count += 1
        return f"AAAA{self.count}"


class Club:
    """A shop where recommending brings ₪50 to who did and ₪30 to the friend, from ₪200 on."""

    def __init__(self, connection: psycopg.Connection, plan: Plan) -> None:
        self.connection, self.plan, self.letters, self.count = connection, plan, Letters(), 0
        policy.save(connection, plan, replace(plan.policy, referral=Terms(5_000, 3_000, 20_000)), at("2026-01-01"), "t")
        self.plan = Plans().named(connection, "default")
        self.tell(RINA, "2026-01-02", TraitsTold({"first_name": "Rina", "address": "הרצל 5, חיפה"}))
        self.code = personal_code(connection, self.plan, self.who(RINA), at("2026-01-02"))

    def tell(self, phone: str, when: str, body: Any) -> None:
        self.count += 1
        told = happened(
            "shop", f"e{self.count}", body, occurred_at=at(when), received_at=at(when),
            identifiers=(normalise(Kind.PHONE, phone),),
        )  # fmt: skip
        accept(self.connection, self.plan.brand.id, [told])
        self.react(at(when))

    def react(self, now: Instant) -> None:
        while react_to_inbox(self.connection, self.plan, now).events:
            pass

    def who(self, phone: str) -> CustomerId:
        identifier = normalise(Kind.PHONE, phone)
        return identifiers.look_up(self.connection, self.plan.brand.id, [identifier])[identifier].customer

    def buys(self, number: str, shekels: float = 300, phone: str = NOA, code: str = "", when: str = BOUGHT) -> Any:
        """A receipt that shows the code; what its till is told of it."""
        told = {
            "receipt_no": number, "occurred_at": when, "total": shekels, "code": code or self.code,
            "customer": {"phone": phone} if phone else None,
        }  # fmt: skip
        shop = pos.Shop("pos", "ILS", "IL", self.plan.tz)
        receipts = pos.read(json.dumps(told).encode(), shop, at(when))
        (kept,) = receive(self.connection, self.plan, "pos", receipts, at(when))
        self.react(at(when))
        return kept.code

    def judge(self, now: Instant = OVER) -> list[str]:
        """Let the time of judging come; the verdicts of all referrals."""
        while reward_due(self.connection, self.plan, now, self.letters):
            pass
        self.react(now)
        return [each.verdict for each in referrals.read(self.connection, self.plan.brand.id)]

    def rewards(self) -> list[tuple[int, int]]:
        """(customer, value) of every code given for a recommendation."""
        rows = self.connection.execute(
            "SELECT customer_id, value FROM code WHERE given_for IS NOT NULL ORDER BY value DESC"
        )
        return [(row[0], row[1]) for row in rows]


@pytest.fixture
def club(connection: psycopg.Connection, plan: Plan) -> Club:
    return Club(connection, plan)


def test_com_21_both_are_rewarded_after_the_time_of_returns_and_not_a_microsecond_before(club: Club) -> None:
    assert club.code.startswith("RINA1")
    assert personal_code(club.connection, club.plan, club.who(RINA), OVER) == club.code
    answer = club.buys("1")
    assert (answer.kept, answer.referral) == (None, True)
    assert referrals.next_due(club.connection, club.plan.brand.id) == OVER
    assert club.judge(Instant(OVER - 1)) == [""]
    assert club.rewards() == []
    assert club.judge() == ["rewarded"]
    assert club.rewards() == [(club.who(RINA), 5_000), (club.who(NOA), 3_000)]
    assert referrals.next_due(club.connection, club.plan.brand.id) is None
    rows = club.connection.execute("SELECT customer_id FROM event WHERE name = 'referral_rewarded' ORDER BY 1")
    assert sorted(row[0] for row in rows) == sorted([club.who(RINA), club.who(NOA)])
    used = redeem(club.connection, club.plan, "AAAA2222", Basket(SoldVia.POS, 20_000), "pos\x1f9", OVER, OVER)
    assert (used.refusal, used.discount, used.playbook) == (None, 5_000, "referral")


def test_judged_again_nothing_more_is_given(club: Club) -> None:
    club.buys("1")
    club.judge()
    club.connection.execute("UPDATE referral SET due_at = 1, verdict = ''")
    assert club.judge() == ["rewarded"]  # the rewards' own keys hold, were the verdict ever lost
    assert len(club.rewards()) == 2


def test_a_friend_is_rewarded_for_one_order(club: Club) -> None:
    club.buys("1")
    club.buys("2", when="2026-03-04T12:00")
    assert sorted(club.judge(at("2026-04-01"))) == ["rewarded", "rewarded_before"]
    assert len(club.rewards()) == 2


def test_what_came_back_and_what_was_too_small_brings_nothing(club: Club) -> None:
    club.buys("1")
    club.tell(NOA, "2026-03-05", TraitsTold({"first_name": "Noa"}))
    refund = happened(
        "pos", "r", RefundTold("1", "r"), occurred_at=at("2026-03-06"), received_at=at("2026-03-06"),
        identifiers=(normalise(Kind.PHONE, NOA),),
    )  # fmt: skip
    accept(club.connection, club.plan.brand.id, [refund])
    club.react(at("2026-03-06"))
    club.buys("2", 199, "052-3456783")
    assert sorted(club.judge()) == ["returned", "too_small"]
    assert club.rewards() == []


def test_com_21_nobody_is_their_own_friend(club: Club) -> None:
    club.buys("1", phone=RINA)
    club.buys("2", phone="052-4567894")
    club.tell("052-4567894", "2026-03-05", TraitsTold({"address": "רח' הרצל 5 חיפה"}))
    assert sorted(club.judge()) == ["same_address", "same_customer"]


def test_who_had_bought_before_is_no_new_friend(club: Club) -> None:
    club.tell(NOA, "2026-02-01", OrderTold("old", 100, "ILS", SoldVia.ONLINE))
    club.buys("1")
    assert club.judge() == ["bought_before"]


def test_an_order_of_nobody_is_waited_for_and_then_given_up(club: Club) -> None:
    club.buys("1", phone="")
    assert club.judge() == [""]
    assert referrals.next_due(club.connection, club.plan.brand.id) == at("2026-03-18T12:00")
    assert club.judge(at("2026-04-02T13:00")) == ["unknown_friend"]


def test_switched_off_nothing_is_noted_and_what_was_noted_ends(club: Club) -> None:
    club.buys("1")
    policy.save(club.connection, club.plan, replace(club.plan.policy, referral=None), at(BOUGHT), "t")
    club.plan = Plans().named(club.connection, "default")
    assert club.buys("2").referral is False
    assert club.judge() == ["switched_off"]


def test_a_code_of_nobody_is_unknown(club: Club) -> None:
    answer = club.buys("1", code="NOBODY19")
    assert (answer.kept, answer.referral) == (None, False)
    with pytest.raises(LookupError):
        personal_code(club.connection, club.plan, CustomerId(999), OVER)
