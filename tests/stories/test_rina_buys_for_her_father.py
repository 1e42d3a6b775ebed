"""Rina buys pads for Moshe, her father (SEG-19): she is reminded in his variant, by his clock; he hears nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from ritorno.core.events import Channel, ConsentTold, Line, OrderTold, RelationTold, Role, SoldVia, TraitsTold
from ritorno.playbooks.library import load
from ritorno.settings import Settings
from ritorno.store import definitions, messages, products
from ritorno.store.messages import Kept
from ritorno.store.transaction import transaction
from ritorno.testing import local
from tests.web.shop import Shop, open_shop

RINA, MOSHE = "052-1234567", "050-7654321"
FATHER = RelationTold("phone:+972507654321", Role.CHILD, "אבא", "your father")


@pytest.fixture
def shop(database: str, tmp_path: Path) -> Iterator[Shop]:
    """Pads last 30 days; both have a card and may be written to. Nothing else runs that reminders would yield to."""
    alone = replace(load("replenish"), yields=())
    with open_shop(Settings(tmp_path, database), playbook=alone) as opened:
        pads = products.Product("PADS", "רפידות", "pads", traits={"consumable": True, "days_per_unit": 30})
        with transaction(opened.app.connection()) as connection:
            products.keep(connection, opened.brand, [pads])
            definitions.renew(connection, opened.brand)
        for phone, name in ((RINA, "רינה"), (MOSHE, "משה")):
            opened.tell(TraitsTold({"first_name": name}), "2026-01-02", phone=phone)
            consent = ConsentTold(Channel.SMS, given=True, source="form", wording="אשמח לקבל עדכונים")
            opened.tell(consent, "2026-01-02T10:00", phone=phone)
        opened.tell(FATHER, "2026-01-03", phone=RINA)
        yield opened


def buys(shop: Shop, when: str, order: str, beneficiary: str = "", phone: str = RINA) -> None:
    line = Line("PADS", "רפידות", "pads", 1, 5_000)
    told = OrderTold(order, 5_000, "ILS", SoldVia.ONLINE, lines=(line,), beneficiary=beneficiary)
    shop.tell(told, when, phone=phone)


def sent(shop: Shop, phone: str) -> list[Kept]:
    kept = messages.of_customer(shop.app.connection(), shop.brand, shop.customer(phone).id)
    return [each for each in kept if each.sent_at is not None]


def test_seg_19_she_is_reminded_in_the_variant_for_her_father_and_he_gets_nothing(shop: Shop) -> None:
    buys(shop, "2026-01-05T10:00", "his", FATHER.beneficiary)
    shop.live_until("2026-02-10")
    (reminder,) = sent(shop, RINA)
    assert reminder.content is not None
    assert "רפידות עבור אבא" in reminder.content.text
    assert "רינה" in reminder.content.text
    assert local(reminder.sent_at or 0) == "2026-01-30T10:00:00"  # type: ignore[arg-type]
    assert sent(shop, MOSHE) == []
    assert shop.customer(MOSHE).orders == []


def test_her_own_pads_run_out_by_a_clock_of_their_own_and_do_not_end_the_one_for_his(shop: Shop) -> None:
    buys(shop, "2026-01-05T10:00", "his", FATHER.beneficiary)
    buys(shop, "2026-01-11T10:00", "hers")
    shop.live_until("2026-02-10")
    his, hers = sent(shop, RINA)
    assert his.content is not None
    assert hers.content is not None
    assert "עבור אבא" in his.content.text
    assert "עבור" not in hers.content.text
    assert [local(each.sent_at or 0)[:10] for each in (his, hers)] == ["2026-01-30", "2026-02-05"]  # type: ignore[arg-type]


def test_bought_again_for_him_in_time_the_clock_is_moved(shop: Shop) -> None:
    buys(shop, "2026-01-05T10:00", "one", FATHER.beneficiary)
    buys(shop, "2026-01-25T10:00", "two", FATHER.beneficiary)
    shop.live_until("2026-02-10")
    assert sent(shop, RINA) == []
    shop.live_until("2026-03-10")
    (reminder,) = sent(shop, RINA)
    assert local(reminder.sent_at or 0)[:10] == "2026-03-01"  # type: ignore[arg-type]


def test_told_that_it_is_over_nothing_is_said_of_him_any_more(shop: Shop) -> None:
    buys(shop, "2026-01-05T10:00", "his", FATHER.beneficiary)
    ended = RelationTold(FATHER.beneficiary, Role.CHILD, ended=True)
    shop.tell(ended, "2026-01-20", phone=RINA)
    shop.live_until("2026-02-10")
    assert sent(shop, RINA) == []
    assert [each.why for each in shop.customer(RINA).enrollments] == ["no_longer_true"]
