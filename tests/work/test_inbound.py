"""What people answer is read: a refusal stops the channel at once, the rest is a reply (ISR-05)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ritorno.core.events import Channel, ConsentTold
from ritorno.settings import Settings
from ritorno.store import identifiers, inbox
from ritorno.testing import at
from ritorno.work.inbound import Reply, reply
from tests.web.shop import DANI, Shop, open_shop


@pytest.fixture
def shop(database: str, tmp_path: Path) -> Iterator[Shop]:
    with open_shop(Settings(tmp_path, database)) as opened:
        opened.rescue(channels="sms email")
        yield opened


def says(shop: Shop, text: str, *, sender: str = DANI, channel: Channel = Channel.SMS, key: str = "p1") -> Reply:
    return reply(shop.app.connection(), shop.plan, channel, sender, text, at("2026-03-03T15:00"), key=key)


def test_isr_05_a_reply_that_asks_to_stop_withdraws_for_its_channel(shop: Shop) -> None:
    assert says(shop, "הסר") == Reply(stopped=True, customers=(shop.customer().id,))
    assert (shop.permits("sms"), shop.permits("email")) == (False, True)
    row = shop.app.connection().execute("SELECT given, source, evidence, proof FROM consent ORDER BY at DESC LIMIT 1")
    assert row.fetchone() == (False, "reply", "הסר", "explicit")


def test_isr_05_a_later_file_does_not_undo_it(shop: Shop) -> None:
    says(shop, "stop please")
    told = ConsentTold(Channel.SMS, given=True, source="import", wording="subscribed")
    shop.tell(told, "2026-03-04T10:00")
    assert not shop.permits("sms")


def test_anything_else_is_a_reply_to_the_latest_message(shop: Shop) -> None:
    for _ in range(2):  # the provider delivers it twice
        assert not says(shop, "מתי אתם פתוחים?").stopped
    shop.clock("2026-03-03T15:00:01")
    shop.react()
    (event,) = shop.told("message_replied")
    assert (event.body.message, event.body.text) == (shop.message().message.id, "מתי אתם פתוחים?")
    assert shop.permits("sms")


def test_from_an_address_that_nobody_is_known_by_the_text_is_kept(shop: Shop) -> None:
    assert says(shop, "הסר", sender="054-999-9999").customers == ()
    (kept,) = inbox.rejections(shop.app.connection(), shop.brand, 5)
    assert kept.reason == "sms from +972549999999: nobody is known by this address"


def test_a_refusal_from_a_number_that_many_share_stops_everybody_we_wrote_to_there(shop: Shop) -> None:
    (phone,) = [known.identifier for known in shop.customer().identifiers]
    customer = shop.customer().id
    identifiers.mark_shared(shop.app.connection(), shop.brand, [phone])
    assert says(shop, "STOP").customers == (customer,)
    assert not shop.permits("sms")


def test_an_address_that_is_none_is_said_to_be_none(shop: Shop) -> None:
    with pytest.raises(ValueError, match="is not a phone number"):
        says(shop, "הסר", sender="x")
