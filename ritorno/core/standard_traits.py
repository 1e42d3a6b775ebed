"""Traits that most shops ask for, ready to be defined by name alone (SEG-13, SEG-14, SEG-16, SEG-19)."""

from ritorno.core.journeys.way import Words
from ritorno.core.trait_values import Choice, TraitKind
from ritorno.core.traits import TraitDefinition


def _choices(*told: tuple[str, str, str]) -> tuple[Choice, ...]:
    return tuple(Choice(key, Words(he, en)) for key, he, en in told)


_ALL = (
    TraitDefinition("birth_date", TraitKind.DATE, Words("תאריך לידה", "Birth date")),
    TraitDefinition(
        "gender", TraitKind.CHOICE, Words("מגדר", "Gender"),
        _choices(("female", "נקבה", "Female"), ("male", "זכר", "Male"), ("other", "אחר", "Other")),
    ),
    TraitDefinition("city", TraitKind.TEXT, Words("עיר", "City")),
    TraitDefinition("region", TraitKind.TEXT, Words("אזור", "Region")),
    TraitDefinition(
        "family_status", TraitKind.CHOICE, Words("מצב משפחתי", "Family status"),
        _choices(
            ("single", "רווק/ה", "Single"), ("married", "נשוי/אה", "Married"), ("divorced", "גרוש/ה", "Divorced"),
            ("widowed", "אלמן/ה", "Widowed"),
        ),
    ),
    TraitDefinition("has_children", TraitKind.YES_NO, Words("יש ילדים", "Has children")),
    TraitDefinition("children", TraitKind.NUMBER, Words("מספר ילדים", "Children")),
    TraitDefinition(
        "role", TraitKind.CHOICE, Words("תפקיד", "Role"),
        _choices(
            ("customer", "לקוח הקצה", "End customer"), ("child", "בן או בת", "Son or daughter"),
            ("caregiver", "מטפל", "Caregiver"),
        ),
    ),
    TraitDefinition("interests", TraitKind.LIST, Words("תחומי עניין", "Interests")),
)  # fmt: skip

STANDARD: dict[str, TraitDefinition] = {each.key: each for each in _ALL}
