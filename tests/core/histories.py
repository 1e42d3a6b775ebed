"""Random people for properties of the rules: what happened to them over two years, weeks of clock changes included."""

from hypothesis import strategies as st

from ritorno.core.customer import Customer
from ritorno.core.events import (
    Body,
    CancellationTold,
    Channel,
    ConsentTold,
    Custom,
    Event,
    Line,
    MessageTold,
    OrderTold,
    Purpose,
    RefundTold,
    RelationTold,
    Role,
    SignedUp,
    SoldVia,
    TraitsTold,
    happened,
)
from ritorno.core.folding import fold
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.ids import CustomerId, MessageId
from ritorno.core.instants import DAY, HOUR, MINUTE, Instant
from ritorno.core.wall_clock import SECOND
from ritorno.testing import at

START, END = at("2025-01-01"), at("2027-01-01")
CLOCK_CHANGES = [at(day) for day in ("2025-03-28", "2025-10-26", "2026-03-27", "2026-10-25")]
MONTH_ENDS = [at(day) for day in ("2025-01-28", "2025-11-28", "2026-01-29", "2026-02-28", "2026-11-30")]
ORDER_IDS = ("o1", "o2", "o3", "o4", "o5")


@st.composite
def instants(draw: st.DrawFn) -> Instant:
    """Anywhere in the two years, with a liking for nights the clock changes and for ends of months."""
    base = draw(st.sampled_from([*CLOCK_CHANGES, *MONTH_ENDS]) | st.integers(0, 729).map(lambda day: START + day * DAY))
    hour = draw(st.sampled_from([0, 1, 2, 3, 9, 10, 12, 23]) | st.integers(0, 71))
    minute = draw(st.sampled_from([0, 30, 59]))
    return Instant(base + hour * HOUR + minute * MINUTE + draw(st.sampled_from([0, 1, SECOND])))


_AS_OF = st.none() | st.sampled_from([START, CLOCK_CHANGES[0]]) | instants()  # often the same, so that ties are met
_LINES = st.sampled_from([(), (Line("A1", "נר", "home", 2, 5_000),), (Line("B2", category="garden"), Line("A1"))])
_ORDERS = st.builds(
    OrderTold,
    order_id=st.sampled_from(ORDER_IDS),
    total=st.sampled_from([0, 1, 10_000, 40_000, 60_000, 130_000]),
    currency=st.just("ILS"),
    sold_via=st.sampled_from(SoldVia),
    branch=st.sampled_from(["", "Ayalon"]),
    cancelled=st.sampled_from([False, False, False, True]),
    lines=_LINES,
    as_of=_AS_OF,
    beneficiary=st.sampled_from(["", "", "moshe"]),
)
_CHANGES = st.builds(
    RefundTold,
    order_id=st.sampled_from(ORDER_IDS),
    refund_id=st.sampled_from(["r1", "r2"]),
    amount=st.sampled_from([None, 1, 20_000, 60_000]),
    void=st.booleans(),
    as_of=_AS_OF,
) | st.builds(CancellationTold, order_id=st.sampled_from(ORDER_IDS), void=st.booleans(), as_of=_AS_OF)
_TRAITS = st.dictionaries(
    st.sampled_from(["first_name", "city", "shoe_size", "tags"]),
    st.sampled_from(["Dana", "חיפה", 38, 38.5, True, None, ["vip", "sale"]]),
    max_size=2,
)
CONSENTS = st.builds(
    ConsentTold,
    channel=st.sampled_from(Channel),
    given=st.booleans(),
    source=st.sampled_from(["form", "till", "import", "link"]),
    wording_version=st.sampled_from(["", "v1"]),
)
_BEHAVIOUR = (
    st.builds(MessageTold, st.sampled_from(["clicked", "sent"]), st.integers(1, 9).map(MessageId), st.just(Channel.SMS))
    | st.builds(Custom, st.sampled_from(["product_viewed", "quiz"]), _TRAITS)
    | st.builds(SignedUp, st.sampled_from(["", "footer"]))
)  # fmt: skip
_RELATIONS = st.builds(
    RelationTold, st.sampled_from(["moshe", "ruth"]), st.sampled_from(Role), st.sampled_from(["", "אבא"]),
    ended=st.booleans(),
)  # fmt: skip
BODIES: st.SearchStrategy[Body] = (
    _ORDERS | _ORDERS | _CHANGES | _TRAITS.map(TraitsTold) | CONSENTS | _BEHAVIOUR | _RELATIONS
)
IDENTIFIERS = (
    normalise(Kind.PHONE, "0521234567"),
    normalise(Kind.EMAIL, "dana@dana.co.il"),
    normalise(Kind.CLUB_CARD, "1001", namespace="club"),
)


@st.composite
def events(draw: st.DrawFn, *, most: int = 14, purchases_only: bool = False) -> list[Event]:
    """What happened, in order of arrival; each is known at once, or up to weeks later."""
    count = draw(st.integers(1, most))
    told = []
    for index in range(count):
        occurred_at = draw(instants())
        received_at = occurred_at + draw(st.sampled_from([0, 0, 0, SECOND, HOUR, 40 * DAY, -2 * DAY]))
        body = draw(_ORDERS | _ORDERS | _CHANGES if purchases_only else BODIES)
        told.append(
            happened(
                draw(st.sampled_from(["shop", "till"])),
                f"e{index}",
                body,
                occurred_at=occurred_at,
                received_at=Instant(received_at),
                identifiers=tuple(draw(st.sets(st.sampled_from(IDENTIFIERS)))),
                traits=draw(st.just({}) | _TRAITS),
                history=draw(st.sampled_from([False, False, False, True])),
            )
        )
    return sorted(told, key=lambda event: (event.received_at, event.id))


@st.composite
def lives(draw: st.DrawFn) -> list[Event]:
    """What happened to somebody who may be written to and has bought: lapses, messages and returns are likely."""
    form = [ConsentTold(channel, given=True, source="form", wording="כן") for channel in (Channel.SMS, Channel.EMAIL)]
    told: list[tuple[Body, Instant]] = [(body, START) for body in form]
    for index, when in enumerate(draw(st.lists(instants(), min_size=1, max_size=5))):
        told.append((OrderTold(f"p{index}", 60_000, "ILS", draw(st.sampled_from(SoldVia)), lines=draw(_LINES)), when))
    known = [
        happened("shop", f"p{index}", body, occurred_at=when, received_at=when, identifiers=IDENTIFIERS)
        for index, (body, when) in enumerate(told)
    ]
    more = draw(events(most=6))
    return sorted([*known, *more], key=lambda event: (event.received_at, event.id))


def folded(told: list[Event], number: int = 7) -> Customer:
    """The document of somebody of whom nothing but this is known, and nothing is decided."""
    customer = Customer(CustomerId(number))
    for event in told:
        fold(customer, event)
    return customer


def told_part(customer: Customer) -> tuple[object, ...]:
    """Everything a document was told, for comparing two of them."""
    return (
        customer.joined_at, customer.house, customer.identifiers, customer.traits, customer.consents, customer.orders,
        customer.changes, customer.did, customer.counters, customer.relations,
    )  # fmt: skip


def naive_consent(customer: Customer, channel: str) -> bool:
    """Given with proof, and not withdrawn since, or given again by an act of her own."""
    records = [each for each in customer.consents if each.channel == channel and each.purpose is Purpose.MARKETING]
    permits = [index for index, each in enumerate(records) if each.given and each.proof != "unproven"]
    refusals = [index for index, each in enumerate(records) if not each.given]
    if not refusals:
        return bool(permits)
    return any(index > refusals[-1] and records[index].proof == "explicit" for index in permits)
