"""WhatsApp's tier is shared by all that is due: 333 first, never more than 95 % of it in 24 hours (ISR-16)."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from ritorno.core.broadcasts import ANYONE, Broadcast, Turns, advertised
from ritorno.core.events import Channel, ConsentTold, OrderTold, SoldVia
from ritorno.settings import Settings
from ritorno.store import messages
from ritorno.testing import at, local
from ritorno.wiring import chance
from ritorno.work import policy
from ritorno.work.broadcast import send
from ritorno.work.deliver import deliver
from ritorno.work.replan import replan
from tests.web.shop import Shop, open_shop
from tests.work.test_deliver import Postman, by

PEOPLE = [f"052-44400{number:02}" for number in range(7)]
STARS = PEOPLE[5:]
WAYS = (advertised("whatsapp", "שלום", ""), advertised("sms", "שלום", ""))
NOON = "2026-03-10T12:00"


@pytest.fixture
def seven(database: str, tmp_path: Path) -> Iterator[Shop]:
    """Seven who may be written to by WhatsApp and by SMS, the last two of them 333; a broadcast for all is due."""
    with open_shop(Settings(tmp_path, database)) as opened:
        for number, phone in enumerate(PEOPLE):
            for channel in (Channel.WHATSAPP, Channel.SMS):
                told = ConsentTold(channel, True, source="form", wording="כן")
                opened.tell(told, "2025-06-01T10:00", phone=phone)
            for nth in range(3 if phone in STARS else 1):
                order = OrderTold(f"s{number}-{nth}", 150_000, "ILS", SoldVia.ONLINE)
                opened.tell(order, f"2026-02-{20 + nth}T12:00", phone=phone)
        opened.live_until("2026-03-10T11:59")
        connection, plan = opened.app.connection(), opened.plan
        plan_of_tier(opened, 5, falls_back=False)  # 95 % of 5 are 4
        one = Broadcast("hello", ANYONE, WAYS, holdout=0)
        send(connection, opened.plan, one, Turns(at(NOON)), at("2026-03-10T11:59"), "ruth")
        assert plan.brand.id == opened.brand
        yield opened


def plan_of_tier(shop: Shop, tier: int, *, falls_back: bool) -> None:
    wanted = replace(shop.plan.policy, whatsapp_a_day=tier, whatsapp_falls_back=falls_back)
    policy.save(shop.app.connection(), shop.plan, wanted, shop.app.now(shop.brand), "ruth")
    replan(shop.app.connection(), shop.plan, shop.app.now(shop.brand), lambda _: None)


def left(shop: Shop) -> dict[str, tuple[str, str]]:
    """By phone: when it was sent, and by what."""
    found = {}
    for phone in PEOPLE:
        kept = shop.message(phone)
        if kept.sent_at is not None and kept.content is not None:
            found[phone] = local(kept.sent_at)[:16], kept.content.channel.value
    return found


def test_isr_16_stars_leave_first_and_the_rest_the_next_day(seven: Shop) -> None:
    seven.live_until("2026-03-10T20:00")
    today = left(seven)
    assert len(today) == 4
    assert set(STARS) <= today.keys()
    assert set(today.values()) == {(NOON, "whatsapp")}
    held = [seven.message(phone).reasons[-1][1:] for phone in PEOPLE if phone not in today]
    assert held == [["whatsapp_tier", "4/24h"]] * 3
    seven.live_until("2026-03-11T20:00")
    tomorrow = {phone: told for phone, told in left(seven).items() if phone not in today}
    assert set(tomorrow.values()) == {("2026-03-11T12:00", "whatsapp")}
    assert len(tomorrow) == 3


def test_beyond_the_room_the_rest_leave_by_the_next_way_if_the_policy_says_so(seven: Shop) -> None:
    plan_of_tier(seven, 5, falls_back=True)
    seven.live_until("2026-03-10T20:00")
    told = left(seven)
    assert Counter(told.values()) == {(NOON, "whatsapp"): 4, (NOON, "sms"): 3}
    assert {told[phone][1] for phone in STARS} == {"whatsapp"}


def test_the_room_holds_over_batches_and_stars_are_in_the_first(seven: Shop) -> None:
    connection = seven.app.connection()
    connection.execute("UPDATE brand SET stopped = true, plan_version = plan_version + 1")
    seven.live_until(NOON)  # everybody is let in, and all of it waits
    connection.execute("UPDATE brand SET stopped = false, plan_version = plan_version + 1")
    connection.execute("UPDATE message SET due_at = %s, state = 'queued'", (at(NOON),))
    first = messages.due(connection, seven.brand, at(NOON), 2, stars_first=True)
    assert {one.customer for one in first} == {seven.customer(phone).id for phone in STARS}
    postman = Postman()
    rounds = [deliver(connection, seven.plan, by(postman), at(NOON), 1, chance, most=2) for _ in range(4)]
    assert [done.sent for done in rounds] == [2, 2, 0, 0]
    assert sum(done.judged for done in rounds) == 7
