"""Broadcast: one message to a group that is resolved once, with everything that holds for any message."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from ritorno.core.broadcasts import ANYONE, Broadcast, BroadcastError, about_rule, advertised, turns_of
from ritorno.core.events import Channel, ConsentTold, Line, OrderTold, SignedUp, SoldVia
from ritorno.core.instants import Span, hours
from ritorno.core.segments.text import from_text
from ritorno.settings import Settings
from ritorno.store import messages
from ritorno.testing import at, local
from ritorno.work.broadcast import listed, preview, send, stop
from tests.web.shop import DANI, Shop, open_shop

PEOPLE = [f"052-33300{number:02}" for number in range(1, 7)]
LOYAL = PEOPLE[:2]
SMS = (advertised("sms", "מבצע אביב: {{ link }}", "Spring sale: {{ link }}"),)
BUYERS = from_text("ever >= 1")
SALE = Broadcast("sale", BUYERS, SMS, holdout=0)


@pytest.fixture
def open_for_all(database: str, tmp_path: Path) -> Iterator[Shop]:
    """Six who bought shoes in January, the first two of them four times; all may get SMS but the last."""
    with open_shop(Settings(tmp_path, database)) as opened:
        for place, phone in enumerate(PEOPLE):
            if phone != PEOPLE[-1]:
                told = ConsentTold(Channel.SMS, True, source="form", wording="כן")
                opened.tell(told, "2025-06-01T10:00", phone=phone)
            for nth in range(4 if phone in LOYAL else 1):
                order = OrderTold(f"s{place}-{nth}", 20_000 + place, "ILS", SoldVia.ONLINE,
                                  lines=(Line("shoe", "shoe", "נעליים"),))  # fmt: skip
                opened.tell(order, f"2026-01-{10 + nth}T12:00", phone=phone)
        opened.live_until("2026-03-10T10:00")
        yield opened


def begin(shop: Shop, one: Broadcast = SALE, when: str = "2026-03-10T10:00", an_hour: int = 0) -> None:
    plan = shop.plan
    turns = turns_of(at(when), None, an_hour, plan.policy.send_window, plan.tz)
    send(shop.app.connection(), plan, one, turns, shop.app.now(shop.brand), "ruth")


def left(shop: Shop, key: str = "broadcast-sale") -> dict[str, list[str]]:
    """Whom it was sent to, and when."""
    found: dict[str, list[str]] = {}
    for phone in PEOPLE:
        own = messages.of_customer(shop.app.connection(), shop.brand, shop.customer(phone).id)
        sent = [local(each.sent_at)[:16] for each in own if each.message.playbook == key and each.sent_at]
        if sent:
            found[phone] = sent
    return found


def test_everyone_of_the_segment_gets_it_once_and_without_consent_nobody(open_for_all: Shop) -> None:
    told = preview(open_for_all.app.connection(), open_for_all.plan, SALE, at("2026-03-10T10:00"))
    begin(open_for_all)
    open_for_all.live_until("2026-03-20T10:00")
    spent = [each.cost for each in messages.outbox(open_for_all.app.connection(), open_for_all.brand) if each.sent_at]
    assert (told.channels, told.cost) == ({"sms": 5}, sum(cost or 0 for cost in spent))
    assert left(open_for_all) == {phone: ["2026-03-10T10:00"] for phone in PEOPLE[:5]}
    assert open_for_all.message(PEOPLE[-1]).reasons[-1][1] == "no_consent"
    (row,) = listed(open_for_all.app.connection(), open_for_all.plan)
    assert (row.name, row.state, row.saved_by, row.messages) == ("sale", "sent", "ruth", {"dropped": 1, "sent": 5})


def test_com_28_the_loyal_get_it_a_day_before_and_nobody_gets_both(open_for_all: Shop) -> None:
    plan = open_for_all.plan
    turns = turns_of(at("2026-03-17T09:00"), hours(24), 0, plan.policy.send_window, plan.tz)
    loyal = from_text("ever >= 3")
    begun = send(open_for_all.app.connection(), plan, SALE, turns, at("2026-03-10T10:00"), "ruth", early=loyal)
    assert (begun.recipients, begun.early) == (6, 2)
    open_for_all.live_until("2026-03-25T10:00")
    public = {phone: ["2026-03-17T09:00"] for phone in PEOPLE[2:5]}
    assert left(open_for_all) == {phone: ["2026-03-16T09:00"] for phone in LOYAL} | public


def test_it_is_spread_over_hours_the_highest_spend_first_and_stopped_in_between(open_for_all: Shop) -> None:
    begin(open_for_all, an_hour=2)
    open_for_all.live_until("2026-03-10T11:30")
    shop = open_for_all
    assert left(shop) == {
        PEOPLE[0]: ["2026-03-10T10:00"], PEOPLE[1]: ["2026-03-10T10:00"], PEOPLE[4]: ["2026-03-10T11:00"],
    }  # fmt: skip
    assert listed(shop.app.connection(), shop.plan)[0].state == "running"
    found = stop(shop.app.connection(), shop.plan, "sale", shop.app.now(shop.brand), "ruth")
    assert (found.not_invited, found.dropped) == (2, 0)
    shop.live_until("2026-03-15T10:00")
    assert len(left(shop)) == 3
    assert listed(shop.app.connection(), shop.plan)[0].state == "stopped"
    with pytest.raises(BroadcastError, match="stopped already"):
        stop(shop.app.connection(), shop.plan, "sale", shop.app.now(shop.brand), "ruth")
    with pytest.raises(BroadcastError, match="there are: sale"):
        stop(shop.app.connection(), shop.plan, "sail", shop.app.now(shop.brand), "ruth")


def test_what_waits_for_the_morning_is_dropped_when_it_is_stopped(open_for_all: Shop) -> None:
    shop = open_for_all
    begin(shop)
    shop.app.connection().execute("UPDATE invitation SET invite_at = %s", (at("2026-03-10T22:00"),))
    shop.live_until("2026-03-10T23:00")
    assert shop.message(PEOPLE[0]).state == "held"
    assert stop(shop.app.connection(), shop.plan, "sale", shop.app.now(shop.brand), "ruth").dropped == 5
    shop.live_until("2026-03-12T12:00")
    assert left(shop) == {}
    assert shop.message(PEOPLE[0]).reasons[-1][1:] == ["stopped", "broadcast-sale"]


def test_who_left_the_segment_before_the_turn_is_left_out(open_for_all: Shop) -> None:
    few = replace(SALE, rule=from_text("ever < 2 and bought"))
    begin(open_for_all, few, when="2026-03-12T10:00")
    open_for_all.buy("2026-03-11T10:00", 50, phone=PEOPLE[3])
    open_for_all.live_until("2026-03-14T10:00")
    assert list(left(open_for_all)) == [PEOPLE[2], PEOPLE[4]]


def test_a_name_is_sent_once_and_never_to_nobody(open_for_all: Shop) -> None:
    begin(open_for_all)
    with pytest.raises(BroadcastError, match="already"):
        begin(open_for_all)
    with pytest.raises(BroadcastError, match="nobody is in this segment"):
        begin(open_for_all, replace(SALE, name="none", rule=from_text("ever >= 99")))


def test_the_next_broadcast_retires_those_that_nobody_enters_any_more(open_for_all: Shop) -> None:
    begin(open_for_all)
    open_for_all.live_until("2026-03-10T11:00")
    begin(open_for_all, replace(SALE, name="next"), when="2026-03-12T10:00")
    assert [each.key for each in open_for_all.plan.running] == ["PB2", "broadcast-next"]
    open_for_all.live_until("2026-03-12T11:00")
    assert len(left(open_for_all, "broadcast-next")) == 5


def test_pb2_02_who_is_in_a_rescue_is_left_out_and_included_again_after_it(database: str, tmp_path: Path) -> None:
    with open_shop(Settings(tmp_path, database)) as shop:
        shop.rescue()
        shop.live_until("2026-03-04T10:00")
        found = preview(shop.app.connection(), shop.plan, SALE, at("2026-03-04T10:00"))
        assert (found.recipients, found.in_rescue, found.channels) == (1, 1, {})
        begin(shop, when="2026-03-04T10:00")
        shop.live_until("2026-03-04T10:30")
        own = messages.of_customer(shop.app.connection(), shop.brand, shop.customer(DANI).id)
        (kept,) = [each for each in own if each.message.playbook == "broadcast-sale"]
        assert (kept.state, kept.reasons[-1][1:]) == ("dropped", ["in_playbook", "PB2"])
        shop.live_until("2026-04-20T10:00")
        begin(shop, replace(SALE, name="later"), when="2026-04-20T10:00")
        shop.live_until("2026-04-20T11:00")
        assert shop.message(DANI).message.playbook == "broadcast-later"
        assert shop.message(DANI).state == "sent"


def test_orc_06_to_everyone_shows_who_is_reached_what_it_costs_and_what_is_wasted(open_for_all: Shop) -> None:
    shop = open_for_all
    shop.tell(SignedUp(), "2025-05-01T10:00", phone="052-3330009")
    shop.live_until("2026-07-11T13:00")  # 180 days after the orders of all but the loyal
    found = preview(shop.app.connection(), shop.plan, replace(SALE, rule=ANYONE), at("2026-07-11T13:00"))
    assert (found.recipients, found.channels, found.refused, found.held_out) == (7, {"sms": 5}, 2, 0)
    assert found.silent == 5
    assert found.wasted == pytest.approx(5 / 7)
    assert found.cost == 5 * 2 * shop.plan.brand.part_cost
    assert found.silent_cost == 3 * 2 * shop.plan.brand.part_cost
    assert found.narrower is not None
    assert found.narrower.recipients == 2
    narrower = from_text(found.narrower.rule)
    again = preview(shop.app.connection(), shop.plan, replace(SALE, rule=narrower), at("2026-07-11T13:00"))
    assert (again.recipients, again.wasted, again.narrower) == (2, 0, None)


def test_eng_07_what_concerns_few_proposes_those_it_concerns(open_for_all: Shop) -> None:
    shop = open_for_all
    bag = OrderTold("b1", 5_000, "ILS", SoldVia.ONLINE, lines=(Line("bag", "bag", "תיקים"),))
    shop.tell(bag, "2026-03-01T12:00", phone=PEOPLE[3])
    shop.live_until("2026-03-10T12:00")
    now = at("2026-03-10T12:00")
    found = preview(shop.app.connection(), shop.plan, SALE, now, about=about_rule("category:תיקים", shop.plan))
    assert found.relevance == pytest.approx(1 / 6)
    assert found.is_off_topic
    assert found.narrower is not None
    proposed = replace(SALE, rule=from_text(found.narrower.rule))
    fits = preview(shop.app.connection(), shop.plan, proposed, now, about=about_rule("category:תיקים", shop.plan))
    assert (fits.recipients, fits.relevance, fits.is_off_topic, fits.narrower) == (1, 1, False, None)


def test_what_the_preview_holds_out_is_held_out_and_what_lasts_no_longer_is_dropped(open_for_all: Shop) -> None:
    shop = open_for_all
    half = replace(SALE, name="half", holdout=0.5, lasts=Span(1))
    found = preview(shop.app.connection(), shop.plan, half, at("2026-03-10T10:00"))
    begin(shop, half)
    shop.live_until("2026-03-10T10:30")
    (row,) = listed(shop.app.connection(), shop.plan)
    assert 0 < found.held_out < 5
    assert row.messages == {"dropped": 1, "held_out": found.held_out, "sent": found.channels["sms"]}
    definition = next(each for (key, _), each in shop.plan.versions.items() if key == "broadcast-half")
    assert definition.exits.after == Span(1)
