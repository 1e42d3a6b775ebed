"""Watch: what its owner must know of while the shop runs unattended (ORC-11).

A till that has been silent for hours of opening means purchases we do not know of: playbooks that need them hold their
messages until it is heard again. A provider that cannot be asked holds its own. A message whose order has earned no
points, though it should have, leaves without speaking of them (PB1-07).
"""

import logging
from collections.abc import Collection

import psycopg

from ritorno.core.booking import is_missing
from ritorno.core.calendar import next_opening
from ritorno.core.ids import BrandId, PlaybookKey
from ritorno.core.instants import DAY, Instant, start_of_day
from ritorno.core.journeys.about import order_of
from ritorno.core.journeys.way import Way
from ritorno.core.messages.message import Message
from ritorno.core.messages.promised import nouns_asked
from ritorno.core.plan import Plan
from ritorno.core.view import View
from ritorno.store import alarms
from ritorno.store.transaction import transaction

logger = logging.getLogger(__name__)

_STRANDED = 5  # so many messages that their provider could not be given
_UNBOOKED = "points_unbooked"  # about the playbook whose message it was
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
    day_old = [(_UNBOOKED, about, False) for about in alarms.raised(connection, plan.brand.id, _UNBOOKED, now - DAY)]
    for kind, about, stands in [*standing, ("provider_failing", "messages", failing), *day_old]:
        if kind == "feed_silent" and about not in _WATCHED:
            continue
        with transaction(connection):
            changed = alarms.set_standing(connection, plan.brand.id, kind, about, now, stands=stands)
        changes = changes or changed
        if changed:
            logger.warning("%s: %s %s", plan.brand.key, kind, f"{about} since now" if stands else f"{about} is over")
    return changes


def lacks_points(message: Message, way: Way, view: View) -> bool:
    """Do its texts speak of points, and its order should have earned some and has not?"""
    if view.plan.policy.points is None or "points" not in nouns_asked(way):
        return False
    passage = next((each for each in view.customer.enrollments if each.id == message.enrollment), None)
    order = None if passage is None else order_of(passage, view.customer)
    return order is not None and is_missing(view.customer, order, view)


def miss_points(connection: psycopg.Connection, plan: Plan, playbooks: Collection[PlaybookKey], now: Instant) -> None:
    """Raise an alarm for the playbooks of such messages. It stands for a day, and is raised again if they go on."""
    for key in sorted(playbooks):
        with transaction(connection):
            if alarms.set_standing(connection, plan.brand.id, _UNBOOKED, key, now, stands=True):
                logger.warning("%s: %s %s", plan.brand.key, _UNBOOKED, key)


def is_silent(last_at: Instant, plan: Plan, now: Instant) -> bool:
    """Has nothing been heard for too much of today's opening hours? Nights, Shabbat and holidays do not count."""
    silent_after = plan.policy.silent_after
    window = plan.policy.send_window
    if silent_after is None or next_opening(now, window, plan.tz).at > now:
        return False
    opened_at = next_opening(start_of_day(now, plan.tz), window, plan.tz).at
    return now - max(last_at, opened_at) >= silent_after
