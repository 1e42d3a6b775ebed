"""A leaf of a rule in words, Hebrew and English."""

from collections.abc import Mapping

from ritorno.core.instants import Span
from ritorno.core.money import format_amount
from ritorno.core.segments.rule import (
    Bought,
    CellIs,
    Consented,
    FactIs,
    GroupIs,
    Reachable,
    Rule,
    ScoreIs,
    TraitIs,
)  # fmt: skip

CATALOGUES: dict[str, dict[str, str]] = {
    "he": {
        "not": "לא: {said}",
        "cell": "תא {cells}",
        "group": "קבוצה: {groups}",
        "score": "{axis} הוא {values}",
        "consent": "הסכמה ל-{channel}",
        "reachable": "זמינות ב-{channels}",
        "bought": "{at_least} קניות לפחות{where}{within}",
        "within": " בתוך {span}",
        "fact": "{fact} {op} {value}",
        "nothing": "כלל בלי תנאים",
        "or": " או ",
        "orders": "הזמנות",
        "spend": "סכום הקניות",
        "average": "קנייה ממוצעת",
        "ever": "הזמנות מאז ומעולם",
        "omnichannel": "קונים גם בחנות וגם באתר",
        "last_sold_via": "מקום הקנייה האחרונה",
        "last_branch": "סניף הקנייה האחרונה",
    },
    "en": {
        "not": "not: {said}",
        "cell": "cell {cells}",
        "group": "group: {groups}",
        "score": "{axis} is {values}",
        "consent": "consent to {channel}",
        "reachable": "reachable by {channels}",
        "bought": "bought at least {at_least} times{where}{within}",
        "within": " within {span}",
        "fact": "{fact} {op} {value}",
        "nothing": "a rule without conditions",
        "or": " or ",
        "orders": "orders",
        "spend": "spend",
        "average": "average order",
        "ever": "orders ever",
        "omnichannel": "buys in shops and online",
        "last_sold_via": "place of the last purchase",
        "last_branch": "branch of the last purchase",
    },
}
_MONEY = ("spend", "average")


def say_leaf(leaf: Rule, language: str, groups: Mapping[str, str], currency: str, *, wanted: bool = True) -> str:
    """What the leaf asks; `groups` are the names of the groups by key."""
    said = _said(leaf, language, groups, currency)
    return said if wanted else CATALOGUES[language]["not"].format(said=said)


def _said(leaf: Rule, language: str, groups: Mapping[str, str], currency: str) -> str:
    words = CATALOGUES[language]
    either = words["or"].join
    match leaf:
        case CellIs(cells):
            return words["cell"].format(cells=either(cells))
        case GroupIs(keys):
            return words["group"].format(groups=either(groups.get(key, key) for key in keys))
        case ScoreIs(axis, values):
            return words["score"].format(axis=axis.upper(), values=either(map(str, values)))
        case Consented(channel):
            return words["consent"].format(channel=channel.value)
        case Reachable(channels):
            return words["reachable"].format(channels=either(channel.value for channel in channels))
        case Bought(at_least=at_least, within=span):
            return words["bought"].format(at_least=at_least or 1, where=_where(leaf), within=_within(words, span))
        case FactIs(fact, op, value):
            amount = format_amount(value, currency, language) if fact in _MONEY and type(value) is int else value
            return words["fact"].format(fact=words[fact], op=op, value=amount)
        case TraitIs(trait, op, value):
            return words["fact"].format(fact=trait, op=op, value=value)
        case _:
            return words["nothing"]


def _where(leaf: Bought) -> str:
    parts = (leaf.sku, leaf.category, leaf.sold_via and leaf.sold_via.value, leaf.branch)
    return "".join(f", {part}" for part in parts if part)


def _within(words: Mapping[str, str], span: Span | None) -> str:
    return "" if span is None else words["within"].format(span=span)
