"""Everyone's R, F and M at an instant: the whole-base reading of `core/scores/cuts.py`, equal to it for each customer.

One pass over the orders, one row a customer; the scores compare stored cuts, so that no customer's score depends on
another's.
"""

from zoneinfo import ZoneInfo

import duckdb
import msgspec

from ritorno.core.instants import Instant, Span, months, window
from ritorno.core.scores.cells import CELLS, GROUPS, Cell, Group
from ritorno.core.scores.cuts import Scheme
from ritorno.whole.orders import counted, require_columns, text_sql, wall_day_sql, within_sql

STAKE = months(12)  # spend of the last 12 months is what is at stake


class Figures(msgspec.Struct, frozen=True):
    """Customers of a cell or group; money in minor units: `revenue` inside the window, `spend_year` in 12 months."""

    customers: int = 0
    revenue: int = 0
    spend_year: int = 0


class Vip(msgspec.Struct, frozen=True):
    """The 333 against all others (SEG-02); shares are fractions of 1. None where there is nothing to compare with."""

    customers: int
    customers_share: float | None
    revenue_share: float | None
    spend_multiple: float | None  # mean spend of a 333 ÷ mean spend of everyone else


class Summary(msgspec.Struct, frozen=True):
    """Every cell and every group, in their order, whether anyone is in it or not."""

    as_of: Instant
    scheme_version: int
    customers: int
    revenue: int
    cells: dict[Cell, Figures]
    groups: dict[str, Figures]
    vip: Vip


def score_everyone(
    orders: duckdb.DuckDBPyRelation, scheme: Scheme, now: Instant, tz: ZoneInfo
) -> duckdb.DuckDBPyRelation:
    """One row a customer with a counted order up to `now`, in no order.

    Columns: customer_id, r, f, m UTINYINT; orders, spend (inside the window), spend_year, last_at, first_at BIGINT
    (money in minor units, instants in UTC µs). Raises OrdersError for a relation that is no table of orders.
    """
    by_occasion = scheme.occasion == "day_and_branch"
    require_columns(orders, branch=by_occasion, categories=bool(scheme.by_category))
    inside = within_sql("occurred_at", scheme.window, now, tz)
    occasions = f"count(*) FILTER ({inside})"
    if by_occasion:
        oldest = window(now, scheme.window, tz)[0][0]
        day = wall_day_sql("occurred_at", oldest, now, tz)
        occasions = f"count(DISTINCT ({day}, coalesce(branch, ''))) FILTER ({inside})"
    facts = counted(orders, now).aggregate(
        f"customer_id, {occasions} AS orders, "
        f"coalesce(sum(net) FILTER ({inside}), 0)::BIGINT AS spend, "
        f"coalesce(sum(net) FILTER ({within_sql('occurred_at', STAKE, now, tz)}), 0)::BIGINT AS spend_year, "
        "max(occurred_at) AS last_at, min(occurred_at) AS first_at",
        "customer_id",
    )
    if scheme.by_category:
        own = _dominant(orders, scheme, now, tz)
        facts = facts.set_alias("facts").join(own.set_alias("own"), "customer_id", how="left")
    return facts.project(f"customer_id, {_scores_sql(scheme, now, tz)}, orders, spend, spend_year, last_at, first_at")


def _dominant(orders: duckdb.DuckDBPyRelation, scheme: Scheme, now: Instant, tz: ZoneInfo) -> duckdb.DuckDBPyRelation:
    """customer_id, category: `facts.dominant` of everyone who has one."""
    inside = counted(orders, now).filter(within_sql("occurred_at", scheme.window, now, tz))
    bought = inside.project("customer_id, occurred_at, unnest(list_distinct(categories)) AS category")
    told = bought.filter("category <> ''").aggregate(
        "customer_id, category, count(*) AS orders, max(occurred_at) AS last_at", "customer_id, category"
    )
    return told.aggregate(
        "customer_id, first(category ORDER BY orders DESC, last_at DESC, category) AS category", "customer_id"
    )


def _scores_sql(scheme: Scheme, now: Instant, tz: ZoneInfo) -> str:
    return (
        f"{_recency_sql(scheme, now, tz)} AS r, "
        f"{_step_sql('orders', scheme.orders)} AS f, {_step_sql('spend', scheme.spend)} AS m"
    )


def _recency_sql(scheme: Scheme, now: Instant, tz: ZoneInfo) -> str:
    def by(cuts: tuple[Span, Span]) -> str:
        newest, newer = (within_sql("last_at", span, now, tz) for span in cuts)
        return f"(CASE WHEN {newest} THEN 3 WHEN {newer} THEN 2 ELSE 1 END)::UTINYINT"

    if not scheme.by_category:
        return by(scheme.recency)
    own = "".join(f" WHEN category = {text_sql(name)} THEN {by(cuts)}" for name, cuts in scheme.by_category.items())
    return f"(CASE{own} ELSE {by(scheme.recency)} END)"


def _step_sql(column: str, cuts: tuple[int, int]) -> str:
    return f"(CASE WHEN {column} >= {cuts[1]:d} THEN 3 WHEN {column} >= {cuts[0]:d} THEN 2 ELSE 1 END)::UTINYINT"


def summarise(scores: duckdb.DuckDBPyRelation, scheme: Scheme, now: Instant) -> Summary:
    """Customers and money of each cell and group, from what `score_everyone` gave."""
    rows = scores.aggregate("r, f, m, count(*), sum(spend)::BIGINT, sum(spend_year)::BIGINT", "r, f, m").fetchall()
    found = {Cell(f"{r}{f}{m}"): Figures(*figures) for r, f, m, *figures in rows}
    cells = {name: found.get(name, Figures()) for name in CELLS}
    groups = {str(group.key): _total([cells[name] for name in group.cells]) for group in GROUPS}
    everyone = _total(list(cells.values()))
    return Summary(
        as_of=now,
        scheme_version=scheme.version,
        customers=everyone.customers,
        revenue=everyone.revenue,
        cells=cells,
        groups=groups,
        vip=_vip(cells[Cell("333")], everyone),
    )


def _total(parts: list[Figures]) -> Figures:
    return Figures(
        sum(part.customers for part in parts),
        sum(part.revenue for part in parts),
        sum(part.spend_year for part in parts),
    )


def _vip(best: Figures, everyone: Figures) -> Vip:
    others = everyone.customers - best.customers
    theirs = everyone.revenue - best.revenue
    comparable = best.customers > 0 and others > 0 and theirs > 0
    return Vip(
        customers=best.customers,
        customers_share=best.customers / everyone.customers if everyone.customers else None,
        revenue_share=best.revenue / everyone.revenue if everyone.revenue else None,
        spend_multiple=(best.revenue * others) / (best.customers * theirs) if comparable else None,
    )


def members(scores: duckdb.DuckDBPyRelation, group: Group) -> duckdb.DuckDBPyRelation:
    """The rows of one group's customers, most at stake first (SEG-04): by 12-month spend, then by id."""
    names = ", ".join(f"'{name}'" for name in group.cells)
    return scores.filter(f"concat(r, f, m) IN ({names})").order("spend_year DESC, customer_id")
