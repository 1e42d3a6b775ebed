"""What pulls a trigger, and by which name an event is called."""

from collections.abc import Sequence

import pytest

from ritorno.core.customer import Customer
from ritorno.core.decisions import AnyDecision, ScoreMoved, SegmentEntered
from ritorno.core.events import (
    Body,
    CancellationTold,
    Channel,
    ConsentTold,
    Custom,
    Event,
    MessageTold,
    OrderTold,
    RefundTold,
    SignedUp,
    SoldVia,
    TraitsTold,
    happened,
)
from ritorno.core.folding import fold
from ritorno.core.ids import CustomerId, MessageId, PlaybookKey, SegmentKey
from ritorno.core.instants import Instant
from ritorno.core.journeys.fires import event_name, fires
from ritorno.core.journeys.trigger import Happened, JoinedSegment, Moved, Trigger
from ritorno.core.view import view_of
from ritorno.testing import shop

NOW = Instant(1)
NAMES: list[tuple[Body, str]] = [
    (OrderTold("o", 1, "ILS", SoldVia.POS), "order"),
    (RefundTold("o", "r"), "refund"),
    (CancellationTold("o"), "cancellation"),
    (SignedUp(), "sign_up"),
    (TraitsTold({}), "traits"),
    (ConsentTold(Channel.SMS, given=True), "consent"),
    (MessageTold("clicked", MessageId(1), Channel.SMS), "message_clicked"),
    (Custom("quiz"), "quiz"),
]


def pulled(trigger: Trigger, event: Event | None, decided: Sequence[AnyDecision]) -> bool:
    """Asked of a customer of whom this event is all that was ever told."""
    customer = Customer(CustomerId(1))
    if event is not None:
        fold(customer, event)
    return fires(trigger, PlaybookKey("p"), event, decided, view_of(customer, shop(), Instant(2)))


@pytest.mark.parametrize(("body", "name"), NAMES, ids=[name for _, name in NAMES])
def test_an_event_pulls_the_trigger_of_its_name(body: Body, name: str) -> None:
    event = happened("shop", "e", body, occurred_at=NOW, received_at=NOW)
    assert event_name(event) == name
    assert pulled(Happened(name), event, ())
    assert not pulled(Happened(name), None, ())
    assert not pulled(Happened("other"), event, ())


def test_eng_04_what_a_machine_did_to_a_message_pulls_none() -> None:
    opened = MessageTold("clicked", MessageId(1), Channel.SMS, machine=True)
    event = happened("shop", "e", opened, occurred_at=NOW, received_at=NOW)
    assert not pulled(Happened("message_clicked"), event, ())


def moved(before: int, after: int) -> ScoreMoved:
    return ScoreMoved(at=NOW, axis="r", before=before, after=after, version=1)


def test_sco_08_a_move_by_direction_and_by_single_axis() -> None:
    """7 of 100 go R3→R2, 2 go R2→R1, 3 go R1→R3: the trigger `R: 3→2` is pulled 7 times."""
    day = [moved(3, 2)] * 7 + [moved(2, 1)] * 2 + [moved(1, 3)] * 3
    assert sum(pulled(Moved("r", 2, 3), None, [each]) for each in day) == 7
    assert sum(pulled(Moved("r", 1), None, [each]) for each in day) == 2
    assert not any(pulled(Moved("f", 2, 3), None, [each]) for each in day)


def test_who_joins_a_segment() -> None:
    joined = SegmentEntered(at=NOW, segment=SegmentKey("vip"))
    assert pulled(JoinedSegment("vip"), None, [moved(1, 2), joined])
    assert not pulled(JoinedSegment("risk"), None, [joined])


def test_a_first_score_is_no_move_unless_the_trigger_names_it() -> None:
    """A till that catches up tells of old receipts: nobody has left who was never seen here."""
    first = ScoreMoved(at=Instant(1), axis="r", before=0, after=1, version=1)
    assert not pulled(Moved("r", 1), None, [first])
    assert pulled(Moved("r", 1, before=0), None, [first])
