"""The catalogue of the chain «אלמוג»: fashion and coffee, with what completes what."""

from enum import StrEnum

import msgspec
import numpy as np

from ritorno.demo.chance import Chance
from ritorno.demo.product import Product

NEW_ARRIVALS = 8
OUT_OF_STOCK = 0.05
_SITE = "https://almog.example"


class Category(StrEnum):
    MACHINES = "מכונות קפה"
    CAPSULES = "קפסולות קפה"
    CUPS = "כוסות וספלים"
    BEANS = "פולי קפה"
    GEAR = "אביזרי קפה"
    TV = "טלוויזיות"
    SHOES = "נעליים"
    SOCKS = "גרביים"
    SHIRTS = "חולצות"
    TROUSERS = "מכנסיים"
    DRESSES = "שמלות"
    COATS = "מעילים"
    BAGS = "תיקים"
    SMALL = "אקססוריז"


_TECHNICAL = (Category.MACHINES, Category.TV)
_COOL_DOWN, _COOL_DOWN_USED_UP = 30, 14  # days after a purchase in which nothing more is offered

# category: SKU prefix, days one unit lasts, prices in shekels (the lowest and the highest), kinds, variants
_RANGES: dict[Category, tuple[str, int, int, int, str, str]] = {
    Category.MACHINES: ("MCH", 0, 449, 2390, "מכונת אספרסו אלמוג, מכונת קפסולות אלמוג", "מיני, בית, פלוס, פרו"),
    Category.CAPSULES: ("CAP", 10, 22, 49, "שרוול 10 קפסולות", "רך, עדין, מאוזן, עשיר, עז, נטול, וניל, אגוז"),
    Category.CUPS: ("CUP", 0, 29, 139, "זוג כוסות אספרסו, ספל קרמיקה, כוס תרמית", "לבן, חול, ים, פחם"),
    Category.BEANS: ("BEA", 12, 34, 149, "פולי קפה 250 גרם, פולי קפה 1 ק״ג", "ברזיל, אתיופיה, קולומביה, תערובת הבית"),
    Category.GEAR: ("GER", 0, 39, 549, "ערכת ניקוי, מקציף חלב, קנקן פרנץ', מטחנת קפה", "קלאסי, נירוסטה, פלוס"),
    Category.TV: ("TVS", 0, 1290, 1690, "טלוויזיה חכמה", "43 אינץ', 50 אינץ'"),
    Category.SHOES: ("SHO", 0, 149, 649, "סנדלים, סניקרס, נעלי הליכה, מגפונים", "לבן, שחור, חאקי, כחול, בורדו"),
    Category.SOCKS: ("SOC", 0, 19, 59, "גרבי ספורט, שלישיית גרביים", "לבן, שחור, אפור, צבעוני"),
    Category.SHIRTS: ("SHI", 0, 59, 289, "חולצת כותנה, חולצת פולו, מכופתרת, סריג", "לבן, תכלת, שחור, ירוק, חרדל"),
    Category.TROUSERS: ("TRO", 0, 119, 399, "מכנסי צ'ינו, ג'ינס, מכנסי פשתן", "כחול, שחור, בז', אפור, זית"),
    Category.DRESSES: ("DRE", 0, 149, 790, "שמלת קיץ, שמלת מידי, שמלת ערב", "לבן, פרחוני, שחור, טורקיז"),
    Category.COATS: ("COA", 0, 249, 1290, "ז'קט ג'ינס, מעיל פוך, מעיל צמר", "שחור, קאמל, כחול, אפור"),
    Category.BAGS: ("BAG", 0, 69, 690, "ארנק, תיק גב, תיק צד", "שחור, קוניאק, חול, בורדו"),
    Category.SMALL: ("ACC", 0, 29, 349, "כובע, צעיף, חגורה, משקפי שמש", "שחור, חום, ים, אבן"),
}


def make_catalogue(chance: Chance) -> tuple[Product, ...]:
    """Every product, the newest last; the last `NEW_ARRIVALS` came this month and have not been sold yet."""
    skus = {category: _skus(category) for category in Category}
    completing = {
        Category.MACHINES: tuple(skus[Category.CAPSULES][:3] + skus[Category.CUPS][:2]),
        Category.SHOES: tuple(skus[Category.SOCKS][:3]),
    }
    plain = [one for category in Category for one in _range_of(category, skus[category], completing.get(category, ()))]
    dated = _dated(chance, plain) + list(_arrivals())
    empty = {int(index) for index in chance.some(np.arange(len(plain)), round(OUT_OF_STOCK * len(dated)))}
    return tuple(msgspec.structs.replace(product, in_stock=index not in empty) for index, product in enumerate(dated))


def _names(category: Category) -> list[str]:
    kinds, variants = _RANGES[category][4:]
    return [f"{kind} {variant}" for kind in kinds.split(", ") for variant in variants.split(", ")]


def _skus(category: Category) -> list[str]:
    prefix = _RANGES[category][0]
    return [f"{prefix}-{number:03d}" for number in range(1, len(_names(category)) + 1)]


def _range_of(category: Category, skus: list[str], completing: tuple[str, ...]) -> list[Product]:
    _, lasts, low, high, _, _ = _RANGES[category]
    found = []
    for place, (sku, name) in enumerate(zip(skus, _names(category), strict=True)):
        share = place / max(len(skus) - 1, 1)
        shekels = round(low * (high / low) ** share)
        price = shekels * 100 if category in (Category.MACHINES, Category.TV) else shekels * 100 - 10
        days = lasts * (4 if "1 ק״ג" in name else 1)
        found.append(_plain(sku, name, category, price, "", days, completing))
    return found


def _plain(
    sku: str,
    name: str,
    category: Category,
    price: int,
    created_at: str,
    days: int,
    completing: tuple[str, ...] = (),
) -> Product:
    """In stock; what is used up may be offered again after a fortnight, the rest after a month."""
    technical = category in _TECHNICAL
    return Product(
        sku, name, category, price, True, created_at, _SITE, days, completing,
        consumable=days > 0, technical=technical, video_url=f"{_SITE}/v/{sku}" if technical else "",
        cooldown=_COOL_DOWN_USED_UP if days else _COOL_DOWN,
    )  # fmt: skip


def _dated(chance: Chance, products: list[Product]) -> list[Product]:
    first = np.datetime64("2022-01-02")
    days = chance.integers(0, 780, len(products))  # all on the shelf before the first order, 2024-03-01
    return [
        msgspec.structs.replace(product, created_at=str(first + np.timedelta64(int(day), "D")))
        for product, day in zip(products, days, strict=True)
    ]


def _arrivals() -> tuple[Product, ...]:
    names = (
        ("NEW-001", "סניקרס אביב", Category.SHOES, 37_990),
        ("NEW-002", "שמלת פשתן אביב", Category.DRESSES, 32_990),
        ("NEW-003", "חולצת פסים אביב", Category.SHIRTS, 12_990),
        ("NEW-004", "תיק קש", Category.BAGS, 18_990),
        ("NEW-005", "שרוול 10 קפסולות קוקוס", Category.CAPSULES, 3_490),
        ("NEW-006", "ספל אביב", Category.CUPS, 4_490),
        ("NEW-007", "כובע רחב שוליים", Category.SMALL, 9_990),
        ("NEW-008", "מכונת קפסולות אלמוג 2026", Category.MACHINES, 129_000),
    )
    return tuple(
        _plain(sku, name, category, price, f"2026-02-{10 + place:02d}", 10 if category is Category.CAPSULES else 0)
        for place, (sku, name, category, price) in enumerate(names)
    )
