"""Processes beside each other: what is interrupted or killed leaves nothing behind and says so."""

import os
import signal
import time
from collections.abc import Iterator

import msgspec
import psycopg
import pytest

from ritorno.settings import Settings
from ritorno.store.connection import connect
from ritorno.store.history import Told
from ritorno.wiring import App, open_app
from ritorno.work.backtest import backtest_playbooks
from ritorno.work.backtest_crew import NAME, BacktestFailed, Reading, ask_everyone
from tests.work.backtests import BEFORE, BRAND, END, history, live, playbooks

BESIDE = {"processes": 2, "slice": 2, "few": 0}


@pytest.fixture(scope="module")
def app(module_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with open_app(Settings(tmp_path_factory.mktemp("home"), module_database)) as opened:
        live(opened, history(people=8), (), BEFORE)
        yield opened


class Dies(msgspec.Struct, frozen=True):
    """Killed, as by a machine that is short of memory."""

    def ask(self, told: list[Told]) -> int:
        os.kill(os.getpid(), signal.SIGKILL)
        return len(told)


class Stumbles(msgspec.Struct, frozen=True):
    def ask(self, told: list[Told]) -> int:
        raise psycopg.OperationalError("the disk\n is full")


class Counts(msgspec.Struct, frozen=True):
    def ask(self, told: list[Told]) -> list[int]:
        return [each.document.id for each in told]


def nothing(_: int, __: int) -> None:
    pass


def nobody_reads(app: App) -> bool:
    """Every connection of the backtest is gone, a moment after."""
    for _ in range(100):
        found = app.connection().execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = %s", (NAME,))
        if found.fetchone() == (0,):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize(("question", "said"), [(Dies(), "without a word"), (Stumbles(), "the disk is full. Nothing")])
def test_a_process_that_ends_early_is_told_of(app: App, question: Dies | Stumbles, said: str) -> None:
    with pytest.raises(BacktestFailed, match=said):
        ask_everyone(Reading(app.url, **BESIDE), BRAND, question, lambda _: None, nothing)
    assert nobody_reads(app)


def test_a_reading_that_fails_here_is_told_of_alike(app: App) -> None:
    with pytest.raises(BacktestFailed, match="the disk is full"):
        ask_everyone(Reading(app.url), BRAND, Stumbles(), lambda _: None, nothing)


def test_interrupted_it_leaves_nothing_behind(app: App) -> None:
    """Ctrl-C while the processes are at it."""

    def interrupt(_: int, __: int) -> None:
        raise KeyboardInterrupt

    for reading in (Reading(app.url, **BESIDE), Reading(app.url)):
        with pytest.raises(KeyboardInterrupt):
            backtest_playbooks(reading, app.plan(), playbooks(), BEFORE, END, interrupt)
        assert nobody_reads(app)
    assert backtest_playbooks(Reading(app.url), app.plan(), playbooks(), BEFORE, END)


@pytest.mark.parametrize("reading", [{}, BESIDE], ids=["one", "two"])
def test_everyone_is_asked_once_in_order_and_seen_at_one_moment(app: App, reading: dict[str, int]) -> None:
    """Somebody who comes in while it reads is not seen, by no process."""
    seen: list[int] = []
    with connect(app.url, autocommit=True) as other:
        ids = [row[0] for row in other.execute("SELECT id FROM customer ORDER BY id")]

        def meanwhile(_: int, __: int) -> None:
            other.execute("UPDATE customer SET merged_into = 1 WHERE id = %s", (ids[-1],))

        try:
            ask_everyone(Reading(app.url, **reading), BRAND, Counts(), seen.extend, meanwhile)
        finally:
            other.execute("UPDATE customer SET merged_into = NULL")
    assert seen == ids
