"""`ritorno interests …` and the interests on the card (ENG-04, SEG-16)."""

import psycopg

from ritorno.core.events import Channel, MessageTold, happened
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.ids import MessageId
from ritorno.core.plan import Plan
from ritorno.store.connection import connect
from ritorno.testing import at
from ritorno.work.accept import accept
from ritorno.work.react import react_to_inbox
from tests.cli.conftest import NOW, Run, Told

C = "052-1234561"


def click(connection: psycopg.Connection, plan: Plan, link: str, when: str) -> None:
    who = (normalise(Kind.PHONE, C),)
    body = MessageTold("clicked", MessageId(1), Channel.SMS, link=link)
    told = happened("shop", f"click {when}", body, occurred_at=at(when), received_at=at(when), identifiers=who)
    accept(connection, plan.brand.id, [told])
    while react_to_inbox(connection, plan, NOW).events:
        pass


def test_an_interest_is_defined_listed_shown_changed_and_retired(run: Run, told: Told) -> None:
    made = told("interests", "define", "vitamins", "--he", "ויטמינים", "--link", "*vitamins*", "--category", "ויטמינים",
                "--event", 'form_sent where topic = "x"', "--fades-after", "60d")  # fmt: skip
    assert made == {
        "key": "vitamins", "name": {"he": "ויטמינים", "en": "ויטמינים"}, "links": ["*vitamins*"],
        "events": ['form_sent where topic = "x"'], "categories": ["ויטמינים"], "product_type": None,
        "half_life_days": 30, "fades_after": "60 days", "version": 1,
    }  # fmt: skip
    assert told("interests", "define", "vitamins", "--he", "ויטמינים")["version"] == 1
    changed = told("interests", "define", "vitamins", "--en", "Vitamins", "--product-type", "digital")
    assert (changed["version"], changed["product_type"], changed["links"]) == (2, "digital", ["*vitamins*"])
    assert told("interests", "define", "vitamins", "--product-type", "none")["product_type"] is None
    assert "vitamins" in run("interests", "list")
    shown = told("interests", "show", "vitamins")
    assert [one["status"] for one in shown["versions"]] == ["retired", "retired", "active"]
    assert "link *vitamins*" in run("interests", "show", "vitamins")
    assert told("interests", "retire", "vitamins") == {"retired": "vitamins"}
    assert told("interests", "list")["interests"] == []


def test_what_cannot_be_meant_is_refused_by_what_would_be_right(run: Run) -> None:
    def refused(*arguments: str) -> str:
        return " ".join(run(*arguments, code=1).split())

    assert "nothing feeds it; name links" in refused("interests", "define", "vitamins")
    assert "column" in refused("interests", "define", "x", "--event", "form where")
    assert "write an event and its filters alone" in refused("interests", "define", "x", "--event", "form at least 2")
    assert "--fades-after" in refused("interests", "define", "x", "--link", "a", "--fades-after", "soon")
    assert "write CATEGORY=TYPE" in refused("interests", "types", "courses=paper")
    run("interests", "define", "vitamins", "--link", "v")
    assert "did you mean vitamins?" in refused("interests", "show", "vitamin")
    assert "did you mean vitamins?" in refused("interests", "retire", "vitamin")
    run("segments", "save", "drawn", "interest vitamins", "--he", "נמשכים", "--en", "Drawn")
    assert "segment drawn asks for it; change that rule first" in refused("interests", "retire", "vitamins")
    run("interests", "define", "lonely", "--link", "l")
    assert run("interests", "retire", "lonely").strip() == "lonely is retired"


def test_a_type_is_told_of_categories_and_taken_away(run: Run, told: Told) -> None:
    assert told("interests", "types", "courses=digital", "shoes=physical") == {
        "product_types": {"courses": "digital", "shoes": "physical"}
    }
    assert told("interests", "types", "shoes=none") == {"product_types": {"courses": "digital"}}
    assert run("interests", "types").strip() == "courses: digital"
    assert told("interests", "list")["product_types"] == {"courses": "digital"}


def test_seg_16_the_card_shows_interests_with_their_strength_and_that_they_fade(
    database: str, plan: Plan, run: Run, told: Told
) -> None:
    with connect(database, autocommit=True) as connection:
        for day in ("05", "15", "25"):
            click(connection, plan, "vitamins", f"2026-02-{day}T10:00")
    run("interests", "define", "vitamins", "--he", "ויטמינים", "--en", "Vitamins", "--link", "vitamins")
    (one,) = told("customer", "show", C)["interests"]
    assert (one["interest"], one["times"], one["state"], one["last_at"]) == (
        "vitamins", 3, "active", "2026-02-25T10:00:00+02:00",
    )  # fmt: skip
    assert one["words"] == "עניין: ויטמינים, עוצמה 3"
    assert "interest: Vitamins, strength 3" in run("customer", "show", C, "--language", "en")
    run("clock", "advance", "90d")
    (one,) = told("customer", "show", C, "--language", "en")["interests"]
    assert (one["times"], one["state"], one["words"]) == (0, "fading", "interest: Vitamins, fading")
    assert told("customer", "show", C, "--as-of", "2026-02-01")["interests"] == []


def test_a_changed_definition_moves_segments_by_what_was_clicked_before(
    database: str, plan: Plan, run: Run, told: Told
) -> None:
    with connect(database, autocommit=True) as connection:
        click(connection, plan, "vitamins/d3", "2026-02-25T10:00")
    run("interests", "define", "vitamins", "--link", "vitamins")
    run("segments", "save", "drawn", "interest vitamins", "--he", "נמשכים", "--en", "Drawn")
    run("clock", "advance", "1h")
    assert "drawn" not in told("customer", "show", C)["segments"]
    run("interests", "define", "vitamins", "--link", "vitamins*")
    run("clock", "advance", "1h")
    assert told("customer", "show", C)["segments"]["drawn"] == "2026-03-01T11:00:00+02:00"
    run("interests", "define", "vitamins", "--link", "shoes")
    run("clock", "advance", "1h")
    assert "drawn" not in told("customer", "show", C)["segments"]
