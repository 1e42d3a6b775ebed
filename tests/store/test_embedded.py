"""The PostgreSQL in the data folder: one process or many, any folder, several users."""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from ritorno.store.connection import connect, database_url
from ritorno.store.embedded import start
from ritorno.store.embedded_account import Account, let_read
from ritorno.store.embedded_keeper import processes_of
from tests.store.beside import as_root, kill, one, postmaster, run, run_as, stopped, until


class TestOneProcess:
    def test_a_new_home_gets_a_postgresql_18_of_its_own_that_stops_when_it_is_left(self, new_home: Path) -> None:
        home = new_home / "new" / "home"
        with start(home) as server:
            with connect(server.url) as connection:
                assert connection.info.server_version // 10_000 == 18
                assert connection.execute("SELECT upper('é'), 'א' < 'ב'").fetchone() == ("É", True)
                shown = connection.execute(
                    "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)",
                    [["listen_addresses", "jit", "synchronous_commit", "max_wal_size", "random_page_cost", "fsync"]],
                ).fetchall()
            assert dict(shown) == {"listen_addresses": "", "jit": "off", "synchronous_commit": "on", "fsync": "on",
                                   "max_wal_size": "4096", "random_page_cost": "1.1"}  # fmt: skip
        assert stopped(home)

    def test_what_was_written_is_there_at_the_next_start_at_the_same_address(self, home: Path) -> None:
        with start(home) as server, connect(server.url) as connection:
            first = server.url
            connection.execute("CREATE TABLE shelf AS SELECT 'קפה' AS product")
        with start(home) as server, connect(server.url) as connection:
            assert server.url == first
            assert connection.execute("SELECT product FROM shelf").fetchone() == ("קפה",)

    def test_the_address_of_a_home_without_a_database_url_holds_it_until_the_process_ends(self, home: Path) -> None:
        program = """
            import sys
            from pathlib import Path
            from ritorno.store.connection import connect, database_url
            url = database_url(Path(sys.argv[1]), "")
            print(connect(url).execute("SELECT 1").fetchone())
        """
        assert run(program, str(home)) == "(1,)\n"
        assert stopped(home)

    @pytest.mark.parametrize(
        "name", ["חנות הפרחים", "two words", 'quo\'te "double" $HOME `id`', "a,b\\c%d", "long/" + "x" * 150]
    )
    def test_any_folder_name_will_do(self, made: Path, new_home: Path, name: str) -> None:
        home = new_home / name
        home.mkdir(parents=True)
        subprocess.run(["cp", "-a", str(made / "postgres"), str(home)], check=True)
        with start(home) as server:
            assert one(server.url)
            with psycopg.connect(server.url) as connection:
                socket_folder = Path(connection.info.host)
            assert stat.S_IMODE(socket_folder.stat().st_mode) == 0o700
        assert stopped(home)

    def test_the_servers_own_tables_of_variables_do_not_reach_it(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, value in {"PGDATA": "/nowhere", "PGPORT": "1", "PGOPTIONS": "-c nonsense=1", "PGUSER": "x"}.items():
            monkeypatch.setenv(name, value)
        with start(home) as server:
            monkeypatch.delenv("PGOPTIONS")
            assert one(server.url)

    def test_leaving_twice_is_leaving_once(self, home: Path) -> None:
        with start(home) as first, start(home) as second:
            second.leave()
            second.leave()
            assert one(first.url)


class TestSeveralProcesses:
    def test_the_server_runs_until_the_last_of_them_leaves(
        self, home: Path, holder: Callable[[], subprocess.Popen[str]]
    ) -> None:
        other = holder()
        with start(home) as server:
            assert one(server.url)
        assert not stopped(home)
        kill(other)
        assert until(lambda: stopped(home))

    def test_a_killed_process_neither_stops_it_under_others_nor_keeps_it_alive(
        self, home: Path, holder: Callable[[], subprocess.Popen[str]]
    ) -> None:
        kill(holder())  # it had started the server
        with start(home) as server:
            kill(holder())  # it had joined
            time.sleep(0.3)
            assert one(server.url)
        assert stopped(home)

    def test_the_keeper_may_be_killed_too(self, home: Path, holder: Callable[[], subprocess.Popen[str]]) -> None:
        with start(home) as server:
            for entry in Path("/proc").iterdir():
                if (
                    entry.name.isdigit()
                    and str(home) in command_line(entry)
                    and "embedded_keeper" in command_line(entry)
                ):
                    os.kill(int(entry.name), signal.SIGKILL)
            kill(holder())  # joining, it let a new keeper watch
            assert one(server.url)
        assert stopped(home)

    def test_many_start_at_once_and_share_one_server(self, home: Path) -> None:
        with ThreadPoolExecutor(8) as pool:
            servers = list(pool.map(lambda _: start(home), range(8)))
            postmasters = {postmaster(home) for _ in servers}
            assert all(pool.map(lambda server: one(server.url), servers))
            list(pool.map(lambda server: server.leave(), servers))
        assert len(postmasters) == 1
        assert until(lambda: stopped(home))

    def test_coming_and_going_at_once_never_finds_a_dead_server(self, home: Path) -> None:
        program = """
            import sys
            from pathlib import Path
            import psycopg
            from ritorno.store.embedded import start
            for _ in range(6):
                with start(Path(sys.argv[1]), settings={"fsync": "off"}) as server, psycopg.connect(server.url) as link:
                    assert link.execute("SELECT 1").fetchone() == (1,)
        """
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: run(program, str(home)), range(4)))
        assert until(lambda: stopped(home))

    def test_a_forked_child_holds_it_for_itself(self, home: Path) -> None:
        program = """
            import os, sys, time
            from pathlib import Path
            from ritorno.store.connection import connect
            from ritorno.store.embedded import start
            server = start(Path(sys.argv[1]))
            if os.fork() == 0:
                time.sleep(0.7)  # until the parent is gone
                print(connect(server.url).execute("SELECT 1").fetchone(), flush=True)
        """
        assert run(program, str(home)) == "(1,)\n"
        assert until(lambda: stopped(home))


def command_line(process: Path) -> str:
    try:
        return (process / "cmdline").read_text(errors="replace")
    except OSError:
        return ""


def test_who_holds_a_home_that_was_deleted_can_still_start_programs(new_home: Path) -> None:
    """What a program complains of before it forks, Python shows to whoever reads its errors."""
    home = new_home / "home"
    with start(home):
        os.kill(postmaster(home), signal.SIGQUIT)
        assert until(lambda: processes_of(home / "postgres") == [])
        shutil.rmtree(home)
        with warnings.catch_warnings(), unraisable() as complaints:
            warnings.simplefilter("ignore", DeprecationWarning)  # of forking beside threads
            child = os.fork()
            if child == 0:
                os._exit(0)
            assert os.waitpid(child, 0)[1] == 0
        assert complaints == []


@contextmanager
def unraisable() -> Iterator[list[object]]:
    kept: list[object] = []
    before, sys.unraisablehook = sys.unraisablehook, lambda told: kept.append(told.exc_value)
    try:
        yield kept
    finally:
        sys.unraisablehook = before


def test_a_home_that_was_deleted_and_made_anew_is_not_stopped_by_who_held_the_old_one(new_home: Path) -> None:
    home = new_home / "home"
    old = start(home)
    os.kill(postmaster(home), signal.SIGQUIT)
    assert until(lambda: processes_of(home / "postgres") == [])
    shutil.rmtree(home)
    with start(home) as new:
        old.leave()
        time.sleep(1)  # the old keeper has looked by then
        assert one(new.url)


@as_root
class TestWhoMayUseIt:
    def test_root_runs_it_as_an_account_of_its_own(self, home: Path) -> None:
        with start(home) as server:
            owner = server.data.stat().st_uid
            assert owner != 0
            assert Path(f"/proc/{postmaster(home)}").stat().st_uid == owner

    def test_an_ordinary_user_runs_it_as_itself(self, new_home: Path) -> None:
        ordinary = pwd.getpwnam("nobody")
        home = Path(tempfile.mkdtemp(prefix="ritorno-ordinary-"))
        os.chown(home, ordinary.pw_uid, ordinary.pw_gid)
        try:
            said = run_as(ordinary, home)
            assert said.startswith("PostgreSQL 18")
            assert said.split()[-1] == str(ordinary.pw_uid)
            assert stopped(home)
            with start(home) as server:  # root, in the home of an ordinary user: as that user
                assert one(server.url)
                assert said.startswith("PostgreSQL 18")
                assert run_as(ordinary, home).startswith("PostgreSQL 18")  # shared by both
            assert run_as(ordinary, home).startswith("PostgreSQL 18")  # and nothing of root's is in the way
            owners = {path.lstat().st_uid for path in [home, *home.rglob("*")]}
            assert owners == {ordinary.pw_uid}
        finally:
            shutil.rmtree(home)

    def test_no_other_user_reaches_the_socket(self, home: Path) -> None:
        stranger = pwd.getpwnam("nobody")
        with start(home) as server:
            with connect(server.url) as connection:
                socket_path = Path(connection.info.host) / ".s.PGSQL.5432"
            assert knock(stranger, socket_path) == "PermissionError"

    def test_a_stranger_whom_the_folders_let_through_is_refused_by_the_server(self, home: Path) -> None:
        stranger = pwd.getpwnam("nobody")
        with start(home, settings={"unix_socket_permissions": "0777"}) as server:
            for folder in (home, home / "postgres.run"):
                folder.chmod(0o755)
            said = run_as(
                stranger, home, f"import sys; sys.path += sys.argv[2:]; import psycopg; psycopg.connect({server.url!r})"
            )
            assert "Peer authentication failed" in said
            (home / "postgres.run").chmod(0o700)

    def test_a_closed_folder_above_is_opened_for_the_account_alone(self, made: Path, new_home: Path) -> None:
        closed = Path(tempfile.mkdtemp(prefix="ritorno-closed-"))  # 0700, of root, like /root
        home = closed / "home"
        home.mkdir()
        subprocess.run(["cp", "-a", str(made / "postgres"), str(home)], check=True)
        try:
            with start(home) as server:
                assert one(server.url)
            if stat.S_IMODE(closed.stat().st_mode) & stat.S_IXOTH:
                pytest.skip("this file system keeps no access lists, so the folder was opened for walking through")
            assert knock(pwd.getpwnam("nobody"), home / "x") == "PermissionError"
        finally:
            shutil.rmtree(closed)


def knock(account: pwd.struct_passwd, path: Path) -> str:
    """What a user gets who connects to a socket: the name of the error."""
    program = "import socket,sys\ntry: socket.socket(socket.AF_UNIX).connect(sys.argv[1]); print('in')\n"
    program += "except OSError as error: print(type(error).__name__)"
    done = subprocess.run(
        [shutil.which("python3", path="/usr/bin") or sys.executable, "-c", program, str(path)],
        user=account.pw_uid, group=account.pw_gid, extra_groups=[], cwd="/", check=True, capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout.strip()


def test_programs_installed_for_their_owner_alone_are_opened_to_the_account(tmp_path: Path) -> None:
    """A virtual environment made under umask 077 would keep root's PostgreSQL from its own programs."""
    (tmp_path / "bin").mkdir(mode=0o700)
    for name, mode in (("postgres", 0o700), ("postgres.bki", 0o600)):
        (tmp_path / "bin" / name).touch()
        (tmp_path / "bin" / name).chmod(mode)
    let_read(Account("someone", os.geteuid() + 1, os.getegid()), tmp_path)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "bin").iterdir()}
    assert modes == {"postgres": 0o755, "postgres.bki": 0o644}


def test_the_address_of_a_process_is_the_one_of_its_home(home: Path) -> None:
    with start(home) as server:
        assert database_url(home, None) == server.url
