"""The sandbox: keeps every call that would have gone to an ad platform, and who is then in which ad audience. Nothing
goes to the network.

One SQLite file in the data folder stands for the platforms' own records. It reads the calls as the platform would, not
what they were made from: so what it has is what the payloads say.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import msgspec

from ritorno.ads.base import Holds, Receipt, Request, Upload, Wire
from ritorno.core.ad_identifiers import Hashed, Platform

_TABLES = """
CREATE TABLE IF NOT EXISTS call (
    platform TEXT NOT NULL, number INTEGER NOT NULL, nth INTEGER NOT NULL, method TEXT NOT NULL, url TEXT NOT NULL,
    said TEXT NOT NULL, PRIMARY KEY (platform, number, nth, url, said)
);
CREATE TABLE IF NOT EXISTS audience (id INTEGER PRIMARY KEY, platform TEXT NOT NULL, name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS member (
    platform TEXT NOT NULL, audience TEXT NOT NULL, kind TEXT NOT NULL, digest TEXT NOT NULL,
    PRIMARY KEY (platform, audience, kind, digest)
) WITHOUT ROWID
"""


class SandboxAds:
    """One platform's stand-in; it speaks through that platform's `wire`."""

    def __init__(self, home: Path, wire: Wire) -> None:
        self.platform = wire.platform
        self._path = home / "ads.sqlite"
        self._wire = wire

    def create(self, name: str) -> str:
        self._keep(0, [self._wire.creation(name)])
        with self._open() as records:
            made = records.execute("INSERT INTO audience (platform, name) VALUES (?, ?)", (self.platform, name))
            return f"sandbox-{made.lastrowid}"

    def calls(self, upload: Upload) -> list[Request]:
        return self._wire.calls(upload)

    def apply(self, upload: Upload) -> Receipt:
        calls = self._wire.calls(upload)
        self._keep(upload.number, calls)
        answers = []
        for call in calls:
            told = _meta_members(call) if self.platform is Platform.META else _google_members(call)
            self._change(upload.audience, call, told)
            answers.append(
                {"session_id": upload.number, "num_received": len(told), "num_invalid_entries": 0}
                if self.platform is Platform.META
                else {"requestId": f"sandbox-{upload.number}"}
            )
        return self._wire.receipt(answers)

    def holds(self, audience: str) -> Holds:
        with self._open() as records:
            rows = records.execute(
                "SELECT kind, digest FROM member WHERE platform = ? AND audience = ?", (self.platform, audience)
            ).fetchall()
        everyone = frozenset(Hashed(kind, bytes.fromhex(digest)) for kind, digest in rows)
        return Holds(len(everyone), everyone)

    def sent(self) -> list[tuple[int, Request]]:
        """(number of the upload, call) of everything it was given."""
        with self._open() as records:
            rows = records.execute(
                "SELECT number, said FROM call WHERE platform = ? ORDER BY number, nth", (self.platform,)
            ).fetchall()
        return [(number, msgspec.json.decode(said, type=Request)) for number, said in rows]

    def lose(self, audience: str, one: Hashed) -> None:
        """As a platform may: forget a member without being told to."""
        with self._open() as records:
            records.execute(
                "DELETE FROM member WHERE platform = ? AND audience = ? AND kind = ? AND digest = ?",
                (self.platform, audience, one.kind, one.digest.hex()),
            )

    def _keep(self, number: int, calls: list[Request]) -> None:
        rows = [
            (self.platform, number, nth, call.method, call.url, msgspec.json.encode(call).decode())
            for nth, call in enumerate(calls)
        ]
        with self._open() as records:
            records.executemany("INSERT INTO call VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", rows)

    def _change(self, audience: str, call: Request, told: list[tuple[str, str]]) -> None:
        rows = [(self.platform, audience, kind, digest) for kind, digest in told]
        is_removal = call.method == "DELETE" or call.url.endswith(":remove")
        with self._open() as records:
            if is_removal:
                records.executemany(
                    "DELETE FROM member WHERE platform = ? AND audience = ? AND kind = ? AND digest = ?", rows
                )
            else:
                records.executemany("INSERT INTO member VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", rows)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self._path, timeout=30)) as records, records:
            records.execute("PRAGMA journal_mode=WAL")
            records.executescript(_TABLES)
            yield records


def _meta_members(call: Request) -> list[tuple[str, str]]:
    payload = json.loads(call.form["payload"])
    kinds = [name.lower() for name in payload["schema"]]
    return [(kind, digest) for row in payload["data"] for kind, digest in zip(kinds, row, strict=True) if digest]


def _google_members(call: Request) -> list[tuple[str, str]]:
    names = {"emailAddress": "email", "phoneNumber": "phone"}
    told: list[tuple[str, str]] = []
    members: list[dict[str, Any]] = call.body["audienceMembers"]
    for member in members:
        for one in member["userData"]["userIdentifiers"]:
            told += [(names[name], digest) for name, digest in one.items()]
    return told
