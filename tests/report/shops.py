"""Figures of a shop to draw: small numbers that are easy to find again on the page."""

from typing import Any

from msgspec.structs import replace

from ritorno.core.scores.cells import CELLS, GROUPS, group_of
from ritorno.core.scores.cuts import Scheme
from ritorno.report.figures import Bar, CellTile, Curve, Figures, Flow, GroupTile, Month, Notes, Place, Tile
from ritorno.testing import JERUSALEM, at

NOW = at("2026-03-01T10:00")


def curve(**changes: Any) -> Curve:
    """600/200/100/60/40 of product.md section 3."""
    counts, fitted = (600, 200, 100, 60, 40), (0.593, 0.219, 0.096, 0.045, 0.047)
    bars = tuple(
        Bar(x, x == 5, n, n / 1000, n * x * 10_000, 0.2, 0.2 * x, x + 0.2 * (x == 5), share, 0.74 * x, (10_000, 20_000))
        for x, (n, share) in enumerate(zip(counts, fitted, strict=True), 1)
    )
    whole = Curve(at("2025-03-01T10:00"), NOW, 1000, 10_000_000, bars, gap_points=0.7, is_good=True)
    return replace(whole, **changes)


def unfitted(why: Any) -> Curve:
    bars = tuple(replace(bar, fitted_share=None, expected_next=None) for bar in curve().bars)
    return curve(bars=bars, unfit=why, gap_points=None, is_good=False)


def figures(**changes: Any) -> Figures:
    """1,000 customers, 50 of them stars with ₪4,500 each, the others ₪1,000 each (SEG-02); 40 at risk."""
    sizes = {"stars": 50, "risk": 40, "fading": 910}
    revenue = {"stars": 22_500_000, "risk": 4_000_000, "fading": 91_000_000}
    total = sum(revenue.values())

    def group(key: str, name: str, cells: tuple[str, ...]) -> GroupTile:
        n, money = sizes.get(key, 0), revenue.get(key, 0)
        multiple = money * (1000 - n) / (n * (total - money)) if n else None
        return GroupTile(key, name, cells, n, n / 1000, money, money / total, money // 2, multiple)

    whole = Figures(
        brand="אלמוג",
        language="he",
        currency="ILS",
        tz=JERUSALEM,
        as_of=NOW,
        scheme=Scheme(version=3),
        customers=1000,
        prospects=77,
        prospects_name="מתעניינים",
        revenue=total,
        curve=curve(),
        tiles=tuple(Tile(r, f, 100 * r, 0.1, 1000_00 * r * f, (5, 3, 2), 4, 1) for r in (3, 2, 1) for f in (3, 2, 1)),
        cells=tuple(CellTile(name, group_of(name).key, 37, 123_400) for name in CELLS),
        groups=tuple(group(one.key, one.en, one.cells) for one in GROUPS),
        months=tuple(Month(at(f"2026-0{month}-01"), {"stars": 40 + 5 * month, "risk": 60}) for month in (1, 2, 3)),
        flows=(Flow("", "promising", 3), Flow("stars", "cooling", 12)),
        flows_since=at("2026-02-01T10:00"),
        notes=Notes((Place("pos", 6, 600_00), Place("online", 10, 1000_00)), 2, 160_00, 5, 1),
    )
    return replace(whole, **changes)
