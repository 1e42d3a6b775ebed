"""Some customers of a demo store, set back to an earlier day: what was told of them since, to be lived again."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from ritorno.cli import demo
from ritorno.core.customer import Customer
from ritorno.core.events import Event
from ritorno.core.ids import CustomerId
from ritorno.core.instants import NEVER, Instant
from ritorno.core.journeys.journey import Playbook
from ritorno.core.plan import Plan
from ritorno.core.referral import Terms as ReferralTerms
from ritorno.store import customers, decisions, definitions, history, messages
from ritorno.store.connection import connect
from ritorno.store.transaction import transaction
from ritorno.wiring import App
from ritorno.work import policy
from ritorno.work.accept import accept
from ritorno.work.activate import activate
from ritorno.work.dry_run import running_alone
from ritorno.work.relive import Past, relive
from ritorno.worker import Worker, advance_clock
from tests.work.backtests import Lived, _message

_OF_WHAT_FOLLOWED = ("event", "seen", "decision", "consent", "inbox", "loose_event", "membership")


class Town(NamedTuple):
    """The store, everybody else gone; `pasts` is each of those sampled as of the day, and what is told after it."""

    app: App
    key: str
    pasts: dict[CustomerId, Past]
    start: Instant
    end: Instant

    @property
    def plan(self) -> Plan:
        return self.app.plan(self.key)


def open_town(app: App, store: str, folder: Path, start: Instant, every: int) -> Town:
    """The demo store as imported; of its customers every so many that nothing merged, as of `start`."""
    key, make = demo.STORES[store]
    demo.open_store(app, key, make(folder), lambda _: None)
    plan = app.plan(key)
    end = app.now(plan.brand.id)
    terms = replace(plan.policy, tiers=(200_000, 50_000), silent_after=None, referral=ReferralTerms(2_000, 2_000))
    policy.save(app.connection(), plan, terms, end, "test")
    plan = app.plan(key)
    pasts = dict(_sampled(app, plan, start, end, every))
    _set_back(app, plan, pasts, start)
    return Town(app, key, pasts, start, end)


def _sampled(app: App, plan: Plan, start: Instant, end: Instant, every: int) -> Iterator[tuple[CustomerId, Past]]:
    quiet = running_alone(plan, ())
    with connect(app.url, autocommit=True) as connection, history.one_moment(connection):
        merged = {row[0] for row in connection.execute("SELECT survivor FROM merge")}
        told = (
            each
            for part in history.slices(connection, plan.brand.id, 5_000)
            for batch in history.read_slice(connection, plan.brand.id, part)
            for each in batch
        )
        whole = (each for each in told if each.document.id not in merged and not each.document.house)
        for number, (document, events) in enumerate(whole):
            if number % every == 0:
                past = relive(document, events, quiet, start, end)
                if all(isinstance(given, Event) and given.identifiers for given in past.ahead):
                    yield document.id, past


def _set_back(app: App, plan: Plan, pasts: dict[CustomerId, Past], start: Instant) -> None:
    """As the database stood at `start`, had there been nobody else."""
    connection, brand = app.connection(), plan.brand.id
    known = [past.customer for past in pasts.values() if past.customer.joined_at != NEVER]
    ids = list(pasts)
    with transaction(connection):
        for table in _OF_WHAT_FOLLOWED:
            connection.execute(f"DELETE FROM {table}")
        connection.execute("DELETE FROM customer WHERE id <> ALL(%s)", [[one.id for one in known]])
        connection.execute("DELETE FROM identifier WHERE customer_id <> ALL(%s)", [ids])
        connection.execute(
            "DELETE FROM purchase WHERE customer_id IS NULL OR customer_id <> ALL(%s) OR occurred_at > %s", [ids, start]
        )
        customers.save(connection, brand, known)
        definitions.set_clock(connection, brand, start)


def activated(town: Town, *playbooks: Playbook) -> Plan:
    """Active from the start of the stretch on; everyone is settled for it."""
    connection = town.app.connection()
    for each in playbooks:
        activate(connection, town.plan, replace(each, needs_fresh=()), town.start, "test")
    return town.plan


def _received_at(told: tuple[Event, Customer]) -> Instant:
    return told[0].received_at


def lived_live(town: Town) -> Lived:
    """Through inbox, worker, clock and outbox; what was decided after the start, and what became of every message."""
    app, brand, worker = town.app, town.plan.brand.id, Worker(town.app)
    told = [(given, past.customer) for past in town.pasts.values() for given in past.ahead if isinstance(given, Event)]
    known = {past.customer.id for past in town.pasts.values() if past.customer.joined_at != NEVER}
    worker.until_quiet()
    for moment, several in groupby(sorted(told, key=_received_at), key=_received_at):
        advance_clock(app, brand, Instant(moment - 1), worker)
        batch = list(several)
        newcomers = {one.id: one for _, one in batch if one.id not in known}
        known |= set(newcomers)
        with transaction(app.connection()) as connection:
            definitions.set_clock(connection, brand, moment)
            if newcomers:  # under the ids that they have in the whole store
                customers.add(connection, brand, list(newcomers.values()))
            accept(connection, brand, [given for given, _ in batch])
        worker.until_quiet()
    advance_clock(app, brand, town.end, worker)
    connection = app.connection()
    decided = {
        who: sorted((each for each in decisions.of_customer(connection, brand, who) if each.at > town.start), key=repr)
        for who in town.pasts
    }
    sent = [
        _message(one.message, one.state.value, one.sent_at, one.reasons)
        for who in town.pasts
        for one in messages.of_customer(connection, brand, who)
    ]
    return decided, sorted(sent)
