"""A playbook as data: every fault is found when it is defined, and said by its path."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from ritorno.core.instants import Span, Unit
from ritorno.core.journeys.codec import decode
from ritorno.core.journeys.parameters import PlaybookError
from ritorno.core.journeys.rules import rules_of
from ritorno.core.journeys.step import Send
from ritorno.playbooks.library import load, options, read, ready

Data = dict[str, Any]
AD = {"he": "[AD] {{ link }} [OUT]", "en": "[AD] {{ link }} [OUT]"}


def good() -> Data:
    """A playbook without a fault, with a bit of everything."""
    note = {"do": "send", "name": "note", "ways": [{"channel": "sms", "text": dict(AD)}]}
    return {
        "key": "X",
        "version": 1,
        "name": {"he": "שם", "en": "name"},
        "goal": {"he": "מטרה", "en": "goal"},
        "measure": {"he": "מדד", "en": "measure"},
        "segment": {"is": "group", "groups": ["risk"]},
        "trigger": {"when": "moved", "axis": "r", "to": 1},
        "exits": {"after": [72, "hours"]},
        "offer": {"value": 5000, "lives": [24, "hours"]},
        "steps": [
            note,
            {"do": "wait", "name": "w", "span": [1, "days"], "since": "note"},
            {"do": "check", "name": "c", "rule": {"is": "score", "axis": "r", "values": [1]}, "why": "moved"},
            {"do": "send", "name": "mail", "ways": [
                {"channel": "email", "text": {"he": "שלום [OUT]", "en": "Hello [OUT]"},
                 "subject": {"he": "פרסומת: שלום", "en": "Ad: hello"}}]},
        ],
        "options": {"more": {"after": "note", "steps": [{**note, "name": "again"}]}},
    }  # fmt: skip


def test_orc_04_a_good_one_is_read_and_read_again_from_what_it_writes() -> None:
    playbook = decode(good())
    assert msgspec.convert(msgspec.to_builtins(playbook), type(playbook)) == playbook
    assert [step.name for step in playbook.steps] == ["note", "w", "c", "mail"]
    assert playbook.exits.after == Span(72, Unit.HOURS)


def test_an_option_stands_behind_the_step_it_names() -> None:
    assert [step.name for step in decode(good(), frozenset({"more"})).steps] == ["note", "again", "w", "c", "mail"]


def first(data: Data) -> Data:
    step: Data = data["steps"][0]
    return step


def spoil(**changes: Any) -> Callable[[Data], None]:
    def change(data: Data) -> None:
        data.update(changes)

    return change


def step(index: int, **changes: Any) -> Callable[[Data], None]:
    return lambda data: data["steps"][index].update(changes)


def text(words: str) -> Callable[[Data], None]:
    return lambda data: first(data)["ways"][0].update(text={"he": words, "en": AD["en"]})


def variant(**changes: Any) -> Callable[[Data], None]:
    return lambda data: data.update(variants=[{**first(data), "name": "other", **changes}])


def offerless(data: Data) -> None:
    first(data)["with_offer"] = True
    del data["offer"]


def email(he: str | None, en: str = "Ad: x") -> Callable[[Data], None]:
    way: Data = {"channel": "email", "text": {"he": "[OUT]", "en": "[OUT]"}}
    return step(3, ways=[way if he is None else {**way, "subject": {"he": he, "en": en}}])


CODE = {"with_offer": True, "same_code": True, "name": "rem"}
FAULTS: list[tuple[Callable[[Data], None], str]] = [
    (spoil(segment={"is": "group", "groups": ["vip"]}), "segment: rule: there is no group 'vip'; there are big_gone"),
    (spoil(segment={"is": "nothing"}), "segment: rule: there is no leaf 'nothing'"),
    (spoil(colour="red"), "Object contains unknown field `colour`"),
    (spoil(exits={"unless": {"is": "cell", "cells": ["4**"]}}), "exits.unless: rule: '4**' is no cell"),
    (step(2, rule={"is": "score", "axis": "r", "values": [0]}), "steps[2].rule: rule: a score is 1, 2 or 3"),
    (step(0, only_if={"is": "bought", "at_least": 0}), "steps[0].only_if: rule: at_least must be 1 or more"),
    (variant(only_if={"is": "bought", "at_least": 0}), "variants[0].only_if: rule: at_least must be 1 or more"),
    (spoil(holdout=1), "holdout is 1.0; it is a share from 0 up to, not including, 1"),
    (spoil(holdout=-0.1), "holdout is -0.1"),
    (spoil(a_day=-1), "a_day is -1; it is the most messages a day, 0 for no limit"),
    (spoil(trigger={"when": "moved", "axis": "r", "to": 4}), "trigger: a score moves between 1, 2 and 3"),
    (spoil(offer={"value": 0}), "offer.value is 0; it must be above 0"),
    (spoil(offer={"value": 1, "min_basket": -1}), "offer.min_basket is -1; it must be 0 or more"),
    (spoil(offer={"value": 1, "lives": [0, "days"]}), "offer.lives must be a span above 0"),
    (step(1, name="note"), "steps: the name 'note' stands twice"),
    (step(1, span=[0, "days"]), "steps[1] 'w': a wait must be longer than nothing"),
    (step(1, since="mail"), "steps[1] 'w': since is 'mail'; write step, entry, order or the name of a send before it"),
    (spoil(exits={}), "steps[1] 'w': a message may never leave, and then this would wait for ever; say exits.after"),
    (step(0, ways=[]), "steps[0] 'note': no way to send it; name at least one channel"),
    (step(0, instead="thanks"), "steps[0] 'note': instead is 'thanks', and there is no variant of that name"),
    (variant(ways=[]), "variants[0] 'other': no way to send it"),
    (offerless, "steps[0] 'note': with_offer, but the playbook has no offer"),
    (step(0, **CODE), "steps[0] 'rem': same_code, but no step before it sends the code"),
    (text("[AD] {{ customer.shoe }} [OUT]"), "there is no field 'customer.shoe'; there are "),
    (text("[AD] {{ link [OUT]"), "steps[0] 'note' sms he: '[AD] {{ link [OUT]'"),
    (text("[AD] {{ offer.value }} [OUT]"), "speaks of an offer, but the step is not with_offer"),
    (text("[AD] {{ link }}"), "sms he: no way to refuse; add [OUT]"),
    (text("שלום {{ link }} [OUT]"), "must begin with פרסומת and the sender's name; begin with [AD]"),
    (text("פרסומת: {{ link }} [OUT]"), "must begin with פרסומת and the sender's name"),
    (text("פרסומתא {{ brand.name }} [OUT]"), "must begin with פרסומת"),
    (text("[AD] 48 שעות בלבד {{ link }} [OUT]"), "says '48 שעות', but the code lives 24 hours"),
    (step(0, message_class="service", ways=[{"channel": "sms", "text": {"he": "הנחה", "en": "hello"}}]),
     "a service message may not sell ('הנחה'); make it marketing"),
    (email(None), "email: an e-mail has a subject"),
    (email("פרסומת {{ nobody }}"), "there is no field 'nobody'"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "said"), FAULTS, ids=[said for _, said in FAULTS])
def test_each_fault_is_said(change: Callable[[Data], None], said: str) -> None:
    """ORC-04, ISR-03, ISR-04, PB2-14."""
    data = good()
    change(data)
    with pytest.raises(PlaybookError) as error:
        decode(data)
    assert said in str(error.value)
    assert str(error.value).startswith("playbook X: ")


def test_every_fault_is_named_at_once() -> None:
    data = good()
    data["holdout"], first(data)["ways"] = 7, []
    with pytest.raises(PlaybookError) as error:
        decode(data)
    assert len(error.value.problems) == 2


def test_an_option_that_is_not_there_or_stands_nowhere_is_said() -> None:
    with pytest.raises(PlaybookError, match="there is no option 'less'; there are: more"):
        decode(good(), frozenset({"less"}))
    data = good()
    data["options"]["more"]["after"] = "nowhere"
    with pytest.raises(PlaybookError, match=r"options\.more\.after is 'nowhere'; there is no step of that name"):
        decode(data, frozenset({"more"}))
    del data["options"]
    with pytest.raises(PlaybookError, match="there are: none"):
        decode(data, frozenset({"more"}))


def test_isr_03_a_service_message_that_only_serves_is_fine() -> None:
    data = good()
    way = {"channel": "sms", "text": {"he": "סרטון: {{ link }}", "en": "Video: {{ link }}"}}
    data["steps"] = [{"do": "send", "name": "how", "message_class": "service", "ways": [way]}]
    assert isinstance(decode(data).steps[0], Send)


def test_isr_03_a_how_to_with_a_code_field_is_refused() -> None:
    data = good()
    service = {"message_class": "service", "with_offer": True}
    first(data).update(service, ways=[{"channel": "sms", "text": {"he": "{{ offer.code }}", "en": "{{ link }}"}}])
    with pytest.raises(PlaybookError, match="a service message may not sell"):
        decode(data)


@pytest.mark.parametrize("key", ready())
def test_every_ready_playbook_is_without_fault_with_any_of_its_options(key: str) -> None:
    for option in (None, *options(key)):
        playbook = load(key, frozenset({option} if option else ()))
        assert playbook.key == read(key)["key"]


def test_pb2_14_24_hours_are_not_promised_for_a_code_that_lives_72() -> None:
    data = read("PB2")
    data["offer"]["lives"] = [72, "hours"]
    with pytest.raises(PlaybookError, match="says '24 שעות', but the code lives 72 hours"):
        decode(data)


def test_rules_of_a_playbook_may_be_text_and_say_where_they_are_wrong() -> None:
    told = good()
    told["segment"] = "group risk"
    told["exits"] = {"after": [72, "hours"], "unless": "r = 1"}
    told["steps"][2]["rule"] = {"version": 1, "rule": {"is": "bought", "within": "30d"}}
    written = decode(told)
    told["exits"] = None
    with pytest.raises(PlaybookError, match="got `null`"):
        decode(told)
    told["exits"] = {}
    assert decode(msgspec.to_builtins(written)) == written
    told["segment"] = "group risk or"
    told["exits"]["unless"] = {"is": "gruop"}
    told["steps"][2]["rule"] = {"is": "did", "evnt": "x"}
    told["steps"][0]["only_if"] = {"is": "all", "rules": [{"is": "fresh", "a": 1}]}
    told["variants"] = [3, {**told["steps"][0], "name": "v", "only_if": {"is": "x"}}]
    with pytest.raises(PlaybookError) as refused:
        decode(told)
    said = [problem.partition(";")[0] for problem in refused.value.problems]
    assert said == [
        "segment: column 14: expected a leaf, as group risk or bought within 30d, but there is the end",
        "exits.unless: rule: there is no leaf 'gruop'",
        "steps[0].only_if: rule.rules[0]: there is no field 'a' here",
        "steps[2].rule: rule: there is no field 'evnt' here",
        "variants[1].only_if: rule: there is no leaf 'x'",
    ]
    assert [path for path, _ in rules_of(written)] == ["segment", "exits.unless", "steps[2].rule"]
