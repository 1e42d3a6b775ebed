"""What a message may say of early access, a code to hand on and a reward (PB1-06, COM-21)."""

from ritorno.core.events import Channel
from ritorno.core.instants import days
from ritorno.core.journeys.way import Way
from ritorno.core.messages.promised import NOTHING, Access, Promised, Referral, promised_fields, promises_asked
from ritorno.core.messages.text import Text
from ritorno.core.offers import Offer, issue
from ritorno.testing import JERUSALEM, at


def test_what_ends_at_midnight_was_good_on_the_day_before() -> None:
    told = promised_fields(Promised(Access(at("2026-03-21"), "https://s/a/x")), "ILS", "he", JERUSALEM)
    assert told == {"access": {"until": "20.3.2026", "url": "https://s/a/x"}}


def test_both_amounts_and_the_code_are_said() -> None:
    reward = issue(Offer(5_000, lives=days(90)), "ABCD2345", at("2026-03-03T12:00"), JERUSALEM)
    made = Promised(referral=Referral("RINA10", "https://s/f/b/RINA10", 5_000, 3_050), reward=reward)
    assert promised_fields(made, "ILS", "en", JERUSALEM) == {
        "referral": {
            "code": "RINA10", "url": "https://s/f/b/RINA10", "value": "50", "for_friend": "30.50", "unit": "NIS",
        },
        "reward": {"value": "50", "unit": "NIS", "code": "ABCD2345", "until": "1.6.2026"},
    }  # fmt: skip
    assert promised_fields(NOTHING, "ILS", "en", JERUSALEM) == {}


def test_only_what_the_texts_speak_of_is_asked_for() -> None:
    assert promises_asked(Way(Channel.SMS, Text("{{ reward.code }} {{ link }}", "{{ referral.url }}"))) == {
        "reward", "referral",
    }  # fmt: skip
    assert promises_asked(Way(Channel.SMS, Text("x", "x"), links={"link": "{{ access.url }}"})) == {"access"}
