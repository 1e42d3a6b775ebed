"""The PostgreSQL in the data folder after kill -9 of anyone, and over what the killed left behind."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import psycopg
import pytest

from ritorno.store.connection import Session, connect
from ritorno.store.embedded import start
from ritorno.store.embedded_keeper import processes_of
from tests.store.beside import HOLD, kill, one, postmaster, python, stopped, until


class TestAfterAKill:
    def test_a_killed_postmaster_is_started_again_and_nothing_committed_is_lost(self, home: Path) -> None:
        with start(home) as server:
            with connect(server.url) as connection:
                connection.execute("CREATE TABLE receipt AS SELECT generate_series(1, 5000) AS n")
            os.kill(postmaster(home), signal.SIGKILL)
            with start(home) as again, connect(again.url) as connection:
                assert connection.execute("SELECT count(*) FROM receipt").fetchone() == (5000,)

    def test_work_goes_on_when_the_postmaster_is_killed_under_it(self, home: Path) -> None:
        with start(home) as server, Session(server.url) as session:
            session.run(lambda connection: connection.execute("SELECT 1"))
            os.kill(postmaster(home), signal.SIGKILL)
            assert until(lambda: processes_of(home / "postgres") == [])
            row = session.run(lambda connection: connection.execute("SELECT 2").fetchone())
            assert row == (2,)

    def test_a_backend_that_works_on_without_its_postmaster_does_not_block_the_start(self, home: Path) -> None:
        with start(home) as server:
            link = psycopg.connect(server.url, autocommit=True)
            busy = link.pgconn
            busy.send_query(b"SELECT count(*) FROM generate_series(1, 2000000000)")
            os.kill(postmaster(home), signal.SIGKILL)
            with start(home) as again:
                assert one(again.url)
            link.close()

    @pytest.mark.parametrize(
        "content",
        ["", "12", "not a number\n", "{mine}\n/data\n0\n5432\n", "{mine}\n/data\n0\n5432\n/run\n\n 1 2\nready\n"],
    )
    def test_a_stale_or_half_written_pid_file_is_no_obstacle(self, home: Path, content: str) -> None:
        """An empty one stops PostgreSQL itself; a number that another program of the same user has now does too."""
        owner = (home / "postgres").stat()
        bystander = subprocess.Popen(["sleep", "60"], user=owner.st_uid)
        try:
            (home / "postgres" / "postmaster.pid").write_text(content.format(mine=bystander.pid))
            with start(home) as server:
                assert one(server.url)
            assert bystander.poll() is None
        finally:
            bystander.kill()
            bystander.wait()

    def test_a_stale_socket_is_no_obstacle(self, home: Path) -> None:
        run = home / "postgres.run"
        start(home).leave()
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(str(run / ".s.PGSQL.5432"))
        (run / ".s.PGSQL.5432.lock").write_text(f"{os.getpid()}\n{home}/postgres\n0\n5432\n{run}\n")
        with start(home) as server:
            assert one(server.url)

    def test_a_socket_that_was_swept_away_is_made_again(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("ritorno.store.embedded_postmaster._SILENCE", 0.3)
        with start(home):
            (home / "postgres.run" / ".s.PGSQL.5432").unlink()
            with start(home) as again:
                assert one(again.url)

    def test_a_first_start_that_was_cut_short_is_done_again(self, new_home: Path) -> None:
        (new_home / "postgres.new").mkdir()
        (new_home / "postgres.new" / "PG_VERSION").write_text("18\n")
        with start(new_home) as server:
            assert one(server.url)
        assert not (new_home / "postgres.new").exists()

    def test_killed_again_and_again_it_loses_no_committed_row(self, home: Path) -> None:
        """kill -9 of the client, of the postmaster, or of both; every row that was answered is there."""
        program = """
            import sys
            from pathlib import Path
            from ritorno.store.connection import connect
            from ritorno.store.embedded import start
            link = connect(start(Path(sys.argv[1])).url, autocommit=True)
            link.execute("CREATE TABLE IF NOT EXISTS receipt (n serial)")
            for n in range(100000):
                print(link.execute("INSERT INTO receipt DEFAULT VALUES RETURNING n").fetchone()[0], flush=True)
        """
        answered: set[int] = set()
        for round_number in range(6):
            process = python(program, str(home))
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in range(20 + 13 * round_number)]
            if round_number % 3:
                os.kill(postmaster(home), signal.SIGKILL)
            process.kill()
            answered |= {int(line) for line in [*lines, *process.stdout] if line.endswith("\n")}
            kill(process)
        with start(home) as server, connect(server.url) as connection:
            kept = {row[0] for row in connection.execute("SELECT n FROM receipt")}
        assert len(answered) > 300
        assert answered <= kept

    def test_a_start_that_is_killed_at_any_moment_leaves_a_home_that_starts(self, new_home: Path) -> None:
        """From before the first file to after the server answers; the keeper or the next start cleans up."""
        for hundredths in (25, 35, 45, 60, 90):
            process = python(HOLD, str(new_home))
            time.sleep(hundredths / 100)
            kill(process)
        with start(new_home) as server:
            assert one(server.url)
        assert until(lambda: stopped(new_home))
