"""100 made-up stores with planted effects, measured by the product itself (product §8 #1)."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from benchmarks.planted import KINDS, plant
from ritorno.core.lift import Difference
from ritorno.playbooks.library import load
from ritorno.store.connection import connect
from ritorno.store.transaction import transaction
from ritorno.testing import at
from ritorno.work.found import found
from ritorno.work.measure import measure
from ritorno.work.plans import Plans
from ritorno.work.results import Results

PB2 = load("PB2")
STORES = 100


class Read(NamedTuple):
    truth: float
    told: Results
    spend: Difference


@pytest.fixture(scope="module")
def reads(module_database: str) -> Iterator[list[Read]]:
    """Every store's truth and what the results say of it."""
    with connect(module_database, autocommit=True) as connection:
        found(connection, "default", {"name": "אלמוג"}, at("2024-01-01"))
        plan = Plans().named(connection, "default")
        kinds = [KINDS[number % len(KINDS)] for number in range(STORES)]
        with transaction(connection):
            stores = plant(connection, PB2.key, kinds, 7, at("2026-01-10"))
        told = []
        for store in stores:
            theirs = replace(plan, brand=replace(plan.brand, id=store.brand))
            results = measure(connection, theirs, replace(PB2, holdout=store.kind.holdout), store.over_at)
            assert results.spend is not None
            told.append(Read(store.kind.truth, results, results.spend))
        yield told


def test_the_interval_holds_the_truth_in_93_of_100_stores(reads: list[Read]) -> None:
    """With effects and without, heavy tails, thirty held out: of all of them together."""
    held = sum(one.spend.low <= one.truth <= one.spend.high for one in reads)
    assert held >= 93


def test_a_playbook_without_an_effect_reads_no_effect(reads: list[Read]) -> None:
    without = [one for one in reads if one.truth == 0]
    assert len(without) >= 30
    assert sum(one.spend.is_conclusive for one in without) <= len(without) * 0.1


def test_a_large_effect_is_found_and_harm_is_never_called_a_gain(reads: list[Read]) -> None:
    """The interval is not wide to be safe: half an order more per customer of 3,000 shows."""
    large = [one for one in reads if one.told.treated.customers > 2_000]
    assert len(large) >= 10
    assert all(one.spend.low > 0 for one in large)
    assert not [one for one in reads if one.truth < 0 < one.spend.low]


def test_arms_that_the_hash_made_pass_the_ratio_check(reads: list[Read]) -> None:
    assert all(one.told.sample_ratio > 0.001 for one in reads)
