"""What the page is made of: plain numbers, already counted. Money in minor units, shares as fractions of 1.

The page knows neither database nor rules; who calls it fills these in (`work/report.py`).
"""

from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from ritorno.core.instants import Instant
from ritorno.core.scores.cuts import Scheme

Language = Literal["he", "en"]


class Bar(msgspec.Struct, frozen=True):
    """Customers who bought `purchases` times in the period (in the open bar: that often or more).

    `gain` is what the curve's `one_more` share of them brings by one purchase more, from low to high.
    """

    purchases: int
    is_open: bool
    customers: int
    share: float
    revenue: int
    revenue_share: float
    running_share: float
    mean_purchases: float
    fitted_share: float | None = None
    expected_next: float | None = None
    gain: tuple[int, int] | None = None


class Curve(msgspec.Struct, frozen=True):
    """The banana curve of [start, end). `unfit` says why there is no fitted line; "" when there is one."""

    start: Instant
    end: Instant
    customers: int
    revenue: int
    bars: tuple[Bar, ...]
    gap_points: float | None = None
    is_good: bool = False
    unfit: Literal["", "few_buyers", "few_bars"] = ""
    one_more: float = 0.05


class Tile(msgspec.Struct, frozen=True):
    """One tile of the R×F map; `by_spend` are its customers of M1, M2, M3; `came` and `went` in the last week."""

    r: int
    f: int
    customers: int
    share: float
    spend_year: int
    by_spend: tuple[int, int, int]
    came: int = 0
    went: int = 0


class CellTile(msgspec.Struct, frozen=True):
    """One of the 27; `revenue` inside the scoring window."""

    cell: str
    group: str
    customers: int
    revenue: int


class GroupTile(msgspec.Struct, frozen=True):
    """One group. `multiple` is the mean spend of its customers ÷ that of all others, None with nothing to compare."""

    key: str
    name: str
    cells: tuple[str, ...]
    customers: int
    share: float
    revenue: int
    revenue_share: float
    spend_year: int
    multiple: float | None


class Month(msgspec.Struct, frozen=True):
    """Customers in each group, by its key, at an instant."""

    as_of: Instant
    sizes: dict[str, int]


class Flow(msgspec.Struct, frozen=True):
    """Customers who went from one group to another in the last month; `origin` "" for those who were new."""

    origin: str
    target: str
    customers: int


class Place(msgspec.Struct, frozen=True):
    """Orders of one place of sale in the last 12 months."""

    sold_via: str
    orders: int
    revenue: int


class Notes(msgspec.Struct, frozen=True):
    """What the numbers rest on, over the last 12 months; unattributed orders are guests' and house accounts'."""

    places: tuple[Place, ...]
    unattributed_orders: int
    unattributed_revenue: int
    both_places: int  # customers who bought at a till and online
    house_accounts: int = 0


class Figures(msgspec.Struct, frozen=True):
    """Everything on the page. `prospects` is None where it is not known (of the past)."""

    brand: str
    language: Language
    currency: str
    tz: ZoneInfo
    as_of: Instant
    scheme: Scheme
    customers: int
    prospects: int | None
    prospects_name: str
    revenue: int
    curve: Curve
    tiles: tuple[Tile, ...]
    cells: tuple[CellTile, ...]
    groups: tuple[GroupTile, ...]
    months: tuple[Month, ...]
    flows: tuple[Flow, ...]
    flows_since: Instant
    notes: Notes
