"""What someone who knows DuckDB writes by hand for exactly these cuts."""

import duckdb

from benchmarks.contenders.question import NOW, R2_FROM, R3_FROM, SCHEME, WINDOW_FROM, YEAR_FROM, files
from benchmarks.measure import report_sample

F2, F3 = SCHEME.orders
M2, M3 = SCHEME.spend
SQL = f"""
    COPY (
        SELECT customer_id,
            (CASE WHEN last_at >= {R3_FROM} THEN 3 WHEN last_at >= {R2_FROM} THEN 2 ELSE 1 END)::UTINYINT AS r,
            (CASE WHEN orders >= {F3} THEN 3 WHEN orders >= {F2} THEN 2 ELSE 1 END)::UTINYINT AS f,
            (CASE WHEN spend >= {M3} THEN 3 WHEN spend >= {M2} THEN 2 ELSE 1 END)::UTINYINT AS m,
            orders, spend, spend_year, last_at, first_at
        FROM (
            SELECT customer_id,
                count(*) FILTER (occurred_at >= {WINDOW_FROM}) AS orders,
                coalesce(sum(net) FILTER (occurred_at >= {WINDOW_FROM}), 0)::BIGINT AS spend,
                coalesce(sum(net) FILTER (occurred_at >= {YEAR_FROM}), 0)::BIGINT AS spend_year,
                max(occurred_at) AS last_at,
                min(occurred_at) AS first_at
            FROM read_parquet(?) WHERE counts AND occurred_at <= {NOW} GROUP BY customer_id
        )
    ) TO '{{target}}' (FORMAT parquet)
"""


def score() -> None:
    orders, scores = files()
    with duckdb.connect() as connection:
        connection.execute(SQL.format(target=scores), [str(orders)])


if __name__ == "__main__":
    report_sample(score)
