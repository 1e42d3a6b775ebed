"""The ready playbooks as shipped, lived by people of the fixture shop: each path that matters, to the minute."""

import pytest
from msgspec.structs import replace

from ritorno.core.catalogue import Catalogue, Product
from ritorno.core.decisions import AudienceJoined, AudienceLeft, Ended, StepTaken, TaskWanted
from ritorno.core.events import Channel, Custom, Line, MessageTold, SignedUp, SoldVia
from ritorno.core.ids import MessageId
from ritorno.core.instants import days
from ritorno.core.journeys.journey import Entry, Exits, Playbook
from ritorno.core.journeys.step import Send
from ritorno.core.journeys.trigger import Happened
from ritorno.core.plan import Policy
from ritorno.core.scores.cuts import Scheme
from ritorno.playbooks.library import load
from ritorno.testing import Person, held_out_of, local, shop
from tests.core.plans import email, journey

POS = SoldVia.POS
CATALOGUE = Catalogue(
    {
        "PADS": Product("PADS", "Pads", "pads", consumable=True, days_per_unit=30, sensitive=True, label="המארז"),
        "VIT": Product("VIT", "Vitamins", "vitamins", consumable=True, days_per_unit=60),
        "WALKER": Product("WALKER", "Walker", "walkers", technical=True, video_url="https://shop.example/walker"),
        "SHOES": Product("SHOES", "Shoes", "shoes"),
    }
)
PADS, VIT = Line("PADS", category="pads", quantity=2), Line("VIT", category="vitamins")
WALKER, SHOES = Line("WALKER", category="walkers"), Line("SHOES", category="shoes")


def living(*keys: str, policy: Policy | None = None, **more: object) -> Person:
    playbooks: list[Playbook] = [held_out_of(load(key), 0) for key in keys]
    return Person(replace(shop(*playbooks, policy=policy), catalogue=CATALOGUE), **more)  # type: ignore[arg-type]


def sent(person: Person) -> list[tuple[str, str, str, str]]:
    """(playbook, step, channel, when) of what left, in order."""
    left = [(each.sent_at, each) for each in person.messages if each.sent_at is not None]
    return [
        (each.message.playbook, each.message.step, each.way.channel.value if each.way else "", local(at)[:16])
        for at, each in sorted(left, key=lambda one: one[0])
    ]


def why(person: Person) -> list[tuple[str, str]]:
    """(step, reasons) of every message."""
    return [(each.message.step, "; ".join(str(reason) for _, reason in each.reasons)) for each in person.messages]


def ended(person: Person) -> list[tuple[str, str]]:
    return [(each.playbook, each.why) for each in person.life.decisions if isinstance(each, Ended)]


# --- PB1 -----------------------------------------------------------------------------------------


def a_star(*keys: str, consents: tuple[str, ...] = ("whatsapp", "email")) -> Person:
    star = living(*keys)
    for channel in consents:
        star.consents(channel)
    for when in ("2025-12-01T12:00", "2026-01-10T12:00"):
        star.buys(when, 900, sold_via=POS, branch="Ayalon")
    return star


@pytest.mark.parametrize(
    ("shekels", "via", "enters"), [(2000, POS, True), (790, POS, False), (2000, SoldVia.ONLINE, False)]
)
def test_pb1_01_a_high_sale_at_the_till_of_who_then_scores_333(shekels: float, via: SoldVia, enters: bool) -> None:
    dana = a_star("PB1").buys("2026-03-03T12:00", shekels, sold_via=via, branch="Ayalon")
    assert bool(sent(dana)) is enters


def test_pb1_02_at_once_by_whatsapp_and_over_shabbat_on_sunday_morning() -> None:
    tuesday = a_star("PB1").buys("2026-03-03T12:00", 2000, sold_via=POS, branch="Ayalon")
    assert sent(tuesday) == [("PB1", "visit", "whatsapp", "2026-03-03T12:00")]
    friday = a_star("PB1").buys("2026-03-06T16:00", 2000, sold_via=POS, branch="Ayalon").lives_until("2026-03-20")
    assert sent(friday) == [("PB1", "visit", "whatsapp", "2026-03-08T08:00")]
    assert why(friday) == [("visit", "send_window: friday")]


def test_pb1_08_no_whatsapp_an_e_mail_no_consent_nothing() -> None:
    by_mail = a_star("PB1", consents=("email",)).buys("2026-03-03T12:00", 2000, sold_via=POS)
    assert sent(by_mail) == [("PB1", "visit", "email", "2026-03-03T12:00")]
    nobody = a_star("PB1", consents=()).buys("2026-03-03T12:00", 2000, sold_via=POS)
    assert why(nobody) == [("visit", "no_consent: whatsapp, email")]


def test_pb1_a_refund_of_that_very_order_ends_it_and_what_has_not_left_is_dropped() -> None:
    dana = a_star("PB1").buys("2026-03-06T16:00", 2000, sold_via=POS, order="big")
    dana.is_refunded("big", "2026-03-07T20:00").lives_until("2026-03-20")
    assert sent(dana) == []
    assert ended(dana) == [("PB1", "refunded")]


def test_pb1_03_a_reply_holds_marketing_for_24_hours() -> None:
    dana = a_star("PB1", "cart").buys("2026-03-03T12:00", 2000, sold_via=POS)
    dana.does(MessageTold("replied", MessageId(1), Channel.WHATSAPP, text="יש במידה 38?"), "2026-03-03T12:10")
    dana.does(Custom("product_added", {"cart_id": "c", "sku": "SHOES"}), "2026-03-03T13:00").lives_until("2026-03-20")
    assert sent(dana)[1] == ("cart", "help", "email", "2026-03-04T12:10")
    assert why(dana)[1][1].startswith("conversation")


def test_orc_15_of_two_at_one_instant_the_more_urgent_goes_and_the_other_waits_24_hours() -> None:
    """The VIP and a thank-you are wanted by the same receipt: PB1 is sent, the other held for 24 hours with its reason,
    though no cap stands against it."""
    thanks = journey("thanks", Happened("order"), Send("thank", (email(),)), exits=Exits(purchase=False),
                     entry=Entry("event"))  # fmt: skip
    dana = Person(shop(thanks, held_out_of(load("PB1"), 0), policy=Policy(a_day=0, a_week=0, a_week_stars=0)))
    for when in ("2025-12-01T12:00", "2026-01-10T12:00"):
        dana.buys(when, 900, sold_via=POS)
    for channel in ("whatsapp", "email"):
        dana.consents(channel, "2026-03-01")
    dana.buys("2026-03-03T12:00", 2000, sold_via=POS, branch="Ayalon").lives_until("2026-03-20")
    assert sent(dana) == [
        ("PB1", "visit", "whatsapp", "2026-03-03T12:00"), ("thanks", "thank", "email", "2026-03-04T12:00"),
    ]  # fmt: skip
    assert ("thank", "priority: PB1") in why(dana)


def test_pb2_02_what_yields_is_held_until_the_shield_is_over_and_no_longer() -> None:
    """A cart waits for the rescue; a purchase ends both, silence lets the cart's message go the moment it is over."""
    dani = living("PB2", "missed-you", "cart").consents("sms").consents("email")
    for when in ("2025-09-01T12:00", "2025-10-01T12:00", "2025-12-01T12:00"):
        dani.buys(when, 500)
    dani.does(Custom("product_added", {"cart_id": "1"}), "2026-03-01T13:00").lives_until("2026-03-20")
    assert [(playbook, when) for playbook, _, _, when in sent(dani)][:2] == [
        ("PB2", "2026-03-01T12:00"), ("cart", "2026-03-04T12:00"),
    ]  # fmt: skip
    assert ("saved", "in_playbook: PB2") in why(dani)


def test_pb1_11_a_task_for_the_branch_where_it_is_switched_on() -> None:
    person = Person(shop(held_out_of(load("PB1", frozenset({"call"})), 0)))
    for when in ("2025-12-01T12:00", "2026-01-10T12:00"):
        person.buys(when, 900, sold_via=POS)
    person.buys("2026-03-03T12:00", 2000, sold_via=POS, branch="Ayalon")
    (task,) = (each for each in person.life.decisions if isinstance(each, TaskWanted))
    assert (task.role, local(task.due_at)) == ("branch", "2026-03-05T12:00:00")


# --- PB3 and the browse that follows ---------------------------------------------------------------


def test_pb3_04_05_the_honeymoon_and_the_week() -> None:
    yossi = living("PB3").consents("sms").consents("email").buys("2026-03-02T10:00", 600, lines=(SHOES,))
    assert sent(yossi.lives_until("2026-05-01")) == [
        ("PB3", "welcome", "sms", "2026-03-03T10:00"), ("PB3", "gallery", "email", "2026-03-09T10:00"),
    ]  # fmt: skip
    assert ended(yossi) == [("PB3", "over: 30 days")]


def test_eng_14_what_cannot_be_said_to_her_is_not_sent() -> None:
    """Her first order told of no product: the letter that names it is dropped with the field, as it would be live."""
    yossi = living("PB3").consents("sms").consents("email").buys("2026-03-02T10:00", 600).lives_until("2026-05-01")
    assert why(yossi) == [("welcome", ""), ("gallery", "no_data: product.safe_name")]


@pytest.mark.parametrize(("shekels", "enters"), [(520, True), (519.99, False)])
def test_pb3_01_the_first_order_anywhere_from_30_per_cent_above(shekels: float, enters: bool) -> None:
    assert bool(living("PB3").buys("2026-03-02T10:00", shekels).customer.enrollments) is enters


def test_pb3_01_who_bought_before_at_a_till_is_no_newcomer() -> None:
    known = living("PB3").buys("2025-03-02T10:00", 100, sold_via=POS).buys("2026-03-02T10:00", 900)
    assert known.customer.enrollments == []


def test_pb3_05_a_second_order_on_day_five_meets_the_goal() -> None:
    yossi = living("PB3").consents("sms").consents("email").buys("2026-03-02T10:00", 600)
    yossi.buys("2026-03-07T20:00", 100, sold_via=POS).lives_until("2026-05-01")
    assert [step for _, step, _, _ in sent(yossi)] == ["welcome"]
    assert ended(yossi)[0][1].startswith("bought")


def browsing(dwell: int = 35) -> Person:
    dana = living("PB3", "browse").consents("sms").consents("email").buys("2026-03-02T10:00", 600, lines=(SHOES,))
    dana.lives_until("2026-03-10T12:00")
    clicked = MessageTold("clicked", MessageId(9), Channel.EMAIL, link="page", playbook="PB3", step="gallery")
    dana.does(clicked, "2026-03-11T10:58")
    return dana.does(Custom("product_viewed", {"category": "כוסות", "dwell_seconds": dwell}), "2026-03-11T11:00")


def test_pb3_11_12_who_stayed_on_a_product_hears_of_it_two_days_later() -> None:
    dana = browsing().lives_until("2026-05-01")
    assert sent(dana)[-1] == ("browse", "offer", "email", "2026-03-13T11:00")
    (passage,) = (each for each in dana.customer.enrollments if each.playbook == "browse")
    assert passage.about.thing == "כוסות"


def test_pb3_11_five_seconds_are_no_interest_and_a_purchase_meanwhile_drops_it() -> None:
    assert "browse" not in [each.playbook for each in browsing(dwell=5).customer.enrollments]
    bought = browsing().buys("2026-03-12T09:00", 90).lives_until("2026-05-01")
    assert "browse" not in [playbook for playbook, *_ in sent(bought)]


def test_pb3_13_not_a_fourth_message() -> None:
    dana = browsing()
    for day in (15, 20, 25):
        dana.does(Custom("product_viewed", {"category": "x", "dwell_seconds": 60}), f"2026-03-{day}T11:00")
    assert len(sent(dana.lives_until("2026-05-01"))) == 3


# --- PB4 -----------------------------------------------------------------------------------------


def test_pb4_01_04_05_out_of_the_ads_until_r_falls_then_into_the_cross_sell_once() -> None:
    dana = living("PB4").buys("2026-03-01T12:00", 300, lines=(SHOES,), sold_via=POS).lives_until("2026-05-05")
    moves = [
        (type(each).__name__, each.audience, local(each.at))
        for each in dana.life.decisions
        if isinstance(each, AudienceJoined | AudienceLeft)
    ]
    assert moves == [
        ("AudienceJoined", "cool-down", "2026-03-01T12:00:00"),
        ("AudienceLeft", "cool-down", "2026-03-31T12:00:00"),
        ("AudienceJoined", "cross-sell:shoes", "2026-03-31T12:00:00"),
        ("AudienceLeft", "cross-sell:shoes", "2026-04-30T12:00:00"),
    ]


def test_pb4_a_new_purchase_keeps_her_out_for_longer_and_sensitive_things_tell_nobody() -> None:
    dana = living("PB4").buys("2026-03-01T12:00", 300, lines=(SHOES,)).buys("2026-03-20T12:00", 90, lines=(SHOES,))
    dana.lives_until("2026-04-18")
    left = [local(each.at) for each in dana.life.decisions if isinstance(each, AudienceLeft)]
    assert left == []
    dana.lives_until("2026-04-20")
    left = [local(each.at) for each in dana.life.decisions if isinstance(each, AudienceLeft)]
    assert left == ["2026-04-19T12:00:00"]
    quiet = living("PB4").buys("2026-03-01T12:00", 300, lines=(PADS,))
    assert quiet.customer.audiences == {}


def test_pb4_held_out_customers_stay_in_the_ads() -> None:
    out = Person(replace(shop(held_out_of(load("PB4"), 0.999999)), catalogue=CATALOGUE))
    assert out.buys("2026-03-01T12:00", 300, lines=(SHOES,)).customer.audiences == {}


# --- the purchase automation -----------------------------------------------------------------------


def test_com_02_the_reminder_comes_before_it_runs_out_and_more_stock_moves_it() -> None:
    """2 packs × 30 days of 1 March: due Saturday 25 April, held to Sunday. One more pack: due Monday 25 May."""
    ruth = living("replenish").consents("sms").buys("2026-03-01T12:00", 90, lines=(PADS,)).lives_until("2026-04-30")
    assert sent(ruth) == [("replenish", "reminder", "sms", "2026-04-26T08:00")]
    more = living("replenish").consents("sms").buys("2026-03-01T12:00", 90, lines=(PADS,))
    more.buys("2026-04-10T12:00", 45, lines=(Line("PADS", category="pads"),)).lives_until("2026-06-30")
    assert sent(more) == [("replenish", "reminder", "sms", "2026-05-25T12:00")]
    assert [reason.partition(":")[0] for _, reason in ended(more)] == ["bought", "completed"]


def test_dat_12_a_walker_is_never_reminded_of() -> None:
    both = (
        living("replenish")
        .consents("sms")
        .buys("2026-03-01T12:00", 900, lines=(PADS, WALKER))
        .lives_until("2026-07-01")
    )
    assert [each.about.sku for each in both.customer.enrollments] == ["PADS"]
    assert len(sent(both)) == 1


def test_com_05_did_a_purchase_follow_and_after_how_long() -> None:
    yes = living("loyalty").buys("2026-02-01T12:00", 90).buys("2026-03-01T12:00", 90)
    assert yes.customer.traits["repurchase_gap"].value == 28
    assert yes.customer.traits["loyalty_level"].value == "strong"
    no = living("loyalty").buys("2026-03-01T12:00", 90).lives_until("2026-04-30T12:00")
    (step,) = (each for each in no.life.decisions if isinstance(each, StepTaken) and each.step == "repurchase")
    assert (step.arm, local(step.at)) == ("otherwise", "2026-04-30T12:00:00")
    assert no.customer.traits["loyalty_level"].value == "none"


def test_com_10_11_the_video_comes_a_day_later_and_once_more_if_nobody_looked() -> None:
    lines = (WALKER, PADS)
    unseen = living("how-to").buys("2026-03-01T10:00", 900, lines=lines).lives_until("2026-03-20")
    assert sent(unseen) == [
        ("how-to", "video", "sms", "2026-03-02T10:00"), ("how-to", "once-more", "sms", "2026-03-05T10:00"),
    ]  # fmt: skip
    seen = living("how-to").buys("2026-03-01T10:00", 900, lines=lines).lives_until("2026-03-02T10:01")
    clicked = MessageTold("clicked", MessageId(3), Channel.SMS, link="link", playbook="how-to", step="video")
    seen.does(clicked, "2026-03-02T12:00").lives_until("2026-03-20")
    assert len(sent(seen)) == 1
    assert ended(seen) == [("how-to", "watched")]
    assert sent(living("how-to").buys("2026-03-01T10:00", 90, lines=(PADS,)).lives_until("2026-03-20")) == []


def test_com_15_16_counters_by_category_and_back_on_return() -> None:
    ruth = living("counters").buys("2026-03-01T12:00", 90, order="1", lines=(VIT, VIT, PADS))
    ruth.buys("2026-03-05T12:00", 90, order="2", lines=(VIT,))
    told = {name: each.value for name, each in ruth.customer.traits.items()}
    assert told == {"bought_vitamins": 2, "bought_pads": 1}
    ruth.is_refunded("2", "2026-03-06T12:00")
    assert ruth.customer.traits["bought_vitamins"].value == 1


# --- engagement ------------------------------------------------------------------------------------


def test_com_25_dat_04_the_welcome_series_stops_at_the_first_purchase_anywhere() -> None:
    new = (
        living("welcome")
        .consents("email", "2026-03-01T10:00")
        .does(SignedUp(), "2026-03-01T10:00")
        .lives_until("2026-04-10")
    )
    assert [(step, when) for _, step, _, when in sent(new)] == [
        ("hello", "2026-03-01T10:00"), ("special", "2026-03-03T10:00"), ("gift", "2026-03-06T10:00"),
    ]  # fmt: skip
    bought = living("welcome").consents("email", "2026-03-01T10:00").does(SignedUp(), "2026-03-01T10:00")
    bought.buys("2026-03-02T16:30", 2000, sold_via=POS).lives_until("2026-04-10")
    assert [step for _, step, _, _ in sent(bought)] == ["hello"]


def test_com_29_orc_05_an_hour_without_a_change_and_the_best_are_offered_help() -> None:
    avi = living("cart").consents("email")
    for minute in ("10:00", "10:40", "11:20"):
        avi.does(Custom("product_added", {"cart_id": "7"}), f"2026-03-02T{minute}")
    avi.lives_until("2026-03-20")
    assert [(step, when) for _, step, _, when in sent(avi)] == [
        ("saved", "2026-03-02T12:20"), ("once-more", "2026-03-03T12:20"),
    ]  # fmt: skip
    bought = living("cart").consents("email").does(Custom("product_added", {"cart_id": "7"}), "2026-03-02T10:00")
    assert sent(bought.buys("2026-03-02T10:45", 250, sold_via=POS).lives_until("2026-03-20")) == []
    star = a_star("cart").buys("2026-02-20T12:00", 900, sold_via=POS)
    star.does(Custom("product_added", {"cart_id": "8"}), "2026-03-02T10:00").lives_until("2026-03-20")
    assert [step for _, step, _, _ in sent(star)] == ["help"]


def test_com_22_half_a_year_and_not_within_30_days_of_the_shield() -> None:
    alone = living("missed-you").consents("sms").buys("2026-01-01T12:00", 90).lives_until("2026-08-01")
    assert sent(alone) == [("missed-you", "missed", "sms", "2026-06-30T12:00")]
    plan = shop(*(held_out_of(load(key), 0) for key in ("PB2", "missed-you")))
    shielded = Person(replace(plan, scheme=Scheme(recency=(days(30), days(160))))).consents("sms")
    for when in ("2025-10-01T12:00", "2025-11-01T12:00", "2026-01-01T12:00"):
        shielded.buys(when, 500)
    shielded.lives_until("2026-08-01")
    assert [(playbook, when) for playbook, _, _, when in sent(shielded)] == [
        ("PB2", "2026-06-10T12:00"), ("missed-you", "2026-07-10T12:00"),
    ]  # fmt: skip
    assert why(shielded)[1] == ("missed", "apart: PB2, 30 days")


def test_com_27_three_letters_no_answer_sunset_and_a_purchase_ends_it() -> None:
    gone = living("reactivate", "sunset-end").consents("email").buys("2026-01-01T12:00", 90).lives_until("2026-12-01")
    assert [step for _, step, _, _ in sent(gone)] == ["first", "second", "last"]
    assert gone.customer.traits["tags"].value == ["sunset"]
    gone.buys("2026-12-05T12:00", 90)
    assert gone.customer.traits["tags"].value == []


def test_com_27_no_marketing_reaches_who_was_let_go() -> None:
    gone = living("missed-you").consents("sms").is_told(tags=["sunset"]).buys("2026-01-01T12:00", 90)
    assert why(gone.lives_until("2026-08-01")) == [("missed", "quiet: sunset")]


def test_com_20_every_third_order_brings_a_reward() -> None:
    loyal = living("reward").consents("sms")
    for month in range(1, 7):
        loyal.buys(f"2026-{month:02d}-03T12:00", 200)
    loyal.lives_until("2026-07-01")
    assert [when for *_, when in sent(loyal)] == ["2026-03-04T12:00", "2026-06-04T12:00"]


def test_eng_01_02_reading_tracks() -> None:
    for opened, step in ((True, "first-look"), (False, "stay-or-part")):
        reader = living("reader-tracks").consents("email")
        for number in range(3):
            day = f"2026-03-0{number + 1}"
            reader.does(MessageTold("delivered", MessageId(number), Channel.EMAIL), f"{day}T10:00")
            if opened:
                reader.does(MessageTold("opened", MessageId(number), Channel.EMAIL), f"{day}T10:05")
        reader.lives_until("2026-03-20")
        assert [each for _, each, _, _ in sent(reader)] == [step]
