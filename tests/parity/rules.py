"""Random rules: every leaf, and trees of them."""

from datetime import UTC, datetime
from typing import Any as Anything

from hypothesis import strategies as st

from ritorno.core.events import Channel, Purpose, SoldVia
from ritorno.core.instants import Span, Unit
from ritorno.core.segments.rule import (
    All,
    Anniversary,
    Any,
    Bought,
    CellIs,
    Consented,
    Did,
    Elapsed,
    FactIs,
    Fresh,
    GroupIs,
    InPlaybook,
    InSegment,
    LastMessages,
    Not,
    Reachable,
    Rule,
    ScoreIs,
    ScoreMoved,
    Share,
    Then,
    TraitIs,
    Value,
    WasIn,
    Where,
)
from tests.parity.expected_made import BOUGHT_FOR, EXPECTED
from tests.parity.interests_made import ASKED

SPANS = st.sampled_from(
    [Span(1), Span(30), Span(90), Span(2, Unit.WEEKS), Span(1, Unit.MONTHS), Span(3, Unit.MONTHS), Span(1, Unit.YEARS),
     Span(36, Unit.HOURS), Span(90, Unit.MINUTES), Span(100, Unit.SECONDS)]
)  # fmt: skip
MAYBE = st.none() | SPANS
CHANNELS = st.sampled_from(Channel)
AXES = st.sampled_from(["r", "f", "m"])
_WORDS = st.sampled_from(["חיפה", "vip", "sale", "", "38", "2026-02-28"])
_NUMBERS: st.SearchStrategy[int | float] = st.sampled_from([0, 1, 2, 2.5, 38, 38.5])
_DATES = st.sampled_from(["2026-02-28", "1992-02-29", "2024-02-29", "1985-06-10"])


def _pair(low: Value, high: Value) -> tuple[str, Value]:
    return "between", (low, high)  # type: ignore[return-value]


COMPARISONS: st.SearchStrategy[tuple[str, Value]] = st.one_of(
    st.tuples(st.sampled_from(["=", "!="]), _WORDS | _NUMBERS | st.booleans()),
    st.tuples(st.sampled_from(["<", "<=", ">", ">="]), _NUMBERS | _DATES),
    st.tuples(st.just("in"), st.lists(_WORDS | _NUMBERS | st.booleans(), min_size=1, max_size=3).map(tuple)),
    st.tuples(st.just("contains"), _WORDS),
    st.builds(_pair, _NUMBERS, _NUMBERS),
    st.builds(_pair, _DATES, _DATES),
    st.just(("set", None)),
)
_TRAIT = st.builds(
    lambda name, compared, source, told: TraitIs(name, compared[0], compared[1], source, told),
    st.sampled_from(["city", "tags", "birth_date"]),
    COMPARISONS,
    st.sampled_from([None, None, "shop"]),
    MAYBE | st.none(),
)
_BIRTHDAY = st.builds(
    Anniversary,
    st.just("birth_date"),
    days_before=st.sampled_from([0, 1, 7, 60, 365]),
    days=st.sampled_from([1, 8, 60]),
)
_SHARE = st.builds(
    Share, st.sampled_from(["a", "בדיקה"]), st.sampled_from([0.0, 0.25, 0.5]), st.sampled_from([0.5, 0.75, 1.0])
)
WHO: st.SearchStrategy[Rule] = st.one_of(
    _TRAIT,
    _BIRTHDAY,
    st.builds(Consented, CHANNELS, st.sampled_from(Purpose)),
    st.lists(CHANNELS, min_size=1, max_size=2, unique=True).map(lambda several: Reachable(tuple(several))),
    _SHARE,
)
_GROUPS = st.sampled_from(
    [("risk",), ("prospects",), ("fading", "big_gone"), ("stars", "regulars", "promising", "new_buyers")]
)
_CELLS = st.sampled_from([("333",), ("1**",), ("**3", "21*"), ("311", "211", "111"), ("*1*",)])
SCORES: st.SearchStrategy[Rule] = st.one_of(
    _CELLS.map(CellIs),
    _GROUPS.map(GroupIs),
    st.builds(ScoreIs, AXES, st.sampled_from([(1,), (2, 3), (3,)])),
    st.builds(ScoreMoved, AXES, st.integers(1, 3), st.sampled_from([None, None, 0, 1, 2, 3]), MAYBE),
    st.builds(WasIn, SPANS, _GROUPS),
    st.builds(WasIn, SPANS, cells=_CELLS),
)
_ORDERINGS = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
_FIGURES: dict[str, list[int | float]] = {
    "orders": [0, 1, 2, 3], "ever": [0, 1, 2, 3], "spend": [0, 40_000, 100_000], "average": [0, 40_000, 35_000],
    "value_year": [0, 40_000, 52_000], "value_ever": [0, 16_000, 52_000],
    "largest": [1, 60_000], "first_total": [40_000, 1], "categories": [0, 1, 2], "places": [0, 1, 2],
    "gap_last": [0, 1, 1.5, 30], "gap_median": [0, 1, 30, 45], "gap_trend": [1, 1.5], "pace": [0.5, 30],
    "late_for_pace": [1, 1.5, 0, 2], "streak": [0, 1, 2, 3], "age": [30, 34, 1, 0],
}  # fmt: skip
_LABELS = {
    "last_sold_via": ["pos", "online"], "last_branch": ["Ayalon", ""], "loyalty": ["strong", "medium", "weak"],
    "buyer": ["loyal", "occasional"], "value_tier": ["A", "B", "C"],
    "stage": ["joined", "not_yet", "dormant", "lapsing", "loyal", "returning", "first_time"],
    "engagement": ["high", "medium", "low", "none", "unknown"],
}  # fmt: skip
_LABELS |= {f"engagement_{channel.value}": _LABELS["engagement"] for channel in Channel}
_OF_PRODUCTS = ("ever", "gap_last", "gap_median", "gap_trend", "pace", "late_for_pace", "streak", "loyalty", "buyer")


_ENGAGEMENT = ("engagement", *(f"engagement_{channel.value}" for channel in Channel), "engagement_email")
_BUYING = tuple(name for name in (*_FIGURES, *_LABELS, "omnichannel") if name != "age" and name not in _ENGAGEMENT)


@st.composite
def facts(draw: st.DrawFn, *names: str) -> Rule:
    name = draw(st.sampled_from(names))
    op: str
    value: Value
    if name == "omnichannel":
        op, value = draw(st.sampled_from(["=", "!="])), draw(st.booleans())
    elif name in _LABELS:
        labels = st.sampled_from(_LABELS[name])
        op, value = draw(
            st.tuples(st.sampled_from(["=", "!="]), labels)
            | st.tuples(st.just("in"), st.lists(labels, min_size=1, max_size=3).map(tuple))
        )
    else:
        figures = st.sampled_from(_FIGURES[name])
        op, value = draw(st.tuples(_ORDERINGS, figures) | st.builds(_pair, figures, figures))
    of = name in _OF_PRODUCTS
    sku = draw(st.sampled_from([None, None, "A1"])) if of else None
    category = draw(st.sampled_from([None, None, "home", "garden"])) if of else None
    return FactIs(name, op, value, sku, category)  # type: ignore[arg-type]


_LIMITS: st.SearchStrategy[dict[str, Span]] = st.one_of(
    SPANS.map(lambda span: {"at_least": span}),
    SPANS.map(lambda span: {"below": span}),
    st.just({"at_least": Span(1), "below": Span(3, Unit.MONTHS)}),
    st.just({}),
)
_PLACES: dict[str, dict[str, str]] = {
    name: {"since": name} for name in ("last_order", "first_order", "joined", "last_message", "last_open", "last_click")
}


def elapsed(*moments: str) -> st.SearchStrategy[Rule]:
    """Since one of the moments; `birth_date` is the date trait."""
    return st.builds(
        lambda moment, limits: Elapsed(**_PLACES.get(moment, {"trait": moment}), **limits),  # type: ignore[arg-type]
        st.sampled_from(moments),
        _LIMITS,
    )


_FIXED = st.sampled_from([datetime(2025, 10, 25, 21, 0, tzinfo=UTC), datetime(2026, 3, 26, 8, 0, tzinfo=UTC)])
_SINGLE = {"within": SPANS, "older_than": SPANS, "since": _FIXED, "until": _FIXED}
_WINDOWS: st.SearchStrategy[dict[str, Anything]] = st.one_of(
    st.just({}),
    SPANS.map(lambda span: {"within": span}),
    *(st.fixed_dictionaries({name: window}) for name, window in _SINGLE.items()),
    st.just({"older_than": Span(1), "within": Span(3, Unit.MONTHS)}),
    st.just({"older_than": Span(1, Unit.MONTHS), "within": Span(1, Unit.YEARS)}),
)
_FILTERS: dict[str, list[Anything]] = {
    "sku": ["A1", ("A1", "B2")], "category": ["home", ("home", "garden"), ""], "maker": ["Nur", ("Nur", "")],
    "price_from": [5_000, 1], "price_to": [4_999, 5_000], "total_from": [40_000], "total_to": [60_000],
    "sold_via": [SoldVia.POS, SoldVia.ONLINE], "branch": ["Ayalon", ("Ayalon", "")],
}  # fmt: skip
_BOUNDS: dict[str, list[float]] = {
    "orders": [1, 2, 3], "lines": [1, 2, 3], "quantity": [1, 2.5, 3, 0.8, 0.7], "spend": [1, 40_000, 100_000, 5_000],
    "average": [1, 40_000, 60_000, 43_333.4], "times": [1, 2, 3], "sum": [1, 3.5, 11], "average of": [1, 1.75, 2.5],
}  # fmt: skip


def _bounds(draw: st.DrawFn, measure: str) -> dict[str, float]:
    """Most ask for something at least; some for at most so much, which nothing satisfies too."""
    limits = st.sampled_from(_BOUNDS[measure])
    kind = draw(st.sampled_from(["usual", "at_least", "at_least", "at_most", "both"]))
    if kind == "both":
        low, high = sorted([draw(limits), draw(limits)])
        return {"at_least": low, "at_most": high}
    return {} if kind == "usual" else {kind: draw(limits | st.just(0)) if kind == "at_most" else draw(limits)}


@st.composite
def boughts(draw: st.DrawFn) -> Bought:
    measure = draw(st.sampled_from(["orders", "orders", "lines", "quantity", "spend", "average"]))
    names = draw(st.lists(st.sampled_from(sorted(_FILTERS)), max_size=2, unique=True))
    filters = {name: draw(st.sampled_from(_FILTERS[name])) for name in names}
    return Bought(measure=measure, **_bounds(draw, measure), **filters, **draw(_WINDOWS))  # type: ignore[arg-type]


_WHERE = st.builds(
    lambda name, compared: Where(name, *compared),
    st.sampled_from(["size", "price", "channel"]),
    COMPARISONS,
)


@st.composite
def dids(draw: st.DrawFn) -> Did:
    event = draw(st.sampled_from(["viewed", "viewed", "quiz", "sign_up", "message_opened", "message_clicked"]))
    measure = draw(st.sampled_from(["times", "times", "sum", "average"])) if event == "viewed" else "times"
    return Did(
        event=event,
        where=tuple(draw(st.lists(_WHERE, max_size=1))),
        measure=measure,  # type: ignore[arg-type]
        property=None if measure == "times" else "price",
        machines=draw(st.booleans()),
        **_bounds(draw, "average of" if measure == "average" else measure),  # type: ignore[arg-type]
        **draw(_WINDOWS),
    )


@st.composite
def thens(draw: st.DrawFn) -> Then:
    def asked() -> Bought | Did:
        return draw(st.just(Bought()) | st.just(Did(event="viewed")) | boughts() | dids())

    return Then(asked(), asked(), draw(SPANS), draw(st.booleans()))


_LAST_MESSAGES = st.builds(
    LastMessages,
    st.integers(1, 3),
    st.sampled_from(["all", "any", "none"]),
    st.sampled_from(["opened", "clicked"]),
    st.sampled_from([Channel.EMAIL, Channel.EMAIL, Channel.EMAIL, Channel.SMS]),
    st.booleans(),
)
_PLAYBOOKS = st.sampled_from(["second", "cooled", "joined", "nobody's"])
STANDS: st.SearchStrategy[Rule] = st.builds(InPlaybook, _PLAYBOOKS, st.just("now")) | st.builds(
    InPlaybook, _PLAYBOOKS, st.just("ever"), MAYBE
)
OF_SORT: dict[str, st.SearchStrategy[Rule]] = {
    "orders": st.one_of(
        SCORES, facts(*_BUYING), facts(*_BUYING), elapsed("last_order", "first_order"), st.just(Fresh()), boughts(),
        boughts(), thens(), STANDS, ASKED, EXPECTED,
    ),
    "messages": st.one_of(
        facts(*_ENGAGEMENT), facts(*_ENGAGEMENT), elapsed("last_open", "last_click", "last_message"), _LAST_MESSAGES,
        _LAST_MESSAGES, dids(), ASKED, ASKED,
    ),
    "events": st.one_of(dids(), dids(), thens(), elapsed("joined"), facts("stage"), ASKED, EXPECTED),
    "person": st.one_of(WHO, WHO, facts("age"), elapsed("birth_date", "joined"), BOUGHT_FOR),
}  # fmt: skip
LEAVES: st.SearchStrategy[Rule] = st.one_of(*OF_SORT.values())
LEAVES_OF_ONE: st.SearchStrategy[Rule] = LEAVES | st.just(InSegment("one"))


def trees(leaves: st.SearchStrategy[Rule]) -> st.SearchStrategy[Rule]:
    """Mostly one leaf: a tree hides what its leaves say."""
    return leaves | st.recursive(
        leaves | st.sampled_from(["one", "two"]).map(InSegment),
        lambda parts: (
            st.lists(parts, min_size=1, max_size=3).map(lambda rules: All(tuple(rules)))
            | st.lists(parts, min_size=1, max_size=3).map(lambda rules: Any(tuple(rules)))
            | parts.map(Not)
        ),
        max_leaves=4,
    )


RULES: dict[str, st.SearchStrategy[Rule]] = {sort: trees(leaves) for sort, leaves in OF_SORT.items()}
