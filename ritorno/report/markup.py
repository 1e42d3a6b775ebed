"""HTML and SVG as values: everything that is not markup already is escaped, so a name cannot become a tag."""

import re
from collections.abc import Iterable
from html import escape, unescape


class Markup(str):
    """Text that is markup; made here, and by what puts such parts together."""

    __slots__ = ()


Part = Markup | str | int | None | Iterable["Part"]
Value = str | int | float | bool | None

_EMPTY = frozenset(("br", "hr", "meta", "col"))


def el(tag: str, /, *parts: Part, **attributes: Value) -> Markup:
    """An element. `class_` is class, `data_x` is data-x; one of None or False is left out, True stands alone."""
    told = "".join(_attribute(key, value) for key, value in attributes.items())
    if tag in _EMPTY:
        return Markup(f"<{tag}{told}>")
    return Markup(f"<{tag}{told}>{join(parts)}</{tag}>")


def join(parts: Iterable[Part]) -> Markup:
    """Parts one after another; plain text and numbers are escaped, None is nothing."""
    return Markup("".join(_text(part) for part in parts))


def _text(part: Part) -> str:
    if part is None:
        return ""
    if isinstance(part, Markup):
        return part
    if isinstance(part, str | int):
        return escape(str(part))
    return join(part)


def _attribute(key: str, value: Value) -> str:
    name = key.rstrip("_").replace("_", "-")
    if value is None or value is False:
        return ""
    if value is True:
        return f" {name}"
    if isinstance(value, Markup):
        text = plain(value)
    elif isinstance(value, float):
        text = f"{value:.2f}".rstrip("0").rstrip(".")
    else:
        text = str(value)
    return f' {name}="{escape(text)}"'


def plain(markup: Markup) -> str:
    """The text that a reader sees of it, for attributes and titles."""
    return unescape(re.sub(r"<[^>]*>", "", markup))
