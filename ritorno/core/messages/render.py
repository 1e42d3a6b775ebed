"""From a text with merge fields to what one customer reads.

Texts are Liquid with limits (no loops without end, no reach into Python). Three marks stand for what every message of
ours shares: `[AD]` the word the law asks for and the sender, `[HI]` the greeting, `[OUT]` the way to refuse.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from liquid import BoundTemplate, Environment, StrictUndefined
from liquid.exceptions import LiquidError

from ritorno.core.messages.trait_fields import date_filter, default_filter, is_trait

_MARKS = {
    "he": {
        "[AD]": "פרסומת {{ brand.name }}:",
        "[HI]": "היי {{ customer.first_name | default: '' }},",
        "[OUT]": "להסרה: {{ optout }}",
    },
    "en": {
        "[AD]": "Ad {{ brand.name }}:",
        "[HI]": "Hi {{ customer.first_name | default: '' }},",
        "[OUT]": "Opt out: {{ optout }}",
    },
}

# What a text may say, beside `customer.traits.NAME`; anything else is refused when the playbook is defined.
FIELDS = frozenset(
    {
        "brand.name",
        "customer.first_name",
        "beneficiary.label",
        "beneficiary.role",
        "offer.value",
        "offer.min_basket",
        "offer.unit",
        "offer.expires_at",
        "offer.hours_left",
        "offer.code",
        "link",
        "optout",
    }
)


class TextError(ValueError):
    """A text that cannot be rendered; the message says where and why."""


class _Limited(Environment):
    loop_iteration_limit = 1_000
    output_stream_limit = 20_000
    context_depth_limit = 10
    local_namespace_limit = 10_000


_PLAIN = _Limited(autoescape=False, undefined=StrictUndefined)
_PLAIN.add_filter("default", default_filter)
_PLAIN.add_filter("date", date_filter)


def render(text: str, language: str, context: Mapping[str, Any]) -> str:
    """The text for one customer, tidied. Raises TextError naming the field that is not there."""
    try:
        return tidy(_compiled(text, language).render(**context))
    except LiquidError as error:
        raise TextError(f"{text[:40]!r}: {error}") from error


@lru_cache(maxsize=1024)
def _compiled(text: str, language: str) -> BoundTemplate:
    return _PLAIN.from_string(expand(text, language))


def expand(text: str, language: str) -> str:
    """The text with its marks written out."""
    for mark, words in _MARKS[language].items():
        text = text.replace(mark, words)
    return text


def tidy(text: str) -> str:
    """One space where several stand, none before punctuation or at the ends (product.md §4)."""
    text = re.sub(r"[ \t]+", " ", text)
    text = re.sub(r" +([,.:;!?])", r"\1", text)
    return text.strip()


def problems(text: str, language: str) -> list[str]:
    """What is wrong with a text: broken Liquid, or fields that no message has."""
    try:
        told = _compiled(text, language).analyze()
    except LiquidError as error:
        return [f"{text[:40]!r}: {error}"]
    asked = {str(variable) for group in told.globals.values() for variable in group if not is_trait(variable.segments)}
    known = ", ".join(sorted({*FIELDS, "customer.traits.NAME"}))
    return [f"there is no field {name!r}; there are {known}" for name in sorted(asked - FIELDS)]
