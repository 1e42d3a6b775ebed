"""Interests of made-up plans, and rules that ask of them."""

from hypothesis import strategies as st

from ritorno.core.events import TraitValue
from ritorno.core.instants import Span, Unit
from ritorno.core.interests import InterestDefinition, ProductType, Watched
from ritorno.core.segments.rule import Interest, Rule, Where
from tests.core.plans import words

INTERESTS = (
    InterestDefinition("sale", words("sale"), links=("*sale*", "page")),
    InterestDefinition("home", words("home"), categories=("home", 'a"b'), fades_after=Span(3, Unit.MONTHS)),
    InterestDefinition(
        "courses", words("courses"), links=("https://*/courses/*",), product_type=ProductType.DIGITAL,
        events=(
            Watched("viewed", (Where("size", "=", "vip"),)), Watched("message_clicked", (Where("step", "=", "s"),)),
        ),
        fades_after=Span(30),
    ),
)  # fmt: skip
TYPES = st.sampled_from([{}, {"garden": ProductType.DIGITAL}, {"home": ProductType.DIGITAL, "": ProductType.SERVICE}])
LINKS = ("page", "page", "sale", "https://x/courses/1", 'a "sale"\n', "")
VIEWED: tuple[dict[str, TraitValue], ...] = (
    {"category": "home"},
    {"category": 'a"b'},
    {"product_type": "digital"},
    {"category": ["home"]},
)
_SPANS = st.sampled_from(
    [Span(1), Span(30), Span(90), Span(1, Unit.MONTHS), Span(36, Unit.HOURS), Span(1, Unit.SECONDS)]
)
_KEYS = st.sampled_from(["sale", "home", "home", "courses", "courses", "nobody's"])
ASKED: st.SearchStrategy[Rule] = st.one_of(
    st.builds(Interest, _KEYS, st.integers(1, 3), st.none() | _SPANS),
    st.builds(Interest, _KEYS, state=st.sampled_from(["active", "fading", "fading"])),
)
