"""Which column of a file is which field: by well-known names in English and Hebrew, by what was saved, by what is told.

    told (--map order_id=Invoice)  before  saved for this source  before  well-known names

A file of customers tells traits, too: `--map trait:walker_model=Model` says which column is which.

Names are compared without case, marks, blanks and punctuation: "Order_ID", "order id" and "OrderID" are one.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from ritorno.core.bidi import visible

Kind = Literal["orders", "customers", "products", "consents"]

TRAIT = "trait:"  # before the name of a trait, where a mapping names a field

# Well-known names, the canonical one first; WooCommerce's and Shopify's exports and common Israeli tills included.
_WHO = {
    "customer_id": "customer_id, customer number, customer no, customer user id, user id, client id, "
    "member id, מספר לקוח, מזהה לקוח, קוד לקוח",
    "email": "email, e-mail, mail, email address, customer email, billing email, email (billing), billing.email, "
    'אימייל, דוא"ל, דואל, דואר אלקטרוני, מייל, כתובת מייל, כתובת אימייל',
    "phone": "phone, phone number, mobile, mobile phone, cell, cellphone, telephone, tel, billing phone, "
    "phone (billing), billing.phone, customer phone, טלפון, טלפון נייד, נייד, סלולרי, מספר טלפון, פלאפון",
    "club_card": "club_card, club card, loyalty card, loyalty id, loyalty number, card number, "
    "member card, club number, "
    "club member, מספר מועדון, מועדון, כרטיס מועדון, מספר כרטיס מועדון, חבר מועדון, מספר חבר מועדון, כרטיס לקוח",
    "first_name": "first_name, first name, given name, forename, billing first name, first name (billing), "
    "billing.first_name, customer first name, שם פרטי, שם",
    "last_name": "last_name, last name, surname, family name, billing last name, last name (billing), "
    "billing.last_name, customer last name, שם משפחה, משפחה",
}
_NAMES: dict[Kind, dict[str, str]] = {
    "orders": {
        "order_id": "order_id, order id, order number, order no, order #, order, id, number, invoice, invoice number, "
        "invoice no, receipt, receipt number, receipt no, document number, transaction id, basket id, "
        "מספר הזמנה, מס הזמנה, הזמנה, מזהה הזמנה, מספר קבלה, קבלה, מספר חשבונית, חשבונית, מספר מסמך, מספר עסקה",
        "occurred_at": "occurred_at, occurred at, order date, date, datetime, created at, date created, date_created, "
        "created, timestamp, time, purchase date, purchased at, invoice date, invoicedate, transaction date, "
        "processed at, תאריך, תאריך הזמנה, תאריך ושעה, תאריך קנייה, תאריך רכישה, תאריך עסקה, תאריך מסמך, תאריך חשבונית",
        **_WHO,
        "sold_via": "sold_via, sold via, place of sale, channel, sales channel, source name, order source, "
        "מקום מכירה, ערוץ, ערוץ מכירה, ערוץ רכישה",
        "branch": "branch, branch name, store, store name, store id, shop, location, location name, "
        "סניף, שם סניף, קוד סניף, מספר סניף, חנות",
        "beneficiary": "beneficiary, bought for, for whom, recipient, עבור, עבור מי, נקנה עבור, מוטב",
        "currency": "currency, currency code, order currency, מטבע",
        "total": "total, order total, order total amount, grand total, amount, total amount, total price, paid, sum, "
        'סהכ, סה"כ, סה״כ, סכום, סכום כולל, סכום הזמנה, סהכ לתשלום, סה"כ לתשלום, סה״כ לתשלום, לתשלום, '
        'סה"כ הזמנה, סה"כ כולל מעמ, סה"כ כולל מע"מ, סכום כולל מע"מ',
        "discount": "discount, discount amount, cart discount, cart discount amount, total discount, discount total, "
        "הנחה, סכום הנחה, סך הנחה",
        "tax": 'tax, taxes, vat, total tax, order total tax amount, tax amount, tax total, מעמ, מע"מ, מע״מ, סכום מעמ, '
        'סכום מע"מ',
        "status": "status, order status, financial status, state, סטטוס, סטטוס הזמנה, מצב, מצב הזמנה",
        "sku": "sku, item sku, product sku, lineitem sku, product id, item id, item code, stock code, stockcode, "
        'barcode, מקט, מק"ט, מק״ט, קוד פריט, קוד מוצר, ברקוד, מספר פריט',
        "product_name": "product_name, product name, item name, product, item, lineitem name, description, title, "
        "שם מוצר, שם פריט, מוצר, פריט, תיאור, תאור, תיאור פריט, תאור פריט",
        "category": "category, product category, item category, department, קטגוריה, מחלקה, קבוצת פריטים",
        "quantity": "quantity, qty, quantity (- refund), lineitem quantity, item quantity, units, כמות, יחידות",
        "unit_price": "unit_price, unit price, price, item price, item cost, lineitem price, מחיר, מחיר יחידה, "
        "מחיר ליחידה",
        "refund_of": "refund_of, refund of, refunded order, original order, original order id, original invoice, "
        "parent order, זיכוי של, זיכוי עבור, הזמנה מקורית, קבלה מקורית, חשבונית מקורית, מסמך מקור",
        "updated_at": "updated_at, updated at, date modified, date_modified, modified at, last modified, עודכן, "
        "תאריך עדכון, עדכון אחרון",
    },
    "customers": {
        **_WHO,
        "joined_at": "joined_at, joined at, joined, created at, registered at, registration date, sign up date, "
        "date registered, date_registered, customer since, member since, תאריך הצטרפות, תאריך הרשמה, הצטרפות",
    },
    "products": {
        "sku": 'sku, product sku, product id, item code, stock code, id, barcode, variant sku, מקט, מק"ט, מק״ט, '
        "קוד פריט, קוד מוצר, ברקוד",
        "product_name": "product_name, product name, name, title, item name, description, שם מוצר, שם פריט, שם, מוצר, "
        "פריט, תיאור",
        "category": "category, categories, product category, type, product type, department, קטגוריה, מחלקה",
        "price": "price, regular price, unit price, sale price, variant price, מחיר, מחיר יחידה, מחיר לצרכן",
        "in_stock": "in_stock, in stock, in stock?, stock status, available, availability, stock, inventory, "
        "variant inventory qty, במלאי, מלאי, זמין",
        "created_at": "created_at, created at, date created, published at, added at, תאריך יצירה, נוצר, תאריך הוספה",
        "url": "url, link, permalink, product url, קישור, כתובת",
        "consumable": "consumable, is consumable, used up, מתכלה, מוצר מתכלה",
        "days_per_unit": "days_per_unit, days per unit, days of supply, supply days, ימים ליחידה, ימי אספקה, "
        "כמה ימים מספיק",
        "technical": "technical, is technical, needs instructions, טכני, מוצר טכני",
        "video_url": "video_url, video url, video, how to video, סרטון, קישור לסרטון, סרטון הדרכה",
        "sensitive": "sensitive, is sensitive, discreet, רגיש, מוצר רגיש, דיסקרטי",
        "label": "label, discreet name, שם דיסקרטי, כינוי",
        "complements": "complements, complementary, cross sell, cross sells, משלימים, מוצרים משלימים",
        "excludes": "excludes, not with, לא מתאים ל, שולל",
        "fits": "fits, suits, upsell, upsells, מתאים ל",
        "for_whom": "for_whom, for whom, audience, למי, למי מתאים, קהל יעד",
        "cooldown": "cooldown, cool down, cool-down, cooldown days, צינון, ימי צינון",
        "image_url": "image_url, image url, image, images, image src, picture, photo, תמונה, קישור לתמונה",
    },
    "consents": {
        **_WHO,
        "channel": "channel, ערוץ",
        "purpose": "purpose, מטרה, סוג",
        "given": "given, consent, opt in, opted in, subscribed, accepts marketing, agreed, status, הסכמה, אישור, מאשר",
        "at": "at, date, datetime, consent date, given at, opted in at, timestamp, time, תאריך, תאריך הסכמה, "
        "תאריך אישור",
        "source": "source, obtained by, how, מקור, אופן",
        "wording": "wording, text, consent text, words, נוסח, נוסח ההסכמה, טקסט",
        "wording_version": "wording_version, wording version, version, text version, גרסה, גרסת נוסח",
        "evidence": "evidence, proof, ip, ip address, employee, ראיה, הוכחה, עובד",
    },
}
_NEEDED: dict[Kind, tuple[tuple[str, ...], ...]] = {
    "orders": (
        ("order_id",), ("occurred_at",), ("total", "unit_price"), ("customer_id", "email", "phone", "club_card")
    ),
    "customers": (("customer_id", "email", "phone", "club_card"),),
    "products": (("sku",),),
    "consents": (("customer_id", "email", "phone", "club_card"), ("channel",), ("given",)),
}  # fmt: skip


class MappingError(ValueError):
    """Columns that are missing or told wrongly; names them, and those the file has."""


class Columns(msgspec.Struct, frozen=True):
    """`fields` is field → column name of the file; `others` are the columns that are no field; `traits` is column →
    trait, for those of them whose trait was told."""

    kind: Kind
    fields: dict[str, str]
    others: tuple[str, ...]
    traits: dict[str, str] = {}


def fields_of(kind: Kind) -> tuple[str, ...]:
    return tuple(_NAMES[kind])


def parse_told(text: str, kind: Kind) -> dict[str, str]:
    """Read order_id=Invoice,total=Amount as field → column; an empty column says: none. Raises MappingError."""
    told: dict[str, str] = {}
    for part in filter(None, (each.strip() for each in text.split(","))):
        field, equals, column = (each.strip() for each in part.partition("="))
        if not equals or (field not in _NAMES[kind] and not _names_trait(field, kind)):
            trait = ", or trait:NAME" if kind == "customers" else ""
            raise MappingError(
                f"--map {part!r}: write FIELD=COLUMN with commas between; the fields are "
                f"{', '.join(_NAMES[kind])}{trait}"
            )
        told[field] = column
    return told


def _names_trait(field: str, kind: Kind) -> bool:
    return kind == "customers" and field.startswith(TRAIT) and len(field) > len(TRAIT)


def map_columns(
    kind: Kind, columns: Sequence[str], *, saved: Mapping[str, str] | None = None, told: Mapping[str, str] | None = None
) -> Columns:
    """Which column is which field. Raises MappingError for a told column that is not there and for missing fields."""
    plain = {_plain(column): column for column in reversed(columns)}
    fields: dict[str, str] = {}
    for field, column in (told or {}).items():
        found = column if column in columns else plain.get(_plain(column)) if column else ""
        if found is None:
            raise MappingError(f"--map {field}={column}: there is no such column; the file has {_list(columns)}")
        fields[field] = found
    for field, column in (saved or {}).items():
        if field not in fields and (not column or column in columns):
            fields[field] = column
    taken = set(fields.values())
    for field, names in _NAMES[kind].items():
        if field in fields:
            continue
        for name in _split(names):
            column = plain.get(_plain(name), "")
            if column and column not in taken:
                fields[field] = column
                taken.add(column)
                break
    if kind == "orders":
        _shopify(fields, plain)
    fields = {field: column for field, column in fields.items() if column}
    _require(kind, fields, columns)
    traits = {column: field.removeprefix(TRAIT) for field, column in fields.items() if field.startswith(TRAIT)}
    fields = {field: column for field, column in fields.items() if not field.startswith(TRAIT)}
    used = set(fields.values())
    return Columns(kind, fields, tuple(column for column in columns if column not in used), traits)


def _shopify(fields: dict[str, str], plain: Mapping[str, str]) -> None:
    """Shopify calls the order's number "Name"; told by its other columns."""
    if "order_id" in fields and fields["order_id"] != plain.get("id"):
        return
    if "name" in plain and any(name.startswith("lineitem") for name in plain):
        fields["order_id"] = plain["name"]


def _require(kind: Kind, fields: Mapping[str, str], columns: Sequence[str]) -> None:
    missing = [" or ".join(each) for each in _NEEDED[kind] if not any(field in fields for field in each)]
    if missing:
        example = missing[0].split(" or ", maxsplit=1)[0]
        raise MappingError(
            f"no column was found for {'; '.join(missing)}. The file has: {_list(columns)}. "
            f"Say which is which, for example --map {example}=COLUMN"
        )


def _list(columns: Sequence[str]) -> str:
    shown = ", ".join(columns[:40])
    return f"{shown} and {len(columns) - 40} more" if len(columns) > 40 else shown


def _split(names: str) -> list[str]:
    return [name.strip() for name in names.split(",")]


def _plain(name: str) -> str:
    text = unicodedata.normalize("NFKC", visible(name)).casefold().replace("״", '"')
    return re.sub(r"[\s_\-.:*?]+", "", text)
