"""Sums for whole stretches of time say what `add_span` says of each instant in them."""

from bisect import bisect_right

from hypothesis import given
from hypothesis import strategies as st

from ritorno.core.instants import DAY, HOUR, Instant, Span, Unit, add_span, days, months, zone
from ritorno.core.span_pieces import To, pieces
from ritorno.testing import at

JERUSALEM, NEW_YORK, LORD_HOWE = zone("Asia/Jerusalem"), zone("America/New_York"), zone("Australia/Lord_Howe")
_SPANS = st.builds(Span, st.integers(1, 40), st.sampled_from([Unit.DAYS, Unit.WEEKS, Unit.MONTHS, Unit.YEARS]))
_LOW = at("2023-01-01")


@given(
    _SPANS, st.sampled_from([JERUSALEM, NEW_YORK, LORD_HOWE]), st.integers(0, 1_500 * DAY), st.integers(2, 700 * DAY),
    st.data(),
)  # fmt: skip
def test_every_piece_is_add_span(span: Span, tz: object, begins: int, length: int, data: st.DataObject) -> None:
    assert isinstance(tz, type(JERUSALEM))
    low, high = _LOW + begins, _LOW + begins + length
    found = pieces(span, low, high, tz)
    starts = [start for start, _ in found]
    assert starts == sorted(set(starts))
    assert starts[0] == low
    edges = [moment for start in starts for moment in (start - 1, start, start + 1) if low <= moment < high]
    moment = data.draw(st.sampled_from(edges) | st.integers(low, high - 1))
    by = found[bisect_right(starts, moment) - 1][1]
    assert (by if isinstance(by, To) else moment + by) == add_span(Instant(moment), span, tz)


def test_an_hour_that_the_clock_skips_leads_to_one_instant() -> None:
    """A day after 02:00 to 03:00 on the day before the clock moves forward is the instant of the move."""
    skipped = at("2026-03-26T02:30")
    found = pieces(days(1), skipped, skipped + HOUR // 4, JERUSALEM)
    assert [type(by) for _, by in found] == [To]


def test_a_stretch_without_a_change_is_one_piece() -> None:
    assert pieces(months(1), at("2026-06-02"), at("2026-06-20"), JERUSALEM) == ((at("2026-06-02"), 30 * DAY),)
