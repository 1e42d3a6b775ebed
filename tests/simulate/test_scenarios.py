"""`ritorno simulate`: one scenario, two engines, two readings, one answer."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ritorno.rehearsal import scratch_installation, simulate_store
from ritorno.store.reset import empty
from ritorno.wiring import App
from ritorno.work.scenario import Scenario, ScenarioError, json_schema, read_scenario
from ritorno.work.simulate import simulate
from ritorno.work.whole_members import members_of

HERE = Path(__file__).parent
DOCS = Path(__file__).resolve().parents[2] / "docs/reference"
SPRING = (HERE / "shield_in_spring.json").read_bytes()


@pytest.fixture(scope="module")
def installation() -> Iterator[App]:
    with scratch_installation() as app:
        yield app


def through_the_store(scenario: Scenario, app: App) -> dict[str, Any]:
    empty(app.connection(), frozenset({"default"}))
    return simulate_store(scenario, app)


def test_pb2_04_the_churn_shield_over_a_spring() -> None:
    told = simulate(read_scenario(SPRING))
    segments = {
        each["at"][:16]: {k: v["segments"] for k, v in each["customers"].items()} for each in told["checkpoints"]
    }
    assert segments["2026-02-28T00:00"] == {"dani": [], "noa": [], "rut": ["haifa_or_risk"]}
    assert segments["2026-03-01T14:05"]["dani"] == ["at_risk", "haifa_or_risk", "in_rescue"], "at that very instant"
    assert segments["2026-03-02T10:00"]["noa"] == ["recent_pos"], "the late receipt was of 20 February"
    assert segments["2026-03-03T00:00"]["dani"] == [], "bought: neither at risk nor in rescue"
    left = [(each["customer"], each["state"], each["channel"]) for each in told["messages"]]
    assert ("dani", "sent", "sms") in left
    assert "rut" not in [who for who, _, _ in left], "who refused is not even wanted"
    moves = [each for each in told["decisions"] if each["customer"] == "dani" and each["kind"] == "score_moved"]
    fell = next(each for each in moves if each["axis"] == "r" and each["after"] == 1)
    assert (fell["before"], fell["cause"], fell["at"]) == (2, "elapsed 90 days", "2026-03-01T14:05:00+02:00")


def test_both_engines_agree_on_the_spring(installation: App) -> None:
    scenario = read_scenario(SPRING)
    assert through_the_store(scenario, installation) == simulate(scenario)


def test_both_readings_agree_on_the_spring() -> None:
    """The lake's tables and expressions, and each customer's own rules: the same memberships at every checkpoint."""
    scenario = read_scenario(SPRING)
    assert simulate(scenario, members_of) == simulate(scenario)


# --- any scenario ----------------------------------------------------------------------------------

HOURS = st.builds(
    lambda day, hour: f"{day}T{hour:02d}:30", st.dates(date(2025, 1, 1), date(2026, 1, 31)), st.integers(0, 23)
)


TOTALS = st.sampled_from([0, 90, 500, 1500])
BODIES: dict[str, dict[str, Any]] = {
    "order": {"order_id": st.integers(0, 4), "total": TOTALS, "sold_via": st.sampled_from(["pos", "online"])},
    "refund": {"order_id": st.integers(0, 4), "refund_id": st.just("r")},
    "consent": {"channel": st.just("sms"), "given": st.booleans()},
    "event": {"name": st.just("viewed"), "properties": st.just({"sku": "A1"})},
    "traits": {"traits": st.sampled_from([{"city": "חיפה"}, {"city": "יפו"}])},
}


@st.composite
def occurrences(draw: st.DrawFn, number: int, customer: str) -> dict[str, Any]:
    occurred_at, received_at = sorted((draw(HOURS), draw(HOURS)))
    kind = draw(st.sampled_from(["order", "order", *BODIES]))
    body = {name: draw(value) for name, value in BODIES[kind].items()}
    if "order_id" in body:
        body["order_id"] = f"{customer}-{body['order_id']}"
    said = {"type": kind, "id": f"e{number}", "customer": customer, "occurred_at": occurred_at}
    late = {"received_at": received_at} if draw(st.booleans()) else {}
    return {**said, **late, **body, "history": draw(st.booleans())}


@st.composite
def scenarios(draw: st.DrawFn) -> dict[str, Any]:
    names = [f"p{number}" for number in range(draw(st.integers(1, 3)))]
    told = [draw(occurrences(number, draw(st.sampled_from(names)))) for number in range(draw(st.integers(1, 9)))]
    return {
        "customers": [{"id": name, "phone": f"05212345{number:02d}"} for number, name in enumerate(names)],
        "events": told,
        "checkpoints": ["2025-04-01", "2025-07-01T12:00", "2026-02-01"],
        "policy": {"a_day": draw(st.integers(0, 1))},
        "playbooks": [{"ready": "PB2", "holdout": draw(st.sampled_from([0, 0.5])), "a_day": draw(st.integers(0, 1))}],
        "segments": [
            {"key": "risk", "rule": {"is": "group", "groups": ["risk", "fading", "big_gone"]}},
            {"key": "recent", "rule": "bought sold_via pos within 30d"},
            {"key": "saved", "rule": {"is": "playbook", "playbook": "PB2"}},
        ],
    }


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(scenarios())
def test_both_engines_agree_on_any_scenario(installation: App, told: dict[str, Any]) -> None:
    """kill-safe batches, inbox, clock and outbox on one side; a loop on the other: the same decisions and messages."""
    scenario = read_scenario(json.dumps(told).encode())
    lived = simulate(scenario)
    assert through_the_store(scenario, installation) == lived
    assert simulate(scenario, members_of) == lived


# --- what is wrong with one ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"checkpoints": []}, "checkpoints: name at least one"),
        ({"checkpoints": ["2026-02-01", "2026-01-01"]}, "the earliest first"),
        ({"checkpoints": ["soon"]}, "'soon' is not a time"),
        ({"customers": [{"id": "a"}, {"id": "a"}]}, "'a' stands there 2 times"),
        ({"customers": [{"id": "dani", "phone": "0521234567"}, {"id": "x", "phone": "+972521234567"}]}, "is 'dani''s"),
        ({"colour": 1}, "colour"),
        ({"events": [{"type": "order", "id": n, "customer": n, "occurred_at": "2026-01-01", "order_id": "o", "total": 1}
                     for n in ("dani", "rut")]}, "'o' of 'shop' is 'dani''s already"),
        ({"version": 2}, "version"),
    ],
)  # fmt: skip
def test_a_bad_scenario_is_refused_by_the_place(change: dict[str, Any], said: str) -> None:
    told = {**json.loads(SPRING), **change}
    if "customers" in change:
        told["events"] = []
    with pytest.raises(ScenarioError) as caught:
        read_scenario(json.dumps(told).encode())
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"segments": [{"key": "x", "rule": {"is": "colour"}}]}, "segments[0]"),
        ({"segments": [{"key": "x", "rule": "groop risk"}]}, "segments[0]"),
        ({"segments": [{"key": "x", "rule": "segment x"}]}, "segments[0]"),
        ({"playbooks": [{"ready": "PB99"}]}, "playbooks[0]"),
        ({"scheme": {"recency": [90, 30]}}, "scheme"),
        ({"events": [{"type": "sign_up", "id": "1", "customer": "dani", "occurred_at": "never"}]}, "events[0]"),
    ],
)  # fmt: skip
def test_what_cannot_be_lived_through_is_refused_by_the_place(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        simulate(read_scenario(json.dumps({**json.loads(SPRING), **change}).encode()))
    assert said in str(caught.value)


def test_the_schema_in_the_documents_is_the_format() -> None:
    assert json.loads((DOCS / "simulate.schema.json").read_bytes()) == json.loads(json.dumps(json_schema()))


def test_every_field_is_documented() -> None:
    page = (DOCS / "simulate.md").read_text(encoding="utf-8")
    assert [name for name in Scenario.__struct_fields__ if f"`{name}`" not in page] == []
    assert [d["title"] for d in json_schema()["$defs"].values() if "tag" in d and d["title"] not in page] == []
    assert msgspec.json.decode(SPRING, type=Scenario).says
