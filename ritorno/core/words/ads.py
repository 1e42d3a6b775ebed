"""Ad audiences in words: how far the platforms are behind, what they are too small for, why nothing leaves."""

from zoneinfo import ZoneInfo

from ritorno.core.ad_identifiers import Platform
from ritorno.core.audience_leaving import Blocked
from ritorno.core.instants import Instant, to_datetime

MINIMUM = 100  # matched members; of fewer no platform shows ads to them or leaves them out
LAG = {Platform.META: 24, Platform.GOOGLE: 48}  # hours until what they were told has effect
PLATFORM_NAMES = {Platform.META: "Meta", Platform.GOOGLE: "Google"}

CATALOGUES: dict[str, dict[str, str]] = {
    "he": {
        "sent": "נשלח {time} · {platform} מחילה תוך {hours} שעות",
        "never": "עוד לא נשלח",
        "small": "מתחת למינימום של {platform}: {minimum}",
        "blocked": "חסום: מספר על קטגוריה רגישה ({about})",
        "blocked_any": "חסום: מספר על מוצרים רגישים",
        "renamed": "השם חושף את חבריו; הפלטפורמות מכירות אותו בשם {name}",
    },
    "en": {
        "sent": "sent {time} · {platform} applies within {hours} h",
        "never": "not sent yet",
        "small": "below {platform} minimum {minimum}",
        "blocked": "blocked: it tells of a sensitive category ({about})",
        "blocked_any": "blocked: it tells of sensitive products",
        "renamed": "its name gives its members away; the platforms know it as {name}",
    },
}


def lag(sent_at: Instant | None, platform: Platform, language: str, tz: ZoneInfo) -> str:
    """`sent 12:00:20 · Meta applies within 24 h` (D7)."""
    said = CATALOGUES[language]
    if sent_at is None:
        return said["never"]
    moment = to_datetime(sent_at, tz)
    return said["sent"].format(time=f"{moment:%H:%M:%S}", platform=PLATFORM_NAMES[platform], hours=LAG[platform])


def size_note(matched: int, platform: Platform, language: str) -> str:
    """`below Google minimum 100`; "" where there are enough (ISR-17)."""
    if matched >= MINIMUM:
        return ""
    return CATALOGUES[language]["small"].format(platform=PLATFORM_NAMES[platform], minimum=MINIMUM)


def blocked_note(blocked: Blocked, language: str) -> str:
    said = CATALOGUES[language]
    return said["blocked"].format(about=blocked.about) if blocked.about else said["blocked_any"]


def renamed_note(name: str, language: str) -> str:
    return CATALOGUES[language]["renamed"].format(name=name)
