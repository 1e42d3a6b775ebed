"""Where on the way a customer is (SEG-17; the definitions are product.md's, section 2), and how old (SEG-13)."""

from datetime import date
from math import ceil, floor, isfinite

from ritorno.core.customer import FIRST
from ritorno.core.instants import NEVER, Instant, add_span, days, wall
from ritorno.core.scores.course import Course, course
from ritorno.core.scores.pace import gaps_of
from ritorno.core.scores.streaks import LOYAL, TOLERANCE, band, in_a_row
from ritorno.core.segments.compare import numbers
from ritorno.core.segments.rule import FactIs, Value
from ritorno.core.segments.traits import known_day, midnight, return_in
from ritorno.core.view import View

JUST_JOINED = days(30)
DORMANT = days(180)
_OLDEST = 9000  # years


def stage(rule: FactIs, view: View) -> Course:
    orders, ahead = view.counted()
    if not orders:
        return course(_before_the_first_order(view), view.now, ahead)
    last_at = orders[-1].occurred_at
    lapses_at, sleeps_at = add_span(last_at, view.plan.scheme.recency[1], view.tz), add_span(last_at, DORMANT, view.tz)
    steps: list[tuple[Instant, object]] = [(FIRST, _active(rule, view, len(orders)))]
    if lapses_at < sleeps_at:
        steps.append((lapses_at, "lapsing"))
    return course([*steps, (sleeps_at, "dormant")], view.now, ahead)


def _before_the_first_order(view: View) -> list[tuple[Instant, object]]:
    joined_at = view.customer.joined_at
    steps: list[tuple[Instant, object]] = [(FIRST, "not_yet")]
    if joined_at != NEVER:
        steps += [(joined_at, "joined"), (add_span(joined_at, JUST_JOINED, view.tz), "not_yet")]
    return steps


def _active(rule: FactIs, view: View, orders: int) -> str:
    everything = FactIs(rule.fact, rule.op, rule.value)
    if in_a_row(gaps_of(everything, view)[0], band(TOLERANCE, None, view.plan.policy)) >= LOYAL:
        return "loyal"
    return "returning" if orders > 1 else "first_time"


# --- age -----------------------------------------------------------------------------------------


def age(rule: FactIs, view: View) -> Course:
    """Whole years; `later` has the birthdays at which the age reaches, and passes, the numbers compared with."""
    born, ahead = known_day("birth_date", view)
    if born is None:
        return Course(None, until=ahead)
    years = wall(view.now, view.tz).year - born.year
    while years >= 0 and _birthday(born, years, view) > view.now:
        years -= 1
    turns = {turn for turn in (0, *_ages(rule.value)) if turn > years}
    later = [(_birthday(born, turn, view), turn) for turn in sorted(turns) if born.year + turn < _OLDEST]
    return Course(years if years >= 0 else None, tuple(later), ahead)


def _ages(wanted: Value) -> list[int]:
    named = [number for number in numbers(wanted) if isfinite(number)]
    return [turn for number in named for turn in (ceil(number), floor(number) + 1) if turn > 0]


def _birthday(born: date, age: int, view: View) -> Instant:
    return midnight(return_in(born, born.year + age), view)
