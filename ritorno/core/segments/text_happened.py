"""What happened, read from text: `bought`, `did`, and what followed; part of `text.py`."""

from typing import Any

from ritorno.core.events import SoldVia
from ritorno.core.segments.rule import Bought, Did, Rule, Then, Where
from ritorno.core.segments.text_tokens import Cursor
from ritorno.core.segments.text_values import comparison, moment, names

_VIAS = tuple(via.value for via in SoldVia)
_MEASURES = ("orders", "lines", "quantity", "spend", "average")
_WORDS = (
    "sku", "category", "maker", "branch", "sold_via", "price", "total", *_MEASURES, "at", "within", "older", "since",
    "until", "then", "and", "or",
)  # fmt: skip
_DID_WORDS = ("sum_of", "average_of", "times", "where", "with", "at", "within", "older", "since", "until", "then")


def happened(at: Cursor) -> Rule:
    """`bought …` or `did …`, and `then [never] …` if it follows."""
    first = _one(at, windowed=True)
    if not at.take("then"):
        return first
    never = at.take("never")
    if not at.sees("bought") and not at.sees("did"):
        raise at.refusal("bought or did", ("bought", "did", "never"))
    then = _one(at, windowed=False)
    at.need("within")
    return Then(first, then, at.span(), never)


def _one(at: Cursor, *, windowed: bool) -> Bought | Did:
    told: dict[str, Any] = {}
    if at.take("bought"):
        while _bought_clause(at, told) or (_bounds(at, told) or (windowed and _window(at, told))):
            pass
        return Bought(**told)
    at.need("did")
    told["event"] = at.name("the name of an event")
    while _did_clause(at, told) or (_bounds(at, told) or (windowed and _window(at, told))):
        pass
    return Did(**told)


def _bought_clause(at: Cursor, told: dict[str, Any]) -> bool:
    for name in ("sku", "category", "maker", "branch"):
        if at.take(name):
            told[name] = names(at, f"a {name}")
            return True
    for name in ("price", "total"):
        if at.take(name):
            if not at.sees("from") and not at.sees("to"):
                raise at.refusal("from or to", ("from", "to"))
            for end in ("from", "to"):
                if at.take(end):
                    told[f"{name}_{end}"] = at.whole("an amount in minor units")
            return True
    if at.take("sold_via"):
        told["sold_via"] = SoldVia(at.one_of(f"one of {', '.join(_VIAS)}", _VIAS))
        return True
    for measure in _MEASURES:
        if at.take(measure):
            told["measure"] = measure
            return True
    return False


def _did_clause(at: Cursor, told: dict[str, Any]) -> bool:
    for measure in ("sum", "average"):
        if at.take(f"{measure}_of"):
            told["measure"], told["property"] = measure, at.name("a property")
            return True
    if at.take("with", "machines"):
        told["machines"] = True
        return True
    if at.take("where"):
        told["where"] = (*told.get("where", ()), *at.several(lambda: _where(at)))
        return True
    return at.take("times")


def _where(at: Cursor) -> Where:
    name = at.name("a property")
    op, value = comparison(at)
    return Where(name, op, value)


def _bounds(at: Cursor, told: dict[str, Any]) -> bool:
    for bound in ("least", "most"):
        if at.take("at", bound):
            told[f"at_{bound}"] = at.number()
            return True
    return False


def _window(at: Cursor, told: dict[str, Any]) -> bool:
    if at.take("within"):
        told["within"] = at.span()
    elif at.take("older", "than"):
        told["older_than"] = at.span()
    elif at.take("since"):
        told["since"] = moment(at)
    elif at.take("until"):
        told["until"] = moment(at)
    else:
        return False
    return True


def next_words(rule: Rule) -> tuple[str, ...]:
    """What may follow such a leaf, for hints."""
    return _WORDS if isinstance(rule, Bought) else _DID_WORDS if isinstance(rule, Did) else ()
