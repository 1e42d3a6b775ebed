"""Why this cell, in numbers and in words, and what moves it next and when (SCO-11)."""

from collections.abc import Mapping

import msgspec

from ritorno.core.customer import Customer, Scores
from ritorno.core.events import SoldVia
from ritorno.core.instants import NEVER, Instant, to_datetime, wall
from ritorno.core.money import format_amount
from ritorno.core.plan import Plan
from ritorno.core.scores.cells import GROUPS, PROSPECTS
from ritorno.core.scores.facts import Facts, count
from ritorno.core.scores.rfm import group_key, score
from ritorno.core.words.catalogue import say, say_moment, say_span

_LOOK_AHEAD = 4  # changes by time that are told; R has two left at most, the window goes on for years


class Move(msgspec.Struct, frozen=True):
    """A score that time alone will move."""

    axis: str
    before: int
    to: int
    at: Instant


class Explanation(msgspec.Struct, frozen=True):
    """Raw values beside the scores they make; `next_moves` in order of time."""

    as_of: Instant
    facts: Facts
    scores: Scores
    group: str
    next_moves: tuple[Move, ...]


def explain(customer: Customer, plan: Plan, now: Instant) -> Explanation:
    """The scores of a document at `now` and what comes next. For the past give `folding.known_at` of it."""
    facts = count(customer, now, plan.scheme, plan.tz)
    scores, change = score(facts, now, plan.scheme, plan.tz)
    return Explanation(now, facts, scores, group_key(scores.cell), tuple(_moves(customer, plan, scores, change)))


def _moves(customer: Customer, plan: Plan, scores: Scores, change: Instant) -> list[Move]:
    moves: list[Move] = []
    for _ in range(_LOOK_AHEAD):
        if change == NEVER:
            break
        at = change
        after, change = score(count(customer, at, plan.scheme, plan.tz), at, plan.scheme, plan.tz)
        for axis in ("r", "f", "m"):
            if getattr(scores, axis) != getattr(after, axis):
                moves.append(Move(axis, getattr(scores, axis), getattr(after, axis), at))
        scores = after
    return moves


def in_words(told: Explanation, plan: Plan, language: str, groups: Mapping[str, str] | None = None) -> list[str]:
    """Sentences: what was bought, why the cell, the group, what moves it next. `groups` are the brand's own names."""
    group = next((each for each in (*GROUPS, PROSPECTS) if each.key == told.group), PROSPECTS)
    name = (groups or {}).get(group.key) or (group.he if language == "he" else group.en)
    if told.scores.cell == 0:
        return [say(language, "never_bought"), say(language, "group", group=name)]
    sentences = [_bought(told, plan, language), _because(told, plan, language), _rule(told, plan, language)]
    sentences.append(say(language, "group", group=name))
    sentences += [_move(move, plan, language) for move in told.next_moves] or [say(language, "no_move")]
    return sentences


def _bought(told: Explanation, plan: Plan, language: str) -> str:
    facts = told.facts
    many = say(language, "bought_many", count=facts.ever) if facts.ever > 1 else say(language, "bought_once")
    days = (wall(told.as_of, plan.tz).date() - wall(facts.last_at, plan.tz).date()).days
    last = {0: say(language, "last_today"), 1: say(language, "last_yesterday")}.get(
        days, say(language, "last_days", days=days)
    )
    where = _place(facts, language)
    spend = format_amount(facts.spend, plan.brand.currency, language)
    return ", ".join(
        [many, f"{last} {where}", say(language, "spend", amount=spend, window=say_span(plan.scheme.window, language))]
    )


def _place(facts: Facts, language: str) -> str:
    if facts.last_branch:
        return say(language, "at_branch", branch=facts.last_branch)
    return say(language, f"via_{facts.last_sold_via or SoldVia.POS}")


def _because(told: Explanation, plan: Plan, language: str) -> str:
    scheme, scores, currency = plan.scheme, told.scores, plan.brand.currency
    fresh, warm = (say_span(cut, language) for cut in scheme.recency_of(told.facts.category))
    low, high = (format_amount(cut, currency, language) for cut in scheme.spend)
    return say(
        language,
        "because",
        cell=scores.cell,
        r=say(language, f"r{scores.r}", fresh=fresh, warm=warm),
        f=say(language, "f", score=scores.f, count=scores.orders, low=scheme.orders[0], high=scheme.orders[1]),
        m=say(
            language, "m", score=scores.m, amount=format_amount(scores.spend, currency, language), low=low, high=high
        ),
    )


def _rule(told: Explanation, plan: Plan, language: str) -> str:
    """Whose cuts they are, and which version: a category's own, or the shop's (SCO-06)."""
    scheme, category = plan.scheme, told.facts.category
    newer, older = (say_span(cut, language) for cut in scheme.recency_of(category))
    if category in scheme.by_category:
        return say(language, "rule_of", category=category, fresh=newer, warm=older, version=scheme.version)
    return say(language, "rule", fresh=newer, warm=older, version=scheme.version)


def _move(move: Move, plan: Plan, language: str) -> str:
    at = say_moment(to_datetime(move.at, plan.tz))
    if move.axis == "r":
        return say(language, "move_r", to=move.to, at=at)
    window = say_span(plan.scheme.window, language)
    return say(language, "move_other", axis=move.axis.upper(), to=move.to, at=at, window=window)
