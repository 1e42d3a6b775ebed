"""The named customers of the shop «גפן», with the exact data of their stories.

Rina    the daughter of Moshe, buys pads for him: the reminder is hers, the run-out clock his (SEG-19).
Sonia   a month's pack every 20, 22, 21 days (COM-04).
Bracha  gaps of 28 and 31 days: strong, a streak of three, loyal (COM-06, COM-07).
Nahum   a gap of 50 days: medium (COM-06).
Zelda   gaps of 28 and 60 days: the streak begins anew (COM-07).
Gideon  a gap of 75 days: weak (COM-06).
Yosef   born on 29 Feb 1944; pads, vitamins and a walker in one order (COM-01, COM-10).
Miriam  vitamins for diabetics: no sugar syrup for her (COM-14).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ritorno.demo.baskets import Line, priced
from ritorno.demo.orders import Order
from ritorno.demo.people import Record
from ritorno.demo.product import Product
from ritorno.demo.purchases import ONLINE, PHONE
from ritorno.demo.seniors_people import related


def _record(number: int, first: str, family: str, gender: str, born: str, joined: str, city: str = "חיפה") -> Record:
    return Record(
        customer_id=f"G90000{number}", email=f"gefen{number}@mail.alt", phone=f"054-000020{number}", first_name=first,
        last_name=family, birth_date=born, gender=gender, city=city, joined_at=f"{joined} 09:50:00",
    )  # fmt: skip


RINA = _record(1, "רינה", "אורן", "f", "", "2025-12-02")
MOSHE = _record(2, "משה", "אורן", "m", "1941-07-12", "2025-12-02")
SONIA = _record(3, "סוניה", "גרין", "f", "1946-02-02", "2025-12-24")
BRACHA = _record(4, "ברכה", "לב", "f", "1950-10-01", "2025-12-25")
NAHUM = _record(5, "נחום", "שקד", "m", "1948-05-19", "2025-12-20")
ZELDA = _record(6, "זלדה", "רום", "f", "1939-12-30", "2025-11-20")
GIDEON = _record(7, "גדעון", "צור", "m", "1953-03-03", "2025-12-01")
YOSEF = _record(8, "יוסף", "הר", "m", "1944-02-29", "2026-02-15")
MIRIAM = _record(9, "מרים", "גל", "f", "1957-08-08", "2026-02-10")

BUYERS = {
    "Rina": RINA, "Sonia": SONIA, "Bracha": BRACHA, "Nahum": NAHUM, "Zelda": ZELDA, "Gideon": GIDEON, "Yosef": YOSEF,
    "Miriam": MIRIAM,
}  # fmt: skip
BENEFICIARIES = {"Moshe": MOSHE}
RELATION = related(RINA, "child", MOSHE, has_consent=True)
# whose, on which days at 10:00, where, what (SKU, units)
_ORDERS: tuple[tuple[Record, tuple[str, ...], int, tuple[tuple[str, int], ...]], ...] = (
    (RINA, ("2025-12-02", "2026-01-04", "2026-02-10"), ONLINE, (("PAD-006", 3),)),
    (SONIA, ("2025-12-24", "2026-01-13", "2026-02-04", "2026-02-25"), ONLINE, (("PAD-017", 1),)),
    (BRACHA, ("2025-12-25", "2026-01-22", "2026-02-22"), PHONE, (("VIT-001", 2),)),
    (NAHUM, ("2025-12-20", "2026-02-08"), ONLINE, (("SUP-005", 1),)),
    (ZELDA, ("2025-11-20", "2025-12-18", "2026-02-16"), PHONE, (("PAD-009", 4),)),
    (GIDEON, ("2025-12-01", "2026-02-14"), ONLINE, (("SUP-005", 1),)),
    (YOSEF, ("2026-02-15",), ONLINE, (("PAD-002", 4), ("VIT-001", 2), ("WLK-003", 1))),
    (MIRIAM, ("2026-02-10",), ONLINE, (("VIT-016", 1),)),
)


class Named(NamedTuple):
    """`for_whom` is the shop id of the beneficiary, by order key; `gaps` the days between the orders of each."""

    orders: tuple[Order, ...]
    for_whom: dict[int, str]
    gaps: dict[str, tuple[int, ...]]


def make_named_aided(catalogue: Sequence[Product], first_key: int) -> Named:
    by_sku = {product.sku: product for product in catalogue}
    names = {record.customer_id: name for name, record in BUYERS.items()}
    orders: list[Order] = []
    gaps = {}
    for who, days, place, taken in _ORDERS:
        basket = priced(tuple(Line(by_sku[sku], units) for sku, units in taken))
        for day in days:
            orders.append(Order(first_key + len(orders), who, np.datetime64(f"{day}T10:00:00", "s"), place, "", basket))
        dates = np.array(days, dtype="datetime64[D]")
        gaps[names[who.customer_id]] = tuple(np.diff(dates).astype(np.int64).tolist())
    for_whom = {one.key: MOSHE.customer_id for one in orders if one.who is RINA}
    return Named(tuple(orders), for_whom, gaps)
