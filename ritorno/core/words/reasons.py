"""Reasons of verdicts, ends and refusals in words, Hebrew and English; codes are what `judge` and `entry` give."""

from ritorno.core.words.catalogue import say_kept_span

CATALOGUES: dict[str, dict[str, str]] = {
    "he": {
        "again_after": "עוד לא עברו {detail} מאז הכניסה הקודמת",
        "apart": "עוד לא עבר די זמן מאז {detail}",
        "bought": "הייתה קנייה ב-{detail}",
        "budget": "המכסה היומית מלאה ({detail})",
        "cap": "תקרת ההודעות: {detail}",
        "code_pool": "אזלו הקודים במאגר {detail}",
        "completed": "המסלול הושלם",
        "conversation": "באמצע שיחה, מאז {detail}",
        "feed_silent": "אין חדש מהמקור {detail}",
        "first_purchase_done": "כבר הייתה קנייה ראשונה ({detail})",
        "goal": "המטרה הושגה",
        "house_account": "חשבון קופה כללי, לא אדם",
        "in_playbook": "כבר במסלול {detail}",
        "incentives": "יותר ממה שנותנים ללקוח בשווי כזה: {detail}",
        "messages": "יצאו כל ההודעות ({detail})",
        "no_consent": "אין הסכמה: {detail}",
        "no_data": "אין ללקוח את מה שהנוסח אומר: {detail}",
        "no_longer_true": "הסיבה אינה מתקיימת עוד ({detail})",
        "no_order": "אין הזמנה להיכנס בעקבותיה",
        "no_supply": "לא ידוע מתי המוצר נגמר",
        "offer_budget": "תקציב ההטבה אינו מספיק לעוד קוד: {detail}",
        "opted_out": "בוטלה ההסכמה",
        "over": "הזמן למסלול עבר: {detail}",
        "priority": "הודעה דחופה יותר יצאה: {detail}",
        "provider": "אצל הספק: {detail}",
        "quiet": "לא פונים עוד אליהם ({detail})",
        "refunded": "ההזמנה הוחזרה",
        "same_episode": "כבר היו במסלול באותו פרק ({detail})",
        "send_window": "מחוץ לחלון השליחה: {detail}",
        "short_code_shabbat": "רוב חייו של הקוד היו בזמן סגור: {detail}",
        "text": "לא ניתן לכתוב את הנוסח: {detail}",
        "stopped": "נעצר: {detail}",
        "unmerged": "שניים שנחשבו לאחד הופרדו: נשקל מחדש",
        "version_gone": "הגרסה {detail} אינה קיימת עוד",
        "whatsapp_tier": "מכסת הוואטסאפ מלאה ({detail})",
    },
    "en": {
        "again_after": "not yet {detail} since the last entry",
        "apart": "not yet long enough after {detail}",
        "bought": "bought on {detail}",
        "budget": "the day's budget is used up ({detail})",
        "cap": "cap of messages: {detail}",
        "code_pool": "the pool {detail} has no code left",
        "completed": "the journey is complete",
        "conversation": "in a conversation since {detail}",
        "feed_silent": "nothing is heard from {detail}",
        "first_purchase_done": "the first purchase has been made ({detail})",
        "goal": "the goal is reached",
        "house_account": "a till's house account, no person",
        "in_playbook": "already in the playbook {detail}",
        "incentives": "more than a customer of this value is given: {detail}",
        "messages": "all its messages have left ({detail})",
        "no_consent": "no consent: {detail}",
        "no_data": "the customer has nothing of what the text says: {detail}",
        "no_longer_true": "its reason is gone ({detail})",
        "no_order": "there is no order to enter for",
        "no_supply": "nobody knows when the product runs out",
        "offer_budget": "the offer's budget does not hold one more code: {detail}",
        "opted_out": "consent was withdrawn",
        "over": "the time for the journey is over: {detail}",
        "priority": "a more urgent message has just left: {detail}",
        "provider": "at the provider: {detail}",
        "quiet": "they are written to no more ({detail})",
        "refunded": "the order was returned",
        "same_episode": "already entered in the same episode ({detail})",
        "send_window": "outside the send window: {detail}",
        "short_code_shabbat": "most of the code's life would have been closed time: {detail}",
        "text": "the text cannot be written: {detail}",
        "stopped": "stopped: {detail}",
        "unmerged": "two who were taken for one are apart again: judged anew",
        "version_gone": "version {detail} is gone",
        "whatsapp_tier": "WhatsApp takes no more now ({detail})",
    },
}
_SPANS = ("again_after", "over")  # their detail is one


def say_reason(reason: str, language: str) -> str:
    """A reason as it is kept, `code` or `code: detail`; an unknown code (a playbook's own words) says itself."""
    code, _, detail = reason.partition(": ")
    said = CATALOGUES[language].get(code)
    if said is None:
        return reason
    if code in _SPANS:
        detail = say_kept_span(detail, language)
    return said.format(detail=detail).replace(" ()", "").rstrip(": ")
