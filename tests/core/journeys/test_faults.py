"""What is wrong with a journey is said when it is defined, with the path of its step."""

import typing
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritorno.core.instants import Span, days, hours
from ritorno.core.journeys.check import step_faults
from ritorno.core.journeys.codec import decode
from ritorno.core.journeys.journey import Entry, Exits, Playbook
from ritorno.core.journeys.parameters import PlaybookError
from ritorno.core.journeys.schema import json_schema, schema_text
from ritorno.core.journeys.step import (
    Arm,
    Branch,
    Count,
    End,
    Give,
    Go,
    Send,
    Split,
    Step,
    Tag,
    Wait,
    WaitFor,
    Write,
)
from ritorno.core.journeys.told import told
from ritorno.core.journeys.trigger import Happened, JoinedSegment, Trigger
from ritorno.core.segments.rule import All, Bought, Did, Where
from ritorno.playbooks import library
from ritorno.testing import shop
from tests.core.plans import PLAYBOOKS, journey, sms

ORDER, TRUE = Happened("order"), All(())
X = Tag("x", "x")
AFTER = Exits(after=days(9))


def made(*steps: Step, entry: str = "once", by: str = "", exits: Exits | None = None) -> Playbook:
    return journey("j", ORDER, *steps, entry=Entry(entry, by), exits=exits)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("playbook", "said"),
    [
        (made(X, X), "steps: the name 'x' stands twice"),
        (made(Branch("b", TRUE, (X,), (X,))), "steps: the name 'x' stands twice"),
        (made(Branch("b", TRUE)), "steps[0] 'b': both ways are empty, so it decides nothing"),
        (made(Split("s", (Arm("a"),))), "steps[0] 's': splits into one; give it two arms or more"),
        (made(Split("s", (Arm("a"), Arm("a")))), "steps[0] 's': the arm 'a' stands twice"),
        (made(Split("s", (Arm("a"), Arm("b", 0)))), "the share of 'b' is 0; it must be above 0"),
        (made(X, Go("g", "y")), "steps[1] 'g': there is no step 'y' to go to; there are: g, x"),
        (made(X, Go("g", "x")), "steps[1] 'g': goes round without a wait that lasts, for ever in one moment"),
        (made(Wait("w", at="10:00"), X, Go("g", "w"), exits=AFTER), "goes round without a wait that lasts"),
        (made(Wait("w", on=("sun",)), X, Go("g", "w"), exits=AFTER), "goes round without a wait that lasts"),
        (made(Wait("w", days(1), since="entry"), X, Go("g", "w"), exits=AFTER), "goes round without a wait that lasts"),
        (made(Wait("w", until="run_out"), X, Go("g", "w"), entry="line", exits=AFTER), "without a wait that lasts"),
        (made(WaitFor("w", days(1), rule=TRUE), Go("g", "w"), exits=AFTER), "goes round without a wait that lasts"),
        (made(WaitFor("w", days(1), ORDER, since="entry"), Go("g", "w"), exits=AFTER), "without a wait that lasts"),
        (
            made(Send("s", (sms(),)), Wait("w", days(1), since="s"), Wait("v", days(1)), Go("g", "w"), exits=AFTER),
            "steps[1] 'w': 's' is not sent again on the way round",
        ),
        (made(Wait("w", days(1)), Go("g", "w")), "steps[1] 'g': goes round for ever; say exits.after"),
        (made(End("e"), X), "steps[1] 'x': nobody gets here"),
        (made(Branch("b", TRUE, (End("e"),), (End("f"),)), X), "steps[1] 'x': nobody gets here"),
        (made(), "steps: there are none, so it does nothing"),
        (made(Wait("w")), "waits for nothing; write a span, a time of day, weekdays, or until"),
        (made(Wait("w", days(0))), "a wait must be longer than nothing"),
        (made(Wait("w", at="25:00")), "at is '25:00'; write a time of day, such as 10:00"),
        (made(Wait("w", days(1), until="run_out"), entry="line"), "until run_out says when by itself"),
        (made(Wait("w", until="run_out")), "until run_out is of a product: enter the playbook for each line"),
        (made(Wait("w", days(1), margin=3)), "margin is 3; it is 0 days or more, before what until says"),
        (made(Wait("w", until="run_out", margin=-1), entry="line"), "margin is -1; it is 0 days or more"),
        (made(WaitFor("w", days(1))), "waits for an event or for a rule: write one of the two"),
        (made(WaitFor("w", days(1), event=ORDER, rule=TRUE)), "waits for an event or for a rule: write one of the two"),
        (made(Wait("w", days(1), since="y")), "since is 'y'; write step, entry, order or the name of a send before it"),
        (made(Send("s", (sms(),)), Wait("w", days(1), since="s")), "a message may never leave"),
        (journey("j", JoinedSegment("s"), Wait("w", days(1), since="order")), "not entered by an order"),
        (made(Write("w", "t")), "writes a value or a fact: write one of the two"),
        (made(Write("w", "t", 1, "orders")), "writes a value or a fact: write one of the two"),
        (made(Write("w", "no name", 1)), "'no name' cannot be the name of a trait"),
        (made(Count("c", "t", 0)), "counts 0, which changes nothing"),
        (made(Give("g", 0)), "gives 0 points; give 1 or more"),
        (made(Send("s", (sms(),), same_code=True)), "same_code, but no step before it sends the code"),
        (made(Branch("b", Bought(sku="@sku"), (X,))), "steps[0].rule: @sku stands for nothing"),
        (made(Branch("b", Bought(sku="@sku"), (X,)), entry="category"), "@sku stands for nothing"),
        (made(Branch("b", Bought(sku="@thing"), (X,)), entry="line"), "@thing stands for nothing"),
    ],
)
def test_each_fault_of_the_steps_is_said(playbook: Playbook, said: str) -> None:
    assert any(said in fault for fault in step_faults(playbook)), list(step_faults(playbook))


@pytest.mark.parametrize(
    "playbook",
    [
        made(Wait("w", days(1)), Go("g", "w"), exits=AFTER),
        made(Wait("w", days(1)), Branch("b", TRUE, (Go("g", "w"),), (X,))),
        made(WaitFor("w", days(1), event=ORDER), Go("g", "w"), exits=AFTER),
        made(WaitFor("w", days(1), event=ORDER, then=(X, Go("g", "w"))), Tag("y", "y"), exits=AFTER),
        made(Send("s", (sms(),)), Wait("w", days(1), since="s"), Go("g", "s"), exits=AFTER),
        made(Send("s", (sms(),)), Wait("w", at="10:00", since="s"), Go("g", "s"), exits=AFTER),
        made(Wait("w", days(1)), Branch("b", TRUE, (Go("f", "w"),), (Go("g", "w"),)), exits=AFTER),
        made(Branch("b", TRUE, (End("e"),)), X),
        made(Send("s", (sms(),)), Wait("w", hours(1), since="s"), exits=AFTER),
        made(Wait("w", until="run_out"), entry="line"),
        made(Wait("w", until="run_out", margin=0), entry="line"),
        made(Count("c", "n_@category"), Branch("b", Bought(sku="@sku", category="@category"), (X,)), entry="line"),
        made(Branch("b", Did(event="view", where=(Where("id", "=", "@thing"),)), (X,)), entry="event", by="id"),
        made(Wait("w", Span(2), since="order"), Wait("v", on=("sun",))),
    ],
)
def test_what_can_run_has_no_fault(playbook: Playbook) -> None:
    assert list(step_faults(playbook)) == []


@pytest.mark.parametrize("key", library.ready())
def test_orc_03_every_ready_playbook_is_told_in_one_schema_and_read_back_as_it_is(key: str) -> None:
    playbook = library.load(key)
    data = msgspec.json.decode(msgspec.json.encode(told(playbook)))
    assert decode(data) == playbook
    assert decode(msgspec.to_builtins(playbook)) == playbook


@given(st.sampled_from(PLAYBOOKS))
def test_what_is_told_is_only_what_is_not_as_usual(playbook: Playbook) -> None:
    plain = msgspec.convert(msgspec.to_builtins(playbook), Playbook)
    assert msgspec.convert(told(plain), Playbook) == plain


def test_the_schema_that_is_kept_is_that_of_the_code() -> None:
    """After a change: `make docs`."""
    kept = Path(__file__).parents[3] / "docs/reference/playbook.schema.json"
    assert kept.read_text(encoding="utf-8") == schema_text()
    for union in (Step, Trigger):
        named = {part.__struct_config__.tag for part in typing.get_args(union)}
        assert all(f'"{tag}"' in schema_text() for tag in named)
    assert set(Playbook.__struct_fields__) < set(json_schema()["$defs"]["Playbook"]["properties"])


def test_a_file_that_would_never_end_is_refused() -> None:
    """Twice itself, forty times over."""
    steps: list[object] = [{"do": "tag", "name": "t", "tag": "x"}]
    for _ in range(40):
        steps = [steps, steps]
    with pytest.raises(PlaybookError, match="more than 20000 parts"):
        decode({**library.read("counters"), "steps": steps})
    deep: object = {}
    for _ in range(100):
        deep = [deep]
    with pytest.raises(PlaybookError, match="deeper than 60"):
        decode({**library.read("counters"), "steps": deep})


def test_a_parameter_that_there_is_not_and_a_segment_that_there_is_not_are_refused() -> None:
    data = {**library.read("PB3"), "holdout": "$share"}
    with pytest.raises(PlaybookError, match=r"there is no parameter \$share; there are: \$first_order"):
        decode(data)
    data = {**library.read("counters"), "trigger": {"when": "segment_left", "segment": "gone"}}
    with pytest.raises(PlaybookError, match="there is no segment 'gone'; there are: none"):
        decode(data, plan=shop())
