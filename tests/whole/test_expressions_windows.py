"""Spans added to a column land where `add_span` lands, on every clock and calendar."""

from collections.abc import Iterator
from datetime import UTC, datetime

import ibis
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritorno.core.instants import Instant, Span, Unit, add_span, from_datetime, zone
from ritorno.whole.engines import connected, rows_of
from ritorno.whole.tables import Engine
from ritorno.whole.windows import later, outside

FIRST, LAST = (from_datetime(datetime(year, 1, 1, tzinfo=UTC)) for year in (2019, 2027))
ZONES = ("Asia/Jerusalem", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "UTC")
CHANGES = [from_datetime(datetime(2025, month, day, tzinfo=UTC)) for month, day in ((3, 28), (10, 26), (3, 1), (2, 28))]
NEAR = st.builds(
    lambda change, by: Instant(change + by * 60_000_000), st.sampled_from(CHANGES), st.integers(-3000, 3000)
)
SPANS = st.builds(Span, st.integers(1, 30), st.sampled_from([*Unit]))


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with connected() as opened:
        yield opened


def test_a_column_and_a_span_are_due_as_each_instant_is(engine: Engine) -> None:
    @given(st.lists(st.integers(FIRST, LAST - 1).map(Instant) | NEAR, min_size=1), SPANS, st.sampled_from(ZONES))
    def agree(instants: list[Instant], span: Span, name: str) -> None:
        rows = ibis.memtable(pa.table({"at": pa.array(instants, pa.int64())}))
        due = rows_of(engine, rows.select("at", due=later(rows.at, span, FIRST, LAST, zone(name))))
        assert [row["due"] for row in due] == [add_span(row["at"], span, zone(name)) for row in due]

    agree()


def test_what_is_outside_nothing_is_all_of_time() -> None:
    (everything,) = outside(())
    assert outside((everything,)) == ()
