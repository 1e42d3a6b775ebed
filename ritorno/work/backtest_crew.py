"""A question put to every customer, in this process or in several beside each other.

All of them see one moment of the database. Whoever is free gets the next slice; the parts of the answer are added in
order of the slices, so that it makes no difference who was faster or how many there were.
"""

import gc
import multiprocessing
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection as Pipe
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from typing import Any, NamedTuple, Protocol, TypeVar

import psycopg

from ritorno.core.ids import BrandId
from ritorno.store import history
from ritorno.store.connection import Connection, StoreUnavailable, connect
from ritorno.store.history import Slice, Told

SLICE = 1_000  # customers: half a second of work, so that processes end together
FEW = 8_000  # customers that one process is through with before a second one has started
NAME = "ritorno backtest"

Part = TypeVar("Part")
Answer_co = TypeVar("Answer_co", covariant=True)
Progress = Callable[[int, int], None]


class BacktestFailed(RuntimeError):  # noqa: N818 - the name says the state
    """A process of the backtest ended before its work; says why. Nothing was written."""


class Question(Protocol[Answer_co]):
    """Something to ask of a batch of customers; goes to other processes."""

    def ask(self, told: list[Told]) -> Answer_co: ...


class Reading(NamedTuple):
    """Where the history is, by how many processes it is read, and how many customers a slice has."""

    url: str
    processes: int = 1
    slice: int = SLICE
    few: int = FEW


def ask_everyone(
    where: Reading, brand: BrandId, question: Question[Part], add: Callable[[Part], None], progress: Progress
) -> None:
    """`add` hears the parts of the answer, `progress` (customers done, of how many).

    Raises BacktestFailed and StoreUnavailable.
    """
    with _reading(where.url) as connection, history.one_moment(connection) as seen:
        slices = history.slices(connection, brand, where.slice)
        total = sum(each.customers for each in slices)
        hear = _counting(total, progress)
        workers = min(where.processes, len(slices))
        if workers > 1 and total > where.few:
            _ask_beside(where.url, brand, seen, question, slices, workers, add, hear)
            return
        for each in slices:
            for told in history.read_slice(connection, brand, each):
                add(question.ask(told))
                hear(len(told))


@contextmanager
def _reading(url: str) -> Iterator[Connection]:
    try:
        with connect(url, autocommit=True, application_name=NAME) as connection:
            yield connection
    except psycopg.Error as error:
        raise BacktestFailed(f"{_one_line(error)}. Nothing was written; run it again") from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _counting(total: int, progress: Progress) -> Callable[[int], None]:
    done = 0

    def hear(more: int) -> None:
        nonlocal done
        done += more
        progress(done, total)

    return hear


def _ask_beside(
    url: str, brand: BrandId, seen: str, question: Question[Part], slices: list[Slice], workers: int,
    add: Callable[[Part], None], hear: Callable[[int], None],
) -> None:  # fmt: skip
    """Processes of their own; ended whatever happens here, Ctrl-C too."""
    context = multiprocessing.get_context("spawn")
    crew: list[tuple[Pipe, SpawnProcess]] = []
    try:
        for _ in range(workers):
            ours, theirs = context.Pipe()
            process = context.Process(target=_work, args=(theirs,), daemon=True)
            process.start()
            theirs.close()
            crew.append((ours, process))
        _hand_out([pipe for pipe, _ in crew], (url, brand, seen, question), slices, add, hear)
    finally:
        for pipe, process in crew:
            pipe.close()
            process.terminate()
            process.join()


def _hand_out(
    pipes: list[Pipe], job: tuple[Any, ...], slices: list[Slice], add: Callable[[Part], None],
    hear: Callable[[int], None],
) -> None:  # fmt: skip
    """A slice to whoever is free; what comes back is added in order."""
    waiting = list(enumerate(slices))
    early: dict[int, list[Part]] = {}
    wanted = 0
    try:
        for pipe in pipes:
            pipe.send(job)
            pipe.send(waiting.pop(0))
        while wanted < len(slices):
            for ready in wait(pipes):
                assert isinstance(ready, Pipe)
                said = ready.recv()
                if isinstance(said, int):
                    hear(said)
                    continue
                if isinstance(said, str):
                    raise BacktestFailed(f"{said}. Nothing was written; run it again")
                number, early_parts = said
                early[number] = early_parts
                if waiting:
                    ready.send(waiting.pop(0))
                while wanted in early:
                    for part in early.pop(wanted):
                        add(part)
                    wanted += 1
    except (EOFError, OSError):
        raise BacktestFailed(
            "a process of the backtest has ended without a word (was it killed, or memory short?). Nothing was "
            "written; run it again, with --processes 1 where memory is short"
        ) from None


def _work(parent: Pipe) -> None:
    """One process beside others: slices until the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to hear
    try:
        url, brand, seen, question = parent.recv()
        with connect(url, autocommit=True, application_name=NAME) as connection, history.one_moment(connection, seen):
            gc.freeze()
            gc.disable()  # a slice makes a million values and no cycles
            while True:
                number, part = parent.recv()
                parent.send((number, list(_parts(connection, brand, question, part, parent))))
                gc.collect()
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return  # nobody waits for it any more
    except (StoreUnavailable, psycopg.Error) as error:
        parent.send(_one_line(error))


def _parts(
    connection: Connection, brand: BrandId, question: Question[Part], part: Slice, parent: Pipe
) -> Iterator[Part]:
    for told in history.read_slice(connection, brand, part):
        yield question.ask(told)
        parent.send(len(told))
