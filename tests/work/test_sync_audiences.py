"""Who is in an ad audience is told to the platforms: in batches, once, by hashes alone, and taken back (PB4-02)."""

import hashlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psycopg
import pytest
from msgspec.structs import replace

from ritorno.ads.base import AdPlatform, Holds, PlatformDown, PlatformRefused, Receipt, Request, Upload
from ritorno.ads.google import Google
from ritorno.ads.meta import Meta
from ritorno.ads.sandbox import SandboxAds
from ritorno.core.ad_identifiers import FRESH, Hashed, Platform
from ritorno.core.audiences import EVERYWHERE, AudienceDefinition, AudienceMove
from ritorno.core.catalogue import Catalogue, Product
from ritorno.core.consent import ConsentRecord, Proof
from ritorno.core.customer import Customer, Known
from ritorno.core.events import Channel, Purpose
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.ids import AudienceKey, CustomerId, EventId
from ritorno.core.instants import DAY, MINUTE, Instant
from ritorno.core.journeys.way import Words
from ritorno.core.plan import Plan
from ritorno.core.wall_clock import SECOND
from ritorno.store import audience_batches, audience_told, audiences, customers, definitions, workers
from ritorno.store.connection import connect
from ritorno.store.transaction import transaction
from ritorno.testing import at
from ritorno.work.plans import Plans
from ritorno.work.reconcile_audiences import compare, look_at_everyone, reconcile_nightly
from ritorno.work.sync_audiences import recover, refresh, sync

NOON = at("2026-03-01T12:00")
TOLD = Instant(NOON + 20 * SECOND)
COOLDOWN = AudienceKey("cooldown")


class Down(SandboxAds):
    """A sandbox that can be unplugged, or told to refuse."""

    is_down = False
    refuses = ""

    def apply(self, upload: Upload) -> Receipt:
        if self.is_down:
            raise PlatformDown("no answer within 10 s")
        if self.refuses:
            raise PlatformRefused(self.refuses)
        return super().apply(upload)


class Ads:
    """What the tests do: people join and leave, time passes, the platforms are looked at."""

    def __init__(self, connection: psycopg.Connection, plan: Plan, home: Path) -> None:
        self.connection = connection
        self.plan = plan
        self.meta = Down(home, Meta("1"))
        self.google = Down(home, Google("2"))
        self.worker = workers.new_worker(connection)

    @property
    def platforms(self) -> dict[Platform, AdPlatform]:
        return {Platform.META: self.meta, Platform.GOOGLE: self.google}

    def people(self, *numbers: int, consents: bool = True, phone: str = "") -> None:
        made = [person(number, consents=consents, phone=phone) for number in numbers]
        with transaction(self.connection):
            customers.add(self.connection, self.plan.brand.id, made)

    def move(self, *numbers: int, joined: bool = True, when: Instant = NOON, audience: AudienceKey = COOLDOWN) -> None:
        moves = [AudienceMove(CustomerId(n), audience, "exclude", joined, when, EVERYWHERE) for n in numbers]
        with transaction(self.connection):
            audiences.queue(self.connection, self.plan.brand.id, moves)

    def sync(self, now: Instant = TOLD) -> int:
        return sync(self.connection, self.plan, self.platforms, now, self.worker)

    def log(self, platform: Platform = Platform.META) -> list[tuple[str, int, str]]:
        """(action, members, state) of the batches, the oldest first."""
        batches = audience_batches.log(self.connection, self.plan.brand.id, 1000)
        return [(one.action, one.members, one.state) for one in reversed(batches) if one.platform is platform]

    def inside(self, audience: AudienceKey = COOLDOWN, platform: Platform = Platform.META) -> set[Hashed]:
        """Whom the platform has."""
        home = audience_told.home(self.connection, self.plan.brand.id, platform, audience)
        holds = self.platforms[platform].holds(home or "")
        assert holds.everyone is not None
        return set(holds.everyone)


def person(number: int, *, consents: bool = True, phone: str = "") -> Customer:
    customer = Customer(CustomerId(number), joined_at=at("2025-01-01"))
    told = [(Kind.EMAIL, f"dana{number}@dana.co.il"), (Kind.PHONE, phone or f"052{number:07}")]
    customer.identifiers = [Known(Instant(1), EventId(n), normalise(kind, raw)) for n, (kind, raw) in enumerate(told)]
    if consents:
        customer.consents = [
            ConsentRecord(Instant(1), EventId(1), Channel.SMS, Purpose.MARKETING, True, Proof.EXPLICIT)
        ]
    return customer


def of(number: int, phone: str = "") -> set[Hashed]:
    """By what Meta knows a person."""
    phone = phone or f"97252{number:07}"
    texts = {"email": f"dana{number}@dana.co.il", "phone": phone}
    return {Hashed(kind, hashlib.sha256(text.encode()).digest()) for kind, text in texts.items()}


@pytest.fixture
def ads(database: str, tmp_path: Path) -> Iterator[Ads]:
    with connect(database, autocommit=True) as opened:
        definitions.save_brand(opened, "default", {"name": "אלמוג"})
        yield Ads(opened, Plans().named(opened, "default"), tmp_path)


def test_pb4_02_250_adds_and_40_removes_are_one_batch_each(ads: Ads) -> None:
    ads.people(*range(1, 291))
    ads.move(*range(251, 291), when=Instant(NOON - DAY))
    ads.sync()
    ads.move(*range(1, 251))
    ads.move(*range(251, 291), joined=False)
    ads.sync(Instant(TOLD - 1))
    assert ads.log() == [("add", 40, "done")], "moves are gathered for 20 seconds"
    ads.sync()
    for platform in Platform:
        assert ads.log(platform) == [("add", 40, "done"), ("add", 250, "done"), ("remove", 40, "done")]
    assert ads.inside() == set().union(*map(of, range(1, 251)))
    last = audience_batches.log(ads.connection, ads.plan.brand.id)[0]
    assert (last.sent_at, last.content) == (TOLD, [])
    assert last.receipt["ids"], "the platform's receipt is kept, whom it was about is not"


def test_pb4_03_who_only_bought_in_the_shop_is_known_by_the_phone(ads: Ads) -> None:
    customer = person(1)
    customer.identifiers = [each for each in customer.identifiers if each.identifier.kind is Kind.PHONE]
    with transaction(ads.connection):
        customers.add(ads.connection, ads.plan.brand.id, [customer])
    ads.move(1)
    ads.sync()
    assert [one.kind for one in ads.inside()] == ["phone"]


def test_in_and_out_again_before_anything_was_told_is_nothing(ads: Ads) -> None:
    ads.people(1)
    ads.move(1)
    ads.move(1, joined=False)
    ads.sync()
    assert ads.log() == []


def test_looking_again_at_who_has_not_changed_tells_nothing(ads: Ads) -> None:
    ads.people(1, 2)
    ads.move(1, 2)
    ads.sync()
    look_at_everyone(ads.connection, ads.plan, Instant(TOLD + DAY))
    assert ads.sync(Instant(TOLD + DAY)) > 0
    assert ads.log() == [("add", 2, "done")]


def test_who_withdraws_consent_is_taken_out(ads: Ads) -> None:
    ads.people(1, 2)
    ads.people(3, consents=False)
    ads.move(1, 2, 3)
    ads.sync()
    assert ads.inside() == of(1) | of(2)
    withdrawn = person(1, consents=False)
    later = Instant(TOLD + MINUTE)
    with transaction(ads.connection):
        customers.save(ads.connection, ads.plan.brand.id, [withdrawn])
        assert audiences.look_again(ads.connection, ads.plan.brand.id, [CustomerId(1)], TOLD) == 2
    ads.sync(later)
    assert ads.inside() == of(2)


def test_a_changed_phone_takes_the_old_one_out(ads: Ads) -> None:
    ads.people(1)
    ads.move(1)
    ads.sync()
    with transaction(ads.connection):
        customers.save(ads.connection, ads.plan.brand.id, [person(1, phone="0549876543")])
        audiences.look_again(ads.connection, ads.plan.brand.id, [CustomerId(1)], TOLD)
    ads.sync(Instant(TOLD + MINUTE))
    assert ads.inside() == of(1, "972549876543")


def test_a_merged_customer_leaves_and_what_the_survivor_is_known_by_stays(ads: Ads) -> None:
    ads.people(1, phone="0521111112")
    ads.people(2, phone="0521111112")
    ads.move(1, 2)
    ads.sync()
    with transaction(ads.connection):
        customers.mark_merged(ads.connection, ads.plan.brand.id, CustomerId(2), CustomerId(1))
        audiences.look_again(ads.connection, ads.plan.brand.id, [CustomerId(1), CustomerId(2)], TOLD)
    ads.sync(Instant(TOLD + MINUTE))
    assert ads.inside() == of(1, "972521111112"), "only the e-mail of the other is gone"


def test_of_a_household_with_one_phone_who_stays_is_not_taken_out_with_who_leaves(ads: Ads) -> None:
    ads.people(1, phone="0521111112")
    ads.people(2, phone="0521111112")
    ads.move(1, 2)
    ads.sync()
    ads.move(1, joined=False, when=TOLD)
    ads.sync(Instant(TOLD + MINUTE))
    assert ads.inside() == of(2, "972521111112")


def test_who_is_forgotten_leaves_the_platforms_and_then_our_records(ads: Ads) -> None:
    ads.people(1)
    ads.move(1)
    ads.sync()
    with transaction(ads.connection):
        audiences.forget(ads.connection, ads.plan.brand.id, CustomerId(1), TOLD)
        ads.connection.execute("DELETE FROM customer WHERE id = 1")
    ads.sync(Instant(TOLD + MINUTE))
    assert ads.inside() == set()
    for table in ("audience_member", "audience_identifier", "audience_due"):
        assert ads.connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    assert ads.connection.execute("SELECT count(*) FROM audience_batch WHERE content IS NOT NULL").fetchone() == (0,)


def test_a_platform_that_is_down_is_asked_again_later_and_later_and_in_order(ads: Ads) -> None:
    ads.people(1, 2)
    ads.meta.is_down = True
    ads.move(1)
    ads.sync()
    assert ads.log() == [("add", 1, "waiting")]
    assert ads.log(Platform.GOOGLE) == [("add", 1, "done")], "the other platform does not wait for it"
    ads.move(1, joined=False, when=TOLD)
    ads.move(2, when=TOLD)
    ads.sync(Instant(TOLD + 30 * SECOND))
    assert ads.log() == [("add", 1, "waiting"), ("add", 1, "waiting"), ("remove", 1, "waiting")]
    assert audiences.next_due(ads.connection, ads.plan.brand.id) == TOLD + MINUTE, "the first holds up the others"
    ads.sync(Instant(TOLD + MINUTE))
    assert audiences.next_due(ads.connection, ads.plan.brand.id) == TOLD + 6 * MINUTE
    ads.meta.is_down = False
    ads.sync(Instant(TOLD + 6 * MINUTE))
    assert ads.log() == [("add", 1, "done"), ("add", 1, "done"), ("remove", 1, "done")]
    assert ads.inside() == of(2)


def test_what_a_platform_refuses_is_kept_with_its_reason_and_tried_again_the_next_night(ads: Ads) -> None:
    ads.people(1)
    ads.meta.refuses = "Audience Upload Blocked"
    ads.move(1)
    ads.sync()
    assert ads.log() == [("add", 1, "failed")]
    errors = {one.platform: one.error for one in audience_batches.log(ads.connection, ads.plan.brand.id)}
    assert errors[Platform.META] == "Audience Upload Blocked"
    ads.meta.refuses = ""
    night = at("2026-03-02T03:00")
    reconcile_nightly(ads.connection, ads.plan, ads.platforms, night)
    ads.sync(night)
    assert ads.inside() == of(1)
    ads.meta.refuses = "no"
    ads.move(1, joined=False, when=night)
    ads.sync(Instant(night + MINUTE))
    ads.meta.refuses = ""
    night = at("2026-03-03T03:00")
    reconcile_nightly(ads.connection, ads.plan, ads.platforms, night)
    ads.sync(night)
    assert ads.inside() == set()


def test_nothing_leaves_while_the_brand_is_stopped(ads: Ads) -> None:
    ads.people(1)
    ads.move(1)
    definitions.stop(ads.connection, ads.plan.brand.id, stopped=True)
    running, ads.plan = ads.plan, replace(ads.plan, stopped=True)
    assert ads.sync() == 0
    assert audiences.next_due(ads.connection, ads.plan.brand.id) is None
    definitions.stop(ads.connection, ads.plan.brand.id, stopped=False)
    ads.plan = running
    ads.sync()
    assert ads.inside() == of(1)


def test_what_a_worker_was_telling_when_it_was_killed_is_told_by_another(ads: Ads, database: str) -> None:
    ads.people(1)
    ads.move(1)
    with connect(database, autocommit=True) as other:
        worker = workers.new_worker(other)
        ads.worker = worker

        class Killed(Down):
            def apply(self, upload: Upload) -> Receipt:
                super().apply(upload)
                raise KeyboardInterrupt

        ads.meta.__class__ = Killed
        with pytest.raises(KeyboardInterrupt):
            ads.sync()
        ads.meta.__class__ = Down
        ads.worker = workers.new_worker(ads.connection)
        ads.sync()
        assert ads.log() == [("add", 1, "sending")], "its worker lives"
        assert recover(ads.connection, ads.plan) == 0
    while not recover(ads.connection, ads.plan):  # its session ends a moment after it
        time.sleep(0.01)
    ads.sync()
    assert ads.log() == [("add", 1, "done")]
    assert ads.inside() == of(1)
    assert len([call for number, call in ads.meta.sent() if number]) == 1, "the platform was told the same twice"


def test_isr_17_who_would_fall_out_after_540_days_is_told_again_before(ads: Ads) -> None:
    ads.people(1)
    ads.move(1)
    ads.sync()
    assert refresh(ads.connection, ads.plan, Instant(TOLD + FRESH - 1)) == 0
    late = Instant(TOLD + FRESH)
    assert refresh(ads.connection, ads.plan, late) == 2, "once for each platform"
    ads.sync(late)
    assert ads.log(Platform.GOOGLE) == [("add", 1, "done"), ("add", 1, "done")]
    assert refresh(ads.connection, ads.plan, late) == 0


def test_orc_22_nothing_leaves_of_a_sensitive_category_and_what_had_left_is_taken_back(ads: Ads) -> None:
    ads.people(1)
    pads = AudienceKey("cooldown:ספיגה")
    ads.move(1, audience=pads)
    ads.sync()
    assert ads.inside(pads) == of(1)
    ads.plan = replace(ads.plan, catalogue=Catalogue({"P1": Product("P1", "pads", "ספיגה", sensitive=True)}))
    look_at_everyone(ads.connection, ads.plan, TOLD)
    ads.sync(Instant(TOLD + 1))
    assert ads.inside(pads) == set()
    ads.people(2)
    ads.move(2, audience=pads, when=TOLD)
    ads.sync(Instant(TOLD + MINUTE))
    assert ads.inside(pads) == set()


def test_an_audience_is_told_to_its_platforms_alone_under_a_name_that_says_nothing(ads: Ads) -> None:
    only_meta = AudienceDefinition(COOLDOWN, Words("לקוחות ספיגה", "pads"), platforms=(Platform.META,))
    ads.plan = replace(ads.plan, audiences=(only_meta,))
    ads.people(1)
    ads.move(1)
    ads.sync()
    assert ads.log(Platform.GOOGLE) == []
    [(_, creation), (_, call)] = ads.meta.sent()
    assert creation.form["name"] == "AUD-1"
    everything = str(ads.meta.sent())
    assert "dana1" not in everything
    assert "0000001" not in everything
    assert of(1).pop().digest.hex() in call.form["payload"]


# --- reconcile -----------------------------------------------------------------------------------


def test_pb4_02_the_nightly_look_finds_no_drift_and_repairs_what_a_platform_lost(ads: Ads) -> None:
    ads.people(1, 2, 3)
    ads.move(1, 2, 3)
    ads.sync()
    night = at("2026-03-02T03:00")
    assert reconcile_nightly(ads.connection, ads.plan, ads.platforms, at("2026-03-01T23:00")) > 0, "never looked before"
    ads.sync(at("2026-03-01T23:00"))
    found = compare(ads.connection, ads.plan, ads.platforms, night, since=night)
    assert [(one.platform, one.told, one.missing, one.extra) for one in found] == [
        (Platform.GOOGLE, 6, 0, 0), (Platform.META, 6, 0, 0),
    ]  # fmt: skip
    assert compare(ads.connection, ads.plan, ads.platforms, night, since=night) == [], "once a night"
    home = audience_told.home(ads.connection, ads.plan.brand.id, Platform.META, COOLDOWN)
    assert home is not None
    lost = min(of(2))
    ads.meta.lose(home, lost)
    stranger = Hashed("email", b"x" * 32)
    ads.meta.apply(Upload(home, "add", [[stranger]], 999))
    later = at("2026-03-03T03:00")
    found = compare(ads.connection, ads.plan, ads.platforms, later, since=later)
    assert [(one.missing, one.extra) for one in found if one.platform is Platform.META] == [(1, 1)]
    ads.sync(later)
    assert ads.inside() == of(1) | of(2) | of(3)


def test_while_something_is_still_to_be_told_nothing_is_compared(ads: Ads) -> None:
    ads.people(1, 2)
    ads.move(1)
    ads.sync()
    ads.meta.is_down = True
    ads.move(2, when=TOLD)
    ads.sync(Instant(TOLD + MINUTE))
    found = compare(ads.connection, ads.plan, ads.platforms, Instant(TOLD + MINUTE), since=Instant(TOLD + MINUTE))
    assert [one.platform for one in found] == [Platform.GOOGLE]


def test_a_platform_that_tells_sizes_only_is_never_repaired(ads: Ads) -> None:
    ads.people(1)
    ads.move(1)
    ads.sync()

    class Sizes:
        platform = Platform.META

        def create(self, name: str) -> str:
            raise AssertionError(name)

        def calls(self, upload: Upload) -> Sequence[Request]:
            raise AssertionError(upload)

        def apply(self, upload: Upload) -> Receipt:
            raise AssertionError(upload)

        def holds(self, audience: str) -> Holds:
            return Holds(1000)

    platforms: dict[Platform, AdPlatform] = {Platform.META: Sizes()}  # type: ignore[dict-item]
    [found] = compare(ads.connection, ads.plan, platforms, TOLD, since=TOLD)
    assert (found.told, found.missing, found.extra) == (1000, None, None)


def test_the_nightly_look_heals_what_was_missed(ads: Ads) -> None:
    ads.people(1)
    ads.move(1)
    ads.sync()
    with transaction(ads.connection):  # as if a change had gone unnoticed
        customers.save(ads.connection, ads.plan.brand.id, [person(1, consents=False)])
    night = at("2026-03-02T03:00")
    assert reconcile_nightly(ads.connection, ads.plan, ads.platforms, night) > 0
    ads.sync(night)
    assert ads.inside() == set()
    assert reconcile_nightly(ads.connection, ads.plan, ads.platforms, Instant(night + MINUTE)) == 2, "compared"
    assert reconcile_nightly(ads.connection, ads.plan, ads.platforms, Instant(night + 2 * MINUTE)) == 0
