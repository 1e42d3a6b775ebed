"""What a playbook brought, against those who were left out (ORC-12, PB2-05)."""

from bisect import bisect_right
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from psycopg.types.json import Jsonb

from ritorno.core.decisions import Declined, StepTaken
from ritorno.core.events import Channel, ConsentTold, MessageTold, SoldVia
from ritorno.core.ids import CustomerId, PlaybookKey
from ritorno.core.instants import DAY, HOUR, Instant, add_span, days, parse_span, zone
from ritorno.core.journeys.journey import Playbook
from ritorno.core.journeys.step import Arm, Split
from ritorno.core.plan import Plan
from ritorno.core.redemption import Basket
from ritorno.playbooks.library import load
from ritorno.settings import Settings
from ritorno.store import decisions
from ritorno.store.connection import connect
from ritorno.store.decisions import Decided
from ritorno.testing import at
from ritorno.work.found import found
from ritorno.work.measure import measure, spans_of
from ritorno.work.plans import Plans
from ritorno.work.redeem import redeem
from ritorno.work.results import ArmResult, Results
from ritorno.work.words_results import say_parts, say_results
from tests.web.shop import Shop, open_shop

PB2: Playbook = load("PB2")
ENTERED = at("2026-03-02T14:00")
LATER = at("2026-04-15T10:00")


class Trial:
    """Enrollments, orders, messages and codes, written as the work writes them."""

    def __init__(self, connection: psycopg.Connection, plan: Plan) -> None:
        self.connection, self.plan, self._numbers = connection, plan, count(1)

    def enters(self, customer: int, arm: str, when: Instant = ENTERED, *, version: int = 1) -> int:
        number = next(self._numbers)
        self._insert(
            "enrollment (brand_id, id, customer_id, playbook, version, key, arm, entered_at)",
            number, customer, "PB2", version, f"k{number}", arm, when,
        )  # fmt: skip
        return number

    def buys(self, customer: int, agorot: int, when: Instant) -> None:
        number = next(self._numbers)
        self._insert(
            "purchase (brand_id, id, customer_id, occurred_at, net, total, sold_via, branch, source, order_id)",
            number, customer, when, agorot, agorot, "pos", "", "pos", str(number),
        )  # fmt: skip

    def gets(
        self, customer: int, enrollment: int, thousandths: int, *, redeemed: bool | None = None, step: str = "rescue",
        state: str = "sent", version: int = 1,
    ) -> None:  # fmt: skip
        """A message an hour after the entry, with a code when `redeemed` is said and it left."""
        held_out = state == "held_out"
        number = next(self._numbers)
        self._insert(
            "message (brand_id, id, customer_id, enrollment, playbook, version, step, arm, wanted_at, due_at, state, "
            "sent_at, cost, channel)",
            number, customer, enrollment, "PB2", version, step, "holdout" if held_out else "treated", ENTERED, ENTERED,
            state, Instant(ENTERED + HOUR), None if held_out else thousandths, "sms",
        )  # fmt: skip
        if redeemed is not None and not held_out:
            used = ENTERED + 2 * HOUR if redeemed else None
            self._insert(
                "code (brand_id, code, message_id, customer_id, playbook, value, min_basket, issued_at, expires_at, "
                "redeemed_at, promise)",
                f"C{number}", number, customer, "PB2", 5_000, 15_000, ENTERED, ENTERED + DAY, used, Jsonb({}),
            )  # fmt: skip

    def _insert(self, into: str, *values: object) -> None:
        marks = ", ".join(["%s"] * (len(values) + 1))
        self.connection.execute(f"INSERT INTO {into} VALUES ({marks})", (self.plan.brand.id, *values))

    def results(self, now: Instant = LATER) -> Results:
        return measure(self.connection, self.plan, PB2, now)


@pytest.fixture
def trial(database: str) -> Iterator[Trial]:
    with connect(database, autocommit=True) as connection:
        found(connection, "default", {"name": "אלמוג"}, at("2024-01-01"))
        yield Trial(connection, Plans().named(connection, "default"))


def test_orc_12_the_profit_of_the_example_from_its_rows(trial: Trial) -> None:
    """Treated 900 (₪45,000), holdout 100 (₪4,000), messages ₪54, 30 codes of ₪50: net ₪2,046."""
    with trial.connection.transaction():
        for customer in range(1000):
            enrollment = trial.enters(customer, "holdout" if customer < 100 else "treated")
            agorot = {False: (4_500, 5_500), True: (3_500, 4_500)}[customer < 100][customer % 2]
            trial.buys(customer, agorot, Instant(ENTERED + DAY))
            if customer >= 100:
                trial.gets(customer, enrollment, 6_000, redeemed=customer < 130 or None)
    told = trial.results()
    assert (told.treated.customers, told.treated.revenue) == (900, 4_500_000)
    assert (told.holdout.customers, told.holdout.revenue) == (100, 400_000)
    assert told.spend is not None
    assert told.profit is not None
    assert (told.spend.treated, told.spend.holdout) == pytest.approx((5_000, 4_000))
    assert told.profit.lift == pytest.approx(900_000)
    assert told.profit.low < told.profit.lift < told.profit.high
    assert (told.profit.messages, told.profit.offers) == (5_400, 150_000)
    assert told.profit.net == pytest.approx(204_600)
    assert told.sample_ratio == pytest.approx(1)
    assert told.spend.is_conclusive
    assert told.days_until_conclusive is None


def test_orc_12_there_is_no_lift_before_its_interval(trial: Trial) -> None:
    for customer, arm in enumerate(["treated", "treated", "holdout"]):
        trial.enters(customer, arm)
    told = trial.results()
    assert (told.entered, told.held_out) == (3, 1)
    assert (told.spend, told.profit) == (None, None)
    assert trial.results(ENTERED).maturing == 3
    assert measure(trial.connection, trial.plan, load("PB2"), LATER) == told


def test_only_orders_within_the_span_count_and_only_when_it_is_over(trial: Trial) -> None:
    """30 days on the wall clock, the clock change of 27 March in it: to 14:00 on 1 April, which belongs to later."""
    for customer, when in enumerate(
        [ENTERED, Instant(ENTERED + 1), Instant(at("2026-04-01T14:00") - 1), at("2026-04-01T14:00")]
    ):
        trial.enters(customer, "treated")
        trial.buys(customer, 100, when)
    assert trial.results(Instant(at("2026-04-01T14:00") - 1)).treated.customers == 0
    assert trial.results(at("2026-04-01T14:00")).treated == trial.results().treated
    assert (trial.results().treated.customers, trial.results().treated.bought) == (4, 2)


def test_what_is_still_running_costs_nothing_yet(trial: Trial) -> None:
    """Its messages have left, its orders are still to come: both are counted together."""
    for customer in range(8):
        when = ENTERED if customer < 6 else Instant(LATER - 3 * DAY)
        enrollment = trial.enters(customer, ("treated", "holdout")[customer % 2], when)
        trial.buys(customer, 1_000, Instant(ENTERED + DAY))
        if customer % 2 == 0:
            trial.gets(customer, enrollment, 12_000, redeemed=True)
    told = trial.results()
    assert (told.maturing, told.treated.customers) == (2, 3)
    assert told.profit is not None
    assert (told.profit.messages, told.profit.offers) == (36, 15_000)
    assert told.cost == 48_000
    assert told.offers_redeemed == 20_000


def test_one_customer_is_one_head_however_often_they_enter(trial: Trial) -> None:
    first = at("2025-06-01")
    for customer, arm in enumerate(["treated", "treated", "holdout", "holdout"]):
        for when in (first, at("2026-01-01")):
            trial.enters(customer, arm, when)
            trial.buys(customer, 700, Instant(when + DAY))
    told = trial.results()
    assert (told.entered, told.treated.customers, told.treated.revenue) == (8, 2, 2_800)
    assert told.share is not None
    assert (told.share.treated, told.share.treated_count) == (1.0, 2)


def test_who_by_a_merge_was_in_both_arms_counts_in_neither(trial: Trial) -> None:
    for customer, arm in [
        (1, "treated"),
        (1, "holdout"),
        (2, "treated"),
        (3, "treated"),
        (4, "holdout"),
        (5, "holdout"),
    ]:
        trial.enters(customer, arm)
    trial.buys(1, 1_000_000, Instant(ENTERED + DAY))
    told = trial.results()
    assert (told.in_both, told.treated.customers, told.holdout.customers) == (1, 2, 2)
    assert told.treated.revenue == 0


def test_the_year_before_narrows_the_interval(trial: Trial) -> None:
    for customer in range(40):
        trial.enters(customer, "treated" if customer % 2 else "holdout")
        trial.buys(customer, 1_000 * (customer // 2 + 1) + 500 * (customer % 2), Instant(ENTERED + DAY))
    without = trial.results().spend
    for customer in range(40):
        trial.buys(customer, 1_000 * (customer // 2 + 1), Instant(ENTERED - 100 * DAY))
        trial.buys(customer, 999_999, Instant(ENTERED - 400 * DAY))
    within = trial.results().spend
    assert without is not None
    assert within is not None
    assert within.estimate == pytest.approx(500, abs=1)
    assert within.high - within.low < (without.high - without.low) / 50


def test_what_one_customer_may_count_is_fixed_before_the_first_entry(trial: Trial) -> None:
    """By the spend of 200 buyers and more in such spans of the year before; one order of a million changes nothing."""
    with trial.connection.transaction():
        for customer in range(250):
            trial.buys(1_000 + customer, 100 * (customer + 1), Instant(ENTERED - 200 * DAY))
        for customer in range(20):
            trial.enters(customer, "treated" if customer % 2 else "holdout")
            trial.buys(customer, 10_000, Instant(ENTERED + DAY))
    before = trial.results()
    assert before.cap == 24_900
    trial.buys(1, 100_000_000, Instant(ENTERED + 2 * DAY))
    after = trial.results()
    assert after.cap == 24_900
    assert after.spend is not None
    assert after.spend.treated == pytest.approx((9 * 10_000 + 24_900) / 10)
    assert after.treated.revenue > 100_000_000, "what was really spent is shown too"


def test_arms_that_chance_could_not_have_made_show(trial: Trial) -> None:
    with trial.connection.transaction():
        for customer in range(200):
            trial.enters(customer, "treated" if customer % 2 else "holdout")
    assert trial.results().sample_ratio < 0.001


def test_what_is_not_conclusive_says_when_it_may_be(trial: Trial) -> None:
    """Ten days of entries: the rest of the days at the same rate."""
    for customer in range(100):
        trial.enters(customer, "holdout" if customer % 10 == 0 else "treated", Instant(ENTERED + customer * DAY // 10))
        trial.buys(customer, (9_000, 500)[customer % 3 == 0] + 400 * (customer % 10 > 0), Instant(ENTERED + 11 * DAY))
    told = trial.results(at("2026-05-01"))
    assert told.spend is not None
    assert not told.spend.is_conclusive
    wider = (told.spend.estimate - told.spend.low) / told.spend.estimate
    assert told.days_until_conclusive == pytest.approx(9.9 * (wider**2 - 1))


def test_orc_10_live_counts_before_any_span_is_over_and_when_it_will_be_known(trial: Trial) -> None:
    """87 treated and 10 held out, two hours later 6 purchases against 0: not conclusive, nor before the spans end."""
    for customer in range(97):
        enrollment = trial.enters(customer, "holdout" if customer < 10 else "treated")
        if customer >= 10:
            trial.gets(customer, enrollment, 12_000)
        if 10 <= customer < 16:
            trial.buys(customer, 20_000, Instant(ENTERED + HOUR))
    fortnight = replace(PB2, bought_within=days(14))
    told = measure(trial.connection, trial.plan, fortnight, Instant(ENTERED + 2 * HOUR))
    assert (told.sent, told.held_out, told.maturing) == (87, 10, 97)
    assert told.so_far == (ArmResult(87, 6, 120_000), ArmResult(10, 0, 0))
    assert (told.treated.customers, told.spend, told.profit) == (0, None, None)
    assert told.days_until_conclusive is not None
    assert round(told.days_until_conclusive) == 21
    assert say_results(told, trial.plan, "en")[-2:] == [
        "lift against the holdout: not yet to be determined",
        "expected to be clear in 21 days at this rate",
    ]


def test_pb3_14_the_share_who_bought_against_the_holdout(trial: Trial) -> None:
    """200 treated, 44 bought again; 50 held out, 7: 8.0 points, and open while the interval holds zero."""
    with trial.connection.transaction():
        for customer in range(250):
            trial.enters(customer, "holdout" if customer < 50 else "treated")
            if customer < 7 or 50 <= customer < 94:
                trial.buys(customer, 10_000, Instant(ENTERED + DAY))
    told = trial.results()
    assert told.share is not None
    assert (told.share.treated, told.share.holdout, told.share.estimate) == pytest.approx((0.22, 0.14, 0.08))
    assert told.share.low < 0 < told.share.high
    assert any("8.0%" in line for line in say_results(told, trial.plan, "en"))


def test_ads_lower_the_profit(trial: Trial) -> None:
    for customer in range(40):
        trial.enters(customer, "holdout" if customer % 4 == 0 else "treated")
        trial.buys(customer, 10_000 + 100 * customer, Instant(ENTERED + DAY))
    plain = trial.results().profit
    told = measure(trial.connection, trial.plan, PB2, LATER, ads=20_000)
    assert plain is not None
    assert told.profit is not None
    assert (told.profit.ads, plain.net - told.profit.net) == pytest.approx((20_000, 20_000))
    assert "less ads ₪200" in "\n".join(say_results(told, trial.plan, "en"))


def test_results_are_told_by_version_and_step(trial: Trial) -> None:
    """Whoever the holdout would have had a message for is beside those who got it."""
    for customer in range(12):
        version = 1 + customer % 2
        arm = "holdout" if customer >= 8 else "treated"
        enrollment = trial.enters(customer, arm, version=version)
        state = "held_out" if arm == "holdout" else "sent"
        trial.gets(customer, enrollment, 6_000, redeemed=customer < 3, step="rescue", state=state, version=version)
        if customer in (0, 1, 8):
            trial.buys(customer, 30_000, Instant(ENTERED + DAY))
    trial.buys(2, 99_999, Instant(ENTERED + 1))  # before its message
    told = trial.results()
    assert [(one.version, one.arm, one.entered, one.customers, one.bought, one.revenue) for one in told.versions] == [
        (1, "holdout", 2, 2, 1, 30_000),
        (1, "treated", 4, 4, 2, 129_999),
        (2, "holdout", 2, 2, 0, 0),
        (2, "treated", 4, 4, 1, 30_000),
    ]
    sent = [one for one in told.steps if one.sent]
    assert [
        (one.version, one.step, one.channel, one.sent, one.codes, one.redeemed, one.offers, one.cost) for one in sent
    ] == [
        (1, "rescue", "sms", 4, 4, 2, 10_000, 24_000),
        (2, "rescue", "sms", 4, 4, 1, 5_000, 24_000),
    ]
    assert [(one.step, one.arm, one.customers, one.bought, one.revenue, one.margin) for one in told.after] == [
        ("rescue", "holdout", 4, 1, 30_000, 12_000),
        ("rescue", "treated", 8, 2, 60_000, 24_000),
    ]
    assert told.costs == {"sms": 48_000}


def test_an_order_within_two_spans_of_a_customer_counts_once(trial: Trial) -> None:
    for customer, arm in enumerate(["treated", "treated", "holdout", "holdout"]):
        for hours in (0, 24, 48):
            trial.enters(customer, arm, Instant(ENTERED + hours * HOUR))
        trial.buys(customer, 1_000, Instant(ENTERED + 3 * DAY))
    assert (trial.results().treated.revenue, trial.results().holdout.revenue) == (2_000, 2_000)


def test_who_was_declined_is_counted_by_reason(trial: Trial) -> None:
    declined = [Declined(at=ENTERED, playbook=PB2.key, why=why) for why in ("again_after: 180 days", "unreachable")]
    declined += [Declined(at=ENTERED, playbook=PlaybookKey("PB1"), why="unreachable"), declined[0]]
    decisions.add(trial.connection, trial.plan.brand.id, [Decided(CustomerId(1), one) for one in declined])
    assert trial.results().declined == {"again_after": 2, "unreachable": 1}
    assert trial.results(Instant(ENTERED - 1)).declined == {}


def test_the_arms_of_a_split_are_compared_with_the_first(trial: Trial) -> None:
    """Only of the treated; what was bought before the split counts for neither way."""
    taken = []
    for customer in range(60):
        enrollment = trial.enters(customer, "holdout" if customer >= 50 else "treated")
        way = "ab"[customer % 2]
        at_split = Instant(ENTERED + 2 * DAY)
        told = StepTaken(at=at_split, enrollment=enrollment, playbook=PB2.key, step="text", arm=way)
        taken.append(Decided(CustomerId(customer), told))
        taken.append(
            Decided(CustomerId(customer), StepTaken(at=at_split, enrollment=enrollment, playbook=PB2.key, step="x"))
        )
        trial.buys(customer, 50_000, Instant(ENTERED + DAY))
        if way == "b" or customer % 10 == 0:
            trial.buys(customer, 10_000 + 10 * customer, Instant(ENTERED + 3 * DAY))
    decisions.add(trial.connection, trial.plan.brand.id, taken)
    assert trial.results().splits == (), "the ways of a branch are chosen by customers, and do not compare"
    split = replace(PB2, steps=(*PB2.steps, Split("text", (Arm("a"), Arm("b")))))
    told_by_arm = measure(trial.connection, trial.plan, split, LATER)
    a, b = told_by_arm.splits
    assert (a.step, a.arm, a.customers, a.bought, a.spend) == ("text", "a", 25, 5, None)
    assert (b.step, b.arm, b.customers, b.bought, b.against) == ("text", "b", 25, 25, "a")
    assert b.revenue == 25 * 10_000 + 10 * sum(range(1, 50, 2))
    assert b.spend is not None
    assert b.spend.is_conclusive
    assert b.spend.estimate == pytest.approx((b.revenue - a.revenue) / 25)
    assert "text/b against a" in "\n".join(say_parts(told_by_arm, trial.plan, "en"))


@given(
    st.sampled_from(["90 days", "1 months", "2 weeks", "36 hours"]),
    st.lists(st.integers(at("2024-01-01"), at("2026-12-31")), min_size=1, max_size=20),
)
def test_the_database_ends_every_span_where_the_rules_do(span: str, moments: list[int]) -> None:
    """The sums of measures.py are add_span, exactly: across changes of the clock and months of unequal length."""
    spans = spans_of(parse_span(span), (Instant(min(moments)), Instant(max(moments))), zone("Asia/Jerusalem"))
    for moment in moments:
        piece = bisect_right(spans.starts, moment) - 1
        over = moment * spans.kept[piece] + spans.by[piece]
        assert over == add_span(Instant(moment), parse_span(span), zone("Asia/Jerusalem"))


@pytest.fixture
def shop(database: str, tmp_path: Path) -> Iterator[Shop]:
    with open_shop(Settings(tmp_path, database)) as open_one:
        yield open_one


def results(shop: Shop) -> Results:
    return measure(shop.app.connection(), shop.plan, PB2, shop.app.now(shop.brand))


def test_pb2_05_delivered_clicked_redeemed_and_bought_are_counted_and_no_opens(shop: Shop) -> None:
    shop.rescue()
    told = results(shop)
    assert (told.sent, told.delivered, told.clicked, told.codes, told.redeemed) == (1, None, 0, 1, 0)
    assert (told.liability, told.offers_redeemed) == (5_000, 0)
    assert not [name for name in Results.__struct_fields__ if "open" in name]

    message = shop.message().message.id
    for name, machine in (("delivered", False), ("clicked", True), ("opened", False)):
        shop.tell(MessageTold(name, message, Channel.SMS, machine=machine), "2026-03-03T14:06")
    assert (results(shop).delivered, results(shop).clicked) == (1, 0), "a machine's click is nobody's"
    shop.tell(MessageTold("clicked", message, Channel.SMS), "2026-03-03T14:07")
    now = at("2026-03-03T15:00")
    redeem(shop.app.connection(), shop.plan, shop.code(), Basket(SoldVia.POS, 20_000), "pos\x1f9", now, now)
    shop.buy("2026-03-03T15:00", 200)
    told = results(shop)
    assert (told.clicked, told.redeemed, told.offers_redeemed, told.liability) == (1, 1, 5_000, 0)
    shop.live_until("2026-04-05")
    told = results(shop)
    assert (told.maturing, told.treated.bought, told.treated.revenue) == (0, 1, 20_000)
    assert told.states == {"sent": 1}


def test_pb2_12_reasons_are_counted(shop: Shop) -> None:
    """At risk on Friday afternoon: held over Shabbat, dropped when she buys."""
    shop.tell(ConsentTold(Channel.SMS, given=True, source="form", wording="כן"), "2025-06-01")
    for day in ("2025-09-20T12:00", "2025-11-01T12:00", "2025-12-06T16:00"):
        shop.buy(day, 800)
    shop.live_until("2026-03-06T17:00")
    shop.buy("2026-03-07T21:00", 100)
    told = results(shop)
    assert told.playbook == PlaybookKey("PB2")
    assert (told.states, told.reasons) == ({"dropped": 1}, {"bought": 1, "send_window": 1})
