"""The lake's tables as expressions that any engine answers: DuckDB here, Spark where one machine is not enough.

Every table is without hidden rows: what stands in it is true of its customers as of the lake's last round.
"""

import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from ritorno.whole.lake import Lake
from ritorno.whole.lake_rows import SCHEMAS
from ritorno.whole.manifest import Manifest, Part
from ritorno.whole.merge_parts import newest_of

Engine = Any  # an Ibis backend: they share no type that says what all of them can do


class Tables(NamedTuple):
    """Columns and their meaning: docs/reference/lake.md."""

    customers: ir.Table
    orders: ir.Table
    lines: ir.Table
    events: ir.Table
    consents: ir.Table
    contacts: ir.Table
    moves: ir.Table
    enrollments: ir.Table
    memberships: ir.Table
    relations: ir.Table


def engine(url: str) -> Engine:
    """The engine that `RITORNO_WHOLE` names: `duckdb`, or `pyspark://local[2]` and other Spark masters."""
    kind, _, where = url.partition("://")
    if kind == "duckdb":
        return ibis.duckdb.connect(where or ":memory:")
    if kind == "pyspark":
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.appName("ritorno").config("spark.ui.enabled", "false")
        if where.startswith("local"):  # 200 by default: on one machine each question would run as 200 tiny ones
            builder = builder.config("spark.sql.shuffle.partitions", "4")
        return ibis.pyspark.connect(builder.master(where or "local[*]").getOrCreate())
    raise ValueError(f"{url!r} is no engine; write duckdb, or pyspark://local[2]")


def tables_in_memory(connection: Engine, rows: dict[str, pa.Table]) -> Tables:
    """What `rows_of` gave, as tables for that engine; nothing is written."""
    return Tables(**{name: _in_memory(connection, rows[name]) for name in Tables._fields})


def tables_of(lake: Lake, connection: Engine, manifest: Manifest | None = None) -> Tables:
    """The lake as it stands (or stood, by a manifest not older than ten minutes). Raises NoLake.

    The base is read as it is where nothing hides it; where there are deltas, it is read but for whom they speak of.
    """
    manifest = manifest or lake.standing()
    if not manifest.deltas:
        return Tables(**{name: _rows(lake, connection, manifest.base, name) for name in Tables._fields})
    ids, numbers = newest_of(lake, manifest.deltas)
    newest = _in_memory(connection, pa.table({"customer_id": ids, "part": numbers}))
    return Tables(**{name: _seen(lake, connection, manifest, newest, name) for name in Tables._fields})


def _seen(lake: Lake, connection: Engine, manifest: Manifest, newest: ir.Table, name: str) -> ir.Table:
    told = [part for part in manifest.deltas if name in part.tables]
    based = [part for part in manifest.base if name in part.tables]
    base = _rows(lake, connection, based, name)
    if not told:
        return base.anti_join(newest, "customer_id") if based else base
    deltas = _rows(lake, connection, told, name).semi_join(newest, ["customer_id", "part"]).drop("part")
    return base.anti_join(newest, "customer_id").union(deltas) if based else deltas


def _rows(lake: Lake, connection: Engine, parts: Sequence[Part], name: str) -> ir.Table:
    addresses = [lake.address(part, name) for part in parts if name in part.tables]
    if not addresses:
        return _in_memory(connection, SCHEMAS[name].empty_table())
    named = hashlib.blake2b("\n".join(addresses).encode(), digest_size=8).hexdigest()
    view = f"lake_{name}_{named}"  # of the same files the same name: a reader that asks often gathers few
    if connection.name == "pyspark":
        connection._session.read.parquet(*addresses).createOrReplaceTempView(view)  # noqa: SLF001 - Ibis reads one path
    else:
        scheme, _, path = addresses[0].partition("://")
        if path and not connection.con.filesystem_is_registered(scheme):
            connection.con.register_filesystem(lake.files)
        listed = ", ".join("'" + address.replace("'", "''") + "'" for address in addresses)
        connection.con.execute(f'CREATE OR REPLACE TEMP VIEW "{view}" AS SELECT * FROM read_parquet([{listed}])')  # noqa: S608
    return connection.table(view)


def _in_memory(connection: Engine, rows: pa.Table) -> ir.Table:
    if connection.name != "pyspark":
        return ibis.memtable(rows)
    view = ibis.util.gen_name("lake_rows")
    connection._session.createDataFrame(rows).createOrReplaceTempView(view)  # noqa: SLF001 - Ibis takes no maps there
    return connection.table(view)
