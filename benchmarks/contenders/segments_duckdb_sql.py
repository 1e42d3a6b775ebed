"""What someone who knows DuckDB writes by hand for exactly this rule; asked of a connection that has read the files'
ends before."""

import sys
from pathlib import Path

import duckdb

from benchmarks.contenders.question import NOW
from benchmarks.contenders.segment_question import (
    CELLS,
    CLICKED_FROM,
    COFFEE_FROM,
    RECENT_FROM,
    VIEWED_FROM,
    files,
    tell,
)
from benchmarks.measure import report_sample

SQL = f"""
    WITH bought AS (
        SELECT customer_id FROM '{{orders}}'
        WHERE occurred_at >= {RECENT_FROM} AND occurred_at <= {NOW} GROUP BY customer_id HAVING count(*) >= 2
    ), coffee AS (
        SELECT DISTINCT customer_id FROM '{{lines}}'
        WHERE category = 'coffee' AND occurred_at >= {COFFEE_FROM} AND occurred_at <= {NOW}
    ), viewed AS (
        SELECT DISTINCT customer_id FROM '{{events}}'
        WHERE name = 'viewed' AND NOT machine AND "at" >= {VIEWED_FROM} AND "at" <= {NOW}
    ), clicked AS (
        SELECT DISTINCT customer_id FROM '{{events}}'
        WHERE name = 'message_clicked' AND NOT machine AND "at" >= {CLICKED_FROM} AND "at" <= {NOW}
    )
    SELECT count(*) FROM '{{customers}}'
    WHERE cell IN {CELLS} AND customer_id IN (FROM viewed) AND customer_id NOT IN (FROM clicked)
        AND (customer_id IN (FROM bought) OR customer_id IN (FROM coffee))
"""


def sql_of(folder: Path) -> str:
    return SQL.format(**{name: files(folder, name) for name in ("orders", "lines", "events", "customers")})


def main() -> None:
    with duckdb.connect() as connection:

        def ask(folder: Path) -> int:
            ((found,),) = connection.execute(sql_of(folder)).fetchall()
            return int(found)

        connection.execute(f"SELECT count(*) FROM '{files(Path(sys.argv[1]), 'customers')}' WHERE cell = 0")
        report_sample(tell(ask))


if __name__ == "__main__":
    main()
