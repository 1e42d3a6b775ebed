"""Orders out of a file's rows: read, checked and put together in SQL, so that millions take seconds.

    rows      one for each row of the file: what could be read of it
    several   the rows of every order_id that stands in several rows, repetitions taken out
    told      one for each order or refund that can be told (`COLUMNS`), its customer's identifiers among them

A row that cannot be read, and every other row of its order, goes to `problem` with the reason.
"""
# ruff: noqa: S608 - names and numbers of our own; what a file says is never part of a statement

from collections.abc import Mapping
from zoneinfo import ZoneInfo

import msgspec

from ritorno.core.bidi import visible
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.instants import DAY
from ritorno.core.wall_clock import instant_of
from ritorno.sources import spellings
from ritorno.sources.columns import fields_of
from ritorno.sources.files import Sheet
from ritorno.sources.staging import Staging, texts_of
from ritorno.sources.values import is_cancelled, is_known_state, read_amount, read_quantity, read_sold_via, read_time

IDENTIFIERS = {"customer_id": Kind.SHOP_ID, "email": Kind.EMAIL, "phone": Kind.PHONE, "club_card": Kind.CLUB_CARD}
_PLAIN = (
    "order_id", "refund_of", "first_name", "last_name", "branch", "beneficiary", "sku", "product_name", "category"
)  # fmt: skip
_AMOUNTS = ("total", "discount", "tax", "unit_price")
_FEW = ("sold_via", "status", "currency")  # columns of few different texts: read beside the rows, not into them
_LINE = """json_array(coalesce(sku, ''), coalesce(product_name, ''), coalesce(category, ''), coalesce(quantity, 1.0),
    coalesce(unit_price, 0))::VARCHAR"""
_IS_LINE = "(sku IS NOT NULL OR product_name IS NOT NULL OR unit_price IS NOT NULL)"
_PRICE = "round(coalesce(quantity, 1.0) * unit_price)::BIGINT"
_HEAD = (
    "wall", "instant", "customer_id", "email", "phone", "club_card", "first_name", "last_name", "sold_via", "branch",
    "beneficiary", "total", "discount", "tax", "cancelled", "refund_of", "updated_wall", "updated_instant",
)  # fmt: skip
COLUMNS = (
    "order_id", "row", "occurred_at", "customer_id", "email", "phone", "club_card", "first_name", "last_name",
    "sold_via", "branch", "beneficiary", "total", "discount", "tax", "cancelled", "refund_of", "updated_at", "lines",
)  # fmt: skip


class Reading(msgspec.Struct, frozen=True):
    """How a file is read: the brand's clock, currency and country, and what holds where a row does not say.

    `sold_via` None: a row with a branch is the till's, any other the site's.
    """

    tz: ZoneInfo
    currency: str
    region: str
    sold_via: str | None = None


class Staged(msgspec.Struct, frozen=True):
    """Counts of rows of the file, and what was noticed in it. `unreadable` are identifiers left out of orders."""

    rows: int
    repeated: int
    unreadable: int
    states: tuple[str, ...]


def stage_orders(staging: Staging, sheet: Sheet, mapping: Mapping[str, str], reading: Reading) -> Staged:
    """Make the view `told`. Raises FileError for a file that cannot be read."""
    columns = _columns(reading)
    told = [f"{value} AS {name}" for name, field, _, value in columns if field in mapping]
    rows = staging.load(sheet, texts_of(mapping, fields_of("orders")), ", ".join(told))
    for name, field, kind, _ in columns:
        if field not in mapping:  # writing it empty, row by row, would take longer than the rest of the row's share
            staging.run(f"ALTER TABLE rows ADD COLUMN {name} {kind}")
    _settle(staging, reading)
    repeated = _gather(staging)
    _make_told(staging, reading)
    unreadable = _check(staging)
    return Staged(rows, repeated, unreadable, _strange_states(staging))


def _columns(reading: Reading) -> list[tuple[str, str, str, str]]:
    """The columns of `rows`: (name, field, type, SQL). Values of usual spellings, and as `…_said` what has to be looked
    at."""
    columns = [(name, name, "VARCHAR", f"clean({name})") for name in _PLAIN]
    for field, prefix in (("occurred_at", ""), ("updated_at", "updated_")):
        wall, instant = f"{prefix}wall", f"{prefix}instant"
        columns.append((wall, field, "BIGINT", spellings.wall_sql(field)))
        columns.append((instant, field, "BIGINT", spellings.instant_sql(field)))
        said = f"CASE WHEN {wall} IS NULL AND {instant} IS NULL THEN {field} END"
        columns.append((f"{field}_said", field, "VARCHAR", said))
    values = {name: ("BIGINT", spellings.amount_sql(name, reading.currency)) for name in _AMOUNTS}
    values |= {
        "quantity": ("DOUBLE", spellings.quantity_sql("quantity")),
        "email": ("VARCHAR", spellings.email_sql("email")),
        "phone": ("VARCHAR", spellings.phone_sql("phone", reading.region)),
        "club_card": ("VARCHAR", spellings.card_sql("club_card")),
        "customer_id": ("VARCHAR", spellings.shop_id_sql("customer_id")),
    }
    for name, (kind, value) in values.items():
        columns.append((f"{name}_read", name, kind, value))
        columns.append((f"{name}_said", name, "VARCHAR", f"CASE WHEN {name}_read IS NULL THEN {name} END"))
    return [*columns, *((f"{name}_said", name, "VARCHAR", name) for name in _FEW)]


def _settle(staging: Staging, reading: Reading) -> None:
    """Read the unusual spellings, each distinct one once."""
    tz, currency = reading.tz, reading.currency
    for name, prefix in (("occurred_at", ""), ("updated_at", "updated_")):
        staging.settle(name, f"{prefix}instant", f"{name}_said", "BIGINT", lambda text: read_time(text, tz))
        _settle_changes_of_clock(staging, prefix, tz)
    for name in _AMOUNTS:
        staging.settle(name, f"{name}_read", f"{name}_said", "BIGINT", lambda text: read_amount(text, currency))
    staging.settle("quantity", "quantity_read", "quantity_said", "DOUBLE", read_quantity)
    staging.note("sold_via", "VARCHAR", read_sold_via)
    staging.note("status", "BOOLEAN", is_cancelled)
    staging.note("currency", "VARCHAR", lambda text: _same(text, currency))
    for name, kind in IDENTIFIERS.items():
        staging.settle(name, f"{name}_read", f"{name}_said", "VARCHAR", Reader(kind, reading.region), fatal=False)
    staging.reject(
        f"SELECT rowid, 'order_id', 'the order has no number' FROM rows WHERE order_id IS NULL AND NOT {_EMPTY}"
    )


_EMPTY = "(wall IS NULL AND instant IS NULL AND occurred_at_said IS NULL AND total_read IS NULL AND total_said IS NULL)"


def _settle_changes_of_clock(staging: Staging, prefix: str, tz: ZoneInfo) -> None:
    """Wall times of the few days on which the clock is set: one by one. The others are added to in `told`."""
    if not prefix:
        days, shifts = spellings.plain_days(tz)
        staging.run("CREATE TABLE clock (day BIGINT, shift BIGINT)")
        staging.add_rows("clock", (days, shifts))
    odd = f"{prefix}wall IS NOT NULL AND {prefix}wall // {DAY} NOT IN (SELECT day FROM clock)"
    staging.run(f"CREATE VIEW {prefix}odd AS SELECT {prefix}wall::VARCHAR AS {prefix}odd_wall FROM rows WHERE {odd}")
    answers = staging.read_distinct(
        f"{prefix}odd", f"{prefix}odd_wall", "BIGINT", lambda text: instant_of(int(text), tz)
    )
    if answers:
        staging.run(
            f"UPDATE rows SET {prefix}instant = a.value FROM {answers} a WHERE rows.{prefix}wall = a.said::BIGINT"
        )


def _same(text: str, currency: str) -> str:
    told = {"₪": "ILS", "NIS": "ILS", 'ש"ח': "ILS", "ש״ח": "ILS", "שח": "ILS", "$": "USD", "€": "EUR", "£": "GBP"}
    plain = visible(text).upper()
    if told.get(plain, plain) != currency:
        raise ValueError(f"the order is in {text!r}, and the brand counts in {currency}: convert it first")
    return currency


class Reader:
    """An identifier's one spelling, without its namespace. Raises ValueError."""

    def __init__(self, kind: Kind, region: str) -> None:
        self._kind = kind
        self._region = region

    def __call__(self, text: str) -> str:
        return normalise(self._kind, text, region=self._region, namespace="any").value


def _gather(staging: Staging) -> int:
    """Make `several`; how many orders were repetitions of others. A receipt sent twice stands in the file twice.

    An order's rows may be k copies of each other when every row of it occurs a multiple of k times. They are when the
    lines are k times what was paid; or, where prices do not tell, when they have no lines or do not stand together.
    """
    names = [name for name in _ROW if name != "order_id"]
    content = ", ".join(f"coalesce({name}::VARCHAR, '')" for name in names)
    staging.run(
        "CREATE TABLE often AS SELECT order_id FROM rows WHERE order_id IS NOT NULL GROUP BY 1 HAVING count(*) > 1"
    )
    staging.run(
        f"CREATE TABLE standing AS SELECT rowid AS row, order_id, {', '.join(names)}, "
        f"concat_ws(chr(31), {content}) AS content FROM ({_rows_sql()}) SEMI JOIN often USING (order_id)"
    )
    staging.run(
        "CREATE TABLE copies AS SELECT order_id, n FROM (SELECT order_id, content, count(*) AS n FROM standing "
        "GROUP BY 1, 2) QUALIFY min(n) OVER (PARTITION BY order_id) > 1"
    )
    paid = "(abs(min(total)) + coalesce(min(discount), 0))"
    staging.run(
        "CREATE TABLE again AS SELECT order_id, any_value(k) AS k FROM copies JOIN (SELECT order_id, CASE "
        f"WHEN count(*) FILTER ({_IS_LINE}) = 0 THEN least WHEN abs(sum({_PRICE})) % {paid} = 0 "
        f"THEN abs(sum({_PRICE})) // {paid} WHEN max(row) - min(row) + 1 > count(*) THEN least END AS k "
        "FROM standing JOIN (SELECT order_id, min(n) AS least FROM copies GROUP BY 1) USING (order_id) "
        "GROUP BY order_id, least) USING (order_id) GROUP BY order_id HAVING any_value(k) > 1 AND bool_and(n % k = 0)"
    )
    staging.run(
        "CREATE TABLE several AS SELECT * EXCLUDE (content, place, n, k) FROM (SELECT s.*, coalesce(a.k, 1) AS k, "
        "row_number() OVER same AS place, count(*) OVER (PARTITION BY order_id, content) AS n "
        "FROM standing s LEFT JOIN again a USING (order_id) "
        "WINDOW same AS (PARTITION BY order_id, content ORDER BY row)) WHERE place <= n // k"
    )
    (repeated,) = staging.run("SELECT coalesce(sum(k - 1), 0)::BIGINT FROM again").fetchall()[0]
    staging.run("DROP TABLE standing")
    return int(repeated)


_ROW = ("order_id", *_HEAD, "sku", "product_name", "category", "quantity", "unit_price")


def _rows_sql() -> str:
    read = {*_AMOUNTS, "quantity", *IDENTIFIERS}
    noted = {"sold_via": "v.value AS sold_via", "cancelled": "s.value AS cancelled"}
    columns = [noted.get(name) or (f"{name}_read AS {name}" if name in read else name) for name in _ROW]
    return (
        f"SELECT rows.rowid, {', '.join(columns)} FROM rows LEFT JOIN read_sold_via_said v ON v.said = sold_via_said "
        "LEFT JOIN read_status_said s ON s.said = status_said WHERE order_id IS NOT NULL"
    )


def _make_told(staging: Staging, reading: Reading) -> None:
    """The view `put_together`, one row an order, and `told`, those of them without a problem."""
    head = ", ".join(f"arg_min({name}, row) AS {name}" for name in _HEAD)
    staging.run(
        f"CREATE TABLE gathered AS SELECT order_id, min(row) AS row, {head}, "
        f"count(DISTINCT total) AS totals, min(total) AS least, max(total) AS most, "
        f"CASE WHEN bool_and(unit_price IS NOT NULL) FILTER ({_IS_LINE}) THEN sum({_PRICE})::BIGINT "
        f"END AS sum_of_lines, "
        f"'[' || string_agg({_LINE}, ',' ORDER BY row) FILTER ({_IS_LINE}) || ']' AS lines FROM "
        f"several GROUP BY order_id"
    )
    single = (
        f"SELECT order_id, rowid AS row, {', '.join(_HEAD)}, 1 AS totals, total AS least, total AS most, "
        f"{_PRICE} AS sum_of_lines, CASE WHEN {_IS_LINE} THEN '[' || {_LINE} || ']' END AS lines "
        f"FROM ({_rows_sql()}) ANTI JOIN often USING (order_id)"
    )
    told_via = f"'{reading.sold_via}'" if reading.sold_via else "CASE WHEN branch IS NULL THEN 'online' ELSE 'pos' END"
    own = ("order_id", "row", "customer_id", "email", "phone", "club_card", "first_name", "last_name")
    staging.run(
        f"CREATE VIEW put_together AS SELECT {', '.join(own)}, "
        "coalesce(instant, wall + c.shift) AS occurred_at, coalesce(updated_instant, updated_wall + "
        "u.shift) AS updated_at, "
        f"coalesce(sold_via, {told_via}) AS sold_via, coalesce(branch, '') AS branch, "
        "coalesce(beneficiary, '') AS beneficiary, "
        "coalesce(total, sum_of_lines - coalesce(discount, 0)) AS total, coalesce(discount, 0) AS discount, "
        "coalesce(tax, 0) AS tax, coalesce(cancelled, false) AS cancelled, refund_of, lines, totals, least, most "
        f"FROM ({single} UNION ALL BY NAME SELECT * FROM gathered) "
        f"LEFT JOIN clock c ON c.day = wall // {DAY} LEFT JOIN clock u ON u.day = updated_wall // {DAY}"
    )


def _check(staging: Staging) -> int:
    """Note what is wrong with whole orders, and what that means for their rows; how many identifiers were left out."""
    nobody = " AND ".join(f"{name} IS NULL" for name in IDENTIFIERS)
    checks = {
        ("occurred_at", "'the time is missing'"): "occurred_at IS NULL",
        ("total", "'the total is missing, and the lines tell no prices'"): "total IS NULL AND refund_of IS NULL",
        ("total", _CONFLICT): "totals > 1",
        ("total", "'the total is below zero: money given back names its order in refund_of'"): (
            "total < 0 AND refund_of IS NULL"
        ),
        ("refund_of", "'the refund names itself as the order it is of'"): "refund_of = order_id",
    }
    whens = " ".join(f"WHEN {when} THEN {number}" for number, when in enumerate(checks.values()))
    fields = "".join(f"WHEN {number} THEN '{field}' " for number, (field, _) in enumerate(checks))
    reasons = "".join(f"WHEN {number} THEN {reason} " for number, (_, reason) in enumerate(checks))
    staging.run(
        f"CREATE TABLE wrong AS SELECT order_id, row, CASE verdict {fields}END AS field, CASE verdict "
        f"{reasons}END AS reason "
        f"FROM (SELECT *, CASE {whens} END AS verdict FROM put_together) WHERE verdict IS NOT NULL "
        "AND order_id NOT IN (SELECT r.order_id FROM rows r JOIN problem p ON r.rowid = p.row WHERE "
        "r.order_id IS NOT NULL)"
    )
    staging.reject("SELECT row, field, reason FROM wrong")
    unreadable = _reject_unreadable(staging, nobody)
    _reject_whole_orders(staging)
    staging.run("CREATE TABLE bad AS SELECT DISTINCT r.order_id FROM rows r JOIN problem p ON r.rowid = p.row "
                "WHERE r.order_id IS NOT NULL")  # fmt: skip
    staging.run(
        "CREATE VIEW told AS SELECT * EXCLUDE (totals, least, most) FROM put_together ANTI JOIN bad USING (order_id)"
    )
    return unreadable


_CONFLICT = (
    "'the rows of the order tell different totals (' || (least / 100)::VARCHAR || ' and ' || (most / 100)::VARCHAR || "
    "'); map the column of the whole order''s total, or map unit_price and quantity instead'"
)


def _reject_unreadable(staging: Staging, nobody: str) -> int:
    """An order whose every identifier is unreadable is rejected; with another it stays, without the bad one."""
    left_out = 0
    for name in IDENTIFIERS:
        has_answers = staging.run(
            f"SELECT count(*) FROM information_schema.tables WHERE table_name = 'read_{name}_said'"
        ).fetchall()
        if has_answers != [(1,)]:
            continue
        staging.run(
            f"CREATE TABLE unread_{name} AS SELECT r.rowid AS row, r.order_id, a.reason FROM rows r "
            f"JOIN read_{name}_said a ON r.{name}_said = a.said WHERE a.reason IS NOT NULL"
        )
        staging.reject(
            f"SELECT u.row, '{name}', u.reason FROM unread_{name} u JOIN put_together USING (order_id) WHERE {nobody}"
        )
        left_out += staging.count(f"(SELECT row FROM unread_{name} ANTI JOIN problem USING (row))")
    return left_out


def _reject_whole_orders(staging: Staging) -> None:
    """The other rows of an order that has a bad one."""
    staging.reject(
        "SELECT r.rowid, 'order_id', 'its order is rejected: ' || b.reason FROM rows r "
        "JOIN (SELECT r.order_id, min(p.row) AS row, arg_min(p.field || ' in row ' || (p.row + 2), p.row) AS reason "
        "FROM rows r JOIN problem p ON r.rowid = p.row WHERE r.order_id IS NOT NULL GROUP BY 1) b USING (order_id) "
        "WHERE r.rowid NOT IN (SELECT row FROM problem)"
    )


def _strange_states(staging: Staging) -> tuple[str, ...]:
    """States that no list knows; their orders count."""
    texts = staging.run("SELECT DISTINCT status_said FROM rows WHERE status_said IS NOT NULL LIMIT 1000").fetchall()
    return tuple(sorted(text for (text,) in texts if not is_known_state(text)))
