"""The record that permitted a message, as it was told, and what the ledger says since (ISR-01, ISR-05)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ritorno.core.events import Channel, ConsentTold, Custom, OrderTold, Purpose, SoldVia, happened
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.ids import MessageId
from ritorno.settings import Settings
from ritorno.store import identifiers, messages
from ritorno.testing import at
from ritorno.work.accept import accept
from ritorno.work.proof import NoMessage, Proof, proof
from ritorno.work.unmerge import unmerge
from tests.web.shop import DANI, Shop, open_shop

WORDS = "אשמח לקבל מאלמוג עדכונים והטבות ב-SMS"


@pytest.fixture
def shop(database: str, tmp_path: Path) -> Iterator[Shop]:
    with open_shop(Settings(tmp_path, database)) as open_one:
        yield open_one


def proof_of(shop: Shop) -> Proof:
    return proof(shop.app.connection(), shop.plan, shop.message().message.id)


def consents(shop: Shop, when: str, *, given: bool = True, source: str = "till", **more: object) -> None:
    told = ConsentTold(Channel.SMS, given=given, source=source, **more)  # type: ignore[arg-type]
    shop.tell(told, when)


def at_risk(shop: Shop) -> None:
    for day in ("2025-08-01T12:00", "2025-09-20T12:00", "2025-11-01T12:00", "2025-12-03T14:05:10"):
        shop.buy(day, 800)
    shop.live_until("2026-03-03T14:05:10")


def test_isr_01_the_row_is_shown_whole(shop: Shop) -> None:
    consents(shop, "2025-05-01T10:00", wording="old", wording_version="v1", source="form", evidence="10.0.0.7")
    consents(shop, "2025-06-01T10:00", wording=WORDS, wording_version="v2", evidence="till 3, employee 17")
    at_risk(shop)
    told = proof_of(shop)
    assert told.permit is not None
    assert told.permit[1:] == (
        at("2025-06-01T10:00"), at("2025-06-01T10:00"), "sms", "marketing", True, "explicit", "till", WORDS, "v2",
        "till 3, employee 17",
    )  # fmt: skip
    assert told.message.consent_event == told.permit.event
    assert (told.since, told.stands) == ([], told.permit)


def test_isr_05_a_withdrawal_since_is_shown_and_the_proof_stays(shop: Shop) -> None:
    consents(shop, "2025-06-01T10:00", wording=WORDS)
    at_risk(shop)
    permit = proof_of(shop).permit
    shop.tell(ConsentTold(Channel.SMS, given=False, source="link"), "2026-03-04T09:00")
    shop.tell(ConsentTold(Channel.EMAIL, given=True, source="form", wording="כן"), "2026-03-04T09:01")
    service = ConsentTold(Channel.SMS, given=False, purpose=Purpose.SERVICE, source="form")
    shop.tell(service, "2026-03-04T09:02")
    told = proof_of(shop)
    assert told.permit == permit
    assert [(row.given, row.source) for row in told.since] == [(False, "link")], "of this channel and purpose"
    assert told.stands is None
    shop.tell(ConsentTold(Channel.SMS, given=True, source="import", wording="כן"), "2026-03-05T09:00")
    assert proof_of(shop).stands is None, "a file does not undo it"
    consents(shop, "2026-03-06T09:00", wording=WORDS)
    stands = proof_of(shop).stands
    assert stands is not None
    assert stands.at == at("2026-03-06T09:00")


def test_what_did_not_leave_was_permitted_by_nothing(shop: Shop) -> None:
    consents(shop, "2025-06-01T10:00", wording=WORDS)
    for day in ("2025-09-20T12:00", "2025-11-01T12:00", "2025-12-06T16:00"):
        shop.buy(day, 800)
    shop.live_until("2026-03-06T17:00")
    told = proof_of(shop)
    assert (told.message.state, told.permit, told.since, told.stands) == ("held", None, [], None)


def test_there_is_no_proof_of_no_message(shop: Shop) -> None:
    with pytest.raises(NoMessage, match="there is no message 99; see: ritorno outbox"):
        proof(shop.app.connection(), shop.plan, MessageId(99))


def test_the_row_is_found_after_a_merge_and_after_it_is_taken_back(shop: Shop) -> None:
    """The permission was Rina's, the message went out while they were one."""
    mail, phone = normalise(Kind.EMAIL, "rina@x.co.il"), normalise(Kind.PHONE, DANI)
    connection, number = shop.app.connection(), 0

    def tell(body: object, when: str, *who: object) -> None:
        nonlocal number
        number += 1
        shop.clock(when)
        moment = at(when)
        told = happened("web", f"w{number}", body, occurred_at=moment, received_at=moment, identifiers=who)  # type: ignore[arg-type]
        accept(connection, shop.brand, [told])
        shop.react()

    tell(ConsentTold(Channel.EMAIL, given=True, source="form", wording="כן"), "2025-06-01", mail)
    tell(OrderTold("w0", 100, "ILS", SoldVia.ONLINE), "2025-06-02", mail)
    for day in ("2025-08-01T12:00", "2025-09-20T12:00", "2025-12-03T14:05:10"):
        shop.buy(day, 800)
    tell(Custom("visit"), "2025-12-10", mail, phone)
    shop.live_until("2026-03-03T14:05:10")
    (kept,) = messages.outbox(connection, shop.brand)
    assert kept.state == "sent"
    before = proof(connection, shop.plan, kept.message.id)
    assert before.permit is not None
    merge = next(each for each in identifiers.merges(connection, shop.brand) if each.record.kind == "merge")
    unmerge(connection, shop.plan, merge.id, shop.app.now(shop.brand))
    after = proof(connection, shop.plan, kept.message.id)
    assert after.permit == before.permit
