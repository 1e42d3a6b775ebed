"""Random rules, customers, plans and instants for parity: few names, so that rules meet what happened; instants that
like the edges of windows, nights the clock changes, ends of months and 29 February."""

from collections.abc import Sequence
from typing import NamedTuple

from hypothesis import strategies as st

from ritorno.core.customer import Contact, Customer
from ritorno.core.events import (
    Body,
    CancellationTold,
    Channel,
    ConsentTold,
    Custom,
    Line,
    MessageTold,
    OrderTold,
    Purpose,
    RefundTold,
    SignedUp,
    SoldVia,
    TraitsTold,
    TraitValue,
    happened,
)
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.ids import CustomerId, MessageId, PlaybookKey, SegmentKey
from ritorno.core.instants import DAY, HOUR, MINUTE, Instant, Span, Unit, add_span
from ritorno.core.plan import Plan, Policy, Segment
from ritorno.core.react import Input, Sent, react
from ritorno.core.scores.cuts import Scheme
from ritorno.core.segments.rule import Rule
from ritorno.core.wall_clock import SECOND
from ritorno.testing import at, shop
from tests.core.plans import COOLED, JOINED, SECOND_ORDER, words
from tests.parity.rules import RULES, RULES_OF_ONE, RULES_OF_SEGMENTS, SPANS

START = at("2025-01-01")
NIGHTS = [at(day) for day in ("2025-03-28", "2025-10-26", "2026-03-27", "2026-10-25")]
MONTH_ENDS = [at(day) for day in ("2025-01-28", "2025-12-31", "2026-01-31", "2026-02-28", "2026-03-01", "2026-06-30")]
LATELY = [at("2026-06-01"), at("2026-06-10")]
STEPS = [Span(1), Span(30), Span(1, Unit.MONTHS), Span(90), Span(1, Unit.YEARS), Span(36, Unit.HOURS)]


@st.composite
def instants(draw: st.DrawFn) -> Instant:
    base = draw(
        st.sampled_from([*NIGHTS, *MONTH_ENDS, *LATELY]) | st.integers(0, 700).map(lambda day: START + day * DAY)
    )
    hour = draw(st.sampled_from([0, 1, 2, 3, 10, 23]) | st.integers(0, 60))
    return Instant(base + hour * HOUR + draw(st.sampled_from([0, 30])) * MINUTE + draw(st.sampled_from([0, 1, SECOND])))


@st.composite
def histories(draw: st.DrawFn, most: int) -> list[Instant]:
    """Instants of one life: each anywhere, or a span, or nothing, after another."""
    made = [draw(instants())]
    for _ in range(draw(st.integers(0, most - 1))):
        near = add_span(draw(st.sampled_from(made)), draw(st.sampled_from(STEPS)), shop().tz)
        made.append(
            draw(instants() | st.just(near) | st.just(made[-1]) | st.just(Instant(near + draw(st.integers(-1, 1)))))
        )
    return made


# --- what is told --------------------------------------------------------------------------------

LINES = st.builds(
    Line,
    sku=st.sampled_from(["A1", "B2"]),
    category=st.sampled_from(["", "home", "garden"]),
    quantity=st.sampled_from([1, 2, 0.5, 1.25]),
    unit_price=st.sampled_from([0, 1_000, 5_000, 4_999]),
    maker=st.sampled_from(["", "Nur"]),
)
ORDERS = st.builds(
    OrderTold,
    order_id=st.integers(1, 9).map(lambda number: f"o{number}"),
    total=st.sampled_from([1, 10_000, 40_000, 60_000, 130_000, 0]),
    currency=st.just("ILS"),
    sold_via=st.sampled_from(SoldVia),
    branch=st.sampled_from(["", "Ayalon"]),
    cancelled=st.sampled_from([False, False, False, True]),
    lines=st.lists(LINES, max_size=2).map(tuple),
)
CHANGES = st.builds(
    RefundTold,
    order_id=st.integers(1, 4).map(lambda number: f"o{number}"),
    refund_id=st.just("r1"),
    amount=st.sampled_from([None, 1, 20_000]),
    void=st.booleans(),
) | st.builds(CancellationTold, order_id=st.integers(1, 4).map(lambda number: f"o{number}"), void=st.booleans())
DATES = st.sampled_from(
    ["2026-02-28", "2024-02-29", "1990-02-29", "1992-02-29", "1985-06-10", "2026-03-27", "2026-06-01"]
)
VALUES: st.SearchStrategy[TraitValue] = DATES | st.sampled_from(
    ["חיפה", "vip", "", "38", 38, 38.0, 38.5, 0, True, False, None, ["vip", "sale"], [], ["vip"], "2026-2-28"]
)
TRAITS = st.fixed_dictionaries({}, optional={"city": VALUES, "tags": VALUES, "birth_date": DATES | VALUES})
CONSENTS = st.builds(
    ConsentTold,
    channel=st.sampled_from(Channel),
    given=st.sampled_from([True, True, False]),
    purpose=st.sampled_from([Purpose.MARKETING, Purpose.MARKETING, Purpose.SERVICE]),
    source=st.sampled_from(["form", "import", "link"]),
    wording_version=st.sampled_from(["v1", "v1", ""]),
)
MESSAGES = st.builds(
    MessageTold,
    name=st.sampled_from(["delivered", "delivered", "delivered", "opened", "clicked", "replied"]),
    message=st.integers(1, 5).map(MessageId),
    channel=st.sampled_from([Channel.EMAIL, Channel.EMAIL, Channel.SMS]),
    machine=st.sampled_from([False, False, True]),
)
PROPERTIES = st.fixed_dictionaries({}, optional={"size": VALUES, "price": st.sampled_from([1, 2.5, 10, "10", True])})
CUSTOM = st.builds(Custom, st.sampled_from(["viewed", "quiz"]), PROPERTIES)
SIGN_UPS = st.builds(SignedUp, st.sampled_from(["", "footer"]))
BODIES: dict[str, st.SearchStrategy[Body]] = {
    "orders": ORDERS | ORDERS | ORDERS | CHANGES,
    "messages": MESSAGES,
    "events": CUSTOM | SIGN_UPS,
    "person": TRAITS.map(TraitsTold) | CONSENTS,
}
IDENTIFIERS = (
    normalise(Kind.PHONE, "0521234567"),
    normalise(Kind.PHONE, "039999123"),
    normalise(Kind.EMAIL, "dana@dana.co.il"),
    normalise(Kind.EMAIL, "test@test.com"),
)


@st.composite
def inputs(draw: st.DrawFn, most: int = 10) -> list[Input]:
    """What happened to one customer, in order of arrival: mostly of one sort, so that streaks and series occur."""
    sorts = draw(st.lists(st.sampled_from(sorted(BODIES)), min_size=1, max_size=3))
    told: list[Input] = []
    for index, when in enumerate(draw(histories(most))):
        received = Instant(when + draw(st.sampled_from([0, 0, 0, 0, HOUR, 40 * DAY, -2 * DAY])))
        if draw(st.integers(0, 11)) == 0:
            channel = draw(st.sampled_from(["sms", "email", ""]))
            message = MessageId(draw(st.integers(1, 5)))
            told.append(Sent(when, Contact(when, message, channel, PlaybookKey("second"), draw(st.booleans()))))
            continue
        told.append(
            happened(
                draw(st.sampled_from(["shop", "till"])),
                f"e{index}",
                draw(BODIES[draw(st.sampled_from(sorts))]),
                occurred_at=when,
                received_at=received,
                identifiers=tuple(draw(st.lists(st.sampled_from(IDENTIFIERS), max_size=2, unique=True))),
            )
        )
    return sorted(told, key=lambda each: each.received_at)


# --- plans ---------------------------------------------------------------------------------------

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
    a_day=st.just(2),
)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """A store with two playbooks; segment "two" may name segment "one"."""
    segments = (
        Segment(SegmentKey("one"), 1, words("one"), draw(RULES)),
        Segment(SegmentKey("two"), 1, words("two"), draw(RULES_OF_ONE)),
    )
    playbooks = draw(
        st.lists(st.sampled_from([SECOND_ORDER, COOLED, JOINED]), unique_by=lambda each: each.key, max_size=2)
    )
    made = shop(*playbooks, segments=segments, policy=draw(POLICIES))
    return _with_scheme(made, draw(SCHEMES))


def _with_scheme(plan: Plan, scheme: Scheme) -> Plan:
    return Plan(plan.brand, scheme, plan.policy, plan.segments, plan.running, plan.versions)


@st.composite
def customers(draw: st.DrawFn, plan: Plan, number: int | None = None) -> Customer:
    """Somebody made by living: told what happened, scored, enrolled, moved by time up to a little after."""
    told = draw(inputs())
    last = max(each.received_at for each in told)
    until = Instant(last + draw(st.sampled_from([0, DAY, 45 * DAY])))
    identity = draw(st.integers(1, 2**62)) if number is None else number
    return react(Customer(CustomerId(identity)), told, plan, until).customer


# --- instants that matter ------------------------------------------------------------------------


def moments_of(customer: Customer) -> list[Instant]:
    """Every instant that the document tells of."""
    return sorted(
        {
            customer.joined_at,
            *(order.occurred_at for order in customer.orders),
            *(done.at for done in customer.did),
            *(trait.at for trait in customer.traits.values()),
            *(each.at for each in customer.consents),
            *(each.at for each in customer.contacts),
            *(each.at for each in customer.moves),
            *(each.entered_at for each in customer.enrollments),
            *(each.ended_at for each in customer.enrollments if each.ended_at is not None),
        }
    )


@st.composite
def instants_of(draw: st.DrawFn, customer: Customer) -> Instant:
    """An instant to ask at: now and then anywhere, mostly at an edge that something in the document opens, ± 1 µs."""
    moments = [moment for moment in moments_of(customer) if moment < at("2030-01-01")] or [START]
    moment = draw(st.sampled_from(moments))
    edge = add_span(moment, draw(SPANS), shop().tz)
    chosen = draw(st.sampled_from([moment, edge, edge, customer.settled_at]))
    if chosen < START - 4000 * DAY:
        chosen = moment
    return Instant(draw(instants() | st.just(Instant(chosen + draw(st.sampled_from([-1, 0, 0, 1]))))))


class Question(NamedTuple):
    rule: Rule
    customer: Customer
    plan: Plan
    now: Instant


@st.composite
def questions(draw: st.DrawFn) -> Question:
    plan = draw(plans())
    customer = draw(customers(plan))
    return Question(draw(RULES_OF_SEGMENTS), customer, plan, draw(instants_of(customer)))


@st.composite
def bases(draw: st.DrawFn, *, customers_each: int, rules_each: int) -> tuple[Plan, Instant, list[Customer], list[Rule]]:
    """Many customers, a few rules, one plan and one instant: what one question about everyone is asked of."""
    plan = draw(plans())
    people = [draw(customers(plan, number=draw(st.integers(1, 2**55)) * 64 + index)) for index in range(customers_each)]
    chosen: Sequence[Rule] = draw(st.lists(RULES_OF_SEGMENTS, min_size=rules_each, max_size=rules_each))
    now = draw(instants_of(draw(st.sampled_from(people))))
    return plan, now, [each for each in people if not each.house], list(chosen)
