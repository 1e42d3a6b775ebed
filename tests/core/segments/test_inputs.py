"""Only the segments whose inputs changed are asked, and it makes no difference."""

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ritorno.core.customer import Customer
from ritorno.core.ids import CustomerId, SegmentKey
from ritorno.core.instants import DAY, Instant
from ritorno.core.plan import Plan, Segment
from ritorno.core.react import Input, react
from ritorno.core.segments.inputs import inputs_of
from ritorno.core.segments.live import ask
from ritorno.core.segments.rule import Elapsed, FactIs, Fresh, InSegment
from ritorno.core.view import view_of
from tests.core.plans import words
from tests.parity.lives import SORTS, life
from tests.parity.rules import RULES
from tests.parity.strategies import plans


def settled_anew(document: Customer, told: list[Input], plan: Plan, now: Instant) -> tuple[Customer, list[object]]:
    """Reacts to one thing at a time, forgetting before each which segments were asked already."""
    decided: list[object] = []
    for each in [*told, None]:
        until = each.received_at if each is not None else now
        while document.due_at <= until:
            reaction = react(replace(document, asked=0), (), plan, document.due_at)
            document, decided = reaction.customer, [*decided, *reaction.decisions]
        reaction = react(replace(document, asked=0), [] if each is None else [each], plan, until)
        document, decided = reaction.customer, [*decided, *reaction.decisions]
    return document, decided


@st.composite
def stores(draw: st.DrawFn) -> tuple[Plan, list[Input]]:
    """A store of many segments, and a life of the sort that they ask about."""
    sort = draw(st.sampled_from(SORTS))
    rules = draw(st.lists(RULES[sort], min_size=10, max_size=10))
    named = [Segment(SegmentKey(f"s{number}"), 1, words(f"{number}"), rule) for number, rule in enumerate(rules)]
    plan = draw(plans())
    several = life(draw(st.integers(0, 2**62)), 14, sort)
    return replace(plan, segments=(*plan.segments, *named)), several


@settings(max_examples=60)
@given(stores())
def test_seg_09_asking_less_decides_the_same_as_asking_everything(store: tuple[Plan, list[Input]]) -> None:
    plan, told = store
    nobody = Customer(CustomerId(7))
    now = Instant(max(each.received_at for each in told) + 400 * DAY)
    lazy = react(nobody, told, plan, now)
    document, decided = settled_anew(nobody, told, plan, now)
    assert (lazy.customer.memberships, lazy.customer.due_at) == (document.memberships, document.due_at)
    assert list(lazy.decisions) == decided
    if lazy.customer.asked and not document.house:
        view = view_of(lazy.customer, plan, now)
        assert set(lazy.customer.memberships) == {each.key for each in plan.segments if ask(each.rule, view)[0]}


def test_a_rule_reads_what_the_rules_it_names_read_and_a_fact_what_it_is_counted_from() -> None:
    assert inputs_of(InSegment("gone"), {}) == frozenset()
    assert inputs_of(FactIs("age", ">", 30), {}) == {"traits"}
    assert inputs_of(FactIs("stage", "=", "joined"), {}) == {"orders", "joined"}
    assert inputs_of(FactIs("engagement_sms", "=", "high"), {}) == {"orders", "behaviour"}
    assert inputs_of(FactIs("pace", ">", 30), {}) == {"orders"}
    assert inputs_of(Fresh(), {}) == {"orders"}
    assert inputs_of(Elapsed(trait="renewal"), {}) == {"traits"}
    assert inputs_of(Elapsed("last_message"), {}) == {"contacts"}
