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
