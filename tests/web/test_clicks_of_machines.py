"""A click carries its link and gives its interest; a scanner that opens every link gives none (ENG-04)."""

import pytest

from ritorno.core.instants import Instant
from ritorno.core.interests import strengths
from ritorno.testing import at
from ritorno.wiring import App
from ritorno.work.interests import Wish, define
from tests.web.conftest import Browser
from tests.web.shop import Shop

LEFT = at("2026-03-03T14:05:10")
_SECOND = 1_000_000


def define_rescues(app: App) -> None:
    """An interest that the page of a message feeds."""
    plan = app.plan()
    define(app.connection(), plan, "rescues", Wish(en="Rescues", links=("page",)), LEFT, "t")


def times(shop: Shop, when: Instant) -> int:
    plan = shop.plan
    found = strengths(plan.interests, shop.customer(), plan.policy.product_types, when, plan.tz)
    return sum(each.times for each in found)


def follow(browser: Browser, shop: Shop, token: str, when: Instant) -> None:
    shop.clock(when)
    assert browser.get(f"/r/{token}").status == 200


def test_a_click_says_which_link_of_which_playbook_and_step(browser: Browser, shop: Shop) -> None:
    token = shop.rescue()
    follow(browser, shop, token, Instant(LEFT + 10 * _SECOND))
    shop.react()
    (done,) = shop.customer().did
    sent = shop.message().message
    assert done.at == LEFT + 10 * _SECOND
    assert done.properties == {
        "message": sent.id, "channel": "sms", "machine": False, "link": "page", "playbook": "PB2", "step": sent.step,
    }  # fmt: skip


@pytest.mark.parametrize("first", [100_000, 5 * _SECOND], ids=["as it leaves", "later, as if with a browser"])
def test_eng_04_a_scanner_gives_no_interest_and_a_person_ten_seconds_later_does_in_two(
    browser: Browser, shop: Shop, first: int
) -> None:
    page, opt_out = shop.rescue(), shop.token("opt_out")
    define_rescues(shop.app)
    follow(browser, shop, page, Instant(LEFT + first))
    follow(browser, shop, opt_out, Instant(LEFT + first + 300_000))
    shop.react()
    assert [done.by_hand for done in shop.customer().did] == [False, False]
    assert times(shop, Instant(LEFT + first + 9 * _SECOND)) == 0
    person = Instant(LEFT + 60 * _SECOND + first)
    follow(browser, shop, page, person)
    shop.react()
    assert times(shop, Instant(person + 2 * _SECOND)) == 1
