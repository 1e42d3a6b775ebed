"""The question put to every contender of `benchmarks.segments`: how many customers does this rule have at NOW?

Five leaves under all, any and not: a group, two windows of orders (one by a line's category), two windows of events.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.contenders.question import SCHEME, TZ, opens
from ritorno.core.ids import BrandId
from ritorno.core.instants import days
from ritorno.core.plan import Brand, Plan
from ritorno.core.scores.cells import group_named
from ritorno.core.segments.rule import All, Any, Bought, Did, GroupIs, Not, Rule

GROUPS = ("regulars", "rising", "promising", "new_buyers", "cooling", "second")
CELLS = tuple(int(cell) for name in GROUPS for cell in group_named(name).cells)
RECENT, COFFEE, VIEWED, CLICKED = days(90), days(180), days(30), days(14)
RULE: Rule = All(
    (
        GroupIs(GROUPS),
        Any((Bought(within=RECENT, at_least=2), Bought(category="coffee", within=COFFEE))),
        Did(event="viewed", within=VIEWED),
        Not(Did(event="message_clicked", within=CLICKED)),
    )
)
RECENT_FROM, COFFEE_FROM, VIEWED_FROM, CLICKED_FROM = (opens(span) for span in (RECENT, COFFEE, VIEWED, CLICKED))
BRAND = BrandId(1)
PLAN = Plan(Brand(BRAND, "default", "default", timezone=str(TZ)), SCHEME)


def files(folder: Path, table: str) -> str:
    """The files of a table, as engines take them: the lake that `make_lake` made has parts of its base alone."""
    return str(folder / str(BRAND) / "part-*" / f"{table}.parquet")


def tell(count: Callable[[Path], int]) -> Callable[[], None]:
    """The work: count in the folder of the first argument, write the number into the file of the second."""
    folder, target = Path(sys.argv[1]), Path(sys.argv[2])

    def work() -> None:
        target.write_text(str(count(folder)))

    return work
