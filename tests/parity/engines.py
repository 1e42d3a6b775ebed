"""The engines on which everyone is asked at once: DuckDB always, Spark where it and Java are there."""

import importlib.util
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any as Anything
from typing import NamedTuple

import ibis
import pytest

from ritorno.core.customer import Customer
from ritorno.core.instants import NEVER, Instant
from ritorno.core.plan import Plan
from ritorno.core.segments.rule import Rule
from ritorno.whole.columns import Base
from ritorno.whole.expressions import answer
from ritorno.whole.lake_rows import rows_of
from ritorno.whole.tables import engine, tables_in_memory

_ENGINES = {"duckdb": ("duckdb", 1), "pyspark": ("pyspark://local[1]", 10)}
ENGINES = tuple(_ENGINES)
Answers = Mapping[int, tuple[bool, Instant]]


class Engine(NamedTuple):
    """`dearness`: how many times fewer examples are asked of it."""

    connection: Anything
    dearness: int

    def answers(self, rules: Sequence[Rule], people: Sequence[Customer], plan: Plan, now: Instant) -> list[Answers]:
        """For each rule: (answer, next change) of every customer, by id. One query."""
        tables = tables_in_memory(self.connection, rows_of(people, plan, now))
        base = Base(tables, plan, now)
        asked = [
            answer(rule, base).mutate(number=ibis.literal(index, "int64"))
            for index, rule in enumerate(rules)
        ]  # fmt: skip
        found: list[dict[int, tuple[bool, Instant]]] = [{} for _ in rules]
        rows = (asked[0] if len(asked) == 1 else ibis.union(*asked)).to_pyarrow().to_pylist()
        for row in rows:
            change = row["next_change"]
            answers = found[row["number"]]
            assert row["customer_id"] not in answers, "a customer is answered twice"
            assert row["answer"] is not None, "an answer is never unknown"
            answers[row["customer_id"]] = row["answer"], NEVER if change is None else Instant(change)
        return list(found)


@contextmanager
def started(name: str) -> Iterator[Engine]:
    """The engine for as long as it is asked; the test is skipped where it cannot run."""
    if name == "pyspark" and (importlib.util.find_spec("pyspark") is None or shutil.which("java") is None):
        pytest.skip("Spark is tested where it and Java are installed (the extra `spark`)")
    connection, dearness = _ENGINES[name]
    asked = engine(connection)
    if name == "pyspark":
        asked.raw_sql("SET spark.sql.shuffle.partitions=1")  # of 200, made for clusters
        asked.raw_sql("SET spark.sql.session.timeZone=UTC")
    try:
        yield Engine(asked, dearness)
    finally:
        asked.disconnect()
