"""Suggestions as people read them, in Hebrew and English."""

from collections.abc import Mapping

from ritorno.core.money import format_amount
from ritorno.core.plan import Plan
from ritorno.core.suggestions import PRIOR, Paid, Suggestion

CATALOGUES: dict[str, dict[str, str]] = {
    "he": {
        "reason": "{groups}: {stake} מרכישות 12 החודשים האחרונים על הכף, {channels}",
        "channel": "{count} נגישים ב-{channel}",
        "expected": "צפי: תוספת של {low} עד {high} במכירות; אחרי מרווח, הודעות ({messages}) והטבות "
        "{left_low} עד {left_high}",
        "prior": "הנחה, עד שיהיו תוצאות: {few} עד {many} מכל 100 שיקבלו יקנו ולא היו קונים",
        "own": "לפי התוצאות שנמדדו אצל {customers} לקוחות",
        "paid": "{saved} שנחסכו בפרסום מממנים {messages} הודעות של {playbook}, ונשארים {over} להטבות",
        "nothing": "אין כרגע הצעות: אין קבוצה שהודעה מגיעה אליה ושיש על מה להציע לה",
        "sms": "SMS",
        "email": "דוא\"ל",
        "whatsapp": "WhatsApp",
    },
    "en": {
        "reason": "{groups}: {stake} of last-12-month spend at stake, {channels}",
        "channel": "{count} reachable by {channel}",
        "expected": "expected: {low} to {high} more revenue; after margin, messages ({messages}) and offers "
        "{left_low} to {left_high}",
        "prior": "assumed until there are results: {few} to {many} of 100 who get it buy and would not have",
        "own": "from what was measured of {customers} customers",
        "paid": "{saved} saved on ads pays {messages} messages of {playbook} and leaves {over} for its offers",
        "nothing": "nothing to suggest now: no group that a message reaches, and that nothing is done for",
        "sms": "SMS",
        "email": "e-mail",
        "whatsapp": "WhatsApp",
    },
}  # fmt: skip


def say_suggestion(told: Suggestion, plan: Plan, names: Mapping[str, str], language: str) -> list[str]:
    """Why, with its numbers; what may be expected, and where that is from. `names`: of the groups, by key."""
    words, reach, ahead = CATALOGUES[language], told.reach, told.expected
    channels = ", ".join(
        words["channel"].format(count=f"{count:,}", channel=words[name]) for name, count in reach.channels.items()
    )
    groups = ", ".join(names[key] for key in told.groups)
    few, many = (f"{100 * share:g}" for share in PRIOR)
    return [
        words["reason"].format(groups=groups, stake=_money(reach.stake, plan, language), channels=channels),
        words["expected"].format(
            low=_money(ahead.low, plan, language), high=_money(ahead.high, plan, language),
            messages=_money(ahead.messages, plan, language), left_low=_money(ahead.left_low, plan, language),
            left_high=_money(ahead.left_high, plan, language),
        ),
        words[ahead.source].format(few=few, many=many, customers=f"{ahead.measured:,}"),
    ]  # fmt: skip


def say_paid(told: Paid, playbook: str, plan: Plan, language: str) -> str:
    """₪240 saved on ads pays 87 messages of PB2 and leaves ₪229.56 for its offers."""
    return CATALOGUES[language]["paid"].format(
        saved=_money(told.saved, plan, language), messages=f"{told.messages:,}", playbook=playbook,
        over=_money(told.over, plan, language),
    )  # fmt: skip


def say_nothing(language: str) -> str:
    return CATALOGUES[language]["nothing"]


def _money(minor: float, plan: Plan, language: str) -> str:
    return format_amount(round(minor), plan.brand.currency, language)
