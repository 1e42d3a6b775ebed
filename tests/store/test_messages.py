"""The outbox: a message is wanted once, leaves once, and keeps why it waited or fell."""

import psycopg
from msgspec.structs import replace

from ritorno.core.events import Channel
from ritorno.core.ids import BrandId, CustomerId, MessageId, PlaybookKey
from ritorno.core.instants import Instant
from ritorno.core.messages.message import Content, Message, Reason, Receipt, State
from ritorno.core.offers import Code
from ritorno.core.redemption import Conditions, Fixed, Issued
from ritorno.store import codes, messages, workers
from ritorno.store.connection import connect
from ritorno.store.transaction import transaction

BRAND = BrandId(1)
NOW = Instant(1_000)
CONTENT = Content(Channel.SMS, "+972521234567", "he", "שלום", parts=1)
SMS = Receipt("sandbox", "s-1", accepted=True, cost=12)


def wanted(number: int, *, due_at: int = 100, enrollment: int = 50) -> Message:
    key = PlaybookKey("PB2")
    return Message(
        MessageId(number), CustomerId(7), enrollment, key, 1, "rescue", "treated", Instant(100), Instant(due_at)
    )


def kept(connection: psycopg.Connection, number: int) -> messages.Kept:
    found = messages.read(connection, BRAND, MessageId(number))
    assert found is not None
    return found


def leave(connection: psycopg.Connection, message: Message, worker: int) -> None:
    with transaction(connection):
        messages.mark(connection, BRAND, [messages.Outgoing(message, CONTENT, None)], State.SENDING, NOW, worker)


def test_a_message_that_is_wanted_again_stays_as_it_is(database: str) -> None:
    with connect(database, autocommit=True) as connection:
        messages.want(connection, BRAND, [wanted(1), wanted(2, due_at=50)])
        messages.hold(connection, BRAND, [(wanted(1), Instant(900), Reason("send_window", "night"), NOW)])
        messages.want(connection, BRAND, [wanted(1)])
        assert (kept(connection, 1).state, kept(connection, 1).message.due_at) == (State.HELD, 900)
        assert [each.id for each in messages.due(connection, BRAND, Instant(899), 9)] == [2]
        assert [each.id for each in messages.due(connection, BRAND, Instant(900), 9)] == [2, 1]
        assert [each.id for each in messages.due(connection, BRAND, Instant(900), 1)] == [2]
        assert messages.next_due(connection, BRAND) == 50


def test_the_same_reason_twice_in_a_row_is_kept_once(database: str) -> None:
    with connect(database, autocommit=True) as connection:
        messages.want(connection, BRAND, [wanted(1)])
        for moment, why in ((1, "a"), (2, "a"), (3, "b"), (4, "a")):
            messages.hold(connection, BRAND, [(wanted(1), NOW, Reason("cap", why), Instant(moment))])
        assert kept(connection, 1).reasons == [[1, "cap", "a"], [3, "cap", "b"], [4, "cap", "a"]]


def test_what_an_enrollment_has_not_sent_falls_with_it_and_what_has_left_stays(database: str) -> None:
    with connect(database, autocommit=True) as connection:
        messages.want(connection, BRAND, [wanted(1), wanted(2), wanted(3, enrollment=51)])
        leave(connection, wanted(2), 1)
        assert messages.cancel(connection, BRAND, [(50, NOW, Reason("bought", "today"))]) == 1
        assert [kept(connection, number).state for number in (1, 2, 3)] == [
            State.DROPPED, State.SENDING, State.QUEUED,
        ]  # fmt: skip
        assert kept(connection, 1).reasons == [[NOW, "bought", "today"]]
        assert messages.due(connection, BRAND, NOW, 9) == [wanted(3, enrollment=51)]


def test_the_answer_of_the_provider_is_written_once(database: str) -> None:
    with connect(database, autocommit=True) as connection:
        messages.want(connection, BRAND, [wanted(1)])
        leave(connection, wanted(1), 1)
        messages.settle(connection, BRAND, [(MessageId(1), SMS, State.SENT, NOW)])
        messages.settle(connection, BRAND, [(MessageId(1), replace(SMS, error="late"), State.FAILED, NOW)])
        found = kept(connection, 1)
        assert (found.state, found.cost, found.provider_id, found.reasons) == (State.SENT, 12, "s-1", [])
        assert messages.sent_since(connection, BRAND, NOW) == {"PB2": 1}
        assert messages.sent_since(connection, BRAND, Instant(NOW + 1)) == {}


def test_what_a_worker_that_lives_is_sending_is_no_orphan(database: str) -> None:
    with connect(database, autocommit=True) as mine, connect(database, autocommit=True) as other:
        messages.want(mine, BRAND, [wanted(1)])
        number, others = workers.new_worker(mine), workers.new_worker(other)
        assert number != others
        leave(mine, wanted(1), number)
        with transaction(other):
            assert messages.adopt_orphans(other, BRAND, others) == []
        mine.close()
        with connect(database, autocommit=True) as third, transaction(third):
            adopted = messages.adopt_orphans(third, BRAND, workers.new_worker(third))
            assert [each.message.id for each in adopted] == [1]
            with transaction(other):  # at the same time: one of them has it
                assert messages.adopt_orphans(other, BRAND, others) == []


def test_a_message_that_its_provider_could_not_be_given_waits_with_the_reason_and_a_code_to_come(database: str) -> None:
    with connect(database, autocommit=True) as connection:
        messages.want(connection, BRAND, [wanted(1)])
        leave(connection, wanted(1), 1)
        code = Code("ABCD2345", Issued(Fixed(5_000), NOW, Instant(NOW + 10), Conditions(15_000)))
        one = wanted(1)
        codes.add(connection, BRAND, [codes.NewCode(code, one.id, one.customer, one.playbook)])
        assert codes.of_message(connection, BRAND, MessageId(1)) == code
        messages.queue_again(connection, BRAND, MessageId(1), Instant(2_000), Reason("provider", "no route"), NOW)
        found = kept(connection, 1)
        assert (found.state, found.message.due_at, found.sent_at) == (State.HELD, 2_000, None)
        assert found.reasons == [[NOW, "provider", "no route"]]
        assert codes.of_message(connection, BRAND, MessageId(1)) is None  # the text with it never left
