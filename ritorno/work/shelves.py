"""Shelves: what galleries of a brand begin with, the same for everyone, looked up at most once in ten minutes.

They rank; what each product is now – in stock, its price – is asked anew for every customer (`block_products.py`).
"""

from datetime import date, timedelta

import psycopg

from ritorno.core.complements import Relations, relations_of
from ritorno.core.ids import BrandId
from ritorno.core.instants import MINUTE, Instant, add_span, days, wall
from ritorno.core.plan import Plan
from ritorno.store import gallery

KEPT = 10 * MINUTE
DEEP = 100  # products of a shelf
WINDOWS = (30, 90)  # days of sales; the longer one where the shorter has too few sellers
NEW = days(60)
_FEW = 6
_MOST = 32  # brands kept in a process
_Mark = tuple[int, int]  # the plan's version, and which ten minutes


class Shelves:
    """A brand's, as of one moment; each is looked up when it is first asked for, by SKU, the best first."""

    def __init__(self, plan: Plan, now: Instant) -> None:
        self._plan, self._now = plan, now
        self._kept: dict[str, tuple[str, ...]] = {}
        self._relations: Relations | None = None

    def best(self, connection: psycopg.Connection) -> tuple[str, ...]:
        """By units sold lately."""
        if "best" not in self._kept:
            for length in WINDOWS:
                found = gallery.best_sellers(connection, self._plan.brand.id, *self._window(length), DEEP)
                self._kept["best"] = tuple(one.sku for one in found)
                if len(found) >= _FEW:
                    break
        return self._kept["best"]

    def new(self, connection: psycopg.Connection) -> tuple[str, ...]:
        """The newest first."""
        if "new" not in self._kept:
            since = add_span(self._now, days(-NEW.count), self._plan.tz)
            found = gallery.new_arrivals(connection, self._plan.brand.id, since, self._now, DEEP)
            self._kept["new"] = tuple(one.sku for one in found)
        return self._kept["new"]

    def of_category(self, connection: psycopg.Connection, category: str) -> tuple[str, ...]:
        """By units sold lately, also what was not."""
        key = f"of {category}"
        if key not in self._kept:
            dates = self._window(WINDOWS[-1])
            found = gallery.of_category(connection, self._plan.brand.id, category, *dates, DEEP)
            self._kept[key] = tuple(one.sku for one in found)
        return self._kept[key]

    def relations(self, connection: psycopg.Connection) -> Relations:
        """What the catalogue declares."""
        if self._relations is None:
            self._relations = relations_of(*gallery.declared(connection, self._plan.brand.id))
        return self._relations

    def _window(self, length: int) -> tuple[date, date]:
        today = wall(self._now, self._plan.tz).date()
        return today - timedelta(days=length - 1), today


_standing: dict[tuple[str, BrandId], tuple[_Mark, Shelves]] = {}  # threads replace values, never change them


def shelves_of(connection: psycopg.Connection, plan: Plan, now: Instant) -> Shelves:
    """The brand's shelves of these ten minutes under this plan."""
    at = connection.info
    place, mark = (f"{at.host}:{at.port}/{at.dbname}", plan.brand.id), (plan.version, now // KEPT)
    kept = _standing.get(place)
    if kept is None or kept[0] != mark:
        while len(_standing) >= _MOST and place not in _standing:
            _standing.pop(next(iter(_standing)), None)
        kept = _standing[place] = (mark, Shelves(plan, now))
    return kept[1]
