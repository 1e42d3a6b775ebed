"""Whose are the rows of a file? Everyone told of once, who may be one person, and what is nobody's, in SQL.

    who         each distinct set of identifiers: its number, and how many rows tell it
    known_by    the identifiers of each, one a row
    crowd       identifiers that are no one person's: a phone of many cards, a till's "occasional customer"
    person      for each of `who` the group of those that may be one person, which is resolved in one piece

Groups are the connected parts of the graph of sets and identifiers. Two sets in different groups share nothing that
could be evidence, so groups can be worked on apart. Whether those of one group are one person `core/identity.py` says.
"""
# ruff: noqa: S608 - names and numbers of our own; what a file says is never part of a statement

from collections import Counter
from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from ritorno.core.identifiers import Identifier, Kind, is_placeholder
from ritorno.core.identity import HOUSE_CARDS, HOUSE_RECEIPTS_A_DAY
from ritorno.core.instants import DAY
from ritorno.core.wall_clock import wall_of
from ritorno.sources.ready import FIELDS
from ritorno.sources.staging import Staging

EXCLUSIVE = (Kind.SHOP_ID, Kind.CLUB_CARD)
_BATCH = 20_000


class Crowd(msgspec.Struct, frozen=True):
    """An identifier that is no one person's; `is_account` says that it is a till's own account (ISR-11)."""

    kind: Kind
    value: str
    receipts: int
    cards: int
    is_account: bool


def stage_people(staging: Staging, rows: str, tz: ZoneInfo) -> list[Crowd]:
    """Make the tables above from `rows` (the four identifier columns, `occurred_at`, `row`); what is nobody's."""
    names = ", ".join(FIELDS)
    staging.run(
        f"CREATE TABLE who AS SELECT row_number() OVER () - 1 AS who, {names}, n FROM "
        f"(SELECT {names}, count(*) AS n FROM {rows} GROUP BY ALL)"
    )
    parts = " UNION ALL ".join(
        f"SELECT who, '{kind}' AS kind, {field} AS value, customer_id, club_card, n FROM who WHERE {field} IS NOT NULL"
        for field, kind in FIELDS.items()
    )
    staging.run(f"CREATE TABLE known_by AS {parts}")
    crowd = _crowds(staging, rows, tz)
    staging.run("CREATE TABLE crowd (kind VARCHAR, value VARCHAR, is_account BOOLEAN)")
    if crowd:
        staging.add_rows("crowd", _columns(crowd))
    _group(staging)
    return crowd


def _columns(crowd: list[Crowd]) -> list[list[object]]:
    return [[one.kind.value for one in crowd], [one.value for one in crowd], [one.is_account for one in crowd]]


def _crowds(staging: Staging, rows: str, tz: ZoneInfo) -> list[Crowd]:
    """More than 20 cards or logins, or 50 receipts on one day of the wall clock (ISR-10, ISR-11)."""
    staging.run(
        "CREATE TABLE often_told AS SELECT kind, value, sum(n)::BIGINT AS receipts FROM known_by GROUP BY 1, 2 "
        f"HAVING receipts >= {HOUSE_RECEIPTS_A_DAY} OR count(*) > {HOUSE_CARDS}"
    )
    staging.run(
        "CREATE TABLE candidate AS SELECT kind, value, any_value(receipts) AS receipts, "
        "greatest(CASE WHEN kind = 'shop_id' THEN 0 ELSE count(DISTINCT customer_id) END, "
        "CASE WHEN kind = 'club_card' THEN 0 ELSE count(DISTINCT club_card) END) AS cards "
        "FROM known_by JOIN often_told USING (kind, value) "
        f"GROUP BY 1, 2 HAVING any_value(receipts) >= {HOUSE_RECEIPTS_A_DAY} OR cards > {HOUSE_CARDS}"
    )
    busy = _busy(staging, rows, tz)
    found = []
    for kind, value, receipts, cards in staging.run("SELECT * FROM candidate ORDER BY ALL").fetchall():
        crowded = cards > HOUSE_CARDS or (kind, value) in busy
        if crowded and not is_placeholder(Identifier(Kind(kind), value)):
            found.append(Crowd(Kind(kind), value, receipts, cards, Kind(kind) in EXCLUSIVE))
    return found


def _busy(staging: Staging, rows: str, tz: ZoneInfo) -> set[tuple[str, str]]:
    """Candidates with so many receipts on one day of the wall clock. Such a day touches at most two days of UTC, so
    one of those has half as many: only these receipts are counted exactly."""
    among = " OR ".join(
        f"{field} IN (SELECT value FROM candidate WHERE kind = '{kind}')" for field, kind in FIELDS.items()
    )
    staging.run(
        "CREATE TABLE busy AS SELECT k.kind, k.value, o.occurred_at, o.row FROM "
        f"(SELECT * FROM {rows} WHERE occurred_at IS NOT NULL AND ({among})) o JOIN who w ON {same_set('o', 'w')} "
        "JOIN known_by k USING (who) JOIN candidate c ON c.kind = k.kind AND c.value = k.value"
    )
    result = staging.run(
        f"SELECT kind, value, occurred_at FROM busy SEMI JOIN (SELECT kind, value, unnest([day - 1, "
        f"day, day + 1]) AS day "
        f"FROM (SELECT kind, value, occurred_at // {DAY} AS day FROM busy GROUP BY ALL "
        f"HAVING count(*) >= {HOUSE_RECEIPTS_A_DAY // 2})) b "
        f"ON b.kind = busy.kind AND b.value = busy.value AND b.day = busy.occurred_at // {DAY}"
    )
    days: Counter[tuple[str, str, int]] = Counter()
    while chunk := result.fetchmany(_BATCH):
        days.update((kind, value, wall_of(instant, tz) // DAY) for kind, value, instant in chunk)
    return {(kind, value) for (kind, value, _), count in days.items() if count >= HOUSE_RECEIPTS_A_DAY}


def same_set(one: str, other: str) -> str:
    """SQL: two relations tell the same identifiers."""
    return " AND ".join(f"{one}.{field} IS NOT DISTINCT FROM {other}.{field}" for field in FIELDS)


def _group(staging: Staging) -> None:
    """Make `person`. Crowds and made-up identifiers link nobody; a till's account makes all its rows nobody's."""
    staging.run(
        "CREATE TABLE link AS SELECT row_number() OVER () - 1 AS link, kind, value FROM (SELECT kind, value "
        "FROM known_by ANTI JOIN crowd USING (kind, value) GROUP BY 1, 2 HAVING count(*) > 1)"
    )
    made_up = [
        link
        for link, kind, value in _all(staging, "SELECT link, kind, value FROM link")
        if is_placeholder(Identifier(Kind(kind), value))
    ]
    if made_up:
        staging.run("CREATE TABLE made_up (link BIGINT)")
        staging.add_rows("made_up", [made_up])
        staging.run("DELETE FROM link WHERE link IN (SELECT link FROM made_up)")
    edges = staging.run("SELECT k.who, l.link FROM known_by k JOIN link l USING (kind, value)").fetchnumpy()
    numbers = _connected(staging.count("who"), edges["who"], edges["link"])
    if numbers is None:
        staging.run("CREATE VIEW grouping AS SELECT who, who AS person FROM who")
    else:
        staging.run("CREATE TABLE grouping (who BIGINT, person BIGINT)")
        for first in range(0, len(numbers), _BATCH * 50):
            part = numbers[first : first + _BATCH * 50]
            staging.add_rows("grouping", (range(first, first + len(part)), part.tolist()))
    nobody = " AND ".join(f"w.{field} IS NULL" for field in FIELDS)
    staging.run(
        f"CREATE TABLE person AS SELECT w.who, CASE WHEN ({nobody}) OR a.who IS NOT NULL THEN NULL ELSE g.person END "
        "AS person FROM who w JOIN grouping g USING (who) LEFT JOIN (SELECT DISTINCT k.who FROM known_by k "
        "JOIN crowd c USING (kind, value) WHERE c.is_account) a USING (who)"
    )


def _connected(count: int, sets: "np.ndarray", links: "np.ndarray") -> "np.ndarray | None":
    """A number for each set, the same for those that links connect; None where there are no links.

    The number is that of the group's first set.
    """
    if not len(sets):
        return None
    size = count + int(links.max()) + 1
    graph = coo_matrix((np.ones(len(sets), dtype=np.int8), (sets, links + count)), shape=(size, size))
    _, labels = connected_components(graph, directed=False)
    _, first = np.unique(labels[:count], return_index=True)
    lowest = np.zeros(labels.max() + 1, dtype=np.int64)
    lowest[labels[first]] = first
    return np.asarray(lowest[labels[:count]])


def _all(staging: Staging, sql: str) -> Iterator[tuple]:  # type: ignore[type-arg]
    result = staging.connection.cursor().execute(sql)
    while rows := result.fetchmany(_BATCH):
        yield from rows


def identifiers_of(staging: Staging) -> Iterator[list[tuple[Kind, str]]]:
    """Every distinct identifier of the file, in batches: to ask who of them is known already."""
    result = staging.connection.cursor().execute("SELECT DISTINCT kind, value FROM known_by")
    while rows := result.fetchmany(_BATCH):
        yield [(Kind(kind), value) for kind, value in rows]


def mark_known(staging: Staging, known: Iterable[tuple[Kind, str]]) -> None:
    """Make the table `known` of the groups in which somebody is known already."""
    told = list(known)
    staging.run("CREATE TABLE IF NOT EXISTS known_value (kind VARCHAR, value VARCHAR)")
    if told:
        staging.add_rows("known_value", ([kind.value for kind, _ in told], [v for _, v in told]))
    staging.run(
        "CREATE TABLE known AS SELECT DISTINCT p.person FROM known_by k JOIN known_value USING (kind, value) "
        "JOIN person p USING (who) WHERE p.person IS NOT NULL"
    )
