"""What was decided of two who are one, or apart again: counters, points, audiences, rules that were true (DAT-03)."""

import pytest
from msgspec.structs import replace

from ritorno.core.customer import Customer
from ritorno.core.decisions import Enrolled
from ritorno.core.events import OrderTold, SoldVia
from ritorno.core.folding import take_order
from ritorno.core.ids import AudienceKey
from ritorno.core.instants import days
from ritorno.core.journeys.journey import Entry, Exits, Playbook
from ritorno.core.journeys.step import Audience, Count, Give, Tag, Wait
from ritorno.core.journeys.trigger import BecameTrue, Happened
from ritorno.core.merge import merge
from ritorno.core.plan import Policy
from ritorno.core.points import Earned, Rate
from ritorno.core.points_balance import balance
from ritorno.core.points_terms import Terms
from ritorno.core.react import Replanned, react
from ritorno.core.segments.rule import FactIs
from ritorno.core.unmerge import keeping, relive
from ritorno.testing import Person, at, shop
from tests.core.plans import journey

ORDER = Happened("order")
COUNTS = journey("n", ORDER, Count("n", "visits"), exits=Exits(purchase=False), entry=Entry("order"))
GIFTS = journey(
    "g", ORDER, Give("gift", 50), Audience("ads", "buyers"), Wait("w", days(30)),
    exits=Exits(purchase=False), entry=Entry("order"),
)  # fmt: skip
NOW = at("2026-03-20")
ONE_MORE = OrderTold("z", 10_000, "ILS", SoldVia.POS)


def visitor(playbook: Playbook, number: int, *orders: str) -> Person:
    person = Person(shop(playbook), number=number, phone=f"052123456{number}", email="", source=f"s{number}")
    for day, order in enumerate(orders, 1):
        person.buys(f"2026-03-{day + number:02}T10:00", 100, order=order, sold_via=SoldVia.POS)
    return person


def visits(customer: Customer) -> object:
    return customer.traits["visits"].value


@pytest.mark.parametrize("reversed_on_return", [True, False])
def test_com_16_the_counters_of_two_who_are_one_add_up_and_a_return_takes_back_one(*, reversed_on_return: bool) -> None:
    step = Count("n", "visits", reversed_on_return=reversed_on_return)
    counts = journey("n", ORDER, step, exits=COUNTS.exits, entry=COUNTS.entry)
    one, other = visitor(counts, 1, "a", "b"), visitor(counts, 2, "c", "d", "e")
    merged = react(merge(one.customer, other.customer), (), one.plan, NOW).customer
    turned = react(merge(other.customer, one.customer), (), one.plan, NOW).customer
    one.life.customer = react(merged, (Replanned(NOW),), one.plan, NOW).customer
    assert (visits(one.customer), visits(react(turned, (Replanned(NOW),), one.plan, NOW).customer)) == (5, 5)
    assert visits(one.is_refunded("a", "2026-03-21").customer) == (4 if reversed_on_return else 5)


def test_com_16_an_order_that_is_back_already_is_not_counted_until_it_counts_after_all() -> None:
    late = journey(
        "n", ORDER, Wait("w", days(2)), Count("n", "visits"), exits=Exits(purchase=False), entry=Entry("order")
    )
    person = visitor(late, 1, "a").is_refunded("a", "2026-03-03").lives_until("2026-03-05")
    assert visits(person.customer) == 0
    assert visits(person.is_refunded("a", "2026-03-06", void=True).customer) == 1


def test_an_order_that_moves_to_another_customer_takes_its_points_and_gives_back_what_was_counted() -> None:
    plan = replace(shop(COUNTS), policy=Policy(points=Terms(rate=Rate(1, 100))))
    person = Person(plan).buys("2026-03-01T10:00", 100, order="a").buys("2026-03-02T10:00", 200, order="b")
    person.is_refunded("a", "2026-03-03T10:00", 10)
    rest, taken = take_order(person.customer, "shop\x00a")
    assert [balance(each.points, NOW) for each in (person.customer, rest, taken)] == [290, 200, 90]
    assert visits(react(rest, (Replanned(NOW),), plan, NOW).customer) == 1


def test_what_was_true_of_either_has_not_just_become_true_of_both() -> None:
    twice = journey("t", BecameTrue(FactIs("ever", ">=", 2)), Tag("x", "x"), exits=Exits(purchase=False),
                    entry=Entry("event"))  # fmt: skip
    one, other = visitor(twice, 1), visitor(twice, 2, "a", "b")
    assert len(other.customer.enrollments) == 1
    merged = react(merge(one.customer, other.customer), (), other.plan, NOW)
    merged = react(merged.customer, (visitor(twice, 1).event(ONE_MORE, NOW),), other.plan, NOW)
    assert [each for each in merged.decisions if isinstance(each, Enrolled)] == []


def test_what_came_to_an_order_while_they_were_one_stays_with_who_has_the_order() -> None:
    """Entered and earned as one; apart again the passage, its gift and its audience are with the survivor."""
    plan = replace(shop(GIFTS), policy=Policy(points=Terms(rate=Rate(1, 100))))
    one, other = Person(plan, number=1, source="s1"), Person(plan, number=2, source="s2")
    start = one.buys("2026-03-01T10:00", 100, order="a").customer
    aside = other.buys("2026-03-01T11:00", 100, order="b").customer
    since = one.event(ONE_MORE, at("2026-03-05T10:00"))
    held = react(merge(start, aside), (since,), plan, at("2026-03-06")).customer
    assert balance(held.points, NOW) == 450
    later = [each for each in held.enrollments if each.about.order == "s1\x00z"]
    mine = keeping(relive(start, [since], (), later, plan, at("2026-03-06")), held).customer
    theirs = keeping(relive(aside, (), (), (), plan, at("2026-03-06")), held).customer
    assert (balance(mine.points, NOW), balance(theirs.points, NOW)) == (300, 150)
    assert mine.audiences[AudienceKey("buyers")].holders == tuple(sorted(each.id for each in mine.enrollments))
    assert theirs.audiences == aside.audiences
    assert sum(isinstance(each, Earned) for each in mine.points) == 2
    over = react(mine, (), plan, at("2026-05-01")).customer
    assert over.audiences == {}, "with the last passage she leaves it"


def test_what_was_counted_for_no_order_while_they_were_one_stays_with_its_passage() -> None:
    step = Count("n", "visits", reversed_on_return=False)
    counts = journey("n", ORDER, step, exits=COUNTS.exits, entry=COUNTS.entry)
    one, other = visitor(counts, 1, "a", "b").customer, visitor(counts, 2, "c").customer
    plan, now = shop(counts), at("2026-03-10")
    since = visitor(counts, 1).event(ONE_MORE, at("2026-03-09T10:00"))
    held = react(merge(one, other), (since,), plan, now).customer
    assert visits(held) == 4
    later = [each for each in held.enrollments if each.about.order.endswith("z")]
    mine = keeping(relive(one, [since], (), later, plan, now, held.tallies), held)
    theirs = keeping(relive(other, (), (), (), plan, now, held.tallies), held)
    assert (visits(mine.customer), visits(theirs.customer)) == (3, 1)
