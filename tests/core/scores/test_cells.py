"""27 cells and 11 groups: a partition, named in two languages."""

import pytest

from ritorno.core.scores.cells import CELLS, GROUPS, PROSPECTS, Cell, cell, group_named, group_of


def test_every_cell_is_in_exactly_one_of_eleven_groups() -> None:
    """SEG-01."""
    placed = [name for group in GROUPS for name in group.cells]
    assert len(GROUPS) == 11
    assert sorted(placed) == sorted(CELLS)
    assert len(set(CELLS)) == 27
    assert all(name in group_of(name).cells for name in CELLS)


def test_groups_have_names_in_both_languages_and_prospects_hold_no_cell() -> None:
    """SEG-01."""
    assert all(group.he and group.en for group in (*GROUPS, PROSPECTS))
    assert (group_of(cell(3, 1, 3)).he, PROSPECTS.he, PROSPECTS.cells) == ("חדשים/מבטיחים", "מתעניינים", ())


def test_at_risk_is_r1_with_orders_and_spend_of_2_or_3_by_value() -> None:
    """SEG-04."""
    assert group_named("risk").cells == ("133", "132", "123", "122")
    assert {name for name in CELLS if name[0] == "1" and "1" not in name[1:]} == set(group_named("risk").cells)


def test_the_best_customers_are_333() -> None:
    """SEG-02."""
    assert group_named("stars").cells == ("333",)


def test_what_is_no_cell_or_group_is_said() -> None:
    with pytest.raises(ValueError, match="'033' is not a cell"):
        group_of(Cell("033"))
    with pytest.raises(ValueError, match="'vip' is not a group; the groups are stars, regulars"):
        group_named("vip")
