"""What brought a decision about, in the language of who reads it."""

import pytest

from ritorno.core.customer import Customer
from ritorno.core.decisions import ScoreMoved
from ritorno.core.events import OrderTold, RefundTold, SignedUp, SoldVia
from ritorno.core.ids import CustomerId
from ritorno.core.react import react
from ritorno.core.words.causes import say_cause
from ritorno.core.words.reasons import say_reason
from ritorno.testing import Person, at, shop


@pytest.mark.parametrize(
    ("cause", "hebrew", "english"),
    [
        ("elapsed 90 days", "עברו 90 ימים", "elapsed 90 days"),
        ("left the window of 24 months", "הזמנה יצאה מחלון של 24 חודשים", "an order left the window of 24 months"),
        ("cuts v2", "ספים חדשים (v2)", "new cuts (v2)"),
        ("policy v3", "מדיניות חדשה (v3)", "new policy (v3)"),
        ("order", "הזמנה", "order"),
        ("replan", "שינוי בהגדרות", "changed definitions"),
        ("time", "חלוף הזמן", "time"),
        ("quiz_done", "quiz_done", "quiz_done"),
    ],
)
def test_a_cause_is_said_in_either_language(cause: str, hebrew: str, english: str) -> None:
    assert (say_cause(cause, "he"), say_cause(cause, "en")) == (hebrew, english)


def test_whatever_moves_a_score_has_words() -> None:
    person = Person(shop())
    told = [person.event(SignedUp(), at("2023-12-31"))]
    told += [
        person.event(OrderTold(day, 90_000, "ILS", SoldVia.ONLINE), at(day)) for day in ("2024-01-02", "2024-02-02")
    ]
    told.append(person.event(RefundTold("2024-02-02", "r1", None), at("2024-02-20")))
    decided = react(Customer(CustomerId(1)), told, shop(), at("2027-01-01")).decisions
    causes = {each.cause for each in decided if isinstance(each, ScoreMoved)}
    assert {"order", "refund", "elapsed 90 days", "left the window of 24 months"} <= causes
    assert all(any("א" <= letter <= "ת" for letter in say_cause(cause, "he")) for cause in causes)


def test_a_span_in_a_reason_is_said_too() -> None:
    assert say_reason("over: 72 hours", "he") == "הזמן למסלול עבר: 72 שעות"
    assert say_reason("again_after: 180 days", "en") == "not yet 180 days since the last entry"
    assert say_reason("budget: 50", "he") == "המכסה היומית מלאה (50)"
