"""The dirt of the chain «אלמוג» is planted as counted, and its truth can be told by the rules of recognition."""

from collections import Counter, defaultdict

import pytest

from ritorno.core.identifiers import Identifier, Kind, is_placeholder, may_text, normalise
from ritorno.core.identity import HOUSE_CARDS, HOUSE_RECEIPTS_A_DAY, Person, contradict
from ritorno.core.ids import CustomerId
from tests.demo.conftest import Chain, Row

NAMES = {
    Kind.SHOP_ID: "customer_id",
    Kind.CLUB_CARD: "club_card",
    Kind.EMAIL: "email",
    Kind.PHONE: "phone",
}


def identifiers(row: Row) -> frozenset[Identifier]:
    return frozenset(normalise(kind, row[name], namespace="demo") for kind, name in NAMES.items() if row[name])


def phone_of(row: Row) -> str:
    return normalise(Kind.PHONE, row["phone"]).value


def person(row: Row) -> Person:
    return Person(CustomerId(0), identifiers(row), row["first_name"])


def records(chain: Chain) -> dict[str, Row]:
    """Rows of customers.csv by the key that the truth uses."""
    return {row["club_card"] or row["customer_id"] or phone_of(row): row for row in chain.customers}


def test_1300_people_have_a_till_record_and_a_site_record_of_one_phone(chain: Chain) -> None:
    """DAT-03, ISR-10: four spellings, one key, and nothing that contradicts."""
    by_card = {row["club_card"]: row for row in chain.customers if row["club_card"]}
    by_login = {row["customer_id"]: row for row in chain.customers if row["customer_id"]}
    assert len(chain.truth.doubles) == 1_300
    shapes: Counter[str] = Counter()
    for double in chain.truth.doubles:
        till, site = by_card[double.club_card], by_login[double.customer_id]
        assert phone_of(till) == phone_of(site) == double.phone
        assert till["phone"] != site["phone"]
        assert not contradict(person(till), person(site))
        shapes["".join("9" if one.isdigit() else one for one in till["phone"])] += 1
    common = {"999-9999999", "+999 99 999 9999", "999999999999", "9999999999"}
    assert set(shapes) == common | {"999-999 9999"}  # Dana's, as DAT-03 writes it
    assert all(shapes[one] > 250 for one in common)
    bought = defaultdict(set)
    for row in chain.bought():
        bought[row["club_card"] or row["customer_id"]].add(row["sold_via"])
    assert all(
        bought[one.club_card] == {"pos"} and bought[one.customer_id] == {"online"} for one in chain.truth.doubles
    )


def test_forty_phones_belong_to_families_whose_members_contradict(chain: Chain) -> None:
    """ISR-10: relatives who share a phone can be told apart by first names and cards or logins."""
    by_key = records(chain)
    assert len(chain.truth.shared_phones) == 40
    kinds: Counter[int] = Counter()
    for shared in chain.truth.shared_phones:
        one, other = (by_key[key] for key in shared.members)
        assert phone_of(one) == phone_of(other) == shared.phone
        assert one["last_name"] == other["last_name"]
        assert one["first_name"] != other["first_name"]
        assert contradict(person(one), person(other))
        kinds[bool(one["club_card"]) + bool(other["club_card"])] += 1
    assert min(kinds[both] for both in (0, 1, 2)) >= 10


def test_a_house_number_stands_on_three_hundred_customers(chain: Chain) -> None:
    """ISR-10: 0500000000 merges nobody; each of the 300 has a card of their own."""
    by_key = records(chain)
    assert len(set(chain.truth.house_number.members)) == 300
    for key in chain.truth.house_number.members:
        assert by_key[key]["phone"] == "0500000000"
        assert by_key[key]["club_card"]
    assert sum(row["phone"] == "0500000000" for row in chain.customers) == 300


def test_every_other_phone_and_mail_is_one_persons_and_no_placeholder(chain: Chain) -> None:
    shared = {one.phone for one in chain.truth.shared_phones} | {chain.truth.house_number.phone}
    owners: dict[Identifier, set[str]] = defaultdict(set)
    for row in chain.customers:
        for one in identifiers(row):
            if one.value not in shared:
                assert not is_placeholder(one), one
                owners[one].add(chain.person(row))
    assert [str(one) for one, people in owners.items() if len(people) > 1] == []


def test_two_house_accounts_hold_four_thousand_receipts_each(chain: Chain) -> None:
    """ISR-11: one shows by its busy days, the other by the cards of passers-by."""
    receipts = defaultdict(list)
    for run in chain.told():
        if run[0]["customer_id"] in chain.house:
            receipts[run[0]["customer_id"]].append(run[0])
    busy, spread = chain.truth.house_accounts
    for account in (busy, spread):
        held = receipts[account.customer_id]
        by_day = Counter(row["occurred_at"][:10] for row in held)
        assert len(held) == account.receipts == 4_000
        assert max(by_day.values()) == account.most_a_day
        assert len({row["club_card"] for row in held} - {""}) == account.club_cards
    assert busy.most_a_day >= HOUSE_RECEIPTS_A_DAY
    assert busy.club_cards == 0
    assert spread.most_a_day < HOUSE_RECEIPTS_A_DAY
    assert spread.club_cards > HOUSE_CARDS


def test_two_percent_of_receipts_come_again_and_one_percent_come_late(chain: Chain) -> None:
    """DAT-08: a repeated receipt is the same rows, later in the file and apart from the first."""
    runs = defaultdict(list)
    for place, run in enumerate(chain.runs):
        runs[run[0]["order_id"]].append((place, run))
    again = {number: found for number, found in runs.items() if len(found) > 1}
    assert set(again) == set(chain.truth.repeated)
    assert all(len(found) == 2 and found[0][1] == found[1][1] for found in again.values())
    tills = sum(run[0]["sold_via"] == "pos" for run in chain.told())
    assert len(again) / tills == pytest.approx(0.02, abs=0.001)
    assert len(chain.truth.late) / tills == pytest.approx(0.01, abs=0.001)
    newest, overtaken = "", set()
    for run in chain.told():
        if run[0]["occurred_at"] < newest:
            overtaken.add(run[0]["order_id"])
        newest = max(newest, run[0]["occurred_at"])
    assert overtaken == set(chain.truth.late)


def test_six_percent_come_back_two_percent_are_cancelled_some_cost_nothing(chain: Chain) -> None:
    """SCO-02, SCO-03."""
    told = {run[0]["order_id"]: run[0] for run in chain.told()}
    refunds = [row for row in told.values() if row["refund_of"]]
    counted = chain.truth.counts["orders"]
    assert len(refunds) / counted == pytest.approx(0.06, abs=0.003)
    assert len({row["refund_of"] for row in refunds}) == len(refunds)
    whole = 0
    for row in refunds:
        order = told[row["refund_of"]]
        assert order["status"] == "paid"
        assert order["occurred_at"] < row["occurred_at"]
        assert 0 < float(row["total"]) <= float(order["total"])
        assert (order["customer_id"], order["club_card"]) == (row["customer_id"], row["club_card"])
        whole += row["total"] == order["total"]
    assert 0.2 < whole / len(refunds) < 0.6
    cancelled = [row for row in told.values() if row["status"] == "cancelled"]
    assert len(cancelled) / (counted + len(cancelled)) == pytest.approx(0.02, abs=0.002)
    assert {row["status"] for row in told.values()} == {"paid", "cancelled"}
    assert sum(row["total"] == "0.00" for row in told.values()) == chain.truth.counts["zero_orders"] > 100


def test_some_people_are_known_by_a_phone_alone_and_some_by_a_land_line(chain: Chain) -> None:
    people = 15_000
    alone = [row for row in chain.customers if not (row["customer_id"] or row["club_card"] or row["email"])]
    assert len(alone) / people == pytest.approx(0.09, abs=0.005)
    lines = [row for row in chain.customers if row["phone"] and not may_text(normalise(Kind.PHONE, row["phone"]))]
    assert len(lines) / people == pytest.approx(0.02, abs=0.005)


def in_force(chain: Chain) -> dict[str, set[str]]:
    """People by channel whose last act is a provable yes."""
    last: dict[tuple[str, str], tuple[str, bool]] = {}
    for row in chain.consents:
        if row["given"] == "no" or row["wording"]:
            key = (row["channel"], chain.person(row))
            last[key] = max(last.get(key, ("", False)), (row["at"], row["given"] == "yes"))
    found = defaultdict(set)
    for (channel, who), (_, given) in last.items():
        if given:
            found[channel].add(who)
    return found


def test_consents_have_their_shares_and_their_proof(chain: Chain) -> None:
    """ISR-01: SMS 63, WhatsApp 41, e-mail 58 % in force and provable; a claim without words proves nothing."""
    people = 15_000
    held = in_force(chain)
    for channel, share in (("sms", 0.63), ("whatsapp", 0.41), ("email", 0.58)):
        assert len(held[channel]) == chain.truth.consents.proven[channel]
        assert len(held[channel]) / people == pytest.approx(share, abs=0.005), channel
    given = [row for row in chain.consents if row["given"] == "yes"]
    unproven = [row for row in given if not row["wording"]]
    assert len(unproven) == chain.truth.consents.unproven > 300
    assert {row["source"] for row in unproven} == {"import"}
    assert {row["source"] for row in given} == {"form", "till", "import"}
    assert all(row["wording_version"] and row["evidence"] for row in given if row["wording"])
    assert all(row["at"] <= "2026-03-01 10:00:00" for row in chain.consents)


def test_two_percent_withdrew_some_of_them_at_the_other_place(chain: Chain) -> None:
    """DAT-03: a withdrawal on either side survives the merge."""
    planted = chain.truth.consents
    taken_back = [row for row in chain.consents if row["given"] == "no"]
    assert len(taken_back) == planted.withdrawn + planted.withdrawn_at_the_other_place
    assert planted.withdrawn / 15_000 == pytest.approx(0.02, abs=0.002)
    assert planted.withdrawn_at_the_other_place == 10
    yes = {(row["customer_id"], row["club_card"], row["phone"]) for row in chain.consents if row["given"] == "yes"}
    elsewhere = [row for row in taken_back if (row["customer_id"], row["club_card"], row["phone"]) not in yes]
    assert len(elsewhere) == 10
    assert all(row["club_card"] in chain.merged for row in elsewhere)
    assert not in_force(chain)["sms"] & {chain.person(row) for row in taken_back}


def test_nobody_consented_to_texts_on_a_land_line_or_house_number(chain: Chain) -> None:
    for row in chain.consents:
        if row["channel"] != "email":
            phone = normalise(Kind.PHONE, row["phone"])
            assert may_text(phone)
            assert not is_placeholder(phone)
