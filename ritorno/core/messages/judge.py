"""Judged at dispatch, on the fresh document: Send, Hold until, or Drop, with the reason (requirements.md, rule 6).

Truth first (is there still a reason to write?), then permission (may we, and where?), then timing (may we now?).
What fails on truth or permission is dropped; what fails on timing is held to the first instant worth asking again.
"""

from typing import assert_never

import msgspec

from ritorno.core import consent
from ritorno.core.address import address_for
from ritorno.core.calendar import next_opening, next_usable
from ritorno.core.customer import Contact, Enrollment
from ritorno.core.events import Channel, Purpose
from ritorno.core.identifiers import Identifier
from ritorno.core.instants import DAY, HOUR, Instant, add_span, days, say_instant, start_of_day, zone
from ritorno.core.journeys.exits import leaves
from ritorno.core.journeys.journey import Playbook, send_named
from ritorno.core.journeys.step import Send
from ritorno.core.journeys.way import Way
from ritorno.core.messages.message import Message, Reason, message_id
from ritorno.core.plan import Plan
from ritorno.core.segments.live import ask
from ritorno.core.view import View

SHORT_CODE = 48 * HOUR  # a code that lives no longer is not issued into Shabbat (ISR-08)
_ASK_AGAIN = HOUR  # a stopped brand or paused playbook is looked at again that often


class Go(msgspec.Struct, frozen=True):
    """Send it this way to this address."""

    way: Way
    address: Identifier


class Hold(msgspec.Struct, frozen=True):
    until: Instant
    why: Reason


class Drop(msgspec.Struct, frozen=True):
    """`instead` is the variant to queue in its place, where the playbook has one."""

    why: Reason
    instead: Message | None = None


Verdict = Go | Hold | Drop


def judge(message: Message, view: View, plan: Plan, sent_today: int = 0) -> Verdict:
    """The verdict at `view.now`. `sent_today` counts what left for this playbook since the brand's midnight."""
    playbook = plan.playbook(message.playbook, message.version)
    if playbook is None:
        return Drop(Reason("version_gone", f"{message.playbook}@{message.version}"))
    step = send_named(playbook, message.step)
    untrue = _untrue(message, playbook, step, view)
    if untrue is not None:
        return Drop(untrue, _instead(message, step, untrue, view.now))
    found = permitted(step, view)
    match found:
        case Reason():
            return Drop(found)
        case Go():
            held = _held(message, playbook, step, view, plan, sent_today)
            return found if held is None else held
        case _:
            assert_never(found)


def _untrue(message: Message, playbook: Playbook, step: Send, view: View) -> Reason | None:
    """Why there is nothing left to say, if so. A journey that is through still stands for what it has not yet sent."""
    passage = _passage(message, view)
    if passage is None:
        return Reason("no_longer_true", "enrollment")
    if not passage.is_open and passage.why != "completed":
        return _reason(passage.why)
    left = leaves(passage, playbook, view)[0]
    if left:
        return _reason(left)
    if step.first_purchase and view.facts.ever:
        told = f"{view.facts.ever} {view.facts.last_sold_via} {say_instant(view.facts.last_at, view.tz)}"
        return Reason("first_purchase_done", told)
    if step.same_code and not _code_lives(passage, playbook, view):
        return Reason("no_longer_true", "code")
    if step.only_if is not None and not ask(step.only_if, view)[0]:
        return Reason("no_longer_true", "only_if")
    return None


def _reason(why: str) -> Reason:
    code, _, detail = why.partition(": ")
    return Reason(code, detail)


def _code_lives(passage: Enrollment, playbook: Playbook, view: View) -> bool:
    """Was a code sent in this passage that can still be redeemed? No reminder speaks of one that cannot (PB2-14)."""
    if playbook.offer is None:
        return False
    carriers = (step for step in playbook.steps if isinstance(step, Send) and step.with_offer and not step.same_code)
    carried = {message_id(passage.id, step.name) for step in carriers}
    sent = [contact.at for contact in view.customer.contacts if contact.message in carried]
    return any(view.now < add_span(at, playbook.offer.lives, zone("UTC")) for at in sent)


def _instead(message: Message, step: Send, untrue: Reason, now: Instant) -> Message | None:
    """Thanks for the visit, in place of the offer for a first purchase that has happened (DAT-04)."""
    if untrue.code != "first_purchase_done" or not step.instead:
        return None
    fresh = message_id(message.enrollment, step.instead)
    return msgspec.structs.replace(message, id=fresh, step=step.instead, wanted_at=now, due_at=now)


def _passage(message: Message, view: View) -> Enrollment | None:
    return next((each for each in view.customer.enrollments if each.id == message.enrollment), None)


def permitted(step: Send, view: View) -> Go | Reason:
    """The first way the customer permits and can be reached by, or why there is none."""
    purpose = Purpose.MARKETING if step.message_class == "marketing" else Purpose.SERVICE
    missing = []
    for way in step.ways:
        address = address_for(view.customer, way.channel)
        if step.message_class == "service":
            refused = consent.refusal(view.customer.consents, way.channel, purpose) is not None
            allowed = not refused
        else:
            allowed = consent.in_force(view.customer.consents, way.channel, purpose) is not None
        if address is not None and allowed:
            return Go(way, address)
        missing.append(way.channel if address is not None else f"{way.channel} (no address)")
    return Reason("no_consent", ", ".join(missing))


def _held(message: Message, playbook: Playbook, step: Send, view: View, plan: Plan, sent_today: int) -> Hold | None:
    """What stands against sending now, and until when."""
    now = view.now
    if plan.stopped or playbook.key in plan.paused:
        return Hold(Instant(now + _ASK_AGAIN), Reason("stopped", "brand" if plan.stopped else playbook.key))
    if step.message_class == "service":
        return None
    silent = plan.silent.intersection(playbook.needs_fresh)
    if silent:
        return Hold(Instant(now + _ASK_AGAIN), Reason("feed_silent", min(silent)))
    opening = next_opening(now, plan.policy.send_window, plan.tz)
    if opening.at > now:
        return Hold(opening.at, Reason("send_window", opening.rule))
    unfit = _short_code(playbook, step, view, plan) or _capped(message, step, view, plan)
    if unfit is not None:
        return unfit
    if playbook.a_day and sent_today >= playbook.a_day:
        tomorrow = next_opening(_midnight_after(view), plan.policy.send_window, plan.tz)
        return Hold(tomorrow.at, Reason("budget", f"{playbook.a_day}/d"))
    return None


def _short_code(playbook: Playbook, step: Send, view: View, plan: Plan) -> Hold | None:
    """A short code is made when it can be used (ISR-08)."""
    if not step.with_offer or step.same_code or playbook.offer is None:
        return None
    lives = add_span(view.now, playbook.offer.lives, zone("UTC")) - view.now
    if lives > SHORT_CODE:
        return None
    usable = next_usable(view.now, lives, plan.policy.most_closed, plan.policy.send_window, plan.tz)
    return Hold(usable.at, Reason("short_code_shabbat", usable.rule)) if usable.at > view.now else None


def _capped(message: Message, step: Send, view: View, plan: Plan) -> Hold | None:
    """Caps count marketing over all channels: elapsed 24 hours (reminders apart) and 7 days (ORC-16)."""
    others = (contact for contact in view.customer.contacts if contact.message != message.id)  # tried again: not twice
    marketing = [contact for contact in others if contact.marketing]
    a_day = 0 if step.same_code else plan.policy.a_day
    a_week = plan.policy.a_week_stars if view.scores.cell == 333 else plan.policy.a_week
    firsts = [contact for contact in marketing if not contact.reminder]
    for most, length, name, counted in ((a_day, DAY, "24h", firsts), (a_week, 7 * DAY, "7d", marketing)):
        recent = [contact.at for contact in counted if view.now < contact.at + length]
        if most and len(recent) >= most:
            return Hold(Instant(sorted(recent)[len(recent) - most] + length), Reason("cap", f"{most}/{name}"))
    return None


def _midnight_after(view: View) -> Instant:
    return start_of_day(add_span(view.now, days(1), view.tz), view.tz)


def contact_of(message: Message, channel: Channel | None, step: Send, now: Instant) -> Contact:
    """What the document remembers of a message that left; None is the holdout's, which no cap counts."""
    marketing = channel is not None and step.message_class == "marketing"
    return Contact(now, message.id, channel.value if channel else "", message.playbook, marketing, step.same_code)
