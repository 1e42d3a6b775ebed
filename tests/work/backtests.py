"""A made history of some dozens of people, lived live by the worker and its clock, for backtests to be held against."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import msgspec
import numpy as np
from msgspec.structs import replace

from ritorno.core.decisions import AnyDecision
from ritorno.core.ids import BrandId, CustomerId, PlaybookKey
from ritorno.core.instants import DAY, HOUR, Instant, say_instant
from ritorno.core.journeys.codec import decode
from ritorno.core.journeys.journey import Playbook
from ritorno.core.plan import Plan
from ritorno.playbooks import library
from ritorno.store import decisions, definitions, messages
from ritorno.store.reset import empty
from ritorno.store.transaction import transaction
from ritorno.testing import JERUSALEM, at
from ritorno.wiring import App
from ritorno.work.accept import accept
from ritorno.work.activate import adjusted
from ritorno.work.plans import body_of
from ritorno.work.scenario import Scenario, events_of, read_scenario
from ritorno.work.simulate import plan_of
from ritorno.worker import Worker, advance_clock

BRAND = BrandId(1)
BEFORE, MIDDLE, END = at("2025-01-01"), at("2025-10-17T11:00"), at("2026-03-15T12:00")
SEGMENTS = [
    {"key": "risk", "rule": {"is": "group", "groups": ["risk", "fading"]}},
    {"key": "till", "rule": "bought sold_via pos within 30d"},
    {"key": "once_star", "rule": "was in group stars within 120d"},
]
THANKS: dict[str, Any] = {
    "key": "THANKS", "version": 1, "name": {"he": "תודה", "en": "Thanks"}, "goal": {"he": "תודה", "en": "Thanks"},
    "segment": {"is": "all", "rules": []}, "trigger": {"when": "segment_entered", "segment": "till"},
    "entry": {"episode": "event", "again_after": [20, "days"]}, "holdout": 0.2, "exits": {"purchase": False},
    "steps": [
        {"do": "wait", "name": "a_day", "span": [1, "days"]},
        {"do": "send", "name": "thanks", "ways": [
            {"channel": "sms", "text": {"he": "[AD] [HI] תודה על הקנייה {{ link }} [OUT]",
                                        "en": "[AD] [HI] thank you {{ link }} [OUT]"}}]},
    ],
    "measure": {"he": "קנו", "en": "Bought"},
}  # fmt: skip

Message = tuple[str, int, str, str, str, Instant, Instant | None, list[tuple[Instant, str, str]]]
Lived = tuple[dict[CustomerId, list[AnyDecision]], list[Message]]


def playbooks(a_day: int = 2) -> tuple[Playbook, ...]:
    """The churn shield with its reminder and a narrow daily limit, and a small one of our own."""
    shield = adjusted(library.load("PB2"), switched_on=frozenset({"reminder"}), holdout=0.2, a_day=a_day)
    return replace(shield, version=1, needs_fresh=()), replace(decode(THANKS), needs_fresh=())


class Draw:
    """Chance that draws the same each time."""

    def __init__(self, seed: int) -> None:
        self._stream = np.random.Generator(np.random.PCG64(seed))

    def below(self, share: float) -> bool:
        return bool(self._stream.random() < share)

    def number(self, low: int, high: int) -> int:
        return low + int(self._stream.random() * (high - low))

    def one(self, among: tuple[Any, ...]) -> Any:
        return among[self.number(0, len(among))]


def history(seed: int = 5, people: int = 18) -> Scenario:
    """Orders that lapse on the same days, consents given and withdrawn, late and repeated receipts, refunds, traits."""
    draw = Draw(seed)
    told: list[dict[str, Any]] = []
    for number in range(people):
        told += _person(draw, f"p{number}")
    scenario = {
        "version": 1,
        "segments": SEGMENTS,
        "customers": [{"id": f"p{n}", "phone": f"05212345{n:02d}", "email": f"p{n}@shop.co.il"} for n in range(people)],
        "events": told,
        "checkpoints": [say_instant(END, JERUSALEM)],
    }
    return read_scenario(msgspec.json.encode(scenario))


def _person(draw: Draw, name: str) -> Iterator[dict[str, Any]]:
    count = 0

    def event(kind: str, when: Instant, **body: Any) -> dict[str, Any]:
        nonlocal count
        count += 1
        moment = say_instant(Instant(when + draw.number(0, HOUR)), JERUSALEM)  # hardly two events at one instant
        return {"type": kind, "id": f"{name}-{count}", "customer": name, "occurred_at": moment, **body}

    for channel in draw.one((["sms"], ["email"], ["sms", "email"], [])):
        yield event("consent", Instant(at("2025-01-10") + draw.number(0, 60) * DAY), channel=channel, given=True)
    for index in range(draw.number(2, 7)):
        day = at(draw.one(("2025-02-03", "2025-05-20", "2025-07-08", "2025-08-31", "2025-11-30", "2025-12-01")))
        order = f"{name}-o{index}"
        body = {"order_id": order, "total": draw.one((90, 500, 1500)), "sold_via": draw.one(("pos", "online"))}
        told = event("order", Instant(day + draw.number(8, 20) * HOUR), **body)
        if draw.below(0.2):
            late = Instant(at(told["occurred_at"]) + draw.number(1, 40) * DAY)
            told["received_at"] = say_instant(late, JERUSALEM)
        yield told
        if draw.below(0.15):
            yield told  # the same delivery again
        if draw.below(0.2):
            yield event("refund", Instant(day + draw.number(2, 30) * DAY), order_id=order, refund_id="r")
    if draw.below(0.5):
        for city in ("חיפה", "יפו"):
            yield event("traits", Instant(day + draw.number(0, 100) * DAY), traits={"city": city})
    if draw.below(0.2):
        yield event("consent", Instant(at("2026-02-27") + draw.number(0, 3) * DAY), channel="sms", given=False)


def live(app: App, scenario: Scenario, running: tuple[Playbook, ...], since: Instant) -> Plan:
    """Through inbox, worker and clock up to END, with these playbooks active since then; the plan that stands."""
    empty(app.connection(), frozenset({"default"}))
    plan = plan_of(scenario)
    connection = app.connection()
    with transaction(connection):
        brand = {name: value for name, value in body_of(plan.brand).items() if name != "id"}
        assert definitions.save_brand(connection, "default", brand) == BRAND
        definitions.set_clock(connection, BRAND, BEFORE)
        parts = [("scheme", "rfm", plan.scheme), ("policy", "policy", plan.policy)]
        for kind, key, value in [*parts, *(("segment", each.key, each) for each in plan.segments)]:
            definitions.save(connection, BRAND, kind, key, body_of(value), status="active", at=BEFORE, by="t")
    worker = Worker(app)
    told = events_of(scenario)
    if since == BEFORE:
        _activate(app, running)
    for moment, events in groupby(told, key=lambda event: event.received_at):
        if BEFORE < since <= moment and running:
            advance_clock(app, BRAND, since, worker)
            _activate(app, running)
            running = ()
        advance_clock(app, BRAND, Instant(moment - 1), worker)
        definitions.set_clock(connection, BRAND, moment)
        accept(connection, BRAND, list(events))
        worker.until_quiet()
    advance_clock(app, BRAND, END, worker)
    return app.plan()


def _activate(app: App, running: tuple[Playbook, ...]) -> None:
    with transaction(app.connection()) as connection:
        for each in running:
            definitions.save(
                connection, BRAND, "playbook", each.key, body_of(each), status="active", at=BEFORE, by="t"
            )  # fmt: skip


def lived(app: App, since: Instant) -> Lived:
    """What the live run decided after `since`, by customer, and what became of every message."""
    connection = app.connection()
    who = [CustomerId(row[0]) for row in connection.execute("SELECT id FROM customer ORDER BY id")]
    decided = {
        each: sorted(decisions.of_customer(connection, BRAND, each), key=repr) for each in who
    }  # fmt: skip
    sent = [
        _message(one.message, one.state.value, one.sent_at, one.reasons)
        for each in who
        for one in messages.of_customer(connection, BRAND, each)
    ]
    return {each: [one for one in several if one.at > since] for each, several in decided.items()}, sorted(sent)


def _message(message: Any, state: str, sent_at: Instant | None, reasons: Any) -> Message:
    why = [(moment, *(str(part) for part in rest)) for moment, *rest in reasons]
    key: PlaybookKey = message.playbook
    return key, message.customer, message.step, message.arm, state, message.wanted_at, sent_at, why


def message_of(fate: Any) -> Message:
    """A message of a life, told as `lived` tells one of the outbox."""
    reasons = [(moment, why.code, why.detail) for moment, why in fate.reasons]
    return _message(fate.message, fate.state.value, fate.sent_at, reasons)
