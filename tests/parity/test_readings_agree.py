"""One rule, several readings, one answer: for one customer (and until when), naively, for everyone on every engine."""

from collections.abc import Iterator

import pytest
from hypothesis import Phase, given, settings

from ritorno.core.customer import Customer
from ritorno.core.ids import CustomerId
from ritorno.core.instants import DAY, NEVER, Instant
from ritorno.core.plan import Plan
from ritorno.core.react import Replanned, react
from ritorno.core.segments.live import ask
from ritorno.core.view import view_of
from ritorno.testing import at
from tests.parity.engines import ENGINES, Engine, started
from tests.parity.naive import naive
from tests.parity.strategies import MOST, Base, Question, bases, edges_of, moments_of, plans, questions

PHASES = settings.default.phases  # type: ignore[union-attr]
EXAMPLES = settings.default.max_examples  # type: ignore[union-attr]


@given(questions(rules=4))
def test_the_live_reading_answers_what_the_naive_one_does(asked: list[Question]) -> None:
    for rule, customer, plan, now in asked:
        answer, change = ask(rule, view_of(customer, plan, now))
        assert answer is naive(rule, customer, plan, now), (rule, customer, now)
        assert change > now


def _watched(asked: Question, until: Instant) -> list[Instant]:
    """Instants between now and `until` at which an answer could change: edges of spans, just before and far beyond."""
    rule, customer, _, now = asked
    edges = [each for each in edges_of(customer, rule) if now < each < until]
    thin = edges[:: 1 + len(edges) // 24]
    sampled = {*thin, *(Instant(each - 1) for each in thin), Instant(now + 1), Instant(min(until, now + 2**50) - 1)}
    return sorted(each for each in sampled if now < each < until)


@given(questions(rules=4))
def test_until_next_change_the_answer_stays(asked: list[Question]) -> None:
    """`next_change` is never late (design.md §5): the naive reading finds no other answer before it."""
    for question in asked:
        rule, customer, plan, now = question
        answer, change = ask(rule, view_of(customer, plan, now))
        for later in _watched(question, change):
            assert naive(rule, customer, plan, later) is answer, (question, later, change)


@given(bases(people=MOST, rules=1))
def test_memberships_are_what_the_rules_say(base: Base) -> None:
    """SEG-09: until the last instant before a document is due, and then at it, its segments are those whose rules are
    true of it."""
    for customer in base.customers:
        due_at = customer.due_at if customer.due_at != NEVER else Instant(moments_of(customer)[-1] + 1000 * DAY)
        for now in (Instant(due_at - 1), due_at):
            reached = react(customer, [], base.plan, now).customer
            if reached.counters:
                continue  # behaviour was forgotten: what it made true stands until the rule is asked again
            expected = {each.key for each in base.plan.segments if naive(each.rule, reached, base.plan, now)}
            assert set(reached.memberships) == expected, (customer, now)


@settings(max_examples=max(EXAMPLES // 10, 1))
@given(plans())
def test_a_house_account_is_in_no_segment(plan: Plan) -> None:
    """ISR-11."""
    house, now = Customer(CustomerId(1), house=True), at("2026-03-01")
    assert react(house, [Replanned(now)], plan, now).customer.memberships == {}


# --- everyone ------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=[pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in ENGINES])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    with started(request.param) as engine:
        yield engine


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")  # PySpark uses an older pandas' ways
def test_everyone_at_once_is_answered_as_each_alone(engine: Engine) -> None:
    """On every engine: the same answers, and none that changes later than it does."""

    quick = engine.dearness == 1

    @settings(max_examples=max(EXAMPLES // (4 * engine.dearness), 2), phases=PHASES if quick else [Phase.generate])
    @given(bases(people=30, rules=4 if quick else 8))
    def agree(base: Base) -> None:
        rules, people, plan, now, _ = base
        for rule, answers in zip(rules, engine.answers(rules, people, plan, now), strict=True):
            for customer in people:
                answer, change = ask(rule, view_of(customer, plan, now))
                told, told_change = answers[customer.id]
                assert told is answer, (rule, customer, now)
                assert told_change > now, (rule, customer, now)
                if told_change > change:
                    _stays(Question(rule, customer, plan, now), answer, told_change)

    agree()


def _stays(asked: Question, answer: bool, until: Instant) -> None:
    rule, customer, plan, _ = asked
    for later in _watched(asked, until):
        assert naive(rule, customer, plan, later) is answer, (asked, later, until)
