"""What completes what: as declared, and shown with both what is used up and what stays."""

from hypothesis import given
from hypothesis import strategies as st

from ritorno.core.complements import NO_RELATIONS, Declared, both_kinds, in_turns, relations_of
from ritorno.core.offering import Goods, GoodsRule, Shelf

SKUS = st.lists(st.sampled_from("abcdefgh"), unique=True)


def test_a_name_that_no_product_has_is_a_categorys() -> None:
    told = relations_of([Declared("M", ("C1", "cups", "C1", ""), ("S",), ("Z", "socks"))], {"M", "C1", "S", "Z"})
    assert told.complements == {"M": (Goods("sku", "C1"), Goods("category", "cups"))}
    assert told.fits == {"M": (Goods("sku", "Z"), Goods("category", "socks"))}
    owner = Goods("sku", "M")
    assert told.rules_of(Shelf(frozenset({"M", "Z"}))) == [
        GoodsRule(owner, "excludes", Goods("sku", "S")),
        GoodsRule(owner, "fits", Goods("sku", "Z")),
        GoodsRule(owner, "fits", Goods("category", "socks")),
    ]
    assert told.rules_of(Shelf(frozenset({"Z"}))) == []
    assert relations_of([], ()) == NO_RELATIONS


def test_pb3_08_of_capsules_alone_the_last_gives_way_to_a_cup() -> None:
    ranked = ["cap1", "cap2", "cap3", "cup1", "cup2"]
    assert both_kinds(ranked, lambda sku: sku.startswith("cap"), 3) == ["cap1", "cap2", "cup1"]
    assert both_kinds(ranked[::-1], lambda sku: sku.startswith("cap"), 2) == ["cup2", "cap3"]
    assert both_kinds(ranked, lambda sku: sku.startswith("cap"), 1) == ["cap1"]
    assert both_kinds(ranked[:3], lambda sku: sku.startswith("cap"), 2) == ["cap1", "cap2"]


@given(SKUS, st.sets(st.sampled_from("abcdefgh")), st.integers(0, 8))
def test_both_kinds_are_shown_where_there_are_both(ranked: list[str], used_up: set[str], most: int) -> None:
    chosen = both_kinds(ranked, used_up.__contains__, most)
    assert len(chosen) == min(most, len(ranked))
    assert chosen == sorted(chosen, key=ranked.index)
    if most >= 2:
        assert {sku in used_up for sku in chosen} == {sku in used_up for sku in ranked}


@given(st.lists(SKUS))
def test_shelves_take_turns(shelves: list[list[str]]) -> None:
    row = in_turns(shelves)
    assert sorted(row) == sorted({sku for shelf in shelves for sku in shelf})
    assert row[: len({shelf[0] for shelf in shelves if shelf})] == list(dict.fromkeys(s[0] for s in shelves if s))
