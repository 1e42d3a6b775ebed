"""One rule, several readings, one answer: for one customer (and until when), naively, for everyone on every engine."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings

from ritorno.core.customer import Customer
from ritorno.core.ids import CustomerId
from ritorno.core.instants import NEVER, Instant, add_span
from ritorno.core.plan import Plan
from ritorno.core.react import Replanned, react
from ritorno.core.segments.live import ask
from ritorno.core.segments.rule import Rule
from ritorno.core.view import view_of
from tests.parity.engines import ENGINES, Engine, started
from tests.parity.naive import naive
from tests.parity.strategies import STEPS, Question, bases, moments_of, questions

FEW = max(settings.default.max_examples // 10, 1)  # type: ignore[union-attr] # a question about everyone costs 50 ms


@settings(max_examples=3 * settings.default.max_examples)  # type: ignore[union-attr]
@given(questions())
def test_the_live_reading_answers_what_the_naive_one_does(asked: Question) -> None:
    rule, customer, plan, now = asked
    if not customer.house:
        answer, _ = ask(rule, view_of(customer, plan, now))
        assert answer is naive(rule, customer, plan, now)


def _watched(asked: Question, until: Instant) -> list[Instant]:
    """Instants between now and `until` at which an answer could change: what is told ahead, edges of usual spans."""
    _, customer, plan, now = asked
    moments = moments_of(customer)
    edges = {add_span(moment, span, plan.tz) for moment in moments if moment < 2**61 for span in STEPS}
    candidates = sorted(each for each in {*moments, *edges} if now < each < until)
    near = {Instant(each + step) for each in candidates[:24] for step in (-1, 0)}
    far = Instant(now + 1) if until == NEVER else Instant((now + until) // 2)
    return sorted(each for each in {*near, far, Instant(min(until, now + 2**50) - 1)} if now < each < until)


@settings(max_examples=2 * settings.default.max_examples)  # type: ignore[union-attr]
@given(questions())
def test_until_next_change_the_answer_stays(asked: Question) -> None:
    """`next_change` is never late (design.md §5): the naive reading finds no other answer before it."""
    rule, customer, plan, now = asked
    if customer.house:
        return
    answer, change = ask(rule, view_of(customer, plan, now))
    assert change > now
    for later in _watched(asked, change):
        assert naive(rule, customer, plan, later) is answer, f"changes by {later}, told for {change}"


@given(questions())
def test_memberships_are_what_the_rules_say(asked: Question) -> None:
    """After any moment settled, the segments of a document are those whose rules are true of it (SEG-09)."""
    _, customer, plan, _ = asked
    now = customer.settled_at
    settled = react(customer, [Replanned(now)], plan, now).customer
    expected = {each.key for each in plan.segments if naive(each.rule, settled, plan, now)}
    assert set(settled.memberships) == expected


@settings(max_examples=FEW)
@given(questions())
def test_a_house_account_is_in_no_segment(asked: Question) -> None:
    """ISR-11."""
    _, _, plan, now = asked
    house = Customer(CustomerId(1), house=True)
    assert react(house, [Replanned(now)], plan, now).customer.memberships == {}


# --- everyone ------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    with started(request.param) as engine:
        yield engine


@pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")
def test_everyone_at_once_is_answered_as_each_alone(engine: Engine) -> None:
    """On every engine: the same answers, and each answer's next change neither late nor for nothing."""

    @settings(max_examples=max(FEW // engine.dearness, 2))
    @given(bases(customers_each=30, rules_each=4))
    def agree(base: tuple[Plan, Instant, list[Customer], list[Rule]]) -> None:
        plan, now, people, rules = base
        for rule, answers in zip(rules, engine.answers(rules, people, plan, now), strict=True):
            for customer in people:
                answer, change = ask(rule, view_of(customer, plan, now))
                told, told_change = answers[customer.id]
                assert told is answer, (rule, customer, now)
                if told_change != change:
                    _stays(rule, customer, plan, now, told_change)

    agree()


def _stays(rule: Rule, customer: Customer, plan: Plan, now: Instant, until: Instant) -> None:
    answer = naive(rule, customer, plan, now)
    assert until > now
    for later in _watched(Question(rule, customer, plan, now), until):
        assert naive(rule, customer, plan, later) is answer, (rule, customer, later, until)
