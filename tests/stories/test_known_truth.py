"""Months at the demo stores, whose customers answer what reaches them by a planted truth: the results tell that truth.

A fifth of the chain and 160 customers of the shop, half of them held out; `python -m benchmarks.truth` lives on both
stores whole.
"""

from functools import partial

import pytest

from benchmarks.answered import Truth, chain, seniors
from benchmarks.truth import lived
from ritorno.demo.omnichain import make_omnichain
from ritorno.demo.seniors import make_seniors

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def truths() -> dict[str, Truth]:
    found = lived("almog", partial(make_omnichain, scale=0.2), chain)
    found += lived("gefen", make_seniors, partial(seniors, most=160))
    return {one.playbook: one for one in found}


@pytest.mark.parametrize("key", ["PB2", "PB3", "missed-you", "replenish", "upsell"])
def test_orc_12_the_interval_of_the_results_covers_what_was_planted(truths: dict[str, Truth], key: str) -> None:
    one = truths[key]
    assert one.holds, one.told
    assert one.sent > 50, "the treated were written to"
    assert min(one.measured.treated_count, one.measured.holdout_count) > 50


def test_what_has_no_effect_reads_so(truths: dict[str, Truth]) -> None:
    one = truths["missed-you"]
    assert one.planted == 0
    assert not one.measured.is_conclusive, one.told


def test_an_effect_that_is_large_for_the_number_of_customers_is_seen(truths: dict[str, Truth]) -> None:
    """A fifth of the chain is enough for PB3; the shares themselves are those planted, 14 and 22 per cent."""
    one = truths["PB3"].measured
    assert one.low > 0
    assert one.holdout == pytest.approx(0.14, abs=0.06)
    assert one.treated == pytest.approx(0.22, abs=0.07)
