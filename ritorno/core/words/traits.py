"""How traits, their values and their changes are said, in Hebrew and English."""

from datetime import date

from ritorno.core.events import TraitValue
from ritorno.core.trait_history import OPERATOR, PLAYBOOK, TraitChange
from ritorno.core.trait_values import TraitKind
from ritorno.core.traits import TraitDefinition

CATALOGUES: dict[str, dict[str, str]] = {
    "he": {
        "yes": "כן",
        "no": "לא",
        "nothing": "–",
        "first": "{name}: {after} ({author})",
        "changed": "{name}: {before} ← {after} ({author})",
        "cleared": "{name}: נמחק, היה {before} ({author})",
        "operator": "מפעיל {by}",
        "playbook": "פלייבוק {by}",
        "because": "{author}, {because}",
        "text": "טקסט",
        "number": "מספר",
        "date": "תאריך",
        "yes_no": "כן/לא",
        "choice": "בחירה",
        "list": "רשימה",
        "static": "סטטי, בן {age}",
        "offer": "  כלל חי: {rule} – אז התאימו לו {both} מתוך {listed} שברשימה, ועוד {others} שלא בה; היום: {now}",
        "no_offer": "  אין כלל פשוט שהיה יוצר את הרשימה הזו",
        "convert": "{name}: רשימה סטטית; כלל חי במקומה: ritorno traits convert {name}",
        "day": "יום",
        "days": "{count} ימים",
        "months": "{count} חודשים",
    },
    "en": {
        "yes": "yes",
        "no": "no",
        "nothing": "–",
        "first": "{name}: {after} ({author})",
        "changed": "{name}: {before} → {after} ({author})",
        "cleared": "{name}: removed, was {before} ({author})",
        "operator": "operator {by}",
        "playbook": "playbook {by}",
        "because": "{author}, {because}",
        "text": "text",
        "number": "number",
        "date": "date",
        "yes_no": "yes/no",
        "choice": "choice",
        "list": "list",
        "static": "static, {age} old",
        "offer": "  live rule: {rule} – {both} of the {listed} listed met it then, and {others} others; today: {now}",
        "no_offer": "  no simple rule would have made this list",
        "convert": "{name}: a static list; a live rule instead: ritorno traits convert {name}",
        "day": "1 day",
        "days": "{count} days",
        "months": "{count} months",
    },
}
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_DAYS_A_MONTH = 30.44


def say_value(value: TraitValue, definition: TraitDefinition | None, language: str) -> str:
    """A value as people read it; empty for none. One that its definition does not fit is said as it is."""
    words = CATALOGUES[language]
    if value is None:
        return ""
    if isinstance(value, bool):
        return words["yes" if value else "no"]
    if isinstance(value, list):
        return ", ".join(_of_choices(entry, definition, language) for entry in value)
    if isinstance(value, float):
        return str(int(value)) if value == int(value) else str(value)
    if isinstance(value, str) and definition is not None and definition.kind is TraitKind.DATE:
        return _say_date(value, language)
    return _of_choices(str(value), definition, language)


def _of_choices(text: str, definition: TraitDefinition | None, language: str) -> str:
    choices = () if definition is None else definition.choices
    return next((choice.name.in_language(language) for choice in choices if choice.key == text), text)


def _say_date(text: str, language: str) -> str:
    """31.12.2026, 31 December 2026."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    if language == "he":
        return f"{day.day}.{day.month}.{day.year}"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def say_name(key: str, definition: TraitDefinition | None, language: str) -> str:
    return key if definition is None else definition.name.in_language(language)


def say_change(change: TraitChange, definition: TraitDefinition | None, language: str) -> str:
    """One change in a line, with its author."""
    words = CATALOGUES[language]
    kind = "first" if change.before is None else "cleared" if change.after is None else "changed"
    return words[kind].format(
        name=say_name(change.key, definition, language),
        before=say_value(change.before, definition, language) or words["nothing"],
        after=say_value(change.after, definition, language) or words["nothing"],
        author=say_author(change, language),
    )


def say_author(change: TraitChange, language: str) -> str:
    """Who made a change, and because of what."""
    words = CATALOGUES[language]
    known = change.source in (OPERATOR, PLAYBOOK)
    author = words[change.source].format(by=change.by).strip() if known else change.by or change.source
    return words["because"].format(author=author, because=change.because) if change.because else author


def say_age(days: int, language: str) -> str:
    """So old, in days below two months, else in whole months."""
    words = CATALOGUES[language]
    if days < 2 * _DAYS_A_MONTH:
        return words["day"] if days == 1 else words["days"].format(count=days)
    return words["months"].format(count=int(days / _DAYS_A_MONTH))
