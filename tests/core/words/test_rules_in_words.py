"""Every leaf of a rule, and one customer's answer to it, in Hebrew and in English (SEG-10)."""

import re
import typing
from datetime import UTC, datetime
from string import Formatter

import pytest
from hypothesis import given

from ritorno.core.bidi import isolated
from ritorno.core.events import Channel, OrderTold, Purpose, SoldVia
from ritorno.core.ids import SegmentKey
from ritorno.core.instants import NEVER, Span, Unit, days, hours
from ritorno.core.journeys.way import Words
from ritorno.core.plan import Segment
from ritorno.core.segments.check_values import CHOICES, FACTS, OPS
from ritorno.core.segments.rule import (
    All,
    Anniversary,
    Any,
    Bought,
    BuysFor,
    CellIs,
    Consented,
    Did,
    Elapsed,
    FactIs,
    Fresh,
    Inferred,
    InPlaybook,
    InSegment,
    Interest,
    LastMessages,
    Moment,
    NeedServed,
    Not,
    Rule,
    ScoreMoved,
    Share,
    Then,
    TraitIs,
    WasIn,
    Where,
)
from ritorno.core.view import view_of
from ritorno.core.words.rules import said_leaf
from ritorno.core.words.rules_en import EN
from ritorno.core.words.rules_he import HE
from ritorno.core.words.rules_speech import Speech
from ritorno.core.words.rules_tree import explain, lines, say_rule, speech_of
from ritorno.testing import Person, at, shop
from tests.core.segments import rules_made

GROUPS = {"he": {"risk": "לקוחות בסיכון"}, "en": {"risk": "At risk"}}
NAMED = {
    "he": ({"vip": "הטובים"}, {"PB2": "חזרה"}, {"town": "יישוב"}, {"needs": {"walker": "הליכון"}}),
    "en": ({"vip": "The best"}, {"PB2": "Win-back"}, {"town": "town"}, {"needs": {"walker": "Walker"}}),
}
SPEECH = {language: Speech(language, GROUPS[language], "ILS", *NAMED[language]) for language in ("he", "en")}


def seen(text: str) -> str:
    """With the marks that nobody sees, which keep a value in its own order, as ‹ and ›."""
    return text.replace("\u2068", "‹").replace("\u2069", "›")


AT = datetime(2026, 3, 1, 10, tzinfo=UTC)
SAID: list[tuple[Rule, str, str]] = [
    (TraitIs("town", "!=", "חיפה"), "town is not ‹חיפה›", "יישוב: לא חיפה"),
    (TraitIs("city", "in", ("Haifa", "עכו")), "city is Haifa or ‹עכו›", "עיר: Haifa או עכו"),
    (TraitIs("born_at", "<", "1960-03-01"), "born_at is before 1960-03-01", "born_at: לפני ‹1960-03-01›"),
    (TraitIs("needs", "in", ("walker", "cane")), "needs is Walker or cane", "needs: הליכון או cane"),
    (TraitIs("kids", "<", 3), "kids is less than 3", "kids: פחות מ-3"),
    (TraitIs("kids", "<=", -3), "kids is at most -3", "kids: לכל היותר ‹-3›"),
    (TraitIs("kids", "between", (1, 3)), "kids is between 1 and 3", "kids: בין 1 ל-3"),
    (TraitIs("tags", "contains", "walker"), "tags contains walker", "תגיות: מכיל את walker"),
    (
        TraitIs("tags", "set", None, "pos", days(7)),
        "tags is known, told by pos, told in the last 7 days",
        "תגיות: ידוע, לפי pos, נמסר ב-7 הימים האחרונים",
    ),
    (TraitIs("member", "=", True), "member is yes", "member: כן"),
    (Anniversary(), "the yearly day of birth date", "היום השנתי של תאריך לידה"),
    (
        Anniversary("wedding", 2, 3),
        "the yearly day of wedding, from 2 days before, for 3 days",
        "היום השנתי של wedding, החל מיומיים לפניו, למשך 3 ימים",
    ),
    (Consented(Channel.SMS, Purpose.SERVICE), "consent to sms for service", "הסכמה ל-sms לצורכי שירות"),
    (
        Share("test 1", 0, 0.125),
        "a lasting share of customers (test 1): 0% to 12.5%",
        "חלק קבוע מהלקוחות (‹test 1›): מ-0% עד 12.5%",
    ),
    (CellIs(("3**",)), "cell 3**", "תא ‹3**›"),
    (ScoreMoved("r", 1), "R moved to 1", "מעבר של R ל-1"),
    (
        ScoreMoved("r", 2, 3, Span(1, Unit.WEEKS)),
        "R moved from 3 to 2 in the last week",
        "מעבר של R מ-3 ל-2 בשבוע האחרון",
    ),
    (
        WasIn(Span(2, Unit.MONTHS), ("risk",), ("111",)),
        "group: At risk or cell 111, now or in the last 2 months",
        "קבוצה: לקוחות בסיכון או תא 111, עכשיו או בחודשיים האחרונים",
    ),
    (FactIs("stage", "=", "returning"), "stage is returning", "שלב: קנייה חוזרת"),
    (FactIs("stage", "contains", "re"), "stage contains re", "שלב: מכיל את re"),
    (FactIs("engagement_sms", "in", ("high", "low")), "engagement by SMS is high or low",
     "מעורבות ב-SMS: גבוהה או נמוכה"),
    (FactIs("last_sold_via", "=", "pos"), "place of the last purchase is shop", "מקום הקנייה האחרונה: בחנות"),
    (FactIs("spend", ">=", 50_000), "spend is at least ₪500", "סכום הקניות: לפחות ₪500"),
    (
        FactIs("gap_last", ">", 30, "a-1", "ויטמינים"),
        "days between the last two purchases (SKU: a-1, category: ‹ויטמינים›) is more than 30",
        "ימים בין שתי הקניות האחרונות (מק״ט: ‹a-1›, קטגוריה: ויטמינים): יותר מ-30",
    ),
    (
        Elapsed("last_order", at_least=days(30), below=days(90)),
        "time since the last purchase: at least 30 days, less than 90 days",
        "הזמן מאז הקנייה האחרונה: לפחות 30 ימים, ופחות מ-90 ימים",
    ),
    (Elapsed(trait="wedding", below=Span(1, Unit.YEARS)), "time since wedding: less than 1 year",
     "הזמן מאז wedding: פחות משנה"),
    (Elapsed("joined", at_least=hours(2)), "time since joining: at least 2 hours", "הזמן מאז ההצטרפות: לפחות שעתיים"),
    (Fresh(), "in the cool-down after a purchase", "תקופת צינון אחרי קנייה"),
    (
        Bought(measure="spend", maker=("a", "b"), price_from=10_000, total_to=90_000, at_least=20_000, at_most=30_000,
               older_than=days(2), since=AT, until=AT),
        (
            "spend (maker: a or b, unit price: at least ₪100, total: at most ₪900) at least 2 days ago since "
            "2026-03-01 10:00 before 2026-03-01 10:00: ₪200 to ₪300"
        ),
        (
            "סכום הקניות (יצרן: a או b, מחיר ליחידה: לפחות ₪100, סכום: לכל היותר ₪900) לפני יומיים או יותר "
            "מאז ‹2026-03-01 10:00› לפני ‹2026-03-01 10:00›: ₪200 עד ₪300"
        ),
    ),
    (Bought(at_most=0, within=days(1)), "purchases in the last day: none", "קניות ביום האחרון: אין"),
    (Bought(at_least=2, at_most=2), "purchases: exactly 2", "קניות: בדיוק 2"),
    (Bought(measure="lines", at_most=3), "lines bought: at most 3", "שורות שנקנו: לכל היותר 3"),
    (
        Did(event="message_clicked", where=(Where("link", "=", "x"),), within=days(14), at_least=2, machines=True),
        "click on a message's link (link is x), what machines did included in the last 14 days: at least 2",
        "לחיצה על קישור בהודעה (link: x), כולל פעולות אוטומטיות ב-14 הימים האחרונים: לפחות 2",
    ),
    (
        Did(event="quiz done", measure="average", property="score", at_least=2.5),
        "quiz done, average of score: at least 2.5",
        "‹quiz done›, ממוצע של score: לפחות 2.5",
    ),
    (
        Then(Did(event="cart_abandoned"), Bought(category="x"), days(2), never=True),
        "cart_abandoned, then for 2 days none of: purchases (category: x)",
        "cart_abandoned, ואחר כך, במשך יומיים, בלי: קניות (קטגוריה: x)",
    ),
    (
        Then(Bought(within=days(9)), Bought(), days(5)),
        "purchases in the last 9 days, then purchases within 5 days",
        "קניות ב-9 הימים האחרונים, ואחר כך קניות בתוך 5 ימים",
    ),
    (
        LastMessages(3, "none", "opened"),
        "the last 3 messages by email: none opened",
        "3 ההודעות האחרונות ב-email: אף אחת לא נפתחה",
    ),
    (
        LastMessages(1, "any", "clicked", Channel.SMS, strict=False),
        "the last message by sms: clicked, what machines did included",
        "ההודעה האחרונה ב-sms: הייתה בה לחיצה, כולל פעולות אוטומטיות",
    ),
    (LastMessages(1, "none", "opened"), "the last message by email: not opened", "ההודעה האחרונה ב-email: לא נפתחה"),
    (
        Interest("vitamins", 3, days(30)),
        "interest in vitamins in the last 30 days, signs of it: at least 3",
        "סימני עניין ב-vitamins ב-30 הימים האחרונים: לפחות 3",
    ),
    (Interest("ויטמינים", state="active"), "interest in ‹ויטמינים› now", "עניין בויטמינים עכשיו"),
    (Interest("ויטמינים", state="fading"), "a fading interest in ‹ויטמינים›", "עניין דועך בויטמינים"),
    (BuysFor(), "buys for somebody else", "קונה בשביל מישהו אחר"),
    (
        BuysFor(("child", "caregiver"), "moshe"),
        "buys for somebody else, as a son or daughter or a caregiver: moshe",
        "קונה בשביל מישהו אחר, בתור בן או בת או מטפל או מטפלת: moshe",
    ),
    (
        Inferred("town", "x", 0.9),
        "estimated, not told: town is x (confidence 90% or more)",
        "משוער, לא נמסר: יישוב: x (ודאות 90% ומעלה)",
    ),
    (
        NeedServed("dryness", days(30)),
        "need served: dryness in the last 30 days",
        "צורך שנענה: dryness ב-30 הימים האחרונים",
    ),
    (InSegment("vip"), "in segment The best", "בסגמנט הטובים"),
    (InPlaybook("PB2"), "in playbook Win-back now", "בתוך המסלול חזרה עכשיו"),
    (
        InPlaybook("PB9", "ever", days(30)),
        "was in playbook PB9 in the last 30 days",
        "כניסה למסלול PB9 ב-30 הימים האחרונים",
    ),
    (Any(()), "no customer", "אף אחד מהלקוחות"),
    (Not(Fresh()), "not: in the cool-down after a purchase", "לא: תקופת צינון אחרי קנייה"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "english", "hebrew"), SAID)
def test_a_leaf_is_said_in_either_language(rule: Rule, english: str, hebrew: str) -> None:
    assert seen(said_leaf(rule, SPEECH["en"])) == english
    assert seen(said_leaf(rule, SPEECH["he"])) == hebrew


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_both_languages_have_the_same_sentences_with_the_same_values() -> None:
    assert list(HE) == list(EN)
    assert [key for key in HE if fields(HE[key]) != fields(EN[key])] == []


def test_every_fact_operator_measure_moment_and_unit_has_words() -> None:
    wanted = {*FACTS, *OPS, *(f"moment_{moment}" for moment in typing.get_args(Moment))}
    wanted |= {f"{fact}_{value}" for fact in ("loyalty", "buyer", "stage", "engagement") for value in CHOICES[fact]}
    wanted |= {f"via_{via.value}" for via in SoldVia}
    wanted |= {f"did_{measure}" for measure in typing.get_args(typing.get_type_hints(Did)["measure"])}
    measures = typing.get_args(typing.get_type_hints(Bought)["measure"])
    wanted |= {"bought" if measure == "orders" else f"bought_{measure}" for measure in measures}
    wanted |= {f"last_{unit.value}{number}" for unit in Unit for number in ("", "_1", "_2")}
    wanted |= {f"{how}_{did}" for how in ("all", "any", "none", "one", "one_not") for did in ("opened", "clicked")}
    assert wanted - HE.keys() == set()


@given(rules_made.RULES)
def test_whatever_rule_there_is_can_be_said(rule: Rule) -> None:
    for language in ("he", "en"):
        told = lines(say_rule(rule, SPEECH[language]))
        assert all(told)
        assert not any(re.search(r"[{}]", line.translate({0x7B: None, 0x7D: None})) for line in told)


def test_all_any_and_not_stand_above_their_parts() -> None:
    rule = All((Fresh(), Not(Not(Any((InSegment("vip"), All(())))))))
    assert lines(say_rule(rule, SPEECH["en"])) == [
        "all of these:",
        "  in the cool-down after a purchase",
        "  not:",
        "    not:",
        "      one of these:",
        "        in segment The best",
        "        every customer",
    ]


def test_seg_09_each_part_says_its_answer_and_until_when_it_stands() -> None:
    bought = Bought(within=days(30))
    vip = Segment(SegmentKey("vip"), 1, Words("הטובים", "The best"), Any((bought, Fresh())))
    plan = shop(segments=(vip,))
    person = Person(plan)
    person.does(OrderTold("o", 90_000, "ILS", SoldVia.ONLINE), "2026-03-05T10:00")
    person.lives_until("2026-03-10T10:00")
    view = view_of(person.customer, plan, at("2026-03-10T10:00"))
    told = explain(All((Not(InSegment("vip")), InSegment("gone"))), view, speech_of(plan, "en", {}))
    assert (told.answer, told.until) == (False, NEVER)
    assert lines(told)[:2] + lines(told)[-1:] == [
        "all of these: – false",
        "  not: in segment The best – false until 2026-04-04 10:00",
        "  in segment gone – false",
    ]
    told = explain(InSegment("vip"), view, speech_of(plan, "he", {}))
    assert [seen(line) for line in lines(told)[:3]] == [
        "בסגמנט הטובים – נכון עד ‹2026-04-04 10:00›",
        "  אחד מאלה: – נכון עד ‹2026-04-04 10:00›",
        "    קניות ב-30 הימים האחרונים: לפחות 1 – נכון עד ‹2026-04-04 10:00›",
    ]


def test_values_keep_their_own_order() -> None:
    assert [seen(isolated(text, "he")) for text in ("חיפה", "abc_1", "a b")] == ["חיפה", "abc_1", "‹a b›"]
    assert [seen(isolated(text, "en")) for text in ("a-b (c)", "חיפה")] == ["a-b (c)", "‹חיפה›"]
