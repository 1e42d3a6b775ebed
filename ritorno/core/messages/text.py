"""One text of a message in all its variants: language, gender of the reader, tone (SEG-20, SEG-22).

The two languages of the house are always there, and their plain words are those that read alike for women and men.
Everything else is a variant, and what is missing falls back:

    language   the reader's → the brand's → Hebrew
    within it  gender and tone → tone alone → gender alone → the plain words
"""

from functools import lru_cache
from typing import Literal

import msgspec

Gender = Literal["neutral", "f", "m"]
Tone = Literal["", "formal", "warm", "short"]

RIGHT_TO_LEFT = frozenset({"he", "ar", "fa", "ur", "yi"})


def direction(language: str) -> Literal["rtl", "ltr"]:
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


class Reader(msgspec.Struct, frozen=True):
    """Who is written to, as far as words go."""

    language: str
    gender: Gender = "neutral"
    tone: Tone = ""


class Variant(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The same, said to some."""

    text: str
    language: str = "he"
    gender: Gender = "neutral"
    tone: Tone = ""


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`ar` and `ru` may be empty; any other language is a variant."""

    he: str
    en: str
    ar: str = ""
    ru: str = ""
    variants: tuple[Variant, ...] = ()

    def in_language(self, language: str) -> str:
        """The plain words, Hebrew where there are none in that language."""
        return self.plain(language) or self.he

    def plain(self, language: str) -> str:
        """The words for everybody in that language, "" where there are none."""
        own = {"he": self.he, "en": self.en, "ar": self.ar, "ru": self.ru}.get(language, "")
        return own or next((each.text for each in self._said(language, "neutral", "")), "")

    def languages(self) -> tuple[str, ...]:
        """Those that it can be said in, the house's own first."""
        return _languages(self)

    def every(self) -> tuple[Variant, ...]:
        """All that somebody may read."""
        plain = (Variant(self.plain(language), language) for language in self.languages() if self.plain(language))
        return tuple(dict.fromkeys((*plain, *self.variants)))

    def _said(self, language: str, gender: Gender, tone: Tone) -> tuple[Variant, ...]:
        wanted = language, gender, tone
        return tuple(each for each in self.variants if (each.language, each.gender, each.tone) == wanted)


@lru_cache(maxsize=4096)
def _languages(text: Text) -> tuple[str, ...]:
    told = ("ar", text.ar), ("ru", text.ru), *((each.language, each.text) for each in text.variants)
    return tuple(dict.fromkeys(("he", "en", *(language for language, words in told if words))))


class Chosen(msgspec.Struct, frozen=True):
    """What a reader gets. `missed` names each thing that the reader should have had and the text does not offer:
    a language it is not written in; a tone, or a gender, that it knows for others of that language."""

    text: str
    language: str
    gender: Gender
    tone: Tone
    missed: tuple[str, ...] = ()


@lru_cache(maxsize=16_384)
def choose(text: Text, reader: Reader, brand_language: str = "he") -> Chosen:
    """The best variant there is."""
    for language in dict.fromkeys((reader.language, brand_language, "he")):
        found = _within(text, language, reader)
        if found is not None:
            return _told(text, found, reader)
    return Chosen(text.he, "he", "neutral", "")


def _within(text: Text, language: str, reader: Reader) -> Variant | None:
    offered = {(each.gender, each.tone): each for each in text.every() if each.language == language}
    for wanted in ((reader.gender, reader.tone), ("neutral", reader.tone), (reader.gender, ""), ("neutral", "")):
        if wanted in offered:
            return offered[wanted]
    fitting = sorted(offered.values(), key=lambda each: each.gender not in ("neutral", reader.gender))
    return fitting[0] if fitting else None


def _told(text: Text, found: Variant, reader: Reader) -> Chosen:
    others = [each for each in text.every() if each.language == found.language]
    missed = []
    if found.language != reader.language:
        missed.append(f"language {reader.language}")
    if found.tone != reader.tone and any(each.tone for each in others):
        missed.append(f"tone {reader.tone or 'plain'}")
    if found.gender != reader.gender and any(each.gender != "neutral" for each in others):
        missed.append(f"gender {reader.gender}")
    return Chosen(found.text, found.language, found.gender, found.tone, tuple(missed))
