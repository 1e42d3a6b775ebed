"""One person from all sides, as it stood then (DAT-05)."""

import psycopg

from ritorno.clock import stopwatch
from ritorno.core.events import Body, Channel, ConsentTold, Custom, Event, MessageTold, OrderTold, SoldVia, happened
from ritorno.core.identifiers import Identifier, Kind, normalise
from ritorno.core.ids import CustomerId, MessageId
from ritorno.core.instants import DAY, HOUR, Instant
from ritorno.core.plan import Plan
from ritorno.testing import at
from ritorno.work.accept import accept
from ritorno.work.card import Card, card
from ritorno.work.find_customer import find
from ritorno.work.react import react_to_inbox

NOW = at("2026-03-01T10:00")
PHONE = normalise(Kind.PHONE, "052-123 4567")
EMAIL = normalise(Kind.EMAIL, "dana@x.co.il")


def tell(connection: psycopg.Connection, plan: Plan, *told: Event) -> None:
    accept(connection, plan.brand.id, told)
    while react_to_inbox(connection, plan, NOW).events:
        pass


def event(number: str, body: Body, when: Instant, *who: Identifier, source: str = "pos") -> Event:
    return happened(source, number, body, occurred_at=when, received_at=when, identifiers=who)


def order(number: str, when: str, shekels: int, via: SoldVia, *who: Identifier) -> Event:
    branch = "Ayalon" if via is SoldVia.POS else ""
    body = OrderTold(number, shekels * 100, "ILS", via, branch=branch)
    return event(number, body, at(when), *who, source="pos" if branch else "shop")


def of(connection: psycopg.Connection, plan: Plan, who: str, as_of: Instant = NOW) -> Card:
    told = card(connection, plan, find(connection, plan, who), as_of)
    assert told is not None
    return told


def merged_dana(connection: psycopg.Connection, plan: Plan) -> None:
    """DAT-03: a till customer with three orders and a site customer with one turn out to be one."""
    for number, when in enumerate(("2025-02-11", "2025-06-24", "2025-11-05")):
        tell(connection, plan, order(f"r{number}", when, 800, SoldVia.POS, PHONE))
    tell(connection, plan, order("s1", "2026-01-10", 300, SoldVia.ONLINE, EMAIL))
    tell(connection, plan, event("c1", ConsentTold(Channel.EMAIL, True, source="form", wording="כן"),
                                 at("2026-01-11"), EMAIL, source="shop"))  # fmt: skip
    tell(connection, plan, event("j1", Custom("looked", {"page": "/"}), at("2026-02-01"), PHONE, EMAIL, source="shop"))


def test_dat_05_the_card_of_a_merged_customer_tells_all_orders_with_place_and_the_cuts_used(
    connection: psycopg.Connection, plan: Plan
) -> None:
    merged_dana(connection, plan)
    told = of(connection, plan, "0521234567")
    orders = [entry for entry in told.timeline if entry.kind == "order"]
    assert [entry.values["sold_via"] for entry in orders] == ["pos", "pos", "pos", "online"]
    assert [entry.at for entry in told.timeline] == sorted(entry.at for entry in told.timeline)
    assert (told.scores.facts.orders, told.scores.facts.spend, told.scores.scores.version) == (4, 270_000, 1)
    assert (len(told.merged), told.document.id) == (1, of(connection, plan, "dana@x.co.il").document.id)
    assert told.may_reach == {Channel.SMS: False, Channel.WHATSAPP: False, Channel.EMAIL: True}
    first = [entry.at for entry in told.timeline if entry.kind == "score" and entry.values["before"] == 0]
    assert {at("2025-02-11"), at("2026-01-10")} <= set(first), "what was decided of either side is told"


def test_the_card_of_the_past_knows_nothing_of_what_came_later(connection: psycopg.Connection, plan: Plan) -> None:
    merged_dana(connection, plan)
    told = of(connection, plan, "0521234567", at("2025-07-01"))
    assert (told.scores.facts.orders, told.scores.facts.spend) == (2, 160_000)
    assert max(entry.at for entry in told.timeline) <= at("2025-07-01")
    assert (told.merged, told.may_reach[Channel.EMAIL]) == ((), False)


def test_clicks_and_page_views_stand_in_the_same_line(connection: psycopg.Connection, plan: Plan) -> None:
    tell(connection, plan, order("s1", "2026-01-10", 300, SoldVia.ONLINE, EMAIL))
    click = MessageTold("clicked", MessageId(9), Channel.EMAIL)
    tell(connection, plan, event("k1", click, at("2026-01-12"), EMAIL, source="provider"))
    done = [entry.values for entry in of(connection, plan, "dana@x.co.il").timeline if entry.kind == "did"]
    assert [one["name"] for one in done] == ["message_clicked"]


def test_dat_05_a_card_with_a_thousand_events_opens_within_a_second(connection: psycopg.Connection, plan: Plan) -> None:
    start = NOW - 400 * DAY
    looked = [
        event(f"e{n}", Custom("looked", {"page": f"/{n}"}), Instant(start + n * 9 * HOUR), EMAIL, source="shop")
        for n in range(900)
    ]
    bought = [
        event(f"o{n}", OrderTold(f"o{n}", 10_000, "ILS", SoldVia.ONLINE), Instant(start + n * 90 * HOUR), EMAIL)
        for n in range(100)
    ]
    tell(connection, plan, *looked, *bought)
    started = stopwatch()
    told = of(connection, plan, "dana@x.co.il")
    assert stopwatch() - started < 1
    assert sum(entry.kind in ("did", "order") for entry in told.timeline) >= 1000 - 45  # 400 days of behaviour are kept


def test_there_is_no_card_of_nobody(connection: psycopg.Connection, plan: Plan) -> None:
    assert card(connection, plan, CustomerId(5), NOW) is None
