"""A file of products becomes the catalogue."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ritorno.core.plan import Plan
from ritorno.store import products
from ritorno.store.connection import Session
from ritorno.testing import at
from ritorno.work.found import found
from ritorno.work.import_asked import Asked, Counts
from ritorno.work.import_products import import_products
from ritorno.work.plans import Plans
from ritorno.work.products import export, ready

Take = Callable[[str], Counts]


@pytest.fixture
def session(database: str) -> Iterator[Session]:
    with Session(database, autocommit=True) as opened:
        found(opened.connection(), "default", {"name": "אלמוג"}, at("2024-01-01"))
        yield opened


@pytest.fixture
def plan(session: Session) -> Plan:
    return Plans().named(session.connection(), "default")


@pytest.fixture
def take(session: Session, plan: Plan, tmp_path: Path) -> Take:
    def take_in(text: str) -> Counts:
        path = tmp_path / "products.csv"
        path.write_text(text, encoding="utf-8")
        return import_products(session, plan, Asked(path), at("2026-03-01"), home=tmp_path)

    return take_in


def test_a_catalogue_is_kept_with_its_traits(take: Take, session: Session, plan: Plan) -> None:
    """DAT-11: other columns are traits of the product; values with semicolons are lists."""
    counts = take(
        'מק"ט,שם מוצר,קטגוריה,מחיר,במלאי,consumable,days_per_unit,complements\n'
        "CAP-1,קפסולות,קפה,₪ 39.90,כן,yes,15,CUP-1;CUP-2\nCUP-1,ספל,כלים,25,0,no,,\n"
    )
    assert (counts.rows, counts.added, counts.rejected) == (2, 2, 0)
    first, second = products.read(session.connection(), plan.brand.id)
    assert (first.sku, first.name, first.price, first.in_stock) == ("CAP-1", "קפסולות", 3990, True)
    assert first.traits == {"consumable": True, "days_per_unit": 15, "complements": ["CUP-1", "CUP-2"]}
    assert (second.in_stock, second.traits) == (False, {"consumable": False})


def test_a_later_file_changes_what_it_tells(take: Take, session: Session, plan: Plan) -> None:
    take("sku,name,price\nA,Apple,1\nB,Bread,2\n")
    assert take("sku,name,price\nA,Apple,1\nB,Bread,2\n").added == 0
    counts = take("sku,name,price,season\nB,Bread,3,winter\nC,Cheese,4,\n")
    assert (counts.added, counts.repeated) == (2, 0)
    told = {one.sku: (one.price, one.traits) for one in products.read(session.connection(), plan.brand.id)}
    assert told == {"A": (100, {}), "B": (300, {"season": "winter"}), "C": (400, {})}


def test_products_that_cannot_be_read_are_listed(take: Take, tmp_path: Path) -> None:
    counts = take("sku,name,price,in_stock\n,Apple,1,yes\nB,Bread,cheap,yes\nC,Cheese,1,perhaps\nD,Dates,1,12\n")
    assert (counts.added, counts.rejected) == (1, 3)
    rejects = (tmp_path / "products.csv.rejected.csv").read_text(encoding="utf-8-sig")
    assert "'perhaps' is neither yes, no nor a number of pieces" in rejects


def flags(session: Session, plan: Plan) -> dict[str, dict[str, object]]:
    return {one.sku: one.traits for one in products.read(session.connection(), plan.brand.id)}


def test_dat_11_flags_of_known_products_are_edited_in_bulk(take: Take, session: Session, plan: Plan) -> None:
    """200 products; a file sets consumable=yes, days_per_unit=15 for 40 of them: readiness goes 0 % → 20 %."""
    take("sku,name,category,price\n" + "".join(f"P{number},Product {number},pads,10\n" for number in range(200)))
    before = {each.use: each.share for each in ready(session.connection(), plan)}
    assert before["replenishment"] == 0
    counts = take("sku,consumable,days_per_unit\n" + "".join(f"P{number},yes,15\n" for number in range(40)))
    assert (counts.added, counts.repeated, counts.rejected) == (40, 0, 0)
    (coverage,) = [each for each in ready(session.connection(), plan) if each.use == "replenishment"]
    assert (coverage.share, coverage.asked, coverage.covered) == (0.2, 200, 40)
    assert "P199" not in coverage.missing
    assert len(coverage.missing) == 20
    one = products.read(session.connection(), plan.brand.id)[0]
    assert (one.name, one.category, one.price) == ("Product 0", "pads", 1_000), "what the file does not tell stays"
    standing = Plans().named(session.connection(), "default")
    assert standing.version > plan.version, "workers read the plan again"
    assert standing.catalogue.product("P0").days_per_unit == 15


def test_an_empty_cell_takes_a_flag_away_and_a_missing_column_does_not(
    take: Take, session: Session, plan: Plan
) -> None:
    take("sku,name,מתכלה,ימים ליחידה,למי,season\nA,Apple,כן,10,ילדים;מבוגרים,winter\n")
    assert flags(session, plan) == {
        "A": {"consumable": True, "days_per_unit": 10, "for_whom": ["ילדים", "מבוגרים"], "season": "winter"}
    }
    assert take("sku,days_per_unit,for_whom\nA,,\n").added == 1
    assert flags(session, plan) == {"A": {"consumable": True, "season": "winter"}}
    assert take("sku,days_per_unit,for_whom\nA,,\n").added == 0


def test_a_flag_is_refused_by_what_would_be_right(take: Take, tmp_path: Path) -> None:
    take("sku,name\nA,Apple\n")
    counts = take("sku,consumable,days_per_unit,video_url,cooldown,label\nA,,,,,ok\nA,perhaps,,,,\nA,,0,,,\n"
                  f"A,,,youtube,,\nA,,,,-1,\nA,,,,,{'x' * 201}\nB,yes,,,,\n")  # fmt: skip
    assert (counts.added, counts.rejected) == (1, 6)
    rejects = (tmp_path / "products.csv.rejected.csv").read_text(encoding="utf-8-sig")
    for why in (
        "consumable is 'perhaps'; write yes or no", "days_per_unit is '0'; write days above 0, at most 3,650",
        "video_url is 'youtube'; write the whole address", "cooldown is '-1'; write days from 0 to 3,650",
        "label is 201 letters long; at most 200", "'B' is not in the catalogue; add a column product_name",
    ):  # fmt: skip
        assert why in rejects


def test_the_catalogue_goes_out_into_a_file_and_back(take: Take, session: Session, plan: Plan, tmp_path: Path) -> None:
    take(
        "sku,name,category,price,in_stock,consumable,days_per_unit,complements,excludes,cooldown,season\n"
        "A,Apple,fruit,1.50,yes,yes,7.5,B,,0,winter\nB,Bread,,,no,no,,A;C,pads,30,\n"
    )
    before = products.read(session.connection(), plan.brand.id)
    path = tmp_path / "out.csv"
    assert export(session.connection(), plan, path) == 2
    assert import_products(session, plan, Asked(path), at("2026-03-01"), home=tmp_path).added == 0
    assert products.read(session.connection(), plan.brand.id) == before
    assert before[0].traits["complements"] == ["B"]
