"""What every test may ask for: a real PostgreSQL, a fresh migrated database, the folder of recorded data.

By default the server is the embedded one, one for each test process. RITORNO_TEST_DATABASE_URL names another: an
address (its user may create databases), or the word `system` for the PostgreSQL of this machine's own packages.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from psycopg import sql

from ritorno.store.connection import OLDEST_VERSION
from ritorno.store.embedded import start
from ritorno.store.migrate import migrate

# A check that is red is red again: it draws the same examples each time. `make fuzz` draws by chance, and many more.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.register_profile("fuzz", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=1000)
settings.load_profile("steady")

_numbers = count(1)
# what is lost when the machine itself goes down does not matter to a test
_HASTY = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "128MB", "max_wal_size": "1GB"}
_SESSIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
_END_SESSIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"


@pytest.fixture(scope="session")
def shared_folder() -> Path:
    """The folder `shared` beside the project: recorded payloads, real orders, the written requirements."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip("the folder `shared` with recorded data is not beside the project")
    return folder


@pytest.fixture(scope="session")
def postgres_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of the suite's server; for tables of your own ask for `database`."""
    given = os.environ.get("RITORNO_TEST_DATABASE_URL")
    if given == "system":
        yield request.getfixturevalue("system_postgres")
    elif given:
        yield given
    else:
        home = Path(tempfile.mkdtemp(prefix="ritorno-tests-", dir=quick_folder()))
        with start(home, settings=_HASTY) as server:
            yield server.url
        shutil.rmtree(home)


@pytest.fixture
def new_home() -> Iterator[Path]:
    """An empty folder for a test that starts the embedded PostgreSQL itself.

    Not `tmp_path`: when another pytest session begins, it closes the folder above to every other user, also to the
    account that PostgreSQL runs as for root.
    """
    folder = Path(tempfile.mkdtemp(prefix="ritorno-home-", dir=quick_folder()))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def migrated(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of the template that every test database is copied from."""
    with _made(postgres_url, template=None) as name:
        migrate(of_database(postgres_url, name), tmp_path_factory.mktemp("migrations"))
        yield name


@pytest.fixture
def database(postgres_url: str, migrated: str) -> Iterator[str]:
    """The address of a fresh, migrated, empty database of this test alone."""
    with _made(postgres_url, template=migrated) as name:
        yield of_database(postgres_url, name)


@pytest.fixture(scope="module")
def module_database(postgres_url: str, migrated: str) -> Iterator[str]:
    """The address of a fresh, migrated database that the tests of one module share."""
    with _made(postgres_url, template=migrated) as name:
        yield of_database(postgres_url, name)


def quick_folder() -> str | None:
    """Memory to keep a test's database in, where there is enough of it; None for the usual temporary folder."""
    memory = "/dev/shm"
    enough = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2 * 1024**3
    return memory if enough else None


def of_database(server_url: str, name: str) -> str:
    return urlsplit(server_url)._replace(path=f"/{name}").geturl()


@contextmanager
def _made(server_url: str, *, template: str | None) -> Iterator[str]:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    name = f"ritorno_test_{os.getpid()}_{worker}_{next(_numbers)}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        source = sql.Identifier(template or "template0")
        # copying files takes 55 ms here; the default, which logs every page of the copy, takes 180
        make = sql.SQL("CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8' STRATEGY file_copy")
        connection.execute(make.format(sql.Identifier(name), source))
    try:
        yield name
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            for _ in range(100):  # a connection that was just closed is there for a moment, for which DROP waits 100 ms
                connection.execute(_END_SESSIONS, [name])
                if connection.execute(_SESSIONS, [name]).fetchone() == (0,):
                    break
                time.sleep(0.002)
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def system_postgres() -> Iterator[str]:
    """The address of a PostgreSQL of the machine's own packages, run for these tests as an unprivileged user."""
    versions = [(int(path.name), path) for path in Path("/usr/lib/postgresql").glob("[0-9]*") if path.name.isdigit()]
    fit = [
        (version, path) for version, path in versions if version >= OLDEST_VERSION and (path / "bin/initdb").exists()
    ]
    if not fit:
        pytest.skip(f"no PostgreSQL {OLDEST_VERSION} or newer in /usr/lib/postgresql (Debian: apt install postgresql)")
    programs = max(fit)[1] / "bin"
    folder = Path(tempfile.mkdtemp(prefix="ritorno-system-"))
    account = pwd.getpwuid(os.geteuid())
    if account.pw_uid == 0:
        account = _unprivileged()
        os.chown(folder, account.pw_uid, account.pw_gid)

    def run(*arguments: str) -> None:
        as_whom = {} if os.geteuid() else {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        subprocess.run(arguments, check=True, cwd="/", stdout=subprocess.DEVNULL, **as_whom)  # type: ignore[call-overload]

    data = str(folder / "data")
    run(str(programs / "initdb"), "-D", data, "-U", "ritorno", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
    options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
    run(str(programs / "pg_ctl"), "-D", data, "-l", str(folder / "log"), "-o", options, "-w", "start")
    yield f"postgresql://ritorno@/postgres?host={quote(str(folder), safe='')}&port=5432"
    run(str(programs / "pg_ctl"), "-D", data, "-m", "immediate", "-w", "stop")
    shutil.rmtree(folder)


def _unprivileged() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    pytest.skip("running as root, and there is neither a user `postgres` nor `nobody` to run PostgreSQL as")
