"""Accept: durable before the answer, each message once, the events of one person in one lane."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ritorno.core.events import Event, OrderTold, SoldVia, happened
from ritorno.core.identifiers import Identifier, Kind
from ritorno.core.ids import BrandId
from ritorno.store import inbox
from ritorno.store.connection import connect
from ritorno.testing import at
from ritorno.work.accept import accept, digest, lane

PHONE = Identifier(Kind.PHONE, "+972521234567")
EMAIL = Identifier(Kind.EMAIL, "dana@dana.co.il")
CARD = Identifier(Kind.CLUB_CARD, "77001")
KNOWN = [PHONE, EMAIL, CARD, Identifier(Kind.SHOP_ID, "12", "shop"), Identifier(Kind.DEVICE, "d1")]


def receipt(*who: Identifier, total: int = 9_900, received: str = "2026-03-01T10:00:05") -> Event:
    body = OrderTold("881", total, "ILS", SoldVia.POS, branch="Ayalon")
    return happened("pos", "881", body, occurred_at=at("2026-03-01T10:00"), received_at=at(received), identifiers=who)


def test_a_repetition_is_one_however_late_it_is_delivered_again() -> None:
    first = receipt(PHONE)
    assert digest(receipt(PHONE, received="2026-03-09")) == digest(first)
    assert digest(replace(first, history=True)) == digest(first)
    assert digest(receipt(PHONE, total=9_901)) != digest(first)
    assert digest(receipt(EMAIL)) != digest(first)


def test_nothing_is_accepted_of_nothing(database: str) -> None:
    with connect(database, autocommit=True) as connection:
        assert accept(connection, BrandId(1), []) == []


def test_what_is_answered_is_in_the_inbox_and_what_conflicts_is_not(database: str) -> None:
    with connect(database, autocommit=True) as connection, connect(database, autocommit=True) as other:
        told = [receipt(PHONE), receipt(PHONE, received="2026-03-02"), receipt(PHONE, total=1)]
        assert accept(connection, BrandId(1), told) == ["new", "repeated", "conflict"]
        assert inbox.waiting(other, BrandId(1)) == 1  # committed: another connection sees it


@given(st.permutations(KNOWN), st.integers(1, len(KNOWN)))
def test_the_lane_goes_by_the_strongest_identifier_in_whatever_order_they_are_told(
    who: list[Identifier], count: int
) -> None:
    told = who[:count]
    assert lane(receipt(*told)) == lane(receipt(*reversed(told)))
    assert 0 <= lane(receipt(*told)) < inbox.LANES


def test_everybody_is_spread_over_all_lanes() -> None:
    lanes = [lane(receipt(Identifier(Kind.PHONE, f"+97252{number:07}"))) for number in range(1_600)]
    assert set(lanes) == set(range(inbox.LANES))
    assert max(map(lanes.count, set(lanes))) < 2 * 100


def test_who_names_nobody_is_accepted_too(database: str) -> None:
    with connect(database, autocommit=True) as connection:
        assert accept(connection, BrandId(1), [receipt()]) == ["new"]
        assert inbox.waiting(connection, BrandId(1)) == 1
