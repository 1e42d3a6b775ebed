"""The sandbox: keeps what would have been sent, with its parts and cost; nothing goes to the network.

One SQLite file in the data folder stands for the provider's own records: it survives a crash of ours, and a key is
taken once, as with a good provider.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ritorno.core.events import Channel
from ritorno.core.messages.message import Content, Receipt

_TABLE = """
CREATE TABLE IF NOT EXISTS sent (
    key TEXT PRIMARY KEY, channel TEXT NOT NULL, address TEXT NOT NULL, subject TEXT NOT NULL, text TEXT NOT NULL,
    parts INTEGER NOT NULL, cost INTEGER NOT NULL, html TEXT NOT NULL DEFAULT ''
)
"""


class Sandbox:
    """What an SMS part, an e-mail and a WhatsApp message cost, in thousandths of a minor unit. For one thread; closed
    at the end."""

    name = "sandbox"

    def __init__(self, home: Path, *, part_cost: int, email_cost: int, whatsapp_cost: int) -> None:
        self._path = home / "sandbox.sqlite"
        self._part_cost = part_cost
        self._by_message = {Channel.EMAIL: email_cost, Channel.WHATSAPP: whatsapp_cost}
        self._records: sqlite3.Connection | None = None

    def send(self, key: str, content: Content) -> Receipt:
        cost = self._by_message.get(content.channel, self._part_cost * content.parts)
        said = (content.subject, content.text, content.parts, cost, content.html)
        row = (key, content.channel, content.address, *said)
        with self._open() as records:
            records.execute("INSERT INTO sent VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", row)
        return Receipt(self.name, f"sandbox-{key}", accepted=True, cost=cost)

    def look_up(self, key: str) -> Receipt | None:
        with self._open() as records:
            row = records.execute("SELECT cost FROM sent WHERE key = ?", (key,)).fetchone()
        return Receipt(self.name, f"sandbox-{key}", accepted=True, cost=row[0]) if row else None

    def sent(self) -> list[tuple[str, str, str]]:
        """(key, address, text) of everything it was given."""
        with self._open() as records:
            return records.execute("SELECT key, address, text FROM sent ORDER BY rowid").fetchall()

    def page(self, key: str) -> str:
        """The HTML of an e-mail that it was given; "" for what has none."""
        with self._open() as records:
            row = records.execute("SELECT html FROM sent WHERE key = ?", (key,)).fetchone()
        return row[0] if row else ""

    def close(self) -> None:
        if self._records is not None:
            self._records.close()
            self._records = None

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """One transaction. What it holds survives a crash of ours; it need not survive one of the machine, so nothing
        waits for the disk (26 ms a message, with a connection for each)."""
        if self._records is None or not self._path.exists():
            self.close()
            self._records = self._connected()
        with self._records:
            yield self._records

    def _connected(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        records = sqlite3.connect(self._path, timeout=30, check_same_thread=False)
        with records:
            records.execute("PRAGMA journal_mode=WAL")
            records.execute("PRAGMA synchronous=NORMAL")
            records.execute(_TABLE)
            if "html" not in {row[1] for row in records.execute("PRAGMA table_info(sent)")}:
                records.execute("ALTER TABLE sent ADD COLUMN html TEXT NOT NULL DEFAULT ''")  # one of before
        return records
