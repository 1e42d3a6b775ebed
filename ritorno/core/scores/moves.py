"""Scoring a document at an instant, and what that moved (SCO-05, SCO-08)."""

from ritorno.core.customer import Customer, Move, Scores
from ritorno.core.decisions import AnyDecision, Axis, GroupMoved, ScoreMoved
from ritorno.core.instants import Instant
from ritorno.core.plan import Plan
from ritorno.core.scores.cuts import recency_moves_at
from ritorno.core.scores.facts import Facts, count
from ritorno.core.scores.rfm import group_key, score
from ritorno.core.view import View

_AXES: tuple[Axis, ...] = ("r", "f", "m")


def rescore(customer: Customer, plan: Plan, now: Instant, cause: str) -> tuple[View, list[AnyDecision]]:
    """Write the scores into the draft; the view of it at `now`, and every axis and group that moved.

    The first score of a new buyer is a move from 0; a move that nothing but time caused names the span that elapsed.
    """
    facts = count(customer, now, plan.scheme, plan.tz)
    scores, change = score(facts, now, plan.scheme, plan.tz)
    before = customer.scores
    moves: list[AnyDecision] = []
    if scores.cell != before.cell:
        moves = _moves(before, scores, plan, now, cause, facts)
        customer.moves.append(Move(now, before.cell, scores.cell))
        customer.scored_at = now
    customer.scores = scores
    return View(customer, now, plan, facts, scores, change), moves


def _moves(before: Scores, after: Scores, plan: Plan, now: Instant, cause: str, facts: Facts) -> list[AnyDecision]:
    moves: list[AnyDecision] = []
    for axis in _AXES:
        was, becomes = getattr(before, axis), getattr(after, axis)
        if was != becomes:
            why = cause or _elapsed(axis, becomes, plan, now, facts)
            moves.append(ScoreMoved(at=now, cause=why, axis=axis, before=was, after=becomes, version=after.version))
    was_in, is_in = group_key(before.cell), group_key(after.cell)
    if was_in != is_in:
        moves.append(GroupMoved(at=now, cause=cause or "time", before=was_in, after=is_in))
    return moves


def _elapsed(axis: Axis, becomes: int, plan: Plan, now: Instant, facts: Facts) -> str:
    """What time did: "elapsed 90 days" for R, "left the window of 24 months" for F and M, and for R too where another
    category became the dominant one by it."""
    scheme, category = plan.scheme, facts.category
    if axis == "r" and (not scheme.by_category or now in recency_moves_at(facts.last_at, scheme, plan.tz, category)):
        return f"elapsed {scheme.recency_of(category)[2 - becomes]}" if becomes in (1, 2) else "time"
    return f"left the window of {scheme.window}"
