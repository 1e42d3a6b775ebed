"""The members of a rule, found by sets, are those of whom each alone the rule is true."""

from collections.abc import Iterator
from itertools import groupby

import ibis
import pytest
from hypothesis import given, settings

from ritorno.core.customer import Customer
from ritorno.core.instants import DAY, Instant
from ritorno.core.plan import Plan
from ritorno.core.segments.live import ask
from ritorno.core.segments.rule import (
    All,
    Any,
    Bought,
    CellIs,
    Did,
    GroupIs,
    InPlaybook,
    InSegment,
    LastMessages,
    Not,
    Rule,
    ScoreIs,
    ScoreMoved,
    Then,
)
from ritorno.core.view import view_of
from ritorno.whole.columns import Base as Everyone
from ritorno.whole.lake_rows import rows_of
from ritorno.whole.members_expr import members
from ritorno.whole.tables import tables_in_memory
from tests.parity.engines import Engine, started
from tests.parity.strategies import Base, bases
from tests.parity.test_parity_cases import CASES, Case, _together

BY_SETS = (All, Any, Not, Bought, Did, Then, LastMessages, ScoreMoved, CellIs, GroupIs, ScoreIs, InPlaybook, InSegment)
EXAMPLES = settings.default.max_examples  # type: ignore[union-attr]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with started("duckdb") as opened:
        yield opened


def members_of(
    rules: list[Rule], people: list[Customer], plan: Plan, now: Instant, engine: Engine, *, written: Instant
) -> list[list[int]]:
    """For each rule the ids of its members, as often as they are told, of rows that were written at that instant."""
    base = Everyone(tables_in_memory(engine.connection, rows_of(people, plan, written)), plan, now)
    asked = [members(rule, base).mutate(number=ibis.literal(index, "int64")) for index, rule in enumerate(rules)]
    found: list[list[int]] = [[] for _ in rules]
    for row in (asked[0] if len(asked) == 1 else ibis.union(*asked)).to_pyarrow().to_pylist():
        found[row["number"]].append(row["customer_id"])
    return [sorted(ids) for ids in found]


SETS = [case for case in CASES if isinstance(case.rule, BY_SETS)]


@pytest.mark.parametrize("file", sorted({case.file for case in SETS}))
def test_the_members_of_written_rules(file: str, engine: Engine) -> None:
    """Each rule of a file that sets answer, and its opposite."""
    for _, group in groupby(sorted((case for case in SETS if case.file == file), key=_together), key=_together):
        cases: list[Case] = list(group)
        people = list({case.customer.id: case.customer for case in cases}.values())
        plan, now = cases[0].plan, cases[0].now
        rules = [rule for case in cases for rule in (case.rule, Not(case.rule))]
        found = members_of(rules, people, plan, now, engine, written=now)
        for case, some, others in zip(cases, found[::2], found[1::2], strict=True):
            assert (case.customer.id in some) is case.answer, case.says
            assert sorted(some + others) == sorted(one.id for one in people), case.says


@settings(max_examples=max(EXAMPLES // 10, 2))
@given(bases(people=14, rules=3))
def test_the_members_of_any_rules(engine: Engine, base: Base) -> None:
    """Of rows that are a day old too, when the scores of some hold no more."""
    (one, other, third), people, plan, now, _ = base
    rules = [one, All((one, Not(Any((other, third))))), Any((All((one, other)), Not(third))), Not(All((one, third)))]
    for written in (now, Instant(now - DAY)):
        found = members_of(rules, people, plan, now, engine, written=written)
        for rule, ids in zip(rules, found, strict=True):
            assert ids == sorted(each.id for each in people if ask(rule, view_of(each, plan, now))[0]), (rule, written)
