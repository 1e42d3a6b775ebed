"""Watch: what its owner must know of while the shop runs unattended (ORC-11).

A till that has been silent for hours of opening means purchases we do not know of: playbooks that need them hold their
messages until it is heard again. A provider that cannot be asked holds its own.
"""

import logging

import psycopg

from ritorno.core.calendar import next_opening
from ritorno.core.ids import BrandId
from ritorno.core.instants import Instant, start_of_day
from ritorno.core.plan import Plan
from ritorno.store import alarms
from ritorno.store.transaction import transaction

logger = logging.getLogger(__name__)

_STRANDED = 5  # so many messages that their provider could not be given
_WATCHED = ("pos",)  # sources that speak all day long; a web shop may well sell nothing for hours


def hear(connection: psycopg.Connection, brand: BrandId, source: str, now: Instant) -> None:
    with transaction(connection):
        alarms.hear(connection, brand, source, now)


def watch(connection: psycopg.Connection, plan: Plan, now: Instant) -> bool:
    """Raise what has become alarming, clear what is over; did anything change? The plan is then to be read anew."""
    changes = False
    feeds = alarms.feeds(connection, plan.brand.id)
    standing = [("feed_silent", source, is_silent(last, plan, now)) for source, last in feeds.items()]
    failing = alarms.stranded(connection, plan.brand.id) >= _STRANDED
    for kind, about, stands in [*standing, ("provider_failing", "messages", failing)]:
        if kind == "feed_silent" and about not in _WATCHED:
            continue
        with transaction(connection):
            changed = alarms.set_standing(connection, plan.brand.id, kind, about, now, stands=stands)
        changes = changes or changed
        if changed:
            logger.warning("%s: %s %s", plan.brand.key, kind, f"{about} since now" if stands else f"{about} is over")
    return changes


def is_silent(last_at: Instant, plan: Plan, now: Instant) -> bool:
    """Has nothing been heard for too much of today's opening hours? Nights, Shabbat and holidays do not count."""
    silent_after = plan.policy.silent_after
    window = plan.policy.send_window
    if silent_after is None or next_opening(now, window, plan.tz).at > now:
        return False
    opened_at = next_opening(start_of_day(now, plan.tz), window, plan.tz).at
    return now - max(last_at, opened_at) >= silent_after
