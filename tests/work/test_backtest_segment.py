"""A segment and other cuts over stored history."""

from collections.abc import Iterator
from typing import Any

import pytest

from ritorno.core.events import Event
from ritorno.core.ids import SegmentKey
from ritorno.core.instants import DAY, days, months
from ritorno.core.journeys.way import Words
from ritorno.core.plan import Plan, Segment, with_playbooks
from ritorno.core.scores.cuts import Scheme, SchemeError
from ritorno.core.segments.check import RuleError
from ritorno.core.segments.rule import InSegment
from ritorno.core.segments.text import from_text
from ritorno.playbooks.library import load
from ritorno.settings import Settings
from ritorno.store.history import Told
from ritorno.testing import Person, at, shop
from ritorno.wiring import App, open_app
from ritorno.work.backtest import BacktestError, backtest_cuts, backtest_segment
from ritorno.work.backtest_crew import Reading
from ritorno.work.backtest_cuts import WhoStandsWhere, tell_cuts
from ritorno.work.backtest_segment import SegmentTally, WhoIsInside, as_segment, tell_segment
from tests.work.backtests import BEFORE, END, history, live, lived

START, UNTIL = at("2026-01-01"), at("2026-04-01")


class Writer(Person):
    """A person whose every event is kept, as the store keeps it."""

    def __init__(self, number: int = 7) -> None:
        super().__init__(shop(), number=number)
        self.stored: list[Event] = []

    def event(self, *args: object, **kwargs: object) -> Event:
        told = super().event(*args, **kwargs)  # type: ignore[arg-type]
        self.stored.append(told)
        return told

    def buys(self, when: str, shekels: float, **more: Any) -> "Writer":
        super().buys(when, shekels, **more)
        return self

    @property
    def told(self) -> Told:
        return Told(self.customer, self.stored)


def asked(rule: str, *people: Writer, plan: Plan | None = None) -> SegmentTally:
    question = WhoIsInside(as_segment(plan or shop(), from_text(rule)), START, UNTIL, "month")
    return question.ask([each.told for each in people])


def test_who_entered_who_left_and_for_how_long() -> None:
    dana = Writer().buys("2026-01-10T10:00", 100).buys("2026-03-20T12:00", 50)
    rut = Writer(8).buys("2025-12-20T10:00", 100)
    told = tell_segment(asked("bought within 30d", dana, rut), shop(), START, UNTIL, "month")
    assert (told.customers, told.at_start, told.at_end, told.entered, told.left) == (2, 1, 1, 2, 2)
    assert [(turn.when, turn.entered, turn.left, turn.inside) for turn in told.turns] == [
        ("2026-01", 1, 1, 1), ("2026-02", 0, 1, 0), ("2026-03", 1, 0, 1), ("2026-04", 0, 0, 1),
    ]  # fmt: skip
    assert (told.stays, told.median_inside) == (2, 30 * DAY), "hers, and his which began before the stretch"


def test_revenue_after_an_entry_and_at_other_times() -> None:
    """The order that brings one in is not after the entry; 30 days after it are."""
    dana = Writer().buys("2026-01-10T10:00", 100).buys("2026-02-09T10:00", 70).buys("2026-02-09T10:01", 30)
    told = tell_segment(asked("orders >= 1", dana), shop(), START, UNTIL, "month")
    assert (told.after.orders, told.after.revenue, told.after.customer_days) == (1, 7000, 30.0)
    assert (told.otherwise.orders, told.otherwise.revenue) == (2, 13000)
    assert told.otherwise.customer_days == pytest.approx((UNTIL - at("2026-01-10T10:00")) / DAY - 30)
    assert told.after.revenue_in_30_days == 7000


def test_two_entries_within_thirty_days_share_no_time() -> None:
    dana = Writer().buys("2026-01-05", 100).buys("2026-01-15", 10)
    told = tell_segment(asked("bought within 5d", dana), shop(), START, UNTIL, "month")
    assert told.entered == 2
    assert told.after.customer_days == 40.0
    assert (told.after.orders, told.after.revenue) == (1, 1000)


def test_nobody_has_no_revenue_and_no_median() -> None:
    told = tell_segment(asked("everyone"), shop(), START, UNTIL, "month")
    assert (told.customers, told.median_inside, told.after.revenue_in_30_days) == (0, None, None)


def test_saved_segments_that_a_rule_asks_for_are_asked_too_and_no_others() -> None:
    saved = tuple(
        Segment(SegmentKey(key), 1, Words(key, key), rule)
        for key, rule in (("b", from_text("orders >= 1")), ("a", InSegment("b")), ("c", from_text("everyone")))
    )
    plan = shop(segments=saved)
    assert [each.key for each in as_segment(plan, InSegment("a")).segments][:-1] == ["b", "a"]
    told = asked("segment a", Writer().buys("2026-02-01", 10), plan=plan)
    assert (told.at_start, told.at_end, told.entered) == (0, 1, {"2026-02": 1})


def test_what_history_alone_does_not_tell_is_refused() -> None:
    with pytest.raises(RuleError, match="backtest the playbook"):
        as_segment(with_playbooks(shop(), load("PB2")), from_text("playbook PB2"))
    with pytest.raises(RuleError, match="no segment"):
        as_segment(shop(), from_text("segment nowhere"))


def test_other_cuts_by_month() -> None:
    """Under an R1 cut of 200 days nobody of these has fallen silent."""
    dana = Writer().buys("2025-10-01", 500)
    plan = shop()
    longer = Scheme(version=1, recency=(days(30), days(200)), window=months(24))
    question = WhoStandsWhere.of(plan, longer, START, UNTIL)
    told = tell_cuts(question.ask([dana.told, Writer(8).told]), question)
    assert [each.at for each in told.standings] == [START, at("2026-02-01"), at("2026-03-01"), UNTIL]
    assert [each.now for each in told.standings] == [{"112": 1}] * 4
    assert [each.other for each in told.standings] == [{"212": 1}] * 4
    assert (told.customers, told.moved, told.flows) == (1, 1, {"112 → 212": 1})


# --- through the store -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def app(module_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with open_app(Settings(tmp_path_factory.mktemp("home"), module_database)) as opened:
        live(opened, history(), (), BEFORE)
        yield opened


BESIDE = {"processes": 2, "slice": 4, "few": 0}


@pytest.mark.parametrize("key", ["risk", "till", "once_star"])
def test_the_entries_and_exits_of_a_saved_segment_are_those_that_it_had(app: App, key: str) -> None:
    decided, _ = lived(app, BEFORE)
    moves = [type(each).__name__ for several in decided.values() for each in several
             if getattr(each, "segment", None) == key]  # fmt: skip
    plan = app.plan()
    told = backtest_segment(Reading(app.url), plan, plan.rules[SegmentKey(key)], BEFORE, END)
    assert (told.entered, told.left) == (moves.count("SegmentEntered"), moves.count("SegmentLeft"))
    assert told.at_end == told.turns[-1].inside == told.entered - told.left
    assert told == backtest_segment(Reading(app.url, **BESIDE), plan, plan.rules[SegmentKey(key)], BEFORE, END)


def test_at_the_end_everyone_stands_where_the_documents_stand(app: App) -> None:
    plan = app.plan()
    other = Scheme(version=2, orders=(3, 5))
    told = backtest_cuts(Reading(app.url), plan, other, at("2025-06-15"), END)
    rows = app.connection().execute(
        "SELECT lpad(cell::text, 3, '0'), count(*) FROM customer WHERE cell > 0 GROUP BY 1 ORDER BY 1"
    )
    assert told.standings[-1].now == dict(rows.fetchall())
    assert told.moved
    assert told == backtest_cuts(Reading(app.url, **BESIDE), plan, other, at("2025-06-15"), END)


def test_what_cannot_be_asked_is_refused(app: App) -> None:
    plan, reading = app.plan(), Reading(app.url)
    with pytest.raises(BacktestError, match="must be before"):
        backtest_segment(reading, plan, from_text("everyone"), END, BEFORE)
    with pytest.raises(BacktestError, match="must be before"):
        backtest_cuts(reading, plan, Scheme(), END, END)
    with pytest.raises(SchemeError):
        backtest_cuts(reading, plan, Scheme(orders=(3, 2)), BEFORE, END)
    with pytest.raises(RuleError):
        backtest_segment(reading, plan, from_text("segment nowhere"), BEFORE, END)
