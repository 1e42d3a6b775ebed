"""The e-mail of one customer: from blocks, or from a text alone, to HTML and the plain text that says the same.

Blocks whose rule does not hold and galleries without products are left out, frame and all. In words, `{{ link }}` and
`{{ blocks.NAME }}` stand where a button or the products are to be: whatever conditions the text has, they are put in
after it is rendered.
"""

import html
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, assert_never, cast, get_args

import msgspec

from ritorno.core.messages import markup
from ritorno.core.messages.blocks import (
    AnyBlock,
    Button,
    Coupon,
    Divider,
    Footer,
    Galleries,
    Gallery,
    GalleryName,
    Heading,
    Image,
    Paragraph,
    Tile,
    shown,
)
from ritorno.core.messages.layout import Part, Shape, page
from ritorno.core.messages.message import ShownProduct
from ritorno.core.messages.printing import NoData, in_order
from ritorno.core.messages.render import merge
from ritorno.core.messages.text import Reader, Text, choose, direction
from ritorno.core.messages.wording import wording
from ritorno.core.money import format_amount
from ritorno.core.segments.rule import Rule

_MARK = re.compile("\ue000([^\ue001]*)\ue001")  # what stands in words for a button or products
_PREVIEW = 90  # letters beside the subject
_BLANK = Text("", "")


class Letter(msgspec.Struct, frozen=True):
    html: str
    text: str
    products: tuple[ShownProduct, ...]


class Desk(msgspec.Struct, frozen=True):
    """What a letter is written with. `lead(name, target)` is the personal address that leads to the target ("" for the
    personal page) and tells its name when it is followed; `holds` says whether a rule holds."""

    reader: Reader
    currency: str
    fields: Mapping[str, Any]
    galleries: Galleries
    lead: Callable[[str, str], str]
    holds: Callable[[Rule], bool]
    links: Mapping[str, str]  # where the way's named links lead

    def words(self, text: Text) -> str:
        """A text of the letter as safe words. Raises NoData, TextError."""
        raw = choose(text, self.reader, self.reader.language).text
        return markup.clean(merge(raw, self.reader.language, self.fields, html=True))

    def body(self, text: str) -> str:
        """A text alone as safe words, with a mark where a button or products are to be; the way to refuse stands in
        the footer."""
        marks: dict[str, object] = {name: _mark(name) for name in self.links}
        filled = (name for name in get_args(GalleryName) if shown(Gallery(of=name), self.galleries)[1])
        galleries = {name: _mark(f"blocks.{name}") for name in filled}
        fields = {**self.fields, "link": _mark("page"), "links": marks, "blocks": galleries}
        return markup.clean(merge(text.replace("[OUT]", ""), self.reader.language, fields, html=True))

    def in_order(self, value: str) -> str:
        return in_order(value, rtl=direction(self.reader.language) == "rtl")

    def to(self, link: str) -> str:
        """The address of a link by its name; `link` among the way's own stands in for the page."""
        name = "link" if link == "page" and "link" in self.links else link
        return self.lead(name, self.links.get(name, ""))


class _Sheet:
    """What is written so far."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.lines: list[str] = []
        self.products: list[ShownProduct] = []

    def add(self, shape: Shape, slots: tuple[str, ...], line: str) -> None:
        self.parts.append(Part(shape, slots))
        if line:
            self.lines.append(line)


def write(blocks: tuple[AnyBlock, ...], body: str, desk: Desk) -> Letter:
    """The letter made of the blocks, or, where there are none, of the text `body`.

    Raises NoData for a field that would be printed empty, TextError for what cannot be rendered.
    """
    sheet = _Sheet()
    for block in blocks or (_Body(text=body), Footer()):
        if block.only_if is None or desk.holds(block.only_if):
            _put(block, desk, sheet)
    if blocks and not any(isinstance(block, Footer) for block in blocks):
        _put_footer(Footer(), desk, sheet)
    preview = next((line for line in sheet.lines), "").replace("\n", " ")[:_PREVIEW]
    text = "\n\n".join(sheet.lines)
    return Letter(page(tuple(sheet.parts), desk.reader.language, preview), text, tuple(sheet.products))


class _Body(msgspec.Struct, frozen=True):
    """A text alone, as a block; the way to refuse stands in the footer."""

    text: str
    only_if: Rule | None = None


def _put(block: AnyBlock | _Body, desk: Desk, sheet: _Sheet) -> None:
    match block:
        case _Body():
            _put_body(desk.body(block.text), desk, sheet)
        case Heading():
            _put_words("heading", desk.words(block.text), sheet)
        case Paragraph():
            _put_words("text", desk.words(block.text), sheet)
        case Image():
            _put_image(block, desk, sheet)
        case Button():
            _put_button(desk.words(block.text), desk.to(block.link), sheet, secondary=block.secondary)
        case Gallery():
            _put_gallery(block, desk, sheet)
        case Coupon():
            _put_coupon(block, desk, sheet)
        case Divider():
            sheet.add(Shape("divider"), (), "--")
        case Footer():
            _put_footer(block, desk, sheet)
        case _:
            assert_never(block)


def _put_words(kind: str, words: str, sheet: _Sheet) -> None:
    if words:
        sheet.add(Shape(kind, ("text",)), (markup.linked(words),), markup.plain(words))


def _put_body(words: str, desk: Desk, sheet: _Sheet) -> None:
    """Words, and between them the buttons and products that they name."""
    for index, piece in enumerate(_MARK.split(words)):
        if index % 2 == 0:
            _put_words("text", piece.strip(), sheet)
        elif piece.startswith("blocks."):
            _put_gallery(Gallery(of=cast("GalleryName", piece.removeprefix("blocks."))), desk, sheet)
        else:
            _put_button(wording(desk.reader.language).look, desk.to(piece), sheet)


def _mark(name: str) -> str:
    return f"\ue000{name}\ue001"


def _put_button(words: str, address: str, sheet: _Sheet, *, secondary: bool = False) -> None:
    kind = "secondary" if secondary else "button"
    sheet.add(Shape(kind, ("link", "text")), (markup.address(address), words), f"{markup.plain(words)}: {address}")


def _put_image(block: Image, desk: Desk, sheet: _Sheet) -> None:
    alt = markup.plain(desk.words(block.alt)) if block.alt != _BLANK else ""
    slots = (markup.address(block.url), html.escape(alt))
    if block.link:
        address = desk.to(block.link)
        line = f"{alt}: {address}" if alt else address
        sheet.add(Shape("image", ("image", "alt", "link")), (*slots, markup.address(address)), line)
    else:
        sheet.add(Shape("image", ("image", "alt")), slots, alt)


def _put_coupon(block: Coupon, desk: Desk, sheet: _Sheet) -> None:
    """Raises NoData where the message carries no code."""
    offer = desk.fields.get("offer") or {}
    if not offer.get("code"):
        raise NoData("offer.code")
    said = wording(desk.reader.language)
    terms = [said.until.format(offer["expires_at"])]
    if offer.get("min_basket") not in ("", "0", None):
        terms.append(said.over.format(f"{offer['min_basket']} {offer['unit']}"))
    words = desk.words(block.text) if block.text else ""
    told = html.escape(" · ".join(terms))
    code = str(offer["code"])
    line = "\n".join(filter(None, (markup.plain(words), code, " · ".join(terms))))
    sheet.add(Shape("coupon", ("text", "terms", "code")), (words, told, html.escape(code)), line)


def _put_gallery(block: Gallery, desk: Desk, sheet: _Sheet) -> None:
    name, tiles = shown(block, desk.galleries)
    if not tiles:
        return
    parts, slots, lines = [], [], []
    if block.title is not None:
        words = desk.words(block.title)
        parts.append("title")
        slots.append(words)
        lines.append(markup.plain(words))
    for tile in sorted(tiles, key=lambda tile: not tile.image_url):  # beside a picture stands a picture
        told = dict(_told(tile, desk))
        parts.append(" ".join(told))
        slots += [html.escape(value) for value in told.values()]
        said = (desk.in_order(told[key]) for key in ("name", "price", "why") if key in told)
        lines.append(f"- {' · '.join(said)}")
        lines.append(f"  {told['link']}")
        sheet.products.append(ShownProduct(tile.sku, name, told.get("why", "")))
    sheet.add(Shape("gallery", tuple(parts)), tuple(slots), "\n".join(lines))


def _told(tile: Tile, desk: Desk) -> Iterator[tuple[str, str]]:
    """What is said of a product, by its place in the layout."""
    yield "link", desk.lead(f"product:{tile.sku}", tile.url)
    if tile.image_url.startswith(("https://", "http://")):
        yield "image", tile.image_url
    yield "name", tile.name
    if tile.price is not None:
        yield "price", format_amount(tile.price, desk.currency, desk.reader.language)
    if why := tile.why.in_language(desk.reader.language):
        yield "why", why


def _put_footer(block: Footer, desk: Desk, sheet: _Sheet) -> None:
    """Who writes and how to refuse, whatever the block says besides (ISR-04)."""
    said, brand = wording(desk.reader.language), desk.fields["brand"]
    told = (said.from_whom.format(desk.in_order(brand["name"])), brand["address"], desk.in_order(brand["reply_to"]))
    who = " · ".join(filter(None, told))
    out = desk.fields["optout"]
    own = desk.words(block.text) if block.text else ""
    refuse = f'<a href="{markup.address(out)}" style="color:inherit">{said.refuse_here}</a>'
    words = "<br>".join(filter(None, (markup.linked(own), html.escape(who), refuse)))
    lines = filter(None, (markup.plain(own), who, f"{said.refuse}: {out}"))
    sheet.add(Shape("footer", ("text",)), (words,), "\n".join(lines))
