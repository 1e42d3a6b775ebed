"""Cases written by hand as data: what a rule answers of a customer at an instant, and when that changes.

Every reading must give the answer that is written. `until` is the first instant at which the answer differs ("never":
it does not); a reading may tell an earlier change, never a later one, and asking again at each told change must come
to it.
"""

import json
from itertools import groupby
from pathlib import Path
from typing import Any as Anything
from typing import NamedTuple, get_args

import msgspec
import pytest

from ritorno.core.customer import Customer
from ritorno.core.instants import NEVER, Instant
from ritorno.core.plan import Plan
from ritorno.core.segments.live import ask
from ritorno.core.segments.rule import Leaf, Rule
from ritorno.core.view import view_of
from tests.parity.engines import started
from tests.parity.naive import naive
from tests.parity.people import customer_of, instant_of, plan_of

FOLDER = Path(__file__).parent / "cases"


class Case(NamedTuple):
    file: str
    says: str
    rule: Rule
    customer: Customer
    plan: Plan
    now: Instant
    answer: bool
    until: Instant | None


def _cases() -> list[Case]:
    found = []
    for path in sorted(FOLDER.glob("*.json")):
        written = json.loads(path.read_text(encoding="utf-8"))
        for index, each in enumerate(written["cases"]):
            events = each["customer"]
            events = written["customers"][events] if isinstance(events, str) else events
            until = each.get("until")
            found.append(
                Case(
                    path.stem,
                    f"{path.stem} {index}: {each['says']}",
                    msgspec.convert(each["rule"], Rule),
                    customer_of(events),
                    plan_of(each.get("plan", {})),
                    Instant(instant_of(each.get("at", written.get("at"))) + each.get("shift", 0)),
                    each["is"],
                    None if until is None else Instant(instant_of(until) + each.get("until_shift", 0)),
                )
            )
    return found


CASES = _cases()
named = pytest.mark.parametrize("case", CASES, ids=[case.says for case in CASES])


def test_there_are_cases_for_every_leaf() -> None:
    met: set[type] = set()
    for case in CASES:
        met |= {type(part) for part in _parts(case.rule)}
    assert met == {leaf for leaf in get_args(Rule) if issubclass(leaf, Leaf)}
    assert len(CASES) >= 150
    assert len({case.says for case in CASES}) == len(CASES)


def _parts(rule: Anything) -> list[Anything]:
    inner = [
        *getattr(rule, "rules", ()),
        *(getattr(rule, name) for name in ("rule", "first", "then") if hasattr(rule, name)),
    ]
    return [rule, *(part for each in inner for part in _parts(each))]


@named
def test_naive(case: Case) -> None:
    assert naive(case.rule, case.customer, case.plan, case.now) is case.answer
    if case.until not in (None, NEVER):
        assert naive(case.rule, case.customer, case.plan, Instant(case.until - 1)) is case.answer
        assert naive(case.rule, case.customer, case.plan, case.until) is not case.answer


@named
def test_live(case: Case) -> None:
    answer, change = ask(case.rule, view_of(case.customer, case.plan, case.now))
    assert answer is case.answer
    assert change > case.now
    if case.until is None:
        return
    for _ in range(50):
        assert change <= case.until
        if change == NEVER:
            break
        answer, change = ask(case.rule, view_of(case.customer, case.plan, change))
        if answer is not case.answer:
            break
    else:
        pytest.fail("after 50 changes told the answer is still the same")
    assert (answer is case.answer) == (case.until == NEVER)


@pytest.mark.parametrize("file", sorted({case.file for case in CASES}))
def test_whole(file: str) -> None:
    """All cases of one file; those of one plan and instant in one query."""
    wrong = []
    asked = sorted((case for case in CASES if case.file == file), key=_together)
    with started("duckdb") as everyone:
        for _, group in groupby(asked, key=_together):
            cases = list(group)
            people = list({case.customer.id: case.customer for case in cases}.values())
            found = everyone.answers([case.rule for case in cases], people, cases[0].plan, cases[0].now)
            for case, answers in zip(cases, found, strict=True):
                answer, change = answers[case.customer.id]
                if answer is not case.answer or change <= case.now or (case.until is not None and change > case.until):
                    wrong.append((case.says, answer, change))
    assert wrong == []


def _together(case: Case) -> tuple[Instant, str]:
    plan = case.plan
    return case.now, repr(
        (plan.scheme, plan.policy, plan.segments, plan.interests, plan.needs, plan.inferences, plan.traits)
    )
