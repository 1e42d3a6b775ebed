"""What pulls a trigger, and by which name an event is called."""

import pytest

from ritorno.core.decisions import ScoreMoved, SegmentEntered
from ritorno.core.events import (
    Body,
    CancellationTold,
    Channel,
    ConsentTold,
    Custom,
    MessageTold,
    OrderTold,
    RefundTold,
    SignedUp,
    SoldVia,
    TraitsTold,
    happened,
)
from ritorno.core.ids import MessageId, SegmentKey
from ritorno.core.instants import Instant
from ritorno.core.journeys.entry import event_name, fires
from ritorno.core.journeys.journey import Happened, JoinedSegment, Moved

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


@pytest.mark.parametrize(("body", "name"), NAMES, ids=[name for _, name in NAMES])
def test_an_event_pulls_the_trigger_of_its_name(body: Body, name: str) -> None:
    event = happened("shop", "e", body, occurred_at=NOW, received_at=NOW)
    assert event_name(event) == name
    assert fires(Happened(name), event, ())
    assert not fires(Happened(name), None, ())
    assert not fires(Happened("other"), event, ())


def test_eng_04_what_a_machine_did_to_a_message_pulls_none() -> None:
    opened = MessageTold("clicked", MessageId(1), Channel.SMS, machine=True)
    event = happened("shop", "e", opened, occurred_at=NOW, received_at=NOW)
    assert not fires(Happened("message_clicked"), event, ())


def moved(before: int, after: int) -> ScoreMoved:
    return ScoreMoved(at=NOW, axis="r", before=before, after=after, version=1)


def test_sco_08_a_move_by_direction_and_by_single_axis() -> None:
    """7 of 100 go R3→R2, 2 go R2→R1, 3 go R1→R3: the trigger `R: 3→2` is pulled 7 times."""
    day = [moved(3, 2)] * 7 + [moved(2, 1)] * 2 + [moved(1, 3)] * 3
    assert sum(fires(Moved("r", 2, 3), None, [each]) for each in day) == 7
    assert sum(fires(Moved("r", 1), None, [each]) for each in day) == 2
    assert not any(fires(Moved("f", 2, 3), None, [each]) for each in day)


def test_who_joins_a_segment() -> None:
    joined = SegmentEntered(at=NOW, segment=SegmentKey("vip"))
    assert fires(JoinedSegment("vip"), None, [moved(1, 2), joined])
    assert not fires(JoinedSegment("risk"), None, [joined])


def test_a_first_score_is_no_move_unless_the_trigger_names_it() -> None:
    """A till that catches up tells of old receipts: nobody has left who was never seen here."""
    first = ScoreMoved(at=Instant(1), axis="r", before=0, after=1, version=1)
    assert not fires(Moved("r", 1), None, [first])
    assert fires(Moved("r", 1, before=0), None, [first])
