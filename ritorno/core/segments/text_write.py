"""A rule written as text (docs/reference/rules.md, "As text"); `text_read.py` reads the same."""

from collections.abc import Iterator
from typing import assert_never

from ritorno.core.events import Purpose
from ritorno.core.instants import Span, Unit
from ritorno.core.segments.check_values import CHOICES
from ritorno.core.segments.rule import (
    All,
    Anniversary,
    Any,
    Bought,
    BuysFor,
    CellIs,
    Compare,
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
    OneOrMore,
    Reachable,
    Rule,
    Scalar,
    ScoreIs,
    ScoreMoved,
    Share,
    Then,
    Timed,
    TraitIs,
    Value,
    WasIn,
)  # fmt: skip
from ritorno.core.segments.text_tokens import KEYWORDS, named, quoted

_UNITS = {
    Unit.SECONDS: "s", Unit.MINUTES: "min", Unit.HOURS: "h", Unit.DAYS: "d", Unit.WEEKS: "w", Unit.MONTHS: "mo",
    Unit.YEARS: "y",
}  # fmt: skip


def to_text(rule: Rule) -> str:
    """One line that `from_text` reads back the same."""
    return " ".join(_words(rule))


def _joint(word: str, rules: tuple[Rule, ...], empty: str, single: str) -> str:
    if not rules:
        return empty
    return f" {word} ".join(map(_inside, rules)) if len(rules) > 1 else f"{single}({to_text(rules[0])})"


def _inside(rule: Rule) -> str:
    is_joint = isinstance(rule, All | Any) and len(rule.rules) > 1
    return f"({to_text(rule)})" if is_joint else to_text(rule)


def _words(leaf: Rule) -> Iterator[str]:  # noqa: C901 - one case a leaf
    match leaf:
        case All(rules):
            yield _joint("and", rules, "everyone", "all")
        case Any(rules):
            yield _joint("or", rules, "nobody", "any")
        case Not(inner):
            yield f"not {_inside(inner)}"
        case TraitIs(trait, op, value, source, told_within):
            yield f"trait {named(trait)} {_comparison(op, value)}"
            yield from _clause("told by", source and named(source))
            yield from _clause("told within", _span(told_within))
        case Anniversary(trait, before, lasts):
            yield f"anniversary of {named(trait)}"
            yield from _clause("", before and f"{before} days before")
            yield from _clause("", lasts != 1 and f"for {lasts} days")
        case Consented(channel, purpose):
            yield f"consent to {channel.value}"
            yield from _clause("for", purpose is not Purpose.MARKETING and purpose.value)
        case Reachable(channels):
            yield f"reachable by {', '.join(channel.value for channel in channels)}"
        case Share(name, start, end):
            yield f"share {quoted(name)} {_short(start)} to {_short(end)}"
        case CellIs(cells):
            yield f"cell {', '.join(cells)}"
        case GroupIs(groups):
            yield f"group {', '.join(map(named, groups))}"
        case ScoreIs(axis, values):
            yield f"{axis} = {values[0]}" if len(values) == 1 else f"{axis} in ({', '.join(map(str, values))})"
        case ScoreMoved(axis, to, before, within):
            yield f"{axis} moved to {to}" if before is None else f"{axis} moved {before} to {to}"
            yield from _clause("within", _span(within))
        case WasIn(within, groups, cells):
            both = [f"group {', '.join(map(named, groups))}"] if groups else []
            both += [f"cell {', '.join(cells)}"] if cells else []
            yield f"was in {' or '.join(both)} within {_span(within)}"
        case FactIs(fact, op, value, sku, category):
            yield fact
            yield from _clause("of sku", sku and quoted(sku))
            yield from _clause("of category", category and quoted(category))
            yield _comparison(op, value, plain=CHOICES.get(fact, ()))
        case Elapsed(since, trait, at_least, below):
            yield f"elapsed since {since}" if since is not None else f"elapsed since trait {named(trait or '')}"
            yield from _clause("at least", _span(at_least))
            yield from _clause("below", _span(below))
        case Fresh():
            yield "fresh"
        case Bought() | Did():
            yield from _happened(leaf)
        case Then(first, then, within, never):
            yield from _happened(first)
            yield "then never" if never else "then"
            yield from _happened(then)
            yield f"within {_span(within)}"
        case LastMessages(count, how, did, channel, strict):
            yield f"last {count} {channel.value} messages {how} {did}"
            yield from _clause("", not strict and "with machines")
        case Interest(interest, at_least, within, state):
            yield f"interest {named(interest)}"
            yield from _clause("at least", at_least if at_least != 1 else "")
            yield from _clause("within", _span(within))
            yield from _clause("", state)
        case BuysFor(role, beneficiary):
            yield "buys for others"
            yield from _clause("as", _listed(role))
            yield from _clause("named", _listed(beneficiary))
        case Inferred(trait, value, confidence):
            yield f"inferred {named(trait)}"
            yield from _clause("=", value is not True and _value(value))
            yield from _clause("confidence", confidence != 0.5 and _short(confidence))
        case NeedServed(need, within):
            yield f"need {named(need)}"
            yield from _clause("within", _span(within))
        case InSegment(segment):
            yield f"segment {named(segment)}"
        case InPlaybook(playbook, when, within):
            yield f"playbook {named(playbook)}"
            yield from _clause("", when == "ever" and "ever")
            yield from _clause("within", _span(within))
        case _:
            assert_never(leaf)


def _clause(words: str, value: str | bool | int | None) -> Iterator[str]:
    if value:
        yield f"{words} {value}".strip()


def _listed(names: OneOrMore) -> str:
    several = (names,) if isinstance(names, str) else names or ()
    return ", ".join(map(named, several))


def _short(share: float) -> str:
    return str(int(share)) if share == int(share) else repr(share)


def _span(span: Span | None) -> str:
    return "" if span is None else f"{span.count}{_UNITS[span.unit]}"


def _comparison(op: Compare, value: Value, plain: tuple[str, ...] = ()) -> str:
    if value is None:
        return "is set" if op == "set" else op
    if isinstance(value, tuple):
        told = [_value(each, plain) for each in value]
        return f"between {' and '.join(told)}" if op == "between" else f"{op} ({', '.join(told)})"
    return f"{op} {_value(value, plain)}"


def _value(value: Scalar, plain: tuple[str, ...] = ()) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value if value in plain and value.lower() not in KEYWORDS else quoted(value)
    return repr(value)


def _happened(leaf: Bought | Did) -> Iterator[str]:
    if isinstance(leaf, Bought):
        yield "bought"
        for name in ("sku", "category", "maker"):
            yield from _clause(name, _one_or_more(getattr(leaf, name)))
        yield from _range("price", leaf.price_from, leaf.price_to)
        yield from _range("total", leaf.total_from, leaf.total_to)
        yield from _clause("sold_via", leaf.sold_via and leaf.sold_via.value)
        yield from _clause("branch", _one_or_more(leaf.branch))
        yield from _clause("", leaf.measure != "orders" and leaf.measure)
    else:
        yield f"did {named(leaf.event)}"
        measured = "" if leaf.measure == "times" else f"{leaf.measure}_of {named(leaf.property or '')}"
        yield from _clause("", measured)
    yield from _clause("at least", None if leaf.at_least is None else repr(leaf.at_least))
    yield from _clause("at most", None if leaf.at_most is None else repr(leaf.at_most))
    yield from _window(leaf)
    if isinstance(leaf, Did):
        yield from _clause("", leaf.machines and "with machines")
        where = ", ".join(f"{named(one.property)} {_comparison(one.op, one.value)}" for one in leaf.where)
        yield from _clause("where", where)


def _window(leaf: Timed) -> Iterator[str]:
    yield from _clause("within", _span(leaf.within))
    yield from _clause("older than", _span(leaf.older_than))
    yield from _clause("since", None if leaf.since is None else leaf.since.isoformat())
    yield from _clause("until", None if leaf.until is None else leaf.until.isoformat())


def _range(name: str, low: int | None, high: int | None) -> Iterator[str]:
    ends = [f"from {low}"] if low is not None else []
    ends += [f"to {high}"] if high is not None else []
    yield from _clause(name, " ".join(ends))


def _one_or_more(names: OneOrMore) -> str:
    if names is None:
        return ""
    return quoted(names) if isinstance(names, str) else f"({', '.join(map(quoted, names))})"
