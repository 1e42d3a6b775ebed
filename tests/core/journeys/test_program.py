"""Steps laid out in a row: where each stands and where one comes to after it."""

from hypothesis import given
from hypothesis import strategies as st

from ritorno.core.instants import Span
from ritorno.core.journeys.program import arms_of, lay_out
from ritorno.core.journeys.step import Arm, Branch, End, Split, Step, Tag, WaitFor
from ritorno.core.segments.rule import All

TRUE = All(())


def tag(name: str) -> Tag:
    return Tag(name, name)


def test_both_ways_of_a_branch_lead_to_what_stands_behind_it() -> None:
    places = lay_out((Branch("b", TRUE, (tag("a1"), tag("a2")), (tag("o"),)), tag("after")))
    assert [place.step.name for place in places] == ["b", "a1", "a2", "o", "after"]
    assert places[0].into == {"then": 1, "otherwise": 3}
    assert [place.after for place in places] == [4, 2, 4, 4, 5]
    assert [place.path for place in places] == [
        "steps[0]", "steps[0].then[0]", "steps[0].then[1]", "steps[0].otherwise[0]", "steps[1]",
    ]  # fmt: skip


def test_an_empty_way_leads_straight_behind_the_branch_and_the_last_branch_to_the_end() -> None:
    (branch, a) = lay_out((Branch("b", TRUE, (tag("a"),)),))
    assert branch.into == {"then": 1, "otherwise": 2}
    assert (branch.after, a.after) == (2, 2)


def test_branches_within_branches_lead_out_of_all_of_them() -> None:
    inner = Split("s", (Arm("x", 1, (tag("x"),)), Arm("y", 1, (WaitFor("w", Span(1), rule=TRUE, then=(tag("t"),)),))))
    places = {place.step.name: place for place in lay_out((Branch("b", TRUE, (inner,), (End("e"),)), tag("last")))}
    last = len(places) - 1
    assert {places[name].after for name in ("x", "t", "w", "s", "b", "e")} == {last}
    assert places["w"].into == {"then": 4, "otherwise": last}


LISTS: st.SearchStrategy[tuple[Step, ...]] = st.recursive(
    st.lists(st.just(0), max_size=3).map(lambda each: tuple(tag("x") for _ in each)),
    lambda inner: st.lists(
        st.builds(Branch, st.just("x"), st.just(TRUE), inner, inner)
        | st.builds(WaitFor, st.just("x"), st.just(Span(1)), then=inner, otherwise=inner)
        | st.builds(lambda a, b: Split("x", (Arm("a", 1, a), Arm("b", 1, b))), inner, inner)
        | st.just(tag("x")),
        max_size=3,
    ).map(tuple),
    max_leaves=12,
)


@given(LISTS)
def test_every_step_has_one_place_and_every_way_leads_forward(steps: tuple[Step, ...]) -> None:
    """Each way on is a later place or the end: so without `go` every journey is through some day."""
    places = lay_out(steps)
    assert len(places) == _count(steps)
    for index, place in enumerate(places):
        assert all(index < to <= len(places) for to in (place.after, *place.into.values()))
        assert set(place.into) == {key for key, _, _ in arms_of(place.step)}


def _count(steps: tuple[Step, ...]) -> int:
    return sum(1 + sum(_count(inner) for _, _, inner in arms_of(step)) for step in steps)
