"""The lake's tables as expressions that any engine answers: DuckDB here, Spark where one machine is not enough.

Every table is without hidden rows: what stands in it is true of its customers as of the lake's last round.
"""

from typing import Any, NamedTuple

import ibis
import ibis.expr.types as ir
import pyarrow as pa


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


Engine = Any  # an Ibis backend; they share no type that says what all of them can do


def tables_in_memory(connection: Engine, rows: dict[str, pa.Table]) -> Tables:
    """What `rows_of` gave, as tables of that engine; nothing is written."""
    return Tables(**{name: in_memory(connection, name, rows[name]) for name in Tables._fields})


def in_memory(_connection: Engine, name: str, rows: pa.Table) -> ir.Table:
    """Rows as a table. (Every engine takes them when it is asked.)"""
    return ibis.memtable(rows, name=ibis.util.gen_name(f"ritorno_{name}"))
