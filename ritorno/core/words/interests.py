"""A customer's interests in words, Hebrew and English."""

from ritorno.core.bidi import isolated
from ritorno.core.interests import InterestDefinition, Strength

CATALOGUES: dict[str, dict[str, str]] = {
    "he": {
        "active": "עניין: {name}, עוצמה {times}",
        "fading": "עניין: {name}, דועך",
    },
    "en": {
        "active": "interest: {name}, strength {times}",
        "fading": "interest: {name}, fading",
    },
}


def say_strength(strength: Strength, definition: InterestDefinition, language: str) -> str:
    """One interest in a line: how often it was fed of late, or that it fades."""
    key = "fading" if strength.fading else "active"
    name = isolated(definition.name.in_language(language), language)
    return CATALOGUES[language][key].format(name=name, times=f"{strength.times:,}")
