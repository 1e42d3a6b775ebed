"""An answer stands until the very instant that is named, and turns at it: nobody is woken late, or for nothing.

Beside the naive reading of `tests/parity`, which knows no `next_change`.
"""

from hypothesis import given, settings

from ritorno.core.instants import NEVER, Instant, add_span, days, from_datetime, months, start_of_day
from ritorno.core.segments.check import leaves
from ritorno.core.segments.live import ask
from ritorno.core.segments.rule import (
    All,
    Anniversary,
    Any,
    Bought,
    Consented,
    Did,
    Elapsed,
    FactIs,
    Fresh,
    InPlaybook,
    Not,
    Reachable,
    Rule,
    ScoreMoved,
    Share,
    Then,
    Timed,
    TraitIs,
)
from ritorno.core.view import view_of
from tests.parity.naive import naive
from tests.parity.strategies import Question, moments_of, questions, spans_of

EXACT = (Share, TraitIs, Anniversary, ScoreMoved, Elapsed, Fresh, InPlaybook, Consented, Reachable)
EXACT_FACTS = {
    "ever", "largest", "first_total", "categories", "gap_last", "gap_median", "gap_trend", "pace", "late_for_pace",
    "streak", "loyalty", "buyer", "stage", "value_tier", "value_year", "value_ever", "age", "engagement",
    "engagement_sms", "engagement_email",
    "engagement_whatsapp",
}  # fmt: skip
ALWAYS = (days(30), days(90), days(180), months(12))


def edges(asked: Question) -> set[Instant]:
    """Every instant at which a window of anything that happened opens or closes."""
    rule, customer, plan, _ = asked
    parts = (rule, *plan.rules.values())
    spans = {*ALWAYS, *plan.scheme.recency, plan.scheme.window, *plan.policy.cooldowns.values()}
    spans.update(span for part in parts for span in spans_of(part))
    moments = moments_of(customer)
    found = {*moments, *(add_span(moment, span, plan.tz) for moment in moments for span in spans)}
    return found | {start_of_day(each, plan.tz) for each in found} | {
        from_datetime(each)
        for part in parts
        for _, leaf in leaves(part)
        if isinstance(leaf, Timed)
        for each in (leaf.since, leaf.until)
        if each is not None
    }  # fmt: skip


@settings(max_examples=40)
@given(questions(rules=4))
def test_nothing_changes_before_the_instant_named(several: list[Question]) -> None:
    for asked in several:
        rule, customer, plan, now = asked
        answer, change = ask(rule, view_of(customer, plan, now))
        assert change > now
        around = sorted({Instant(edge + step) for edge in edges(asked) for step in (-1, 0, 1)})
        for moment in [each for each in around if now < each < change][:150]:
            assert naive(rule, customer, plan, moment) is answer


def is_exact(rule: Rule) -> bool:
    """Leaves that know the instant itself. Of plain counts the newest decide: at ends of months, and in the hour that a
    clock repeats, the last to come is not the last to leave; scores change with the customer's own wake."""
    match rule:
        case Not(inner):
            return is_exact(inner)
        case FactIs(fact):
            return fact in EXACT_FACTS
        case Bought(measure=measure, at_most=at_most, older_than=older, since=since, until=until):
            return measure != "orders" or (at_most, older, since, until) != (None, None, None, None)
        case Did(measure=measure, at_most=at_most, older_than=older, since=since, until=until):
            return measure != "times" or (at_most, older, since, until) != (None, None, None, None)
        case Then():
            return True
        case _:
            return isinstance(rule, EXACT)


@settings(max_examples=150)
@given(questions(rules=4))
def test_the_answer_turns_at_the_instant_named(several: list[Question]) -> None:
    for rule, customer, plan, moment in several:
        now = max([moment, *moments_of(customer)])  # what is dated ahead is waited for, whether it decides or not
        answer, change = ask(rule, view_of(customer, plan, now))
        if change < NEVER and is_exact(rule):
            assert naive(rule, customer, plan, Instant(change - 1)) is answer
            assert naive(rule, customer, plan, change) is not answer


@given(questions(rules=4))
def test_of_several_parts_the_answer_stands_as_long_as_the_one_that_decides(several: list[Question]) -> None:
    yes, no = All(()), Any(())
    for rule, customer, plan, now in several:
        view = view_of(customer, plan, now)
        answer = ask(rule, view)
        assert ask(Any((rule, yes)), view) == (True, NEVER)
        assert ask(All((rule, no)), view) == (False, NEVER)
        assert ask(All((rule, yes)), view) == ask(Any((rule, no)), view) == ask(Not(Not(rule)), view) == answer
