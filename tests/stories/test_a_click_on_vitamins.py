"""A click on a link about vitamins: an interest, a segment, a playbook, in the same second (ENG-04)."""

from dataclasses import dataclass

import msgspec

from ritorno.core.decisions import Enrolled, SegmentEntered, SegmentLeft
from ritorno.core.events import Channel, MessageTold
from ritorno.core.ids import MessageId, PlaybookKey, SegmentKey
from ritorno.core.instants import days
from ritorno.core.interests import InterestDefinition
from ritorno.core.journeys.journey import Entry, Exits, Playbook
from ritorno.core.journeys.step import Wait
from ritorno.core.journeys.trigger import JoinedSegment
from ritorno.core.journeys.way import Words
from ritorno.core.plan import Plan, Segment
from ritorno.core.segments.rule import Interest
from ritorno.testing import Person, local, shop

DRAWN = Interest("vitamins")
PLAYBOOK = Playbook(
    PlaybookKey("VIT"), 1, Words("ויטמינים", "Vitamins"), Words("קנייה", "A purchase"), DRAWN,
    JoinedSegment("drawn"), (Wait("think", days(1)),), Exits(), Words("קנייה", "A purchase"), entry=Entry("event"),
    holdout=0,
)  # fmt: skip


def plan() -> Plan:
    vitamins = InterestDefinition("vitamins", Words("ויטמינים", "Vitamins"), links=("*/vitamins/*",))
    drawn = Segment(SegmentKey("drawn"), 1, Words("נמשכים", "Drawn"), DRAWN)
    return msgspec.structs.replace(shop(PLAYBOOK, segments=(drawn,)), interests=(vitamins,))


@dataclass
class Dani:
    person: Person

    def clicks(self, link: str, when: str, *, machine: bool = False) -> None:
        self.person.does(MessageTold("clicked", MessageId(1), Channel.SMS, machine, link=link), when)

    def story(self, until: str) -> list[str]:
        self.person.lives_until(until)
        return [
            f"{local(each.at)} {type(each).__name__}"
            for each in self.person.life.decisions
            if isinstance(each, SegmentEntered | SegmentLeft | Enrolled)
        ]


def test_eng_04_clicked_at_ten_o_clock_in_the_segment_and_the_playbook_a_second_later() -> None:
    dani = Dani(Person(plan()))
    dani.clicks("https://shop/vitamins/d3", "2026-02-01T10:00:00")
    assert dani.story("2026-02-01T10:00:02") == ["2026-02-01T10:00:01 SegmentEntered", "2026-02-01T10:00:01 Enrolled"]
    assert dani.story("2026-05-03")[2:] == ["2026-05-02T10:00:00 SegmentLeft"]


def test_eng_04_a_scanner_that_opens_every_link_enters_nothing_not_even_for_a_moment() -> None:
    dani = Dani(Person(plan()))
    for index, link in enumerate(("https://shop/vitamins/d3", "https://shop/shoes/1", "opt_out")):
        dani.clicks(link, f"2026-02-01T10:00:00.{index * 3}00")
    dani.clicks("https://shop/vitamins/d3", "2026-02-01T10:00:05", machine=True)
    assert dani.story("2026-02-01T10:00:10") == []
    dani.clicks("https://shop/vitamins/d3", "2026-02-01T10:00:10")
    assert dani.story("2026-02-01T10:00:12") == ["2026-02-01T10:00:11 SegmentEntered", "2026-02-01T10:00:11 Enrolled"]
