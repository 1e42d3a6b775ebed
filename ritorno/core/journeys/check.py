"""What would go wrong with a journey at run time, found when it is defined: each fault by the path of its step.

Names that stand twice, ways that lead nowhere, loops without a wait, steps that nobody reaches, waits for ever.
"""

from collections.abc import Iterator
from datetime import time
from typing import assert_never

from ritorno.core import tasks
from ritorno.core.journeys.about import marks_in
from ritorno.core.journeys.effects import Effect
from ritorno.core.journeys.journey import PER_ORDER, Playbook
from ritorno.core.journeys.paths import path_faults
from ritorno.core.journeys.program import Place
from ritorno.core.journeys.rules import rules_of
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
    Tag,
    Task,
    Wait,
    WaitFor,
    Webhook,
    Write,
)
from ritorno.core.journeys.trigger import Happened
from ritorno.core.traits import key_problem


def step_faults(playbook: Playbook) -> Iterator[str]:
    """Everything that is wrong with the steps, texts and rules apart."""
    names = [place.step.name for place in playbook.program] + [variant.name for variant in playbook.variants]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"steps: the name {name!r} stands twice"
    for place in playbook.program:
        for fault in _of_step(place, playbook):
            yield f"{place.path} {place.step.name!r}: {fault}"
    yield from path_faults(playbook)
    yield from _marks(playbook)


def _of_step(place: Place, playbook: Playbook) -> Iterator[str]:
    step = place.step
    match step:
        case Wait():
            yield from _wait(step, playbook)
        case WaitFor():
            if (step.event is None) is (step.rule is None):
                yield "waits for an event or for a rule: write one of the two"
            yield from _since(step, playbook)
        case Branch(_, _, then, otherwise):
            if not then and not otherwise:
                yield "both ways are empty, so it decides nothing"
        case Split():
            yield from _arms(step)
        case Go(_, to):
            if to not in playbook.places:
                yield f"there is no step {to!r} to go to; there are: {', '.join(sorted(playbook.places))}"
        case _:
            yield from _of_deed(step, playbook)


def _of_deed(step: Send | Check | End | Effect, playbook: Playbook) -> Iterator[str]:
    match step:
        case Send():
            yield from _code(step, playbook)
        case Write(_, trait, value, fact):
            if (value is None) is (fact is None):
                yield "writes a value or a fact: write one of the two"
            yield from _trait(trait)
        case Count(_, trait, by):
            if by == 0:
                yield "counts 0, which changes nothing"
            yield from _trait(trait)
        case Give(_, points):
            if points <= 0:
                yield f"gives {points} points; give 1 or more"
        case Task(_, text):
            yield from tasks.problems(text)
        case Check() | Tag() | Audience() | Webhook() | End():
            pass
        case _:
            assert_never(step)


def _code(step: Send, playbook: Playbook) -> Iterator[str]:
    here = playbook.places[step.name]
    before = [place.step for place in playbook.program[:here]]
    carries = any(isinstance(each, Send) and each.with_offer and not each.same_code for each in before)
    if step.same_code and not carries:
        yield "same_code, but no step before it sends the code"


def _wait(step: Wait, playbook: Playbook) -> Iterator[str]:
    if step.span is None and not step.at and not step.on and not step.until:
        yield "waits for nothing; write a span, a time of day, weekdays, or until"
    if step.until and (step.span is not None or step.since != "step"):
        yield f"until {step.until} says when by itself; leave out span and since"
    if step.until and playbook.entry.episode != "line":
        yield f"until {step.until} is of a product: enter the playbook for each line"
    if step.margin is not None and not (step.until and step.margin >= 0):
        yield f"margin is {step.margin}; it is 0 days or more, before what until says"
    if step.at:
        try:
            time.fromisoformat(step.at)
        except ValueError:
            yield f"at is {step.at!r}; write a time of day, such as 10:00"
    yield from _since(step, playbook)


def _since(step: Wait | WaitFor, playbook: Playbook) -> Iterator[str]:
    if step.span is not None and step.span.count <= 0:
        yield "a wait must be longer than nothing"
    here = playbook.places[step.name]
    sends = {place.step.name for place in playbook.program[:here] if isinstance(place.step, Send)}
    if step.since == "order":
        if not _is_about_an_order(playbook):
            yield "since is 'order', but the playbook is not entered by an order"
    elif step.since not in {"step", "entry"} | sends:
        yield f"since is {step.since!r}; write step, entry, order or the name of a send before it"
    elif step.since in sends and playbook.exits.after is None:
        yield "a message may never leave, and then this would wait for ever; say exits.after"


def _is_about_an_order(playbook: Playbook) -> bool:
    trigger = playbook.trigger
    return playbook.entry.episode in PER_ORDER or (isinstance(trigger, Happened) and trigger.event == "order")


def _arms(step: Split) -> Iterator[str]:
    keys = [arm.key for arm in step.arms]
    if len(keys) < 2:
        yield "splits into one; give it two arms or more"
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        yield f"the arm {key!r} stands twice"
    yield from (f"the share of {arm.key!r} is {arm.share}; it must be above 0" for arm in step.arms if arm.share <= 0)


def _trait(trait: str) -> Iterator[str]:
    wrong = key_problem(trait.replace("@category", "c").replace("@sku", "s"))
    if wrong and "@" not in trait:  # a category's name is known at run time alone
        yield wrong


def _marks(playbook: Playbook) -> Iterator[str]:
    """`@sku` means something only where the playbook is entered for products."""
    episode, by = playbook.entry.episode, playbook.entry.by
    known = {"line": {"@sku", "@category"}, "category": {"@category"}}.get(episode, {"@thing"} if by else set())
    for path, rule in rules_of(playbook):
        for mark in sorted(marks_in(rule) - known):
            yield f"{path}: {mark} stands for nothing in a playbook that is entered for each {episode}"
