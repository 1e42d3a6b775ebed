"""Orders book points in the same moment in which they are scored; what comes back is taken back (PB1-07)."""

from hypothesis import given
from hypothesis import strategies as st

from ritorno.core.booking import is_missing, told_of
from ritorno.core.decisions import PointsBooked
from ritorno.core.events import Custom, RefundTold, SoldVia
from ritorno.core.ids import SegmentKey
from ritorno.core.instants import NEVER, days
from ritorno.core.merge import merge
from ritorno.core.plan import Plan, Policy
from ritorno.core.points import Earned, Given, MoneyBack, Rate, Spent
from ritorno.core.points_balance import balance
from ritorno.core.points_terms import Multiplier, Terms
from ritorno.core.scores.cells import Cell
from ritorno.core.view import view_of
from ritorno.testing import Person, at, shop

STARS = Multiplier(200, cells=(Cell("333"),))
TERMS = Terms(Rate(1, 1_000), (STARS,))


def with_points(terms: Terms | None = TERMS) -> Plan:
    return shop(policy=Policy(points=terms))


def star(plan: Plan) -> Person:
    return Person(plan).buys("2026-01-01", 800, history=True).buys("2026-02-01", 800, history=True)


def points_of(person: Person, when: str) -> int:
    return balance(person.customer.points, at(when))


def test_pb1_07_2000_at_the_till_book_400_for_whom_the_purchase_makes_a_333() -> None:
    dana = star(with_points()).buys("2026-03-03T12:00", 2_000, order="r1", sold_via=SoldVia.POS)
    assert dana.cell == 333
    (entry,) = dana.customer.points
    assert isinstance(entry, Earned)
    assert (entry.points, entry.multiplier, entry.booked_at) == (400, 200, at("2026-03-03T12:00"))
    (decision,) = [each for each in dana.life.decisions if isinstance(each, PointsBooked)]
    assert (decision.points, decision.by, decision.cause) == (400, entry.key, "order")
    assert points_of(dana, "2026-03-03T12:00") == 400


def test_history_and_shops_without_terms_earn_nothing() -> None:
    assert star(with_points()).customer.points == ()
    assert star(with_points(None)).buys("2026-03-03", 2_000).customer.points == ()
    assert Person(with_points()).buys("2026-03-03", 9.99).customer.points == ()  # less than one point
    assert Person(with_points()).buys("2026-03-03", 100, cancelled=True).customer.points == ()


def test_an_order_earns_once_however_often_it_is_told() -> None:
    dana = Person(with_points()).buys("2026-03-03", 100, order="o1")
    dana.buys("2026-03-03", 100, order="o1", known="2026-03-04").buys("2026-03-03", 150, order="o1", known="2026-03-05")
    assert points_of(dana, "2026-03-05") == 10  # a correction is a refund


def test_refunds_and_cancellations_take_back_what_they_undo() -> None:
    dana = Person(with_points()).buys("2026-03-03", 100, order="o1").buys("2026-03-03", 50, order="o2")
    dana.is_refunded("o1", "2026-03-04", 45)
    assert points_of(dana, "2026-03-04") == 10  # 5.5 of 10 are left of o1, rounded down, and 5 of o2
    told = [each.points for each in dana.life.decisions if isinstance(each, PointsBooked)]
    assert told == [10, 5, -5]
    dana.cancels("o2", "2026-03-05")
    assert points_of(dana, "2026-03-05") == 5
    dana.buys("2026-03-03", 100, order="o1", cancelled=True, known="2026-03-06")
    assert points_of(dana, "2026-03-06") == 0


def test_a_refund_that_was_never_gives_back_what_it_took_once() -> None:
    dana = Person(with_points(Terms(Rate(1, 1_000), lives=days(365)))).buys("2026-03-03", 100, order="o1")
    dana.is_refunded("o1", "2026-03-04").is_refunded("o1", "2026-03-05", void=True)
    dana.is_refunded("o1", "2026-03-06", void=True)
    assert points_of(dana, "2026-03-06") == 10
    ends = {entry.expires_at for entry in dana.customer.points if isinstance(entry, Earned | Given)}
    assert ends == {at("2027-03-03")}


def test_a_refund_taken_back_after_the_points_ended_gives_nothing() -> None:
    dana = Person(with_points(Terms(Rate(1, 1_000), lives=days(3)))).buys("2026-03-03", 100, order="o1")
    dana.is_refunded("o1", "2026-03-04").is_refunded("o1", "2026-03-07", void=True)
    assert points_of(dana, "2026-03-07") == 0
    assert not any(isinstance(entry, Given) for entry in dana.customer.points)


def test_what_comes_back_of_an_order_that_earned_nothing_takes_nothing() -> None:
    dana = Person(with_points()).buys("2026-02-01", 100, order="o1", history=True).is_refunded("o1", "2026-03-04")
    dana.is_refunded("o9", "2026-03-04").is_told("2026-03-05", first_name="Dana")
    assert dana.customer.points == ()


def test_a_refund_that_came_before_its_order_counts_when_the_order_comes() -> None:
    dana = (
        Person(with_points())
        .is_refunded("o1", "2026-03-02", 40)
        .buys("2026-03-01", 100, order="o1", known="2026-03-03")
    )
    assert points_of(dana, "2026-03-03") == 6
    assert [type(entry) for entry in dana.customer.points] == [Earned, MoneyBack]


def test_more_points_for_a_segment_and_a_place_of_sale() -> None:
    terms = Terms(
        Rate(1, 1_000), (Multiplier(150, segments=(SegmentKey("club"),)), Multiplier(300, sold_via=(SoldVia.POS,)))
    )
    dana = Person(with_points(terms))
    dana.customer.memberships[SegmentKey("club")] = at("2026-01-01")
    dana.life.customer.asked = plan_asked(dana.plan)
    dana.buys("2026-03-03", 100, sold_via=SoldVia.POS)
    assert points_of(dana, "2026-03-03") == 30


def plan_asked(plan: Plan) -> int:
    return plan.fingerprint


def test_two_who_are_one_have_one_ledger() -> None:
    plan = with_points()
    dana, other = Person(plan), Person(plan, number=8, phone="0529999999", email="", source="till")
    dana.buys("2026-03-03", 100, order="o1")
    other.buys("2026-03-04", 50, order="o2")
    one = merge(dana.customer, other.customer)
    assert balance(one.points, at("2026-03-05")) == 15
    assert merge(one, other.customer).points == one.points


@given(st.lists(st.tuples(st.integers(1, 500), st.integers(0, 600), st.booleans()), min_size=1, max_size=6))
def test_points_are_what_was_kept_and_never_below_nothing_unspent(orders: list[tuple[int, int, bool]]) -> None:
    """Whatever is bought, refunded in part or more than whole, voided: what is left earns, rounded down an order."""
    dana = Person(with_points(Terms(Rate(1, 1_000))))
    expected = 0
    for number, (paid, back, void) in enumerate(orders):
        dana.buys("2026-03-03", paid, order=f"o{number}")
        if back:
            dana.does(RefundTold(f"o{number}", "r", back * 100), "2026-03-04", known="2026-03-04")
            if void:
                dana.does(RefundTold(f"o{number}", "r", back * 100, void=True), "2026-03-05", known="2026-03-05")
        kept = paid if void or not back else max(0, paid - back)
        expected += kept // 10
    assert points_of(dana, "2026-03-06") == expected
    assert all(entry.expires_at == NEVER for entry in dana.customer.points if isinstance(entry, Earned))


def test_what_was_given_and_spent_is_booked_again_where_a_life_is_lived_from_its_events() -> None:
    gift = Given("pos\x1f1", at("2026-03-03"), at("2026-03-03"), 50, at("2026-04-03"), "birthday")
    spent = Spent("pos\x1f2", at("2026-03-04"), at("2026-03-04"), 20)
    dana = Person(with_points(None), source="ritorno")
    dana.does(told_of(gift, 50), "2026-03-03").does(told_of(spent, 30), "2026-03-04")
    assert dana.customer.points == (gift, spent)
    assert [each.points for each in dana.life.decisions if isinstance(each, PointsBooked)] == [50, -20]
    dana.does(told_of(spent, 30), "2026-03-04", known="2026-03-05")
    assert dana.customer.points == (gift, spent)
    forever = Given("x", at("2026-03-03"), at("2026-03-03"), 5)
    assert told_of(forever, 5).properties["expires_at"] is None
    other = Person(with_points(), source="ritorno").does(told_of(forever, 5), "2026-03-03")
    assert other.customer.points == (forever,)


def test_only_our_own_doors_give_and_spend() -> None:
    spent = Spent("x", at("2026-03-04"), at("2026-03-04"), 20)
    dana = Person(with_points()).does(told_of(spent, 0), "2026-03-04").does(Custom("looked"), "2026-03-04")
    assert dana.customer.points == ()
    ours = Person(with_points(), source="ritorno").does(Custom("points_spent", {"points": "many"}), "2026-03-04")
    assert ours.customer.points == ()


def test_without_terms_what_was_earned_is_still_taken_back() -> None:
    dana = Person(with_points()).buys("2026-03-03", 100, order="o1")
    dana.life.plan = with_points(None)
    dana.is_refunded("o1", "2026-03-04").buys("2026-03-05", 100, order="o2")
    assert points_of(dana, "2026-03-05") == 0


def test_a_house_account_earns_nothing() -> None:
    dana = Person(with_points())
    dana.customer.house = True
    dana.life.customer.house = True
    assert dana.buys("2026-03-03", 100).customer.points == ()


def test_pb1_07_an_order_that_should_have_earned_and_has_not_is_found() -> None:
    def missing(person: Person, plan: Plan) -> bool:
        person.customer.points = ()
        return is_missing(person.customer, person.customer.orders[-1], view_of(person.customer, plan, at("2026-03-04")))

    plan = with_points()
    dana = Person(plan).buys("2026-03-03", 100, order="o1")
    assert not is_missing(dana.customer, dana.customer.orders[-1], view_of(dana.customer, plan, at("2026-03-04")))
    assert missing(dana, plan)
    assert not missing(dana, with_points(None)), "a shop without terms owes nothing"
    assert not missing(Person(plan).buys("2026-03-03", 9.99), plan), "less than one point"
    assert not missing(Person(plan).buys("2026-03-03", 100, cancelled=True), plan)
    dana.customer.house = True
    assert not missing(dana, plan)
