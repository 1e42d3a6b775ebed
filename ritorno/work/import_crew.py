"""Processes that take batches in beside each other. They start while the file is still being read, and wait for work.

Workers take turns at the batches; a batch is a transaction. A worker that finds its parent gone ends after its batch.
Whatever is killed: what was taken in stays, and the next run of the same command finds it and goes on.
"""

import gc
import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path

import psycopg

from ritorno.core.plan import Plan
from ritorno.sources.ready import Batch, open_ready
from ritorno.store.connection import Session, StoreUnavailable, database_url
from ritorno.work.import_batches import Job, take_batch
from ritorno.work.import_history import Taken
from ritorno.work.plans import Plans

FEW = 60_000  # orders that one process takes in before a second one has started
_COLLECT_EVERY = 8  # batches
Tell = Callable[[Taken, int], None]


class ImportFailed(RuntimeError):  # noqa: N818 - the name says the state
    """The import did not come to its end; says why. What was taken in stays: run it again to go on."""


class Crew:
    """Other processes, maybe none: then this one does the work."""

    def __init__(self, workers: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipes: list[Connection] = []
        self._processes: list[SpawnProcess] = []
        for _ in range(workers):
            ours, theirs = context.Pipe()
            process = context.Process(target=_wait_for_work, args=(theirs,), daemon=True)
            process.start()
            theirs.close()
            self._pipes.append(ours)
            self._processes.append(process)

    def take(self, job: Job, plan: Plan, session: Session, batches: Sequence[Batch], tell: Tell) -> None:
        """Take all batches in; `tell` hears of each. Raises ImportFailed and StoreUnavailable."""
        if not self._pipes:
            with open_ready(Path(job.ready)) as ready:
                for batch in batches:
                    tell(take_batch(session, plan, job, ready, batch), batch.orders)
            return
        for number, pipe in enumerate(self._pipes):
            try:
                pipe.send((job, list(batches[number :: len(self._pipes)])))
            except OSError:
                raise _gone() from None
        _listen(self._pipes.copy(), tell)

    def dismiss(self) -> None:
        """End them; a batch that one is at is undone."""
        for process in self._processes:
            process.terminate()
            process.join()


@contextmanager
def crew_for(orders: int, workers: int) -> Iterator[Crew]:
    """A crew for about so many orders: a small file is one process's work."""
    crew = Crew(workers if workers > 1 and orders > FEW else 0)
    try:
        yield crew
    finally:
        crew.dismiss()


def _listen(pipes: list[Connection], tell: Tell) -> None:
    """Hear every worker to its end."""
    while pipes:
        for pipe in wait(pipes):
            assert isinstance(pipe, Connection)
            try:
                said = pipe.recv()
            except (EOFError, OSError):
                raise _gone() from None
            if said is None:
                pipes.remove(pipe)
            elif isinstance(said, str):
                raise ImportFailed(said)
            else:
                taken, orders = said
                tell(Taken(*taken), orders)


def _gone() -> ImportFailed:
    return ImportFailed(
        "a process of the import has ended without a word (was it killed, or memory short?). What was taken in stays; "
        "run the same command again to go on"
    )


def _wait_for_work(parent: Connection) -> None:
    """One process beside others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to hear
    try:
        job, batches = parent.recv()
    except EOFError:
        return
    gc.freeze()
    gc.disable()  # a batch makes a million values and no cycles; collecting on the way costs a fifth
    try:
        _work(job, batches, parent)
        gc.unfreeze()
    except (StoreUnavailable, psycopg.Error, OSError) as error:
        parent.send(f"{error}. What was taken in stays; run the same command again to go on")


def _work(job: Job, batches: Sequence[Batch], parent: Connection) -> None:
    database_url(Path(job.home), job.database_url)  # holds an embedded server, and can start it again
    with Session(job.url, autocommit=True, application_name="ritorno import") as session:
        plan = session.run(lambda connection: Plans().named(connection, job.brand_key))
        with open_ready(Path(job.ready)) as ready:
            for number, batch in enumerate(batches):
                taken = take_batch(session, plan, job, ready, batch)
                if not _is_wanted():
                    return
                parent.send((tuple(taken), batch.orders))
                if number % _COLLECT_EVERY == 0:
                    gc.collect()
    parent.send(None)


def _is_wanted() -> bool:
    parent = multiprocessing.parent_process()
    return parent is None or parent.is_alive()
