"""What a code is worth on a basket, and why it is refused (PB2-06, PB2-07)."""

from msgspec.structs import replace

from ritorno.core.events import SoldVia
from ritorno.core.instants import Instant
from ritorno.core.redemption import (
    Accepted,
    Answer,
    Basket,
    BasketLine,
    Benefit,
    Conditions,
    Fixed,
    FreeShipping,
    Issued,
    PerCent,
    Refusal,
    Refused,
    Scope,
    may_redeem,
)
from ritorno.testing import at

SENT = at("2026-03-03T14:05:10")
ENDS = at("2026-03-04T14:05:10")
FIFTY = Issued(Fixed(5_000), SENT, ENDS, Conditions(15_000))
BASKET = Basket(
    SoldVia.POS,
    30_000,
    (BasketLine("SHO-1", "shoes", 20_000), BasketLine("SHO-2", "shoes", 4_000), BasketLine("GIFT", "cards", 6_000)),
)
ANYWHERE = Conditions()


def asked(benefit: Benefit, conditions: Conditions = ANYWHERE, basket: Basket = BASKET) -> Answer:
    return may_redeem(Issued(benefit, SENT, ENDS, conditions), basket, SENT)


def test_pb2_07_redeemable_to_the_second() -> None:
    moments = [at(f"2026-03-{text}") for text in ("03T14:05:09", "03T14:05:10", "04T14:05:09", "04T14:05:10")]
    assert [may_redeem(FIFTY, BASKET, moment) for moment in moments] == [
        Refused(Refusal.NOT_YET), Accepted(5_000), Accepted(5_000), Refused(Refusal.EXPIRED),
    ]  # fmt: skip
    assert may_redeem(FIFTY, BASKET, Instant(ENDS - 1)) == Accepted(5_000)


def test_pb2_06_fifty_shekels_off_a_basket_of_150_and_no_smaller_one() -> None:
    totals = {total: may_redeem(FIFTY, Basket(SoldVia.POS, total), SENT) for total in (14_999, 15_000, 20_000)}
    assert list(totals.values()) == [Refused(Refusal.BASKET_TOO_SMALL), Accepted(5_000), Accepted(5_000)]


def test_a_fixed_sum_is_never_more_than_what_it_is_taken_from() -> None:
    assert asked(Fixed(90_000)) == Accepted(30_000)
    assert asked(Fixed(90_000), Conditions(scope=Scope(skus=("SHO-2",)))) == Accepted(4_000)
    assert asked(Fixed(100), basket=Basket(SoldVia.POS, 0)) == Refused(Refusal.NOTHING_IN_SCOPE)


def test_a_share_rounds_a_half_up_and_stops_at_its_most() -> None:
    assert asked(PerCent(1_000), basket=Basket(SoldVia.POS, 995)) == Accepted(100)  # 99.5
    assert asked(PerCent(1_000), basket=Basket(SoldVia.POS, 994)) == Accepted(99)
    assert asked(PerCent(1_000, most=2_500)) == Accepted(2_500)


def test_free_shipping_is_worth_the_shipping_and_is_not_wasted_where_there_is_none() -> None:
    shipped = replace(BASKET, shipping=2_900)
    assert asked(FreeShipping(), basket=shipped) == Accepted(2_900)
    assert asked(FreeShipping(2_000), basket=shipped) == Accepted(2_000)
    assert asked(FreeShipping()) == Refused(Refusal.NOTHING_TO_SHIP)


def test_only_what_is_in_scope_is_discounted_and_helps_to_reach_the_minimum() -> None:
    tenth = PerCent(1_000)
    assert asked(tenth, Conditions(scope=Scope(but_categories=("cards",)))) == Accepted(2_400)
    assert asked(tenth, Conditions(scope=Scope(("shoes",), but_skus=("SHO-1",)))) == Accepted(400)
    assert asked(tenth, Conditions(scope=Scope(("hats",), ("GIFT",)))) == Accepted(600)
    assert asked(tenth, Conditions(24_001, Scope(("shoes",)))) == Refused(Refusal.BASKET_TOO_SMALL)
    assert asked(tenth, Conditions(scope=Scope(("hats",)))) == Refused(Refusal.NOTHING_IN_SCOPE)
    assert asked(tenth, Conditions(scope=Scope(("shoes",))), Basket(SoldVia.POS, 9)) == Refused(Refusal.LINES_MISSING)


def test_what_another_discount_took_off_is_not_discounted_again() -> None:
    assert asked(PerCent(10_000), Conditions(scope=Scope(("shoes",))), replace(BASKET, total=23_000)) == Accepted(
        23_000
    )


def test_a_code_for_the_site_is_refused_at_the_till() -> None:
    online = Conditions(sold_via=(SoldVia.ONLINE,))
    assert asked(Fixed(100), online) == Refused(Refusal.NOT_SOLD_HERE)
    assert asked(Fixed(100), online, replace(BASKET, sold_via=SoldVia.ONLINE)) == Accepted(100)


def test_a_budget_holds_the_whole_discount_or_none_of_it() -> None:
    assert may_redeem(FIFTY, BASKET, SENT, left=5_000) == Accepted(5_000)
    assert may_redeem(FIFTY, BASKET, SENT, left=4_999) == Refused(Refusal.BUDGET_SPENT)
