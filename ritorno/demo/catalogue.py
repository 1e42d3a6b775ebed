"""The catalogue of the chain «אלמוג»: fashion and coffee, with what completes what."""

from enum import StrEnum

import msgspec
import numpy as np

from ritorno.demo.chance import Chance

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


class Product(msgspec.Struct, frozen=True):
    """One SKU; `price` in agorot with VAT; `complements` are SKUs; `days_per_unit` 0 where nothing is used up."""

    sku: str
    name: str
    category: Category
    price: int
    in_stock: bool
    created_at: str
    days_per_unit: int = 0
    complements: tuple[str, ...] = ()

    @property
    def technical(self) -> bool:
        return self.category in (Category.MACHINES, Category.TV)

    def row(self) -> tuple[str, ...]:
        """As a row of products.csv; several complements stand apart by `;`."""
        return (
            self.sku,
            self.name,
            self.category.value,
            f"{self.price // 100}.{self.price % 100:02d}",
            _yes_no(self.in_stock),
            self.created_at,
            f"{_SITE}/p/{self.sku}",
            f"{_SITE}/img/{self.sku}.jpg",
            _yes_no(self.days_per_unit > 0),
            str(self.days_per_unit or ""),
            _yes_no(self.technical),
            ";".join(self.complements),
        )


# category: SKU prefix, days one unit lasts, kinds, variants, prices in shekels (the lowest and the highest)
_RANGES: dict[Category, tuple[str, int, tuple[str, ...], tuple[str, ...], int, int]] = {
    Category.MACHINES: ("MCH", 0, ("מכונת אספרסו אלמוג", "מכונת קפסולות אלמוג"), ("מיני", "בית", "פלוס", "פרו"), 449, 2390),
    Category.CAPSULES: ("CAP", 10, ("קפסולות, שרוול 10",), ("רך", "עדין", "מאוזן", "עשיר", "עז", "נטול", "וניל", "אגוז"), 22, 49),
    Category.CUPS: ("CUP", 0, ("זוג כוסות אספרסו", "ספל קרמיקה", "כוס תרמית"), ("לבן", "חול", "ים", "פחם"), 29, 139),
    Category.BEANS: ("BEA", 12, ("פולי קפה 250 גרם", "פולי קפה 1 ק״ג"), ("ברזיל", "אתיופיה", "קולומביה", "תערובת הבית"), 34, 149),
    Category.GEAR: ("GER", 0, ("מקציף חלב", "מטחנת קפה", "קנקן פרנץ'", "ערכת ניקוי"), ("קלאסי", "נירוסטה", "פלוס"), 39, 549),
    Category.TV: ("TVS", 0, ("טלוויזיה חכמה",), ("43 אינץ'", "50 אינץ'"), 1290, 1690),
    Category.SHOES: ("SHO", 0, ("סניקרס", "נעלי הליכה", "מגפונים", "סנדלים"), ("לבן", "שחור", "חאקי", "כחול", "בורדו"), 149, 649),
    Category.SOCKS: ("SOC", 0, ("גרביים, שלישייה", "גרבי ספורט"), ("לבן", "שחור", "אפור", "צבעוני"), 19, 59),
    Category.SHIRTS: ("SHI", 0, ("חולצת כותנה", "חולצה מכופתרת", "סריג", "חולצת פולו"), ("לבן", "תכלת", "שחור", "ירוק", "חרדל"), 59, 289),
    Category.TROUSERS: ("TRO", 0, ("ג'ינס", "מכנסי צ'ינו", "מכנסי פשתן"), ("כחול", "שחור", "בז'", "אפור", "זית"), 119, 399),
    Category.DRESSES: ("DRE", 0, ("שמלת קיץ", "שמלת מידי", "שמלת ערב"), ("לבן", "פרחוני", "שחור", "טורקיז"), 149, 790),
    Category.COATS: ("COA", 0, ("ז'קט ג'ינס", "מעיל צמר", "מעיל פוך"), ("שחור", "קאמל", "כחול", "אפור"), 249, 1290),
    Category.BAGS: ("BAG", 0, ("תיק צד", "תיק גב", "ארנק"), ("שחור", "קוניאק", "חול", "בורדו"), 69, 690),
    Category.SMALL: ("ACC", 0, ("צעיף", "כובע", "חגורה", "משקפי שמש"), ("שחור", "חום", "ים", "אבן"), 29, 349),
}  # fmt: skip  # noqa: ERA001


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
    return tuple(
        msgspec.structs.replace(product, in_stock=index not in empty) for index, product in enumerate(dated)
    )


def _skus(category: Category) -> list[str]:
    prefix, _, kinds, variants, _, _ = _RANGES[category]
    return [f"{prefix}-{number:03d}" for number in range(1, len(kinds) * len(variants) + 1)]


def _range_of(category: Category, skus: list[str], completing: tuple[str, ...]) -> list[Product]:
    _, lasts, kinds, variants, low, high = _RANGES[category]
    names = [f"{kind} {variant}" for kind in kinds for variant in variants]
    found = []
    for place, (sku, name) in enumerate(zip(skus, names, strict=True)):
        share = place / max(len(skus) - 1, 1)
        shekels = round(low * (high / low) ** share)
        price = shekels * 100 if category in (Category.MACHINES, Category.TV) else shekels * 100 - 10
        days = lasts * (4 if "1 ק״ג" in name else 1)
        found.append(Product(sku, name, category, price, True, "", days, completing))
    return found


def _dated(chance: Chance, products: list[Product]) -> list[Product]:
    first = np.datetime64("2022-01-02")
    days = chance.integers(0, 780, len(products))  # all on the shelf before the first order, 2024-03-01
    return [
        msgspec.structs.replace(product, created_at=str(first + np.timedelta64(int(day), "D")))
        for product, day in zip(products, days, strict=True)
    ]


def _arrivals() -> tuple[Product, ...]:
    names = (
        ("NEW-001", "סניקרס אביב", Category.SHOES, 37990), ("NEW-002", "שמלת פשתן אביב", Category.DRESSES, 32990),
        ("NEW-003", "חולצת פסים אביב", Category.SHIRTS, 12990), ("NEW-004", "תיק קש", Category.BAGS, 18990),
        ("NEW-005", "קפסולות, שרוול 10 קוקוס", Category.CAPSULES, 3490), ("NEW-006", "ספל אביב", Category.CUPS, 4490),
        ("NEW-007", "כובע רחב שוליים", Category.SMALL, 9990), ("NEW-008", "מכונת קפסולות אלמוג 2026", Category.MACHINES, 129000),
    )  # fmt: skip
    return tuple(
        Product(sku, name, category, price, True, f"2026-02-{10 + place:02d}", 10 if category is Category.CAPSULES else 0)
        for place, (sku, name, category, price) in enumerate(names)
    )


def _yes_no(claim: bool) -> str:
    return "yes" if claim else "no"
