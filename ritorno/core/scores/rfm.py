"""R, F and M of one customer at an instant, and when time alone next moves them."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from ritorno.core.customer import UNSCORED, Scores
from ritorno.core.instants import NEVER, Instant
from ritorno.core.scores.cells import CELLS, PROSPECTS, group_of
from ritorno.core.scores.cuts import Scheme, orders_score, recency_moves_at, recency_score, spend_score
from ritorno.core.scores.facts import Facts


def score(facts: Facts, now: Instant, scheme: Scheme, tz: ZoneInfo) -> tuple[Scores, Instant]:
    """The scores, and the first instant after `now` at which they may change without any event (NEVER: not by time)."""
    if facts.ever == 0:
        return UNSCORED, facts.next_change
    r = recency_score(facts.last_at, now, scheme, tz, facts.category)
    cell = 100 * r + 10 * orders_score(facts.orders, scheme) + spend_score(facts.spend, scheme)
    scores = Scores(cell, facts.orders, facts.spend, facts.last_at, scheme.version)
    return scores, min(facts.next_change, next_recency_move(facts, now, scheme, tz))


def next_recency_move(facts: Facts, now: Instant, scheme: Scheme, tz: ZoneInfo) -> Instant:
    """When R next falls: to 2 or to 1, NEVER once it is 1."""
    fresh_until, warm_until = recency_moves_at(facts.last_at, scheme, tz, facts.category)
    if now < fresh_until:
        return fresh_until
    return warm_until if now < warm_until else NEVER


def group_key(cell: int) -> str:
    """The key of the group of a cell as a number; who never bought (0) is a prospect."""
    return _GROUP_KEYS[cell]


_GROUP_KEYS: Mapping[int, str] = {0: PROSPECTS.key} | {int(name): group_of(name).key for name in CELLS}
