"""Traits, facts, purchases and events in words; part of `rules.py`."""

from typing import assert_never

from ritorno.core.instants import Span
from ritorno.core.segments.check_values import CHOICES
from ritorno.core.segments.rule import (
    Bought,
    BuysFor,
    Did,
    Elapsed,
    FactIs,
    Inferred,
    LastMessages,
    NeedServed,
    Scalar,
    TraitIs,
)
from ritorno.core.words.rules_speech import Speech, Values

_MONEY = ("spend", "average", "largest", "first_total", "value_year", "value_ever")


def within_of(span: Span | None, speech: Speech) -> str:
    """With its blank before it; empty without a span."""
    return "" if span is None else f" {speech.last(span)}"


def trait_is(leaf: TraitIs, speech: Speech) -> str:
    choices = speech.choices.get(leaf.trait, {})

    def named(value: Scalar) -> str:
        return speech.value(choices.get(value, value) if isinstance(value, str) else value)

    said = speech.comparison(speech.trait(leaf.trait), leaf.op, leaf.value, named)
    if leaf.source is not None:
        said += speech.say("told_by", source=speech.name(leaf.source, {}))
    return said + (speech.say("told_within", last=speech.last(leaf.told_within)) if leaf.told_within else "")


def fact(leaf: FactIs, speech: Speech) -> str:
    said = speech.say(leaf.fact)
    filters = _filters({"sku": leaf.sku, "category": leaf.category}, speech)
    subject = speech.say("fact_of", fact=said, filters=", ".join(filters)) if filters else said
    return speech.comparison(subject, leaf.op, leaf.value, _values_of(leaf.fact, speech))


def _values_of(fact: str, speech: Speech) -> Values:
    def said(value: Scalar) -> str:
        if fact in _MONEY and not isinstance(value, bool | str):
            return speech.money(value)
        if fact == "last_sold_via" and value in CHOICES[fact]:
            return speech.place(str(value))
        key = f"{fact.partition('_')[0] if fact.startswith('engagement') else fact}_{value}"
        return speech.say(key) if fact in CHOICES and speech.knows(key) else speech.value(value)

    return said


def elapsed(leaf: Elapsed, speech: Speech) -> str:
    moment = speech.say(f"moment_{leaf.since}") if leaf.since is not None else speech.trait(leaf.trait or "")
    low = None if leaf.at_least is None else speech.span(leaf.at_least)
    if leaf.below is None:
        bounds = speech.amount(low, None)
    else:
        high = speech.span(leaf.below)
        bounds = speech.say("below", high=high) if low is None else speech.say("at_least_below", low=low, high=high)
    return speech.say("elapsed", moment=moment, bounds=bounds)


def happened(leaf: Bought | Did, speech: Speech) -> str:
    """What is counted, where and when, without how much of it."""
    return _subject(leaf, speech) + _told_filters(leaf, speech) + _window(leaf, speech)


def measured(leaf: Bought | Did, speech: Speech) -> str:
    """The same with how much: at least one, when nothing is said."""
    is_money = leaf.measure in ("spend", "average") and isinstance(leaf, Bought)
    said = speech.money if is_money else speech.value
    low, high = (None if bound is None else said(bound) for bound in (leaf.at_least, leaf.at_most))
    nothing = leaf.at_most == 0 and not leaf.at_least
    return speech.say(
        "measured", subject=_subject(leaf, speech), filters=_told_filters(leaf, speech), window=_window(leaf, speech),
        amount=speech.amount(low, high, nothing=nothing),
    )  # fmt: skip


def _subject(leaf: Bought | Did, speech: Speech) -> str:
    if isinstance(leaf, Bought):
        return speech.say("bought" if leaf.measure == "orders" else f"bought_{leaf.measure}")
    event = speech.event(leaf.event)
    if leaf.measure == "times":
        return speech.say("did_times", event=event)
    return speech.say(f"did_{leaf.measure}", event=event, property=speech.name(leaf.property or "", {}))


def _told_filters(leaf: Bought | Did, speech: Speech) -> str:
    if isinstance(leaf, Bought):
        filters = _bought_filters(leaf, speech)
        machines = ""
    else:
        filters = [
            speech.comparison(speech.name(one.property, {}), one.op, one.value, speech.value) for one in leaf.where
        ]
        machines = speech.say("machines") if leaf.machines else ""
    return (f" ({', '.join(filters)})" if filters else "") + machines


def _bought_filters(leaf: Bought, speech: Speech) -> list[str]:
    told = {
        "sku": leaf.sku, "category": leaf.category, "maker": leaf.maker, "branch": leaf.branch,
    }  # fmt: skip
    filters = _filters(told, speech)
    for name, low, high in (
        ("price", leaf.price_from, leaf.price_to), ("total", leaf.total_from, leaf.total_to),
    ):  # fmt: skip
        if low is not None or high is not None:
            ends = (None if end is None else speech.money(end) for end in (low, high))
            filters.append(speech.say(name, value=speech.amount(*ends)))
    if leaf.sold_via is not None:
        filters.append(speech.say("sold_via", value=speech.place(leaf.sold_via)))
    return filters


def _filters(told: dict[str, str | tuple[str, ...] | None], speech: Speech) -> list[str]:
    return [speech.say(name, value=speech.one_or_more(value)) for name, value in told.items() if value]


def _window(leaf: Bought | Did, speech: Speech) -> str:
    return speech.window(leaf.within, leaf.older_than, leaf.since, leaf.until)


def last_messages(leaf: LastMessages, speech: Speech) -> str:
    if leaf.count == 1:
        what = speech.say(f"one_not_{leaf.did}" if leaf.how == "none" else f"one_{leaf.did}")
        said = speech.say("messages_1", channel=leaf.channel.value, what=what)
    else:
        what = speech.say(f"{leaf.how}_{leaf.did}")
        said = speech.say("messages", count=f"{leaf.count:,}", channel=leaf.channel.value, what=what)
    return said if leaf.strict else said + speech.say("machines")


def expected(leaf: BuysFor | Inferred | NeedServed, speech: Speech) -> str:
    """For whom she buys, what is estimated of her, what need was served."""
    match leaf:
        case BuysFor(role, beneficiary):
            several = (role,) if isinstance(role, str) else role or ()
            roles = speech.either(speech.say(f"role_{each}") for each in several)
            names = speech.one_or_more(beneficiary)
            return speech.say(
                "buys_for",
                roles=speech.say("buys_for_role", roles=roles) if roles else "",
                names=speech.say("buys_for_name", names=names) if names else "",
            )
        case NeedServed(need, within):
            return speech.say("need", name=speech.name(need, speech.needs), within=within_of(within, speech))
        case Inferred(trait, value, confidence):
            told = trait_is(TraitIs(trait, "=", value), speech)
            return speech.say("inferred", said=told, confidence=f"{100 * confidence:.3g}%")
        case _:
            assert_never(leaf)
