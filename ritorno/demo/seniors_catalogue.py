"""The catalogue of the shop «גפן»: aids for the third age, five categories, with what lasts how long and suits whom.

How long a unit lasts is known of every SKU here, and told in products.csv of a fifth of all; days_of_supply.csv tells
the rest (DAT-11). Pads are sensitive and have a neutral name for messages (ORC-22); walkers are technical and have a
video each (COM-10); vitamins for diabetics exclude the sugar syrups and fit those without sugar (COM-14).
"""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from ritorno.demo.chance import Chance
from ritorno.demo.product import Product

DAYS_TOLD = 0.20  # share of the catalogue whose days of supply stand in products.csv
SITE = "https://gefen.example"
DIABETIC, SYRUP, SUGAR_FREE = "VIT-016", "SUP-013", "SUP-014"


class Aid(StrEnum):
    """The five categories."""

    PADS = "ספיגה"
    SUPPLEMENTS = "תוספי תזונה"
    VITAMINS = "ויטמינים"
    WALKERS = "הליכונים"
    CLOTHING = "ביגוד"


USED_UP = (Aid.PADS, Aid.SUPPLEMENTS, Aid.VITAMINS)
# product, shekels, days a unit lasts
_PADS = (
    ("תחתוני ספיגה ליום, מידה S", 39, 7), ("תחתוני ספיגה ליום, מידה M", 39, 7), ("תחתוני ספיגה ליום, מידה L", 42, 7),
    ("תחתוני ספיגה ליום, מידה XL", 45, 7), ("תחתוני ספיגה ללילה, מידה M", 49, 10),
    ("תחתוני ספיגה ללילה, מידה L", 52, 10), ("תחתוני ספיגה ללילה, מידה XL", 55, 10), ("פדים לנשים, קל", 22, 6),
    ("פדים לנשים, רגיל", 24, 6), ("פדים לנשים, מוגבר", 29, 6), ("מגינים לגברים, רגיל", 32, 8),
    ("מגינים לגברים, מוגבר", 36, 8), ("סדיניות ספיגה 60×60", 34, 10), ("סדיניות ספיגה 60×90", 44, 12),
    ("חיתולי מבוגרים, מידה M", 48, 6), ("חיתולי מבוגרים, מידה L", 52, 6), ("אריזת חודש, מידה M", 119, 30),
    ("אריזת חודש, מידה L", 129, 30),
)  # fmt: skip
_SUPPLEMENTS = (
    ("משקה חלבון וניל", 29, 7), ("משקה חלבון שוקו", 29, 7), ("אבקת חלבון", 89, 15), ("סיבים תזונתיים", 39, 14),
    ("אומגה 3, 60 כמוסות", 69, 30), ("אומגה 3, 30 כמוסות", 42, 15), ("גלוקוזאמין", 79, 20), ("קולגן באבקה", 99, 20),
    ("פרוביוטיקה", 74, 15), ("מגנזיום ללילה", 49, 15), ("אבקת הסמכה", 45, 10), ("שמן דגים", 55, 20),
    ("סירופ סוכר מחזק", 34, 10), ("סירופ מחזק ללא סוכר", 38, 10), ("סירופ סמבוק", 36, 10), ("דבש מועשר", 32, 14),
)  # fmt: skip
_VITAMINS = (
    ("ויטמין D 1000", 29, 15), ("ויטמין D 2000", 35, 15), ("ויטמין C", 25, 10), ("ויטמין B12", 39, 20),
    ("חומצה פולית", 22, 15), ("מולטי ויטמין 50+", 49, 15), ("מולטי ויטמין לגבר", 52, 15),
    ("מולטי ויטמין לאישה", 52, 15), ("סידן ויטמין D", 44, 20), ("ברזל עדין", 38, 15), ("אבץ", 27, 15),
    ("ויטמין E", 33, 15), ("ביוטין", 36, 20), ("מולטי ויטמין, שלושה חודשים", 129, 90), ("ויטמין D, חודשיים", 79, 60),
    ("ויטמינים לסוכרתיים", 59, 30), ("ויטמינים לסוכרתיים, חצי חודש", 36, 15),
)  # fmt: skip
_WALKERS = (
    ("הליכון מתקפל קל", 290), ("הליכון עם גלגלים", 390), ("רולטור סטנדרט", 590), ("רולטור קל משקל", 790),
    ("רולטור עם מושב", 890), ("הליכון לחדר רחצה", 340), ("רולטור לשטח", 1190), ("קלנועית ידנית", 1490),
)  # fmt: skip
_WALKING = (
    ("רגלית גומי", 12), ("זוג ידיות רכות", 29), ("תיק להליכון", 59), ("פנס להליכון", 39), ("מתקן לכוס", 35),
    ("מקל הליכה", 79), ("מקל מתקפל", 99), ("רצועת יד", 15),
)  # fmt: skip
_CLOTHING = (
    ("גרביים ללא גומי", 19), ("זוג גרבי חימום", 39), ("גרבי לחץ", 69), ("נעלי בית סגורות", 89), ("נעלי בית חמות", 99),
    ("נעליים אורתופדיות", 349), ("מכנסיים עם גומי", 119), ("חולצת כפתורי מגנט", 129), ("חלוק רחצה", 149),
    ("פיג'מה נפתחת", 159), ("סינר אכילה", 49), ("גופייה חמה", 59), ("צעיף צמר", 79), ("מעיל קל", 289), ("כובע גרב", 29),
    ("מטפחת", 12), ("כפפות חמות", 45), ("שמיכה לכיסא גלגלים", 199),
)  # fmt: skip
_PREFIX = {Aid.PADS: "PAD", Aid.SUPPLEMENTS: "SUP", Aid.VITAMINS: "VIT", Aid.WALKERS: "WLK", Aid.CLOTHING: "CLO"}
_SUITS = {Aid.PADS: Aid.CLOTHING, Aid.SUPPLEMENTS: Aid.VITAMINS, Aid.VITAMINS: Aid.SUPPLEMENTS}  # whose owners fit
_NEUTRAL = "מוצרי טיפוח"


def make_aids(chance: Chance) -> tuple[Product, ...]:
    """Every product with all that is known of it, the days of supply of everything that is used up included."""
    found = [
        *_used_up(Aid.PADS, _PADS, 14),
        *_used_up(Aid.SUPPLEMENTS, _SUPPLEMENTS, 14),
        *_used_up(Aid.VITAMINS, _VITAMINS, 14),
        *(_lasting(Aid.WALKERS, nth, *told, technical=True) for nth, told in enumerate(_WALKERS, 1)),
        *(_lasting(Aid.WALKERS, nth, *told) for nth, told in enumerate(_WALKING, len(_WALKERS) + 1)),
        *(_lasting(Aid.CLOTHING, nth, *told) for nth, told in enumerate(_CLOTHING, 1)),
    ]
    days = chance.integers(0, 700, len(found))
    return tuple(
        msgspec.structs.replace(one, created_at=f"202{2 + day // 365}-{1 + day % 365 // 31:02d}-{1 + day % 28:02d}")
        for one, day in zip(found, days.tolist(), strict=True)
    )


def days_told(catalogue: Sequence[Product], chance: Chance) -> frozenset[str]:
    """The SKUs of which products.csv tells how long a unit lasts: those of which the others are shown to fall short."""
    used_up = [one.sku for one in catalogue if one.consumable]
    order = chance.shuffled(len(used_up))
    return frozenset(used_up[int(index)] for index in order[: round(DAYS_TOLD * len(catalogue))])


def _used_up(category: Aid, told: Sequence[tuple[str, int, int]], cooldown: int) -> list[Product]:
    is_sensitive = category is Aid.PADS
    found = []
    for nth, (name, shekels, days) in enumerate(told, 1):
        one = _lasting(category, nth, name, shekels)
        excludes = (SYRUP,) if "לסוכרתיים" in name else ()
        fits = (SUGAR_FREE,) if excludes else (_SUITS[category].value,)
        found.append(
            msgspec.structs.replace(
                one, days_per_unit=days, consumable=True, sensitive=is_sensitive, cooldown=cooldown,
                label=_NEUTRAL if is_sensitive else "", excludes=excludes, fits=fits,
            )
        )  # fmt: skip
    return found


def _lasting(category: Aid, nth: int, name: str, shekels: int, *, technical: bool = False) -> Product:
    sku = f"{_PREFIX[category]}-{nth:03d}"
    first = len(_WALKERS) + 1
    return Product(
        sku, name, category, shekels * 100 - 10, True, "", SITE,
        complements=tuple(f"WLK-{first + place:03d}" for place in range(4)) if technical else (),
        technical=technical, video_url=f"{SITE}/v/{sku}" if technical else "", cooldown=30,
        fits=(Aid.CLOTHING.value,) if technical else (),
    )  # fmt: skip
