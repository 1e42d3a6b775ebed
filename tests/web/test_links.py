"""Personal links: the page of whoever holds them, a click of whoever follows them, and nothing for who guesses."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from ritorno.core.instants import Instant
from ritorno.core.journeys.journey import Playbook
from ritorno.playbooks.library import load
from ritorno.settings import Settings
from ritorno.store import customers
from ritorno.testing import at
from ritorno.web.visitors import is_machine
from ritorno.web.words import WORDS, words
from tests.web.conftest import Browser
from tests.web.shop import DANI, KEY, Shop, open_shop

EXPIRES = at("2026-03-04T14:05:10")


def test_pb2_09_the_page_is_this_customers_in_hebrew_from_right_to_left(browser: Browser, shop: Shop) -> None:
    token, other = shop.rescue(), shop.rescue(phone="0541112223", name="רות")
    page = browser.get(f"/r/{token}")
    assert page.status == 200
    assert '<html lang="he" dir="rtl">' in page.text
    for shown in ("היי דני,", "שמחים לראות אותך שוב", shop.code(), "₪50", "בקנייה מעל ₪150", "למימוש ההטבה", "אלמוג"):
        assert shown in page.text
    hers = browser.get(f"/r/{other}").text
    assert "היי רות," in hers
    assert shop.code() not in hers


def test_isr_15_in_english_it_runs_from_left_to_right(database: str, tmp_path: Path, browser: Browser) -> None:
    with open_shop(Settings(tmp_path, database), language="en") as shop:
        page = browser.get(f"/r/{shop.rescue(name='Dani')}").text
    assert '<html lang="en" dir="ltr">' in page
    for shown in (
        "Hi Dani,",
        "Good to see you again",
        "a purchase over ₪150",
        "Use it now",
        "Valid until 4.3.2026 14:05",
    ):
        assert shown in page
    assert not re.search(r"[א-ת]", page.replace("Heebo", "")), "nothing Hebrew on an English page"


def test_pb2_08_the_deadline_is_the_servers_and_a_reload_gives_nothing_back(browser: Browser, shop: Shop) -> None:
    token = shop.rescue()
    for when, left in (("2026-03-04T10:55:10", 11_400_000), ("2026-03-04T10:56:10", 11_340_000)):
        shop.clock(when)
        page = browser.get(f"/r/{token}").text
        assert f'data-left="{left}"' in page
        assert '<time datetime="2026-03-04T14:05:10+02:00">ההטבה בתוקף עד 4.3.2026 14:05</time>' in page
        assert browser.get(f"/r/{token}/left").json == {"state": "live", "left": left}


def test_pb2_08_after_the_deadline_the_page_says_so_and_offers_nothing(browser: Browser, shop: Shop) -> None:
    token = shop.rescue()
    shop.clock(Instant(EXPIRES - 1))
    assert shop.code() in browser.get(f"/r/{token}").text
    shop.clock(EXPIRES)
    page = browser.get(f"/r/{token}")
    assert page.status == 200
    assert "תוקף ההטבה הסתיים" in visible(page.text)
    for gone in (shop.code(), "data-left", "<script", "למימוש ההטבה"):
        assert gone not in page.text
    assert browser.get(f"/r/{token}/left").json == {"state": "ended", "left": 0}


def test_a_code_that_has_been_used_is_not_offered_again(browser: Browser, shop: Shop) -> None:
    token = shop.rescue()
    browser.post(f"/v1/codes/{shop.code()}/redeem", {"receipt_no": 1, "total": 200}, key=KEY)
    page = browser.get(f"/r/{token}").text
    assert "ההטבה מומשה" in visible(page)
    assert shop.code() not in page
    assert browser.get(f"/r/{token}/left").json == {"state": "used", "left": 0}


def test_pb2_11_there_is_one_primary_action(browser: Browser, shop: Shop) -> None:
    page = browser.get(f"/r/{shop.rescue()}").text
    assert page.count('class="go"') == 1


def test_products_are_shown_with_what_is_known_of_them(browser: Browser, shop: Shop) -> None:
    shop.stock(
        ("A", "ז'קט <b>ג'ינס</b>", 24_900, True, "2026-02-20", "https://almog.example/p/A", "https://img.almog.example/A.jpg"),
        ("B", "Cup", None, True, "2026-02-19", "javascript:alert(1)", "not an address"),
    )  # fmt: skip
    page = browser.get(f"/r/{shop.rescue()}")
    assert "ז&#x27;קט &lt;b&gt;" in page.text
    assert 'href="https://almog.example/p/A"' in page.text
    assert '<a class="go" href="https://almog.example"' in page.text
    assert "₪249" in page.text
    assert "javascript:" not in page.text
    assert "img-src data: https://img.almog.example;" in page.headers["Content-Security-Policy"]


def test_the_page_is_light_and_loads_nothing_from_elsewhere(browser: Browser, shop: Shop) -> None:
    shop.stock(*((f"P{n}", f"product number {n}", 9_900, True, "2026-02-20", "", "") for n in range(6)))
    page = browser.get(f"/r/{shop.rescue()}")
    assert len(page.body) <= 30 * 1024
    found = Loads()
    found.feed(page.text)
    assert found.loaded == ["data:,"]
    assert found.inline_handlers == []


def test_a_personal_page_stays_out_of_caches_frames_logs_and_search(browser: Browser, shop: Shop) -> None:
    page = browser.get(f"/r/{shop.rescue()}")
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'nonce-")
    assert "frame-ancestors 'none'" in policy
    nonces = set(re.findall(r"nonce[-=]\"?([\w-]+)", page.text + policy))
    assert len(nonces) == 1
    assert nonces.isdisjoint(re.findall(r"nonce-([\w-]+)", browser.get("/").headers["Content-Security-Policy"]))


@pytest.mark.parametrize("token", ["aaaaaaaaaaa", "x", "..%2f..", "a' OR 1=1", "א" * 11, "a" * 500, "\x00" * 8])
def test_pb2_09_a_guessed_link_leads_to_a_polite_page(browser: Browser, shop: Shop, token: str) -> None:
    page = browser.get(f"/r/{token.encode().decode('latin-1')}", ACCEPT_LANGUAGE="he-IL,he;q=0.9,en;q=0.8")
    assert (page.status, "הדף הזה לא נמצא" in page.text) == (404, True)
    assert page.headers["Content-Security-Policy"]
    english = browser.get("/nothing/here", ACCEPT_LANGUAGE="en-US,en;q=0.9")
    assert (english.status, "There is no such page" in english.text) == (404, True)


def test_a_person_who_follows_a_link_has_clicked_once_a_minute(browser: Browser, shop: Shop) -> None:
    token = shop.rescue()
    for second in ("14:06:00", "14:06:20", "14:06:59", "14:07:00"):
        shop.clock(f"2026-03-03T{second}")
        browser.get(f"/r/{token}")
    shop.react()
    clicks = shop.told("message_clicked")
    assert [(each.body.message, each.body.channel, each.body.machine) for each in clicks] == [
        (shop.message().message.id, "sms", False)
    ] * 2
    assert [done.name for done in shop.customer().did] == ["message_clicked", "message_clicked"]


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("HEAD", {}),
        ("GET", {"SEC_PURPOSE": "prefetch;prerender"}),
        ("GET", {"USER_AGENT": "WhatsApp/2.23.20.0 A"}),
        ("GET", {"USER_AGENT": "facebookexternalhit/1.1 Facebot Twitterbot/1.0"}),
        ("GET", {"USER_AGENT": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}),
        ("GET", {"USER_AGENT": "Mozilla/5.0"}),
        ("GET", {"USER_AGENT": ""}),
    ],
)
def test_a_machine_that_looks_ahead_is_no_click_of_the_customer(
    browser: Browser, shop: Shop, method: str, headers: dict[str, str]
) -> None:
    token = shop.rescue()
    page = browser.ask(method, f"/r/{token}", b"", **headers)
    assert page.status == 200
    assert (page.body == b"") == (method == "HEAD")
    shop.react()
    assert [each.body.machine for each in shop.told("message_clicked")] == [True]


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile Safari/604.1",
        "Mozilla/5.0 (Linux; Android 14; CUBOT X70) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Mobile [FBAN/FBIOS;FBAV/480]",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0",
    ],
)
def test_people_are_people(agent: str) -> None:
    assert not is_machine({"REQUEST_METHOD": "GET", "HTTP_USER_AGENT": agent})


def test_a_link_of_a_merged_customer_shows_who_they_are_now(browser: Browser, shop: Shop) -> None:
    token = shop.rescue()
    shop.rescue(phone="0541112223", name="דניאל")
    survivor = shop.customer("0541112223").id
    customers.mark_merged(shop.app.connection(), shop.brand, shop.customer().id, survivor)
    assert "היי דניאל," in browser.get(f"/r/{token}").text


def test_a_post_to_a_page_that_only_shows_is_refused(browser: Browser, shop: Shop) -> None:
    reply = browser.ask("POST", f"/r/{shop.rescue()}", b"scope=all", CONTENT_TYPE="application/x-www-form-urlencoded")
    assert (reply.status, reply.headers["Allow"]) == (405, "GET, HEAD")


def test_the_page_of_a_reminder_shows_the_code_of_the_first_message(
    database: str, tmp_path: Path, browser: Browser
) -> None:
    reminding: Playbook = load("PB2", frozenset({"reminder"}))
    with open_shop(Settings(tmp_path, database), playbook=reminding) as shop:
        first = shop.rescue()
        code = shop.code()
        shop.live_until("2026-03-03T14:10")
        browser.get(f"/r/{first}")
        shop.live_until("2026-03-04T11:05:10")
        assert shop.message().message.step == "reminder"
        page = browser.get(f"/r/{shop.token('page')}").text
    assert code in page
    assert 'data-left="10800000"' in page, "three hours before it expires"


def test_the_pages_speak_both_languages_with_the_same_words() -> None:
    assert WORDS["he"].keys() == WORDS["en"].keys()
    places = {
        language: {key: sorted(re.findall(r"{\w+}", text)) for key, text in told.items()}
        for language, told in WORDS.items()
    }
    assert places["he"] == places["en"]
    assert all(re.search("[א-ת]", text) or text == "SMS" for text in WORDS["he"].values())
    assert not any(re.search("[א-ת]", text) for text in WORDS["en"].values())
    assert words("he", name="{brand}", brand="x")["hello"] == "היי {brand},", "a name is never a template"
    assert words("he", brand="Almog")["opt_out_title"] == "להפסיק לקבל הודעות מ\u2011Almog?"
    assert words("he", brand="אלמוג")["opt_out_title"] == "להפסיק לקבל הודעות מאלמוג?"


def test_dani_without_a_name_is_greeted_without_one(browser: Browser, shop: Shop) -> None:
    page = browser.get(f"/r/{shop.rescue(name='')}").text
    assert "היי" not in page
    assert "שמחים לראות אותך שוב" in page
    assert DANI not in page


class Loads(HTMLParser):
    """What a browser would fetch, and scripts that a policy would have to let in."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.inline_handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag in ("img", "script", "iframe", "source", "video", "object", "embed") and told.get("src"):
            self.loaded.append(str(told["src"]))
        if tag == "link":
            self.loaded.append(str(told["href"]))
        self.inline_handlers += [name for name in told if name.startswith("on") or name == "style"]


def visible(page: str) -> str:
    """The page without what is hidden."""
    return re.sub(r"<(section|span)[^>]* hidden>.*?</\1>", "", page, flags=re.DOTALL)
