"""Custom fields from their definition to the card: files, tills, operators, history, age."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ritorno.core.customer import Customer
from ritorno.core.events import TraitsTold, happened
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.instants import DAY, Instant
from ritorno.core.journeys.way import Words
from ritorno.core.plan import Plan
from ritorno.core.trait_history import TraitChange
from ritorno.core.trait_values import Choice, TraitError, TraitKind
from ritorno.sources import pos
from ritorno.sources.columns import MappingError, parse_told
from ritorno.store import customers, inbox
from ritorno.store.connection import Session
from ritorno.testing import at
from ritorno.work import traits
from ritorno.work.accept import accept
from ritorno.work.card import Card, card
from ritorno.work.find_customer import find
from ritorno.work.found import found
from ritorno.work.import_asked import Asked, Counts, NothingAcceptable
from ritorno.work.import_customers import import_customers
from ritorno.work.import_preview import preview
from ritorno.work.plans import Plans
from ritorno.work.react import react_to_inbox
from ritorno.work.traits import Wish

NOW = at("2026-03-01T10:00")
DANA = "dana@dana.co.il"
LEVELS = (Choice("light", Words("קל", "Light")), Choice("heavy", Words("כבד", "Heavy")))


class Shop:
    """A brand in a fresh database whose traits are defined and told."""

    def __init__(self, session: Session, home: Path) -> None:
        self.session, self.home, self._plans = session, home, Plans()

    @property
    def plan(self) -> Plan:
        return self._plans.named(self.session.connection(), "default")

    def define(self, key: str, kind: TraitKind | None = None, **wish: Any) -> None:
        traits.define(self.session.connection(), self.plan, key, Wish(kind, **wish), NOW, "rina")

    def file(self, text: str, told: str = "", *, source: str = "files", as_of: Instant | None = None) -> Counts:
        path = self.home / "people.csv"
        path.write_text(text, encoding="utf-8")
        asked = Asked(path, source=source, mapping=parse_told(told, "customers"), as_of=as_of)
        return import_customers(self.session, self.plan, asked, NOW, home=self.home)

    def rejected(self) -> list[tuple[str, str, str]]:
        with (self.home / "people.csv.rejected.csv").open(encoding="utf-8-sig", newline="") as file:
            return [(row["row"], row["field"], row["reason"]) for row in csv.DictReader(file)]

    def set(self, now: Instant = NOW, by: str = "rina", **told: Any) -> None:
        who = find(self.session.connection(), self.plan, DANA)
        traits.tell(self.session.connection(), self.plan, who, told, now, by)
        self.react()

    def react(self) -> None:
        while react_to_inbox(self.session.connection(), self.plan, NOW).events:
            pass

    def customer(self, who: str = DANA) -> Customer:
        document = customers.read(
            self.session.connection(), self.plan.brand.id, find(self.session.connection(), self.plan, who)
        )
        assert document is not None
        return document

    def values(self, who: str = DANA) -> dict[str, Any]:
        return {key: trait.value for key, trait in self.customer(who).traits.items()}

    def card(self, as_of: Instant = NOW) -> Card:
        told = card(self.session.connection(), self.plan, self.customer().id, as_of)
        assert told is not None
        return told

    def changes(self) -> list[TraitChange]:
        return list(self.card().changes)


@pytest.fixture
def shop(database: str, tmp_path: Path) -> Iterator[Shop]:
    with Session(database, autocommit=True) as session:
        found(session.connection(), "default", {"name": "אלמוג"}, at("2024-01-01"))
        yield Shop(session, tmp_path)


def test_seg_12_a_file_tells_defined_traits_in_their_kind_by_their_name_or_by_the_mapping(shop: Shop) -> None:
    shop.define("walker_model", TraitKind.CHOICE, he="דגם הליכון", en="Walker model", choices=LEVELS)
    shop.define("birth_date")
    shop.define("shoe", TraitKind.TEXT)
    counts = shop.file(
        f"email,דגם הליכון,birth_date,Schuh,hobbies\n{DANA},קל,31/12/1950,007,chess\n", "trait:shoe=Schuh"
    )
    assert (counts.rejected, counts.customers_new) == (0, 1)
    assert shop.values() == {"walker_model": "light", "birth_date": "1950-12-31", "shoe": "007", "hobbies": "chess"}
    shop.file(f"email,Schuh\n{DANA},038\n")
    assert shop.values()["shoe"] == "038", "the mapping is kept for the source"


def test_a_value_of_the_wrong_kind_rejects_its_row_with_field_and_reason_and_nothing_of_it_is_kept(shop: Shop) -> None:
    shop.define("birth_date")
    counts = shop.file(
        f"email,first_name,תאריך לידה\n{DANA},דנה,12/31/1950\nrina@x.co.il,רינה,1.2.1949\n"
    )  # fmt: skip
    assert (counts.rows, counts.rejected, counts.customers_new) == (2, 1, 1)
    assert shop.rejected() == [
        ("2", "תאריך לידה", "birth_date is '12/31/1950', a day that does not exist; days come first: 31/12/1950")
    ]
    assert shop.values("rina@x.co.il") == {"first_name": "רינה", "birth_date": "1949-02-01"}
    assert len(list(customers.read_all(shop.session.connection(), shop.plan.brand.id))) == 1


def test_two_columns_of_one_trait_are_refused_unless_the_mapping_says_which(shop: Shop) -> None:
    shop.define("city")
    text = f"email,עיר,City\n{DANA},חיפה,Haifa\n"
    with pytest.raises(MappingError, match=r"'עיר' and 'City' both tell the trait 'city'.*--map trait:city=COLUMN"):
        shop.file(text)
    shop.file(text, "trait:city=עיר")
    assert shop.values() == {"city": "חיפה", "City": "Haifa"}


def test_a_strict_brand_refuses_a_file_with_other_columns_before_anything_is_taken_in(shop: Shop) -> None:
    traits.be_strict(shop.session.connection(), shop.plan, NOW, "rina", strict=True)
    shop.define("city")
    with pytest.raises(MappingError, match="has none for: shoe"):
        shop.file(f"email,city,shoe\n{DANA},חיפה,38\n")
    assert customers.count(shop.session.connection(), shop.plan.brand.id) == 0
    shop.file(f"email,first_name,city\n{DANA},דנה,חיפה\n")
    assert shop.values() == {"first_name": "דנה", "city": "חיפה"}
    traits.be_strict(shop.session.connection(), shop.plan, NOW, "rina", strict=False)
    shop.file(f"email,shoe\n{DANA},38\n")
    assert shop.values()["shoe"] == 38


def test_only_the_source_of_truth_tells(shop: Shop) -> None:
    shop.define("credit", TraitKind.NUMBER, told_by=("crm",))
    with pytest.raises(NothingAcceptable):
        shop.file(f"email,credit\n{DANA},100\n")
    assert "is told by crm and not by files" in shop.rejected()[0][2]
    shop.file(f"email,credit\n{DANA},100\n", source="crm")
    assert shop.values() == {"credit": 100}


def test_a_changed_definition_rewrites_nothing_and_is_a_version_with_its_author(shop: Shop) -> None:
    shop.define("size", TraitKind.TEXT)
    shop.file(f"email,size\n{DANA},38\n")
    shop.define("size", TraitKind.NUMBER)
    shop.define("size", TraitKind.NUMBER)
    assert shop.values() == {"size": "38"}
    kept = traits.versions(shop.session.connection(), shop.plan, "size")
    assert [(one.version, one.status, one.body["kind"], one.saved_by) for one in kept] == [
        (1, "retired", "text", "rina"), (2, "active", "number", "rina"),
    ]  # fmt: skip
    shop.file(f"email,size\n{DANA},38\n")
    assert shop.values() == {"size": 38}
    assert [(one.before, one.after) for one in shop.changes()] == [(None, "38"), ("38", 38)]
    traits.retire(shop.session.connection(), shop.plan, "size", NOW, "rina")
    shop.set(Instant(NOW + DAY), size="large")
    assert shop.values() == {"size": "large"}
    with pytest.raises(traits.NoTrait, match="no trait 'size' is defined; there are: none yet"):
        traits.defined(shop.plan, "size")


def test_dat_13_a_card_tells_each_change_its_author_and_what_stood_at_an_earlier_time(shop: Shop) -> None:
    shop.define("trainings", TraitKind.NUMBER, he="אימונים", en="Trainings")
    shop.file(f"email,trainings\n{DANA},2\n", as_of=at("2025-06-01"))
    shop.set(at("2026-02-01"), trainings="4")
    who = (normalise(Kind.EMAIL, DANA),)
    late = happened("playbook", "w1", TraitsTold({"trainings": 3}, "PB3@2/count", "order 881"), identifiers=who,
                    occurred_at=at("2025-12-01"), received_at=NOW)  # fmt: skip
    accept(shop.session.connection(), shop.plan.brand.id, [late])
    shop.react()
    assert [(one.before, one.after, one.source, one.by, one.because) for one in shop.changes()] == [
        (None, 2, "files", "", ""), (2, 3, "playbook", "PB3@2/count", "order 881"), (3, 4, "operator", "rina", ""),
    ]  # fmt: skip
    lines = [entry.values["said_he"] for entry in shop.card().timeline if entry.kind == "trait"]
    assert lines[1] == "אימונים: 2 ← 3 (פלייבוק PB3@2/count, order 881)"
    assert shop.card(at("2026-01-01")).document.traits["trainings"].value == 3


def test_the_history_of_one_who_turned_out_to_be_another_tells_what_both_were_told(shop: Shop) -> None:
    shop.file(f"email,city\n{DANA},חיפה\n", as_of=at("2025-01-01"))
    shop.file("phone,city\n0521234567,אילת\n", as_of=at("2025-06-01"), source="pos")
    who = (normalise(Kind.EMAIL, DANA), normalise(Kind.PHONE, "0521234567"))
    met = happened("web", "1", TraitsTold({"city": "יפו"}), identifiers=who, occurred_at=NOW, received_at=NOW)
    accept(shop.session.connection(), shop.plan.brand.id, [met])
    shop.react()
    assert [(one.before, one.after, one.source) for one in shop.changes()] == [
        (None, "חיפה", "files"), ("חיפה", "אילת", "pos"), ("אילת", "יפו", "web"),
    ]  # fmt: skip


def test_an_operator_is_told_what_would_be_right_and_nothing_is_half_told(shop: Shop) -> None:
    shop.define("size", TraitKind.NUMBER)
    shop.file(f"email,city\n{DANA},חיפה\n", as_of=at("2026-02-01"))
    with pytest.raises(TraitError, match="size: is 'large'; write a number"):
        shop.set(city="אילת", size="large")
    assert shop.values() == {"city": "חיפה"}
    shop.set(city=None)
    assert (shop.values(), shop.changes()[-1].after) == ({"city": None}, None)


def test_a_definition_that_cannot_be_is_refused_with_everything_that_is_wrong(shop: Shop) -> None:
    with pytest.raises(TraitError, match=r"say of which kind 'shoe' is: --kind text\|number"):
        shop.define("shoe")
    with pytest.raises(TraitError, match="needs at least one --choice"):
        shop.define("shoe", TraitKind.CHOICE)
    shop.define("gender")
    shop.define("gender", sensitive=True, en="Sex")
    (gender,) = shop.plan.traits
    assert (gender.sensitive, gender.name.en, len(gender.choices), gender.version) == (True, "Sex", 3, 2)
    shop.define("gender", TraitKind.TEXT)
    assert shop.plan.traits[0].choices == ()


def test_eng_15_an_imported_list_shows_its_date_its_source_and_that_it_ages(shop: Shop) -> None:
    rows = "".join(f"c{number}@x.co.il,gold\n" for number in range(4))
    shop.file(f"email,club\n{rows}{DANA},gold\n", source="club", as_of=at("2025-06-01"))
    shop.set(club="silver")
    found_ages = traits.ages(shop.session.connection(), shop.plan, NOW)["club"]
    static, live = found_ages
    assert (static.source, static.count, static.oldest, static.median, static.static) == (
        "club", 4, at("2025-06-01"), at("2025-06-01"), True,
    )  # fmt: skip
    assert (live.source, live.count, live.static) == ("operator", 1, False)


def test_the_preview_of_a_file_shows_which_column_tells_which_trait(shop: Shop) -> None:
    shop.define("city")
    path = shop.home / "people.csv"
    path.write_text(f"email,עיר,shoe\n{DANA},חיפה,38\n", encoding="utf-8")
    told = preview(shop.session, shop.plan, "customers", Asked(path), home=shop.home)
    assert (told.others, told.traits) == (("עיר", "shoe"), {"עיר": "city", "shoe": "shoe"})


def receipt(**customer: Any) -> bytes:
    told = {"receipt_no": "1", "occurred_at": "2026-02-01", "total": "10", "customer": {"email": DANA, **customer}}
    return msgspec.json.encode(told)


def test_a_till_tells_traits_by_their_definition_and_a_wrong_one_is_named_by_its_path(shop: Shop) -> None:
    shop.define("has_children")
    rules = pos.Shop("pos", "ILS", "IL", shop.plan.tz, shop.plan.trait_rules)
    (good,) = pos.read(receipt(traits={"has_children": "כן", "children": 2}), rules, NOW)
    assert isinstance(good, pos.Receipt)
    assert (good.event.traits, good.ignored) == ({"has_children": True, "children": 2}, ())
    (bad,) = pos.read(receipt(traits={"has_children": "perhaps", "x": {}, " ": 1}), rules, NOW)
    assert isinstance(bad, pos.BadReceipt)
    assert [problem.partition(";")[0] for problem in bad.problems] == [
        "receipts[0].customer.traits: ' ' cannot be the name of a trait",
        "receipts[0].customer.traits.has_children: is 'perhaps'",
        "receipts[0].customer.traits.x: is {}",
    ]
    (many,) = pos.read(receipt(traits=dict.fromkeys(map(str, range(501)), 1)), rules, NOW)
    assert isinstance(many, pos.BadReceipt)
    assert many.problems == ("receipts[0].customer.traits: has 501 fields; at most 500 are kept",)


def test_seg_14_what_is_answered_is_kept_with_its_source_and_date(shop: Shop) -> None:
    shop.define("has_children")
    rules = pos.Shop("form", "ILS", "IL", shop.plan.tz, shop.plan.trait_rules)
    (good,) = pos.read(receipt(traits={"has_children": "כן", "children": 2}), rules, NOW)
    assert isinstance(good, pos.Receipt)
    accept(shop.session.connection(), shop.plan.brand.id, [good.event])
    assert inbox.waiting(shop.session.connection(), shop.plan.brand.id) == 1
    shop.react()
    kept = shop.customer().traits["has_children"]
    assert (kept.value, kept.source, kept.at) == (True, "form", at("2026-02-01"))
