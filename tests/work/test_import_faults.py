"""What goes wrong while a file comes in: killed, cut off, out of space, or never a table. Nothing is half-written."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ritorno.demo.omnichain import make_omnichain
from ritorno.sources.files import FileError
from ritorno.store import imports
from ritorno.store.connection import Session, connect
from ritorno.testing import at
from ritorno.work.found import found
from ritorno.work.import_asked import Asked
from ritorno.work.import_orders import import_orders
from ritorno.work.plans import Plans

NOW = at("2026-03-01T10:00")
_TABLES = {
    "customer": "id, document, due_at, cell, orders, spend, last_at, house, merged_into",
    "event": "id, customer_id, payload",
    "purchase": "id, customer_id, net, total",
    "seen": "key, digest",
    "identifier": "kind, namespace, value, customer_id, shared",
    "sale": "day, sku, units",
}


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small chain's orders, with all their dirt."""
    return make_omnichain(tmp_path_factory.mktemp("chain"), scale=0.05).orders


@pytest.fixture
def session(database: str) -> Iterator[Session]:
    with Session(database, autocommit=True) as opened:
        found(opened.connection(), "default", {"name": "אלמוג"}, at("2024-01-01"))
        yield opened


def take(session: Session, path: Path, home: Path, **more: object) -> int:
    plan = Plans().named(session.connection(), "default")
    asked = Asked(path, orders_a_batch=100, workers=1, rejects=home / "rejected.csv")
    return import_orders(session, plan, asked, NOW, home=home, **more).added  # type: ignore[arg-type]


def records(connection: psycopg.Connection) -> dict[str, list[str]]:
    """Everything an import writes, but for which batch of it was first."""
    kept = {}
    for table, columns in _TABLES.items():
        rows = connection.execute(f"SELECT {columns} FROM {table}").fetchall()
        kept[table] = sorted(map(repr, rows))
    kept["sale"] = sorted(
        map(repr, connection.execute("SELECT day, sku, sum(units) FROM sale GROUP BY 1, 2").fetchall())
    )
    return kept


def forget(connection: psycopg.Connection) -> None:
    for table in (*_TABLES, "merge"):
        connection.execute(f"DELETE FROM {table}")


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_killed_anywhere_and_run_again_it_is_as_if_undisturbed(
    session: Session, orders: Path, tmp_path: Path, workers: int
) -> None:
    connection = session.connection()
    take(session, orders, tmp_path)
    undisturbed = records(connection)
    forget(connection)
    kills = 0
    for stop_at in (1, 500, 900, 1400):
        kills += kill_at(session.url, orders, tmp_path, workers, stop_at)
        wait_for_orphans(connection)
    assert kills >= 2
    take(session, orders, tmp_path)
    assert records(connection) == undisturbed
    assert [path.name for path in (tmp_path / "imports").iterdir()] == []


def kill_at(url: str, orders: Path, home: Path, workers: int, stop_at: int) -> bool:
    """Run the import and kill its process once it has taken in so many orders."""
    script = Path(__file__).with_name("import_until_killed.py")
    command = [sys.executable, str(script), url, str(home), str(orders), str(workers)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for line in child.stdout:
            doing, done, _ = line.rsplit(maxsplit=2)
            if doing == "taking in" and int(done) >= stop_at:
                child.kill()
                return True
    assert child.returncode == 0
    return False


def wait_for_orphans(connection: psycopg.Connection) -> None:
    """Workers notice that their parent is gone after the batch they are at."""
    for _ in range(200):
        if not imports.is_importing(connection, Plans().named(connection, "default").brand.id):
            return
        time.sleep(0.05)
    raise AssertionError("a worker goes on without its parent")


def test_connections_lost_in_the_middle_are_made_again(session: Session, orders: Path, tmp_path: Path) -> None:
    connection = session.connection()
    take(session, orders, tmp_path)
    undisturbed = records(connection)
    forget(connection)
    is_over = threading.Event()
    cuts = [0]

    def cut() -> None:
        with connect(session.url, autocommit=True) as other:
            while not is_over.wait(0.15):
                done = other.execute(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
                )
                cuts[0] += (done.fetchone() or (0,))[0]

    thread = threading.Thread(target=cut)
    thread.start()
    try:
        take(session, orders, tmp_path)
    finally:
        is_over.set()
        thread.join()
    assert cuts[0] > 1
    assert records(session.connection()) == undisturbed


def test_interrupted_it_leaves_whole_batches_and_goes_on(session: Session, orders: Path, tmp_path: Path) -> None:
    """Ctrl-C."""

    def interrupt(doing: str, done: int, of: int) -> None:
        if doing == "taking in" and done > of // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take(session, orders, tmp_path, tell=interrupt)
    (half,) = session.connection().execute("SELECT count(*) FROM event").fetchone() or (0,)
    rest = take(session, orders, tmp_path)
    assert half > 0
    assert rest > 0
    assert session.connection().execute("SELECT count(*) FROM event").fetchone() == (half + rest,)


@pytest.mark.skipif(os.geteuid() != 0, reason="making a small disk takes root")
def test_a_full_disk_is_told_and_nothing_is_taken_in(session: Session, orders: Path, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(small)], check=False).returncode:
        pytest.skip("this machine lets nobody mount")
    try:
        with pytest.raises(FileError, match=r"no space left in .* for reading the file; free some"):
            take(session, orders, small)
    finally:
        subprocess.run(["umount", str(small)], check=True)
    assert session.connection().execute("SELECT count(*) FROM event").fetchone() == (0,)


def test_a_file_that_is_no_table_changes_nothing(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + os.urandom(200))
    with pytest.raises(FileError, match="a PNG image"):
        take(session, path, tmp_path)
    assert session.connection().execute("SELECT count(*) FROM import_run").fetchone() == (0,)
    assert list((tmp_path / "imports").iterdir()) == []
