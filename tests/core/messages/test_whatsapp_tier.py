"""WhatsApp's tier: 95 % of it for marketing, the rest tomorrow or by the step's next way (ISR-16)."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ritorno.core.customer import Customer, Enrollment
from ritorno.core.events import Channel, ConsentTold, Purpose, happened
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.ids import CustomerId
from ritorno.core.instants import DAY, NEVER
from ritorno.core.journeys.journey import Playbook
from ritorno.core.journeys.step import Send
from ritorno.core.journeys.trigger import Happened
from ritorno.core.journeys.way import Way
from ritorno.core.messages.judge import Go, Hold, Verdict, judge, whatsapp_room
from ritorno.core.messages.message import Message, message_id
from ritorno.core.messages.text import Text
from ritorno.core.plan import Policy
from ritorno.core.view import view_of
from ritorno.testing import at, shop
from tests.core.histories import START, folded
from tests.core.plans import journey, sms

NOON = at("2026-03-03T12:00")  # a Tuesday
WHATSAPP = Way(Channel.WHATSAPP, Text("[AD] שלום [OUT]", "[AD] hello [OUT]"))
BOTH = journey("note", Happened("quiz"), Send("note", (WHATSAPP, sms())))
SERVICE = journey("note", Happened("quiz"), Send("note", (WHATSAPP, sms()), message_class="service"))


def dana(playbook: Playbook, *channels: str) -> Customer:
    """In the playbook, with consent for these channels."""
    told = [
        happened(
            "shop", channel, ConsentTold(Channel(channel), True, Purpose.MARKETING, source="form", wording="כן"),
            occurred_at=START, received_at=START, identifiers=(normalise(Kind.PHONE, "0521234567"),),
        )
        for channel in channels
    ]  # fmt: skip
    customer = folded(list(told))
    customer.enrollments.append(Enrollment(1, playbook.key, 1, "once", NOON, "treated", 1, NOON, NEVER, 0))
    return customer


def verdict(playbook: Playbook, left: int | None, *channels: str, falls_back: bool = False) -> Verdict:
    plan = shop(playbook, policy=Policy(whatsapp_a_day=2000, whatsapp_falls_back=falls_back))
    message = Message(message_id(1, "note"), CustomerId(7), 1, playbook.key, 1, "note", "treated", NOON, NOON)
    return judge(message, view_of(dana(playbook, *channels), plan, NOON), plan, 0, left)


def way(found: Verdict) -> str:
    assert isinstance(found, Go)
    return found.way.channel.value


def test_isr_16_of_2500_with_a_tier_of_2000_1900_leave_and_600_are_held_to_the_next_day() -> None:
    plan = shop(BOTH, policy=Policy(whatsapp_a_day=2000))
    left, told = whatsapp_room(plan), Counter[str]()
    assert left is not None
    view = view_of(dana(BOTH, "whatsapp", "sms"), plan, NOON)
    for number in range(2500):
        message = Message(message_id(1, f"{number}"), CustomerId(7), 1, BOTH.key, 1, "note", "treated", NOON, NOON)
        found = judge(message, view, plan, 0, left)
        left -= isinstance(found, Go)
        told[type(found).__name__] += 1
        if isinstance(found, Hold):
            assert (found.until, str(found.why)) == (NOON + DAY, "whatsapp_tier: 1900/24h")
    assert told == {"Go": 1900, "Hold": 600}


def test_beyond_the_room_the_next_way_is_taken_where_the_policy_says_so_and_there_is_one() -> None:
    assert way(verdict(BOTH, 0, "whatsapp", "sms", falls_back=True)) == "sms"
    assert isinstance(verdict(BOTH, 0, "whatsapp", falls_back=True), Hold)
    assert isinstance(verdict(BOTH, 0, "whatsapp", "sms"), Hold)


def test_no_tier_no_room_to_mind_and_service_messages_have_the_last_five_per_cent() -> None:
    assert whatsapp_room(shop(BOTH)) is None
    assert way(verdict(BOTH, None, "whatsapp", "sms")) == "whatsapp"
    assert way(verdict(SERVICE, 0, "whatsapp")) == "whatsapp"
    assert way(verdict(BOTH, 0, "sms")) == "sms"


@given(
    st.none() | st.integers(-5, 5), st.lists(st.sampled_from(["whatsapp", "sms"]), unique=True), st.booleans(),
    st.sampled_from([BOTH, SERVICE, replace(BOTH, steps=(Send("note", (WHATSAPP,)),))]),
)  # fmt: skip
def test_a_limit_never_lets_more_leave_by_whatsapp_and_never_drops(
    left: int | None, channels: list[str], falls_back: bool, playbook: Playbook
) -> None:
    free = verdict(playbook, None, *channels, falls_back=falls_back)
    found = verdict(playbook, left, *channels, falls_back=falls_back)
    if not isinstance(free, Go) or left is None or left > 0:
        assert found == free
    elif playbook is not SERVICE and free.way.channel is Channel.WHATSAPP:
        assert isinstance(found, Hold) or found == verdict(playbook, None, "sms")
        assert isinstance(found, Hold) is not (falls_back and "sms" in channels and playbook is BOTH)
    else:
        assert found == free
