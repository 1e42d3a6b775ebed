"""Marks that people do not see: Hebrew text copied from a sheet or a telephone is full of them.

They give a line its direction (LRM, RLM, embeddings, isolates) or forbid and allow a break (zero width, soft hyphen).
"""

import re

LRM, RLM = "\u200e", "\u200f"
_MARKS = (
    "\u00ad\u061c\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\ufeff"
)
INVISIBLE: dict[int, None] = dict.fromkeys(map(ord, _MARKS))  # a table for `str.translate`


def visible(text: str) -> str:
    """`text` without marks that nobody sees, and without white space around it."""
    return (text if text.isascii() else text.translate(INVISIBLE)).strip()


_FIRST_STRONG, _POP = "\u2068", "\u2069"
_IN_ORDER = {"he": re.compile(r"[\u05d0-\u05ea ]*|[A-Za-z0-9_]+"), "en": re.compile(r"[^\u0590-\u06ff]*")}


def isolated(text: str, language: str) -> str:
    """A value inside a sentence of that language, kept in its own order where the sentence's would mix it up."""
    return text if _IN_ORDER[language].fullmatch(text) else f"{_FIRST_STRONG}{text}{_POP}"
