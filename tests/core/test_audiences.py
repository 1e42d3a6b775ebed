"""Ad audiences: who moves, what they are called, what of them never leaves."""

import msgspec

from ritorno.core.ad_identifiers import Platform
from ritorno.core.audience_leaving import Blocked, blocked, outward_name
from ritorno.core.audiences import AudienceDefinition, called, definition_of, moves_of, standing_in
from ritorno.core.catalogue import Catalogue, Product
from ritorno.core.customer import Customer, Held
from ritorno.core.decisions import AnyDecision, AudienceJoined, AudienceLeft, ScoreMoved, SegmentEntered, SegmentLeft
from ritorno.core.ids import AudienceKey, CustomerId, PlaybookKey, SegmentKey
from ritorno.core.instants import Instant, days
from ritorno.core.interests import InterestDefinition
from ritorno.core.journeys.journey import Entry, Exits, Playbook
from ritorno.core.journeys.step import Audience
from ritorno.core.journeys.trigger import Happened, ProductIs
from ritorno.core.journeys.way import Words
from ritorno.core.plan import Plan, Segment, with_playbooks
from ritorno.core.segments.rule import All, Bought, CellIs, InSegment, Interest, Not
from ritorno.testing import shop

PADS = Catalogue({"P1": Product("P1", "pads", "ספיגה", sensitive=True), "V1": Product("V1", "vitamin", "ויטמינים")})
DANA = CustomerId(7)
COOLDOWN = AudienceKey("cooldown")


def audience(key: str, **told: object) -> AudienceDefinition:
    return AudienceDefinition(AudienceKey(key), Words("צינון", "Cool-down"), **told)  # type: ignore[arg-type]


def joined(key: str, at: int) -> AudienceJoined:
    return AudienceJoined(
        at=Instant(at), audience=AudienceKey(key), use="exclude", enrollment=1, playbook=PlaybookKey("PB4")
    )


def left(key: str, at: int) -> AudienceLeft:
    return AudienceLeft(
        at=Instant(at), audience=AudienceKey(key), use="exclude", enrollment=1, playbook=PlaybookKey("PB4")
    )


def moved(*decisions: AnyDecision, definitions: tuple[AudienceDefinition, ...] = ()) -> list[tuple[str, bool, int]]:
    return [(one.audience, one.joined, one.at) for one in moves_of(DANA, decisions, definitions)]


def test_of_several_moves_the_last_counts() -> None:
    told = (joined("cooldown", 1), left("cooldown", 2), joined("cooldown:נעליים", 3), joined("cooldown", 4))
    assert moved(*told, ScoreMoved(at=Instant(5), axis="r", before=1, after=3, version=1)) == [
        ("cooldown", True, 4), ("cooldown:נעליים", True, 3),
    ]  # fmt: skip


def test_what_a_step_names_and_nobody_defined_goes_to_every_platform() -> None:
    [move] = moves_of(DANA, [joined("cooldown:נעליים", 1)], ())
    assert move.platforms == (Platform.META, Platform.GOOGLE)
    assert definition_of(move.audience, ()).scope == "category"
    assert definition_of(COOLDOWN, ()).scope == "all"
    assert called(AudienceKey("cool-down"), definition_of(AudienceKey("cool-down"), ()), "he") == "צינון"


def test_a_segment_mirrored_moves_with_its_members_and_by_nothing_else() -> None:
    mirror = audience("stars", segment="best", platforms=(Platform.META,))
    entered = SegmentEntered(at=Instant(1), segment=SegmentKey("best"))
    gone = SegmentLeft(at=Instant(2), segment=SegmentKey("best"), since=Instant(1))
    other = SegmentEntered(at=Instant(1), segment=SegmentKey("worst"))
    assert moved(entered, other, definitions=(audience("cooldown"), mirror)) == [("stars", True, 1)]
    assert moved(entered, gone, definitions=(mirror,)) == [("stars", False, 2)]
    assert moved(joined("stars", 1), definitions=(mirror,)) == []


def test_what_a_document_says_is_what_its_moves_came_to() -> None:
    mirror = audience("stars", segment="best", use="include")
    dana = Customer(DANA)
    dana.audiences = {COOLDOWN: Held(Instant(4), "exclude", (1, 2)), mirror.key: Held(Instant(1), "include", (1,))}
    assert standing_in(dana, (mirror,)) == {COOLDOWN: ("exclude", 4)}
    dana.memberships = {SegmentKey("best"): Instant(9)}
    assert standing_in(dana, (mirror,)) == {COOLDOWN: ("exclude", 4), mirror.key: ("include", 9)}


def test_pb4_05_an_audience_is_called_by_what_was_bought_and_what_goes_with_it() -> None:
    cross = msgspec.structs.replace(
        audience("cross_sell", complements={"נעליים": ("גרביים",)}), name=Words("Cross-sell", "Cross-sell")
    )
    assert called(AudienceKey("cross_sell:נעליים"), cross, "he") == "Cross-sell: נעליים→גרביים"
    assert called(AudienceKey("cross_sell:תיקים"), cross, "he") == "Cross-sell: תיקים"
    assert called(AudienceKey("cross_sell"), cross, "en") == "Cross-sell"


def plan_with(*segments: Segment, playbooks: tuple[Playbook, ...] = ()) -> Plan:
    interest = InterestDefinition("pads", Words("פדים", "pads"), categories=("ספיגה",))
    plan = msgspec.structs.replace(shop(segments=segments), catalogue=PADS, interests=(interest,))
    return with_playbooks(plan, *playbooks)


def stopped(key: str, definition: AudienceDefinition, plan: Plan) -> Blocked | None:
    return blocked(AudienceKey(key), definition, plan)


def segment(key: str, rule: object) -> Segment:
    return Segment(SegmentKey(key), 1, Words(key, key), rule)  # type: ignore[arg-type]


def test_orc_22_a_segment_that_speaks_of_a_sensitive_category_is_not_exported() -> None:
    pads = segment("לקוחות ספיגה", Bought(category="ספיגה"))
    nested = segment("nested", All((CellIs(("3**",)), InSegment("לקוחות ספיגה"), InSegment("nested"))))
    by_sku = segment("by sku", Not(Bought(sku=("V1", "P1"))))
    drawn = segment("drawn", Interest("pads"))
    plan = plan_with(pads, nested, by_sku, drawn, segment("fine", Bought(category="ויטמינים")))
    for each in (pads, nested, drawn):
        assert stopped("x", audience("x", segment=each.key), plan) == Blocked("ספיגה")
    assert stopped("x", audience("x", segment="by sku"), plan) == Blocked("P1")
    assert stopped("x", audience("x", segment="fine"), plan) is None
    assert stopped("x", audience("x", segment="gone"), plan) is None
    assert stopped("x", audience("x", segment="drawn"), msgspec.structs.replace(plan, interests=())) is None


def test_orc_22_nor_is_the_audience_of_a_sensitive_category() -> None:
    assert stopped("cooldown:ספיגה", audience("cooldown"), plan_with()) == Blocked("ספיגה")
    assert stopped("cooldown:ויטמינים", audience("cooldown"), plan_with()) is None


def playbook(trigger: Happened) -> Playbook:
    return Playbook(
        key=PlaybookKey("PB4"), version=1, name=Words("א", "a"), goal=Words("א", "a"), segment=All(()), trigger=trigger,
        entry=Entry(), steps=(Audience("in", "cooldown:@category", "exclude"),), exits=Exits(), measure=Words("א", "a"),
        bought_within=days(30),
    )  # fmt: skip


def test_orc_22_nor_one_that_is_joined_for_sensitive_products() -> None:
    asked = plan_with(playbooks=(playbook(Happened("order", product=ProductIs(sensitive=True))),))
    assert stopped("cooldown:ויטמינים", audience("cooldown"), asked) == Blocked("")
    assert stopped("other", audience("other"), asked) is None, "the playbook joins another"
    by_category = plan_with(playbooks=(playbook(Happened("order", order=Bought(category="ספיגה"))),))
    assert stopped("cooldown", audience("cooldown"), by_category) == Blocked("ספיגה")
    others = plan_with(playbooks=(playbook(Happened("order", product=ProductIs(sensitive=False))),))
    assert stopped("cooldown", audience("cooldown"), others) is None


def test_isr_17_names_that_give_members_away_do_not_leave() -> None:
    sensitive = PADS.sensitive
    shown = audience("x", show_name=True)
    assert outward_name(17, COOLDOWN, shown, "he", sensitive) == ("צינון", False)
    assert outward_name(17, COOLDOWN, audience("x"), "he", sensitive) == ("AUD-17", False)
    for name in ("לקוחות ספיגה", "Diabetes club", "High income"):
        given = msgspec.structs.replace(shown, name=Words(name, name))
        assert outward_name(17, COOLDOWN, given, "he", sensitive) == ("AUD-17", True)
    assert outward_name(17, AudienceKey("x:p1"), shown, "en", sensitive) == ("AUD-17", True)
