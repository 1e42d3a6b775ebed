"""A document made in one go is the document that folding gives, byte by byte."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ritorno.core.customer import Customer, encode_customer
from ritorno.core.events import Event, Line, OrderTold, RefundTold, SoldVia, TraitValue, happened
from ritorno.core.folding import fold
from ritorno.core.identifiers import Identifier, Kind, normalise
from ritorno.core.ids import CustomerId
from ritorno.core.instants import HOUR, Instant
from ritorno.testing import at
from ritorno.work.import_documents import told_by

KNOWN = (
    normalise(Kind.PHONE, "0521234567"),
    normalise(Kind.EMAIL, "dana@dana.co.il"),
    normalise(Kind.CLUB_CARD, "C1"),
    normalise(Kind.SHOP_ID, "S1", namespace="files"),
)
START = at("2026-01-01")

rows = st.tuples(
    st.integers(0, 6),  # hours: several at one instant
    st.sets(st.sampled_from(KNOWN), min_size=1),
    st.dictionaries(st.sampled_from(["first_name", "last_name"]), st.sampled_from(["Dana", "דנה"])),
    st.integers(0, 100_000),
    st.booleans(),
    st.none() | st.integers(0, 3),
)


def events_of(told: list[tuple[int, set[Identifier], dict[str, str], int, bool, int | None]]) -> list[Event]:
    events = []
    sets: dict[frozenset[Identifier], tuple[Identifier, ...]] = {}
    for number, (hour, known, names, total, cancelled, refund_of) in enumerate(sorted(told, key=lambda one: one[0])):
        identifiers = sets.setdefault(frozenset(known), tuple(sorted(known)))
        traits: dict[str, TraitValue] = dict(names)
        body: OrderTold | RefundTold = OrderTold(
            str(number), total, "ILS", SoldVia.POS, cancelled=cancelled, lines=(Line("A", unit_price=total),)
        )
        if refund_of is not None and refund_of > 1:
            body = RefundTold("0", f"r{number}", total)
        events.append(
            happened(
                "files", f"order:{number}", body, occurred_at=Instant(START + hour * HOUR),
                received_at=at("2026-03-01"), identifiers=identifiers, traits=traits, history=True,
            )
        )  # fmt: skip
    return events


@settings(deadline=None)
@given(st.lists(rows, min_size=1, max_size=12))
def test_in_one_go_is_as_one_after_the_other(
    told: list[tuple[int, set[Identifier], dict[str, str], int, bool, int | None]],
) -> None:
    events = events_of(told)
    folded = Customer(CustomerId(7))
    for event in events:
        fold(folded, event)
    assert encode_customer(told_by(CustomerId(7), events)) == encode_customer(folded)
