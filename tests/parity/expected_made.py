"""Needs and inferences of made-up plans, and rules that ask of them and of whom somebody buys for."""

from hypothesis import strategies as st

from ritorno.core.events import Role
from ritorno.core.inferences import Inference
from ritorno.core.instants import Span, Unit
from ritorno.core.needs import Need
from ritorno.core.segments.rule import All, Any, Bought, BuysFor, Did, Inferred, NeedServed, Not, Rule
from tests.core.plans import words

NEEDS = (
    Need("comfort", words("comfort"), categories=("home", "")),
    Need("one", words("one"), skus=("A1",)),
    Need("both", words("both"), categories=("garden",), skus=("B2", "A1")),
)
INFERENCES = (
    Inference("home", "city", Bought(category="home", within=Span(90)), "חיפה", 0.9),
    Inference("twice", "city", Bought(at_least=2), "vip", 0.6),
    Inference("also", "city", Did(event="viewed", within=Span(30)), "חיפה", 0.6),
    Inference("garden", "has_garden", Any((Bought(category="garden"), All((Did(event="quiz"), Not(Bought())))))),
    Inference("none", "has_garden", Bought(sku="B2", within=Span(6, Unit.MONTHS)), value=False, confidence=0.7),
)
BENEFICIARIES = ("moshe", "phone:+972521234567", 'a"b')
_CONFIDENCE = st.sampled_from([0.0, 0.5, 0.6, 0.75, 1.0])
_ROLES = st.sampled_from([each.value for each in Role])
BOUGHT_FOR: st.SearchStrategy[Rule] = st.one_of(
    st.builds(BuysFor, st.none() | _ROLES | st.lists(_ROLES, min_size=1, max_size=2).map(tuple)),
    st.builds(BuysFor, st.none(), st.sampled_from(BENEFICIARIES)),
)
EXPECTED: st.SearchStrategy[Rule] = st.one_of(
    st.builds(
        NeedServed,
        st.sampled_from(["comfort", "one", "both", "nobody's"]),
        st.sampled_from([None, Span(30), Span(1, Unit.MONTHS), Span(1, Unit.YEARS)]),
    ),
    st.builds(Inferred, st.just("city"), st.sampled_from(["חיפה", "vip", True]), _CONFIDENCE),
    st.builds(Inferred, st.sampled_from(["has_garden", "nobody's"]), st.booleans(), _CONFIDENCE),
)
