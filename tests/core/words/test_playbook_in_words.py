"""A playbook's page in words: every rule, trigger, step and exit, in both languages."""

import pytest
from msgspec.structs import replace

from ritorno.core.events import Channel
from ritorno.core.instants import days, hours
from ritorno.core.journeys.journey import Exits
from ritorno.core.journeys.step import Check, Send, Step, Wait
from ritorno.core.journeys.trigger import Happened, JoinedSegment, Moved, Trigger
from ritorno.core.segments.rule import All, Any, Consented, GroupIs, Not, Rule
from ritorno.core.words.playbook import rule_sayer, say_exits
from ritorno.core.words.steps import say_step, say_trigger
from ritorno.playbooks.library import load

PB2 = load("PB2")
SAY = {
    "he": rule_sayer("he", {"risk": "לקוחות בסיכון"}, "ILS"),
    "en": rule_sayer("en", {"risk": "At risk"}, "ILS"),
}
RISK, SMS, EMAIL = GroupIs(("risk",)), Consented(Channel.SMS), Consented(Channel.EMAIL)


@pytest.mark.parametrize(
    ("rule", "english"),
    [
        (RISK, "group: At risk"),
        (All((RISK, SMS)), "group: At risk and consent to sms"),
        (All((RISK, Any((SMS, EMAIL)))), "group: At risk and (consent to sms or consent to email)"),
        (Any((All((RISK, SMS)), EMAIL)), "(group: At risk and consent to sms) or consent to email"),
        (All((Any((SMS, EMAIL)),)), "consent to sms or consent to email"),
        (Any((All((SMS,)), EMAIL)), "consent to sms or consent to email"),
        (Not(SMS), "not: consent to sms"),
        (Not(Any((SMS, EMAIL))), "not: (consent to sms or consent to email)"),
    ],
)
def test_parts_of_parts_stand_in_parentheses(rule: Rule, english: str) -> None:
    assert SAY["en"](rule) == english
    assert SAY["he"](rule).count("(") == english.count("(")


@pytest.mark.parametrize(
    ("trigger", "english", "hebrew"),
    [
        (Moved("r", 1), "R moves to 1", "R עובר ל-1"),
        (Moved("r", 2, 3), "R moves from 3 to 2", "R עובר מ-3 ל-2"),
        (Moved("f", 1, 0), "F moves from 0 to 1", "F עובר מ-0 ל-1"),
        (Happened("order"), "event: order", "אירוע: הזמנה"),
        (Happened("quiz_done"), "event: quiz_done", "אירוע: quiz_done"),
        (JoinedSegment("vip"), "entering segment vip", "כניסה לסגמנט vip"),
    ],
)
def test_every_trigger_has_words(trigger: Trigger, english: str, hebrew: str) -> None:
    assert (say_trigger(trigger, "en", SAY["en"]), say_trigger(trigger, "he", SAY["he"])) == (english, hebrew)


@pytest.mark.parametrize(
    ("step", "english"),
    [
        (PB2.steps[0], "one message, by the first channel with consent: sms, email"),
        (Wait("w", days(3)), "wait 3 days"),
        (Wait("w", hours(72), "entry"), "wait until 72 hours after entering"),
        (Wait("w", hours(21), "rescue"), "wait until 21 hours after rescue left"),
        (Wait("w", until="run_out"), "wait until shortly before the product runs out"),
        (Wait("w", until="run_out", margin=12), "wait until 12 days before the product runs out"),
        (Check("c", RISK, "recovered"), "go on only if: group: At risk; otherwise leave: recovered"),
    ],
)
def test_every_step_has_words(step: Step, english: str) -> None:
    assert say_step(step, "en", SAY["en"]) == english
    assert say_step(step, "he", SAY["he"]) != english


def test_orc_04_everything_that_ends_a_passage_is_told() -> None:
    assert isinstance(PB2.steps[0], Send)
    assert say_exits(PB2, "en", SAY["en"]) == [
        "any purchase, anywhere",
        "as soon as this no longer holds: reachable by sms or email",
        "72 hours after entering",
    ]
    while_quiet = replace(PB2, exits=Exits(purchase=False, unless=RISK), entry=replace(PB2.entry, reachable=()))
    assert say_exits(while_quiet, "he", SAY["he"]) == ["כשלא מתקיים עוד: קבוצה: לקוחות בסיכון"]
    endless = replace(while_quiet, exits=Exits(purchase=False))
    assert say_exits(endless, "en", SAY["en"]) == ["only at the end of its steps"]
