"""How many parts an SMS takes on the air, and how many units a provider bills for it (ISR-09).

GSM-7 (3GPP TS 23.038): 160 septets alone, 153 a part; ``€ [ ] { } | ^ ~ \\`` and form feed take two and stay whole.
A text with any other letter goes as UCS-2: 70 UTF-16 units alone, 67 a part; a surrogate pair stays whole. Count the
text as it will be sent: after personalisation, with the short link.
"""

import re
from enum import StrEnum

import msgspec

_SINGLE = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_DOUBLE = frozenset("\f^{}\\[~]|€")
_GSM_ALL = _SINGLE | _DOUBLE


class Encoding(StrEnum):
    GSM7 = "gsm7"
    UCS2 = "ucs2"


class Parts(msgspec.Struct, frozen=True):
    """`units` are septets (GSM-7) or UTF-16 units (UCS-2), without the headers of a text in several parts."""

    encoding: Encoding
    units: int
    parts: int


def count_parts(text: str) -> Parts:
    """Parts of a text as sent (an empty one has none)."""
    if _GSM_ALL.issuperset(text):
        encoding, alone, each = Encoding.GSM7, 160, 153
        sizes = [2 if letter in _DOUBLE else 1 for letter in text]
    else:
        encoding, alone, each = Encoding.UCS2, 70, 67
        sizes = [2 if letter > "\uffff" else 1 for letter in text]
    units = sum(sizes)
    return Parts(encoding, units, min(units, 1) if units <= alone else _filled(sizes, each))


def _filled(sizes: list[int], each: int) -> int:
    """Parts of `each` units; a letter of two units that the end of a part would cut begins the next one."""
    parts, used = 1, 0
    for size in sizes:
        if used + size > each:
            parts, used = parts + 1, 0
        used += size
    return parts


class BillingRule(msgspec.Struct, frozen=True):
    """What one billed unit holds, per encoding (0: a unit is a part), and the longest text that is taken (0: any)."""

    ucs2: int = 0
    gsm7: int = 0
    longest: int = 0


STANDARD = BillingRule()
# Per 134 or 268 Hebrew letters, as Israeli providers bill (ISR-09); two and four parts' worth of Latin ones.
BILLING_RULES = {
    "standard": STANDARD,
    "70/134": BillingRule(ucs2=134, gsm7=306),
    "268": BillingRule(ucs2=268, gsm7=612, longest=1000),
    "500": BillingRule(longest=500),
}


def billed_units(counted: Parts, rule: BillingRule = STANDARD) -> int:
    """Units a provider bills. Raises ValueError when the provider takes no text of that length."""
    if rule.longest and counted.units > rule.longest:
        raise ValueError(f"the text has {counted.units} letters; this provider takes {rule.longest} at most")
    size = rule.ucs2 if counted.encoding is Encoding.UCS2 else rule.gsm7
    return -(-counted.units // size) if size else counted.parts


class Costly(StrEnum):
    """What makes a text longer than it looks, or is shown badly by old telephones."""

    SHEKEL_SIGN = "shekel_sign"
    EMOJI = "emoji"
    NIQQUD = "niqqud"
    SMART_QUOTES = "smart_quotes"
    DASHES = "dashes"


class Warned(msgspec.Struct, frozen=True):
    """`letters`: what was found, each once; `parts_saved`: how many parts fewer the text takes without it."""

    what: Costly
    letters: str
    parts_saved: int


_COSTLY = {
    Costly.SHEKEL_SIGN: (re.compile("₪"), "NIS "),
    Costly.EMOJI: (
        re.compile(
            "[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u231a\u231b\u23e9-\u23fa\u20e3\u200d\ufe0f\U000e0020-\U000e007f]"
        ),
        "",
    ),
    Costly.NIQQUD: (re.compile("[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]"), ""),
    Costly.SMART_QUOTES: (re.compile("[‘’‚‛“”„‟′″]"), "'"),
    Costly.DASHES: (re.compile("[‐‑‒–—―…]"), "-"),
}


def warnings(text: str) -> tuple[Warned, ...]:
    """What to tell the author of a text (ISR-09); nothing is changed by itself."""
    now = count_parts(text).parts
    found = []
    for what, (letters, plain) in _COSTLY.items():
        present = letters.findall(text)
        if present:
            saved = now - count_parts(letters.sub(plain, text)).parts
            found.append(Warned(what, "".join(dict.fromkeys(present)), max(0, saved)))
    return tuple(found)
