"""The figures of the page, from orders: the same numbers as everywhere else."""

from pathlib import Path

import duckdb
import psycopg
import pyarrow as pa
import pytest

from ritorno.core.events import Event, OrderTold, SoldVia, TraitsTold, happened
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.instants import DAY, Instant
from ritorno.core.plan import Plan
from ritorno.core.scores.cells import GROUPS
from ritorno.report.figures import Figures
from ritorno.store.orders import SCHEMA
from ritorno.testing import at, shop
from ritorno.work.accept import accept
from ritorno.work.group_names import UnknownGroup, group_names, names_under, rename_group
from ritorno.work.react import react_to_inbox
from ritorno.work.report import of_orders, report, write_report

NOW = at("2026-03-01T10:00")
Row = tuple[int | None, int, int, bool, str, str]


def of_rows(rows: list[Row]) -> Figures:
    """The figures of these orders in the fixture shop."""
    columns = list(zip(*rows, strict=True)) or [()] * len(SCHEMA)
    with duckdb.connect() as connection:
        orders = connection.from_arrow(pa.table(dict(zip(SCHEMA.names, columns, strict=True)), schema=SCHEMA))
        return of_orders(connection, orders, shop(), NOW, "en", names_under(()), 50, 2)


def ago(count: float) -> int:
    return NOW - round(count * DAY)


def bought(who: int, ages: tuple[float, ...], agorot: int) -> list[Row]:
    return [(who, ago(age), agorot // len(ages), True, "pos", "Ayalon") for age in ages]


def test_seg_02_fifty_stars_of_a_thousand_are_5_percent_of_customers_19_of_revenue_and_4_5_times_the_others() -> None:
    rows = [row for who in range(50) for row in bought(who, (5, 40, 60), 450_000)]
    rows += [row for who in range(50, 1000) for row in bought(who, (120, 200), 100_000)]
    stars = next(one for one in of_rows(rows).groups if one.key == "stars")
    assert (stars.customers, stars.share, stars.multiple) == (50, 0.05, 4.5)
    assert round(stars.revenue_share * 100, 1) == 19.1


def test_seg_01_every_buyer_is_in_exactly_one_group() -> None:
    rows = [
        row for who in range(500) for row in bought(who, (who % 200 + 1, who % 170 + 3)[: 1 + who % 2], 100 * who + 9)
    ]
    told = of_rows(rows)
    assert sum(group.customers for group in told.groups) == told.customers == 500
    assert sum(cell.customers for cell in told.cells) == sum(tile.customers for tile in told.tiles) == 500
    assert told.prospects == 50
    assert {cell.group for cell in told.cells} == {group.key for group in GROUPS}


def test_seg_04_what_is_at_stake_with_those_at_risk_is_their_spend_of_12_months() -> None:
    rows = [*bought(1, (100, 120, 400), 150_000), *bought(2, (100, 400), 80_000), *bought(3, (100,), 30_000)]
    risk = next(one for one in of_rows(rows).groups if one.key == "risk")
    assert (risk.customers, risk.revenue, risk.spend_year) == (2, 230_000, 140_000)


def test_a_tile_tells_its_customers_by_spend_and_who_came_and_went_this_week() -> None:
    rows = [*bought(1, (93,), 10_000), *bought(2, (3,), 130_000), *bought(3, (33, 50), 50_000), *bought(4, (34,), 100)]
    tiles = {(tile.r, tile.f): tile for tile in of_rows(rows).tiles}
    assert (tiles[1, 1].customers, tiles[1, 1].came, tiles[1, 1].went) == (1, 1, 0)
    assert (tiles[3, 1].by_spend, tiles[3, 1].came, tiles[3, 1].went) == ((0, 0, 1), 1, 1)
    assert (tiles[2, 2].by_spend, tiles[2, 2].share, tiles[2, 2].came) == ((0, 1, 0), 0.25, 1)


def test_guests_are_unattributed_and_never_one_person() -> None:
    rows: list[Row] = [(None, ago(10), 5_000, True, "pos", "Ayalon")] * 9
    told = of_rows([*rows, *bought(1, (3,), 1_000)])
    assert (told.customers, told.notes.unattributed_orders, told.notes.unattributed_revenue) == (1, 9, 45_000)
    assert told.notes.house_accounts == 2


def test_months_begin_with_the_first_buyer_and_flows_are_of_the_last_month() -> None:
    told = of_rows([*bought(1, (100,), 1_000), *bought(2, (35,), 1_000)])
    assert [sum(month.sizes.values()) for month in told.months] == [1, 1, 2, 2, 2]
    assert [(flow.origin, flow.target) for flow in told.flows] == [("new_buyers", "second"), ("second", "fading")]


def test_a_shop_without_orders_has_figures_too(tmp_path: Path) -> None:
    told = of_rows([])
    assert (told.customers, told.curve.customers, told.curve.unfit) == (0, 0, "few_buyers")
    assert write_report(tmp_path / "new" / "page.html", told) == (tmp_path / "new" / "page.html").stat().st_size


def told(number: int, via: SoldVia, *, order: bool = True) -> Event:
    body = OrderTold(f"o{number}", 10_000, "ILS", via) if order else TraitsTold({"first_name": "דנה"})
    instant = Instant(ago(number))
    who = (normalise(Kind.PHONE, f"05212345{number % 9 + 10}"),)
    return happened("shop", f"m{number}", body, occurred_at=instant, received_at=instant, identifiers=who)


def test_dat_02_sixteen_orders_of_till_and_site_are_one_base(connection: psycopg.Connection, plan: Plan) -> None:
    """10 online and 6 POS orders: 16 in all, split 10/6, and every score uses all."""
    orders = [told(number, SoldVia.ONLINE if number <= 10 else SoldVia.POS) for number in range(1, 17)]
    accept(connection, plan.brand.id, [*orders, told(98, SoldVia.POS, order=False)])
    while react_to_inbox(connection, plan, NOW).events:
        pass
    figures = report(connection, plan, NOW, "he")
    assert {place.sold_via: place.orders for place in figures.notes.places} == {"online": 10, "pos": 6}
    assert (figures.customers, figures.revenue) == (9, 160_000)
    assert figures.prospects == 0


def test_seg_01_groups_can_be_renamed_and_the_page_follows(connection: psycopg.Connection, plan: Plan) -> None:
    assert rename_group(connection, plan, "stars", "הזהב", None, NOW, "test").en == "Stars (VIP)"
    assert group_names(connection, plan)["stars"].he == "הזהב"
    assert next(one for one in report(connection, plan, NOW, "he").groups if one.key == "stars").name == "הזהב"
    assert report(connection, plan, NOW, "he", is_now=False).prospects is None


def test_a_group_that_is_not_there_or_a_name_that_is_none_is_refused(
    connection: psycopg.Connection, plan: Plan
) -> None:
    with pytest.raises(UnknownGroup, match="there is no group 'vips'; there are: stars, regulars"):
        rename_group(connection, plan, "vips", None, "x", NOW, "test")
    with pytest.raises(ValueError, match="the name of stars is empty"):
        rename_group(connection, plan, "stars", " ", None, NOW, "test")
