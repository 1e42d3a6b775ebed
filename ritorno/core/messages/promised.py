"""What a message promises beside its offer: early access, the customer's own code to hand on, the reward for that.

Kept with the records before the text is written (PB1-06, COM-21).
"""

from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from ritorno.core.instants import Instant, to_datetime
from ritorno.core.journeys.way import Way
from ritorno.core.messages.fields import Exact
from ritorno.core.messages.merge_fields import unit_of
from ritorno.core.messages.reader import texts_of
from ritorno.core.messages.render import asked
from ritorno.core.offers import Code, figure
from ritorno.core.redemption import Fixed

NOUNS = frozenset({"access", "referral", "reward"})


class Access(msgspec.Struct, frozen=True):
    """Open until the instant `until`; `url` leads there, with the token that opens it."""

    until: Instant
    url: str


class Referral(msgspec.Struct, frozen=True):
    """The customer's own code, the page that it may be handed on by, and what both get, in minor units."""

    code: str
    url: str
    value: int
    for_friend: int


class Promised(msgspec.Struct, frozen=True):
    """None: there is none."""

    access: Access | None = None
    referral: Referral | None = None
    reward: Code | None = None


NOTHING = Promised()


def promises_asked(way: Way) -> frozenset[str]:
    """Which of NOUNS the texts of a way speak of, its links included."""
    return NOUNS & nouns_asked(way)


def nouns_asked(way: Way) -> frozenset[str]:
    """Of what the texts of a way speak, its links included: `points` of `points.earned`."""
    texts = [(variant.text, variant.language) for _, text in texts_of(way) for variant in text.every()]
    texts += [(target, "en") for target in way.links.values()]
    return frozenset(field.partition(".")[0] for text, language in texts for field in asked(text, language))


def promised_fields(promised: Promised, currency: str, language: str, tz: ZoneInfo) -> dict[str, Any]:
    """By noun, as texts say them; a noun of which there is nothing is left out."""
    fields: dict[str, Any] = {}
    if promised.access is not None:
        fields["access"] = {"until": last_day(promised.access.until, tz), "url": promised.access.url}
    if (referral := promised.referral) is not None:
        fields["referral"] = {
            "code": Exact(referral.code),
            "url": referral.url,
            "value": figure(Fixed(referral.value), currency),
            "for_friend": figure(Fixed(referral.for_friend), currency),
            "unit": unit_of(currency, language),
        }
    if (reward := promised.reward) is not None:
        fields["reward"] = {
            "value": figure(reward.issued.benefit, currency),
            "unit": unit_of(currency, language),
            "code": Exact(reward.code),
            "until": last_day(reward.expires_at, tz),
        }
    return fields


def last_day(until: Instant, tz: ZoneInfo) -> str:
    """The last day on which it is good: what ends at midnight was good the day before."""
    day = to_datetime(Instant(until - 1), tz)
    return f"{day.day}.{day.month}.{day.year}"
