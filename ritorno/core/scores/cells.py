"""27 cells, 11 named groups: every buyer is in exactly one of each (SEG-01; the table is product.md's, section 2).

A cell is written as its three digits, R F M: "333" is the best. Groups and the cells in them are in the order in which
they are shown; the cells of *at risk* are in the order of the value at stake (SEG-04).
"""

from functools import lru_cache
from itertools import product
from typing import NewType

import msgspec

from ritorno.core.scores.cuts import Score

Cell = NewType("Cell", str)
GroupKey = NewType("GroupKey", str)


class Group(msgspec.Struct, frozen=True):
    key: GroupKey
    he: str
    en: str
    cells: tuple[Cell, ...]


def cell(recency: Score, orders: Score, spend: Score) -> Cell:
    return Cell(f"{recency}{orders}{spend}")


def _group(key: str, he: str, en: str, cells: str) -> Group:
    return Group(GroupKey(key), he, en, tuple(Cell(name) for name in cells.split()))


CELLS: tuple[Cell, ...] = tuple(Cell("".join(digits)) for digits in product("321", repeat=3))

GROUPS: tuple[Group, ...] = (
    _group("stars", "כוכבים (VIP)", "Stars (VIP)", "333"),
    _group("regulars", "רוכשים קבועים", "Regulars", "332 331"),
    _group("rising", "קבועים בהתהוות", "Rising", "323 322 321"),
    _group("promising", "חדשים/מבטיחים", "New/Promising", "313"),
    _group("new_buyers", "קונים חדשים", "New buyers", "312 311"),
    _group("cooling", "מתקררים", "Cooling", "233 232 231 223"),
    _group("slowing", "מאטים", "Slowing", "222 221"),
    _group("second", "מחכים לרכישה שנייה", "Awaiting second purchase", "213 212 211"),
    _group("risk", "לקוחות בסיכון", "At risk", "133 132 123 122"),
    _group("big_gone", "קנו ביוקר ונעלמו", "Bought big, gone", "113"),
    _group("fading", "דועכים", "Fading", "131 121 112 111"),
)

PROSPECTS = Group(GroupKey("prospects"), "מתעניינים", "Prospects", ())  # customers without an order: in no cell

_BY_CELL = {name: group for group in GROUPS for name in group.cells}
_BY_KEY = {group.key: group for group in GROUPS}


def group_of(name: Cell) -> Group:
    """The one group that holds this cell; raises ValueError for what is not a cell."""
    group = _BY_CELL.get(name)
    if group is None:
        raise ValueError(f"{name!r} is not a cell; a cell is three digits 1-3 (R, F, M), for example 133")
    return group


def group_named(key: str) -> Group:
    """The group of that key; raises ValueError naming those there are."""
    group = _BY_KEY.get(GroupKey(key))
    if group is None:
        raise ValueError(f"{key!r} is not a group; the groups are {', '.join(_BY_KEY)}")
    return group


@lru_cache(maxsize=1024)
def cells_of(patterns: tuple[str, ...]) -> frozenset[int]:
    """The cells that the patterns fit, as numbers; `*` is any digit (PB4-09)."""
    return frozenset(int(name) for name in CELLS for pattern in patterns if _fits(name, pattern))


def _fits(name: str, pattern: str) -> bool:
    return all(wanted in ("*", digit) for digit, wanted in zip(name, pattern, strict=True))
