"""Backtest: a brand's stored history lived through again under another plan – what a playbook or a segment would have
done, where everyone would have stood under other cuts.

    questions   playbooks (`dry_run.py`), a segment (`backtest_segment.py`), cuts (`backtest_cuts.py`)
    reading     all customers of one moment of the database, slice by slice (`store/history.py`)
    processes   any number, each its own slices (`backtest_crew.py`); the answer does not depend on how many

Nothing is written and no message leaves; interrupted, nothing has happened.
"""

from collections.abc import Callable, Iterator

import msgspec

from ritorno.core.instants import Instant
from ritorno.core.journeys.journey import Playbook
from ritorno.core.journeys.rules import rules_of
from ritorno.core.journeys.trigger import JoinedSegment
from ritorno.core.plan import Plan
from ritorno.core.scores.cuts import Scheme, check
from ritorno.core.segments.check import segments_named
from ritorno.core.segments.rule import Rule
from ritorno.store import history
from ritorno.work.backtest_crew import Progress, Reading, ask_everyone
from ritorno.work.backtest_cuts import CutsRun, CutsTally, WhoStandsWhere, tell_cuts
from ritorno.work.backtest_segment import Every, SegmentRun, SegmentTally, WhoIsInside, as_segment, tell_segment
from ritorno.work.dry_run import FirstLook, Gathered, closing_gathered, first_look, running_alone, together
from ritorno.work.dry_run_tally import DryRun
from ritorno.work.relive import with_segments


class BacktestError(ValueError):
    """A backtest that cannot be run as asked; says what is wrong and what to do."""


class WhoEnters(msgspec.Struct, frozen=True):
    """The first pass of a dry-run."""

    plan: Plan
    start: Instant
    end: Instant

    def ask(self, told: list[history.Told]) -> FirstLook:
        return first_look(told, self.plan, self.start, self.end)


def _nothing(_: int, __: int) -> None:
    pass


def backtest_playbooks(
    where: Reading, plan: Plan, playbooks: tuple[Playbook, ...], start: Instant, end: Instant,
    progress: Progress = _nothing,
) -> tuple[DryRun, ...]:  # fmt: skip
    """What these playbooks would have done in (start, end], had they and no others been active: one answer each.

    `progress` hears (customers done, of how many). Raises BacktestError, BacktestFailed and StoreUnavailable.
    """
    _check_stretch(start, end)
    keys = [each.key for each in playbooks]
    if len(set(keys)) < len(keys) or not keys:
        raise BacktestError("name each playbook once, and at least one")
    alone = with_segments(running_alone(plan, playbooks), _segments_of(playbooks))
    with closing_gathered() as gathered:
        ask_everyone(where, plan.brand.id, WhoEnters(alone, start, end), gathered.add, progress)
        return together(gathered, alone, start, end, _heard(progress, gathered))


def _segments_of(playbooks: tuple[Playbook, ...]) -> Iterator[str]:
    """Those that their triggers and rules name."""
    for playbook in playbooks:
        if isinstance(playbook.trigger, JoinedSegment):
            yield playbook.trigger.segment
        for _, rule in rules_of(playbook):
            yield from segments_named(rule)


def _heard(progress: Progress, gathered: Gathered) -> Callable[[int], None]:
    """The second pass is so many customers more."""
    done, total = gathered.customers, gathered.customers + len(gathered.waiting)

    def hear(more: int) -> None:
        nonlocal done
        done += more
        progress(done, total)

    return hear


def backtest_segment(
    where: Reading, plan: Plan, rule: Rule, start: Instant, end: Instant, every: Every = "month",
    progress: Progress = _nothing,
) -> SegmentRun:  # fmt: skip
    """Who would have been in a segment of that rule in (start, end]. Raises BacktestError, BacktestFailed,
    StoreUnavailable, and RuleError where the rule cannot be asked."""
    _check_stretch(start, end)
    asked = as_segment(plan, rule)
    tally = SegmentTally()
    ask_everyone(where, plan.brand.id, WhoIsInside(asked, start, end, every), tally.add, progress)
    return tell_segment(tally, plan, start, end, every)


def backtest_cuts(
    where: Reading, plan: Plan, scheme: Scheme, start: Instant, end: Instant, progress: Progress = _nothing
) -> CutsRun:
    """Where everyone would have stood under other cuts, month by month in [start, end]. Raises BacktestError,
    BacktestFailed, StoreUnavailable, and SchemeError for cuts that cannot be."""
    _check_stretch(start, end)
    check(scheme, plan.tz)
    question = WhoStandsWhere.of(plan, scheme, start, end)
    tally = CutsTally.empty(len(question.moments))
    ask_everyone(where, plan.brand.id, question, tally.add, progress)
    return tell_cuts(tally, question)


def _check_stretch(start: Instant, end: Instant) -> None:
    if start >= end:
        raise BacktestError("the stretch is empty: --from must be before --to")
