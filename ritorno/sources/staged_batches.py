"""Orders in batches of whole people, ready to be read by any number of processes.

The table `ready` has every order with its customer's identifiers, in order of (batch, person, time). A batch is
`fresh` when nobody in it is known to the database; what no customer can be named for is in batches of its own. A
refund goes where its order goes; one whose order is not in the file is looked up when it is written.
"""
# ruff: noqa: S608 - names and numbers of our own; what a file says is never part of a statement

from collections.abc import Iterator, Sequence

from ritorno.sources.ready import FIELDS, IDENTIFIERS, KINDS, Batch, OrderRow
from ritorno.sources.staged_people import same_set
from ritorno.sources.staging import Staging

# Orders in a batch, about: one transaction of a second or two. The larger, the more of its keys are neighbours in the
# indexes of PostgreSQL (50,000 take a sixth less of it than 20,000).
ORDERS = 50_000
_KNOWN_PART = 5  # batches of known customers are so much smaller: their documents are locked meanwhile
SORTED = 900_000_000  # bytes of orders sorted in one piece
_WIDTH = 140  # bytes of an order in that, without its number and lines
_CONTENT = (
    "order_id", "occurred_at", "first_name", "last_name", "sold_via", "branch", "beneficiary", "total", "discount",
    "tax", "cancelled", "refund_of", "lines",
)  # fmt: skip


def own_refunds(staging: Staging) -> None:
    """Make the view `owned`: what is told, refunds with the identifiers of the order they are of."""
    refunds = staging.run("SELECT count(*) FROM told WHERE refund_of IS NOT NULL").fetchall()
    if refunds == [(0,)]:
        staging.run("CREATE VIEW owned AS SELECT *, NULL::BIGINT AS refunded, false AS is_elsewhere FROM told")
        return
    told = ", ".join(f"o.{name} AS {name}" for name in FIELDS)
    staging.run(
        f"CREATE TABLE followed AS SELECT r.order_id, o.order_id AS first_order, {told} FROM told r "
        "LEFT JOIN told o ON o.order_id = r.refund_of WHERE r.refund_of IS NOT NULL"
    )
    staging.run(
        "CREATE TABLE taken_back AS SELECT refund_of AS order_id, CASE WHEN bool_or(total IS NULL) THEN -1 "
        "ELSE sum(abs(total))::BIGINT END AS refunded FROM told WHERE refund_of IS NOT NULL AND NOT "
        "cancelled GROUP BY 1"
    )
    chosen = ", ".join(f"CASE WHEN f.first_order IS NULL THEN t.{name} ELSE f.{name} END AS {name}" for name in FIELDS)
    names = ", ".join(
        f"CASE WHEN f.first_order IS NULL THEN t.{name} END AS {name}" for name in ("first_name", "last_name")
    )
    staging.run(
        f"CREATE VIEW owned AS SELECT t.* EXCLUDE ({IDENTIFIERS}, first_name, last_name), {chosen}, "
        f"{names}, b.refunded, "
        "f.order_id IS NOT NULL AND f.first_order IS NULL AS is_elsewhere FROM told t "
        "LEFT JOIN followed f ON f.order_id = t.order_id LEFT JOIN taken_back b ON b.order_id = t.order_id"
    )


def make_batches(staging: Staging, size: int = ORDERS) -> list[Batch]:
    """Make `ready` and `people`; needs `owned`, and `who`, `person` and `known` made of it."""
    staging.run(
        "CREATE TABLE placed AS SELECT person, kind, n, "
        f"sum(n) OVER (PARTITION BY kind ORDER BY person)::BIGINT // "
        f"CASE kind WHEN {KINDS.index('known')} THEN {max(size // _KNOWN_PART, 1)} ELSE {size} END AS part FROM "
        "(SELECT p.person, sum(w.n) AS n, "
        f"CASE WHEN any_value(k.person) IS NULL THEN {KINDS.index('fresh')} ELSE {KINDS.index('known')} END AS kind "
        "FROM person p JOIN who w USING (who) LEFT JOIN known k ON k.person = p.person "
        "WHERE p.person IS NOT NULL GROUP BY 1)"
    )
    known = ", ".join(f"coalesce({name}, '')" for name in FIELDS)
    staging.run(
        f"CREATE TABLE people AS SELECT coalesce(l.kind, {KINDS.index('nobody')}) AS kind, l.part, w.who, p.person, "
        f"md5_number_lower(concat_ws(chr(31), {known})) AS digest, "
        f"{IDENTIFIERS} FROM who w JOIN person p USING (who) LEFT JOIN placed l ON l.person = p.person "
        "ORDER BY ALL"
    )
    for number, slice_ in enumerate(_slices(staging)):
        staging.run(("CREATE TABLE ready AS " if number == 0 else "INSERT INTO ready ") + _ready_sql(slice_, size))
    found = staging.run("SELECT kind, part, count(*) FROM ready GROUP BY 1, 2 ORDER BY 1, 2").fetchall()
    return [Batch(part, KINDS[kind], orders) for kind, part, orders in found]


def _slices(staging: Staging) -> list[str]:
    """Conditions that cut the orders (`o`, of `w`) into pieces that can be sorted in memory: DuckDB does not sort more.

    A small file is one piece. People stay whole.
    """
    ((count, last, width),) = staging.run(
        "SELECT count(*), coalesce(max(row), 0), "
        f"{_WIDTH} + coalesce(avg(strlen(order_id) + coalesce(strlen(lines), 0)), 0) FROM owned"
    ).fetchall()
    most = max(int(SORTED // width), 1)
    if count <= most:
        return ["true"]
    nobody = KINDS.index("nobody")
    ((nobodys,),) = staging.run(
        "SELECT coalesce(sum(n), 0) FROM who JOIN person USING (who) WHERE person IS NULL"
    ).fetchall()
    step = last + 1 if nobodys <= most else most
    slices = [f"w.kind = {nobody} AND o.row BETWEEN {row} AND {row + step - 1}" for row in range(0, last + 1, step)]
    parts = staging.run("SELECT kind, part, sum(n)::BIGINT FROM placed GROUP BY 1, 2 ORDER BY 1, 2").fetchall()
    slices += [f"w.kind = {kind} AND w.part BETWEEN {first} AND {end}" for kind, first, end in _ranges(parts, most)]
    return slices


def _ranges(parts: Sequence[tuple[int, int, int]], most: int) -> Iterator[tuple[int, int, int]]:
    """(kind, first part, last part) of neighbours that hold at most so many orders together, or are one part."""
    first, held = 0, 0
    for place, (kind, _, orders) in enumerate(parts):
        if held and (kind != parts[first][0] or held + orders > most):
            yield parts[first][0], parts[first][1], parts[place - 1][1]
            first, held = place, 0
        held += orders
    if parts:
        yield parts[first][0], parts[first][1], parts[-1][1]


def _ready_sql(condition: str, size: int) -> str:
    content = ", ".join(["w.digest", *(f"coalesce(o.{name}::VARCHAR, '')" for name in _CONTENT)])
    told = ", ".join(name for name in OrderRow._fields if name not in ("person", "who", "digest"))
    nobody, known = KINDS.index("nobody"), KINDS.index("known")
    return (
        f"SELECT CASE WHEN is_elsewhere THEN {known} ELSE w.kind END AS kind, "
        f"CASE WHEN is_elsewhere THEN -1 WHEN w.kind = {nobody} THEN o.row // {size} ELSE w.part END AS part, "
        f"w.person, w.who, {told}, md5_number_lower(concat_ws(chr(31), {content})) AS digest "
        f"FROM owned o JOIN people w ON {same_set('o', 'w')} WHERE {condition} "
        "ORDER BY kind, person, part, occurred_at, row"
    )
