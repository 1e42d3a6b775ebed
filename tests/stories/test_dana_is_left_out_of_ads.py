"""A purchase leaves Dana out of ads within seconds, online or at the till; at the cut she comes back (PB4-01 to 06)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg.types.json import Jsonb

from ritorno.ads.sandbox import SandboxAds
from ritorno.core.ad_identifiers import Hashed, Platform, identifiers_of
from ritorno.core.audiences import AudienceDefinition
from ritorno.core.events import Body, Channel, ConsentTold, Line, OrderTold, SignedUp, SoldVia, happened
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.ids import AudienceKey, CustomerId, PlaybookKey, SegmentKey
from ritorno.core.instants import Instant, days
from ritorno.core.journeys.journey import Entry, Exits, Playbook
from ritorno.core.journeys.step import Audience, Wait, WaitFor
from ritorno.core.journeys.trigger import Happened, JoinedSegment
from ritorno.core.journeys.way import Words
from ritorno.core.plan import Plan, Segment
from ritorno.core.segments.rule import All, ScoreIs
from ritorno.playbooks.library import load
from ritorno.settings import Settings
from ritorno.store import audience_told, audiences, customers, definitions, identifiers
from ritorno.store.transaction import transaction
from ritorno.testing import at, held_out_of
from ritorno.wiring import App, open_app
from ritorno.work.accept import accept
from ritorno.work.audiences import define, overview, retire, shows, wished
from ritorno.work.plans import body_of
from ritorno.work.unmerge import unmerge
from ritorno.work.withdraw import withdraw
from ritorno.worker import Worker, advance_clock

DANA, RINA = "0521234567", "0521234568"
COOLDOWN = AudienceKey("cooldown")
_W = Words("חוסך", "saver")


def saver() -> Playbook:
    """In cool-down from any purchase until R falls to 2, all ads and those of the category; then cross-sell."""
    return Playbook(
        key=PlaybookKey("SAVER"), version=1, name=_W, goal=_W, measure=_W, segment=All(()), holdout=0,
        trigger=Happened("order"), entry=Entry(episode="line"), exits=Exits(purchase=False, after=days(60)),
        needs_fresh=(),
        steps=(
            Audience("out", "cooldown", "exclude"),
            Audience("out_of_category", "cooldown:@category", "exclude"),
            WaitFor("until_the_cut", days(90), rule=ScoreIs("r", (1, 2))),
            Audience("in_again", "cooldown", "exclude", leave=True),
            Audience("category_again", "cooldown:@category", "exclude", leave=True),
            Audience("cross", "cross_sell:@category", "include"),
            Wait("while", days(30)),
        ),
    )  # fmt: skip


class Shop:
    """What happens, told through the inbox to a worker."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.worker = Worker(app)
        self._count = 0
        connection = app.connection()
        self.brand = definitions.save_brand(connection, "default", {"name": "אלמוג"})
        self.define("playbook", "SAVER", saver())
        self.define("segment", "stars", Segment(SegmentKey("stars"), 1, _W, ScoreIs("m", (3,))))

    def define(self, kind: str, key: str, value: object) -> None:
        with transaction(self.app.connection()) as connection:
            definitions.save(
                connection, self.brand, kind, key, body_of(value), status="active", at=at("2026-01-01"), by="t"
            )

    @property
    def plan(self) -> Plan:
        return self.app.plan()

    def tell(self, phone: str, when: str, body: Body, email: str = "") -> None:
        self._count += 1
        definitions.set_clock(self.app.connection(), self.brand, at(when))
        told = ((Kind.PHONE, phone), (Kind.EMAIL, email))
        who = tuple(normalise(kind, raw) for kind, raw in told if raw)
        event = happened(
            "pos", f"e{self._count}", body, occurred_at=at(when), received_at=at(when), identifiers=who
        )  # fmt: skip
        accept(self.app.connection(), self.brand, [event])
        self.worker.until_quiet()

    def consents(self, phone: str) -> None:
        self.tell(phone, "2026-02-01", ConsentTold(Channel.SMS, given=True, source="form", wording="כן"))

    def buys(self, phone: str, when: str, category: str, shekels: int = 100, via: SoldVia = SoldVia.POS) -> None:
        lines = (Line(f"sku-{category}", category, category),)
        self.tell(phone, when, OrderTold(f"o{self._count}", shekels * 100, "ILS", via, lines=lines))

    def lives_until(self, when: str) -> None:
        advance_clock(self.app, self.brand, at(when), self.worker)

    def inside(self, audience: str, platform: Platform = Platform.META) -> set[Hashed]:
        """Whom the platform has."""
        home = audience_told.home(self.app.connection(), self.brand, platform, AudienceKey(audience))
        one = self.app.ad_platforms()[platform]
        assert isinstance(one, SandboxAds)
        return set(one.holds(home).everyone or ()) if home else set()

    def id(self, phone: str) -> CustomerId:
        one = normalise(Kind.PHONE, phone)
        return identifiers.look_up(self.app.connection(), self.brand, [one])[one].customer

    def of(self, phone: str) -> set[Hashed]:
        document = customers.read(self.app.connection(), self.brand, self.id(phone))
        assert document is not None
        return set(identifiers_of(document, Platform.META))

    def stands_in(self, phone: str) -> list[str]:
        return [key for key, _, _ in audiences.of_customer(self.app.connection(), self.brand, self.id(phone))]

    def queued(self) -> int:
        return sum(audiences.counts_queued(self.app.connection(), self.brand).values())


@pytest.fixture
def shop(database: str, tmp_path: Path) -> Iterator[Shop]:
    with open_app(Settings(tmp_path, database)) as app:
        yield Shop(app)


def test_pb4_01_a_purchase_at_the_till_leaves_her_out_at_once(shop: Shop) -> None:
    shop.consents(DANA)
    shop.buys(DANA, "2026-03-01T12:00", "נעליים")
    assert shop.stands_in(DANA) == ["cooldown", "cooldown:נעליים"]
    assert shop.queued() == 4, "two ad audiences at two platforms"
    assert shop.inside("cooldown") == set()
    shop.lives_until("2026-03-01T12:00:20")
    assert shop.queued() == 0
    for platform in Platform:
        assert shop.inside("cooldown", platform), platform
    [first, *_] = overview(shop.app.connection(), shop.plan)
    assert first.there[0].size.sent_at == at("2026-03-01T12:00:20")


def test_pb4_03_a_shop_buyer_and_an_online_buyer_leave_in_one_cycle(shop: Shop) -> None:
    for phone in (DANA, RINA):
        shop.consents(phone)
    shop.buys(DANA, "2026-03-01T12:00", "נעליים", via=SoldVia.POS)
    shop.buys(RINA, "2026-03-01T12:00:05", "נעליים", via=SoldVia.ONLINE)
    shop.lives_until("2026-03-01T12:00:20")
    assert shop.inside("cooldown") == shop.of(DANA) | shop.of(RINA)


def test_pb4_04_and_05_at_the_cut_she_comes_back_and_is_meant_by_what_matches(shop: Shop) -> None:
    shop.consents(DANA)
    shop.buys(DANA, "2026-03-01T12:00", "נעליים")
    shop.lives_until("2026-03-31T12:00:00")
    told = shop.app.connection().execute("SELECT at FROM decision WHERE kind = 'audience_left' ORDER BY at").fetchall()
    assert {row[0] for row in told} == {at("2026-03-31T12:00")}, "at that very instant"
    assert shop.stands_in(DANA) == ["cross_sell:נעליים"]
    shop.lives_until("2026-03-31T12:00:20")
    assert shop.inside("cooldown") == set()
    assert shop.inside("cross_sell:נעליים") == shop.of(DANA)
    shop.lives_until("2026-04-30T13:00")
    assert shop.inside("cross_sell:נעליים") == set(), "the journey is over"


def test_pb4_10_by_category_she_is_out_of_the_ads_for_shoes_alone(shop: Shop) -> None:
    shop.consents(DANA)
    shop.consents(RINA)
    shop.buys(DANA, "2026-03-01T12:00", "נעליים")
    shop.buys(RINA, "2026-03-01T12:00", "תיקים")
    shop.lives_until("2026-03-01T12:01")
    assert shop.inside("cooldown:נעליים") == shop.of(DANA)
    assert shop.inside("cooldown:תיקים") == shop.of(RINA)


def test_two_purchases_hold_her_and_only_the_last_lets_her_go(shop: Shop) -> None:
    shop.consents(DANA)
    shop.buys(DANA, "2026-03-01T12:00", "נעליים")
    shop.buys(DANA, "2026-03-20T12:00", "תיקים")
    shop.lives_until("2026-04-01T12:00")
    assert "cooldown" in shop.stands_in(DANA), "R is 3 since the 20th"
    shop.lives_until("2026-04-19T12:00:30")
    assert shop.inside("cooldown") == set()


def test_who_refuses_on_the_page_is_taken_out_with_the_next_cycle(shop: Shop) -> None:
    shop.consents(DANA)
    shop.buys(DANA, "2026-03-01T12:00", "נעליים")
    shop.lives_until("2026-03-02T12:00")
    assert shop.inside("cooldown") == shop.of(DANA)
    now = at("2026-03-02T12:00")
    withdraw(shop.app.connection(), shop.plan, shop.id(DANA), [Channel.SMS], now, source="link", evidence="page")
    shop.lives_until("2026-03-02T12:00:20")
    assert shop.inside("cooldown") == set()
    assert "cooldown" in shop.stands_in(DANA), "our rules still want it"


def test_pb4_06_her_record_lists_socks_and_never_the_shoes_she_has(shop: Shop) -> None:
    for sku, category, stock in (
        ("sku-נעליים", "נעליים", True), ("S1", "גרביים", True), ("S2", "גרביים", False), ("X", "תיקים", True),
        ("S3", "גרביים", True),
    ):  # fmt: skip
        excludes = ["S3"] if sku == "sku-נעליים" else []
        shop.app.connection().execute(
            "INSERT INTO product (brand_id, sku, name, category, in_stock, traits) VALUES (%s, %s, %s, %s, %s, %s)",
            (shop.brand, sku, sku, category, stock, Jsonb({"excludes": excludes})),
        )
    told = {"scope": "category", "complements": {"נעליים": ("גרביים", "נעליים")}, "skus": ("sku-נעליים",)}
    definition = wished(shop.plan, "cross_sell", "Cross-sell", "Cross-sell", told)
    define(shop.app.connection(), shop.plan, definition, at("2026-02-01"), "t")
    shop.consents(DANA)
    shop.buys(DANA, "2026-03-01T12:00", "נעליים")
    document = customers.read(shop.app.connection(), shop.brand, shop.id(DANA))
    assert document is not None
    key = AudienceKey("cross_sell:נעליים")
    assert shows(shop.app.connection(), shop.plan, key, document) == ["S1"], (
        "in stock, not owned, not excluded (COM-14)"
    )
    shop.lives_until("2026-03-31T12:00:20")
    names = {one.key: one.name for one in overview(shop.app.connection(), shop.plan)}
    assert names[key] == "Cross-sell: נעליים→גרביים, נעליים"


def test_a_segment_is_mirrored_with_those_who_are_in_it_and_who_come_and_go(shop: Shop) -> None:
    for phone in (DANA, RINA):
        shop.consents(phone)
    shop.buys(DANA, "2026-03-01T12:00", "נעליים", 5000)
    definition = wished(shop.plan, "best", "מצטיינות", "best", {"segment": "stars"})
    mirror = define(shop.app.connection(), shop.plan, definition, at("2026-03-02"), "t")
    shop.lives_until("2026-03-02T00:00:20")
    assert shop.inside("best") == shop.of(DANA), "who was in it already"
    shop.buys(RINA, "2026-03-03T12:00", "תיקים", 5000)
    shop.lives_until("2026-03-03T12:00:20")
    assert shop.inside("best") == shop.of(DANA) | shop.of(RINA)
    assert isinstance(mirror, AudienceDefinition)
    retire(shop.app.connection(), shop.plan, "best", at("2026-03-04"), "t")
    shop.lives_until("2026-03-04T00:01")
    assert shop.inside("best") == set()


def test_pb2_12_a_purchase_takes_her_out_of_the_win_back_ads(shop: Shop) -> None:
    winback = Playbook(
        key=PlaybookKey("BACK"), version=1, name=_W, goal=_W, measure=_W, segment=All(()), holdout=0,
        trigger=JoinedSegment("lapsed"), entry=Entry(episode="lapse"), exits=Exits(purchase=True), needs_fresh=(),
        steps=(Audience("in", "win_back", "include"), Wait("while", days(90))),
    )  # fmt: skip
    shop.define("segment", "lapsed", Segment(SegmentKey("lapsed"), 1, _W, ScoreIs("r", (1,))))
    shop.define("playbook", "BACK", winback)
    shop.consents(DANA)
    shop.buys(DANA, "2025-11-01T12:00", "נעליים")
    shop.lives_until("2026-03-01T12:00")
    assert shop.inside("win_back") == shop.of(DANA)
    shop.buys(DANA, "2026-03-03T17:59:50", "תיקים")
    waiting = audiences.counts_queued(shop.app.connection(), shop.brand)
    assert {platform for platform, audience in waiting if audience == "win_back"} == {"meta", "google"}
    assert "win_back" not in shop.stands_in(DANA)
    shop.lives_until("2026-03-03T18:00:10")
    assert shop.inside("win_back") == set()


def test_the_night_finds_no_drift_by_itself(shop: Shop) -> None:
    shop.consents(DANA)
    shop.buys(DANA, "2026-03-01T12:00", "נעליים")
    shop.lives_until("2026-03-02T04:00")
    definitions.set_clock(shop.app.connection(), shop.brand, Instant(at("2026-03-02T04:02")))
    shop.worker.until_quiet()
    found = audience_told.last_found(shop.app.connection(), shop.brand)
    assert {key: (one.missing, one.extra) for key, one in found.items()} == {
        (platform.value, audience): (0, 0) for platform in Platform for audience in ("cooldown", "cooldown:נעליים")
    }


def test_the_smart_saver_of_the_library_does_so_out_of_the_box(shop: Shop) -> None:
    definitions.set_status(shop.app.connection(), shop.brand, "playbook", "SAVER", 1, "paused")
    shop.define("playbook", "PB4", held_out_of(load("PB4"), 0))
    shop.consents(DANA)
    shop.buys(DANA, "2026-03-01T12:00", "נעליים")
    shop.lives_until("2026-03-01T12:00:20")
    assert shop.inside("cool-down") == shop.of(DANA)
    shop.lives_until("2026-03-31T12:00:20")
    assert (shop.inside("cool-down"), shop.inside("cross-sell:נעליים")) == (set(), shop.of(DANA))
    shop.lives_until("2026-05-01T12:00")
    assert shop.inside("cross-sell:נעליים") == set()


def test_a_new_address_is_told_with_the_next_cycle(shop: Shop) -> None:
    shop.consents(DANA)
    shop.buys(DANA, "2026-03-01T12:00", "נעליים")
    shop.lives_until("2026-03-02T12:00")
    assert {one.kind for one in shop.inside("cooldown")} == {"phone"}
    shop.tell(DANA, "2026-03-02T12:00", SignedUp(), email="dana@dana.co.il")
    shop.lives_until("2026-03-02T12:00:20")
    assert {one.kind for one in shop.inside("cooldown")} == {"phone", "email"}
    assert shop.inside("cooldown") == shop.of(DANA)


def test_two_who_are_one_are_in_as_one_and_apart_again_each_by_their_own(shop: Shop) -> None:
    shop.consents(DANA)
    shop.tell("", "2026-02-01", ConsentTold(Channel.EMAIL, given=True, source="form", wording="כן"), "dana@dana.co.il")
    shop.buys(DANA, "2026-03-01T12:00", "נעליים")
    shop.tell("", "2026-03-01T12:00", OrderTold("web", 10_000, "ILS", SoldVia.ONLINE, lines=(Line("T", "T", "תיקים"),)),
              "dana@dana.co.il")  # fmt: skip
    shop.lives_until("2026-03-02T12:00")
    everyone = shop.inside("cooldown")
    assert {one.kind for one in everyone} == {"phone", "email"}
    shop.tell(DANA, "2026-03-02T12:00", SignedUp(), email="dana@dana.co.il")
    shop.lives_until("2026-03-02T12:01")
    [merge] = [
        each for each in identifiers.merges(shop.app.connection(), shop.brand, shop.id(DANA))
        if each.record.kind == "merge"
    ]  # fmt: skip
    other = merge.record.other
    assert audiences.of_customer(shop.app.connection(), shop.brand, other) == []
    assert shop.stands_in(DANA) == ["cooldown", "cooldown:נעליים", "cooldown:תיקים"]
    assert shop.inside("cooldown") == everyone
    unmerge(shop.app.connection(), shop.plan, merge.id, at("2026-03-02T12:02"))
    shop.lives_until("2026-03-02T12:03")
    each_in = {
        side: [key for key, _, _ in audiences.of_customer(shop.app.connection(), shop.brand, side)]
        for side in (merge.record.survivor, other)
    }
    assert sorted(map(tuple, each_in.values())) == [("cooldown", "cooldown:נעליים"), ("cooldown", "cooldown:תיקים")]
    assert shop.inside("cooldown") == everyone
    assert {one.kind for one in shop.inside("cooldown:נעליים")} == {"phone"}
