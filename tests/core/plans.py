"""Random rules, playbooks and plans for properties of the rules."""

from hypothesis import strategies as st

from ritorno.core.events import Channel, Purpose, SoldVia
from ritorno.core.ids import PlaybookKey, SegmentKey
from ritorno.core.instants import Span, Unit
from ritorno.core.journeys.journey import Entry, Exits, Playbook
from ritorno.core.journeys.step import Check, Send, Step, Wait
from ritorno.core.journeys.trigger import Happened, JoinedSegment, Moved, Trigger
from ritorno.core.journeys.way import Way, Words
from ritorno.core.plan import Plan, Policy, Segment
from ritorno.core.segments.rule import (
    All,
    Any,
    Bought,
    CellIs,
    Consented,
    FactIs,
    GroupIs,
    Not,
    Reachable,
    Rule,
    ScoreIs,
    TraitIs,
)
from ritorno.playbooks.library import load
from ritorno.testing import held_out_of, shop

SPANS = st.sampled_from(
    [Span(1), Span(30), Span(60), Span(2, Unit.WEEKS), Span(1, Unit.MONTHS), Span(3, Unit.MONTHS), Span(1, Unit.YEARS),
     Span(36, Unit.HOURS), Span(90, Unit.MINUTES), Span(100, Unit.SECONDS)]
)  # fmt: skip
_NUMBERS = ["=", "!=", "<", "<=", ">", ">="]
LEAVES: st.SearchStrategy[Rule] = st.one_of(
    st.builds(
        Bought,
        at_least=st.integers(1, 3),
        within=st.none() | SPANS,
        sku=st.sampled_from([None, None, "A1"]),
        category=st.sampled_from([None, None, "garden"]),
        sold_via=st.sampled_from([None, None, SoldVia.POS]),
        branch=st.sampled_from([None, None, "Ayalon"]),
    ),
    st.sampled_from([("333",), ("1**",), ("**3", "21*"), ("122", "133")]).map(CellIs),
    st.sampled_from([("risk",), ("stars", "regulars"), ("prospects",), ("fading", "cooling")]).map(GroupIs),
    st.builds(ScoreIs, st.sampled_from(["r", "f", "m"]), st.sampled_from([(1,), (2, 3)])),
    st.builds(FactIs, st.sampled_from(["orders", "ever"]), st.sampled_from(_NUMBERS), st.integers(0, 3)),
    st.builds(FactIs, st.sampled_from(["spend", "average"]), st.sampled_from(_NUMBERS), st.sampled_from([0, 40_000])),
    st.builds(FactIs, st.just("omnichannel"), st.sampled_from(["=", "!="]), st.booleans()),
    st.builds(FactIs, st.just("last_sold_via"), st.sampled_from(["=", "!="]), st.sampled_from(["pos", "online"])),
    st.builds(FactIs, st.just("last_branch"), st.sampled_from(["=", "!="]), st.just("Ayalon")),
    st.builds(TraitIs, st.just("city"), st.sampled_from(["=", "!="]), st.sampled_from(["חיפה", "vip"])),
    st.builds(TraitIs, st.just("tags"), st.sampled_from(["=", "!="]), st.just("vip")),
    st.builds(TraitIs, st.just("shoe_size"), st.sampled_from(_NUMBERS), st.sampled_from([38, 40.5])),
    st.builds(Consented, st.sampled_from(Channel), st.just(Purpose.MARKETING)),
    st.sampled_from([(Channel.SMS,), (Channel.SMS, Channel.EMAIL)]).map(Reachable),
)
RULES: st.SearchStrategy[Rule] = st.recursive(
    LEAVES,
    lambda parts: (
        st.lists(parts, min_size=1, max_size=3).map(lambda rules: All(tuple(rules)))
        | st.lists(parts, min_size=1, max_size=3).map(lambda rules: Any(tuple(rules)))
        | parts.map(Not)
    ),
    max_leaves=5,
)


def words(text: str) -> Words:
    return Words(text, text)


def sms(text: str = "[AD] {{ link }} [OUT]") -> Way:
    return Way(Channel.SMS, words(text))


def email(text: str = "{{ link }} [OUT]") -> Way:
    return Way(Channel.EMAIL, words(text), Words("פרסומת", "Ad"))


def journey(key: str, trigger: Trigger, *steps: Step, segment: Rule | None = None,
            exits: Exits | None = None, entry: Entry | None = None, **more: object) -> Playbook:  # fmt: skip
    """A playbook with everything that does not matter filled in; open to everybody, nobody held out."""
    return Playbook(
        PlaybookKey(key), 1, words(key), words(""), segment or All(()), trigger, steps, exits or Exits(), words(""),
        entry=entry or Entry(), holdout=more.pop("holdout", 0.0), **more,  # type: ignore[arg-type]
    )  # fmt: skip


SECOND_ORDER = journey(
    "second", Happened("order"),
    Wait("a-day", Span(1)), Send("thanks", (sms(), email())), Wait("more", Span(2), since="thanks"),
    Check("still", Bought(within=Span(30)), "gone_quiet"), Send("again", (email(),)),
    segment=FactIs("ever", "=", 1), exits=Exits(after=Span(1, Unit.MONTHS)), entry=Entry(episode="event"),
)  # fmt: skip
COOLED = journey(
    "cooled", Moved("r", 2, 3), Send("hello", (sms(),)), Wait("week", Span(1, Unit.WEEKS)), Send("bye", (sms(),)),
    exits=Exits(purchase=False, unless=Not(ScoreIs("r", (1,)))), entry=Entry("lapse", again_after=Span(60)),
    holdout=0.5,
)  # fmt: skip
JOINED = journey(
    "joined", JoinedSegment("one"), Send("note", (sms(), email()), only_if=ScoreIs("f", (1, 2))),
    exits=Exits(purchase=False), entry=Entry(reachable=(Channel.SMS,)),
)  # fmt: skip
RESCUE = held_out_of(load("PB2", frozenset({"reminder"})), 0)
PLAYBOOKS = (RESCUE, SECOND_ORDER, COOLED, JOINED)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """The fixture store with some playbooks, three segments of any rule, and caps that are met now and then."""
    playbooks = draw(st.lists(st.sampled_from(PLAYBOOKS), unique_by=lambda each: each.key))
    rules = draw(st.lists(RULES, min_size=1, max_size=3))
    names = ("one", "two", "three")
    segments = tuple(Segment(SegmentKey(key), 1, words(key), rule) for key, rule in zip(names, rules, strict=False))
    return shop(*playbooks, segments=segments, policy=Policy(a_day=draw(st.integers(0, 2)), a_week=2))
