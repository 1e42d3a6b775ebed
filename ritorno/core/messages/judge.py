"""Judged at dispatch, on the fresh document: Send, Hold until, or Drop, with the reason (requirements.md, rule 6).

Truth first (is there still a reason to write?), then permission (may we, and where?), then timing (may we now?).
What fails on truth or permission is dropped; what fails on timing is held to the first instant worth asking again.
"""

from typing import assert_never

import msgspec

from ritorno.core import consent
from ritorno.core.address import address_for
from ritorno.core.calendar import next_opening, next_usable
from ritorno.core.customer import NOTHING, About, Contact, Enrollment
from ritorno.core.events import Channel, Purpose
from ritorno.core.identifiers import Identifier
from ritorno.core.ids import PlaybookKey
from ritorno.core.instants import DAY, HOUR, NEVER, Instant, add_span, days, say_instant, start_of_day
from ritorno.core.journeys.about import rule_about
from ritorno.core.journeys.exits import exit_at, leaves
from ritorno.core.journeys.journey import Playbook, send_named
from ritorno.core.journeys.step import Send
from ritorno.core.journeys.way import Way
from ritorno.core.journeys.writing import tags_of
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


def judge(
    message: Message, view: View, plan: Plan, sent_today: int = 0, whatsapp_left: int | None = None
) -> Verdict:  # fmt: skip
    """The verdict at `view.now`. `sent_today` counts what left for this playbook since the brand's midnight;
    `whatsapp_left` how many may still leave by WhatsApp in these 24 hours, None for no limit."""
    playbook = plan.playbook(message.playbook, message.version)
    if playbook is None:
        return Drop(Reason("version_gone", f"{message.playbook}@{message.version}"))
    step = send_named(playbook, message.step)
    untrue = _untrue(message, playbook, step, view) or _unwanted(playbook, step, view)
    if untrue is not None:
        return Drop(untrue, _instead(message, step, untrue, view.now))
    about = _about(message, view)
    found = permitted(step, view, about)
    match found:
        case Reason():
            return Drop(found)
        case Go():
            held = _held(message, playbook, step, view, plan, sent_today)
            return held or _within_tier(found, step, view, about, whatsapp_left)
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
    if step.only_if is not None and not ask(rule_about(step.only_if, passage.about), view)[0]:
        return Reason("no_longer_true", "only_if")
    return None


def _unwanted(playbook: Playbook, step: Send, view: View) -> Reason | None:
    """No marketing at all to who has been let go (COM-27), none of this playbook's beside one that is more urgent."""
    if step.message_class == "service":
        return None
    told = tags_of(view.customer)
    if quiet := next((tag for tag in view.plan.policy.quiet_tags if tag in told), None):
        return Reason("quiet", quiet)
    drops = (each for each in playbook.yields if each.how == "drop" and _open_in(each.to, view))
    if rival := next(drops, None):
        return Reason("in_playbook", rival.to)
    return None


def _open_in(playbook: PlaybookKey, view: View) -> Enrollment | None:
    return next((each for each in view.customer.enrollments if each.playbook == playbook and each.is_open), None)


def _about(message: Message, view: View) -> About:
    passage = _passage(message, view)
    return NOTHING if passage is None else passage.about


def _reason(why: str) -> Reason:
    code, _, detail = why.partition(": ")
    return Reason(code, detail)


def _code_lives(passage: Enrollment, playbook: Playbook, view: View) -> bool:
    """Was a code sent in this passage that can still be redeemed? No reminder speaks of one that cannot (PB2-14)."""
    if playbook.offer is None:
        return False
    carriers = (step for step in playbook.sends.values() if step.with_offer and not step.same_code)
    rounds = range(passage.round + 1)
    carried = {message_id(passage.id, step.name, nth) for step in carriers for nth in rounds}
    sent = [contact.at for contact in view.customer.contacts if contact.message in carried]
    return any(view.now < add_span(at, playbook.offer.lives, view.tz) for at in sent)


def _instead(message: Message, step: Send, untrue: Reason, now: Instant) -> Message | None:
    """Thanks for the visit, in place of the offer for a first purchase that has happened (DAT-04)."""
    if untrue.code != "first_purchase_done" or not step.instead:
        return None
    fresh = message_id(message.enrollment, step.instead)
    return msgspec.structs.replace(message, id=fresh, step=step.instead, wanted_at=now, due_at=now)


def _passage(message: Message, view: View) -> Enrollment | None:
    return next((each for each in view.customer.enrollments if each.id == message.enrollment), None)


def permitted(step: Send, view: View, about: About = NOTHING) -> Go | Reason:
    """The first way that is meant for the customer, that she permits and can be reached by, or why there is none."""
    purpose = Purpose.MARKETING if step.message_class == "marketing" else Purpose.SERVICE
    missing = []
    for way in step.ways:
        if way.only_if is not None and not ask(rule_about(way.only_if, about), view)[0]:
            continue
        address = address_for(view.customer, way.channel)
        if step.message_class == "service":
            refused = consent.refusal(view.customer.consents, way.channel, purpose) is not None
            allowed = not refused
        else:
            allowed = consent.in_force(view.customer.consents, way.channel, purpose) is not None
        if address is not None and allowed:
            return Go(way, address)
        missing.append(way.channel if address is not None else f"{way.channel} (no address)")
    return Reason("no_consent", ", ".join(missing)) if missing else Reason("no_longer_true", "no way is meant for them")


def whatsapp_room(plan: Plan) -> int | None:
    """How many marketing messages may leave by WhatsApp in 24 hours: 95 % of the tier; the rest is for service
    messages (ISR-16). None: no limit."""
    return plan.policy.whatsapp_a_day * 95 // 100 if plan.policy.whatsapp_a_day else None


def _within_tier(found: Go, step: Send, view: View, about: About, left: int | None) -> Go | Hold:
    """Beyond the head-room of WhatsApp's tier: the step's next way, if the policy says so and there is one; else the
    same time tomorrow, when all that left has left the 24 hours."""
    plan = view.plan
    if left is None or left > 0 or found.way.channel is not Channel.WHATSAPP or step.message_class == "service":
        return found
    if plan.policy.whatsapp_falls_back:
        others = tuple(way for way in step.ways if way.channel is not Channel.WHATSAPP)
        other = permitted(msgspec.structs.replace(step, ways=others), view, about)
        if isinstance(other, Go):
            return other
    tomorrow = next_opening(Instant(view.now + DAY), plan.policy.send_window, plan.tz)
    return Hold(tomorrow.at, Reason("whatsapp_tier", f"{whatsapp_room(plan)}/24h"))


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
    if yields := _yields(message, playbook, view):
        return yields
    unfit = _short_code(playbook, step, view, plan) or _capped(message, step, view, plan)
    if unfit is not None:
        return unfit
    if playbook.a_day and sent_today >= playbook.a_day:
        tomorrow = next_opening(_midnight_after(view), plan.policy.send_window, plan.tz)
        return Hold(tomorrow.at, Reason("budget", f"{playbook.a_day}/d"))
    return None


def _yields(message: Message, playbook: Playbook, view: View) -> Hold | None:
    """To a conversation, to a more urgent playbook, to what has just left: arbitration (ORC-15, PB1-03, COM-22)."""
    now, customer, quiet = view.now, view.customer, view.plan.policy.reply_quiet
    replies = [each.at for each in customer.did if each.name == "message_replied" and each.by_hand and each.at <= now]
    if quiet is not None and replies and now < (over := add_span(replies[-1], quiet, view.tz)):
        return Hold(over, Reason("conversation", say_instant(replies[-1], view.tz)))
    for rival in playbook.yields:
        passage = _open_in(rival.to, view)
        if passage is not None:
            return Hold(_over_at(passage, view), Reason("in_playbook", rival.to))
        last = max((each.at for each in customer.contacts if each.playbook == rival.to), default=None)
        if rival.apart is not None and last is not None and now < (free := add_span(last, rival.apart, view.tz)):
            return Hold(free, Reason("apart", f"{rival.to}, {rival.apart}"))
    others = (each for each in customer.contacts if each.at == now and each.marketing)
    if winner := next((each for each in others if each.playbook != message.playbook), None):
        return Hold(Instant(now + DAY), Reason("priority", winner.playbook))
    return None


def _over_at(passage: Enrollment, view: View) -> Instant:
    """When time ends it at the latest; looked at again every hour where only an event can. An earlier end lets go of
    what it held (`store/messages.py`)."""
    playbook = view.plan.playbook(passage.playbook, passage.version)
    over = NEVER if playbook is None else exit_at(playbook, passage, view)
    return Instant(view.now + _ASK_AGAIN) if over == NEVER else over


def turn(message: Message, plan: Plan) -> tuple[int, Instant, Instant, int]:
    """Of what one customer is due, what is judged first: by priority, then the longest due, then the longest wanted."""
    playbook = plan.playbook(message.playbook, message.version)
    return playbook.priority if playbook is not None else 0, message.due_at, message.wanted_at, message.id


def _short_code(playbook: Playbook, step: Send, view: View, plan: Plan) -> Hold | None:
    """A short code is made when it can be used (ISR-08)."""
    if not step.with_offer or step.same_code or playbook.offer is None:
        return None
    lives = add_span(view.now, playbook.offer.lives, view.tz) - view.now
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
