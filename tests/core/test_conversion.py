"""A list that was imported once, and the live rules that would have made it (ENG-15)."""

from ritorno.core.conversion import Offer, Stood, median_at, offers, stood
from ritorno.core.events import Line
from ritorno.core.instants import Span
from ritorno.core.segments.live import ask
from ritorno.core.segments.rule import Bought, Elapsed, FactIs, GroupIs
from ritorno.core.view import view_of
from ritorno.testing import Person, at, shop

FIGURES = ("spend", "ever", "largest")


def one(
    listed: bool, spend: int = 0, ever: int = 0, silent: int | None = None, group: str = "risk", *categories: str
) -> Stood:
    figures = tuple(zip(FIGURES, (spend, ever, spend), strict=True))
    return Stood(listed, group, figures, silent, frozenset(categories))


def best(people: list[Stood]) -> Offer:
    return offers(people)[0]


def test_the_threshold_that_made_the_list_is_found() -> None:
    people = [one(spend >= 120_000, spend, 1) for spend in range(0, 200_000, 10_000)]
    found = best(people)
    assert (found.rule, found.met, found.both, found.agreement) == (FactIs("spend", ">=", 120_000), 8, 8, 1.0)


def test_who_was_silent_or_came_lately_is_found() -> None:
    silent = [one(days >= 90, silent=days) for days in range(0, 180, 10)]
    assert best(silent).rule == Elapsed("last_order", at_least=Span(90))
    lately = [one(days < 30, silent=days) for days in range(0, 180, 10)]
    assert best(lately).rule == Elapsed("last_order", below=Span(21))


def test_a_group_and_a_category_are_found() -> None:
    groups = [one(group == "stars", group=group) for group in ("stars", "risk") for _ in range(5)]
    assert best(groups).rule == GroupIs(("stars",))
    bought = [one(number < 4, 0, 0, None, "risk", *(["pads"] if number < 5 else [])) for number in range(10)]
    found = best(bought)
    assert (found.rule, found.met, found.both, round(found.agreement, 2)) == (Bought(category="pads"), 5, 4, 0.89)


def test_nothing_is_offered_for_a_list_that_no_simple_rule_made() -> None:
    assert offers([]) == offers([one(False)] * 3) == []
    assert offers([one(True)] * 4) == [], "a rule that everybody meets says nothing"
    mixed = [one(number % 4 == 0, number) for number in range(40)]
    assert offers(mixed) == []


def test_equal_values_are_never_cut_apart() -> None:
    people = [one(True, 100), one(False, 100), one(True, 200), one(False, 50)]
    assert {(each.met, each.both) for each in offers(people) if isinstance(each.rule, FactIs)} == {(3, 2)}


def test_a_rule_that_is_offered_is_met_by_whom_it_was_counted_for() -> None:
    plan = shop()
    people = []
    for number, (spend, day) in enumerate([(2_000, "2026-02-20"), (300, "2026-02-25"), (50, "2025-06-01"), (0, "")]):
        person = Person(plan, number=number)
        if spend:
            person.buys(f"{day}T10:00", spend, lines=(Line("A", category="pads"),))
        people.append(view_of(person.customer, plan, at("2026-03-01T10:00")))
    listed = [True, True, False, False]
    known = [stood(view, is_listed=each) for view, each in zip(people, listed, strict=True)]
    assert known[0].figures == (("spend", 200_000), ("ever", 1), ("largest", 200_000))
    assert (known[0].silent, known[3].silent, known[0].categories) == (9, None, frozenset({"pads"}))
    for offer in offers(known):
        assert sum(ask(offer.rule, view)[0] for view in people) == offer.met


def test_a_list_is_of_when_half_of_it_had_been_told() -> None:
    assert median_at([at("2026-03-01"), at("2025-06-01"), at("2025-07-01")]) == at("2025-07-01")
    assert median_at([at("2026-03-01"), at("2025-06-01")]) == at("2025-06-01")
