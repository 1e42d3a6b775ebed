"""Rina, a loyal customer, is asked to recommend; Noa buys with her code; a fortnight later both are told of their gift.

COM-21, over five weeks, with the till, the worker and the messages.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from ritorno.core.events import Channel, ConsentTold
from ritorno.core.referral import Terms
from ritorno.playbooks.library import load
from ritorno.settings import Settings
from ritorno.sources import pos
from ritorno.store import definitions, messages
from ritorno.store.transaction import transaction
from ritorno.testing import at, held_out_of
from ritorno.work import policy
from ritorno.work.plans import body_of
from ritorno.work.receive import receive
from ritorno.work.refer import personal_code
from tests.web.shop import Shop, open_shop

RINA, NOA = "052-1234561", "052-7654322"


@pytest.fixture
def club(database: str, tmp_path: Path) -> Iterator[Shop]:
    with open_shop(Settings(tmp_path, database)) as shop:
        shop.clock("2026-01-02")
        wanted = replace(shop.plan.policy, referral=Terms(5_000, 3_000, 20_000))
        policy.save(shop.app.connection(), shop.plan, wanted, at("2026-01-02"), "t")
        with transaction(shop.app.connection()) as connection:
            for key in ("refer", "referred"):
                body = body_of(held_out_of(load(key), 0))
                definitions.save(
                    connection, shop.brand, "playbook", key, body, status="active", at=at("2026-01-02"), by="t"
                )
        shop.react()
        for phone in (RINA, NOA):
            shop.tell(ConsentTold(Channel.SMS, given=True, source="form", wording="x"), "2026-01-03", phone=phone)
        yield shop


def texts(shop: Shop, phone: str) -> list[str]:
    kept = messages.of_customer(shop.app.connection(), shop.brand, shop.customer(phone).id)
    return [each.content.text for each in kept if each.content is not None]


def test_com_21_from_the_asking_to_both_gifts(club: Shop) -> None:
    code = personal_code(club.app.connection(), club.plan, club.customer(RINA).id, at("2026-01-03"))
    shop = pos.Shop("pos", "ILS", "IL", club.plan.tz)
    told = {"receipt_no": "1", "occurred_at": "2026-02-03T12:00", "total": 300, "code": code}
    body = json.dumps(told | {"customer": {"phone": NOA}}).encode()
    now = at("2026-02-03T12:00")
    club.clock("2026-02-03T12:00")
    receive(club.app.connection(), club.plan, "pos", pos.read(body, shop, now), now)
    club.react()
    club.live_until("2026-02-17T11:59")
    assert texts(club, RINA) == texts(club, NOA) == []
    club.live_until("2026-02-17T12:00")
    club.live_until("2026-02-17T20:00")
    (to_rina,), (to_noa,) = texts(club, RINA), texts(club, NOA)
    assert "50 ₪ במתנה עד 18.5.2026" in to_rina.replace("\u2068", "").replace("\u2069", "")
    assert "30 ₪ במתנה עד 18.5.2026" in to_noa.replace("\u2068", "").replace("\u2069", "")
    (mine,) = (
        club.app.connection()
        .execute("SELECT code FROM code WHERE customer_id = %s", [club.customer(RINA).id])
        .fetchall()
    )
    assert mine[0] in to_rina
    assert mine[0] not in to_noa
    assert [each.name for each in club.customer(NOA).did] == ["referral_rewarded"]


def test_com_21_the_loyal_are_asked_with_a_code_of_their_own(club: Shop) -> None:
    for day in ("2026-01-05T12:00", "2026-01-20T12:00", "2026-02-05T12:00", "2026-02-20T12:00", "2026-03-05T12:00"):
        club.buy(day, 400, phone=RINA)
    club.live_until("2026-03-20T12:00")
    asked = [text for text in texts(club, RINA) if "המלצה לחברים" in text]
    assert len(asked) == 1
    code = personal_code(club.app.connection(), club.plan, club.customer(RINA).id, at("2026-03-20"))
    assert code in asked[0]
    assert f"/f/default/{code}" in asked[0]
    assert not texts(club, NOA)
