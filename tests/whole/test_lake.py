"""Rows say what the document says; parts stand once they are listed; any address that fsspec knows will do."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from msgspec.structs import replace

from ritorno.core.customer import Customer
from ritorno.core.events import Channel as Via
from ritorno.core.events import Custom, Line, MessageTold
from ritorno.core.ids import BrandId, CustomerId, MessageId
from ritorno.testing import Person, at, shop
from ritorno.whole.lake import Lake
from ritorno.whole.lake_rows import SCHEMAS, rows_of
from ritorno.whole.manifest import LAYOUT, Manifest, NoLake
from ritorno.whole.tables import Tables, engine, tables_in_memory, tables_of

pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
PLAN = shop()
NOW = at("2026-03-01T10:00")


@pytest.fixture
def dana() -> Customer:
    person = Person(PLAN).consents("sms").is_told("2025-01-01", city="חיפה", size=12.5, vip=True, likes=["a", "b"])
    person.buys("2026-02-01T10:00", 900, order="one", lines=(Line("A1", "נר", "home", 1.5, 60_000, "Yad"),))
    person.buys("2026-02-02T10:00", 50, order="two", cancelled=True).buys("2026-02-03T10:00", 40, order="three")
    person.does(MessageTold("clicked", MessageId(9), Via.SMS, machine=True), "2026-02-04T10:00")
    person.does(Custom("quiz", {"answer": "כן", "points": 3, "nothing": None}), "2026-02-05T10:00")
    return person.customer


def test_a_customer_s_rows_are_what_the_document_says(dana: Customer) -> None:
    rows = {name: table.to_pylist() for name, table in rows_of([dana], PLAN, NOW).items()}
    (one,) = rows["customers"]
    assert (one["cell"], one["orders"], one["spend"], one["scheme"]) == (322, 2, 94_000, 1)
    assert one["scored_until"] == at("2026-03-05T10:00")
    assert (one["reach_sms"], one["reach_email"], one["read_at"]) == (True, True, NOW)
    assert dict(one["traits"]) == {"city": '"חיפה"', "size": "12.5", "vip": "true", "likes": '["a","b"]'}
    assert dict(one["traits_source"])["city"] == "shop"
    assert [(each["number"], each["order_id"], each["net"]) for each in rows["orders"]] == [
        (0, "one", 90_000), (1, "three", 4_000),
    ]  # fmt: skip
    (line,) = rows["lines"]
    assert (line["sku"], line["category"], line["maker"], line["quantity"]) == ("A1", "home", "Yad", 1.5)
    assert (line["number"], line["line"], line["net"], line["unit_price"]) == (0, 0, 90_000, 60_000)
    clicked, quiz = rows["events"]
    assert (clicked["name"], clicked["machine"], clicked["message"], clicked["channel"]) == (
        "message_clicked", True, 9, "sms",
    )  # fmt: skip
    assert (quiz["machine"], quiz["message"], dict(quiz["properties"])) == (
        False, None, {"answer": '"כן"', "points": "3"},
    )  # fmt: skip
    assert [(each["channel"], each["given"], each["proof"]) for each in rows["consents"]] == [("sms", True, "explicit")]
    assert next((each["number"], each["before"]) for each in rows["moves"]) == (0, 0)


def test_every_table_has_its_columns_whether_it_has_rows_or_not(dana: Customer) -> None:
    for people in ([], [dana]):
        assert {name: table.schema for name, table in rows_of(people, PLAN, NOW).items()} == SCHEMAS
    assert tuple(SCHEMAS) == Tables._fields


def test_whatever_is_told_as_a_message_s_number_is_kept_as_far_as_it_is_one() -> None:
    told = [Custom("x", {"message": value, "channel": 5}) for value in ("9", True, 2**63, 12)]
    person = Person(PLAN)
    for number, body in enumerate(told):
        person.does(body, f"2026-02-0{number + 1}T10:00")
    rows = rows_of([person.customer], PLAN, NOW)["events"].to_pylist()
    assert [(each["message"], each["channel"]) for each in rows] == [(None, None)] * 3 + [(12, None)]


def test_rows_are_in_order_of_customer_and_house_accounts_have_none(dana: Customer) -> None:
    nobody = Customer(CustomerId(3), house=True, orders=dana.orders)
    rows = rows_of([dana, nobody, Customer(CustomerId(2))], PLAN, NOW)
    assert rows["customers"].column("customer_id").to_pylist() == [2, 7]
    assert set(rows["orders"].column("customer_id").to_pylist()) == {7}
    prospect = rows["customers"].to_pylist()[0]
    assert [prospect[name] for name in ("joined_at", "cell", "last_at", "scored_until")] == [None, 0, None, None]


@pytest.mark.parametrize("kind", ["folder", "object store"])
def test_a_lake_is_a_folder_or_any_address_that_fsspec_knows(kind: str, tmp_path: Path, dana: Customer) -> None:
    lake = Lake(str(tmp_path / "the lake's") if kind == "folder" else "memory://shop/lake", BrandId(1))
    connection = engine("duckdb")
    with pytest.raises(NoLake, match="not been built"):
        lake.standing()
    base = lake.write_part(1, rows_of([dana, Customer(CustomerId(2))], PLAN, NOW))
    delta = lake.write_part(2, rows_of([replaced(dana)], PLAN, NOW), [2, 7])
    lake.write_part(3, rows_of([dana], PLAN, NOW))  # and killed before it was listed
    new = Manifest(BrandId(1), "token", stands=True, base=(base,), deltas=(delta,), next=4)
    manifest = lake.replace(None, new)
    assert lake.sweep(manifest, NOW) == lake.manifest() == manifest
    tables = tables_of(lake, connection)
    assert connection.to_pyarrow(tables.orders.select("customer_id", "net")).to_pylist() == [
        {"customer_id": 7, "net": 90_000}
    ]
    assert connection.to_pyarrow(tables.customers.count()).as_py() == 1
    assert len([path for path in lake.files.ls(lake.folder, detail=False) if "part-" in path]) == 2
    assert connection.to_pyarrow(tables.customers.traits["city"]).to_pylist() == ['"חיפה"']


def replaced(dana: Customer) -> Customer:
    after = dana.draft()
    del after.orders[1:]
    return after


def test_tables_in_memory_are_the_lake_s(dana: Customer) -> None:
    connection = engine("duckdb")
    tables = tables_in_memory(connection, rows_of([dana], PLAN, NOW))
    assert connection.to_pyarrow(tables.lines.net.sum()).as_py() == 90_000
    assert connection.to_pyarrow(tables.memberships.count()).as_py() == 0


def test_a_manifest_that_cannot_be_read_says_what_to_do(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path), BrandId(1))
    lake.replace(None, Manifest(BrandId(1), "token"))
    path = tmp_path / "1/manifest.json"
    told = json.loads(path.read_text())
    path.write_text(json.dumps(told | {"layout": LAYOUT + 1}))
    with pytest.raises(NoLake, match="ritorno lake build"):
        lake.manifest()
    path.write_text("{")
    with pytest.raises(NoLake, match="cannot be read"):
        lake.manifest()


def test_an_engine_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="write duckdb, or pyspark"):
        engine("mysql://x")


def test_a_delta_says_of_each_row_which_part_it_is_of(tmp_path: Path, dana: Customer) -> None:
    lake = Lake(str(tmp_path), BrandId(1))
    part = lake.write_part(5, rows_of([dana], PLAN, NOW), [7, 8])
    read = lake.read(part, "orders")
    assert isinstance(read, pa.Table)
    assert read.column("part").to_pylist() == [5, 5]
    assert (part.customers, part.covered, part.first) == (1, 2, 7)
    assert lake.read(part, "memberships") is None
    assert lake.read(replace(part, tables=()), "orders") is None


def test_the_base_lies_in_order_of_time_and_a_delta_in_order_of_customer(tmp_path: Path, dana: Customer) -> None:
    """So a question about the last weeks passes over row groups that are older."""
    lake = Lake(str(tmp_path), BrandId(1))
    early = Person(PLAN, number=9, phone="0521234599", email="").buys("2025-06-01T10:00", 100, order="old").customer
    told = rows_of([dana, early], PLAN, NOW)
    base, delta = lake.read(lake.write_part(1, told), "orders"), lake.read(lake.write_part(2, told, [7, 9]), "orders")
    assert base is not None
    assert delta is not None
    assert base["customer_id"].to_pylist() == [9, 7, 7]
    assert base["occurred_at"].to_pylist() == sorted(base["occurred_at"].to_pylist())
    assert delta["customer_id"].to_pylist() == [7, 7, 9]
