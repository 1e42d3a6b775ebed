"""What was told of the person: traits, and the days that come back every year."""

from datetime import date, datetime, timedelta

from ritorno.core.customer import Trait
from ritorno.core.instants import NEVER, Instant, add_span, from_wall, wall
from ritorno.core.segments.compare import compare, day
from ritorno.core.segments.presence import Weight, any_of
from ritorno.core.segments.rule import Anniversary, TraitIs
from ritorno.core.view import Answer, View

_YEAR = 365  # days
_LATEST = 9000  # a year from which spans can still be counted


def trait(rule: TraitIs, view: View) -> Answer:
    told, ahead = known_trait(rule.trait, view)
    if told is None or (rule.source is not None and told.source != rule.source):
        return False, ahead
    holds = compare(rule.op, told.value, rule.value)
    if not holds or rule.told_within is None:
        return holds, NEVER
    until = add_span(told.at, rule.told_within, view.tz)
    return (True, until) if view.now < until else (False, NEVER)


def known_trait(name: str, view: View) -> tuple[Trait | None, Instant]:
    """The trait as last told by now, and the instant from which one that is dated ahead is known."""
    told = view.customer.traits.get(name)
    if told is None or told.at <= view.now:
        return told, NEVER
    return None, told.at


def known_day(name: str, view: View) -> tuple[date | None, Instant]:
    """The date in a trait, None when it holds none; and from when one dated ahead is known."""
    told, ahead = known_trait(name, view)
    if told is None or not isinstance(told.value, str):
        return None, ahead
    found = day(told.value)
    return (None if found is None or found.year > _LATEST else found), ahead


def anniversary(rule: Anniversary, view: View) -> Answer:
    """Exact, also where the days of one year reach into the next."""
    born, ahead = known_day(rule.trait, view)
    if born is None:
        return False, ahead
    before, length = timedelta(days=rule.days_before), timedelta(days=rule.days)
    this_year = wall(view.now, view.tz).year
    firsts = [
        return_in(born, year) - before
        for year in range(this_year - 1 - rule.days // _YEAR, this_year + 3 + rule.days_before // _YEAR)
    ]
    return any_of((Weight(midnight(one, view), midnight(one + length, view)) for one in firsts), view.now)


def return_in(day: date, year: int) -> date:
    """The day's return in a year; 29 February returns on the 28th in others."""
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)


def midnight(day: date, view: View) -> Instant:
    """The first instant of the day."""
    return from_wall(datetime(day.year, day.month, day.day), view.tz)  # noqa: DTZ001 - wall clock
