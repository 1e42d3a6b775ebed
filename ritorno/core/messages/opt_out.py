"""Does a reply ask to be left alone? (ISR-05: replies by SMS, WhatsApp or e-mail, in Hebrew or English.)

A reply asks to stop when nothing is left of it but words of refusal, after courtesies ("please", "me", "from the
list") are put aside: "הסר", "נא להסיר אותי מהרשימה, תודה", "STOP please". A word of refusal inside a longer sentence
("about the cancellation of my order") does not count, nor one that is taken back ("לא להסיר"). Where a reply has
several lines, its first is read by itself too: below it stand signatures and the mail that is answered.
In doubt the answer is yes: a message too few can be made good, one too many cannot.
"""

import re
import unicodedata

from ritorno.core.bidi import visible


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


_STOP = _listed("""
    הסר הסרה להסרה להסיר הסירו הסירי תסיר תסירו תסירי הסירוני הורד הורידו תורידו עצור עצרו תעצרו לעצור
    הפסק הפסיקו תפסיקו להפסיק ביטול בטל בטלו לבטל תבטלו
    stop stopall unsubscribe unsub remove cancel quit optout
""")
# What a refusal is made of when it takes more than one word.
_REFUSALS = frozenset(
    {
        ("אל", "תשלחו"), ("אל", "תשלח"), ("לא", "תשלחו"), ("לא", "מעוניין"), ("לא", "מעוניינת"), ("לא", "מעונין"),
        ("לא", "מעונינת"), ("לא", "רוצה"), ("די",), ("מספיק",), ("opt", "out"), ("not", "interested"),
        ("do", "not", "text"), ("dont", "text"), ("do", "not", "send"), ("dont", "send"), ("no", "more"),
        ("dont", "want"), ("do", "not", "want"), ("do", "not", "contact"), ("dont", "contact"),
        ("do", "not", "send", "more"), ("dont", "send", "more"),
        ("do", "not", "want", "more"), ("dont", "want", "more"),
    }
)  # fmt: skip
_COURTESY = _listed("""
    נא בבקשה אנא תודה תודות רבה שלום היי הי אותי אותנו לי לנו את המספר שלי שלנו מספר הטלפון הנייד המייל הזה
    מהרשימה מרשימה רשימת מרשימת התפוצה תפוצה הדיוור דיוור מהדיוור ממכם מכם אליי אלי יותר עוד הודעות ההודעות הודעה
    פרסומות פרסומת פרסום מסרונים סמסים מיילים לקבל לשלוח מיד מיידית עכשיו אני אנחנו של
    please pls plz thanks thank you hi hello me us my our i from your the this that list lists mailing marketing number
    phone email emails message messages texts texting sms ads all now any to of it sending receiving receive get
""")
# Real words that are one letter away from a word of refusal: nappies, insurance, a boat, a remote control.
_OTHER_WORDS = _listed("""
    טיטול בישול ביטוח ביטוי בידול פיטול הסירה הכירו העירו האירו השירו הזירו להכיר להעיר להאיר להשיר להמיר להסביר
    להחסיר לסיר להסברה להסדרה להסתרה להסעה להמרה להערה להשרה להארה לעבור לעזור לאצור לנצור להפסיד הפסידו תפסידו
    להספיק הספיקו הורידה תעברו תעזרו תאצרו לבשל remote remover cancer quiet quite quilt
""")
_NOT_A_LETTER = re.compile(r"[\W\d_]+")
_QUOTED = re.compile(r"^\s*(?:>|-{3,}|_{3,}).*|.*(?:wrote|כתב|כתבה|כתב/ה|מאת)\s*:\s*$")


def asks_to_stop(text: str) -> bool:
    """True when the sender of this reply asks to get nothing more on its channel."""
    lines = []
    for line in visible(text).splitlines():
        if _QUOTED.match(line):
            break
        if line.strip():
            lines.append(line)
    return _refuses(" ".join(lines)) or (len(lines) > 1 and _refuses(lines[0]))


def _refuses(line: str) -> bool:
    words = _words(line)
    core = [word for word in words if word not in _COURTESY]
    return tuple(core) in _REFUSALS or (bool(core) and all(_is_stop(word) for word in core))


def _words(line: str) -> list[str]:
    """Lower-case words without marks, points, quotes or digits; an apostrophe joins ("don't" → "dont")."""
    plain = unicodedata.normalize("NFKD", line).casefold()
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return _NOT_A_LETTER.sub(" ", re.sub("['’`´׳]", "", plain)).split()


def _is_stop(word: str) -> bool:
    return word in _STOP or (word not in _OTHER_WORDS and any(_one_slip(word, stop) for stop in _STOP))


def _one_slip(word: str, stop: str) -> bool:
    """One slip of the finger: a letter doubled; from 4 letters on two swapped; from 5 on any one letter."""
    start = next((i for i, (a, b) in enumerate(zip(word, stop, strict=False)) if a != b), min(len(word), len(stop)))
    match len(word) - len(stop):
        case 1:
            right_rest = word[start + 1 :] == stop[start:]
            return right_rest and (len(stop) >= 5 or word[start : start + 1] == word[start - 1 : start])
        case 0 if len(stop) >= 4:
            swapped = (
                word[start : start + 2] == stop[start : start + 2][::-1] and word[start + 2 :] == stop[start + 2 :]
            )
            return swapped or (len(stop) >= 5 and word[start + 1 :] == stop[start + 1 :])
        case -1 if len(stop) >= 5:
            return word[start:] == stop[start + 1 :]
        case _:
            return False
