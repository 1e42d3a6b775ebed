"""A scenario through the real thing: PostgreSQL, the worker and its clock, in a fresh installation of its own."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec

from ritorno.core.catalogue import Product
from ritorno.core.customer import Customer
from ritorno.core.events import Event
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.ids import CustomerId
from ritorno.core.instants import Instant
from ritorno.core.messages.message import Reason
from ritorno.core.plan import Plan
from ritorno.settings import Settings
from ritorno.store import customers, decisions, definitions, identifiers, messages, products
from ritorno.store.transaction import transaction
from ritorno.wiring import App, open_app
from ritorno.work.accept import accept
from ritorno.work.plans import body_of
from ritorno.work.scenario import Scenario, events_of, instants_of
from ritorno.work.simulate import BRAND, Members, Sent, plan_of, tell, tell_checkpoint
from ritorno.worker import Worker, advance_clock


@contextmanager
def scratch_installation() -> Iterator[App]:
    """An empty one with an embedded PostgreSQL, gone afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix="ritorno-", ignore_cleanup_errors=True) as folder,
        open_app(Settings(Path(folder), None)) as app,
    ):
        yield app


def simulate_store(scenario: Scenario, app: App, members: Members | None = None) -> dict[str, Any]:
    """The same answer as `work.simulate`, by way of the store; `app` must be empty. Raises ScenarioError."""
    plan = plan_of(scenario)
    told = events_of(scenario)
    moments = instants_of(scenario)
    _found(app, plan, min([*(event.received_at for event in told), *moments]))
    worker = Worker(app)
    names = [each.id for each in scenario.customers]
    checkpoints = []
    waiting = [(at, list(events)) for at, events in groupby(told, key=lambda event: event.received_at)]
    for moment in moments:
        while waiting and waiting[0][0] <= moment:
            _tell(app, worker, *waiting.pop(0))
        advance_clock(app, BRAND, moment, worker)
        documents = {name: one for name, one in _documents(app, names).items() if one is not None}
        checkpoints.append(tell_checkpoint(documents, plan, moment, members))
    known = {name: who for name, who in _ids(app, names).items() if who is not None}
    connection = app.connection()
    return tell(
        checkpoints,
        {name: list(decisions.of_customer(connection, BRAND, who)) for name, who in known.items()},
        {name: _sent(app, who) for name, who in known.items()},
        plan,
    )


def _found(app: App, plan: Plan, start: Instant) -> None:
    brand = {name: value for name, value in body_of(plan.brand).items() if name != "id"}
    connection = app.connection()
    with transaction(connection):
        assert definitions.save_brand(connection, "default", brand) == BRAND, "the installation is not empty"
        definitions.set_clock(connection, BRAND, start)
        parts = [("scheme", "rfm", plan.scheme), ("policy", "policy", plan.policy)]
        parts += [("segment", each.key, each) for each in plan.segments]
        parts += [("playbook", each.key, each) for each in plan.running]
        goods = plan.catalogue.products.values()
        if rows := [products.Product(each.sku, each.name, each.category, traits=_flags(each)) for each in goods]:
            products.keep(connection, BRAND, rows)
        for kind, key, value in parts:
            definitions.save(
                connection, BRAND, kind, key, body_of(value), status="active", at=start, by="scenario"
            )  # fmt: skip


def _flags(one: Product) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(one)
    return {name: value for name, value in told.items() if name not in ("sku", "name", "category")}


def _tell(app: App, worker: Worker, received_at: Instant, events: list[Event]) -> None:
    """Time first passes up to the instant before; what is due in that very instant comes after what is told in it."""
    advance_clock(app, BRAND, Instant(received_at - 1), worker)
    connection = app.connection()
    definitions.set_clock(connection, BRAND, received_at)
    accept(connection, BRAND, events)
    worker.until_quiet()


def _ids(app: App, names: list[str]) -> dict[str, CustomerId | None]:
    shop_ids = {name: normalise(Kind.SHOP_ID, name, namespace="scenario") for name in names}
    held = identifiers.look_up(app.connection(), BRAND, shop_ids.values())
    return {name: held[one].customer if one in held else None for name, one in shop_ids.items()}


def _documents(app: App, names: list[str]) -> dict[str, Customer | None]:
    connection = app.connection()
    return {
        name: None if who is None else customers.read(connection, BRAND, who) for name, who in _ids(app, names).items()
    }


def _sent(app: App, who: CustomerId) -> list[Sent]:
    return [
        Sent(
            one.message, one.state.value, one.sent_at, one.content.channel if one.content else None,
            [(at, Reason(code, detail)) for at, code, detail in one.reasons],
        )
        for one in messages.of_customer(app.connection(), BRAND, who)
    ]  # fmt: skip
