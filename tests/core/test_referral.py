"""Rina recommends, a friend buys, both are rewarded once it can no longer be returned (COM-21)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ritorno.core.customer import Order
from ritorno.core.events import SoldVia
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.ids import CustomerId, EventId
from ritorno.core.instants import Instant, days
from ritorno.core.offers import CODE_LETTERS
from ritorno.core.personal_code import candidates, personal_code
from ritorno.core.referral import NoReward, Party, Reward, Rewards, Terms, Verdict, Wait, Why, check, judge
from ritorno.testing import JERUSALEM, at

TERMS = Terms(3_000, 2_000, 20_000)
BOUGHT = at("2026-03-20T10:00")
OVER = at("2026-04-03T10:00")  # 14 days on the wall clock, across the night the clock changes


def party(number: int, *, phone: str = "", email: str = "", address: str = "") -> Party:
    told = ((Kind.PHONE, phone), (Kind.EMAIL, email))
    identifiers = tuple(normalise(kind, value) for kind, value in told if value)
    return Party(CustomerId(number), identifiers, (address,) if address else ())


def order(total: int = 30_000, net: int | None = None, name: str = "1", when: Instant = BOUGHT) -> Order:
    kept = total if net is None else net
    return Order(when, "shop", name, total, kept, SoldVia.ONLINE, "", "ILS", 0, 0, False, (), when, EventId(1))


ORDER = order()
RINA = party(1, phone="052-1234567", email="rina@rina.co.il", address="רח' הרצל 5, דירה 3, חיפה")
FRIEND = party(2, phone="052-7654321", email="noa@noa.co.il", address="הרצל 7 חיפה")


def asked(
    friend: Party = FRIEND,
    bought: Order = ORDER,
    others: tuple[Order, ...] = (),
    rewarded: tuple[int, ...] = (),
    now: Instant = OVER,
    referrer: Party = RINA,
) -> Verdict:
    already = [CustomerId(number) for number in rewarded]
    return judge(TERMS, referrer, friend, bought, others, already, now, JERUSALEM)


def test_com_21_a_friend_buys_for_300_and_both_are_rewarded_after_the_time_of_returns() -> None:
    assert asked(now=BOUGHT) == asked(now=Instant(OVER - 1)) == Wait(OVER)
    assert asked() == Rewards(
        Reward(CustomerId(1), "referrer", 3_000, "referral 2 referrer"),
        Reward(CustomerId(2), "friend", 2_000, "referral 2 friend"),
    )
    assert asked(now=Instant(OVER + 10**15)) == asked()


@pytest.mark.parametrize(
    ("friend", "why"),
    [
        (party(1), Why.SAME_CUSTOMER),
        (party(2, phone="+972 52 123 4567"), Why.SAME_PHONE),
        (party(2, email="Rina@RINA.co.il"), Why.SAME_EMAIL),
        (party(2, email="rina+friend@rina.co.il"), Why.SAME_EMAIL),
        (party(2, address="הרצל 5/3 חיפה"), Why.SAME_ADDRESS),
        (party(2, address="חיפה, רחוב הרצל 5 דירה 3"), Why.SAME_ADDRESS),
    ],
)
def test_com_21_nobody_is_rewarded_for_buying_from_themselves(friend: Party, why: Why) -> None:
    assert asked(friend) == asked(friend, now=BOUGHT) == NoReward(why)


def test_gmail_ignores_dots_and_has_two_names() -> None:
    rina = party(1, email="rina.levi@gmail.com")
    assert asked(party(2, email="rinalevi@googlemail.com"), referrer=rina) == NoReward(Why.SAME_EMAIL)
    assert isinstance(asked(party(2, email="rinalevin@gmail.com"), referrer=rina), Rewards)


def test_made_up_contacts_and_half_an_address_make_no_two_people_one() -> None:
    vague = party(1, phone="0500000000", email="a@a.com", address="חיפה")
    assert isinstance(asked(replace(vague, customer=CustomerId(2)), referrer=vague), Rewards)
    assert isinstance(asked(party(2, address="הרצל 3/5 חיפה")), Rewards)


def test_one_reward_for_a_friend_and_only_for_a_new_one() -> None:
    before = order(name="0", when=at("2025-01-01T10:00"))
    assert asked(rewarded=(2,)) == NoReward(Why.REWARDED_BEFORE)
    assert asked(others=(before,)) == NoReward(Why.BOUGHT_BEFORE)
    harmless = (replace(before, net=0), order(), order(name="2", when=OVER))
    assert isinstance(asked(others=harmless, rewarded=(3,)), Rewards)


def test_what_is_returned_or_too_small_brings_nothing() -> None:
    orders = (order(net=0), order(net=19_999), order(19_999), order(20_000))
    verdicts = [asked(bought=each) for each in orders]
    assert verdicts[:3] == [NoReward(why) for why in (Why.RETURNED, Why.RETURNED, Why.TOO_SMALL)]
    assert isinstance(verdicts[3], Rewards)


def test_com_21_a_code_is_the_name_and_a_number() -> None:
    code = personal_code("Rina", CustomerId(7), ())
    assert code[:5] == "RINA1"
    assert len(code) == 6
    assert personal_code("Rina", CustomerId(7), ()) == code
    assert personal_code("Rina", CustomerId(7), {code}) != code
    assert personal_code("  josé-maría lópez", CustomerId(7), ())[:10] == "JOSEMARIA1"
    assert [personal_code(name, CustomerId(7), ())[:7] for name in ("רינה", "R", "", " ")] == ["FRIEND1"] * 4


def test_a_personal_code_is_never_the_code_of_an_offer() -> None:
    assert all(set(code) - set(CODE_LETTERS) for code in candidates("Bea", CustomerId(7)))


def test_whoever_has_taken_the_short_ones_the_last_is_the_customers_alone() -> None:
    mine, other = (list(candidates("Rina", CustomerId(number))) for number in (7, 8))
    assert personal_code("Rina", CustomerId(7), {*mine[:-1], *other}) == mine[-1] == "RINA10000000000000000007"
    assert len(mine) == 25


@given(st.sets(st.integers(1, 2**63 - 1), max_size=60))
def test_sixty_rinas_have_sixty_codes(numbers: set[int]) -> None:
    taken: set[str] = set()
    for number in sorted(numbers):
        taken.add(personal_code("Rina", CustomerId(number), taken))
    assert len(taken) == len(numbers)
    assert all(len(code) <= 9 for code in taken)


def test_terms_that_cannot_be_are_named() -> None:
    assert check(Terms(5_000, 3_000)) == []
    assert check(Terms(0, -1, -1, days(0), days(0), -2)) == [
        "referral.for_referrer is 0; it must be above 0",
        "referral.for_friend is -1; it must be above 0",
        "referral.min_order is -1; it must be 0 or more",
        "referral.min_basket is -2; it must be 0 or more",
        "referral.returns is 0 days; it must be above 0",
        "referral.lives is 0 days; it must be above 0",
    ]
