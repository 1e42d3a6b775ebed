"""One person out of till and web shop, and back again (DAT-03)."""

import psycopg
import pytest

from ritorno.core.customer import encode_customer
from ritorno.core.events import Event, OrderTold, SoldVia, happened
from ritorno.core.identifiers import Identifier, Kind, normalise
from ritorno.core.plan import Plan
from ritorno.store import customers, definitions, identifiers
from ritorno.store.transaction import transaction
from ritorno.testing import at
from ritorno.work.accept import accept
from ritorno.work.find_customer import find
from ritorno.work.found import found
from ritorno.work.plans import Plans
from ritorno.work.react import react_to_inbox
from ritorno.work.unmerge import CannotUnmerge, unmerge

NOW = at("2026-03-01T10:00")


def phone(text: str) -> Identifier:
    return normalise(Kind.PHONE, text)


def email(text: str) -> Identifier:
    return normalise(Kind.EMAIL, text)


def bought(order: str, when: str, shekels: int, *who: Identifier, source: str = "pos") -> Event:
    via = SoldVia.POS if source == "pos" else SoldVia.ONLINE
    body = OrderTold(order, shekels * 100, "ILS", via, branch="Ayalon" if source == "pos" else "")
    return happened(source, order, body, occurred_at=at(when), received_at=at(when), identifiers=who)


def tell(connection: psycopg.Connection, plan: Plan, *told: Event) -> None:
    accept(connection, plan.brand.id, told)
    while react_to_inbox(connection, plan, NOW).events:
        pass


def facts(connection: psycopg.Connection, plan: Plan, who: str) -> tuple[int, int, int]:
    document = customers.read(connection, plan.brand.id, find(connection, plan, who))
    assert document is not None
    return document.scores.orders, document.scores.spend, document.scores.cell


def till_and_site() -> list[Event]:
    till = phone("052-123 4567")
    return [
        bought("881", "2026-01-05T11:00", 900, till),
        bought("882", "2026-01-20T11:00", 700, till),
        bought("883", "2026-02-10T11:00", 800, till),
    ]


def test_dat_03_a_site_customer_with_the_tills_phone_is_one_customer_and_unmerges_exactly(
    connection: psycopg.Connection, plan: Plan
) -> None:
    tell(connection, plan, *till_and_site())
    till_alone = facts(connection, plan, "052-123 4567")
    site = bought("w1", "2026-02-20T20:00", 300, email("dana@x.co.il"), phone("+972521234567"), source="woo")
    tell(connection, plan, site)

    assert facts(connection, plan, "dana@x.co.il")[:2] == (4, 270_000)
    who = find(connection, plan, "dana@x.co.il")
    (kept,) = identifiers.merges(connection, plan.brand.id, who)
    assert kept.record.evidence == "phone match"

    survivor, other = unmerge(connection, plan, kept.id, NOW)
    assert facts(connection, plan, "0521234567") == till_alone == (3, 240_000, 333)
    assert facts(connection, plan, "dana@x.co.il") == (1, 30_000, 311)
    assert find(connection, plan, "dana@x.co.il") == other != survivor

    again = bought("w2", "2026-02-28T20:00", 100, email("dana@x.co.il"), phone("0521234567"), source="woo")
    tell(connection, plan, again)
    assert facts(connection, plan, "0521234567") == till_alone, "kept apart for good"
    assert facts(connection, plan, "dana@x.co.il")[:2] == (2, 40_000)


def two_who_become_one(connection: psycopg.Connection, plan: Plan) -> Event:
    tell(connection, plan, *till_and_site())
    tell(connection, plan, bought("w1", "2026-02-20T20:00", 300, email("dana@x.co.il"), source="woo"))
    return bought("w2", "2026-02-25T20:00", 50, email("dana@x.co.il"), phone("0521234567"), source="woo")


def test_dat_03_a_merge_taken_back_restores_both_documents(connection: psycopg.Connection, plan: Plan) -> None:
    link = two_who_become_one(connection, plan)
    brand = plan.brand.id
    till, site = find(connection, plan, "0521234567"), find(connection, plan, "dana@x.co.il")
    before = {who: customers.read(connection, brand, who) for who in (till, site)}
    tell(connection, plan, link)
    one = find(connection, plan, "dana@x.co.il")
    assert one == find(connection, plan, "0521234567")
    assert facts(connection, plan, "0521234567")[:2] == (5, 275_000)

    merge = next(each for each in identifiers.merges(connection, brand, one) if each.record.kind == "merge")
    survivor, other = unmerge(connection, plan, merge.id, NOW)
    assert {survivor, other} == {till, site}
    # The order that linked them is the web shop's: everything else is as if it had never been one.
    assert facts(connection, plan, "0521234567") == (3, 240_000, 333)
    assert facts(connection, plan, "dana@x.co.il")[:2] == (2, 35_000)
    restored = customers.read(connection, brand, till)
    assert restored is not None
    known = before[till]
    assert known is not None
    assert restored.orders == known.orders
    assert restored.identifiers == known.identifiers
    assert restored.scores == known.scores
    assert restored.due_at == known.due_at
    assert len(encode_customer(restored)) == len(encode_customer(known))


def test_purchases_and_identifiers_follow_their_owner(connection: psycopg.Connection, plan: Plan) -> None:
    tell(connection, plan, two_who_become_one(connection, plan))
    one = find(connection, plan, "dana@x.co.il")
    merge = next(each for each in identifiers.merges(connection, plan.brand.id, one) if each.record.kind == "merge")
    survivor, other = unmerge(connection, plan, merge.id, NOW)
    rows = connection.execute("SELECT customer_id, count(*) FROM purchase GROUP BY 1").fetchall()
    assert dict(rows) == {find(connection, plan, "0521234567"): 3, find(connection, plan, "dana@x.co.il"): 2}
    assert {survivor, other} == set(dict(rows))


def test_what_cannot_be_taken_back_says_why(connection: psycopg.Connection, plan: Plan) -> None:
    with pytest.raises(CannotUnmerge, match="there is no merge 99"):
        unmerge(connection, plan, 99, NOW)
    tell(connection, plan, two_who_become_one(connection, plan))
    one = find(connection, plan, "dana@x.co.il")
    merge = next(each for each in identifiers.merges(connection, plan.brand.id, one) if each.record.kind == "merge")
    unmerge(connection, plan, merge.id, NOW)
    with pytest.raises(CannotUnmerge, match="taken back already"):
        unmerge(connection, plan, merge.id, NOW)


def test_only_the_brands_own_merges(connection: psycopg.Connection, plan: Plan) -> None:
    tell(connection, plan, two_who_become_one(connection, plan))
    with transaction(connection):
        found_brand = definitions.find_brand(connection, "default")
    assert found_brand is not None
    found(connection, "second", {"name": "B"}, NOW)
    with pytest.raises(CannotUnmerge):
        unmerge(connection, Plans().named(connection, "second"), 1, NOW)
