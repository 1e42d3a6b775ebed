"""The sandbox stands in for providers: it takes a message once, and says what it would have cost."""

from pathlib import Path

import pytest

from ritorno.channels.sandbox import Sandbox
from ritorno.core.events import Channel
from ritorno.core.messages.message import Content


@pytest.mark.parametrize(
    ("channel", "parts", "cost"), [(Channel.SMS, 3, 36_000), (Channel.EMAIL, 3, 1_000), (Channel.WHATSAPP, 3, 20_000)]
)
def test_pb1_10_an_sms_costs_by_its_parts_any_other_message_by_itself(
    tmp_path: Path, channel: Channel, parts: int, cost: int
) -> None:
    sandbox = Sandbox(tmp_path, part_cost=12_000, email_cost=1_000, whatsapp_cost=20_000)
    content = Content(channel, "+972521234567", "he", "שלום", parts=parts)
    assert sandbox.send("1", content).cost == cost
    assert sandbox.send("1", content).cost == cost
    kept = sandbox.look_up("1")
    assert kept is not None
    assert (kept.cost, len(sandbox.sent())) == (cost, 1)
    sandbox.close()
