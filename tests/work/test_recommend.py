"""The gallery of a win-back page: best sellers and what is new to this customer, in stock, few (PB2-10, PB2-11)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ritorno.settings import Settings
from ritorno.testing import at
from ritorno.work.recommend import Kind, gallery
from tests.web.shop import Shop, open_shop

NOW = "2026-03-01T10:00"


@pytest.fixture
def shop(database: str, tmp_path: Path) -> Iterator[Shop]:
    with open_shop(Settings(tmp_path, database)) as opened:
        opened.buy("2026-01-01T10:00", 100)
        opened.clock(NOW)
        yield opened


def product(sku: str, *, in_stock: bool = True, created_at: str = "2020-01-01", price: int = 9_900) -> tuple[Any, ...]:
    return sku, f"product {sku}", price, in_stock, created_at, "", ""


def shown(shop: Shop, kind: Kind = "both", most: int = 6) -> list[str]:
    picks = gallery(shop.app.connection(), shop.plan, shop.customer(), at(NOW), kind, most)
    return [pick.product.sku for pick in picks]


def test_pb2_10_best_sellers_not_bought_and_new_ones_neither_viewed_nor_bought(shop: Shop) -> None:
    shop.stock(*(product(f"P{n}") for n in range(1, 7)))
    shop.stock(product("N1", created_at="2026-02-20"), product("N2", created_at="2026-02-10"))
    shop.stock(product("P0", in_stock=False), product("N0", in_stock=False, created_at="2026-02-25"))
    shop.sold("2026-02-20", P0=100, P1=60, P2=50, P3=40, P4=30, P5=20, P6=10)
    shop.view("2026-02-25T10:00", "N1")
    shop.buy("2026-02-01T10:00", 99, "P1")
    assert shown(shop) == ["P2", "P3", "P4", "P5", "P6", "N2"]


def test_pb2_11_of_forty_candidates_six_are_shown(shop: Shop) -> None:
    shop.stock(*(product(f"P{n:02}") for n in range(40)))
    shop.sold("2026-02-20", **{f"P{n:02}": 100 - n for n in range(40)})
    assert shown(shop) == ["P00", "P01", "P02", "P03", "P04", "P05"]
    assert shown(shop, most=3) == ["P00", "P01", "P02"]


def test_what_is_new_has_room_beside_the_best_sellers(shop: Shop) -> None:
    shop.stock(*(product(f"P{n}") for n in range(1, 9)))
    shop.stock(*(product(f"N{n}", created_at=f"2026-02-0{n}") for n in range(1, 5)))
    shop.sold("2026-02-20", **{f"P{n}": 100 - n for n in range(1, 9)})
    assert shown(shop) == ["P1", "P2", "P3", "P4", "N4", "N3"]
    assert shown(shop, "best_sellers") == ["P1", "P2", "P3", "P4", "P5", "P6"]
    assert shown(shop, "new_and_unseen") == ["N4", "N3", "N2", "N1"]


def test_a_new_best_seller_is_shown_once(shop: Shop) -> None:
    shop.stock(product("A", created_at="2026-02-20"), product("B"))
    shop.sold("2026-02-21", A=5, B=3)
    assert shown(shop) == ["A", "B"]


def test_where_a_month_has_too_few_sellers_three_are_asked(shop: Shop) -> None:
    shop.stock(product("old"), product("older"), product("oldest"))
    shop.sold("2026-01-31", old=1)
    assert shown(shop) == ["old"], "29 days ago"
    shop.sold("2025-12-10", older=9)
    shop.sold("2025-11-01", oldest=99)
    assert shown(shop) == ["older", "old"]


def test_sales_of_days_to_come_and_things_given_back_do_not_count(shop: Shop) -> None:
    shop.stock(product("later"), product("returned"), product("future", created_at="2026-03-02"))
    shop.sold("2026-03-02", later=10)
    shop.sold("2026-02-20", returned=1)
    shop.sold("2026-02-21", returned=-1)
    assert shown(shop) == []


def test_d16_what_is_sensitive_is_on_no_page(shop: Shop) -> None:
    shop.stock(product("pads", created_at="2026-02-20"), product("tea"))
    shop.app.connection().execute("UPDATE product SET traits = '{\"sensitive\": true}' WHERE sku = 'pads'")
    shop.sold("2026-02-21", pads=50, tea=1)
    assert shown(shop) == ["tea"]


def test_a_shop_without_a_catalogue_shows_nothing(shop: Shop) -> None:
    assert shown(shop) == []
