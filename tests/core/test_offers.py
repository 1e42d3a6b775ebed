"""What an offer promises, and the code that is made of it (PB2-06, PB2-07, PB3-12)."""

from hypothesis import given
from hypothesis import strategies as st

from ritorno.core.customer import About
from ritorno.core.events import SoldVia
from ritorno.core.instants import Instant, Span, Unit, days
from ritorno.core.offers import CODE_LETTERS, Offer, check, figure, issue, spelled
from ritorno.core.redemption import (
    Accepted,
    Answer,
    Basket,
    BasketLine,
    Fixed,
    FreeShipping,
    PerCent,
    Refusal,
    Refused,
    Scope,
    may_redeem,
)
from ritorno.testing import JERUSALEM, at, local

OFFER = Offer(5_000, 15_000)
SENT = at("2026-03-03T14:05:10")
CODE = issue(OFFER, "ABCDEFGH", SENT, JERUSALEM)


def asked(basket: int, when: Instant) -> Answer:
    return may_redeem(CODE.issued, Basket(SoldVia.POS, basket), when)


def test_pb2_07_redeemable_from_sending_for_24_hours_to_the_second() -> None:
    assert local(CODE.expires_at) == "2026-03-04T14:05:10"
    moments = ("03T14:05:10", "04T14:05:09", "04T14:05:10")
    assert [asked(20_000, at(f"2026-03-{text}")) for text in moments] == [
        Accepted(5_000), Accepted(5_000), Refused(Refusal.EXPIRED),
    ]  # fmt: skip


def test_pb2_07_24_hours_are_elapsed_time_in_the_night_the_clock_changes_and_a_day_is_not() -> None:
    before = at("2026-03-26T14:00")
    assert local(issue(OFFER, "X", before, JERUSALEM).expires_at) == "2026-03-27T15:00:00"
    assert local(issue(Offer(100, lives=days(1)), "X", before, JERUSALEM).expires_at) == "2026-03-27T14:00:00"


def test_pb2_06_a_basket_that_is_large_enough() -> None:
    assert asked(14_999, SENT) == Refused(Refusal.BASKET_TOO_SMALL)
    assert asked(15_000, SENT) == Accepted(5_000)
    assert (CODE.value, CODE.min_basket, CODE.issued_at) == (5_000, 15_000, SENT)


def test_pb3_12_a_code_for_the_category_that_was_looked_at() -> None:
    cups = Offer(1_000, kind="per_cent", scope=Scope(("@category",)))
    code = issue(cups, "X", SENT, JERUSALEM, About(category="כוסות תרמיות"))
    assert code.issued.conditions.scope == Scope(("כוסות תרמיות",))
    lines = (BasketLine("C1", "כוסות תרמיות", 8_000), BasketLine("P1", "סירים", 12_000))
    assert may_redeem(code.issued, Basket(SoldVia.ONLINE, 20_000, lines), SENT) == Accepted(800)
    assert may_redeem(code.issued, Basket(SoldVia.ONLINE, 12_000, lines[1:]), SENT) == Refused(Refusal.NOTHING_IN_SCOPE)


def test_a_code_can_be_read_aloud_and_typed_as_one_likes() -> None:
    assert not set("0O1IL") & set(CODE_LETTERS)
    assert spelled(" kq7m-x2pd\u200f") == "KQ7MX2PD"


def test_each_kind_says_its_number() -> None:
    told = [figure(benefit, "ILS") for benefit in (Fixed(5_000), Fixed(4_950), PerCent(1_250), FreeShipping(3_000))]
    assert told == ["50", "49.50", "12.5", ""]
    assert [Offer(1_000, kind="per_cent").worth, Offer(kind="free_shipping", most=2_900).worth, OFFER.worth] == [
        None, 2_900, 5_000,
    ]  # fmt: skip
    assert issue(Offer(1_000, kind="per_cent"), "X", SENT, JERUSALEM).value == 0


def test_offers_without_fault() -> None:
    fine = (
        OFFER,
        Offer(1_000, kind="per_cent", most=5_000, budget=5_000),
        Offer(kind="free_shipping", lives=days(30)),
        Offer(5_000, 30_000, margin_floor=2_500),
    )
    assert [check(offer, 0.4) for offer in fine] == [[], [], [], []]


def test_every_fault_of_an_offer_is_named() -> None:
    assert check(Offer(0, -1, Span(0, Unit.HOURS), most=-1)) == [
        "offer.value is 0; it must be above 0",
        "offer.most is for per_cent and free_shipping; a fixed sum is never more than itself",
        "offer.most is -1; it must be above 0, or be left out",
        "offer.min_basket is -1; it must be 0 or more",
        "offer.lives must be a span above 0, such as 24h or 30d",
    ]
    assert check(Offer(10_001, kind="per_cent")) == [
        "offer.value is 10001; of per_cent write 1 to 10000 (10 % is 1000)"
    ]
    assert check(Offer(1, kind="free_shipping")) == [
        "offer.value: free shipping has none; write the most that shipping may cost in offer.most"
    ]
    both = Scope(("shoes", "hats"), ("A",), ("hats",), ("A",))
    assert check(Offer(1, scope=both)) == [
        "offer.scope: 'A' is both in and out",
        "offer.scope: 'hats' is both in and out",
    ]
    assert check(Offer(1_000, kind="per_cent", budget=100)) == [
        "offer.budget: say in offer.most what one code may cost, so that the budget can be kept"
    ]
    assert check(Offer(5_000, budget=4_999)) == ["offer.budget is 4999, and one code may cost 5000"]


def test_pb2_06_an_offer_that_eats_the_margin_is_refused() -> None:
    assert check(Offer(5_000, 15_000, margin_floor=2_000), 0.4) == [
        "offer.margin_floor is 20 %; on the smallest basket 10.0% would be left"
    ]
    assert check(Offer(2_500, kind="per_cent", margin_floor=2_000), 0.4) == []  # (40 - 25) of 75
    assert len(check(Offer(2_501, kind="per_cent", margin_floor=2_000), 0.4)) == 1
    assert check(Offer(5_000, 5_000, margin_floor=1), 0.4) == [
        "offer.margin_floor is 0.01 %; on the smallest basket -100.0% would be left"
    ]
    needs = ["offer.margin_floor needs a min_basket, and of free shipping its most, to be held against"]
    assert check(Offer(5_000, margin_floor=2_000), 0.4) == needs
    assert check(Offer(0, 10_000, kind="free_shipping", margin_floor=2_000), 0.4) == needs
    assert check(Offer(5_000, 15_000, margin_floor=0)) == ["offer.margin_floor is 0; write 1 to 9999 (25 % is 2500)"]
    assert check(Offer(5_000, 15_000, margin_floor=2_000)) == []  # of no brand: nobody knows its margin


@given(st.integers(1, 20_000), st.integers(1, 100_000), st.integers(0, 200_000))
def test_a_floor_that_holds_on_the_smallest_basket_holds_on_every_larger_one(off: int, least: int, more: int) -> None:
    offer, margin = Offer(off, least, margin_floor=1_000), 0.4
    if check(offer, margin):
        return
    basket = least + more
    assert (margin * basket - off) / (basket - off) >= 0.1 - 1e-9
