"""What people and tills write in a cell: times, quantities, places of sale, states, yes and no.

These are the rules; `staging.py` has a faster reading in SQL of the usual spellings, held equal to these by a test.
"""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from ritorno.core.bidi import visible
from ritorno.core.events import Channel, Purpose, SoldVia
from ritorno.core.instants import Instant, from_wall, parse_instant
from ritorno.core.money import parse_amount

_DAY_FIRST = re.compile(
    r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?:[ T,]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?: ?([AaPp])\.?[Mm]\.?)?)?",
    re.ASCII,
)
_OFFSET = re.compile(r"\s+(?:([+-]\d{2}:?\d{2})|UTC|GMT|Z)$")
_ISO_SLASHES = re.compile(r"\d{4}([./])\d{1,2}\1\d{1,2}(?=$|[ T])")
_EARLIEST, _LATEST = 1970, 2100
_QUANTITY = re.compile(r"-?(?:\d{1,12}(?:[.,]\d{1,6})?|[.,]\d{1,6})", re.ASCII)

_PLACES = {
    SoldVia.POS: "pos, till, store, shop, branch, instore, in store, offline, retail, register, cash "
    "register, physical, "
    "קופה, סניף, חנות, בחנות, חנות פיזית, פיזי",
    SoldVia.ONLINE: "online, web, website, site, ecommerce, e-commerce, internet, app, mobile app, "
    "shopify, woocommerce, "
    "אתר, אונליין, אינטרנט, אפליקציה, מקוון, אתר סחר",
    SoldVia.PHONE: "phone, telephone, call, call center, telesales, טלפון, טלפוני, טלפונית, מוקד, מוקד טלפוני",
}
# What is no purchase, or none any more. "refunded" as the state of a whole order leaves nothing of it.
_CANCELLED = (
    "cancelled, canceled, cancel, void, voided, refunded, failed, rejected, declined, expired, "
    "deleted, trash, abandoned, "
    "draft, checkout-draft, pending, pending payment, unpaid, awaiting payment, בוטל, בוטלה, מבוטל, "
    "מבוטלת, ביטול, נכשל, "
    "נכשלה, זוכה, הוחזר, ממתין לתשלום, לא שולם, טיוטה"
)
_SALE = (
    "paid, completed, complete, done, processing, on hold, on-hold, fulfilled, unfulfilled, "
    "partially fulfilled, shipped, "
    "delivered, closed, open, ok, active, partially refunded, partially_refunded, authorized, invoiced, sale, success, "
    "approved, new, שולם, שולמה, הושלם, הושלמה, בטיפול, נשלח, נשלחה, סופק, סופקה, נסגר, סגור, פעיל, מאושר, מכירה"
)
_YES = (
    "yes, y, true, 1, t, on, given, granted, subscribed, opted in, opt-in, in stock, instock, available, כן, מאשר, יש, "
    "אישר, אישרה, מסכים, מסכימה, מאושר, במלאי, זמין"
)
_NO = (
    "no, n, false, 0, f, off, none, denied, unsubscribed, opted out, opt-out, withdrawn, revoked, out of stock, "
    "outofstock, unavailable, לא, אין, סירב, סירבה, הסיר, הסירה, הוסר, אזל, חסר, לא במלאי"
)
_CHANNELS = {
    Channel.SMS: "sms, text, text message, סמס, מסרון, הודעת טקסט, מסרונים",
    Channel.WHATSAPP: "whatsapp, wa, וואטסאפ, ווטסאפ, ווצאפ",
    Channel.EMAIL: 'email, e-mail, mail, newsletter, אימייל, מייל, דוא"ל, דואל, דואר אלקטרוני, ניוזלטר',
}
_PURPOSES = {
    Purpose.MARKETING: "marketing, promotion, advertising, ads, שיווק, שיווקי, פרסום, דיוור, דברי פרסומת",
    Purpose.SERVICE: "service, transactional, שירות, תפעולי",
    Purpose.ADS: "ad audiences, ad audience, custom audience, קהלי פרסום, קהל פרסום, פרסום ממומן",
}


def _words(names: str) -> frozenset[str]:
    return frozenset(_plain(name) for name in names.split(","))


def _plain(text: str) -> str:
    return " ".join(visible(text).casefold().replace("״", '"').split())


_PLACE_OF = {word: place for place, names in _PLACES.items() for word in _words(names)}
_CHANNEL_OF = {word: channel for channel, names in _CHANNELS.items() for word in _words(names)}
_PURPOSE_OF = {word: purpose for purpose, names in _PURPOSES.items() for word in _words(names)}
_CANCELLED_WORDS, _SALE_WORDS, _YES_WORDS, _NO_WORDS = map(_words, (_CANCELLED, _SALE, _YES, _NO))


def read_time(text: str, tz: ZoneInfo) -> Instant:
    """ISO 8601 with an offset or on the brand's clock, or day first: 1.3.2026 10:00, 01/03/2026. Raises ValueError."""
    plain = visible(text)
    found = _DAY_FIRST.fullmatch(plain)
    if found:
        day, _, month, year, hour, minute, second, half = found.groups()
        moment = _moment(plain, int(year) + (2000 if len(year) == 2 else 0), int(month), int(day),
                         _hour(plain, int(hour or 0), half), int(minute or 0), int(second or 0))  # fmt: skip
        return from_wall(moment, tz)
    return _iso(plain, tz)


def _iso(plain: str, tz: ZoneInfo) -> Instant:
    if slashes := _ISO_SLASHES.match(plain):
        year, month, day = re.split(r"[./]", slashes[0])
        plain = f"{year}-{month:0>2}-{day:0>2}{plain[slashes.end() :]}"
    plain = _OFFSET.sub(lambda found: found[1] or "+00:00", plain)
    if re.fullmatch(r"\d*", plain):
        raise ValueError(f"{plain!r} is not a time; write for example 2026-03-01 10:00 or 1.3.2026 10:00")
    try:
        instant = parse_instant(plain, tz)
    except (ValueError, OverflowError) as error:
        raise ValueError(
            f"{plain!r} is not a time; write for example 2026-03-01 10:00, 1.3.2026 10:00 or 2026-03-01T10:00+02:00"
        ) from error
    _check_year(plain, int(plain[:4]) if plain[:4].isdigit() else 0)
    return instant


def _moment(text: str, year: int, month: int, day: int, hour: int, minute: int, second: int) -> datetime:
    _check_year(text, year)
    try:
        return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - the brand's wall clock
    except ValueError as error:
        raise ValueError(f"{text!r} is not a time that exists ({error}); days come first: 31.1.2026") from error


def _hour(text: str, hour: int, half: str | None) -> int:
    if half is None:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError(f"{text!r} is not a time: there is no hour {hour} {half}m")
    return hour % 12 + (12 if half in "Pp" else 0)


def _check_year(text: str, year: int) -> None:
    if not _EARLIEST <= year < _LATEST:
        raise ValueError(f"{text!r}: the year {year} is outside {_EARLIEST}–{_LATEST - 1}")


def read_amount(text: str, currency: str) -> int:
    """Minor units; raises ValueError (`core/money.py` has the spellings)."""
    return parse_amount(text, currency)


def read_quantity(text: str) -> float:
    """Pieces or a weight: 2, 0.350, 1,5. Raises ValueError."""
    plain = visible(text)
    if not _QUANTITY.fullmatch(plain):
        raise ValueError(f"{text!r} is not a quantity; write for example 2 or 0.350")
    return float(plain.replace(",", "."))


def read_sold_via(text: str) -> SoldVia:
    """The place of sale; raises ValueError that lists the words for each."""
    try:
        return _PLACE_OF[_plain(text)]
    except KeyError:
        raise ValueError(f"{text!r} is not a place of sale; write online, pos or phone") from None


def is_cancelled(text: str) -> bool:
    """Is an order in this state no purchase? A state that is not known counts as one (see `is_known_state`)."""
    return _state(text) in _CANCELLED_WORDS


def is_known_state(text: str) -> bool:
    return _state(text) in _CANCELLED_WORDS | _SALE_WORDS


def _state(text: str) -> str:
    return _plain(text).removeprefix("wc-")


def read_yes(text: str) -> bool:
    """Yes or no in English, Hebrew and digits; raises ValueError."""
    plain = _plain(text)
    if plain in _YES_WORDS:
        return True
    if plain in _NO_WORDS:
        return False
    raise ValueError(f"{text!r} is neither yes nor no; write yes or no")


def read_channel(text: str) -> Channel:
    try:
        return _CHANNEL_OF[_plain(text)]
    except KeyError:
        raise ValueError(f"{text!r} is not a channel; write sms, whatsapp or email") from None


def read_purpose(text: str) -> Purpose:
    try:
        return _PURPOSE_OF[_plain(text)]
    except KeyError:
        raise ValueError(f"{text!r} is not a purpose; write marketing or service") from None


def read_trait(text: str) -> str | int | float | bool:
    """A trait as its text shows its type: true and false, whole and decimal numbers; everything else is text.

    Digits that begin with 0 are text (a code keeps its zeros), and so are numbers longer than 15 digits. Dates stay
    text, ISO 8601 (2026-03-01), which sorts as time does.
    """
    plain = visible(text)
    if plain.lower() in ("true", "false", "כן", "לא", "yes", "no"):
        return plain.lower() in ("true", "כן", "yes")
    if re.fullmatch(r"-?(0|[1-9]\d{0,14})", plain, re.ASCII):
        return int(plain)
    if re.fullmatch(r"-?(0|[1-9]\d{0,11})\.\d{1,9}", plain, re.ASCII):
        return float(plain)
    if found := re.fullmatch(r"(\d{1,2})([./])(\d{1,2})\2(\d{4})", plain, re.ASCII):
        try:
            return datetime(int(found[4]), int(found[3]), int(found[1])).date().isoformat()  # noqa: DTZ001 - a date
        except ValueError:
            return plain
    return plain
