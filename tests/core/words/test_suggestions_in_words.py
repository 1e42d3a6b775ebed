"""Suggestions as people read them."""

import re

from msgspec.structs import replace

from ritorno.core.ids import PlaybookKey
from ritorno.core.scores.cells import GroupKey
from ritorno.core.suggestions import Expected, Paid, Reach, Suggestion
from ritorno.core.words.suggestions import CATALOGUES, say_nothing, say_paid, say_suggestion
from ritorno.testing import shop

NAMES = {"risk": "At risk"}
TOLD = Suggestion(
    PlaybookKey("PB2"), "start", True, (GroupKey("risk"),),
    Reach(100, 18_000_000, 97, {"sms": 97, "email": 20}, 90_000, 1_164_000),
    Expected("prior", 87, 0, 0.0, 313_200.0, 1_047.6, -1_047.6, 106_832.4),
)  # fmt: skip


def test_orc_09_the_stake_and_the_reach_stand_first() -> None:
    said = say_suggestion(TOLD, shop(), NAMES, "en")
    assert said == [
        "At risk: ₪180,000 of last-12-month spend at stake, 97 reachable by SMS, 20 reachable by e-mail",
        "expected: ₪0 to ₪3,132 more revenue; after margin, messages (₪10.48) and offers -₪10.48 to ₪1,068.32",
        "assumed until there are results: 0 to 4 of 100 who get it buy and would not have",
    ]


def test_measured_results_are_named_as_such() -> None:
    own = replace(TOLD, expected=replace(TOLD.expected, source="own", measured=1_000))
    assert say_suggestion(own, shop(), NAMES, "en")[2] == "from what was measured of 1,000 customers"


def test_both_languages_say_the_same_with_the_same_numbers() -> None:
    assert CATALOGUES["he"].keys() == CATALOGUES["en"].keys()
    for key, text in CATALOGUES["en"].items():
        assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", CATALOGUES["he"][key])), key
    assert "97 נגישים ב-SMS" in say_suggestion(TOLD, shop(), NAMES, "he")[0]
    assert say_nothing("he") != say_nothing("en")


def test_pb4_08_what_saved_money_pays() -> None:
    said = say_paid(Paid(24_000, 87, 20_868), "PB2", shop(), "en")
    assert said == "₪240 saved on ads pays 87 messages of PB2 and leaves ₪208.68 for its offers"
