"""What is wrong with a comparison: its operator, its value, and whether they fit what is compared."""

import math
from collections.abc import Iterator
from datetime import date
from typing import get_args

from ritorno.core.events import SoldVia
from ritorno.core.near import meant
from ritorno.core.segments.rule import Compare, FactIs, FactName, Scalar, Value

OPS: tuple[str, ...] = get_args(Compare)
FACTS: tuple[str, ...] = get_args(FactName)
YES_NO = ("omnichannel",)
_ENGAGED = ("high", "medium", "low", "none", "unknown")
CHOICES: dict[str, tuple[str, ...]] = {
    "last_sold_via": tuple(via.value for via in SoldVia),
    "loyalty": ("strong", "medium", "weak"),
    "buyer": ("loyal", "occasional"),
    "stage": ("joined", "not_yet", "first_time", "returning", "loyal", "lapsing", "dormant"),
    "value_tier": ("A", "B", "C"),
    "engagement": _ENGAGED,
    "engagement_sms": _ENGAGED,
    "engagement_email": _ENGAGED,
    "engagement_whatsapp": _ENGAGED,
}
TEXT = ("last_branch", *CHOICES)
OF_PRODUCT = frozenset(
    {"ever", "gap_last", "gap_median", "gap_trend", "pace", "late_for_pace", "streak", "loyalty", "buyer"}
)
_ORDERING = ("<", "<=", ">", ">=", "between")
_PATTERNS = frozenset({"matches", "match", "regex", "regexp", "like", "ilike", "~", "=~", "~*"})
_FITS: dict[str, tuple[str, ...]] = {
    "number": ("=", "!=", "in", *_ORDERING, "set"),
    "date": ("=", "!=", "in", *_ORDERING, "set"),
    "text": ("=", "!=", "in", "contains", "set"),
    "choice": ("=", "!=", "in", "contains", "set"),
    "yes_no": ("=", "!=", "set"),
    "list": ("=", "!=", "in", "contains", "set"),
}
_BY = {
    "number": "compare it with one", "date": "compare it with one, as 2026-03-01",
    "text": "compare it by = or != (or in, contains, set)", "choice": "compare it by = or != (or in, contains, set)",
    "yes_no": "compare it by = or !=", "list": "compare it by =, !=, in, contains or set",
}  # fmt: skip
_CALLED = {
    "number": "a number", "date": "a date", "text": "text", "choice": "a choice", "yes_no": "true or false",
    "list": "a list",
}  # fmt: skip
_MOST_VALUES = 10_000
LARGEST = 10**15


def op_problem(op: str) -> str:
    """What is wrong with the operator itself; empty when there is one of that name."""
    if op in OPS:
        return ""
    if op.lower() in _PATTERNS:
        return f"rules read no regular expressions, so there is no {op!r}; write contains, or in with the values"
    return f"there is no comparison {op!r}{meant(op, OPS)}"


def comparison_problem(op: str, value: Value, name: str, kind: str | None) -> str:
    """What is wrong with comparing the thing called `name` by `op` with `value`; `kind` None: of any kind."""
    problem = op_problem(op) or _shape_problem(op, value)
    if problem:
        return problem
    scalars = value if isinstance(value, tuple) else () if value is None else (value,)
    if kind is None:
        if op in _ORDERING and not (all(map(_is_number, scalars)) or all(map(is_date, scalars))):
            return f"only numbers can be compared by size, and dates as 2026-03-01; {op} {_shown(value)} cannot"
        if op == "contains" and not isinstance(value, str):
            return f"contains looks for text, not for {_shown(value)}; compare by ="
    elif op not in _FITS[kind] or not all(_fits(one, kind) for one in scalars):
        return f"{name} is {_CALLED[kind]}; {_BY[kind]}"
    if op == "between" and isinstance(value, tuple) and value[0] > value[1]:  # type: ignore[operator]
        return f"between {value[0]} and {value[1]} is nothing; the lower one comes first"
    return ""


def _shape_problem(op: str, value: Value) -> str:
    if op == "set":
        return "" if value is None else f"set asks whether there is a value; leave {_shown(value)} out"
    if value is None:
        return f"{op} what? Give a value (or ask by set whether there is one)"
    if op == "between":
        pair = isinstance(value, tuple) and len(value) == 2
        return "" if pair else f"between takes two values, the lower and the higher, not {_shown(value)}"
    if op == "in":
        if not isinstance(value, tuple) or not value:
            return f"in takes a list of one value or more, not {_shown(value)}"
        return f"in takes at most {_MOST_VALUES} values" if len(value) > _MOST_VALUES else ""
    if isinstance(value, tuple):
        return f"{op} takes one value, not a list; for several write in"
    return "contains nothing is true of every text; give some letters" if op == "contains" and value == "" else ""


def _fits(value: Scalar, kind: str) -> bool:
    match kind:
        case "number":
            return _is_number(value)
        case "yes_no":
            return isinstance(value, bool)
        case "date":
            return is_date(value)
        case "list":
            return True
        case _:
            return isinstance(value, str)


def _is_number(value: Scalar) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and is_countable(value)


def is_countable(value: float) -> bool:
    """Is it a number that every reading of a rule holds?"""
    return math.isfinite(value) and abs(value) <= LARGEST


def is_date(value: object) -> bool:
    """Is it a day, written 2026-03-01?"""
    if not isinstance(value, str) or len(value) != 10:
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _shown(value: Value) -> str:
    text = repr(list(value) if isinstance(value, tuple) else value)
    return text if len(text) <= 40 else f"{text[:39]}…"


def fact_problems(leaf: FactIs) -> Iterator[str]:
    """A fact that there is not, a comparison that does not fit it, a product where none can be asked."""
    fact = leaf.fact
    if fact not in FACTS:
        yield f"there is no fact {fact!r}{meant(fact, FACTS)}"
        return
    kind = "yes_no" if fact in YES_NO else "text" if fact in TEXT else "number"
    if problem := comparison_problem(leaf.op, leaf.value, fact, kind):
        yield problem
        return
    if fact in CHOICES and leaf.op in ("=", "!=", "in"):
        for value in leaf.value if isinstance(leaf.value, tuple) else (leaf.value,):
            if value not in CHOICES[fact]:
                yield f"{fact} is never {value!r}{meant(str(value), CHOICES[fact])}"
    if (leaf.sku is not None or leaf.category is not None) and fact not in OF_PRODUCT:
        yield f"{fact} is not counted by product; only {', '.join(sorted(OF_PRODUCT))} are"
    if "" in (leaf.sku, leaf.category):
        yield "sku or category is empty; leave it out"
