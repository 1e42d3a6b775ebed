"""The way to PostgreSQL: its address, a connection set up for our work, and doing work again when that may help.

One thread of work has one `Session`; there is no pool. Nothing here commits: `transaction.py` does.
"""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import psycopg
from psycopg import conninfo, errors
from psycopg.rows import TupleRow

from ritorno.store import embedded
from ritorno.store.embedded_account import EmbeddedPostgresError

logger = logging.getLogger(__name__)

Connection = psycopg.Connection[TupleRow]
Result = TypeVar("Result")

OLDEST_VERSION = 15  # of PostgreSQL: NULLS NOT DISTINCT, MERGE
_SCHEMES = ("postgresql://", "postgres://")
_WAIT_PAUSE = 0.25  # seconds between two attempts to connect
_BACKOFF = (0.01, 0.05, 0.25, 1.0, 2.0)  # seconds before each further attempt at a piece of work

# For a link that died without a word (a cable, a firewall): noticed in a minute, not in two hours. Sockets ignore it.
_LINK = {"connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3,
         "tcp_user_timeout": 60_000}  # fmt: skip
# A plan made for any value and kept was made when the month's tables were empty: it then read them whole (1.9 ms a row
# held instead of 0.1). Planning anew costs a batch of 1,000 orders 1 ms.
_SETTINGS = """
    SELECT set_config('timezone', 'UTC', false), set_config('lock_timeout', '10s', false),
           set_config('plan_cache_mode', 'force_custom_plan', false),
           set_config('idle_in_transaction_session_timeout', '2min', false), set_config('datestyle', 'ISO, YMD', false)
"""
# libpq reports a failed connection as text only; these pass by themselves, a wrong password does not
_PASSING = ("starting up", "shutting down", "recovery mode", "not yet accepting", "refused", "No such file",
            "closed the connection", "timeout expired", "too many clients", "reserved for roles")  # fmt: skip


class StoreUnavailable(Exception):  # noqa: N818 - the name says the state
    """PostgreSQL cannot be reached or used; the text says which one, why, and what to do. Nothing is half-written."""


def database_url(home: Path, environ_url: str | None) -> str:
    """The address of the database: `environ_url` where given, else of the PostgreSQL in `home`.

    The embedded one is started where needed and held until this process ends. Raises ValueError for an address that is
    none, EmbeddedPostgresError when the embedded one cannot be used.
    """
    if environ_url is None or not environ_url.strip():
        return embedded.start(home).url
    url = environ_url.strip()
    if not url.startswith(_SCHEMES):
        raise ValueError(
            "DATABASE_URL is not the address of a PostgreSQL: write postgresql://USER:PASSWORD@HOST:5432/DATABASE, "
            "or leave it empty to use the PostgreSQL in the data folder"
        )
    try:
        conninfo.conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise ValueError(  # libpq's own words would repeat the password
            "DATABASE_URL cannot be read: write postgresql://USER:PASSWORD@HOST:5432/DATABASE, with the special "
            "characters of the password percent-encoded (@ is %40, / is %2F)"
        ) from None
    return url


def is_embedded(url: str) -> bool:
    """Does this process hold the embedded PostgreSQL of that address?"""
    return any(server.url == url for server in embedded.held())


def without_password(url: str) -> str:
    """The address as it may be shown in errors and logs."""
    try:
        parts = conninfo.conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        return "the database"
    return f"{parts.get('dbname', 'postgres')} at {parts.get('host', 'localhost')}:{parts.get('port', 5432)}"


def connect(
    url: str, *, autocommit: bool = False, application_name: str = "ritorno", wait_seconds: float = 15
) -> Connection:
    """A connection in UTC with bounded waits: 10 s for a lock, 2 min idle inside a transaction.

    Waits up to `wait_seconds` for a server that is starting; an embedded one that was killed is started again. Raises
    StoreUnavailable when it cannot be reached, is older than PostgreSQL 15 or does not keep text as UTF-8.
    """
    connection = _reach(url, application_name, wait_seconds)
    try:
        _require_fit(connection, url)
        connection.execute(_SETTINGS)
        connection.autocommit = autocommit
    except BaseException:
        connection.close()
        raise
    return connection


def _reach(url: str, application_name: str, wait_seconds: float) -> Connection:
    given = conninfo.conninfo_to_dict(url)
    link = {name: value for name, value in _LINK.items() if name not in given}
    waited = 0.0
    while True:
        try:
            return psycopg.connect(url, autocommit=True, application_name=application_name, **link)  # type: ignore[arg-type]
        except psycopg.OperationalError as error:
            passing = any(words in str(error) for words in _PASSING)
            if not passing or waited >= wait_seconds:
                raise _unavailable(url, error) from error
            if waited == 0:
                logger.info("PostgreSQL %s does not answer yet: %s", without_password(url), _one_line(error))
        if is_embedded(url):
            _revive(url)
        time.sleep(_WAIT_PAUSE)
        waited += _WAIT_PAUSE


def _revive(url: str) -> None:
    try:
        embedded.revive(url)
    except EmbeddedPostgresError as error:
        raise StoreUnavailable(str(error)) from error


def _require_fit(connection: Connection, url: str) -> None:
    version = connection.info.server_version // 10_000
    if version < OLDEST_VERSION:
        raise StoreUnavailable(
            f"{without_password(url)} is PostgreSQL {version}; Ritorno needs {OLDEST_VERSION} or newer. Upgrade it, or "
            "leave DATABASE_URL empty to use the PostgreSQL in the data folder"
        )
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise StoreUnavailable(
            f"{without_password(url)} keeps text as {encoding}, which loses Hebrew. Make the database with: "
            "CREATE DATABASE ritorno ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0"
        )


class Session:
    """The connection of one thread of work: opened when first needed, and again after it was lost."""

    def __init__(self, url: str, *, autocommit: bool = False, application_name: str = "ritorno") -> None:
        self.url = url
        self._autocommit = autocommit
        self._application_name = application_name
        self._connection: Connection | None = None

    def connection(self) -> Connection:
        """The open connection. Raises StoreUnavailable."""
        if self._connection is None or self._connection.closed:
            self._connection = connect(self.url, autocommit=self._autocommit, application_name=self._application_name)
        return self._connection

    def run(self, work: Callable[[Connection], Result]) -> Result:
        """Do one piece of work, whole again where `with_retry` says so, on a new connection after a lost one."""

        def attempt() -> Result:
            connection = self.connection()
            try:
                return work(connection)
            except psycopg.Error:
                if not connection.closed and not connection.autocommit:
                    connection.rollback()
                raise

        return with_retry(attempt, url=self.url)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def with_retry(
    work: Callable[[], Result], *, url: str = "", attempts: int = 6, pause: Callable[[float], None] = time.sleep
) -> Result:
    """Do `work`; do it again, up to `attempts` times in all, after a conflict with another worker or a lost connection.

    `work` is a whole transaction and may have happened although its connection was lost at the commit: it claims what
    it works on by update and expects to run twice. Raises StoreUnavailable when the connection stays lost or the disk
    of PostgreSQL is full, and the last conflict when conflicts go on; every other error passes at once.
    """
    for attempt in range(1, attempts):
        try:
            return _told_plainly(work, url)
        except _Again as again:
            logger.warning("doing it again (%d of %d): %s", attempt + 1, attempts, _one_line(again.cause))
            pause(_BACKOFF[min(attempt, len(_BACKOFF)) - 1])
    try:
        return _told_plainly(work, url)
    except _Again as again:
        if is_conflict(again.cause):
            raise again.cause from None
        raise _unavailable(url, again.cause) from again.cause


class _Again(Exception):  # noqa: N818 - not an error: a reason to do the work again
    def __init__(self, cause: psycopg.Error) -> None:
        super().__init__(str(cause))
        self.cause = cause


def _told_plainly(work: Callable[[], Result], url: str) -> Result:
    try:
        return work()
    except errors.DiskFull as error:
        raise _unavailable(url, error) from error
    except psycopg.Error as error:
        if is_conflict(error) or is_lost(error):
            raise _Again(error) from error
        raise


def is_conflict(error: BaseException) -> bool:
    """Did another transaction stand in the way, so that the same work may succeed now?"""
    return isinstance(error, errors.SerializationFailure | errors.DeadlockDetected | errors.LockNotAvailable)


def is_lost(error: BaseException) -> bool:
    """Did the connection end under the work?"""
    if isinstance(error, errors.AdminShutdown | errors.CrashShutdown | errors.CannotConnectNow):
        return True
    if isinstance(error, errors.IdleInTransactionSessionTimeout):
        return True
    if isinstance(error, psycopg.InterfaceError):
        return "connection is closed" in str(error)
    # without a code it is libpq speaking, not the server
    return isinstance(error, psycopg.OperationalError) and error.sqlstate is None


def _unavailable(url: str, error: psycopg.Error) -> StoreUnavailable:
    where = without_password(url) if url else "the database"
    if isinstance(error, errors.DiskFull):
        advice = "Its disk is full: free some space; the work is done again by itself"
    elif is_embedded(url):
        advice = "It is the PostgreSQL of the data folder: start Ritorno again; its log is in postgres/log there"
    elif "password" in str(error) or "authentication" in str(error) or "role" in str(error):
        advice = "Check the user and the password in DATABASE_URL"
    elif "does not exist" in str(error):
        advice = "Create the database (CREATE DATABASE ritorno ENCODING 'UTF8' TEMPLATE template0), or correct its name"
    else:
        advice = "Check that PostgreSQL runs and that DATABASE_URL names its host and port; then start again"
    return StoreUnavailable(f"PostgreSQL is not available ({where}): {_one_line(error)}. {advice}")


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
