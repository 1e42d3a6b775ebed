"""The formulas of scoring are those of the cuts that stand, in both languages (SCO-13)."""

import re

import pytest
from msgspec.structs import replace

from ritorno.core.events import Line, SoldVia
from ritorno.core.instants import days
from ritorno.core.scores.cuts import Scheme
from ritorno.core.scores.explain import explain
from ritorno.core.scores.reference import example, formulas
from ritorno.core.words.scoring import CATALOGUES
from ritorno.testing import Person, at, shop

NOW = at("2026-03-01T10:00")
V3 = Scheme(version=3, recency=(days(25), days(80)), orders=(3, 6), spend=(55_000, 170_000), window=days(700))


@pytest.mark.parametrize("language", ["he", "en"])
def test_sco_13_the_page_shows_exactly_the_numbers_of_the_cuts_that_stand(language: str) -> None:
    plan = replace(shop(), scheme=V3)
    said = " ".join(formulas(plan, language)).replace(",", "")
    assert set(re.findall(r"\d+", said)) == {
        "3", "2", "1", "0", "25", "80", "6", "550", "1700", "700", "27", "333", "11",
    }  # fmt: skip


def test_sco_13_cuts_of_categories_and_what_one_purchase_is_are_told_where_they_hold() -> None:
    own = replace(V3, by_category={"capsules": (days(20), days(45))}, occasion="day_and_branch")
    said = "\n".join(formulas(replace(shop(), scheme=own), "en"))
    assert "Who mostly buy capsules: R = 3 under 20 days, 2 under 45 days, then 1." in said
    assert "Mostly: the category of the most orders in the window of 700 days" in said
    assert "Orders of one day at one branch are one purchase." in said
    assert "Mostly" not in "\n".join(formulas(replace(shop(), scheme=V3), "en"))


def test_sco_13_the_worked_example_is_a_customers_own_numbers_and_nothing_of_who_it_is() -> None:
    plan = replace(shop(), scheme=replace(V3, by_category={"capsules": (days(20), days(45))}))
    person = Person(plan).is_told("2025-01-01", first_name="Dana")
    for when in ("2025-06-01T10:00", "2025-07-01T10:00", "2026-01-20T10:00"):
        person.buys(when, 600, sold_via=SoldVia.POS, branch="Ayalon", lines=(Line("C", category="capsules"),))
    person.lives_until("2026-03-01T10:00")
    said = example(explain(person.customer, plan, NOW), plan, "en", "Slowing")
    assert said == [
        "Example: a real customer, without a name.",
        "R = 2: 40 days since the last order (cuts 20 days, 45 days)",
        "mostly buys capsules, so that category's cuts hold",
        "F = 2: 3 orders in the window of 700 days (cuts 3, 6)",
        "M = 3: ₪1,800 in the window of 700 days (cuts ₪550, ₪1,700)",
        "cell 223, in the group: Slowing",
    ]
    plain = replace(plan, scheme=V3)
    assert len(example(explain(person.customer, plain, NOW), plain, "he", "מאטים")) == 5


def test_both_languages_say_the_same_things() -> None:
    fields = {
        language: {key: set(re.findall(r"\{(\w+)\}", text)) for key, text in said.items()}
        for language, said in CATALOGUES.items()
    }
    assert fields["he"] == fields["en"]
