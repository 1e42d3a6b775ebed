"""Refusing: one page, one button, at once for everything queued; looking changes nothing (ISR-05)."""

import pytest

from ritorno.core.events import Channel, ConsentTold
from ritorno.core.messages.message import State
from ritorno.store import customers, identifiers
from tests.web.conftest import Browser, Reply
from tests.web.shop import Shop


def press(browser: Browser, token: str, scope: str = "channel") -> Reply:
    form = {"CONTENT_TYPE": "application/x-www-form-urlencoded"}
    return browser.ask("POST", f"/r/{token}", f"scope={scope}".encode(), **form)


def test_looking_changes_nothing(browser: Browser, shop: Shop) -> None:
    shop.rescue()
    page = browser.get(f"/r/{shop.token('opt_out')}")
    assert page.status == 200
    assert "להפסיק לקבל הודעות מאלמוג?" in page.text
    assert page.text.count("<button") == 1
    shop.react()
    assert shop.permits("sms")


def test_isr_05_one_press_withdraws_before_the_answer(browser: Browser, shop: Shop) -> None:
    shop.rescue(channels="sms email")
    token = shop.token("opt_out")
    assert ">רק SMS<" in browser.get(f"/r/{token}").text
    page = press(browser, token)
    assert (page.status, "ההסרה בוצעה" in page.text) == (200, True)
    assert (shop.permits("sms"), shop.permits("email")) == (False, True), "without any worker"
    row = shop.app.connection().execute("SELECT given, source, evidence FROM consent ORDER BY at DESC LIMIT 1")
    assert row.fetchone() == (False, "link", f"link of message {shop.message().message.id}")
    assert "ההסרה בוצעה" not in browser.get(f"/r/{token}").text, "e-mail may still be stopped"
    assert press(browser, token, "all").status == 200
    assert not shop.permits("email")
    assert "ההסרה בוצעה" in browser.get(f"/r/{token}").text


def test_isr_05_what_is_queued_is_dropped_in_the_same_moment(browser: Browser, shop: Shop) -> None:
    shop.rescue(phone="0541112223", name="רות")
    token = shop.token("opt_out", phone="0541112223")
    queued = shop.message("0541112223").message.id
    shop.app.connection().execute(
        "UPDATE message SET state = 'held', due_at = due_at + 1000000 WHERE id = %s", (queued,)
    )
    press(browser, token)
    kept = shop.message("0541112223")
    assert (kept.state, kept.reasons[-1][1]) == (State.DROPPED, "opted_out")


def test_who_consents_again_may_refuse_again_by_the_same_link(browser: Browser, shop: Shop) -> None:
    shop.rescue()
    token = shop.token("opt_out")
    for again in ("2026-03-05T10:00", "2026-03-06T10:00"):
        press(browser, token)
        press(browser, token)
        assert not shop.permits("sms")
        shop.tell(ConsentTold(Channel.SMS, given=True, source="form", wording="אשמח"), again)
        assert shop.permits("sms")
    rows = shop.app.connection().execute("SELECT count(*) FROM consent WHERE NOT given").fetchone()
    assert rows == (2,), "a second press is no news"


def test_rfc_8058_one_click_from_a_mail_reader(browser: Browser, shop: Shop) -> None:
    shop.rescue()
    body = b"List-Unsubscribe=One-Click"
    reply = browser.ask(
        "POST", f"/r/{shop.token('opt_out')}", body, CONTENT_TYPE="application/x-www-form-urlencoded", USER_AGENT=""
    )
    assert (reply.status, shop.permits("sms")) == (200, False)


def test_somebody_whose_every_identifier_is_shared_can_refuse_too(browser: Browser, shop: Shop) -> None:
    shop.rescue()
    token = shop.token("opt_out")
    identifiers.mark_shared(
        shop.app.connection(), shop.brand, [known.identifier for known in shop.customer().identifiers]
    )
    assert press(browser, token).status == 200
    assert not shop.permits("sms")


def test_a_merged_customers_link_refuses_for_who_they_are_now(browser: Browser, shop: Shop) -> None:
    shop.rescue()
    token = shop.token("opt_out")
    shop.rescue(phone="0541112223", name="דניאל")
    survivor = shop.customer("0541112223").id
    customers.mark_merged(shop.app.connection(), shop.brand, shop.customer().id, survivor)
    press(browser, token)
    assert not shop.permits("sms", "0541112223")


@pytest.mark.parametrize("scope", ["", "everything", "ALL", "channel"])
def test_a_scope_that_is_not_all_is_the_messages_own_channel(browser: Browser, shop: Shop, scope: str) -> None:
    shop.rescue(channels="sms email")
    assert press(browser, shop.token("opt_out"), scope).status == 200
    assert (shop.permits("sms"), shop.permits("email")) == (False, True)


def test_a_guessed_link_refuses_for_nobody(browser: Browser, shop: Shop) -> None:
    shop.rescue()
    assert press(browser, "aaaaaaaaaaa").status == 404
    assert shop.permits("sms")
