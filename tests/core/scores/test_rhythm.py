"""Gaps, pace, streaks and loyalty: each customer's own rhythm, and the product's."""

from ritorno.core.customer import Customer
from ritorno.core.events import Line
from ritorno.core.ids import CustomerId
from ritorno.core.instants import NEVER, Instant, add_span, days
from ritorno.core.plan import Policy
from ritorno.core.scores import pace, streaks
from ritorno.core.scores.course import Course
from ritorno.core.segments.live import ask
from ritorno.core.segments.rule import FactIs, FactName, Value
from ritorno.core.view import View, view_of
from ritorno.testing import JERUSALEM, Person, at, local, shop
from tests.core.segments.watching import holds, turns, watched

CYCLE = Policy(cycle=30)


def bought_after(*gaps: float, lines: tuple[Line, ...] = (), policy: Policy = CYCLE) -> Person:
    """Orders from 2025-01-01 10:00 on, so many days of 24 hours apart."""
    person, moment = Person(shop(policy=policy)), at("2025-01-01T10:00")
    for gap in (0, *gaps):
        moment = Instant(moment + round(gap * 86_400_000_000))
        person.buys(local(moment), 100, lines=lines)
    return person


def value(fact: FactName, person: Person, when: str = "2026-03-01", **of: str) -> object:
    """The fact's value, found by asking."""
    view = view_of(person.customer, person.plan, at(when))
    rule = FactIs(fact, "set", None, **of)
    courses = {
        "gap_last": pace.gap_last, "gap_median": pace.gap_median, "gap_trend": pace.gap_trend, "pace": pace.pace,
        "late_for_pace": pace.late_for_pace, "ever": pace.ever, "streak": streaks.streak, "loyalty": streaks.loyalty,
        "buyer": streaks.buyer,
    }  # fmt: skip
    found: Course = courses[fact](rule, view)
    assert ask(rule, view)[0] is (found.value is not None)
    return found.value


def test_com_09_gaps_their_median_the_last_and_the_trend() -> None:
    """Dates 0, 20, 45, 65: gaps 20, 25, 20."""
    person = bought_after(20, 25, 20)
    assert (value("gap_median", person), value("gap_last", person), value("gap_trend", person)) == (20, 20, 1)
    assert value("gap_median", bought_after(20, 25)) == 22.5
    assert value("gap_trend", bought_after(20, 30)) == 1.2
    nothing = [value(fact, bought_after()) for fact in ("gap_last", "gap_median", "gap_trend", "pace")]
    assert nothing == [None] * 4
    at_once = bought_after(0, 0, 0)
    assert [value(fact, at_once) for fact in ("gap_last", "gap_trend", "pace", "late_for_pace")] == [0, None, 0, None]


def test_com_04_the_own_pace_tells_when_the_next_is_expected() -> None:
    """Gaps 20, 22, 21: pace 21, the next at last + 21; from three gaps on."""
    person = bought_after(20, 22, 21)
    assert value("pace", person) == 21
    assert value("pace", bought_after(20, 22)) is None
    assert value("late_for_pace", bought_after(20, 22)) is None
    expected = ask(FactIs("late_for_pace", ">=", 1), view_of(person.customer, person.plan, at("2025-03-06")))
    assert expected == (False, add_span(at("2025-03-05T10:00"), days(21), JERUSALEM))


def test_seg_06_ruth_is_late_for_her_own_pace_before_any_global_cut() -> None:
    """8 orders every 14 ± 2 days, silent 35: R2, 2.5 × late, for rescue from day 28."""
    late = FactIs("late_for_pace", ">=", 2)
    person = watched(late)
    moment = at("2026-01-01T10:00")
    for gap in (0, 13, 15, 14, 12, 16, 14, 14):
        moment = Instant(moment + gap * 86_400_000_000)
        person.buys(local(moment), 100)
    assert local(moment) == "2026-04-09T11:00:00", "the clock has changed"
    assert turns(person, "2026-05-14T11:00") == ["+2026-05-07T11:00:00"]
    assert value("late_for_pace", person, "2026-05-14T11:00") == 2.5
    assert person.customer.scores.r == 2


def comparisons(view: View, op: str, wanted: Value) -> list[Instant]:
    """The instants at which the answer turns, one after the other."""
    found = []
    while (change := ask(FactIs("late_for_pace", op, wanted), view)[1]) < NEVER:  # type: ignore[arg-type]
        found.append(change)
        view = view_of(view.customer, view.plan, change)
    return found


def test_how_late_turns_at_the_first_microsecond_that_reaches_or_passes_a_number() -> None:
    person = bought_after(21, 21, 21)
    last, usual = person.customer.orders[-1].occurred_at, 21 * 86_400_000_000
    view = view_of(person.customer, person.plan, last)
    assert comparisons(view, ">", 2) == [last + 2 * usual + 1]
    assert comparisons(view, "=", 2) == [last + 2 * usual, last + 2 * usual + 1]
    assert comparisons(view, "between", (1, 1.5)) == [last + usual, last + usual * 1.5 + 1]
    assert comparisons(view, "in", (1, "x", 2)) == [
        last + usual,
        last + usual + 1,
        last + 2 * usual,
        last + 2 * usual + 1,
    ]
    assert comparisons(view, ">=", -1) == comparisons(view, "<", 10**9) == []


def test_com_06_loyalty_is_the_last_gap_over_the_cycle() -> None:
    """Cycle 30: 28 strong, 50 medium, 75 weak; the bands are half-open."""
    levels = {28: "strong", 50: "medium", 75: "weak", 36: "medium", 35.99: "strong", 60: "weak", 59.99: "medium"}
    assert {gap: value("loyalty", bought_after(gap)) for gap in levels} == levels
    assert value("loyalty", bought_after()) is None
    assert holds(FactIs("loyalty", "in", ("strong", "medium")), bought_after(28), "2026-01-01")


def test_com_07_three_in_a_row_are_loyal_and_a_long_gap_begins_anew() -> None:
    """Cycle 30, tolerance 1.5: gaps in [0, 45)."""
    streak = {(28, 31): 3, (28, 31, 60): 1, (60, 44.99): 2, (45,): 1, (): 1, (60, 10, 10, 10): 4}
    assert {gaps: value("streak", bought_after(*gaps)) for gaps in streak} == streak
    assert value("buyer", bought_after(28, 31)) == "loyal"
    assert value("buyer", bought_after(28, 31, 60)) == "occasional"
    nobody = Person(shop())
    assert (value("streak", nobody), value("buyer", nobody)) == (0, None)


def test_com_08_every_buyer_is_either_occasional_or_loyal() -> None:
    people = [bought_after(*[gap % 60 for gap in range(number, number + number % 5)]) for number in range(100)]
    loyal = [person for person in people if holds(FactIs("buyer", "=", "loyal"), person, "2027-01-01")]
    occasional = [person for person in people if holds(FactIs("buyer", "=", "occasional"), person, "2027-01-01")]
    assert (len(loyal) + len(occasional), len(loyal) > 0, len(occasional) > 0) == (100, True, True)


def test_a_product_and_a_category_have_a_rhythm_and_a_cycle_of_their_own() -> None:
    pads, tea = (Line("P1", category="pads"), Line("T1", category="tea")), (Line("T1", category="tea"),)
    person = Person(shop(policy=Policy(cycle=30, cycles={"pads": 90})))
    person.buys("2025-01-01", 100, lines=pads).buys("2025-01-11", 100, lines=tea).buys("2025-04-01", 100, lines=pads)
    assert value("gap_last", person, category="pads") == 90 - 1 / 24, "the clock has changed"
    assert [value("loyalty", person, category=category) for category in ("pads", "tea")] == ["strong", "weak"]
    assert value("ever", person, sku="T1") == 3
    assert value("ever", person, sku="P1") == 2
    assert value("ever", person, sku="P1", category="tea") == 0, "on one line"
    assert value("ever", person) == 3
    assert value("streak", person, sku="X") == 0


def test_an_order_dated_ahead_is_waited_for() -> None:
    person = watched(FactIs("ever", ">=", 2)).buys("2026-01-01", 100).buys("2026-02-01T10:00", 100, known="2026-01-15")
    assert turns(person, "2026-02-02") == ["+2026-02-01T10:00:00"]
    late = watched(FactIs("late_for_pace", ">=", 1))
    for day in ("01", "03", "05", "07"):
        late.buys(f"2026-01-{day}T10:00", 100)
    late.buys("2026-01-08T10:00", 100, known="2026-01-07T11:00")
    assert turns(late, "2026-01-20") == ["+2026-01-10T10:00:00"], "two days after the one that came"
    assert ask(FactIs("ever", "=", 0), view_of(Customer(CustomerId(1)), shop(), at("2026-01-01"))) == (True, NEVER)
