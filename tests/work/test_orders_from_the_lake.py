"""Scores, curve, cuts and report say the same, whether the orders come from the lake or out of PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from msgspec.structs import replace

from ritorno.core.events import Line, OrderTold, RefundTold, SoldVia, happened
from ritorno.core.instants import days
from ritorno.settings import Settings
from ritorno.testing import at
from ritorno.work.accept import accept
from ritorno.work.cuts import preview
from ritorno.work.keep_lake import keep_lake
from ritorno.work.report import report
from ritorno.work.whole import banana_of, open_orders, rfm
from tests.web.shop import Shop, open_shop

pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
NOW = at("2026-02-01T10:00")


@pytest.fixture
def shop(database: str, tmp_path: Path) -> Iterator[Shop]:
    """Twelve customers with lines of two categories, a refund of all, a cancelled order, and two guests."""
    with open_shop(Settings(tmp_path, database)) as opened:
        for number in range(12):
            phone = f"052-22200{number:02}"
            for month in range(1 + number % 3):
                category = "coffee" if (number + month) % 2 else "cups"
                line = Line(f"s{number}", "", category, 1, 5_000)
                body = OrderTold(f"{number}-{month}", 20_000 + 1_000 * number, "ILS", SoldVia.POS, lines=(line,))
                opened.tell(body, f"2025-{8 + month:02}-0{1 + number % 9}T10:00", phone=phone)
        opened.tell(RefundTold("1-0", "r"), "2025-12-01T10:00", phone="052-2220001")
        opened.tell(OrderTold("gone", 9_000, "ILS", SoldVia.ONLINE, cancelled=True), "2025-12-02", phone="052-2220002")
        opened.clock(NOW)
        guests = [
            happened(
                "shop", f"guest-{number}", OrderTold(f"g{number}", 4_000, "ILS", SoldVia.POS),
                occurred_at=at("2026-01-05"), received_at=NOW,
            )
            for number in range(2)
        ]  # fmt: skip
        accept(opened.app.connection(), opened.brand, guests)
        opened.react()
        yield opened


def keep(shop: Shop) -> None:
    while keep_lake(shop.app.connection(), shop.app.settings.lake, shop.plan, NOW, NOW).is_unfinished:
        pass


def test_every_reading_is_the_same_from_either(shop: Shop) -> None:
    keep(shop)
    connection, plan, lake = shop.app.connection(), shop.plan, shop.app.settings.lake
    coffee = replace(plan.scheme, by_category={"coffee": (days(100), days(150))})
    with patch("ritorno.store.customers.read_all", side_effect=AssertionError("no document is read")):
        from_lake = (
            rfm(connection, plan, NOW, lake=lake),
            rfm(connection, plan, NOW, coffee, lake=lake),
            banana_of(connection, plan, NOW, lake=lake),
            report(connection, plan, NOW, "he", lake=lake),
            preview(connection, plan, plan.scheme, coffee, NOW, most=None, lake=lake),
        )
    out_of_postgresql = (
        rfm(connection, plan, NOW),
        rfm(connection, plan, NOW, coffee),
        banana_of(connection, plan, NOW),
        report(connection, plan, NOW, "he"),
        preview(connection, plan, plan.scheme, coffee, NOW, most=None),
    )
    for one, other in zip(from_lake, out_of_postgresql, strict=True):
        assert one == other


def test_a_lake_that_does_not_know_of_everything_yet_is_not_asked(shop: Shop) -> None:
    keep(shop)
    shop.buy("2026-02-01T11:00", 100, phone="052-2220099")
    with open_orders(shop.app.connection(), shop.plan, lake=shop.app.settings.lake) as (_, table):
        assert table.filter(f"occurred_at = {at('2026-02-01T11:00'):d}").fetchall()


def test_without_a_lake_or_with_another_brand_s_postgresql_is_asked(shop: Shop, tmp_path: Path) -> None:
    connection, plan = shop.app.connection(), shop.plan
    expected = rfm(connection, plan, NOW)
    assert rfm(connection, plan, NOW, lake=str(tmp_path / "nothing")) == expected
    keep(shop)
    connection.execute("UPDATE lake SET token = 'another'")
    with patch("ritorno.work.whole.load_lake_orders", side_effect=AssertionError("a lake of another database")):
        assert rfm(connection, plan, NOW, lake=shop.app.settings.lake) == expected
