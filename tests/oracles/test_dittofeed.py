"""69 cases of another open product's segments, properties and journeys (MIT; its NOTICE stands beside the cases).

Our rules give the same answers, but where we differ on purpose: those cases are listed with the reason, and one that
no longer differs fails.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.oracles.dittofeed_adapter import World

pytestmark = pytest.mark.shared

ON_PURPOSE = {
    "df-20": "`told_within` asks when a trait was last told; what is told again is told lately, however long it stood",
    "df-21": "`told_within` asks when a trait was last told; what is told again is told lately, however long it stood",
    "df-34": "an event is asked for by its whole name, so its count is of one name; a star would add up what differs",
    "df-49": "files are not kept with a customer",
    "df-51": "nobody may be written to before a consent is recorded; silence is no subscription",
    "df-57": "a definition that changes is asked anew of everything known; there is no flag to forget",
    "df-65": "a share is of our own hash of customer and name, as any engine computes it",
}
NAMES = [f"df-{number:02}" for number in range(69)]


@pytest.fixture(scope="module")
def cases(shared_folder: Path) -> dict[str, Mapping[str, Any]]:
    written = json.loads((shared_folder / "oracles" / "dittofeed" / "cases.json").read_text(encoding="utf-8"))
    return {case["id"]: case for case in written["cases"]}


def test_every_case_is_lived(cases: dict[str, Mapping[str, Any]]) -> None:
    assert sorted(cases) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_dittofeed(name: str, cases: dict[str, Mapping[str, Any]]) -> None:
    wrong = list(_differences(cases[name]))
    if name in ON_PURPOSE:
        assert wrong, f"{name} does not differ any more; take it from the list"
    else:
        assert wrong == []


def _differences(case: Mapping[str, Any]) -> Iterator[str]:
    world = World(case)
    for number, step in enumerate(case["steps"]):
        match step["type"]:
            case "events":
                world.submit(step["events"])
            case "sleep":
                world.sleep(step["ms"])
            case "compute":
                world.compute()
            case "redefine":
                world.define(step)
            case "journeys":
                for journey in step["journeys"]:
                    world.start(journey)
            case "assert":
                for difference in _compared(world, step):
                    yield f"step {number} ({step.get('note', '')}): {difference}"
            case kind:
                raise ValueError(f"{kind} is a step that is not lived here")


def _compared(world: World, step: Mapping[str, Any]) -> Iterator[str]:
    for user in step.get("users", ()):
        person = user["id"]
        if "segments" in user:
            expected = {name for name, inside in user["segments"].items() if inside}
            if world.segments(person) != expected:
                yield f"{person} is in {world.segments(person)}, not in {expected}"
        if "properties" in user:
            values = world.values(person)
            if "id" not in user["properties"]:
                values.pop("id", None)
            wanted = {name: value for name, value in user["properties"].items() if name != "id" or name in values}
            if values != wanted:
                yield f"{person} has {values}, not {wanted}"
        for group, may in user.get("subscriptions", {}).items():
            if world.may_be_written_to(person, group) is not may:
                yield f"{person} may be written to: {not may}"
    for journey in step.get("journeys", ()):
        times = world.entries(journey["journeyName"])
        if times != journey["times"]:
            yield f"{journey['journeyName']} was entered {times} times, not {journey['times']}"
