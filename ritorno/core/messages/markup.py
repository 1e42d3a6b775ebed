"""Between words with a little markup, safe HTML, and plain text."""

import html
import re

import nh3

from ritorno.core.messages.printing import FIRST_STRONG, POP, TextError

_TAGS = {"a", "b", "bdi", "br", "em", "i", "strong"}
_ATTRIBUTES = {"a": {"href"}}
_SCHEMES = {"http", "https", "mailto", "tel"}
_BARE = re.compile(r"""(?<!["'=>])\bhttps?://[^\s<]+[^\s<.,:;!?)]""")
_LINE = re.compile(r"<br ?/?>")
_LINKED = re.compile(r"""<a href="([^"]*)"[^>]*>(.*?)</a>""", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


def clean(words: str) -> str:
    """Words whose values are escaped, with any markup but the little that texts may have taken out."""
    if "<" not in words and "&" not in words:
        return words
    return nh3.clean(words, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel=None)


def linked(words: str) -> str:
    """Clean words for a page: bare addresses can be clicked, lines break where they break."""
    if "://" in words:
        words = _BARE.sub(lambda found: f'<a href="{found[0]}">{found[0]}</a>', words)
    return words.replace("\n", "<br>")


def plain(words: str) -> str:
    """Clean words as plain text: lines for `<br>`, "words (address)" for a link, isolates for `<bdi>`."""
    if "<" in words:
        words = _LINE.sub("\n", words)
        words = _LINKED.sub(lambda found: found[2] if found[1] in found[2] else f"{found[2]} ({found[1]})", words)
        words = words.replace("<bdi>", FIRST_STRONG).replace("</bdi>", POP)
        words = _TAG.sub("", words)
    return html.unescape(words)


def address(url: str) -> str:
    """An address as the value of an attribute. Raises TextError for anything that is none of the web."""
    if not url.startswith(("https://", "http://")):
        raise TextError(f"{url[:60]!r} is no address of the web; it begins with https://")
    return html.escape(url)
