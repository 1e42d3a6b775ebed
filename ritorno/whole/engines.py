"""The engines that answer for everyone: DuckDB inside this process, Spark where one machine is not enough."""

import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any as Anything
from typing import TypeVar

import ibis

from ritorno.whole.tables import Engine, engine

Told = TypeVar("Told")
THREADS = 2
MEMORY = "1500MB"


class EngineError(ValueError):
    """An engine that is not there, or cannot be; says what is possible."""


class StoppedError(RuntimeError):
    """A question took longer than it may, and was stopped."""


def connect(url: str = "duckdb", *, threads: int = THREADS, memory: str = MEMORY) -> Engine:
    """The engine of that address: `duckdb`, or `pyspark://local[2]` and other Spark masters. Raises EngineError."""
    kind = url.partition("://")[0]
    if kind == "duckdb":
        opened = engine(url)
        folder = f"{tempfile.gettempdir()}/ritorno-duckdb".replace("'", "''")  # otherwise the working directory
        opened.raw_sql(f"SET threads = {int(threads)}; SET memory_limit = '{memory}'; SET temp_directory = '{folder}'")
        return opened
    if kind == "pyspark":
        if find_spec("pyspark") is None:
            raise EngineError(f"{url}: Spark is not installed; install ritorno[spark], or use duckdb")
        return engine(url)
    raise EngineError(f"{url!r} is no engine; write duckdb, or pyspark://local[2] for Spark")


@contextmanager
def connected(url: str = "duckdb") -> Iterator[Engine]:
    """The engine for as long as the block lasts. Raises EngineError."""
    opened = connect(url)
    try:
        yield opened
    finally:
        opened.disconnect()


def interrupt(opened: Engine) -> None:
    """Stop what the engine is working on; called from another thread. The question that is stopped fails."""
    if opened.name == "duckdb":
        opened.con.interrupt()
    else:
        opened._session.sparkContext.cancelAllJobs()  # noqa: SLF001 - Ibis has no word for it


def within(seconds: float, opened: Engine, ask: Callable[[], Told]) -> Told:
    """What `ask` gives, if it does so in time; otherwise the engine is stopped. Raises StoppedError."""
    with ThreadPoolExecutor(1) as aside:
        asked = aside.submit(ask)
        try:
            return asked.result(seconds)
        except TooLate:
            interrupt(opened)
            asked.exception()
            raise StoppedError(f"the question was stopped after {seconds:g} seconds; ask for less, or later") from None


def rows_of(opened: Engine, expression: ibis.expr.types.Expr) -> list[dict[str, Anything]]:
    """The rows of a table expression, as plain values."""
    found: list[dict[str, Anything]] = opened.to_pyarrow(expression).to_pylist()
    return found
