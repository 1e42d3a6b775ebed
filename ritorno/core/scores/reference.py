"""The formulas of the cuts that stand, and how one customer's scores come out of them (SCO-13)."""

from collections.abc import Iterator

from ritorno.core.instants import wall
from ritorno.core.money import format_amount
from ritorno.core.plan import Plan
from ritorno.core.scores.explain import Explanation
from ritorno.core.words.catalogue import say_span
from ritorno.core.words.scoring import say


def formulas(plan: Plan, language: str) -> list[str]:
    """The rules as sentences, with exactly the numbers of the plan's cuts."""
    return list(_formulas(plan, language))


def _formulas(plan: Plan, language: str) -> Iterator[str]:
    scheme, currency = plan.scheme, plan.brand.currency
    window = say_span(scheme.window, language)
    low, high = (format_amount(cut, currency, language) for cut in scheme.spend)
    yield say(language, "title", version=scheme.version)
    yield say(language, "counts")
    fresh, warm = (say_span(cut, language) for cut in scheme.recency)
    yield say(language, "r", fresh=fresh, warm=warm)
    for category, own in scheme.by_category.items():
        fresh, warm = (say_span(cut, language) for cut in own)
        yield say(language, "r_of", category=category, fresh=fresh, warm=warm)
    if scheme.by_category:
        yield say(language, "mostly", window=window)
    yield say(language, "f", low=scheme.orders[0], high=scheme.orders[1], window=window)
    if scheme.occasion == "day_and_branch":
        yield say(language, "occasion")
    yield say(language, "m", low=low, high=high, window=window)
    yield say(language, "cell")
    yield say(language, "stored")


def example(told: Explanation, plan: Plan, language: str, group: str) -> list[str]:
    """The same formulas with one customer's numbers: no name, no identifier, no date, no place. `group` is its name."""
    return list(_example(told, plan, language, group))


def _example(told: Explanation, plan: Plan, language: str, group: str) -> Iterator[str]:
    scheme, currency, facts, scores = plan.scheme, plan.brand.currency, told.facts, told.scores
    window = say_span(scheme.window, language)
    days = (wall(told.as_of, plan.tz) - wall(facts.last_at, plan.tz)).days
    fresh, warm = (say_span(cut, language) for cut in scheme.recency_of(facts.category))
    low, high = (format_amount(cut, currency, language) for cut in scheme.spend)
    spent = format_amount(scores.spend, currency, language)
    yield say(language, "example")
    yield say(language, "example_r", score=scores.r, days=days, fresh=fresh, warm=warm)
    if facts.category in scheme.by_category:
        yield say(language, "example_of", category=facts.category)
    yield say(
        language, "example_f", score=scores.f, count=scores.orders, window=window, low=scheme.orders[0],
        high=scheme.orders[1],
    )  # fmt: skip
    yield say(language, "example_m", score=scores.m, amount=spent, window=window, low=low, high=high)
    yield say(language, "example_cell", cell=scores.cell, group=group)
