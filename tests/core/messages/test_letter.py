"""The e-mail of one customer: what is built of blocks, and of a text alone."""

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritorno.core.messages.blocks import (
    AnyBlock,
    Button,
    Coupon,
    Divider,
    Footer,
    Gallery,
    Heading,
    Image,
    Paragraph,
    Tile,
    shown,
)
from ritorno.core.messages.fields import Exact
from ritorno.core.messages.letter import Desk, Letter, write
from ritorno.core.messages.printing import FIRST_STRONG, POP, NoData, TextError
from ritorno.core.messages.text import Reader, Text, Variant
from ritorno.core.segments.rule import CellIs, Rule

OUT = "https://s.example/r/out"
WHY = Text("אהוב על מי שקנו כמוך", "Loved by buyers like you")
TILES = tuple(
    Tile(f"S{number}", f"ספל {number}", 4990 if number % 2 else None, f"https://p.example/{number}.png", "", WHY)
    for number in range(1, 9)
)
BARE = Tile("B", "Coffee tray 2")
OFFER = {"code": Exact("KQ7MX2PD"), "value": "50", "unit": "₪", "min_basket": "150", "expires_at": "4.3.2026 14:05"}
VIP, NEW = CellIs(("333",)), CellIs(("311",))


def desk(
    language: str = "he", *, galleries: Mapping[str, tuple[Tile, ...]] | None = None, reader: Reader | None = None,
    links: Mapping[str, str] | None = None, **fields: Any,
) -> Desk:  # fmt: skip
    told: dict[str, Any] = {
        "brand": {"name": "אלמוג", "address": "דיזנגוף 50", "reply_to": ""}, "customer": {"first_name": "דנה"},
        "link": "https://s.example/r/page", "optout": OUT, "offer": OFFER,
    }  # fmt: skip
    return Desk(
        reader or Reader(language), "ILS", told | fields, galleries or {},
        lambda name, target: f"https://s.example/r/{name.replace(':', '-')}", holds, links or {},
    )  # fmt: skip


def holds(rule: Rule) -> bool:
    return rule == VIP


def both(he: str, en: str = "x") -> Text:
    return Text(he, en)


class _Seen(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._styled = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._styled = tag in ("style", "title")

    def handle_data(self, data: str) -> None:
        if data.strip() and not self._styled:
            self.words.append(data.strip())


def links_of(letter: Letter) -> list[str]:
    return [str(attributes["href"]) for tag, attributes in _Seen(letter.html).tags if tag == "a"]


EVERY: tuple[AnyBlock, ...] = (
    Heading(text=both("תודה")), Image(url="https://p.example/a.png", alt=both("תמונה"), link="page"),
    Image(url="https://p.example/b.png", alt=Text("", "")), Paragraph(text=both("[HI] <b>שלום</b>")),
    Button(text=both("כן"), link="page"), Button(text=both("אחר"), link="sale", secondary=True),
    Gallery(of="complements", title=both("בשבילך")), Coupon(text=both("מתנה")), Divider(),
    Footer(text=both("שלך תמיד")),
)  # fmt: skip


def test_every_block_stands_in_the_page_and_in_the_plain_text() -> None:
    letter = write(EVERY, "", desk(galleries={"complements": TILES[:3]}, links={"sale": "https://shop.example"}))
    for words in ("תודה", "שלום", "כן", "אחר", "בשבילך", "ספל 1", "KQ7MX2PD", "מתנה", "שלך תמיד", "אלמוג"):
        assert words in " ".join(_Seen(letter.html).words), words
        assert words in letter.text, words
    assert links_of(letter).count("https://s.example/r/page") == 2
    assert letter.text.splitlines()[0] == "תודה"
    assert f"להסרה: {OUT}" in letter.text
    assert OUT in links_of(letter)
    assert "slot_" not in letter.html


@pytest.mark.parametrize(("language", "side"), [("he", "rtl"), ("ar", "rtl"), ("en", "ltr"), ("ru", "ltr")])
def test_isr_15_the_page_says_its_language_and_direction(language: str, side: str) -> None:
    text = Text("שלום", "Hello", ar="مرحبا", ru="Привет")
    tags = _Seen(write((Paragraph(text=text),), "", desk(language)).html).tags
    assert (tags[0][0], tags[0][1]["lang"], tags[0][1]["dir"]) == ("html", language, side)
    assert {attributes["dir"] for _, attributes in tags if "dir" in attributes} == {side}


def test_a_code_runs_from_left_to_right_in_hebrew() -> None:
    tags = _Seen(write((Coupon(),), "", desk()).html).tags
    assert [attributes.get("dir") for tag, attributes in tags if tag == "div"].count("ltr") == 1


def test_isr_15_values_against_the_text_keep_their_order_in_both_parts() -> None:
    letter = write((), "[HI] 50 ₪ מתנה [OUT]", desk(customer={"first_name": "Dana"}))
    assert "היי <bdi>Dana</bdi>, 50 ₪ מתנה" in letter.html
    assert f"היי {FIRST_STRONG}Dana{POP}, 50 ₪ מתנה" in letter.text


def test_a_text_alone_becomes_a_letter_with_a_button_and_a_footer() -> None:
    letter = write((), "[HI] {% if points.booked %}יש{% endif %} אפשר לממש כאן: {{ link }} תודה [OUT]", desk())
    assert links_of(letter) == ["https://s.example/r/page", OUT]
    assert letter.text.split("\n\n")[:3] == ["היי דנה, אפשר לממש כאן:", "לפרטים: https://s.example/r/page", "תודה"]
    assert letter.text.count(OUT) == 1


def test_a_link_of_the_way_may_stand_in_for_the_page_and_others_have_names() -> None:
    links = {"link": "https://v.example", "more": "https://w.example"}
    letter = write((), "{{ link }} {{ links.more }}", desk(links=links))
    assert links_of(letter)[:2] == ["https://s.example/r/link", "https://s.example/r/more"]


def test_products_in_a_text_are_a_gallery_with_their_reasons_kept() -> None:
    letter = write((), "לך: {{ blocks.complements }} {{ link }}", desk(galleries={"complements": TILES[:2]}))
    assert [(one.sku, one.gallery, one.why) for one in letter.products] == [
        ("S1", "complements", WHY.he), ("S2", "complements", WHY.he),
    ]  # fmt: skip
    assert "https://s.example/r/product-S1" in links_of(letter)
    assert f"- ספל 1 · ₪49.90 · {WHY.he}\n  https://s.example/r/product-S1" in letter.text


def test_a_gallery_without_products_shows_its_fallbacks_and_without_any_is_left_out_frame_and_all() -> None:
    block = Gallery(of="similar_customers", title=both("בשבילך"), most=2)
    fell = write((block,), "", desk(galleries={"best_sellers": TILES}))
    assert [(one.sku, one.gallery) for one in fell.products] == [("S1", "best_sellers"), ("S2", "best_sellers")]
    empty = write((block,), "", desk(galleries={"similar_customers": ()}))
    assert "בשבילך" not in empty.html + empty.text
    assert empty.html == write((), "", desk()).html
    assert shown(Gallery(of="upsell", fallback=None), {"best_sellers": TILES}) == ("", ())


def test_a_text_that_speaks_of_products_there_are_none_of_is_not_sent() -> None:
    with pytest.raises(NoData, match=r"blocks\.complements"):
        write((), "בחרנו פריטים: {{ blocks.complements }}", desk())


def test_pb2_11_of_many_candidates_six_are_shown() -> None:
    letter = write((Gallery(of="best_sellers"),), "", desk(galleries={"best_sellers": TILES * 5}))
    assert len(letter.products) == 6


def test_a_product_without_a_picture_or_a_price_has_no_hole_and_stands_behind_those_that_have() -> None:
    letter = write((Gallery(of="match"),), "", desk(galleries={"match": (BARE, TILES[0])}))
    seen = _Seen(letter.html)
    assert [attributes["src"] for tag, attributes in seen.tags if tag == "img"] == ["https://p.example/1.png"]
    assert [one.sku for one in letter.products] == ["S1", "B"]
    assert f"- {FIRST_STRONG}Coffee tray 2{POP}\n" in letter.text


def test_eng_13_each_sees_the_blocks_that_are_for_them() -> None:
    blocks = (Paragraph(text=both("ותיקים"), only_if=VIP), Paragraph(text=both("חדשים"), only_if=NEW))
    letter = write(blocks, "", desk())
    assert "ותיקים" in letter.html
    assert "חדשים" not in letter.html + letter.text


def test_a_coupon_says_what_it_takes_and_without_a_code_there_is_no_letter() -> None:
    assert "בתוקף עד 4.3.2026 14:05 · בקנייה מעל 150 ₪" in write((Coupon(),), "", desk()).text
    assert "בקנייה" not in write((Coupon(),), "", desk(offer={**OFFER, "min_basket": "0"})).text
    with pytest.raises(NoData, match=r"offer\.code"):
        write((Coupon(),), "", desk(offer={}))


def test_a_block_speaks_to_its_reader() -> None:
    text = Text("שלום", "Hello", variants=(Variant("שלום לך גברתי", "he", "f", "formal"),))
    letter = write((Heading(text=text), Paragraph(text=Text("", ""))), "", desk(reader=Reader("he", "f", "formal")))
    assert "שלום לך גברתי" in letter.html


def test_an_image_is_of_the_web_and_says_what_it_shows() -> None:
    with pytest.raises(TextError, match="begins with https://"):
        write((Image(url="javascript:x", alt=both("x")),), "", desk())
    quiet = write((Image(url="https://p.example/a.png", alt=Text("", ""), link="page"),), "", desk())
    assert quiet.text.splitlines()[0] == "https://s.example/r/page"
    assert 'alt="&quot;x&quot;"' in write((Image(url="https://p.example/a.png", alt=both('"x"')),), "", desk()).html


NASTY = st.text(st.sampled_from("<>&\"'/={}%סa \n"), min_size=1, max_size=30)


@settings(max_examples=40)
@given(NASTY, NASTY)
def test_whatever_a_customer_or_a_product_is_called_the_page_keeps_its_tags(name: str, product: str) -> None:
    """Names come from files and tills of others."""
    tame, wild = (
        _Seen(write(EVERY, "", desk(customer={"first_name": first}, links={"sale": "https://shop.example"},
                                    galleries={"complements": (Tile("S", called, 100, "", "", WHY),)})).html)
        for first, called in (("א", "ב"), (name, product))
    )  # fmt: skip
    ignored = ("bdi", "br")
    assert [one for one in wild.tags if one[0] not in ignored] == [one for one in tame.tags if one[0] not in ignored]


def test_the_mailbox_shows_the_first_words_beside_the_subject() -> None:
    page = write((Paragraph(text=both("שורה ראשונה")), Divider()), "", desk()).html
    assert re.search(r"display:none[^>]*>שורה ראשונה<", page)
