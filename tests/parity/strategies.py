"""Questions for parity: rules, a plan, customers to whom happened what the rules ask of, and instants at edges."""

from collections.abc import Iterator
from random import Random  # noqa: TID251 - seeded: a number is a life
from typing import Any as Anything
from typing import NamedTuple

import msgspec
from hypothesis import strategies as st

from ritorno.core.customer import Customer
from ritorno.core.ids import CustomerId, SegmentKey
from ritorno.core.instants import DAY, Instant, Span, Unit, add_span
from ritorno.core.plan import Plan, Policy, Segment
from ritorno.core.react import react
from ritorno.core.scores.cuts import Scheme
from ritorno.core.segments.rule import Rule
from ritorno.testing import JERUSALEM, at, shop
from tests.core.plans import COOLED, JOINED, SECOND_ORDER, words
from tests.parity.expected_made import INFERENCES, NEEDS
from tests.parity.interests_made import INTERESTS, TYPES
from tests.parity.lives import SORTS, life
from tests.parity.naive_facts import date_of, day_in
from tests.parity.rules import LEAVES, LEAVES_OF_ONE, RULES

MOST = 14  # happenings of one life
SCHEMES = st.sampled_from(
    [
        Scheme(),
        Scheme(version=2, recency=(Span(1, Unit.MONTHS), Span(3, Unit.MONTHS)), window=Span(1, Unit.YEARS)),
        Scheme(version=3, occasion="day_and_branch", orders=(2, 4), recency=(Span(36, Unit.HOURS), Span(60))),
    ]
)
POLICIES = st.builds(
    Policy,
    cycle=st.sampled_from([30, 20.5]),
    cycles=st.sampled_from([{}, {"home": 60, "garden": 1}]),
    cooldowns=st.sampled_from([{}, {"home": Span(3, Unit.MONTHS), "garden": Span(36, Unit.HOURS)}]),
    tiers=st.sampled_from([None, (100_000, 40_000)]),
    keeps_behaviour=st.sampled_from([Span(400), Span(2, Unit.YEARS), Span(120)]),
    product_types=TYPES,
)
SOMETIMES = [
    Span(30),
    Span(90),
    Span(180),
    Span(1, Unit.YEARS),
    Span(12, Unit.MONTHS),
    Span(24, Unit.MONTHS),
    Span(0),
    Span(1, Unit.SECONDS),
]


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """A store with two playbooks; segment "two" may name segment "one"."""
    one, two = SegmentKey("one"), SegmentKey("two")
    segments = Segment(one, 1, words(one), draw(LEAVES)), Segment(two, 1, words(two), draw(LEAVES_OF_ONE))
    playbooks = draw(st.sampled_from([(), (SECOND_ORDER, JOINED), (COOLED,), (SECOND_ORDER, COOLED)]))
    plan = shop(*playbooks, segments=segments, policy=draw(POLICIES))
    return msgspec.structs.replace(plan, scheme=draw(SCHEMES), interests=INTERESTS, needs=NEEDS, inferences=INFERENCES)


def lived(number: int, sort: str, plan: Plan) -> Customer:
    """Somebody made by living: told what happened, scored, enrolled, moved by time up to a little after."""
    told = life(number, 1 + number % MOST, sort)
    until = max(each.received_at for each in told) + (number % 3) * 20 * DAY
    return react(Customer(CustomerId(number)), told, plan, Instant(until)).customer


# --- instants that matter ------------------------------------------------------------------------


def moments_of(customer: Customer) -> list[Instant]:
    """Every instant that the document tells of, midnights of birthdays among them."""
    told = {
        customer.joined_at,
        *(order.occurred_at for order in customer.orders),
        *(done.at for done in customer.did),
        *(trait.at for trait in customer.traits.values()),
        *(each.at for each in customer.consents),
        *(each.at for each in customer.contacts),
        *(each.at for each in customer.moves),
        *(each.entered_at for each in customer.enrollments),
        *(each.ended_at for each in customer.enrollments if each.ended_at is not None),
        *_birthdays(customer),
    }
    return sorted(moment for moment in told if moment < at("2040-01-01"))


def _birthdays(customer: Customer) -> list[Instant]:
    trait = customer.traits.get("birth_date")
    born = None if trait is None else date_of(trait.value)
    return [] if born is None else [at(day_in(year, born).isoformat()) for year in (2025, 2026, 2027)]


def spans_of(part: Anything) -> Iterator[Span]:
    """Every span that a rule (or a policy) names."""
    if isinstance(part, Span):
        yield part
    elif isinstance(part, msgspec.Struct):
        for name in part.__struct_fields__:
            yield from spans_of(getattr(part, name))
    elif isinstance(part, tuple):
        for inner in part:
            yield from spans_of(inner)
    elif isinstance(part, dict):
        yield from spans_of(tuple(part.values()))


def edges_of(customer: Customer, rule: Rule) -> list[Instant]:
    """The moments of the document, and each of them plus each span of the rule and some that facts and scores have."""
    moments = moments_of(customer)
    spans = {*spans_of(rule), *SOMETIMES}
    return sorted({*moments, *(add_span(moment, span, JERUSALEM) for moment in moments for span in spans)})


def instant_of(number: int, customer: Customer, rule: Rule) -> Instant:
    """Mostly an edge of a span of the rule, ± 1 µs; or some time after the last of the moments."""
    chance = Random(number)
    moment = chance.choice(moments_of(customer))
    span = chance.choice([*spans_of(rule)] * 3 + SOMETIMES)
    somewhere = moments_of(customer)[-1] + chance.randrange(100 * DAY)
    chosen = chance.choice([add_span(moment, span, JERUSALEM)] * 3 + [somewhere])
    return Instant(chosen + chance.choice([-1, 0, 0, 1]))


class Question(NamedTuple):
    rule: Rule
    customer: Customer
    plan: Plan
    now: Instant

    def __repr__(self) -> str:
        return f"{self.rule} of customer {self.customer.id} at {self.now} in {self.plan}"


class Base(NamedTuple):
    """Some customers, a few rules, one plan and one instant: what one question about everyone is asked of."""

    rules: list[Rule]
    customers: list[Customer]
    plan: Plan
    now: Instant
    sort: str

    def __repr__(self) -> str:  # documents are long; `lived` makes one again
        first, last = self.customers[0].id, self.customers[-1].id
        return f"{self.rules} of {self.sort} lived by {first} to {last} at {self.now} in {self.plan}"


@st.composite
def bases(draw: st.DrawFn, *, people: int, rules: int) -> Base:
    """Customers of following numbers, so that long lives and short ones are among them whatever is drawn."""
    sort = draw(st.sampled_from(["orders", "orders", *SORTS]))
    asked = draw(st.lists(RULES[sort], min_size=rules, max_size=rules))
    plan = draw(plans())
    first = draw(st.integers(0, 2**48)) * MOST
    customers = [lived(number, sort, plan) for number in range(first, first + people)]
    now = instant_of(first, draw(st.sampled_from(customers)), asked[0])
    return Base(asked, customers, plan, now, sort)


def questions(*, rules: int) -> st.SearchStrategy[list[Question]]:
    """A few rules, each of as many customers as there are lengths of lives, each at an instant of its own."""
    return bases(people=MOST, rules=rules).map(
        lambda base: [
            Question(rule, each, base.plan, instant_of(each.id + index, each, rule))
            for index, rule in enumerate(base.rules)
            for each in base.customers
        ]
    )
