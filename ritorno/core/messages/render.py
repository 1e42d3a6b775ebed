"""From a text with merge fields to what one customer reads.

Texts are Liquid with limits (no loops without end, no reach into Python). Three marks stand for what every message of
ours shares: `[AD]` the word the law asks for and the sender, `[HI]` the greeting, `[OUT]` the way to refuse.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from liquid import BoundTemplate
from liquid.exceptions import LiquidError

from ritorno.core.messages.fields import KNOWN, unknown
from ritorno.core.messages.printing import TextError, environment
from ritorno.core.messages.text import direction

_WORDS = {
    "he": ("פרסומת", "היי", "להסרה"),
    "en": ("Ad", "Hi", "Opt out"),
    "ar": ("إعلان", "مرحبا", "لإلغاء الاشتراك"),
    "ru": ("Реклама", "Привет", "Отписаться"),
}
_SPACES = re.compile(r"[ \t]+")
_BEFORE_PUNCTUATION = re.compile(r" +([,.:;!?])")


def advertising_word(language: str) -> str:
    """What every advertising message begins with; in Hebrew where we know no other word."""
    return _WORDS.get(language, _WORDS["he"])[0]


def with_advertising_word(subject: str, language: str) -> str:
    """A subject that begins with the word, as it does already or by our hand."""
    word = advertising_word(language)
    return subject if re.match(rf"{word}\b", subject) else f"{word}: {subject}"


def render(text: str, language: str, fields: Mapping[str, Any]) -> str:
    """The text for one customer, tidied; what is known to be empty leaves nothing. For pages and samples.

    Raises TextError naming the field that is not there.
    """
    return _filled(text, language, fields, html=False, gaps=True)


def merge(text: str, language: str, fields: Mapping[str, Any], *, html: bool = False) -> str:
    """The text for one customer, tidied, as a message says it; `html`: with every value escaped.

    Raises NoData naming a field that would be printed empty, TextError for a text that cannot be rendered.
    """
    return _filled(text, language, fields, html=html, gaps=False)


def _filled(text: str, language: str, fields: Mapping[str, Any], *, html: bool, gaps: bool) -> str:
    if "{" not in text and "[" not in text:  # the same for everybody
        return _constant(text)
    try:
        return tidy(_compiled(text, language, html, gaps).render(**fields))
    except LiquidError as error:
        raise TextError(f"{text[:40]!r}: {error}") from error


@lru_cache(maxsize=4096)
def _constant(text: str) -> str:
    return tidy(text)


@lru_cache(maxsize=4096)
def _compiled(text: str, language: str, html: bool, gaps: bool) -> BoundTemplate:
    rtl = direction(language) == "rtl"
    return environment(html=html, rtl=rtl, gaps=gaps).from_string(expand(text, language))


def expand(text: str, language: str) -> str:
    """The text with its marks written out."""
    if "[" not in text:
        return text
    word, hello, refuse = _WORDS.get(language, _WORDS["he"])
    text = text.replace("[AD]", f"{word} {{{{ brand.name }}}}:")
    text = text.replace("[HI]", f"{hello} {{{{ customer.first_name | default: '' }}}},")
    return text.replace("[OUT]", f"{refuse}: {{{{ optout }}}}")


def tidy(text: str) -> str:
    """One space where several stand, none before punctuation or at the ends (product.md §4)."""
    return _BEFORE_PUNCTUATION.sub(r"\1", _SPACES.sub(" ", text)).strip()


def asked(text: str, language: str) -> frozenset[str]:
    """The fields that a text speaks of, by their path. Raises TextError for broken Liquid."""
    return frozenset(".".join(map(str, path)) for path in _paths(text, language))


def problems(text: str, language: str) -> list[str]:
    """What is wrong with a text: broken Liquid, or fields that no message has."""
    try:
        paths = _paths(text, language)
    except TextError as error:
        return [str(error)]
    known = ", ".join(KNOWN)
    return [f"there is no field {name!r}; there are {known}" for name in sorted(set(unknown(paths)))]


@lru_cache(maxsize=4096)
def _paths(text: str, language: str) -> tuple[tuple[object, ...], ...]:
    try:
        told = _compiled(text, language, html=False, gaps=False).analyze()
    except LiquidError as error:
        raise TextError(f"{text[:40]!r}: {error}") from error
    return tuple(tuple(variable.segments) for group in told.globals.values() for variable in group)
