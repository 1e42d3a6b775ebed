"""The page: whole in itself, true to its figures, readable by everyone."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ritorno.report import palette
from ritorno.report.figures import Figures, GroupTile, Notes
from ritorno.report.markup import Markup, el, plain
from ritorno.report.page import page
from ritorno.report.speech import Speech, percent
from tests.report.shops import curve, figures, unfitted

_NEVER_CLOSED = {"meta", "br", "hr", "col"}


class Reader(HTMLParser):
    """Reads a page as a browser would: what is said, which tags, and that each is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(html)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _NEVER_CLOSED:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


def read(told: Figures) -> Reader:
    return Reader(page(told))


@pytest.mark.parametrize("language", ["he", "en"])
def test_the_page_asks_nothing_of_the_network_and_runs_no_script(language: Any) -> None:
    told = read(figures(language=language))
    assert not {"script", "link", "img", "iframe", "object", "base", "form"} & {tag for tag, _ in told.tags}
    asked = [value for _, attributes in told.tags for name, value in attributes.items() if name in ("src", "href")]
    assert all(value and value.startswith("#") for value in asked)
    assert [word for word in ("url(", "@import") if word in page(figures())] == []


@pytest.mark.parametrize(("language", "direction"), [("he", "rtl"), ("en", "ltr")])
def test_the_page_says_its_language_and_direction(language: Any, direction: str) -> None:
    tag, attributes = read(figures(language=language)).tags[0]
    assert (tag, attributes["lang"], attributes["dir"]) == ("html", language, direction)


@pytest.mark.parametrize("language", ["he", "en"])
def test_anchors_lead_to_something_and_ids_are_there_once(language: Any) -> None:
    told = read(figures(language=language))
    ids = [attributes["id"] for _, attributes in told.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {str(attributes["href"])[1:] for _, attributes in told.tags if "href" in attributes}
    targets |= {str(attributes["aria-labelledby"]) for _, attributes in told.tags if "aria-labelledby" in attributes}
    assert targets <= set(ids)


def test_seg_02_stars_are_shown_with_their_share_of_customers_and_revenue_and_their_multiple() -> None:
    """1,000 customers, 50 in 333 with mean ₪4,500, the rest ₪1,000: 5.0 %, ×4.5, 19.1 %."""
    told = read(figures(language="en")).text
    assert "5.0% of customers bring 19% of revenue" in told
    assert "50 stars spend on average 4.5 times what other customers spend" in told
    assert "5.0% of customers19.1% of revenue×4.5 (yours)" in told


def test_seg_03_the_articles_figure_stands_only_beside_the_shops_own_with_its_source() -> None:
    groups = tuple(replace(one, multiple=2.8) for one in figures().groups)
    told = read(figures(language="en", groups=groups)).text
    assert "×2.8 (yours) · InforU's article cites ×4.5" in told
    assert told.count("×4.5") == 1
    assert "Source: InforU's article" in told


def test_seg_04_at_risk_shows_its_customers_and_what_is_at_stake() -> None:
    told = read(figures(language="en")).text
    assert "40 customers at risk; they spent ₪20,000 in the last 12 months." in told
    assert "₪20,000 at stake" in told


def test_seg_07_the_curve_shows_bars_fit_and_what_one_more_purchase_would_bring() -> None:
    told = read(figures(language="en")).text
    for share in ("60.0%", "20.0%", "10.0%", "6.0%", "4.0%"):
        assert share in told
    assert "If 5% of those who bought once buy once more: ₪100 – ₪200 a year." in told
    assert "The curve fits this shop: the largest gap in a bar is 0.7 percentage points." in told


def test_seg_07_a_bad_fit_is_said() -> None:
    told = read(figures(language="en", curve=curve(gap_points=8.25, is_good=False))).text
    assert "does not fit this shop well: in one bar the gap is 8.2 percentage points" in told


@pytest.mark.parametrize(
    ("why", "says"), [("few_buyers", "Fewer than 30 bought"), ("few_bars", "Fewer than three bars")]
)
def test_seg_07_without_a_curve_there_are_bars_and_a_sentence(why: str, says: str) -> None:
    told = read(figures(language="en", curve=unfitted(why)))
    assert says in told.text
    assert "can be expected" not in told.text
    assert "line-curve" not in {attributes.get("class") for _, attributes in told.tags}


def test_dat_02_the_places_of_sale_are_told_apart_and_counted_together() -> None:
    told = read(figures(language="en")).text
    assert "Till6₪60037.5%" in told.replace(" ", "")
    assert "Online10₪1,00062.5%" in told.replace(" ", "")
    assert "16 orders in 12 months" in told.replace("orders in 12 months16", "16 orders in 12 months")


def test_what_belongs_to_nobody_is_said_and_never_a_customer() -> None:
    told = read(figures(language="en")).text
    assert "10.0% of 12 months' revenue (₪160, 2 orders) is guests' and till house accounts'." in told
    nothing = Notes((), 0, 0, 0)
    assert (
        "Every order of the last 12 months belongs to a customer." in read(figures(language="en", notes=nothing)).text
    )


def test_every_cell_and_every_group_is_on_the_page() -> None:
    told = read(figures(language="en")).text
    assert all(one.cell in told for one in figures().cells)
    assert all(one.name in told for one in figures().groups)


def test_the_cuts_name_their_version_and_how_they_were_made() -> None:
    told = read(figures(language="en")).text
    assert "Version 3, set by hand." in told
    assert "under 30 days since the last purchase scores 3, under 90 days scores 2" in told


def test_a_shop_without_orders_is_told_what_to_do() -> None:
    told = read(figures(language="en", customers=0)).text
    assert "There are no orders to show yet" in told
    assert "%" not in told.split("What the numbers rest on")[0]


def test_without_stars_the_headline_says_so() -> None:
    groups = tuple(GroupTile(one.key, one.name, one.cells, 0, 0, 0, 0, 0, None) for one in figures().groups)
    assert "No customer is in cell 333 yet" in read(figures(language="en", groups=groups)).text


@given(st.text(max_size=20))
def test_names_are_escaped_wherever_they_stand(name: str) -> None:
    given_name = f"<b>{name}&\"'"
    groups = tuple(
        GroupTile(one.key, given_name, *(getattr(one, field) for field in one.__struct_fields__[2:]))
        for one in figures().groups
    )
    html = page(figures(brand=given_name, groups=groups))
    assert "<b>" + name + "&" not in html.replace("<b><bdi", "")
    assert html.count("<li") == page(figures()).count("<li")


@given(st.text())
def test_markup_says_what_it_was_given(text: str) -> None:
    assert plain(el("p", text, title=text)) == text


def test_markup_is_kept_and_text_is_escaped() -> None:
    assert el("p", Markup("<i>a</i>"), "<i>", 3, None, class_="x", hidden=True, id=None) == (
        '<p class="x" hidden><i>a</i>&lt;i&gt;3</p>'
    )
    assert el("rect", x=1.0, y=2.345) == '<rect x="1" y="2.35"></rect>'


def test_numbers_keep_their_order_inside_hebrew_lines() -> None:
    speech = Speech(figures())
    assert speech.percent(0.047) == '<bdi dir="ltr">4.7%</bdi>'
    assert speech.money_range(100_00, 200_00) == '<bdi dir="ltr">₪100 – ₪200</bdi>'
    assert plain(speech.money(1234_56)) == "₪1,235"
    assert plain(speech.money(99_50)) == "₪99.50"


@pytest.mark.parametrize(
    ("share", "says"), [(0, "0.0%"), (0.0004, "<0.1%"), (0.0005, "0.1%"), (0.0469, "4.7%"), (1, "100.0%")]
)
def test_a_share_too_small_to_show_is_not_shown_as_nothing(share: float, says: str) -> None:
    assert percent(share) == says


def _light(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    high, low = sorted((_light(one), _light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        *zip(palette.SHADE_INKS, palette.SHADES, strict=True),
        *((ink, ground) for ink in (palette.INK, palette.SOFT_INK, palette.ACCENT, palette.RUNNING, palette.WARM)
          for ground in (palette.PAPER, palette.CARD)),
        ("#ffffff", palette.WARM),
    ],
)  # fmt: skip
def test_every_ink_can_be_read_on_its_ground(ink: str, ground: str) -> None:
    """WCAG 2 AA: 4.5 to 1."""
    assert _contrast(ink, ground) >= 4.5


def test_shades_go_one_way_from_light_to_deep() -> None:
    lights = [_light(colour) for colour in palette.SHADES]
    assert lights == sorted(lights, reverse=True)
    steps = [palette.shade(value, 100) for value in (0, 1, 10, 40, 100)]
    assert steps == sorted(steps)
    assert (steps[0], steps[1] > 0, steps[-1]) == (0, True, len(palette.SHADES) - 1)


def test_the_stylesheet_names_no_font_or_file_of_elsewhere() -> None:
    assert not re.search(r"https?:|//", page(figures()).replace("<!doctype html>", ""))
