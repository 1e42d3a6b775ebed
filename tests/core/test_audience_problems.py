"""A definition of an ad audience that cannot be is refused by what would be right; what people read of one."""

import pytest
from msgspec.structs import replace

from ritorno.core.ad_identifiers import Platform
from ritorno.core.audience_leaving import Blocked
from ritorno.core.audience_problems import joined_by, problems
from ritorno.core.audiences import AudienceDefinition
from ritorno.core.ids import AudienceKey, SegmentKey
from ritorno.core.journeys.step import Audience
from ritorno.core.journeys.trigger import Happened
from ritorno.core.journeys.way import Words
from ritorno.core.plan import Segment
from ritorno.core.segments.rule import ScoreIs
from ritorno.core.words.ads import CATALOGUES, blocked_note, lag, renamed_note, size_note
from ritorno.testing import JERUSALEM, at, shop
from tests.core.plans import journey

_STARS = Segment(SegmentKey("stars"), 1, Words("א", "a"), ScoreIs("m", (3,)))
_JOINS = journey("PB4", Happened("order"), Audience("in", "cool-down:@category", "exclude"))
PLAN = shop(_JOINS, segments=(_STARS,))
FINE = AudienceDefinition(AudienceKey("best"), Words("מצטיינות", "Best"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, ""),
        ({"segment": "stars"}, ""),
        ({"scope": "category", "complements": {"shoes": ("socks",)}}, ""),
        ({"key": AudienceKey("best:shoes")}, "a key is"),
        ({"name": Words("", "Best")}, "both languages"),
        ({"platforms": ()}, "at least one"),
        ({"platforms": (Platform.META, Platform.META)}, "once"),
        ({"segment": "star"}, "did you mean stars?"),
        ({"segment": "stars", "scope": "category"}, "for all ads"),
        ({"key": AudienceKey("cool-down"), "segment": "stars"}, "playbook PB4 joins it"),
        ({"complements": {"shoes": ("socks",)}}, "scope category"),
        ({"skus": tuple(map(str, range(201)))}, "at most 200"),
    ],
)
def test_what_cannot_be_is_refused_by_what_would_be_right(change: dict[str, object], said: str) -> None:
    found = problems(replace(FINE, **change), PLAN)
    assert bool(found) is bool(said)
    assert said in "; ".join(found)


def test_who_joins_it() -> None:
    assert joined_by(AudienceKey("cool-down"), PLAN) == ["PB4"]
    assert joined_by(AudienceKey("best"), PLAN) == []


def test_pb4_02_how_far_the_platforms_are_behind_is_said() -> None:
    sent = at("2026-03-01T12:00:20")
    assert lag(sent, Platform.META, "en", JERUSALEM) == "sent 12:00:20 · Meta applies within 24 h"
    assert lag(sent, Platform.GOOGLE, "he", JERUSALEM) == "נשלח 12:00:20 · Google מחילה תוך 48 שעות"
    assert lag(None, Platform.META, "en", JERUSALEM) == "not sent yet"


def test_isr_17_sixty_are_below_googles_minimum() -> None:
    assert size_note(60, Platform.GOOGLE, "en") == "below Google minimum 100"
    assert size_note(100, Platform.GOOGLE, "en") == ""


def test_why_nothing_leaves_is_said() -> None:
    assert blocked_note(Blocked("ספיגה"), "he") == "חסום: מספר על קטגוריה רגישה (ספיגה)"
    assert blocked_note(Blocked(""), "en") == "blocked: it tells of sensitive products"
    assert renamed_note("AUD-17", "en").endswith("AUD-17")
    assert CATALOGUES["he"].keys() == CATALOGUES["en"].keys()
