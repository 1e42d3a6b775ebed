"""A code lives from the sending of its message exactly as long as it says (PB2-06, PB2-07)."""

from msgspec.structs import replace

from ritorno.core.instants import Instant
from ritorno.core.offers import CODE_LETTERS, Offer, Redemption, check, issue, may_redeem
from ritorno.core.wall_clock import SECOND
from ritorno.testing import at, local

OFFER = Offer(5_000, 15_000)
SENT = at("2026-03-03T14:05:10")
CODE = issue(OFFER, "ABCDEFGH", SENT)


def test_pb2_07_redeemable_from_sending_for_24_hours_to_the_second() -> None:
    assert local(CODE.expires_at) == "2026-03-04T14:05:10"
    asked = {
        text: may_redeem(CODE, 20_000, at(f"2026-03-{text}")) for text in ("03T14:05:10", "04T14:05:09", "04T14:05:10")
    }
    assert list(asked.values()) == [Redemption.OK, Redemption.OK, Redemption.EXPIRED]
    assert may_redeem(CODE, 20_000, Instant(CODE.expires_at - 1)) is Redemption.OK
    assert may_redeem(CODE, 20_000, Instant(SENT - 1)) is Redemption.NOT_YET


def test_pb2_07_24_hours_are_elapsed_time_in_the_night_the_clock_changes() -> None:
    code = issue(OFFER, "X", at("2026-03-26T14:00"))
    assert local(code.expires_at) == "2026-03-27T15:00:00"


def test_pb2_06_once_and_for_a_basket_that_is_large_enough() -> None:
    assert may_redeem(CODE, 14_999, SENT) is Redemption.BASKET_TOO_SMALL
    assert may_redeem(CODE, 15_000, SENT) is Redemption.OK
    used = replace(CODE, redeemed_at=Instant(SENT + SECOND))
    assert may_redeem(used, 20_000, Instant(SENT + 2 * SECOND)) is Redemption.USED


def test_a_code_can_be_read_aloud() -> None:
    assert not set("0O1IL") & set(CODE_LETTERS)


def test_an_offer_without_fault() -> None:
    assert check(OFFER) == []
