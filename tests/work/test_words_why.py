"""Answers as people read them, in Hebrew and English."""

import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from msgspec.structs import replace

from ritorno.core.events import Channel, ConsentTold, Purpose, SoldVia
from ritorno.core.ids import CustomerId, PlaybookKey
from ritorno.core.instants import days
from ritorno.core.journeys.journey import Playbook
from ritorno.core.journeys.trigger import Happened
from ritorno.core.lift import Difference, profit
from ritorno.core.segments.rule import (
    All,
    Bought,
    CellIs,
    Consented,
    FactIs,
    GroupIs,
    Not,
    Reachable,
    Rule,
    ScoreIs,
    TraitIs,
)  # fmt: skip
from ritorno.core.segments.unmet import Unmet
from ritorno.core.words import answers, causes, playbook, reasons, rules_speech
from ritorno.core.words.reasons import say_reason
from ritorno.core.words.rules import say_leaf
from ritorno.playbooks.library import load
from ritorno.settings import Settings
from ritorno.testing import at, held_out_of
from ritorno.testing import shop as fixture_shop
from ritorno.work.measure import measure
from ritorno.work.proof import proof
from ritorno.work.results import ArmResult, Results
from ritorno.work.why import WhyNot, why, why_not
from ritorno.work.words_results import say_results
from ritorno.work.words_why import say_proof, say_why, say_why_not
from tests.web.shop import Shop, open_shop

PB2: Playbook = held_out_of(load("PB2"), 0)
GROUPS = {"he": {"risk": "לקוחות בסיכון", "cooling": "מתקררים"}, "en": {"risk": "At risk", "cooling": "Cooling"}}
ROOMS = [room.CATALOGUES for room in (answers, causes, playbook, reasons, rules_speech)]
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("catalogues", ROOMS)
def test_both_languages_say_the_same(catalogues: dict[str, dict[str, str]]) -> None:
    assert catalogues["he"].keys() == catalogues["en"].keys()
    for key, hebrew in catalogues["he"].items():
        fields = [
            {name for _, name, _, _ in Formatter().parse(text) if name} for text in (hebrew, catalogues["en"][key])
        ]
        assert fields[0] == fields[1], key


def test_every_reason_that_the_rules_give_has_words() -> None:
    rooms = ("core/messages/judge", "core/journeys/entry", "core/journeys/advance", "core/react", "work/deliver")
    told = "".join((ROOT / f"ritorno/{room}.py").read_text(encoding="utf-8") for room in rooms)
    codes = set(re.findall(r'Reason\("([a-z_]+)"', told))
    codes |= set(re.findall(r'return f?"([a-z_]+)(?::|"$)', told, re.MULTILINE))
    codes |= {"bought", "over", "opted_out", "completed", "in_playbook", "version_gone", "house_account", "unmerged"}
    codes -= {"sign_up", "once", "lapse", "event"}  # the name of an event, names of episodes
    assert len(codes) > 12
    assert codes - reasons.CATALOGUES["en"].keys() == set()


def test_a_reason_is_said_with_what_it_is_about() -> None:
    assert say_reason("no_consent: sms,email", "en") == "no consent: sms,email"
    assert say_reason("send_window: friday", "he") == "מחוץ לחלון השליחה: friday"
    assert say_reason("same_episode", "en") == "already entered in the same episode"
    assert say_reason("my own words: x", "he") == "my own words: x"


@pytest.mark.parametrize(
    ("leaf", "english", "hebrew"),
    [
        (GroupIs(("risk", "fading")), "group: At risk or fading", "קבוצה: לקוחות בסיכון או fading"),
        (CellIs(("333", "1**")), "cell 333 or 1**", "תא 333 או \u20681**\u2069"),
        (ScoreIs("f", (2, 3)), "F is 2 or 3", "F הוא 2 או 3"),
        (Consented(Channel.SMS), "consent to sms", "הסכמה ל-sms"),
        (Reachable((Channel.SMS, Channel.EMAIL)), "reachable by sms or email", "זמינות ב-sms או email"),
        (
            Bought(at_least=2, within=days(30), category="shoes", sold_via=SoldVia.POS),
            "purchases (category: shoes, place of sale: shop) in the last 30 days: at least 2",
            "קניות (קטגוריה: shoes, מקום הקנייה: בחנות) ב-30 הימים האחרונים: לפחות 2",
        ),
        (Bought(), "purchases: at least 1", "קניות: לפחות 1"),
        (FactIs("spend", ">=", 120_000), "spend is at least ₪1,200", "סכום הקניות: לפחות ₪1,200"),
        (FactIs("ever", "=", 1), "orders ever is 1", "הזמנות מאז ומעולם: 1"),
        (TraitIs("city", "=", "חיפה"), "city is \u2068חיפה\u2069", "עיר: חיפה"),
        (All(()), "every customer", "כל הלקוחות"),
    ],
)
def test_every_leaf_has_words(leaf: Rule, english: str, hebrew: str) -> None:
    assert say_leaf(leaf, "en", GROUPS["en"], "ILS") == english
    assert say_leaf(leaf, "he", GROUPS["he"], "ILS") == hebrew
    assert say_leaf(leaf, "en", GROUPS["en"], "ILS", wanted=False) == f"not: {english}"


@pytest.fixture
def shop(database: str, tmp_path: Path) -> Iterator[Shop]:
    with open_shop(Settings(tmp_path, database), playbook=PB2) as open_one:
        yield open_one


def test_why_is_told_line_by_line(shop: Shop) -> None:
    shop.rescue()
    told = why(shop.app.connection(), shop.plan, shop.customer().id, PlaybookKey("PB2"))
    assert say_why(told, shop.plan, "en", GROUPS["en"]) == [
        "2026-03-03 14:05:10  R moved 2 to 1: elapsed 90 days (cuts version 1)",
        "2026-03-03 14:05:10  Cooling → At risk",
        "2026-03-03 14:05:10  entered version 2, treated, by time",
        "2026-03-03 14:05:10  message rescue was wanted",
        "2026-03-03 14:05:10  rescue was sent by sms",
    ]
    assert say_why(told, shop.plan, "he", GROUPS["he"])[:3] == [
        "2026-03-03 14:05:10  R השתנה מ-2 ל-1: עברו 90 ימים (ספים גרסה 1)",
        "2026-03-03 14:05:10  מתקררים ← לקוחות בסיכון",
        "2026-03-03 14:05:10  כניסה לגרסה 2, מקבלים, בעקבות חלוף הזמן",
    ]


def test_why_not_is_told_line_by_line(shop: Shop) -> None:
    for day in ("2025-09-20T12:00", "2025-11-01T12:00", "2026-01-06T16:00"):
        shop.buy(day, 800)
    connection, who = shop.app.connection(), shop.customer().id
    told = why_not(connection, shop.plan, who, PB2, at("2026-02-10"))
    assert say_why_not(told, shop.plan, "en", GROUPS["en"]) == [
        "not so: group: At risk",
        "against it: no consent: sms,email",
        "time alone may change that on 2026-04-06 16:00:00",
        "if nothing happens: on 2026-04-06 16:00:00 declined, no consent: sms,email",
    ]
    shop.live_until("2026-04-10")
    later = say_why_not(why_not(connection, shop.plan, who, PB2, at("2026-04-10")), shop.plan, "he", GROUPS["he"])
    assert later == [
        "נמצאים בסגמנט, והטריגר (R עובר ל-1) לא קרה מאז",
        "מה שעומד נגד: אין הסכמה: sms,email",
        "2026-04-06 16:00:00  לא נכנסו: אין הסכמה: sms,email",
        "הזמן לבדו עשוי לשנות זאת ב-2027-09-20 12:00:00",
        "בלי שיקרה דבר הטריגר (R עובר ל-1) לא יקרה",
    ]


def test_what_may_happen_is_told() -> None:
    leaf = Unmet("segment", Not(All(())), wanted=True)
    told = WhyNot(
        CustomerId(1), "PB2", False, False, [leaf], "", None, [], Happened("order"), "enrolled", at("2026-03-01")
    )
    lines = say_why_not(told, fixture_shop(), "en", {})
    assert lines[1:] == ["time alone does not change that", "if nothing happens: enters on 2026-03-01 00:00:00"]
    assert say_why_not(told._replace(is_open=True), fixture_shop(), "he", {}) == ["נמצאים במסלול עכשיו"]


def test_isr_01_a_proof_is_told_with_its_words_and_what_stands_now(shop: Shop) -> None:
    told = ConsentTold(
        Channel.SMS, given=True, source="form", wording="אשמח לקבל עדכונים", wording_version="v2", evidence="10.0.0.7"
    )
    shop.tell(told, "2025-05-01T10:00")
    shop.rescue(channels="")
    before = say_proof(proof(shop.app.connection(), shop.plan, shop.message().message.id), shop.plan, "en")
    assert before == [
        "permitted by the consent to sms (marketing) of 2025-05-01 10:00:00, known 2025-05-01 10:00:00: form, explicit",
        'its words: "אשמח לקבל עדכונים" v2',
        "evidence: 10.0.0.7",
        "consent is in force",
    ]
    shop.tell(ConsentTold(Channel.SMS, given=False, source="link"), "2026-03-04T09:00")
    shop.tell(ConsentTold(Channel.SMS, given=True, source="import"), "2026-03-04T10:00")
    after = say_proof(proof(shop.app.connection(), shop.plan, shop.message().message.id), shop.plan, "he")
    assert after[-3:] == [
        "מאז: הסרה ב-2026-03-04 09:00:00 (link)",
        "מאז: הסכמה ב-2026-03-04 10:00:00 (import, unproven)",
        "אין עכשיו הסכמה בתוקף",
    ]
    assert proof(shop.app.connection(), shop.plan, shop.message().message.id).permit is not None
    assert Purpose.MARKETING.value in before[0]


ORC_12 = Difference(5_000, 4_000, 1_000, 850, 1_150, 900, 100)


def results(spend: Difference | None, days_more: float | None = None) -> Results:
    return Results(
        PlaybookKey("PB2"), 1000, 100, 0, 0, {}, {}, 900, None, 120, 900, 30, 150_000, 5_000, 5_400_000,
        ArmResult(900, 450, 4_500_000), ArmResult(100, 40, 400_000), 2_000_000 if spend else None, spend,
        Difference(0.5, 0.4, 0.1, 0.02, 0.18, 900, 100) if spend else None,
        profit(spend, 0.4, 5_400, 150_000) if spend else None, 1.0, days_more,
    )  # fmt: skip


def test_orc_12_results_are_told_with_the_formula_and_every_interval() -> None:
    assert say_results(results(ORC_12), fixture_shop(), "en") == [
        "1,000 entered, 100 held out, 900 sent, – delivered, 120 clicked",
        "30 of 900 codes redeemed (₪1,500); ₪50 more still open",
        "treated: 900 whose span is over, 450 bought (50.0%), ₪50 a head",
        "holdout: 100 whose span is over, 40 bought (40.0%), ₪40 a head",
        "lift ₪9,000 (95 %: ₪7,650 to ₪10,350)",
        "net ₪2,046 (95 %: ₪1,506 to ₪2,586) = 40% × ₪9,000 − messages ₪54 − offers ₪1,500",
        "bought: 10.0% more (95 %: 2.0% to 18.0%)",
        "spend per head counts up to ₪20,000, fixed before the first entry",
    ]


def test_orc_12_no_lift_is_told_without_an_interval_and_none_as_sure_that_is_not() -> None:
    assert say_results(results(None), fixture_shop(), "he")[-1] == "תוספת מול קבוצת ההשוואה: עדיין לא ניתן לקבוע"
    wide = Difference(5_000, 4_000, 1_000, -960, 2_960, 900, 100)
    told = say_results(results(wide, 64.4), fixture_shop(), "en")
    assert told[-2:] == [
        "not yet conclusive; a difference of ₪28.02 a head would have shown",
        "expected to be clear in 64 days at this rate",
    ]
    assert say_results(results(wide, 9e9), fixture_shop(), "en")[-1].startswith("not yet conclusive")


def test_arms_that_chance_did_not_make_are_told_and_who_does_not_count() -> None:
    told = replace(results(ORC_12), sample_ratio=1e-6, maturing=3, in_both=2, delivered=890)
    lines = say_results(told, fixture_shop(), "he")
    assert "890 נמסרו" in lines[0]
    assert lines[4:7] == [
        "3 עוד בתוך הזמן",
        "2 לקוחות שאוחדו היו בשתי הקבוצות ואינם נספרים",
        "גודל הקבוצות אינו אפשרי במקרה (p=1e-06): יש לבדוק את הכניסות לפני שמאמינים לתוצאה",
    ]


def test_pb2_05_nothing_speaks_of_opens(shop: Shop) -> None:
    told = measure(shop.app.connection(), shop.plan, PB2, at("2026-03-01"))
    for language in ("he", "en"):
        text = "\n".join(say_results(told, shop.plan, language))
        assert "opened" not in text
        assert "פתיח" not in text
