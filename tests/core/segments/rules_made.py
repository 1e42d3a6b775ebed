"""Every kind of rule, drawn: what can be written must come back the same."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any as Anything

from hypothesis import strategies as st

from ritorno.core.events import Channel, Purpose, Role, SoldVia
from ritorno.core.instants import Span, Unit
from ritorno.core.scores.cells import GROUPS
from ritorno.core.segments.check_values import FACTS, OPS
from ritorno.core.segments.rule import (
    All,
    Anniversary,
    Any,
    Bought,
    BuysFor,
    CellIs,
    Consented,
    Did,
    Elapsed,
    FactIs,
    Fresh,
    GroupIs,
    Inferred,
    InPlaybook,
    InSegment,
    Interest,
    LastMessages,
    NeedServed,
    Not,
    Reachable,
    Rule,
    ScoreIs,
    ScoreMoved,
    Share,
    Then,
    TraitIs,
    WasIn,
    Where,
)

Made = st.SearchStrategy[Anything]
NAMES: Made = st.one_of(
    st.sampled_from(["city", "birth_date", "where", "and", "never", "ויטמינים", 'ד"ר', "a b", "x.y-z", "3**", "\\"]),
    st.text(min_size=1, max_size=6),
)
SPANS = st.builds(Span, st.integers(1, 999), st.sampled_from(Unit))
NUMBERS = st.one_of(st.integers(-(10**9), 10**12), st.floats(allow_nan=False, allow_infinity=False))
SCALARS: Made = st.one_of(NUMBERS, NAMES, st.booleans(), st.sampled_from(["", "2026-03-01", "yes", "3", "1e5"]))
GROUP_KEYS = st.sampled_from([str(group.key) for group in GROUPS])
CELLS = st.text("123*", min_size=3, max_size=3)
CHANNELS = st.sampled_from(Channel)
AXES = st.sampled_from(["r", "f", "m"])
INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def few(each: Made, least: int = 1) -> Made:
    return st.lists(each, min_size=least, max_size=3).map(tuple)


def maybe(each: Made) -> Made:
    return st.none() | each


def one_or_more(each: Made) -> Made:
    """As text is read: one stands alone."""
    return maybe(few(each).map(lambda told: told[0] if len(told) == 1 else told))


@st.composite
def comparisons(draw: st.DrawFn) -> tuple[str, object]:
    """An operator with a value of the shape that it takes."""
    op = draw(st.sampled_from(OPS))
    match op:
        case "set":
            return op, None
        case "in":
            return op, draw(few(SCALARS))
        case "between":
            return op, (draw(SCALARS), draw(SCALARS))
        case _:
            return op, draw(SCALARS)


def compared(make: Callable[..., object], *fields: Made, **named: Made) -> Made:
    return st.builds(lambda said, *first, **rest: make(*first, *said, **rest), comparisons(), *fields, **named)


ONE_OR_MORE: Made = maybe(NAMES | few(NAMES))
WINDOW: dict[str, Made] = {
    "within": maybe(SPANS), "older_than": maybe(SPANS), "since": maybe(INSTANTS), "until": maybe(INSTANTS),
}  # fmt: skip
BOUNDS: dict[str, Made] = {"at_least": maybe(NUMBERS), "at_most": maybe(NUMBERS)}
ORDER: dict[str, Made] = {
    **dict.fromkeys(("sku", "category", "maker", "branch"), ONE_OR_MORE),
    **dict.fromkeys(("price_from", "price_to", "total_from", "total_to"), maybe(st.integers(-5, 10**9))),
    "sold_via": maybe(st.sampled_from(SoldVia)),
}
MEASURES = st.sampled_from(["orders", "lines", "quantity", "spend", "average"])
WHERE: dict[str, Made] = {"event": NAMES, "where": few(compared(Where, NAMES), 0), "machines": st.booleans()}
BOUGHT: Made = st.builds(Bought, measure=MEASURES, **ORDER, **WINDOW, **BOUNDS)
DID: Made = st.builds(Did, **WHERE, **WINDOW, **BOUNDS) | st.builds(
    Did, **WHERE, **WINDOW, **BOUNDS, measure=st.sampled_from(["sum", "average"]), property=NAMES
)
FIRST: Made = st.builds(Bought, **ORDER, **WINDOW) | st.builds(Did, **WHERE, **WINDOW)
THEN: Made = st.builds(Bought, **ORDER) | st.builds(Did, **WHERE)
LEAVES: st.SearchStrategy[Rule] = st.one_of(
    compared(TraitIs, NAMES, source=maybe(NAMES), told_within=maybe(SPANS)),
    st.builds(Anniversary, NAMES, st.integers(0, 99), st.integers(1, 99)),
    st.builds(Consented, CHANNELS, st.sampled_from(Purpose)),
    st.builds(Reachable, few(CHANNELS)),
    st.builds(Share, NAMES, st.floats(0, 1), st.floats(0, 1)),
    st.builds(CellIs, few(CELLS)),
    st.builds(GroupIs, few(GROUP_KEYS)),
    st.builds(ScoreIs, AXES, few(st.integers(1, 3))),
    st.builds(ScoreMoved, AXES, st.integers(1, 3), maybe(st.integers(0, 3)), maybe(SPANS)),
    st.builds(WasIn, SPANS, few(GROUP_KEYS, 0), few(CELLS)) | st.builds(WasIn, SPANS, few(GROUP_KEYS)),
    compared(FactIs, st.sampled_from(FACTS), sku=maybe(NAMES), category=maybe(NAMES)),
    st.builds(Elapsed, st.sampled_from(["last_order", "joined", "last_click"]), at_least=maybe(SPANS), below=SPANS),
    st.builds(Elapsed, trait=NAMES, at_least=SPANS, below=maybe(SPANS)),
    st.just(Fresh()),
    BOUGHT,
    DID,
    st.builds(Then, FIRST, THEN, SPANS, st.booleans()),
    st.builds(
        LastMessages, st.integers(1, 9), st.sampled_from(["all", "any", "none"]),
        st.sampled_from(["opened", "clicked"]), CHANNELS, st.booleans(),
    ),
    st.builds(Interest, NAMES, st.integers(1, 99), maybe(SPANS)),
    st.builds(Interest, NAMES, state=st.sampled_from(["active", "fading"])),
    st.builds(BuysFor, one_or_more(st.sampled_from([each.value for each in Role])), one_or_more(NAMES)),
    st.builds(Inferred, NAMES, SCALARS, st.floats(0, 1)),
    st.builds(NeedServed, NAMES, maybe(SPANS)),
    st.builds(InSegment, NAMES),
    st.builds(InPlaybook, NAMES) | st.builds(InPlaybook, NAMES, st.just("ever"), maybe(SPANS)),
)  # fmt: skip
RULES: st.SearchStrategy[Rule] = st.recursive(
    LEAVES,
    lambda inner: st.builds(All, few(inner, 0)) | st.builds(Any, few(inner, 0)) | st.builds(Not, inner),
    max_leaves=6,
)
