"""A broadcast as data: its playbook, its turns, whom it concerns, who is silent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ritorno.core.broadcasts import (
    ANYONE,
    RESCUES,
    SEND,
    Broadcast,
    BroadcastError,
    about_rule,
    advertised,
    awake_rule,
    is_broadcast,
    is_silent,
    key_of,
    playbook_of,
    spread,
    turns_of,
)
from ritorno.core.calendar import SendWindow, next_opening
from ritorno.core.events import Line
from ritorno.core.instants import HOUR, Instant, days, hours
from ritorno.core.interests import InterestDefinition
from ritorno.core.journeys.parameters import PlaybookError
from ritorno.core.journeys.way import Words
from ritorno.core.needs import Need
from ritorno.core.plan import Plan
from ritorno.core.segments.live import ask
from ritorno.core.view import view_of
from ritorno.playbooks.library import load
from ritorno.testing import JERUSALEM, Person, at, local, shop

WINDOW = SendWindow()
SALE = Broadcast("sale", ANYONE, (advertised("sms", "המבצע התחיל {{ link }}", ""),))


def plan() -> Plan:
    bare = shop(load("PB2"))
    return replace(
        bare,
        interests=(InterestDefinition("vitamins", Words("ויטמינים", "Vitamins"), links=("*vitamins*",)),),
        needs=(Need("comfort", Words("נוחות", "Comfort"), categories=("ספיגה",)),),
    )


def test_pb2_02_it_is_a_playbook_entered_once_that_drops_for_whom_is_in_a_rescue() -> None:
    made = playbook_of(SALE, plan())
    assert (made.key, made.entry.episode, made.holdout) == ("broadcast-sale", "once", 0.1)
    assert [(each.to, each.how) for each in made.yields] == [(rescue, "drop") for rescue in RESCUES]
    assert made.priority > load("PB2").priority
    assert made.exits.after == days(3)
    assert list(made.sends) == [SEND]
    assert is_broadcast(made.key)
    assert not is_broadcast("PB2")


def test_isr_04_plain_texts_get_what_the_law_asks_for_once() -> None:
    sms = advertised("sms", "שלום", "")
    assert sms["text"] == {"he": "[AD] שלום [OUT]", "en": "[AD] שלום [OUT]"}
    said = "[AD] hello {{ optout }}"
    assert advertised("sms", "", said)["text"] == {"he": said, "en": said}
    email = advertised("email", "גוף", "", ("נושא", ""))
    assert email["subject"] == {"he": "נושא", "en": "נושא"}
    assert email["text"]["he"] == "גוף [OUT]"


def test_what_may_not_leave_is_refused() -> None:
    with pytest.raises(BroadcastError, match="no name for a broadcast"):
        key_of("Spring Sale")
    with pytest.raises(PlaybookError, match="no way to refuse"):
        playbook_of(replace(SALE, ways=({"channel": "sms", "text": {"he": "מבצע", "en": "Sale"}},)), plan())


def test_com_28_the_loyal_are_told_a_day_before_everyone() -> None:
    turns = turns_of(at("2026-03-17T09:00"), hours(24), 0, WINDOW, JERUSALEM)
    assert turns.early is not None
    assert (local(turns.early), local(turns.first)) == ("2026-03-16T09:00:00", "2026-03-17T09:00:00")
    assert turns_of(at("2026-03-17T09:00"), None, 5, WINDOW, JERUSALEM).early is None


def test_an_early_notice_that_shabbat_takes_is_refused() -> None:
    with pytest.raises(BroadcastError, match="shabbat"):
        turns_of(at("2026-03-14T22:30"), hours(4), 0, WINDOW, JERUSALEM)


@given(st.integers(0, 400), st.integers(0, 60), st.integers(0, 30 * 24))
def test_turns_are_open_in_order_and_never_more_than_so_many_an_hour(count: int, an_hour: int, later: int) -> None:
    first = next_opening(Instant(at("2026-03-10T09:00") + later * HOUR), WINDOW, JERUSALEM).at
    turns = spread(count, first, an_hour, WINDOW, JERUSALEM)
    assert len(turns) == count
    assert turns == sorted(turns)
    assert all(next_opening(turn, WINDOW, JERUSALEM).at == turn for turn in turns)
    if an_hour:
        assert all(turns.count(turn) <= an_hour for turn in set(turns))
        assert all(later - turn >= HOUR for turn, later in zip(turns, turns[an_hour:], strict=False))
    else:
        assert set(turns) <= {first}


def test_eng_07_it_concerns_those_with_the_interest_the_category_or_the_need() -> None:
    dana = Person(plan()).buys("2026-01-01T10:00", 100, lines=(Line("p1", "p1", "ספיגה"),))
    view = view_of(dana.customer, plan(), at("2026-03-01"))
    concerned = {told: ask(about_rule(told, plan()), view)[0] for told in
                 ("interest:vitamins", "category:ספיגה", "category:נעליים", "need:comfort")}  # fmt: skip
    assert concerned == {
        "interest:vitamins": False, "category:ספיגה": True, "category:נעליים": False, "need:comfort": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("told", "said"),
    [("vitamins", "write interest:NAME"), ("colour:red", "write interest:NAME"), ("need:", "write interest:NAME"),
     ("interest:vitamin", "did you mean vitamins")],
)  # fmt: skip
def test_what_it_speaks_of_must_be_known(told: str, said: str) -> None:
    with pytest.raises(BroadcastError, match=said):
        about_rule(told, plan())


def test_orc_06_silent_is_who_neither_ordered_nor_clicked_in_180_days() -> None:
    dana = Person(plan()).buys("2026-01-01T10:00", 100)
    for now, silent in (("2026-03-01", False), ("2026-08-01", True)):
        view = view_of(dana.customer, plan(), at(now))
        assert is_silent(dana.customer, at(now)) is silent
        assert ask(awake_rule(), view)[0] is not silent
