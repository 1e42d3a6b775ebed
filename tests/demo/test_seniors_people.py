"""The people of the shop «גפן»: who buys for whom, who may be written to, how they read; and those with a name."""

from collections import Counter, defaultdict
from datetime import date, datetime
from itertools import pairwise

import pytest

from ritorno.core.identifiers import Kind, is_placeholder, normalise
from tests.demo.conftest import Row, Seniors

CLOCK = date(2026, 3, 1)


def age(born: str) -> int:
    day = date.fromisoformat(born)
    return CLOCK.year - day.year - ((CLOCK.month, CLOCK.day) < (day.month, day.day))


def orders_of(seniors: Seniors, name: str) -> list[list[Row]]:
    (key,) = seniors.store.planted.named[name]
    return [run for run in seniors.orders if run[0]["customer_id"] == key]


def test_people_are_sixty_to_ninety_five_and_speak_four_languages(seniors: Seniors) -> None:
    ages = [age(row["birth_date"]) for row in seniors.customers if row["birth_date"]]
    assert (min(ages), max(ages)) == (60, 95)
    assert len(ages) > 1_400
    carers = {one.customer for one in seniors.store.planted.relations if one.role != "partner"}
    assert {row["customer_id"] for row in seniors.customers if not row["birth_date"]} == carers
    spoken = Counter(row["language"] for row in seniors.customers)
    for language, share in (("he", 0.80), ("ru", 0.12), ("ar", 0.05), ("en", 0.03)):
        assert spoken[language] / len(seniors.customers) == pytest.approx(share, abs=0.01), language


def test_one_is_born_on_the_29th_of_february(seniors: Seniors) -> None:
    (born,) = [row for row in seniors.customers if row["birth_date"].endswith("-02-29")]
    assert (born["customer_id"],) == seniors.store.planted.named["Yosef"]


def test_of_eight_percent_no_name_is_known(seniors: Seniors) -> None:
    """ENG-14: a greeting without a name must stay a greeting."""
    everyone = [*seniors.customers, *(row for row in seniors.listed if row["customer_id"].startswith("G8"))]
    nameless = {row["customer_id"] for row in everyone if not row["first_name"] and not row["last_name"]}
    assert nameless == set(seniors.store.planted.missing_names)
    assert len(nameless) / len(everyone) == pytest.approx(0.08, abs=0.005)


def test_everyone_has_a_phone_and_an_id_of_their_own(seniors: Seniors) -> None:
    owners = defaultdict(set)
    for row in (*seniors.customers, *seniors.listed):
        phone = normalise(Kind.PHONE, row["phone"])
        assert not is_placeholder(phone)
        owners[phone].add(row["customer_id"])
        if row["email"]:
            owners[normalise(Kind.EMAIL, row["email"])].add(row["customer_id"])
    assert all(len(people) == 1 for people in owners.values())
    assert len({row["customer_id"] for row in seniors.customers}) == len(seniors.customers) == 1_900


def test_carers_buy_for_beneficiaries_who_buy_nothing_themselves(seniors: Seniors) -> None:
    """SEG-19: an order says for whom it was."""
    relations = {one.customer: one for one in seniors.store.planted.relations}
    assert len(relations) == len({one.beneficiary for one in relations.values()}) == 400
    told = {
        (one["customer_id"], one["properties"]["beneficiary"], one["properties"]["role"])
        for one in seniors.events
        if one["event"] == "relation"
    }
    assert told == {(one.customer, one.beneficiary, one.role) for one in relations.values()}
    assert {one.role for one in relations.values()} == {"child", "partner", "caregiver"}
    buyers, theirs = set(), Counter[bool]()
    for run in seniors.orders:
        head = run[0]
        buyers.add(head["customer_id"])
        if head["customer_id"] in relations:
            theirs[head["beneficiary"] == relations[head["customer_id"]].beneficiary] += 1
        else:
            assert not head["beneficiary"]
    assert not buyers & {one.beneficiary for one in relations.values()}
    assert theirs[True] / theirs.total() == pytest.approx(0.95, abs=0.01)


def test_carers_hold_the_consent_of_a_third_of_the_beneficiaries(seniors: Seniors) -> None:
    """ISR-01, SEG-19: 35 %, provably; the other carers may not be written to, and no beneficiary is."""
    relations = seniors.store.planted.relations
    proven = {row["customer_id"] for row in seniors.consents if row["given"] == "yes" and row["wording"]}
    withdrawn = {row["customer_id"] for row in seniors.consents if row["given"] == "no"}
    held = [one for one in relations if one.customer in proven - withdrawn]
    assert len(held) / len(relations) == pytest.approx(0.35, abs=0.001)
    assert {one.customer for one in held} == {one.customer for one in relations if one.has_consent}
    assert not {one.beneficiary for one in relations} & {row["customer_id"] for row in seniors.consents}
    behalf = {row["customer_id"]: row["evidence"] for row in seniors.consents if "also for" in row["evidence"]}
    assert all(f"also for {one.beneficiary}" in behalf[one.customer] for one in held)


def test_consents_are_proven_as_counted(seniors: Seniors) -> None:
    withdrawn = {(row["customer_id"], row["channel"]) for row in seniors.consents if row["given"] == "no"}
    for channel, count in seniors.store.planted.consents.proven.items():
        given = {
            row["customer_id"] for row in seniors.consents
            if row["channel"] == channel and row["given"] == "yes" and row["wording"]
            and (row["customer_id"], channel) not in withdrawn
        }  # fmt: skip
        assert len(given) == count > 300
    unproven = [row for row in seniors.consents if row["given"] == "yes" and not row["wording"]]
    assert len(unproven) == seniors.store.planted.consents.unproven > 150
    assert all("גפן" in row["wording"] for row in seniors.consents if row["wording"])


def test_a_list_of_june_2025_knows_some_buyers_and_some_nobody_else_knows(seniors: Seniors) -> None:
    """ENG-15."""
    known = {row["customer_id"]: row for row in seniors.customers}
    assert tuple(row["customer_id"] for row in seniors.listed) == seniors.store.planted.listed
    new = [row for row in seniors.listed if row["customer_id"] not in known]
    assert (len(seniors.listed), len(new)) == (500, 150)
    assert all(row["list"] == "כנס גיל הזהב 2025-06" for row in seniors.listed)
    assert all(
        known[row["customer_id"]]["joined_at"] < "2025-06-15" for row in seniors.listed if row["customer_id"] in known
    )
    claims = {row["customer_id"] for row in seniors.consents if not row["wording"] and row["given"] == "yes"}
    assert {row["customer_id"] for row in new} <= claims


def test_there_are_three_habits_of_reading(seniors: Seniors) -> None:
    """ENG-01, ENG-02, ENG-05: all opened and clicked, none opened, opened without a click."""
    habits = seniors.store.planted.habits
    assert list(habits) == ["all", "none", "opens"]
    assert all(len(people) > 200 for people in habits.values())
    did: dict[str, Counter[str]] = defaultdict(Counter)
    for one in seniors.events:
        if one["event"].startswith("message_") and one["channel"] == "email":
            did[one["customer_id"]][one["event"]] += 1
    expected = {"all": (6, 6, 6), "none": (6, 0, 0), "opens": (6, 6, 0)}
    for habit, people in habits.items():
        for who in people:
            counted = did[who]
            told = tuple(counted[f"message_{name}"] for name in ("delivered", "opened", "clicked"))
            assert told == expected[habit], who
    assert set(did) == {who for people in habits.values() for who in people}


def test_thirty_percent_never_watch_the_video_of_their_walker(seniors: Seniors) -> None:
    """COM-10, COM-11: sent a day after the walker was bought, to its buyers alone."""
    technical = {row["sku"]: row["video_url"] for row in seniors.products if row["technical"] == "yes"}
    bought = {
        run[0]["order_id"]: (run[0]["customer_id"], run[0]["occurred_at"], [technical[row["sku"]] for row in run
                                                                             if row["sku"] in technical])
        for run in seniors.orders
    }  # fmt: skip
    sent, clicked = set(), set()
    for one in seniors.events:
        if one.get("step") == "video":
            who, at, videos = bought[one["message"].removeprefix("video ")]
            assert one["customer_id"] == who
            assert videos
            if one["event"] == "message_delivered":
                assert (datetime.fromisoformat(one["at"]) - datetime.fromisoformat(at)).total_seconds() == 86_400
                sent.add(who)
            else:
                assert one["link"] in videos
                clicked.add(who)
    truth = seniors.store.planted
    assert sent == set(truth.watched) | set(truth.never_watched)
    assert clicked == set(truth.watched)
    assert len(sent) > 200
    assert len(truth.never_watched) / len(sent) == pytest.approx(0.30, abs=0.01)


def test_some_carts_were_left(seniors: Seniors) -> None:
    """COM-29: nothing was bought in the days after."""
    carts = defaultdict(list)
    for one in seniors.events:
        if one["event"] == "product_added":
            carts[one["properties"]["cart_id"]].append(one)
    assert set(carts) == set(seniors.store.planted.carts_left)
    assert len(carts) == 120
    bought = defaultdict(list)
    for run in seniors.orders:
        bought[run[0]["customer_id"]].append(datetime.fromisoformat(run[0]["occurred_at"]))
    for added in carts.values():
        last = datetime.fromisoformat(max(one["at"] for one in added))
        waits = [(at - last).total_seconds() / 86_400 for at in bought[added[0]["customer_id"]]]
        assert not any(0 <= wait < 2.9 for wait in waits)


def test_everything_that_happened_had_happened_by_the_clock(seniors: Seniors) -> None:
    assert all("2024-02-15" < one["at"] < "2026-03-01 10:00:00" for one in seniors.events)
    assert len({one["id"] for one in seniors.events}) == len(seniors.events)


@pytest.mark.parametrize(
    ("name", "gaps"),
    [
        ("Rina", (33, 37)), ("Sonia", (20, 22, 21)), ("Bracha", (28, 31)), ("Nahum", (50,)), ("Zelda", (28, 60)),
        ("Gideon", (75,)), ("Yosef", ()), ("Miriam", ()),
    ],
)  # fmt: skip
def test_the_named_keep_their_planted_gaps(seniors: Seniors, name: str, gaps: tuple[int, ...]) -> None:
    """COM-04, COM-05, COM-06, COM-07: 28, 50, 60 and 75 days among them."""
    days = [datetime.fromisoformat(run[0]["occurred_at"]) for run in orders_of(seniors, name)]
    assert tuple((later - earlier).days for earlier, later in pairwise(days)) == gaps
    assert seniors.store.planted.gaps[name] == gaps


def test_rina_buys_pads_for_her_father_moshe(seniors: Seniors) -> None:
    """SEG-19."""
    runs = orders_of(seniors, "Rina")
    (moshe,) = seniors.store.planted.named["Moshe"]
    assert {run[0]["beneficiary"] for run in runs} == {moshe}
    assert {row["category"] for run in runs for row in run} == {"ספיגה"}
    assert orders_of(seniors, "Moshe") == []
    (said,) = [one for one in seniors.events if one.get("properties", {}).get("beneficiary") == moshe]
    assert said["properties"] == {"role": "child", "beneficiary": moshe, "he": "אבא", "en": "your father"}


def test_yosef_bought_pads_vitamins_and_a_walker_in_one_order(seniors: Seniors) -> None:
    """COM-01."""
    (run,) = orders_of(seniors, "Yosef")
    assert [row["category"] for row in run] == ["ספיגה", "ויטמינים", "הליכונים"]


def test_sonia_renews_a_months_pack(seniors: Seniors) -> None:
    """COM-04: a 30-day product at a pace of 21."""
    skus = {row["sku"] for run in orders_of(seniors, "Sonia") for row in run}
    assert {seniors.days_per_unit()[sku] for sku in skus} == {30}
