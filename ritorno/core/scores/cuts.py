"""The stored cut points and the scores that follow from them; nothing here ranks one customer against another.

    R  3 while the last counted order is younger than the first span, 2 while younger than the second, then 1
    F  1, +1 from the first number of orders on, +1 from the second on      (counted orders inside the window)
    M  1, +1 from the first sum of money on, +1 from the second on          (net of refunds, inside the window)

An order *counts* when it is not cancelled and its net is above 0 (SCO-03). A customer whose orders have all left the
window is F1 M1, so that a buyer is always in one cell. Ages are half-open (SCO-07): the cut itself belongs to the
older score.

R's spans may differ by category (SCO-06): a customer goes by those of the *dominant* one, that of the most orders
inside the window (ties: bought last, then by name); without one, or where it has no spans of its own, by the shop's.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from ritorno.core.instants import Instant, Span, Unit, add_span, days, from_wall, months, start_of_day, within

Score = Literal[1, 2, 3]
Occasion = Literal["order", "day_and_branch"]
Origin = Literal["set", "fitted", "preset"]


class Scheme(msgspec.Struct, frozen=True):
    """One stored version of the cut points. Money in minor units of the brand's currency, VAT included."""

    version: int = 1
    recency: tuple[Span, Span] = (days(30), days(90))
    orders: tuple[int, int] = (2, 3)
    spend: tuple[int, int] = (40_000, 120_000)
    window: Span = months(24)
    occasion: Occasion = "order"  # or all orders of one customer, wall-clock day and branch counted once
    origin: Origin = "set"
    note: str = ""  # for people: who set it and why, or the figures it was fitted from
    by_category: dict[str, tuple[Span, Span]] = {}  # R's spans of customers who mostly buy that

    def recency_of(self, category: str | None) -> tuple[Span, Span]:
        """The spans of a customer whose dominant category this is."""
        return self.recency if category is None else self.by_category.get(category, self.recency)


class SchemeError(ValueError):
    """Cut points that cannot be saved; `problems` names each one, its value and the way out."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def recency_score(last_at: Instant, now: Instant, scheme: Scheme, tz: ZoneInfo, category: str | None = None) -> Score:
    """R of a customer whose last counted order, of any age, was at `last_at` (at or before `now`)."""
    newer, older = scheme.recency_of(category)
    if within(last_at, newer, now, tz):
        return 3
    return 2 if within(last_at, older, now, tz) else 1


def recency_moves_at(
    last_at: Instant, scheme: Scheme, tz: ZoneInfo, category: str | None = None
) -> tuple[Instant, Instant]:
    """The instants at which R turns 2 and 1, if no order comes."""
    newer, older = scheme.recency_of(category)
    return add_span(last_at, newer, tz), add_span(last_at, older, tz)


def orders_score(count: int, scheme: Scheme) -> Score:
    """F of `count` purchase occasions inside the window."""
    return _step(count, scheme.orders)


def spend_score(minor: int, scheme: Scheme) -> Score:
    """M of `minor` units of net spend inside the window."""
    return _step(minor, scheme.spend)


def _step(value: int, cuts: tuple[int, int]) -> Score:
    if value >= cuts[1]:
        return 3
    return 2 if value >= cuts[0] else 1


def occasion_key(occurred_at: Instant, branch: str | None, tz: ZoneInfo) -> tuple[Instant, str]:
    """What makes two orders of one customer one occasion, when the scheme says `day_and_branch` (SCO-03)."""
    return start_of_day(occurred_at, tz), branch or ""


def check(scheme: Scheme, tz: ZoneInfo) -> None:
    """Raise SchemeError when these cut points cannot be saved."""
    problems = validate(scheme, tz)
    if problems:
        raise SchemeError(problems)


def validate(scheme: Scheme, tz: ZoneInfo) -> list[str]:
    """Every reason why these cut points cannot be saved, as sentences; none when they can."""
    problems = [
        *_number_problems("orders", scheme.orders, least=2, unit="orders"),
        *_number_problems("spend", scheme.spend, least=1, unit="minor units"),
    ]
    if "" in scheme.by_category:
        problems.append("cuts of a category without its name; write for example capsules=20,45")
    if not span_is_sane(scheme.window):
        problems.append(f"window is {scheme.window}: {SPAN_RULE}")
    for name, recency in {"": scheme.recency, **scheme.by_category}.items():
        of = f" of {name!r}" if name else ""
        spans = {f"recency R3{of}": recency[0], f"recency R1{of}": recency[1]}
        wrong = [f"{what} is {span}: {SPAN_RULE}" for what, span in spans.items() if not span_is_sane(span)]
        problems += wrong or _recency_problems(recency, of, tz)
        if not wrong and span_is_sane(scheme.window):
            problems += _window_problems(recency[1], of, scheme.window, tz)
    return problems


def _number_problems(name: str, cuts: tuple[int, int], *, least: int, unit: str) -> Iterator[str]:
    if cuts[0] < least:
        yield f"{name} {cuts[0]}, {cuts[1]}: the first cut must be at least {least} {unit}"
    if cuts[1] <= cuts[0]:
        yield f"{name} {cuts[0]}, {cuts[1]}: the second cut must be above the first"


SPAN_RULE = "it must be at least 1 and at most 100 years"
_LONGEST = {Unit.DAYS: 36_525, Unit.WEEKS: 5_217, Unit.MONTHS: 1_200, Unit.YEARS: 100}
_LONGEST |= {Unit.HOURS: 36_525 * 24, Unit.MINUTES: 36_525 * 1_440, Unit.SECONDS: 36_525 * 86_400}


def span_is_sane(span: Span) -> bool:
    return 1 <= span.count <= _LONGEST[span.unit]


def _recency_problems(recency: tuple[Span, Span], of: str, tz: ZoneInfo) -> Iterator[str]:
    newer, older = recency
    if not _always(newer, older, tz, strictly=True):
        yield f"recency{of} {newer}, {older}: the second cut must be longer than the first"


def _window_problems(cut: Span, of: str, window: Span, tz: ZoneInfo) -> Iterator[str]:
    """SCO-15: 133 must be able to exist."""
    twice = Span(2 * cut.count, cut.unit)
    if not _always(twice, window, tz, strictly=False):
        idle = cut if _always(window, cut, tz, strictly=False) else window
        yield (
            f"window {window} is shorter than twice the R1 cut{of} of {cut}: a customer idle {idle} would always "
            f"have F=0; make the window at least {twice} or the R1 cut shorter"
        )


def _always(shorter: Span, longer: Span, tz: ZoneInfo, *, strictly: bool) -> bool:
    """Is one span shorter than (or as long as) the other, from the noon of every month's end of four years on?"""
    for month in range(48):
        start = from_wall(datetime(2024 + month // 12, month % 12 + 1, 28, 12), tz)  # noqa: DTZ001 - wall clock
        near, far = add_span(start, shorter, tz), add_span(start, longer, tz)
        if near > far or (strictly and near == far):
            return False
    return True
