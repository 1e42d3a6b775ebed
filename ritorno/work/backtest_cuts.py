"""Where everyone would have stood under other cuts, beside where they stood under those that are in force now."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator

import msgspec
from msgspec.structs import replace

from ritorno.core.customer import Move
from ritorno.core.instants import Instant, add_span, months, start_of_day, wall
from ritorno.core.plan import Plan
from ritorno.core.react import react
from ritorno.core.scores.cuts import Scheme
from ritorno.store.history import Told
from ritorno.work.relive import relive


class Standing(msgspec.Struct, frozen=True):
    """Customers by cell at an instant: {"133": 12}."""

    at: Instant
    now: dict[str, int]
    other: dict[str, int]


class CutsRun(msgspec.Struct, frozen=True):
    """At the start, at every first of a month and at the end. `customers` have bought by the end; `flows` ("133 → 233")
    are of those who then stand in another cell, the most first."""

    start: Instant
    end: Instant
    scheme: Scheme
    other: Scheme
    customers: int
    moved: int
    standings: tuple[Standing, ...]
    flows: dict[str, int]


class CutsTally(msgspec.Struct):
    """Per moment: customers by their two cells."""

    cells: list[dict[tuple[int, int], int]]

    @staticmethod
    def empty(moments: int) -> "CutsTally":
        return CutsTally([{} for _ in range(moments)])

    def add(self, other: "CutsTally") -> None:
        for mine, theirs in zip(self.cells, other.cells, strict=True):
            for pair, more in theirs.items():
                mine[pair] = mine.get(pair, 0) + more


class WhoStandsWhere(msgspec.Struct, frozen=True):
    plan: Plan
    other: Plan
    moments: tuple[Instant, ...]

    @staticmethod
    def of(plan: Plan, scheme: Scheme, start: Instant, end: Instant) -> "WhoStandsWhere":
        bare = replace(plan, segments=(), running=(), versions={}, paused=frozenset())
        return WhoStandsWhere(bare, replace(bare, scheme=scheme), (start, *_firsts(plan, start, end), end))

    def ask(self, told: list[Told]) -> CutsTally:
        tally = CutsTally.empty(len(self.moments))
        end = self.moments[-1]
        for document, stored in told:
            if document.house:
                continue
            moves = []
            for plan in (self.plan, self.other):
                past = relive(document, stored, plan, end, end)
                moves.append(react(past.customer, (), plan, end).customer.moves)
            for counts, moment in zip(tally.cells, self.moments, strict=True):
                pair = _cell_at(moves[0], moment), _cell_at(moves[1], moment)
                if pair != (0, 0):
                    counts[pair] = counts.get(pair, 0) + 1
        return tally


def _firsts(plan: Plan, start: Instant, end: Instant) -> Iterator[Instant]:
    """The midnights with which months begin, inside the stretch."""
    day = wall(start, plan.tz).day
    first = start_of_day(Instant(start - (day - 1) * 86_400_000_000), plan.tz)
    number = 1
    while (moment := add_span(first, months(number), plan.tz)) < end:
        yield moment
        number += 1


def _cell_at(moves: list[Move], moment: Instant) -> int:
    place = bisect_right(moves, moment, key=lambda move: move.at)
    return moves[place - 1].after if place else 0


def tell_cuts(tally: CutsTally, question: WhoStandsWhere) -> CutsRun:
    standings = tuple(
        Standing(moment, _by_cell(counts, 0), _by_cell(counts, 1))
        for moment, counts in zip(question.moments, tally.cells, strict=True)
    )
    last = tally.cells[-1]
    flows = Counter({f"{was:03d} → {becomes:03d}": count for (was, becomes), count in last.items() if was != becomes})
    return CutsRun(
        start=question.moments[0],
        end=question.moments[-1],
        scheme=question.plan.scheme,
        other=question.other.scheme,
        customers=sum(last.values()),
        moved=sum(flows.values()),
        standings=standings,
        flows=dict(sorted(flows.items(), key=lambda flow: (-flow[1], flow[0]))),
    )


def _by_cell(counts: dict[tuple[int, int], int], which: int) -> dict[str, int]:
    cells: Counter[str] = Counter()
    for pair, count in counts.items():
        if pair[which]:
            cells[f"{pair[which]:03d}"] += count
    return dict(sorted(cells.items()))
