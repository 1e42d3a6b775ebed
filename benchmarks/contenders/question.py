"""The question put to every contender: these cuts, at this instant, of the orders in one file, into another."""

import sys
from pathlib import Path
from zoneinfo import ZoneInfo

from ritorno.core.instants import Instant, Span, months, window
from ritorno.core.scores.cuts import Scheme

TZ = ZoneInfo("Asia/Jerusalem")
NOW = Instant(1_772_352_000_000_000)  # 2026-03-01 10:00 in Jerusalem
SCHEME = Scheme()


def opens(span: Span) -> int:
    """The first instant of the one interval that is inside `span` at NOW."""
    ((start, _),) = window(NOW, span, TZ)
    return start


R3_FROM, R2_FROM = (opens(span) for span in SCHEME.recency)
WINDOW_FROM = opens(SCHEME.window)
YEAR_FROM = opens(months(12))


def files() -> tuple[Path, Path]:
    """The orders to read and the scores to write, from the command line."""
    _, orders, scores = sys.argv
    return Path(orders), Path(scores)
