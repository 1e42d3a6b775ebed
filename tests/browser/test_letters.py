"""E-mails as a browser shows them: what stands right of what, by the pixels (ISR-15)."""

from typing import Any

import pytest
from playwright.sync_api import Browser

from ritorno.core.messages.blocks import Coupon, Gallery, Heading, Paragraph, Tile
from ritorno.core.messages.fields import Exact
from ritorno.core.messages.letter import Desk, write
from ritorno.core.messages.text import Reader, Text

# The left edge of the first place where the words stand, in pixels of the page.
_LEFT = """words => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const at = node.data.indexOf(words), range = document.createRange()
        if (at < 0 || getComputedStyle(node.parentElement).fontSize === '1px') continue
        range.setStart(node, at); range.setEnd(node, at + words.length)
        return range.getBoundingClientRect().left
    }
    throw new Error('not on the page: ' + words)
}"""
_BEFORE_MAIL = """text => {
    document.body.innerHTML = '<pre dir="auto" style="white-space:pre-wrap"></pre>'
    document.querySelector('pre').textContent = text
}"""
TILES = tuple(Tile(f"S{n}", f"Mug {n}", 4990, "", "", Text("כי קנית", "you bought")) for n in (1, 2))


def desk(language: str) -> Desk:
    fields: dict[str, Any] = {
        "brand": {"name": "אלמוג", "address": "", "reply_to": ""}, "customer": {"first_name": "Dana"},
        "offer": {"code": Exact("KQ7MX2PD"), "min_basket": "0", "unit": "₪", "expires_at": "4.3.2026 14:05"},
        "product": {"name": "מוצר 7"}, "link": "https://s.example/r/x", "optout": "https://s.example/r/y",
    }  # fmt: skip
    return Desk(Reader(language), "ILS", fields, {"match": TILES}, lambda name, _: f"https://s.example/r/{name}",
                lambda _: True, {})  # fmt: skip


BLOCKS = (
    Heading(text=Text("שלום", "Hello")),
    Paragraph(text=Text("היי {{ customer.first_name }}, 50 ₪ מתנה", "Hi, {{ product.name }}, 50 off")),
    Gallery(of="match"), Coupon(),
)  # fmt: skip


@pytest.mark.parametrize("part", ["html", "text"])
def test_isr_15_dana_and_fifty_shekels_stand_in_order_in_a_hebrew_letter(chromium: Browser, part: str) -> None:
    letter = write(BLOCKS, "", desk("he"))
    page = chromium.new_page()
    page.set_content(letter.html)
    if part == "text":
        page.evaluate(_BEFORE_MAIL, letter.text.split("\n\n")[1])
    hello, dana, fifty, gift = (page.evaluate(_LEFT, words) for words in ("היי", "Dana", "50", "מתנה"))
    assert hello > dana > fifty > gift
    page.close()


def test_isr_15_a_hebrew_name_before_a_number_stands_in_order_in_an_english_letter(chromium: Browser) -> None:
    page = chromium.new_page()
    page.set_content(write(BLOCKS, "", desk("en")).html)
    hello, name, fifty, off = (page.evaluate(_LEFT, words) for words in ("Hi", "מוצר", "50", "off"))
    assert hello < name < fifty < off
    page.close()


@pytest.mark.parametrize(("language", "first_is_right"), [("he", True), ("en", False)])
def test_products_stand_side_by_side_in_the_direction_of_reading(
    chromium: Browser, language: str, first_is_right: bool
) -> None:
    page = chromium.new_page(viewport={"width": 700, "height": 900})
    page.set_content(write(BLOCKS, "", desk(language)).html)
    first, second = (page.evaluate(_LEFT, words) for words in ("Mug 1", "Mug 2"))
    assert (first > second) is first_is_right
    page.close()


def test_on_a_telephone_nothing_is_wider_than_the_screen(chromium: Browser) -> None:
    page = chromium.new_page(viewport={"width": 390, "height": 844})
    page.set_content(write(BLOCKS, "", desk("he")).html)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()
