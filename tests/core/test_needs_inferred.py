"""Needs that purchases served, and what they let expect (SEG-18, COM-30): definitions, and one customer's."""

import pytest
from msgspec.structs import replace

from ritorno.core.events import Line
from ritorno.core.guesses import Guess, guesses
from ritorno.core.inferences import Inference, expects, problems, standing
from ritorno.core.needs import Need, answers, served
from ritorno.core.needs import problems as problems_of_need
from ritorno.core.plan import Plan
from ritorno.core.segments.inputs import inputs_of
from ritorno.core.segments.opened import opened
from ritorno.core.segments.rule import All, Any, Bought, Inferred, InSegment, NeedServed, Not, Rule, TraitIs
from ritorno.core.trait_values import TraitKind
from ritorno.core.traits import TraitDefinition, TraitRules
from ritorno.core.view import view_of
from ritorno.core.words.expected import CATALOGUES
from ritorno.testing import Person, at, shop
from tests.core.plans import words

NOW = at("2026-03-01")
DRY = Need("dry", words("dry"), categories=("ספיגה",))
PADS = Need("pads", words("pads"), skus=("P1", "P2"))
DIAPERS = Inference("diapers", "has_infant", Bought(sku="D1"), confidence=0.9)
SCHOOL = Inference("school", "has_infant", Bought(category="school"), value=False, confidence=0.6)
TRAITS = TraitRules((
    TraitDefinition("expecting", TraitKind.YES_NO, words("expecting"), sensitive=True),
    TraitDefinition("children", TraitKind.NUMBER, words("children")),
))  # fmt: skip


def buyer(plan: Plan, *lines: tuple[str, str, str]) -> Person:
    person = Person(plan)
    for when, sku, category in lines:
        person.buys(when, 50, lines=(Line(sku, category=category),))
    return person


def test_seg_18_the_needs_served_last_come_first() -> None:
    plan = replace(shop(), needs=(DRY, PADS))
    person = buyer(plan, ("2026-01-01", "P1", "ספיגה"), ("2026-02-01", "X", "ספיגה"), ("2026-02-10", "Y", "other"))
    found = served(plan.needs, person.customer, NOW)
    assert [(each.key, each.orders, each.last_at) for each in found] == [
        ("dry", 2, at("2026-02-01")), ("pads", 1, at("2026-01-01")),
    ]  # fmt: skip
    assert [each.key for each in served(plan.needs, person.customer, at("2026-01-15"))] == ["dry", "pads"]
    assert served(plan.needs, person.customer, at("2025-12-31")) == []


def test_a_need_by_categories_and_products_asks_for_either() -> None:
    assert answers(DRY, None) == Bought(category=("ספיגה",))
    assert answers(PADS, None) == Bought(sku=("P1", "P2"))
    both = replace(DRY, skus=("P1",))
    assert answers(both, None) == Any((Bought(category=("ספיגה",)), Bought(sku=("P1",))))


@pytest.mark.parametrize(
    ("need", "why"),
    [
        (replace(DRY, key="1x"), "a key is a letter"),
        (replace(DRY, name=words(" ")), "give it a name in both languages"),
        (replace(DRY, categories=()), "nothing answers it; name categories or products"),
        (replace(DRY, skus=tuple(map(str, range(501)))), "at most 500 categories and 500 products"),
        (replace(DRY, skus=(" ",)), "' ' is no category or product"),
        (DRY, ""),
    ],
)
def test_a_need_is_refused_by_what_would_be_right(need: Need, why: str) -> None:
    found = problems_of_need(need)
    assert (why in found[0]) if why else not found


@pytest.mark.parametrize(
    ("inference", "why"),
    [
        (replace(DIAPERS, key="-"), "a key is a letter"),
        (replace(DIAPERS, trait=""), "infers no trait"),
        (replace(DIAPERS, confidence=0), "confidence is 0; it is above 0 and at most 1"),
        (replace(DIAPERS, confidence=1.1), "confidence is 1.1"),
        (replace(DIAPERS, rule=TraitIs("city", "set")), "from what was bought and done alone"),
        (replace(DIAPERS, rule=Inferred("x")), "from what was bought and done alone"),
        (replace(DIAPERS, rule=All((Bought(), Any((Not(InSegment("a")),))))), "from what was bought and done alone"),
        (replace(DIAPERS, trait="expecting"), "expecting is sensitive"),
        (replace(DIAPERS, trait="expecting", approved_by="Noa"), ""),
        (replace(DIAPERS, trait="children"), "children is True; write a number"),
        (replace(DIAPERS, trait="children", value="3"), "children would be kept as 3; write that"),
        (replace(DIAPERS, trait="children", value=3), ""),
        (DIAPERS, ""),
    ],
)
def test_com_30_an_inference_is_refused_by_what_would_be_right(inference: Inference, why: str) -> None:
    found = problems(inference, TRAITS)
    assert (why in found[0]) if why else not found


def test_com_30_the_surest_inference_is_the_guess_and_what_was_told_wins() -> None:
    plan = replace(shop(), inferences=(SCHOOL, DIAPERS))
    person = buyer(plan, ("2026-01-01", "D1", ""), ("2026-01-02", "B", "school"))
    assert guesses(view_of(person.customer, plan, NOW)) == [Guess("has_infant", True, 0.9, "diapers")]
    only_school = buyer(plan, ("2026-01-02", "B", "school"))
    assert guesses(view_of(only_school.customer, plan, NOW)) == [Guess("has_infant", False, 0.6, "school")]
    person.is_told("2026-02-01", has_infant=False)
    assert guesses(view_of(person.customer, plan, NOW)) == []
    assert guesses(view_of(buyer(plan).customer, plan, NOW)) == []


def test_com_30_what_became_sensitive_is_inferred_no_more_until_approved() -> None:
    sure, approved = replace(DIAPERS, trait="expecting"), replace(SCHOOL, trait="expecting", approved_by="Noa")
    assert standing((approved, sure), TRAITS) == (approved,)
    assert standing((approved, sure), TraitRules()) == (sure, approved)


def test_an_inference_says_nothing_against_a_surer_one() -> None:
    surest = standing((SCHOOL, DIAPERS), TraitRules())
    untold = Not(TraitIs("has_infant", "set"))
    against = All((SCHOOL.rule, Not(DIAPERS.rule)))
    assert expects(surest, "has_infant", True, 0.5) == All((untold, Any((DIAPERS.rule,))))
    assert expects(surest, "has_infant", False, 0.5) == All((untold, Any((against,))))
    assert expects(surest, "has_infant", False, 0.7) == Any(())
    assert expects(surest, "has_infant", 1, 0.5) == Any(())


def test_leaves_that_ask_for_yes_and_for_1_are_opened_apart() -> None:
    plan = replace(shop(), inferences=(DIAPERS,), needs=(DRY,))
    asked: list[tuple[NeedServed | Inferred, Rule]] = [
        (Inferred("has_infant", 1), Any(())),
        (Inferred("has_infant"), expects((DIAPERS,), "has_infant", True, 0.5)),
        (NeedServed("dry"), Bought(category=("ספיגה",))),
        (NeedServed("none"), Any(())),
    ]
    for _ in range(2):
        for leaf, rule in asked:
            assert opened(leaf, plan) == rule
    assert inputs_of(NeedServed("dry"), {}) == {"orders"}


def test_both_languages_say_the_same() -> None:
    assert CATALOGUES["he"].keys() == CATALOGUES["en"].keys()
