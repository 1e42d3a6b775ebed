"""The inbox: each message id once, lanes claimed whole, nothing lost between claim and finish."""

import psycopg
import pytest

from ritorno.core.ids import BrandId
from ritorno.core.instants import Instant
from ritorno.store import inbox
from ritorno.store.connection import connect
from ritorno.store.transaction import transaction

BRAND = BrandId(1)


def delivery(number: int, *, lane: int = 0, digest: bytes = b"d") -> inbox.Delivery:
    return inbox.Delivery(number.to_bytes(16, "big"), digest, lane, Instant(5), b"event %d" % number)


def payloads(waiting: list[inbox.Waiting]) -> list[bytes]:
    return [one.payload for one in waiting]


def test_a_key_is_news_once_and_another_content_under_it_is_a_conflict(database: str) -> None:
    with connect(database, autocommit=True) as connection:
        given = [delivery(1), delivery(1), delivery(2), delivery(2, digest=b"other")]
        assert inbox.accept(connection, BRAND, given) == ["new", "repeated", "new", "conflict"]
        assert inbox.accept(connection, BRAND, [delivery(2), delivery(1, digest=b"x")]) == ["repeated", "conflict"]
        assert inbox.waiting(connection, BRAND) == 2
        assert inbox.accept(connection, BrandId(2), [delivery(1, digest=b"x")]) == ["new"]  # another brand's own key


def test_what_was_marked_seen_by_an_import_is_no_news_at_the_door(database: str) -> None:
    with connect(database, autocommit=True) as connection:
        keys = [delivery(number).key for number in (1, 2)]
        assert inbox.mark_seen(connection, BRAND, keys, [b"d", b"d"]) == set(keys)
        assert inbox.mark_seen(connection, BRAND, keys, [b"d", b"d"]) == set()
        assert inbox.accept(connection, BRAND, [delivery(1), delivery(3)]) == ["repeated", "new"]


def test_events_of_a_lane_are_claimed_in_the_order_in_which_they_came(database: str) -> None:
    with connect(database, autocommit=True) as connection:
        inbox.accept(connection, BRAND, [delivery(number, lane=number % 2) for number in range(10)])
        with transaction(connection):
            waiting = inbox.claim(connection, BRAND, 7, first_lane=1)
        assert payloads(waiting) == [b"event %d" % number for number in (1, 3, 5, 7, 9, 0, 2)]


def test_a_lane_that_another_worker_holds_is_left_to_it_until_its_transaction_ends(database: str) -> None:
    with connect(database, autocommit=True) as one, connect(database, autocommit=True) as other:
        inbox.accept(one, BRAND, [delivery(0, lane=3), delivery(1, lane=3), delivery(2, lane=8)])
        with transaction(one):
            first = inbox.claim(one, BRAND, 1, first_lane=3)
            with transaction(other):
                assert payloads(inbox.claim(other, BRAND, 10)) == [b"event 2"]
            inbox.finish(one, BRAND, first)
        with transaction(other):
            assert payloads(inbox.claim(other, BRAND, 10, first_lane=3)) == [b"event 1", b"event 2"]


def test_a_claim_that_is_not_finished_comes_again(database: str) -> None:
    with connect(database, autocommit=True) as connection:
        inbox.accept(connection, BRAND, [delivery(0), delivery(1)])
        with pytest.raises(ZeroDivisionError):
            finish_and_die(connection)
        with transaction(connection):
            waiting = inbox.claim(connection, BRAND, 10)
            inbox.finish(connection, BRAND, waiting[:1])
        assert payloads(waiting) == [b"event 0", b"event 1"]
        assert inbox.waiting(connection, BRAND) == 1


def finish_and_die(connection: psycopg.Connection) -> None:
    with transaction(connection):
        inbox.finish(connection, BRAND, inbox.claim(connection, BRAND, 10))
        raise ZeroDivisionError


def test_what_is_finished_twice_is_an_error_not_a_silence(database: str) -> None:
    with connect(database, autocommit=True) as connection:
        inbox.accept(connection, BRAND, [delivery(0)])
        with transaction(connection):
            waiting = inbox.claim(connection, BRAND, 10)
            inbox.finish(connection, BRAND, waiting)
        with pytest.raises(AssertionError, match="another worker"), transaction(connection):
            inbox.finish(connection, BRAND, waiting)


def test_what_was_not_accepted_is_kept_with_the_reason(database: str) -> None:
    with connect(database, autocommit=True) as connection:
        for reason in ("total: not a number", "no order_id"):
            inbox.reject(connection, BRAND, "pos", Instant(7), reason, b"{}")
        kept = inbox.rejections(connection, BRAND, 5)
        assert [(each.source, each.reason) for each in kept] == [("pos", "no order_id"), ("pos", "total: not a number")]
        assert len(inbox.rejections(connection, BRAND, 1)) == 1


def test_two_batches_that_share_keys_in_opposite_order_do_not_wait_for_each_other_in_a_circle(database: str) -> None:
    """Keys are written in order, so the second waits for the first and neither for both."""
    keys = [delivery(number) for number in range(50)]
    with connect(database, autocommit=True) as one, connect(database, autocommit=True) as other:
        with transaction(one):
            inbox.accept(one, BRAND, keys[:25])
            other.execute("SET lock_timeout = '50ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                inbox.accept(other, BRAND, keys[::-1])
            assert inbox.accept(one, BRAND, keys[25:]) == ["new"] * 25
        assert inbox.accept(other, BRAND, keys[::-1]) == ["repeated"] * 50
