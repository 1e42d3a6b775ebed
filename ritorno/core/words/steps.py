"""Triggers and steps in words, Hebrew and English (ORC-04)."""

from collections.abc import Callable
from typing import assert_never

from ritorno.core.instants import days
from ritorno.core.journeys.step import (
    Audience,
    Branch,
    Check,
    Count,
    End,
    Give,
    Go,
    Send,
    Split,
    Step,
    Tag,
    Task,
    Wait,
    WaitFor,
    Webhook,
    Write,
)
from ritorno.core.journeys.trigger import (
    BecameTrue,
    GroupMoved,
    Happened,
    JoinedSegment,
    LeftSegment,
    Moved,
    Trigger,
)
from ritorno.core.segments.rule import Rule
from ritorno.core.words.catalogue import say_span
from ritorno.core.words.causes import CATALOGUES as CAUSES

CATALOGUES: dict[str, dict[str, str]] = {
    "he": {
        "moved": "{axis} עובר ל-{to}",
        "moved_from": "{axis} עובר מ-{before} ל-{to}",
        "group": "מעבר לקבוצה {to}",
        "group_from": "מעבר לקבוצה {to} מקבוצה {before}",
        "event": "אירוע: {event}",
        "first": "בפעם הראשונה",
        "every": "כל הזמנה {every}",
        "nth": "ההזמנה ה-{every}",
        "order": "שבה {rule}",
        "where": "{property} {op} {value}",
        "consumable": "מוצר מתכלה",
        "technical": "מוצר טכני",
        "sensitive": "מוצר רגיש",
        "no": "לא {what}",
        "segment_entered": "כניסה לסגמנט {segment}",
        "segment_left": "יציאה מסגמנט {segment}",
        "becomes_true": "כשמתקיים: {rule}",
        "send": "הודעה אחת, בערוץ הראשון שיש לו הסכמה: {channels}",
        "wait_step": "להמתין {span}",
        "wait_entry": "להמתין עד {span} מהכניסה",
        "wait_order": "להמתין עד {span} מההזמנה",
        "wait_send": "להמתין עד {span} מאז שיצאה {since}",
        "wait_run_out": "להמתין עד מעט לפני שהמוצר נגמר",
        "wait_margin": "להמתין עד {span} לפני שהמוצר נגמר",
        "wait_at": "עד השעה {at}",
        "wait_on": "עד יום {on}",
        "wait_for": "להמתין ל{what}, לכל היותר {span}",
        "branch": "אם {rule}",
        "split": "חלוקה אקראית קבועה: {arms}",
        "check": "להמשיך רק אם: {rule}; אחרת יציאה: {why}",
        "write": "לרשום במאפיין {trait}: {value}",
        "write_fact": "לרשום במאפיין {trait} את {value}",
        "count": "להוסיף {by} למונה {trait}",
        "tag": "להוסיף תגית {tag}",
        "untag": "להסיר תגית {tag}",
        "give": "לזכות ב-{points} נקודות",
        "audience_include": "להכניס לקהל הפרסום {audience}",
        "audience_exclude": "להחריג מהפרסום: {audience}",
        "audience_leave": "להוציא מקהל הפרסום {audience}",
        "task": "משימה ל{role}: {text}",
        "webhook": "לעדכן את המערכת {endpoint}",
        "go": "לחזור לשלב {to}",
        "end": "סוף: {why}",
        "sun": "ראשון", "mon": "שני", "tue": "שלישי", "wed": "רביעי", "thu": "חמישי", "fri": "שישי", "sat": "שבת",
    },
    "en": {
        "moved": "{axis} moves to {to}",
        "moved_from": "{axis} moves from {before} to {to}",
        "group": "coming into the group {to}",
        "group_from": "coming into the group {to} from {before}",
        "event": "event: {event}",
        "first": "for the first time",
        "every": "every {every} orders",
        "nth": "order number {every}",
        "order": "where {rule}",
        "where": "{property} {op} {value}",
        "consumable": "consumable",
        "technical": "technical",
        "sensitive": "sensitive",
        "no": "not {what}",
        "segment_entered": "entering segment {segment}",
        "segment_left": "leaving segment {segment}",
        "becomes_true": "once this holds: {rule}",
        "send": "one message, by the first channel with consent: {channels}",
        "wait_step": "wait {span}",
        "wait_entry": "wait until {span} after entering",
        "wait_order": "wait until {span} after the order",
        "wait_send": "wait until {span} after {since} left",
        "wait_run_out": "wait until shortly before the product runs out",
        "wait_margin": "wait until {span} before the product runs out",
        "wait_at": "until {at}",
        "wait_on": "until {on}",
        "wait_for": "wait for {what}, at most {span}",
        "branch": "if {rule}",
        "split": "a lasting random split: {arms}",
        "check": "go on only if: {rule}; otherwise leave: {why}",
        "write": "write to trait {trait}: {value}",
        "write_fact": "write {value} to trait {trait}",
        "count": "add {by} to counter {trait}",
        "tag": "add tag {tag}",
        "untag": "take off tag {tag}",
        "give": "give {points} points",
        "audience_include": "into the ad audience {audience}",
        "audience_exclude": "out of the ads: {audience}",
        "audience_leave": "leave the ad audience {audience}",
        "task": "a task for {role}: {text}",
        "webhook": "tell the system {endpoint}",
        "go": "back to {to}",
        "end": "end: {why}",
        "sun": "Sunday", "mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "fri": "Friday",
        "sat": "Saturday",
    },
}  # fmt: skip
SayRule = Callable[[Rule], str]


def say_trigger(trigger: Trigger, language: str, say_rule: SayRule) -> str:
    """What lets customers in."""
    words = CATALOGUES[language]
    match trigger:
        case Moved(axis, to, None):
            return words["moved"].format(axis=axis.upper(), to=to)
        case Moved(axis, to, before):
            return words["moved_from"].format(axis=axis.upper(), to=to, before=before)
        case GroupMoved(groups, before_groups):
            key = "group_from" if before_groups else "group"
            return words[key].format(to=", ".join(groups), before=", ".join(before_groups))
        case Happened():
            return _say_event(trigger, language, say_rule)
        case JoinedSegment(segment):
            return words["segment_entered"].format(segment=segment)
        case LeftSegment(segment):
            return words["segment_left"].format(segment=segment)
        case BecameTrue(rule):
            return words["becomes_true"].format(rule=say_rule(rule))
        case _:
            assert_never(trigger)


def _say_event(event: Happened, language: str, say_rule: SayRule) -> str:
    words = CATALOGUES[language]
    parts = [words["event"].format(event=CAUSES[language].get(event.event, event.event))]
    if event.first:
        parts.append(words["first"])
    if event.milestone is not None:
        parts.append(words["every" if event.milestone.repeats else "nth"].format(every=event.milestone.every))
    if event.order is not None:
        parts.append(words["order"].format(rule=say_rule(event.order)))
    parts += [words["where"].format(property=each.property, op=each.op, value=each.value) for each in event.where]
    if event.product is not None:
        for name in ("consumable", "technical", "sensitive"):
            asked = getattr(event.product, name)
            if asked is not None:
                parts.append(words[name] if asked else words["no"].format(what=words[name]))
    return ", ".join(parts)


def say_step(step: Step, language: str, say_rule: SayRule) -> str:
    """What one step does; a message's texts and the steps inside it are not told."""
    words = CATALOGUES[language]
    match step:
        case Send():
            return words["send"].format(channels=", ".join(way.channel.value for way in step.ways))
        case Wait():
            return _say_wait(step, language)
        case WaitFor(_, span, event, rule):
            what = _say_event(event, language, say_rule) if event is not None else say_rule(rule) if rule else ""
            return words["wait_for"].format(what=what, span=say_span(span, language))
        case Branch(_, rule):
            return words["branch"].format(rule=say_rule(rule))
        case Split(_, arms):
            return words["split"].format(arms=", ".join(f"{arm.key} ({arm.share:g})" for arm in arms))
        case Check(_, rule, why):
            return words["check"].format(rule=say_rule(rule), why=why)
        case Go(_, to):
            return words["go"].format(to=to)
        case End(_, why):
            return words["end"].format(why=why)
        case _:
            return _say_deed(step, language)


def _say_deed(step: Write | Count | Tag | Give | Audience | Task | Webhook, language: str) -> str:
    words = CATALOGUES[language]
    match step:
        case Write(_, trait, value, fact):
            return words["write_fact" if fact else "write"].format(trait=trait, value=fact or value)
        case Count(_, trait, by):
            return words["count"].format(trait=trait, by=by)
        case Tag(_, tag, off):
            return words["untag" if off else "tag"].format(tag=tag)
        case Give(_, points):
            return words["give"].format(points=points)
        case Audience(_, audience, use, leave):
            return words["audience_leave" if leave else f"audience_{use}"].format(audience=audience)
        case Task(_, text, role):
            return words["task"].format(role=role, text=text.in_language(language))
        case Webhook(_, endpoint):
            return words["webhook"].format(endpoint=endpoint)
        case _:
            assert_never(step)


def _say_wait(step: Wait, language: str) -> str:
    words = CATALOGUES[language]
    parts = [words["wait_run_out"]] if step.until and step.margin is None else []
    if step.margin is not None:
        parts = [words["wait_margin"].format(span=say_span(days(step.margin), language))]
    if step.span is not None:
        key = f"wait_{step.since}" if step.since in ("step", "entry", "order") else "wait_send"
        parts.append(words[key].format(span=say_span(step.span, language), since=step.since))
    if step.at:
        parts.append(words["wait_at"].format(at=step.at))
    if step.on:
        parts.append(words["wait_on"].format(on=", ".join(words[day] for day in step.on)))
    return ", ".join(parts)
