"""How an e-mail looks: blocks to MJML, MJML once to HTML with its styles inlined, with slots for what is merged.

A skeleton depends on the shape alone – which blocks are shown, how many products with or without picture – so it is
compiled once for a version and language and kept. What is merged never passes the parsers: each slot is filled with
text that is escaped already.
"""

import html
import re
from collections.abc import Iterator
from functools import lru_cache

import css_inline
import mrml
import msgspec

from ritorno.core.messages.text import direction

_SLOT = re.compile(r"slot_(\d+)_")
_ACCENT, _INK, _SOFT, _PAPER, _DESK = "#0f5c57", "#1f2933", "#5b6770", "#ffffff", "#f2f4f5"
_FONT = "Arial, Helvetica, sans-serif"
_PICTURE = 'border-radius="6px" fluid-on-mobile="true"'
_INLINER = css_inline.CSSInliner(keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False)


class Shape(msgspec.Struct, frozen=True):
    """One block of a skeleton; its slots are what `parts` name, in order (each tile of a gallery names several)."""

    kind: str
    parts: tuple[str, ...] = ()

    @property
    def slots(self) -> int:
        return sum(len(part.split()) for part in self.parts)


class Part(msgspec.Struct, frozen=True):
    """What fills a shape: HTML that is safe, or an address, in the order of its parts."""

    shape: Shape
    slots: tuple[str, ...]


def page(parts: tuple[Part, ...], language: str, preview: str = "") -> str:
    """The whole HTML of one e-mail; `preview` is what a mailbox shows beside the subject (plain text)."""
    pieces = _skeleton(tuple(part.shape for part in parts), language)
    slots = [html.escape(preview), *(slot for part in parts for slot in part.slots)]
    return "".join(piece if isinstance(piece, str) else slots[piece] for piece in pieces)


@lru_cache(maxsize=1024)
def _skeleton(shapes: tuple[Shape, ...], language: str) -> tuple[str | int, ...]:
    """HTML and the numbers of slots, by turns."""
    told = mrml.to_html(_mjml(shapes, language)).content
    pieces = _SLOT.split(_INLINER.inline(told))
    return tuple(int(piece) if index % 2 else piece for index, piece in enumerate(pieces))


def _mjml(shapes: tuple[Shape, ...], language: str) -> str:
    side = direction(language)
    start = "right" if side == "rtl" else "left"
    slots = (f"slot_{number}_" for number in range(1 + sum(shape.slots for shape in shapes)))
    preview = next(slots)
    body = "".join(_block(shape, slots, side) for shape in shapes)
    return (
        f'<mjml lang="{language}" dir="{side}"><mj-head><mj-preview>{preview}</mj-preview><mj-attributes>'
        f'<mj-all font-family="{_FONT}" /><mj-section direction="{side}" background-color="{_PAPER}" padding="0 8px" />'
        f'<mj-column direction="{side}" /><mj-text align="{start}" color="{_INK}" font-size="16px" line-height="1.5" />'
        f'<mj-button align="{start}" background-color="{_ACCENT}" color="#ffffff" font-size="17px" font-weight="bold" '
        'border-radius="6px" inner-padding="13px 28px" /></mj-attributes>'
        f"<mj-style>.soft {{ color: {_SOFT}; }} a {{ color: {_ACCENT}; }}</mj-style></mj-head>"
        f'<mj-body background-color="{_DESK}" width="600px"><mj-section padding="12px 0 0" />{body}'
        '<mj-section background-color="#f2f4f5" padding="12px 0" /></mj-body></mjml>'
    )


def _block(shape: Shape, slots: Iterator[str], side: str) -> str:
    if shape.kind == "gallery":
        return _gallery(shape, slots, side)
    taken = {name: next(slots) for name in shape.parts}
    return _section(_one(shape.kind, taken, side))


def _one(kind: str, slots: dict[str, str], side: str) -> str:
    words = _worded(slots.get("text", ""), side)
    match kind:
        case "heading":
            return (
                f'<mj-text font-size="24px" font-weight="bold" line-height="1.3" padding-top="22px">{words}</mj-text>'
            )
        case "text":
            return f"<mj-text>{words}</mj-text>"
        case "image":
            link = f'href="{slots["link"]}"' if "link" in slots else ""
            return f'<mj-image src="{slots["image"]}" alt="{slots["alt"]}" {link} {_PICTURE} />'
        case "button":
            return f'<mj-button href="{slots["link"]}">{words}</mj-button>'
        case "secondary":
            plain = f'background-color="{_PAPER}" color="{_ACCENT}" border="1px solid {_ACCENT}" font-weight="normal"'
            return f'<mj-button href="{slots["link"]}" {plain}>{words}</mj-button>'
        case "coupon":
            return _coupon(words, _worded(slots["terms"], side), slots["code"])
        case "divider":
            return '<mj-divider border-width="1px" border-color="#d9dee2" padding="14px 24px" />'
        case _:
            told = _worded(slots["text"], side)
            return f'<mj-text css-class="soft" font-size="13px" padding="22px 24px" color="{_SOFT}">{told}</mj-text>'


def _coupon(words: str, terms: str, code: str) -> str:
    """The code stands by itself, from left to right in either direction."""
    box = f"border:2px dashed {_ACCENT};border-radius:8px;padding:16px;text-align:center"
    big = f"font-size:26px;font-weight:bold;letter-spacing:3px;color:{_ACCENT};padding:8px 0"
    return (
        f'<mj-text padding="10px 24px"><div style="{box}">{words}<div dir="ltr" style="{big}">{code}</div>'
        f'<div style="font-size:14px;color:{_SOFT}">{terms}</div></div></mj-text>'
    )


def _gallery(shape: Shape, slots: Iterator[str], side: str) -> str:
    """Two products a row; the last of an odd number stands where a row begins."""
    sections, tiles = [], []
    for part in shape.parts:
        if part == "title":
            title = _worded(next(slots), side)
            sections.append(_section(f'<mj-text font-size="18px" font-weight="bold">{title}</mj-text>'))
        else:
            tiles.append(_tile(part, slots, side))
    sections += [_row(tiles[at : at + 2]) for at in range(0, len(tiles), 2)]
    return "".join(sections)


def _row(tiles: list[str]) -> str:
    beside = '<mj-column width="50%"></mj-column>' if len(tiles) == 1 else ""
    return f"<mj-section>{''.join(tiles)}{beside}</mj-section>"


def _tile(parts: str, slots: Iterator[str], side: str) -> str:
    """`parts`: which of link, image, name, price, why it has, by spaces."""
    has = {name: next(slots) for name in parts.split()}
    link = has["link"]
    picture = f'<mj-image src="{has["image"]}" alt="" href="{link}" {_PICTURE} />' if "image" in has else ""
    price = f'<div style="font-size:15px">{has["price"]}</div>' if "price" in has else ""
    why = f'<div style="font-size:13px;color:{_SOFT}">{has["why"]}</div>' if "why" in has else ""
    name = f'<a href="{link}" style="font-weight:bold;text-decoration:none;color:{_INK}"><bdi>{has["name"]}</bdi></a>'
    words = _worded(f"{name}{price}{why}", side)
    return f'<mj-column width="50%">{picture}<mj-text font-size="16px">{words}</mj-text></mj-column>'


def _section(inside: str) -> str:
    return f"<mj-section><mj-column>{inside}</mj-column></mj-section>"


def _worded(words: str, side: str) -> str:
    """Every run of words says its direction itself: mail programs forget that of the page."""
    return f'<div dir="{side}">{words}</div>'
