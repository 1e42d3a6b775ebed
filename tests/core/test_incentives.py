"""What may be given away to one customer (SEG-23)."""

from msgspec.structs import replace

from ritorno.core.incentives import Incentives, check, counted_since, most
from ritorno.core.instants import days
from ritorno.core.segments.counted import value_of
from ritorno.core.view import view_of
from ritorno.testing import JERUSALEM, Person, at, local, shop

NOW = at("2026-03-01T10:00")


def test_seg_23_of_2700_at_a_margin_of_40_per_cent_a_tenth_is_108() -> None:
    plan = shop()
    assert plan.brand.margin == 0.4
    dana = Person(plan).buys("2025-02-01", 9_999).buys("2025-04-01", 1_500).buys("2025-12-01", 1_500, order="o9")
    dana.is_refunded("o9", "2025-12-05", 300)
    worth = value_of("value_year", view_of(dana.customer, plan, NOW))
    assert isinstance(worth, int)
    assert (worth, most(Incentives(1_000), worth)) == (108_000, 10_800)
    assert most(Incentives(1_000), -5) == 0


def test_codes_count_for_90_days() -> None:
    assert local(counted_since(Incentives(1_000), NOW, JERUSALEM)) == "2025-12-01T10:00:00"


def test_a_limit_that_says_nothing_is_refused() -> None:
    assert check(Incentives(1_000)) == []
    assert check(replace(Incentives(0), within=days(0))) == [
        "incentives.share is 0; write 1 to 10000 (10 % is 1000)",
        "incentives.within is 0 days; it must be a span above 0, such as 90 days",
    ]
