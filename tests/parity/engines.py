"""The engines on which everyone is asked at once: DuckDB always, Spark where it and Java are there."""

import importlib.util
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any as Anything
from typing import NamedTuple

import pytest

from ritorno.core.customer import Customer
from ritorno.core.instants import Instant
from ritorno.core.plan import Plan
from ritorno.core.segments.rule import Rule
from ritorno.whole.columns import Base, Columns
from ritorno.whole.expressions import read
from ritorno.whole.lake_rows import rows_of
from ritorno.whole.tables import engine, tables_in_memory

_ENGINES = {"duckdb": ("duckdb", 1), "pyspark": ("pyspark://local[1]", 8)}
ENGINES = tuple(_ENGINES)
_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"  # no time to optimise, no threads to collect
# For a few rows: 1 task of 200; and no Java is written and compiled for each question, which took most of its time.
_SPARK = (
    "session.timeZone=UTC", "shuffle.partitions=1", "adaptive.enabled=false", "codegen.wholeStage=false",
    "codegen.factoryMode=NO_CODEGEN",
)  # fmt: skip
Answers = Mapping[int, tuple[bool, Instant]]


class Engine(NamedTuple):
    """`dearness`: how many times fewer examples are asked of it."""

    connection: Anything
    dearness: int

    def answers(self, rules: Sequence[Rule], people: Sequence[Customer], plan: Plan, now: Instant) -> list[Answers]:
        """For each rule: (answer, next change) of every customer, by id. One query, in which the rules share what they
        ask."""
        tables = tables_in_memory(self.connection, rows_of(people, plan, now))
        columns = Columns(Base(tables, plan, now))
        readings = [read(rule, columns) for rule in rules]
        changes = [reading.change() for reading in readings]
        joined = columns.joined()
        asked = {f"answer{index}": each.answer(joined) for index, each in enumerate(readings)}
        asked |= {f"change{index}": change(joined) for index, change in enumerate(changes)}
        rows = self.connection.to_pyarrow(joined.select("customer_id", **asked)).to_pylist()
        assert sorted(row["customer_id"] for row in rows) == sorted(one.id for one in people if not one.house)
        found: list[dict[int, tuple[bool, Instant]]] = []
        for index in range(len(rules)):
            told = {row["customer_id"]: (row[f"answer{index}"], Instant(row[f"change{index}"])) for row in rows}
            assert all(answer is not None for answer, _ in told.values()), "an answer is never unknown"
            found.append(told)
        return list(found)


@contextmanager
def started(name: str) -> Iterator[Engine]:
    """The engine for as long as it is asked; the test is skipped where it cannot run."""
    if name == "pyspark" and (importlib.util.find_spec("pyspark") is None or shutil.which("java") is None):
        pytest.skip("Spark is tested where it and Java are installed (the extra `spark`)")
    connection, dearness = _ENGINES[name]
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PYSPARK_SUBMIT_ARGS", f"--driver-java-options '{_JAVA}' pyspark-shell")
        asked = engine(connection)
    if name == "pyspark":
        for setting in _SPARK:
            asked.raw_sql(f"SET spark.sql.{setting}")
    try:
        yield Engine(asked, dearness)
    finally:
        asked.disconnect()
