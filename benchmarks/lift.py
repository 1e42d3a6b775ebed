"""How often the interval of a playbook's results holds the truth, and how long results of a million entries take.

*Truth*: made-up stores with planted effects, through `measure`; eight kinds, equally many of each – with an effect,
without, with heavy tails, with 30 held out, with harm. *Time*: one store of 1 M entries, a message and feedback each.
"""

import argparse
from collections import Counter
from time import perf_counter

import psycopg
from msgspec.structs import replace

from benchmarks.measure import finish, machine
from benchmarks.planted import KINDS, Kind, plant
from benchmarks.shop import installation
from ritorno.core.instants import DAY
from ritorno.playbooks.library import load
from ritorno.store.transaction import transaction
from ritorno.testing import at
from ritorno.wiring import App
from ritorno.work.found import found
from ritorno.work.measure import measure

PB2 = load("PB2")
SINCE = at("2026-01-10")
STORES = 1_000
ENTRIES = 1_000_000
_FURNISHED = (
    (
        "INSERT INTO message (brand_id, id, customer_id, enrollment, playbook, version, step, arm, wanted_at, due_at, "
        "state, sent_at, channel, cost, reasons) SELECT brand_id, id, customer_id, id, playbook, 1, 'rescue', arm, "
        "entered_at, entered_at, CASE arm WHEN 'treated' THEN 'sent' ELSE 'held_out' END, entered_at + 1000000, 'sms', "
        "12000, CASE WHEN id %% 10 = 0 THEN jsonb_build_array(jsonb_build_array(entered_at, 'send_window', '')) "
        "ELSE '[]'::jsonb END FROM enrollment WHERE brand_id = %(brand)s"
    ),
    (
        "INSERT INTO event (brand_id, id, customer_id, occurred_at, received_at, name, payload) SELECT brand_id, id, "
        "customer_id, sent_at, sent_at, CASE WHEN id %% 5 = 0 THEN 'message_clicked' ELSE 'message_delivered' END, "
        "convert_to(json_build_object('body', json_build_object('message', id))::text, 'UTF8') FROM message "
        "WHERE brand_id = %(brand)s AND state = 'sent'"
    ),
    (
        "INSERT INTO event (brand_id, id, customer_id, occurred_at, received_at, name, payload) SELECT brand_id, -id, "
        "customer_id, occurred_at, occurred_at, 'order_placed', '{}' FROM purchase WHERE brand_id = %(brand)s"
    ),
    (
        "INSERT INTO code (brand_id, code, message_id, customer_id, playbook, value, min_basket, issued_at, "
        "expires_at, redeemed_at, promise) SELECT brand_id, id::text, id, customer_id, playbook, 5000, 15000, sent_at, "
        "sent_at + %(day)s, CASE WHEN id %% 25 = 0 THEN sent_at + 1 END, '{}' FROM message "
        "WHERE brand_id = %(brand)s AND id %% 5 = 0"
    ),
    (
        "INSERT INTO decision (brand_id, customer_id, at, kind, playbook, enrollment, payload) SELECT brand_id, "
        "customer_id, entered_at, 'step_taken', playbook, id, convert_to(json_build_object('kind', 'step_taken', 'at', "
        "entered_at, 'enrollment', id, 'playbook', playbook, 'step', 'text', 'arm', chr(97 + (id %% 2)::int))::text, "
        "'UTF8') FROM enrollment WHERE brand_id = %(brand)s"
    ),
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lift", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="16 stores, 20,000 entries: shows that it works")
    quick = parser.parse_args().quick
    with installation() as app:
        found(app.connection(), "default", {"name": "Almog"}, SINCE)
        told = truth(app, 16 if quick else STORES) | time(app, 20_000 if quick else ENTRIES)
    reached = {"reached": "only the full size tells"} if quick else {"reached": _reached(told)}
    finish(told | reached | {"machine": machine("psycopg")})


def truth(app: App, stores: int, seed: int = 20260301) -> dict[str, object]:
    """Of how many stores the interval held what was planted; of those without an effect, how many were read so."""
    connection, plan = app.connection(), app.plan()
    kinds = [KINDS[number % len(KINDS)] for number in range(stores)]
    with transaction(connection):
        planted = plant(connection, PB2.key, kinds, seed, SINCE)
    counts: Counter[tuple[str, str]] = Counter()
    for store in planted:
        playbook = replace(PB2, holdout=store.kind.holdout)
        told = measure(connection, replace(plan, brand=replace(plan.brand, id=store.brand)), playbook, store.over_at)
        if told.spend is None:
            raise RuntimeError(f"{store.kind.name}: no interval")
        counts[store.kind.name, "stores"] += 1
        counts[store.kind.name, "held"] += told.spend.low <= store.kind.truth <= told.spend.high
        counts[store.kind.name, "conclusive"] += told.spend.is_conclusive
    return _told(counts, stores)


def _told(counts: Counter[tuple[str, str]], stores: int) -> dict[str, object]:
    by_kind = {
        kind.name: {name: counts[kind.name, name] for name in ("stores", "held", "conclusive")} for kind in KINDS
    }
    without = [kind.name for kind in KINDS if kind.truth == 0]
    quiet = sum(counts[name, "stores"] - counts[name, "conclusive"] for name in without)
    return {
        "stores": stores,
        "held_the_truth_of_100": round(100 * sum(counts[kind.name, "held"] for kind in KINDS) / stores, 1),
        "read_no_effect_of_100_without": round(100 * quiet / sum(counts[name, "stores"] for name in without), 1),
        "by_kind": by_kind,
    }


def time(app: App, entries: int) -> dict[str, object]:
    """Seconds that the results of so many entries take, each with a message, its delivery, and every fifth a code."""
    connection, plan = app.connection(), app.plan()
    kind = Kind("large", entries, 0.1, 0.14, 0.8, 0.1)
    with transaction(connection):
        (store,) = plant(connection, PB2.key, [kind], 1, SINCE, first=900_000)
        _furnish(connection, store.brand)
    large = replace(plan, brand=replace(plan.brand, id=store.brand))
    connection.execute("ANALYZE enrollment, purchase, message, event, code, decision")
    begun = perf_counter()
    told = measure(connection, large, PB2, store.over_at)
    seconds = perf_counter() - begun
    if told.sent + told.states["held_out"] != entries:
        raise RuntimeError("not every entry has its message")
    return {"entries": entries, "results_seconds": round(seconds, 1)}


def _furnish(connection: psycopg.Connection, brand: int) -> None:
    """Messages, what was told of them, codes and decisions, in the database itself."""
    for statement in _FURNISHED:
        connection.execute(statement, {"brand": brand, "day": DAY})


def _reached(told: dict[str, object]) -> bool:
    held, seconds = told["held_the_truth_of_100"], told["results_seconds"]
    assert isinstance(held, float)
    assert isinstance(seconds, float)
    return held >= 93 and seconds <= 60


if __name__ == "__main__":
    main()
