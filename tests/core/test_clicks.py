"""Whose clicks are nobody's: programs that open links to look for harm (ENG-04)."""

from hypothesis import given
from hypothesis import strategies as st

from ritorno.core.clicks import is_hasty
from ritorno.core.customer import Contact, Customer
from ritorno.core.events import Channel, MessageTold, happened
from ritorno.core.folding import fold
from ritorno.core.ids import CustomerId, MessageId, PlaybookKey
from ritorno.core.instants import Instant
from ritorno.testing import at

TEN = at("2026-02-01T10:00")
_MILLISECOND = 1_000


def told(clicks: list[tuple[int, int, str]]) -> Customer:
    """Clicks of (milliseconds after ten, message, link), in that order of arrival."""
    customer = Customer(CustomerId(1))
    for after, number, link in clicks:
        when = Instant(TEN + after * _MILLISECOND)
        body = MessageTold("clicked", MessageId(number), Channel.SMS, link=link)
        fold(customer, happened("x", f"{after} {number} {link}", body, occurred_at=when, received_at=when))
    return customer


def by_hand(customer: Customer) -> list[tuple[int, str]]:
    return [
        ((done.at - TEN) // _MILLISECOND, str(done.properties["link"])) for done in customer.did if done.by_hand
    ]  # fmt: skip


def test_eng_04_links_of_a_message_opened_within_a_second_are_a_machines() -> None:
    assert by_hand(told([(0, 1, "a"), (300, 1, "b"), (900, 1, "c")])) == []
    assert by_hand(told([(0, 1, "a"), (999, 1, "b"), (10_000, 1, "a")])) == [(10_000, "a")]


def test_links_that_a_person_follows_one_after_the_other_are_a_persons() -> None:
    assert len(by_hand(told([(0, 1, "a"), (1_000, 1, "b"), (5_000, 1, "a")]))) == 3


def test_one_link_clicked_twice_and_links_of_two_messages_are_a_persons() -> None:
    assert len(by_hand(told([(0, 1, "a"), (200, 1, "a"), (100, 2, "b")]))) == 3


def test_they_are_kept_and_shown() -> None:
    assert [done.properties["machine"] for done in told([(0, 1, "a"), (300, 1, "b")]).did] == [True, True]


_CLICKS = st.lists(
    st.tuples(st.integers(0, 40).map(lambda tenth: tenth * 100), st.integers(1, 2), st.sampled_from("abc")),
    max_size=6,
    unique=True,
)


@given(_CLICKS, st.randoms(use_true_random=False))
def test_whichever_click_is_told_first_it_comes_to_the_same(clicks: list[tuple[int, int, str]], chance: object) -> None:
    shuffled = clicks.copy()
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert told(clicks).did == told(shuffled).did
    for after, number, link in clicks:
        alone = all(
            other[1] != number or other[2] == link or abs(other[0] - after) >= 1_000 for other in clicks
        )  # fmt: skip
        mine = next(
            done for done in told(clicks).did
            if (done.at, done.properties["message"], done.properties["link"])
            == (TEN + after * _MILLISECOND, number, link)
        )  # fmt: skip
        assert mine.by_hand is alone


def test_eng_04_a_click_less_than_a_second_after_the_message_left_is_hasty() -> None:
    customer = Customer(CustomerId(1), contacts=[Contact(TEN, MessageId(1), "sms", PlaybookKey("p"), marketing=True)])
    assert is_hasty(customer, MessageId(1), Instant(TEN + 999_999))
    assert not is_hasty(customer, MessageId(1), Instant(TEN + 1_000_000))
    assert not is_hasty(customer, MessageId(2), TEN)
    delivered = MessageTold("delivered", MessageId(1), Channel.SMS)
    later = Instant(TEN + 5_000_000)
    fold(customer, happened("x", "d", delivered, occurred_at=later, received_at=later))
    assert is_hasty(customer, MessageId(1), Instant(later + 1))
    assert not is_hasty(customer, MessageId(1), Instant(later - 1))
