"""A playbook over stored history: what the live run would have done, event for event (product.md §8, 3)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ritorno.core.decisions import Enrolled
from ritorno.core.instants import Instant
from ritorno.core.life import Life
from ritorno.core.plan import Plan
from ritorno.settings import Settings
from ritorno.store import history as stored_history
from ritorno.store.connection import connect
from ritorno.testing import at
from ritorno.wiring import App, open_app
from ritorno.work.backtest import BacktestError, backtest_playbooks
from ritorno.work.backtest_crew import Reading
from ritorno.work.dry_run import live_together, running_alone
from ritorno.work.dry_run_tally import DryRun, Tally, tell
from ritorno.work.relive import relive
from tests.work.backtests import BEFORE, BRAND, END, MIDDLE, Lived, history, live, lived, message_of, playbooks


@pytest.fixture(scope="module")
def app(module_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The made history, in which no playbook was ever active."""
    with open_app(Settings(tmp_path_factory.mktemp("home"), module_database)) as opened:
        assert not live(opened, history(), (), BEFORE).running
        yield opened


@pytest.fixture(scope="module")
def quiet(app: App) -> Plan:
    return app.plan()


def relived(app: App, plan: Plan, start: Instant) -> list[Life]:
    """Everyone, side by side from `start` on, without a first look."""
    alone = running_alone(plan, playbooks())
    quiet = running_alone(plan, ())
    lives = []
    with connect(app.url, autocommit=True) as connection, stored_history.one_moment(connection):
        for part in stored_history.slices(connection, BRAND, 7):
            for told in stored_history.read_slice(connection, BRAND, part, batch=3):
                lives += [Life(*relive(*each, quiet, start, END), alone) for each in told]
    live_together(lives, alone, END)
    return lives


@pytest.mark.parametrize("start", [BEFORE, MIDDLE], ids=["from the first event on", "activated in the middle"])
def test_a_backtest_is_the_live_run_event_for_event(
    app: App, quiet: Plan, database: str, tmp_path: Path, start: Instant
) -> None:
    with open_app(Settings(tmp_path, database)) as beside:
        plan = live(beside, history(), playbooks(), start)
        ran: Lived = lived(beside, start)
        after_the_run = backtest_playbooks(Reading(beside.url), plan, playbooks(), start, END)

    lives = relived(app, quiet, start)
    decided = {life.customer.id: sorted(life.decisions, key=repr) for life in lives}
    assert decided == ran[0]
    assert sorted(message_of(fate) for life in lives for fate in life.fates) == ran[1]

    told = backtest_playbooks(Reading(app.url), quiet, playbooks(), start, END)
    assert told == of_lives(lives, quiet, start), "the two passes find what living everyone through finds"
    assert told == after_the_run, "what really was sent is no part of it"
    assert_much_happened(told)


def of_lives(lives: list[Life], plan: Plan, start: Instant) -> tuple[DryRun, ...]:
    answers = []
    for playbook in playbooks():
        tally = Tally()
        for life in lives:
            tally.take_in(life, playbook, running_alone(plan, playbooks()))
        answers.append(tell(tally, playbook, len(lives), start, END))
    return tuple(answers)


def assert_much_happened(told: tuple[DryRun, ...]) -> None:
    shield, thanks = told
    assert shield.entered > 5
    assert shield.held_out
    assert shield.declined
    assert shield.reasons.get("budget"), "the daily limit was reached"
    assert thanks.messages > 2


@pytest.mark.parametrize("a_day", [2, 0], ids=["a limit is shared", "nothing is shared"])
def test_one_process_or_two_the_answer_is_the_same(app: App, quiet: Plan, a_day: int) -> None:
    heard: list[tuple[int, int]] = []
    one = backtest_playbooks(
        Reading(app.url), quiet, playbooks(a_day), BEFORE, END, lambda done, total: heard.append((done, total))
    )
    two = backtest_playbooks(Reading(app.url, processes=2, slice=3, few=0), quiet, playbooks(a_day), BEFORE, END)
    assert one == two
    assert heard[-1][0] == heard[-1][1] >= one[0].customers
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)


def test_without_a_limit_everyone_is_written_to_sooner(app: App, quiet: Plan) -> None:
    (limited,), (free,) = (
        backtest_playbooks(Reading(app.url), quiet, playbooks(most)[:1], BEFORE, END) for most in (1, 0)
    )
    assert [row.customer for row in limited.rows] == [row.customer for row in free.rows]
    assert limited.reasons["budget"] > 0
    assert "budget" not in free.reasons


def test_before_the_first_event_nothing_happens(app: App, quiet: Plan) -> None:
    told = backtest_playbooks(Reading(app.url), quiet, playbooks(), at("2023-01-01"), BEFORE)
    assert [(each.entered, each.messages, each.rows) for each in told] == [(0, 0, ())] * 2


def test_an_empty_brand_has_an_answer(database: str, tmp_path: Path) -> None:
    with open_app(Settings(tmp_path, database)) as app:
        plan = live(app, history(people=0), (), BEFORE)
        told = backtest_playbooks(Reading(app.url, processes=2), plan, playbooks(), BEFORE, END)
    assert [(each.customers, each.entered) for each in told] == [(0, 0)] * 2


def test_nothing_is_written(app: App, quiet: Plan) -> None:
    def counts() -> list[tuple[int, ...]]:
        tables = ("customer", "event", "decision", "message", "enrollment", "membership", "changed")
        return [app.connection().execute(f"SELECT count(*) FROM {table}").fetchone() or () for table in tables]

    before = counts()
    backtest_playbooks(Reading(app.url, 2, 3, 0), quiet, playbooks(), BEFORE, END)
    assert counts() == before


@pytest.mark.parametrize(
    ("keys", "start", "end", "said"),
    [
        (2, END, BEFORE, "--from must be before"),
        (2, END, END, "--from must be before"),
        (0, BEFORE, END, "at least one"),
    ],
)
def test_a_stretch_or_a_choice_that_is_none_is_refused(
    app: App, quiet: Plan, keys: int, start: Instant, end: Instant, said: str
) -> None:
    with pytest.raises(BacktestError, match=said):
        backtest_playbooks(Reading(app.url), quiet, playbooks()[:keys], start, end)


def test_enrolled_rows_are_the_entries(app: App, quiet: Plan) -> None:
    (told,) = backtest_playbooks(Reading(app.url), quiet, playbooks(0)[:1], BEFORE, END)
    lives = relived(app, quiet, BEFORE)
    entered = sorted(
        (each.at, life.customer.id) for life in lives for each in life.decisions
        if isinstance(each, Enrolled) and each.playbook == "PB2"
    )  # fmt: skip
    assert [(row.entered_at, row.customer) for row in told.rows] == entered
