"""What brought a decision about, in words, Hebrew and English; causes are what `react` and `rescore` give."""

import re

from ritorno.core.words.catalogue import say_kept_span

CATALOGUES: dict[str, dict[str, str]] = {
    "he": {
        "cancellation": "ביטול הזמנה",
        "consent": "הסכמה או הסרה",
        "cuts": "ספים חדשים ({detail})",
        "dry-run": "ניסיון על ההיסטוריה",
        "elapsed": "עברו {detail}",
        "import": "ייבוא",
        "left the window of": "הזמנה יצאה מחלון של {detail}",
        "message_clicked": "לחיצה על קישור בהודעה",
        "message_delivered": "הודעה נמסרה",
        "message_failed": "הודעה לא נמסרה",
        "message_opened": "הודעה נפתחה",
        "message_replied": "תשובה להודעה",
        "order": "הזמנה",
        "policy": "מדיניות חדשה ({detail})",
        "order_moved": "הזמנה התבררה כשייכת לאחרים",
        "refund": "החזר",
        "replan": "שינוי בהגדרות",
        "segment": "הגדרת סגמנט ({detail})",
        "sign_up": "הצטרפות",
        "time": "חלוף הזמן",
        "traits": "עדכון פרטים",
        "unmerge": "הפרדה של שניים שנחשבו לאחד",
    },
    "en": {
        "cancellation": "cancelled order",
        "consent": "consent given or withdrawn",
        "cuts": "new cuts ({detail})",
        "dry-run": "try on history",
        "elapsed": "elapsed {detail}",
        "import": "import",
        "left the window of": "an order left the window of {detail}",
        "message_clicked": "click on a message's link",
        "message_delivered": "message delivered",
        "message_failed": "message not delivered",
        "message_opened": "message opened",
        "message_replied": "reply to a message",
        "order": "order",
        "policy": "new policy ({detail})",
        "order_moved": "an order turned out to be another customer's",
        "refund": "refund",
        "replan": "changed definitions",
        "segment": "definition of segment ({detail})",
        "sign_up": "signing up",
        "time": "time",
        "traits": "new details",
        "unmerge": "taking apart two who were taken for one",
    },
}
_WITH_DETAIL = re.compile(r"(elapsed|left the window of|cuts|policy|segment) (.+)")


def say_cause(cause: str, language: str) -> str:
    """A cause as a decision keeps it; an event of the brand's own says its own name."""
    found = _WITH_DETAIL.fullmatch(cause)
    code, detail = (found[1], found[2]) if found else (cause, "")
    said = CATALOGUES[language].get(code)
    return cause if said is None else said.format(detail=say_kept_span(detail, language))
