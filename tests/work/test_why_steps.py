"""Why, told for each kind of step and decision, in both languages, from what was kept alone (rule 6)."""

from pathlib import Path

from msgspec.structs import replace

from ritorno.core.events import Channel, ConsentTold
from ritorno.core.ids import PlaybookKey
from ritorno.core.instants import days
from ritorno.core.journeys.journey import Entry, Exits, Playbook
from ritorno.core.journeys.step import (
    Arm,
    Audience,
    Branch,
    Check,
    Count,
    Give,
    Send,
    Split,
    Step,
    Tag,
    Task,
    Wait,
    WaitFor,
    Webhook,
    Write,
)
from ritorno.core.journeys.trigger import Happened
from ritorno.core.journeys.way import Words
from ritorno.core.segments.rule import All, FactIs
from ritorno.settings import Settings
from ritorno.store import decisions, definitions
from ritorno.store.transaction import transaction
from ritorno.testing import at
from ritorno.work.activate import activate
from ritorno.work.card import card
from ritorno.work.plans import body_of
from ritorno.work.why import why, why_message
from ritorno.work.words_why import say_why
from tests.core.plans import journey, sms
from tests.web.shop import Shop, open_shop

PB2 = PlaybookKey("PB2")
ORDER = Happened("order")
TASK = Task("call", Words("להתקשר", "Call"))
STEPS: tuple[Step, ...] = (
    Branch("first?", FactIs("ever", "=", 1), (Tag("tag", "new"),), (Tag("old", "old"),)), Write("note", "seen", "yes"),
    Count("count", "visits"), Give("gift", 20), Audience("ads", "buyers", "exclude"), TASK, Webhook("hook", "crm"),
    Split("test", (Arm("a"), Arm("b", steps=(Tag("b-tag", "b"),)))), Check("go-on", All(()), "stop"),
    Send("letter", (sms(),)), WaitFor("again", days(5), event=ORDER, then=(Tag("yes", "yes"),)),
)  # fmt: skip


def per_line(*steps: Step, version: int = 1) -> Playbook:
    made = journey("PB2", ORDER, *steps, exits=Exits(purchase=False), entry=Entry("line"))
    return replace(made, version=version)


def lived(shop: Shop) -> None:
    shop.tell(ConsentTold(Channel.SMS, given=True, source="form", wording="כן"), "2026-02-01T09:00")


def told(shop: Shop, language: str) -> list[str]:
    facts = why(shop.app.connection(), shop.plan, shop.customer().id, PB2)
    return [line[21:] for line in say_why(facts, shop.plan, language, {"new_buyers": "New", "prospects": "Prospects"})]


ENGLISH = [
    "reached step first?: then", "reached step tag", "wrote to tags: – → new order o2", "reached step note",
    "wrote to seen: – → yes order o2", "reached step count", "wrote to visits: – → 1 order o2", "reached step gift",
    "20 points booked", "reached step ads", "left out of the ads: buyers", "reached step call",
    "a task was opened for branch", "reached step hook", "the system crm was told", "reached step go-on",
]  # fmt: skip
HEBREW = ["20 נקודות", "הוחרגו מהפרסום: buyers", "נפתחה משימה ל"]


def test_every_kind_of_step_is_told_in_both_languages(database: str, tmp_path: Path) -> None:
    with open_shop(Settings(tmp_path, database), playbook=per_line(*STEPS)) as shop:
        lived(shop)
        shop.buy("2026-02-02T10:00", 700, "PADS")
        shop.live_until("2026-02-20T10:00")
        lines, hebrew = told(shop, "en"), told(shop, "he")
        there = [line.removeprefix("[PADS, o2] ") for line in lines]
        assert [line for line in ENGLISH if line not in there] == []
        places = [there.index(line) for line in ENGLISH if not line.startswith("left out")]
        assert places == sorted(places), "each step, then what it did, in the order of the journey"
        (arm,) = [line for line in lines if "reached step test: " in line]
        assert arm.removeprefix("[PADS, o2] reached step test: ") in ("a", "b")
        assert {"[PADS, o2] letter was sent by sms", "[PADS, o2] reached step again: otherwise"} <= {*lines}
        assert lines[-2:] == ["[PADS, o2] left the ad audience buyers", "[PADS, o2] left: the journey is complete"]
        assert len(hebrew) == len(lines)
        assert [one for one in HEBREW if not any(one in line for line in hebrew)] == []
        assert not any(word in line for line in hebrew for word in ("reached", "booked", "wrote"))


def test_several_passages_are_told_apart_by_what_they_are_about(database: str, tmp_path: Path) -> None:
    with open_shop(Settings(tmp_path, database), playbook=per_line(Send("letter", (sms(),)))) as shop:
        lived(shop)
        shop.buy("2026-02-02T10:00", 700, "PADS", "CREAM")
        shop.live_until("2026-02-04T10:00")
        entries = {line for line in told(shop, "en") if "entered version" in line}
        assert entries == {
            "[PADS, o2] entered version 2, treated, by order", "[CREAM, o2] entered version 2, treated, by order",
        }  # fmt: skip
        answer = why_message(shop.app.connection(), shop.plan, shop.message().message.id)
        assert {fact.about for fact in answer.facts if fact.code not in ("moved", "group", "consented")} < {
            "PADS, o2", "CREAM, o2",
        }  # fmt: skip
        assert len({fact.about for fact in answer.facts if fact.code == "enrolled"}) == 1


def test_a_passage_that_moved_to_another_version_says_so(database: str, tmp_path: Path) -> None:
    first = per_line(Wait("wait", days(3)), Send("letter", (sms(),)))
    with open_shop(Settings(tmp_path, database), playbook=first) as shop:
        lived(shop)
        shop.buy("2026-02-02T10:00", 700, "PADS")
        fresh = replace(first, steps=(Tag("x", "x"), *first.steps))
        activate(shop.app.connection(), shop.plan, fresh, at("2026-02-03T10:00"), "t", take_over=True)
        shop.clock("2026-02-03T10:00")
        shop.react()
        shop.live_until("2026-02-06T10:00")
        assert "[PADS, o2] goes on in version 3, not 2" in told(shop, "en")
        rows = decisions.enrollments(shop.app.connection(), shop.brand, fresh.key)
        assert {row.version for row in rows} >= {3}, "lists and results tell the version that it goes on in"
        assert any("3" in line and "2" in line and "גרסה" in line for line in told(shop, "he")[1:])
        assert told(shop, "en")[-2:] == [
            "[PADS, o2] letter was sent by sms", "[PADS, o2] left: the journey is complete",
        ]  # fmt: skip


def test_who_is_held_out_is_told_what_would_have_been(database: str, tmp_path: Path) -> None:
    with open_shop(Settings(tmp_path, database), playbook=per_line(*STEPS)) as shop:
        with transaction(shop.app.connection()) as connection:
            everyone = replace(per_line(*STEPS), holdout=0.9999)
            definitions.save(connection, shop.brand, "playbook", "PB2", body_of(everyone), status="active",
                             at=at("2026-01-02"), by="t")  # fmt: skip
        lived(shop)
        shop.buy("2026-02-02T10:00", 700, "PADS")
        shop.live_until("2026-02-04T10:00")
        lines = told(shop, "en")
        assert "[PADS, o2] letter would have been sent by sms; the holdout gets nothing" in lines
        assert not any("points" in line or "ads:" in line or "task" in line for line in lines)
        assert "[PADS, o2] wrote to visits: – → 1 order o2" in lines


def test_dat_05_the_card_tells_traits_points_audiences_tasks_and_calls(database: str, tmp_path: Path) -> None:
    with open_shop(Settings(tmp_path, database), playbook=per_line(*STEPS)) as shop:
        lived(shop)
        shop.buy("2026-02-02T10:00", 700, "PADS")
        shop.live_until("2026-02-20T10:00")
        found = card(shop.app.connection(), shop.plan, shop.customer().id, at("2026-02-20T10:00"))
        assert found is not None
        kinds = {entry.kind for entry in found.timeline}
        assert {"trait", "points", "audience_exclude", "audience_left", "task", "webhook"} <= kinds
