"""How the entries of a customer's timeline are said, in Hebrew and English."""

from collections.abc import Mapping

from ritorno.core.money import format_amount
from ritorno.core.timeline import Entry
from ritorno.core.words.causes import say_cause

CATALOGUES: dict[str, dict[str, str]] = {
    "he": {
        "order": "קנייה {place}, {net}",
        "order_not_counted": "הזמנה {place}, {total}, לא נספרת",
        "refund": "החזר של {amount}",
        "refund_whole": "החזר מלא",
        "cancellation": "ביטול הזמנה",
        "void": "{what} (בוטל)",
        "consent_given": "הסכמה ל-{channel}",
        "consent_refused": "הסרה מ-{channel}",
        "did": "{name}",
        "did_sign_up": "הצטרפות",
        "did_message_delivered": "ההודעה נמסרה",
        "did_message_failed": "ההודעה לא נמסרה",
        "did_message_opened": "ההודעה נפתחה",
        "did_message_clicked": "לחיצה על קישור בהודעה",
        "did_message_clicked_machine": "קישור בהודעה נפתח על ידי תוכנה",
        "did_message_replied": "תשובה להודעה",
        "score": "{axis} השתנה מ-{before} ל-{after} ({cause})",
        "score_first": "{axis} הראשון: {after}",
        "group": "{before} ← {after}",
        "enrolled": "נכנסו אל {playbook} ({arm})",
        "ended": "יצאו מ-{playbook}: {why}",
        "points": "נרשמו {points} נקודות",
        "audience_include": "צורפו לקהל הפרסום {audience} ({playbook})",
        "audience_exclude": "הוחרגו מהפרסום: {audience} ({playbook})",
        "audience_left": "יצאו מקהל הפרסום {audience} ({playbook})",
        "task": "נפתחה משימה ל{role} ({playbook})",
        "webhook": "המערכת {endpoint} עודכנה ({playbook})",
        "house": "סומן כחשבון קופה כללי: {receipts} קבלות ביום",
        "message": "הודעה {channel} של {playbook}: {state}{reason}",
        "code": "קוד {code}, {value}",
        "code_redeemed": "הקוד {code} מומש",
        "online": "באתר",
        "phone": "בטלפון",
        "pos": "בקופה",
        "pos_branch": "בקופה, סניף {branch}",
    },
    "en": {
        "order": "bought {place}, {net}",
        "order_not_counted": "order {place}, {total}, not counted",
        "refund": "refund of {amount}",
        "refund_whole": "refunded in full",
        "cancellation": "order cancelled",
        "void": "{what} (taken back)",
        "consent_given": "consent to {channel}",
        "consent_refused": "opted out of {channel}",
        "did": "{name}",
        "did_sign_up": "signed up",
        "did_message_delivered": "message delivered",
        "did_message_failed": "message not delivered",
        "did_message_opened": "message opened",
        "did_message_clicked": "clicked a link of a message",
        "did_message_clicked_machine": "a program opened a link of a message",
        "did_message_replied": "replied to a message",
        "score": "{axis} moved {before} to {after} ({cause})",
        "score_first": "first {axis}: {after}",
        "group": "{before} → {after}",
        "enrolled": "entered {playbook} ({arm})",
        "ended": "left {playbook}: {why}",
        "points": "{points} points booked",
        "audience_include": "joined the ad audience {audience} ({playbook})",
        "audience_exclude": "left out of the ads: {audience} ({playbook})",
        "audience_left": "left the ad audience {audience} ({playbook})",
        "task": "a task was opened for {role} ({playbook})",
        "webhook": "the system {endpoint} was told ({playbook})",
        "house": "flagged as a till house account: {receipts} receipts in a day",
        "message": "{channel} message of {playbook}: {state}{reason}",
        "code": "code {code}, {value}",
        "code_redeemed": "code {code} redeemed",
        "online": "online",
        "phone": "by phone",
        "pos": "at a till",
        "pos_branch": "at the till of {branch}",
    },
}


def say_entry(entry: Entry, language: str, currency: str, groups: Mapping[str, str]) -> str:
    """One entry in a line; `groups` are the names of the groups by key. A trait's change brings its words along."""
    if entry.kind == "trait":
        return str(entry.values[f"said_{language}"])
    words, values = CATALOGUES[language], dict(entry.values)
    for name in ("total", "net", "amount", "value"):
        money = values.get(name)
        if isinstance(money, int):
            values[name] = format_amount(money, str(values.get("currency") or currency), language)
    values["place"] = _place(entry, words)
    if entry.kind == "group":
        values |= {name: groups.get(str(values[name]), values[name]) for name in ("before", "after")}
    if entry.kind == "score":
        values |= {"axis": str(values["axis"]).upper(), "cause": say_cause(str(values["cause"]), language)}
    said = words[_key(entry)].format(**values)
    return words["void"].format(what=said) if values.get("void") else said


def _key(entry: Entry) -> str:
    values = entry.values
    match entry.kind:
        case "order":
            return "order" if values["counts"] else "order_not_counted"
        case "refund":
            return "refund_whole" if values["amount"] is None else "refund"
        case "consent":
            return "consent_given" if values["given"] else "consent_refused"
        case "score":
            return "score" if values["before"] else "score_first"
        case "did":
            known = f"did_{values['name']}"
            if values.get("machine") is True and f"{known}_machine" in CATALOGUES["en"]:
                return f"{known}_machine"
            return known if known in CATALOGUES["en"] else "did"
        case kind:
            return kind


def _place(entry: Entry, words: Mapping[str, str]) -> str:
    via, branch = entry.values.get("sold_via"), entry.values.get("branch")
    if via is None:
        return ""
    return words["pos_branch"].format(branch=branch) if via == "pos" and branch else words[str(via)]
