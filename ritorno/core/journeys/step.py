"""What a journey does, one step after the other: data, never running code (docs/reference/steps.md).

A step's name is unique in its playbook: messages, decisions and results are told apart by it.
"""

from typing import Literal

import msgspec

from ritorno.core.events import TraitValue
from ritorno.core.instants import Span
from ritorno.core.journeys.trigger import Happened
from ritorno.core.journeys.way import Way, Words
from ritorno.core.segments.rule import FactName, Rule

Weekday = Literal["sun", "mon", "tue", "wed", "thu", "fri", "sat"]


class Named(msgspec.Struct, frozen=True, tag_field="do", forbid_unknown_fields=True, omit_defaults=True):
    name: str


class Send(Named, frozen=True, tag="send"):
    """`first_purchase`: only for those who have never bought anywhere, judged at dispatch (DAT-04);
    `instead` names the variant that goes out when they have bought. `same_code`: a
    reminder of the code that an earlier step sent, not counted against the daily cap. `image`: it does not sell."""

    ways: tuple[Way, ...]
    with_offer: bool = False
    same_code: bool = False
    only_if: Rule | None = None
    first_purchase: bool = False
    instead: str = ""
    message_class: Literal["marketing", "service"] = "marketing"
    image: bool = False


class Wait(Named, frozen=True, tag="wait"):
    """`since`: from reaching this step, from the entry, from the order that the enrollment is about, or from when the
    named send left. After the span, `at` waits for that time of day and `on` for one of those weekdays. `until`:
    instead of a span, until what was bought should be bought again, so many days before as `margin` says; None for the
    usual: 5, or 3 at the customer's own pace (COM-02, COM-04)."""

    span: Span | None = None
    since: str = "step"
    at: str = ""
    on: tuple[Weekday, ...] = ()
    until: Literal["", "run_out"] = ""
    margin: int | None = None


class WaitFor(Named, frozen=True, tag="wait_for"):
    """Until an event arrives or a rule holds – then `then`, at that instant –, or the span is over: `otherwise`
    (ENG-12). An event counts that happened since the step was reached."""

    span: Span
    event: Happened | None = None
    rule: Rule | None = None
    then: tuple["Step", ...] = ()
    otherwise: tuple["Step", ...] = ()
    since: str = "step"


class Branch(Named, frozen=True, tag="branch"):
    rule: Rule
    then: tuple["Step", ...] = ()
    otherwise: tuple["Step", ...] = ()


class Arm(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`share` is a weight: 1, 1 and 2 are a quarter, a quarter and a half."""

    key: str
    share: float = 1
    steps: tuple["Step", ...] = ()


class Split(Named, frozen=True, tag="split"):
    """By hash: the same customer takes the same arm, always; changed shares move as few as they can."""

    arms: tuple[Arm, ...]


class Check(Named, frozen=True, tag="check"):
    """Go on only if the rule holds; otherwise the enrollment ends with `why`."""

    rule: Rule
    why: str


class Write(Named, frozen=True, tag="write"):
    """A trait of the customer becomes a value, or what a fact is now, of one category if it says so (DAT-13)."""

    trait: str
    value: TraitValue = None
    fact: FactName | None = None
    category: str = ""


class Count(Named, frozen=True, tag="count"):
    """A number trait moves by an amount, once for each enrollment; `reversed_on_return` takes it back when the order
    that the enrollment is about no longer counts (COM-16)."""

    trait: str
    by: int = 1
    reversed_on_return: bool = True


class Tag(Named, frozen=True, tag="tag"):
    """Add a tag to the customer's `tags`, or take it off."""

    tag: str
    off: bool = False


class Give(Named, frozen=True, tag="give"):
    """Points, booked before any later step can mention them (PB1-07)."""

    points: int
    lives: Span | None = None


class Audience(Named, frozen=True, tag="audience"):
    """Into an ad audience, or out of it. When the enrollment ends, what it joined it leaves."""

    audience: str
    use: Literal["include", "exclude"] = "include"
    leave: bool = False


class Task(Named, frozen=True, tag="task"):
    """Something for people to do; `role` is who: branch, service, any of yours. Never for tier C (COM-24)."""

    text: Words
    role: str = "branch"
    within: Span = Span(2)


class Webhook(Named, frozen=True, tag="webhook"):
    """Tell another system, at the endpoint that `ritorno webhooks` knows by that key."""

    endpoint: str


class Go(Named, frozen=True, tag="go"):
    """Back to the named step. There must be a wait on the way round."""

    to: str


class End(Named, frozen=True, tag="end"):
    why: str = "completed"


Step = (
    Send | Wait | WaitFor | Branch | Split | Check | Write | Count | Tag | Give | Audience | Task | Webhook | Go | End
)
