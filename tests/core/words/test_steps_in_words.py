"""Each kind of trigger and step has its sentence in both languages, with what it turns on."""

import typing

import pytest

from ritorno.core.instants import days
from ritorno.core.journeys.step import (
    Arm,
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
    ProductIs,
    Trigger,
)
from ritorno.core.journeys.way import Words
from ritorno.core.milestones import Milestones
from ritorno.core.segments.rule import All, Bought, Rule, Where
from ritorno.core.words.steps import say_step, say_trigger
from tests.core.plans import sms

TRUE = All(())


def rule(_: Rule) -> str:
    return "<rule>"


STEPS: list[tuple[Step, str]] = [
    (Send("s", (sms(),)), "one message, by the first channel with consent: sms"),
    (Wait("w", days(2)), "wait 2 days"),
    (Wait("w", days(2), since="entry"), "wait until 2 days after entering"),
    (
        Wait("w", days(2), since="s", at="10:00", on=("sun",)),
        "wait until 2 days after s left, until 10:00, until Sunday",
    ),
    (WaitFor("w", days(2), event=Happened("quiz")), "wait for event: quiz, at most 2 days"),
    (WaitFor("w", days(2), rule=TRUE), "wait for <rule>, at most 2 days"),
    (Branch("b", TRUE), "if <rule>"),
    (Split("s", (Arm("a"), Arm("b", 2))), "a lasting random split: a (1), b (2)"),
    (Check("c", TRUE, "gone"), "go on only if: <rule>; otherwise leave: gone"),
    (Write("w", "t", "v"), "write to trait t: v"),
    (Write("w", "t", fact="orders"), "write orders to trait t"),
    (Count("c", "n", 2), "add 2 to counter n"),
    (Tag("t", "vip"), "add tag vip"),
    (Tag("t", "vip", off=True), "take off tag vip"),
    (Give("g", 5), "give 5 points"),
    (Audience("a", "buyers"), "into the ad audience buyers"),
    (Audience("a", "buyers", "exclude"), "out of the ads: buyers"),
    (Audience("a", "buyers", leave=True), "leave the ad audience buyers"),
    (Task("t", Words("להתקשר", "Call")), "a task for branch: Call"),
    (Webhook("w", "crm"), "tell the system crm"),
    (Go("g", "w"), "back to w"),
    (End("e", "done"), "end: done"),
]
TRIGGERS: list[tuple[Trigger, str]] = [
    (Moved("r", 1), "R moves to 1"),
    (Moved("r", 1, 2), "R moves from 2 to 1"),
    (GroupMoved(("risk",)), "coming into the group risk"),
    (GroupMoved(("risk",), ("stars",)), "coming into the group risk from stars"),
    (JoinedSegment("vip"), "entering segment vip"),
    (LeftSegment("vip"), "leaving segment vip"),
    (BecameTrue(TRUE), "once this holds: <rule>"),
    (
        Happened("quiz", where=(Where("score", ">=", 3),), first=True),
        "event: quiz, for the first time, score >= 3",
    ),
    (Happened("x", milestone=Milestones(3)), "event: x, order number 3"),
    (Happened("x", milestone=Milestones(3, repeats=True)), "event: x, every 3 orders"),
    (
        Happened("x", order=Bought(), product=ProductIs(consumable=True, technical=False)),
        "event: x, where <rule>, consumable, not technical",
    ),
]


@pytest.mark.parametrize(("step", "english"), STEPS)
def test_a_step_is_said(step: Step, english: str) -> None:
    assert say_step(step, "en", rule) == english
    assert say_step(step, "he", rule) not in ("", english)


def test_no_kind_is_left_out() -> None:
    assert {type(step) for step, _ in STEPS} == {*typing.get_args(Step)}
    assert {type(trigger) for trigger, _ in TRIGGERS} == {*typing.get_args(Trigger)}


@pytest.mark.parametrize(("trigger", "english"), TRIGGERS)
def test_a_trigger_is_said(trigger: Trigger, english: str) -> None:
    assert say_trigger(trigger, "en", rule) == english
    assert say_trigger(trigger, "he", rule) not in ("", english)
