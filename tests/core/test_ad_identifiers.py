"""Whom an ad platform may recognise, and by what (PB4-02, ISR-17)."""

import csv
import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritorno.core.ad_identifiers import (
    FRESH,
    MOST,
    Hashed,
    Platform,
    changes,
    hashed,
    identifiers_of,
    may_be_told,
    spelling,
    wanted,
)
from ritorno.core.consent import ConsentRecord, Proof
from ritorno.core.customer import Customer, Known
from ritorno.core.events import Channel, Purpose
from ritorno.core.identifiers import Identifier, Kind, normalise
from ritorno.core.ids import CustomerId, EventId
from ritorno.core.instants import Instant

META, GOOGLE = Platform.META, Platform.GOOGLE


def email(text: str) -> Identifier:
    return normalise(Kind.EMAIL, text)


def phone(text: str, region: str = "IL") -> Identifier:
    return normalise(Kind.PHONE, text, region=region)


def digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def known(*identifiers: Identifier) -> Customer:
    return Customer(
        CustomerId(1), identifiers=[Known(Instant(n), EventId(n), one) for n, one in enumerate(identifiers)]
    )


def consenting(customer: Customer, *acts: tuple[Purpose, bool], channel: Channel = Channel.EMAIL) -> Customer:
    customer.consents = [
        ConsentRecord(Instant(n), EventId(n), channel, purpose, given_now, Proof.EXPLICIT)
        for n, (purpose, given_now) in enumerate(acts)
    ]
    return customer


def test_an_israeli_phone_has_a_plus_at_google_and_none_at_meta() -> None:
    one = phone("052-123 4567")
    assert (spelling(one, META), spelling(one, GOOGLE)) == ("972521234567", "+972521234567")
    assert hashed(one, META) == Hashed("phone", digest("972521234567"))


def test_google_takes_the_dots_out_of_its_own_addresses_and_meta_leaves_them() -> None:
    one = email("Dana.Levi@Gmail.com")
    assert (spelling(one, META), spelling(one, GOOGLE)) == ("dana.levi@gmail.com", "danalevi@gmail.com")
    assert spelling(email("dana.levi@walla.co.il"), GOOGLE) == "dana.levi@walla.co.il"


def test_neither_a_club_card_nor_what_somebody_made_up_leaves() -> None:
    made_up = [Identifier(Kind.CLUB_CARD, "77"), Identifier(Kind.PHONE, "+972500000000"), email("test@test.com")]
    assert [hashed(one, platform) for one in made_up for platform in Platform] == [None] * 6
    assert hashed(Identifier(Kind.EMAIL, "...@gmail.com"), GOOGLE) is None, "nothing is left of it"


@pytest.mark.shared
def test_isr_17_googles_own_vectors_come_out_alike(shared_folder: Path) -> None:
    vectors = json.loads((shared_folder / "oracles/vectors/google_datamanager_formatter.json").read_bytes())
    for raw, expected in vectors["format_email"]:
        assert spelling(email(raw), GOOGLE) == expected
    for raw, expected in vectors["format_phone"]:
        assert spelling(phone(raw if raw.startswith(("+", "1 ")) else f"+{raw}", "US"), GOOGLE) == expected
    for case in ("process_email", "process_phone"):
        make = email if case == "process_email" else lambda raw: phone(raw, "US")
        for raw in vectors[case]["inputs"]:
            found = hashlib.sha256(spelling(make(raw), GOOGLE).encode()).hexdigest()
            assert found == vectors[case]["hex"]


@pytest.mark.shared
def test_isr_17_metas_vectors_come_out_alike(shared_folder: Path) -> None:
    vectors = json.loads((shared_folder / "oracles/vectors/meta_normalisation.json").read_bytes())
    told = vectors["segment_action_destinations"]
    row = {each["field"]: each for each in told["full_row"]}
    for field, make in (("EMAIL", email), ("PHONE", phone)):
        one = make(row[field]["input"])
        assert spelling(one, META) == row[field]["normalised"]
        assert hashlib.sha256(spelling(one, META).encode()).hexdigest() == row[field]["sent"]
    for raw, expected in told["normalise"]["phone"][:2]:
        assert spelling(phone(raw), META) == expected


@pytest.mark.shared
def test_dirty_addresses_and_phones_of_googles_sample_are_read(shared_folder: Path) -> None:
    with (shared_folder / "oracles/vectors/google_datamanager_audience_members_1.csv").open(encoding="utf-8") as file:
        cells = [(name, cell) for row in csv.DictReader(file) for name, cell in row.items() if cell.strip()]
    read = [email(cell) if name.startswith("email") else phone(cell, "US") for name, cell in cells]
    assert spelling(read[5], GOOGLE) in {"+18005550100", "alexf@altostrat.com"}
    assert all(spelling(one, GOOGLE) for one in read)


def test_everything_a_customer_is_known_by_leaves_up_to_what_the_platforms_take() -> None:
    many = known(*(email(f"dana{n}@dana.co.il") for n in range(MOST + 3)), phone("0521234567"))
    found = identifiers_of(many, META)
    assert len(found) == MOST
    assert Hashed("phone", digest("972521234567")) in found, "what was told last"


@pytest.mark.parametrize(
    ("acts", "basis", "may"),
    [
        ([], "marketing", False),
        ([(Purpose.MARKETING, True)], "marketing", True),
        ([(Purpose.MARKETING, True)], "ads", False),
        ([(Purpose.ADS, True)], "ads", True),
        ([(Purpose.ADS, True)], "marketing", True),
        ([(Purpose.MARKETING, True), (Purpose.ADS, False)], "marketing", False),
        ([(Purpose.MARKETING, True), (Purpose.MARKETING, False)], "marketing", False),
        ([(Purpose.SERVICE, True)], "marketing", False),
    ],
)
def test_platforms_are_told_of_nobody_who_did_not_permit_it(acts: list, basis: str, may: bool) -> None:  # type: ignore[type-arg]
    customer = consenting(known(email("dana@dana.co.il")), *acts)
    assert may_be_told(customer, basis) is may  # type: ignore[arg-type]
    assert bool(wanted(customer, META, basis)) is may  # type: ignore[arg-type]


def test_a_house_account_and_somebody_who_is_gone_are_nobody() -> None:
    house = consenting(known(email("dana@dana.co.il")), (Purpose.MARKETING, True))
    house.house = True
    assert wanted(house, META, "marketing") == wanted(None, META, "marketing") == frozenset()


HASHES = st.sampled_from([Hashed("email", bytes([n]) * 32) for n in range(5)])


@given(st.frozensets(HASHES), st.dictionaries(HASHES, st.integers(0, 2 * FRESH)), st.integers(0, 3 * FRESH))
def test_what_was_told_and_what_changes_make_what_is_wanted(
    wants: frozenset[Hashed], told: dict[Hashed, int], now: int
) -> None:
    held = {one: Instant(at) for one, at in told.items()}
    found = changes(wants, held, Instant(now))
    assert (held.keys() | found.add) - found.remove == wants
    assert not found.add & found.remove
    again = {one: Instant(now) if one in found.add else held[one] for one in wants}
    assert changes(wants, again, Instant(now)) == (frozenset(), frozenset()), "once is enough"


def test_isr_17_who_would_be_dropped_after_540_days_is_told_again_before() -> None:
    one = Hashed("email", b"a" * 32)
    held = {one: Instant(0)}
    assert changes(frozenset({one}), held, Instant(FRESH - 1)).add == frozenset()
    assert changes(frozenset({one}), held, Instant(FRESH)).add == {one}
