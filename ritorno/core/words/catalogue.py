"""What rules say to people, in Hebrew and English: every sentence stands here once in each language."""

from datetime import datetime

from ritorno.core.instants import Span, parse_span

CATALOGUES: dict[str, dict[str, str]] = {
    "he": {
        "bought_once": "קנייה אחת",
        "bought_many": "{count} קניות",
        "never_bought": "עדיין לא קנו",
        "last_today": "האחרונה היום",
        "last_yesterday": "האחרונה אתמול",
        "last_days": "האחרונה לפני {days} ימים",
        "at_branch": "בסניף {branch}",
        "via_online": "באתר",
        "via_phone": "בטלפון",
        "via_pos": "בחנות",
        "spend": "{amount} ב-{window}",
        "because": "{cell}: {r}, {f}, {m}",
        "r3": "R3 כי עברו פחות מ-{fresh} מאז",
        "r2": "R2 כי עברו {fresh} ועוד לא {warm}",
        "r1": "R1 כי עברו {warm}",
        "f": "F{score} כי {count} קניות נספרות (ספים {low}, {high})",
        "m": "M{score} כי {amount} (ספים {low}, {high})",
        "rule": "לפי ספי החנות, {fresh} ו-{warm}, גרסה {version}",
        "rule_of": "לפי ספי הקטגוריה {category}, {fresh} ו-{warm}, גרסה {version}",
        "move_r": "R יהיה {to} ב-{at} אלא אם תהיה קנייה",
        "move_other": "{axis} יהיה {to} ב-{at}: הזמנה יוצאת מחלון של {window}",
        "no_move": "הזמן לבדו לא ישנה עוד את הציון",
        "group": "קבוצה: {group}",
        "days": "{count} ימים",
        "weeks": "{count} שבועות",
        "months": "{count} חודשים",
        "years": "{count} שנים",
        "hours": "{count} שעות",
        "minutes": "{count} דקות",
        "seconds": "{count} שניות",
        "days_1": "יום",
        "days_2": "יומיים",
        "weeks_1": "שבוע",
        "weeks_2": "שבועיים",
        "months_1": "חודש",
        "months_2": "חודשיים",
        "years_1": "שנה",
        "years_2": "שנתיים",
        "hours_1": "שעה",
        "hours_2": "שעתיים",
        "minutes_1": "דקה",
        "minutes_2": "שתי דקות",
        "seconds_1": "שנייה",
        "seconds_2": "שתי שניות",
    },
    "en": {
        "bought_once": "bought once",
        "bought_many": "bought {count} times",
        "never_bought": "has not bought yet",
        "last_today": "last today",
        "last_yesterday": "last yesterday",
        "last_days": "last {days} days ago",
        "at_branch": "at {branch}",
        "via_online": "online",
        "via_phone": "by phone",
        "via_pos": "in a shop",
        "spend": "{amount} in {window}",
        "because": "{cell} because {r}, {f}, {m}",
        "r3": "R3: less than {fresh} since",
        "r2": "R2: {fresh} since, not yet {warm}",
        "r1": "R1: {warm} since",
        "f": "F{score}: {count} purchases count (cuts {low}, {high})",
        "m": "M{score}: {amount} (cuts {low}, {high})",
        "rule": "by the shop's cuts, {fresh} and {warm}, v{version}",
        "rule_of": "by the cuts of {category}, {fresh} and {warm}, v{version}",
        "move_r": "R becomes {to} on {at} unless a purchase occurs",
        "move_other": "{axis} becomes {to} on {at}: an order leaves the window of {window}",
        "no_move": "time alone moves nothing any more",
        "group": "group: {group}",
        "days": "{count} days",
        "weeks": "{count} weeks",
        "months": "{count} months",
        "years": "{count} years",
        "hours": "{count} hours",
        "minutes": "{count} minutes",
        "seconds": "{count} seconds",
        "days_1": "1 day",
        "days_2": "2 days",
        "weeks_1": "1 week",
        "weeks_2": "2 weeks",
        "months_1": "1 month",
        "months_2": "2 months",
        "years_1": "1 year",
        "years_2": "2 years",
        "hours_1": "1 hour",
        "hours_2": "2 hours",
        "minutes_1": "1 minute",
        "minutes_2": "2 minutes",
        "seconds_1": "1 second",
        "seconds_2": "2 seconds",
    },
}


def say(language: str, key: str, **values: object) -> str:
    """The sentence of that key; raises KeyError for a key or language that there is not."""
    return CATALOGUES[language][key].format(**values)


def say_span(span: Span, language: str) -> str:
    """90 days; one and two are words of their own in Hebrew."""
    key = span.unit.value if span.count not in (1, 2) else f"{span.unit.value}_{span.count}"
    return say(language, key, count=span.count)


def say_kept_span(text: str, language: str) -> str:
    """A span as decisions keep it ("90 days"); any other text says itself."""
    try:
        return say_span(parse_span(text), language)
    except ValueError:
        return text


def say_moment(moment: datetime) -> str:
    """The same in both languages, and in the order that sorts: 2026-04-20 10:00."""
    return f"{moment:%Y-%m-%d %H:%M}"
