"""ENG-11: which of the shop's data a playbook runs on, read from its own steps, texts and rules."""

import pytest

from ritorno.core.instants import days
from ritorno.core.journeys.asks import asks_points, asks_tiers, channels_of, uses_of
from ritorno.core.journeys.step import Give, Send, Tag, Task, Wait
from ritorno.core.journeys.trigger import Happened
from ritorno.core.segments.rule import FactIs
from ritorno.core.words.readiness import CATALOGUES, say_need, say_need_fix
from ritorno.playbooks.library import load
from tests.core.plans import email, journey, sms, words

ORDER = Happened("order")


@pytest.mark.parametrize(
    ("key", "channels", "uses"),
    [
        ("PB2", ["email", "sms"], []),
        ("PB3", ["email", "sms"], ["discretion", "complements"]),
        ("how-to", [], ["how_to", "discretion"]),
        ("counters", [], []),
    ],
)
def test_channels_and_uses_of_the_library(key: str, channels: list[str], uses: list[str]) -> None:
    playbook = load(key)
    assert channels_of(playbook) == channels
    assert sorted(uses_of(playbook)) == sorted(uses)


def test_reminders_run_on_days_of_supply() -> None:
    assert uses_of(load("replenish"))[0] == "replenishment"


def test_points_are_given_or_spoken_of() -> None:
    assert asks_points(journey("g", ORDER, Give("gift", 5)))
    assert asks_points(journey("g", ORDER, Send("s", (email("{{ points.balance }} {{ link }} [OUT]"),))))
    assert not asks_points(journey("g", ORDER, Send("s", (sms(),))))


def test_tiers_are_asked_by_rules_and_by_tasks() -> None:
    assert asks_tiers(journey("t", ORDER, Task("call", words("call"))))
    assert asks_tiers(journey("t", ORDER, Tag("x", "x"), segment=FactIs("value_tier", "=", "A")))
    assert not asks_tiers(journey("t", ORDER, Wait("w", days(1)), segment=FactIs("ever", "=", 1)))


def test_eng_11_each_need_is_said_with_its_fix_in_both_languages() -> None:
    for what in ("consent", "points", "tiers", "feed", "replenishment", "how_to"):
        said = {say_need(what, "sms", language) for language in ("he", "en")}
        fixes = {say_need_fix(what, "sms", 4, language) for language in ("he", "en")}
        assert len(said) == len(fixes) == 2
        assert all("ritorno " in fix for fix in fixes)
    assert CATALOGUES["he"].keys() == CATALOGUES["en"].keys()
