"""Random rules: every leaf, and trees of them."""

from datetime import UTC, datetime

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
    lambda name, compared, source, told: TraitIs(name, compared[0], compared[1], source, told),  # type: ignore[arg-type]
    st.sampled_from(["city", "tags", "birth_date"]),
    COMPARISONS,
    st.sampled_from([None, None, "shop"]),
    st.none() | MAYBE,
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


@st.composite
def facts(draw: st.DrawFn) -> Rule:
    name = draw(st.sampled_from([*_FIGURES, *_LABELS, "omnichannel"]))
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


_MOMENTS = st.sampled_from(["last_order", "first_order", "joined", "last_message", "last_open", "last_click"])
_ELAPSED = st.builds(Elapsed, _MOMENTS, at_least=MAYBE, below=MAYBE) | st.builds(
    Elapsed, trait=st.just("birth_date"), at_least=MAYBE, below=MAYBE
)
FACTS: st.SearchStrategy[Rule] = facts() | facts() | facts() | _ELAPSED | st.just(Fresh())

_FIXED = st.sampled_from(
    [None, None, None, datetime(2025, 10, 25, 21, 0, tzinfo=UTC), datetime(2026, 1, 31, 8, 0, tzinfo=UTC)]
)
_WINDOWS = {
    "within": st.none() | SPANS, "older_than": st.sampled_from([None, None, None, Span(1), Span(1, Unit.MONTHS)]),
    "since": _FIXED, "until": _FIXED,
}  # fmt: skip


def _one_or_more(*values: str) -> st.SearchStrategy[str | tuple[str, ...] | None]:
    return st.sampled_from([None, None, None, values[0], tuple(values)])


@st.composite
def boughts(draw: st.DrawFn) -> Bought:
    measure = draw(st.sampled_from(["orders", "orders", "lines", "quantity", "spend", "average"]))
    money = measure in ("spend", "average")
    bound = st.sampled_from([None, *((10_000, 40_000, 5_000.5) if money else (1, 2, 2.5))])
    return Bought(
        measure=measure,  # type: ignore[arg-type]
        at_least=draw(bound),
        at_most=draw(st.sampled_from([None, None, 0]) | bound),
        sku=draw(_one_or_more("A1", "B2")),
        category=draw(_one_or_more("home", "garden")),
        maker=draw(_one_or_more("Nur")),
        price_from=draw(st.sampled_from([None, None, 5_000])),
        price_to=draw(st.sampled_from([None, None, 4_999])),
        total_from=draw(st.sampled_from([None, None, 40_000])),
        total_to=draw(st.sampled_from([None, None, 60_000])),
        sold_via=draw(st.sampled_from([None, None, SoldVia.POS])),
        branch=draw(_one_or_more("Ayalon", "")),
        **{name: draw(window) for name, window in _WINDOWS.items()},  # type: ignore[arg-type]
    )


_WHERE = st.builds(
    lambda name, compared: Where(name, *compared),  # type: ignore[arg-type]
    st.sampled_from(["size", "price", "channel"]),
    COMPARISONS,
)


@st.composite
def dids(draw: st.DrawFn) -> Did:
    measure = draw(st.sampled_from(["times", "times", "sum", "average"]))
    return Did(
        event=draw(st.sampled_from(["viewed", "quiz", "sign_up", "message_opened", "message_clicked"])),
        where=tuple(draw(st.lists(_WHERE, max_size=1))),
        measure=measure,  # type: ignore[arg-type]
        property=None if measure == "times" else "price",
        at_least=draw(st.sampled_from([None, 1, 2, 2.5])),
        at_most=draw(st.sampled_from([None, None, 0, 1, 2.5])),
        machines=draw(st.booleans()),
        **{name: draw(window) for name, window in _WINDOWS.items()},  # type: ignore[arg-type]
    )


HAPPENED: st.SearchStrategy[Rule] = st.one_of(
    boughts(),
    boughts(),
    dids(),
    dids(),
    st.builds(Then, boughts() | dids(), boughts() | dids(), SPANS, st.booleans()),
    st.builds(
        LastMessages,
        st.integers(1, 3),
        st.sampled_from(["all", "any", "none"]),
        st.sampled_from(["opened", "clicked"]),
        st.sampled_from([Channel.EMAIL, Channel.EMAIL, Channel.SMS]),
        st.booleans(),
    ),
)
_PLAYBOOKS = st.sampled_from(["second", "cooled", "joined", "nobody's"])
STANDS: st.SearchStrategy[Rule] = st.builds(InPlaybook, _PLAYBOOKS, st.just("now")) | st.builds(
    InPlaybook, _PLAYBOOKS, st.just("ever"), MAYBE
)
LEAVES: st.SearchStrategy[Rule] = WHO | SCORES | FACTS | HAPPENED | STANDS


def trees(leaves: st.SearchStrategy[Rule]) -> st.SearchStrategy[Rule]:
    """Mostly one leaf: a tree hides what its leaves say."""
    return leaves | st.recursive(
        leaves,
        lambda parts: (
            st.lists(parts, min_size=1, max_size=3).map(lambda rules: All(tuple(rules)))
            | st.lists(parts, min_size=1, max_size=3).map(lambda rules: Any(tuple(rules)))
            | parts.map(Not)
        ),
        max_leaves=4,
    )


RULES: st.SearchStrategy[Rule] = trees(LEAVES)
RULES_OF_ONE: st.SearchStrategy[Rule] = trees(LEAVES | st.just(InSegment("one")))
RULES_OF_SEGMENTS: st.SearchStrategy[Rule] = trees(LEAVES | st.sampled_from(["one", "two"]).map(InSegment))
