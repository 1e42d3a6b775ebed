"""The named customers of the tests (requirements.md, product.md §5), with the exact data of their stories.

Dani   133 in waiting: five orders, ₪4,000, the last on 9 Dec 2025 at 14:05, so R turns 1 on 9 Mar 2026 at 14:05.
Tali   like him, the last on 3 Dec 2025 at 14:05: R turns 1 on Tue 3 Mar 2026 at 14:05:00 (PB2-04, PB2-07).
Dana   a till record and a site record of one phone: 3 orders, ₪2,400, and 1, ₪300 (DAT-03); only capsules, 50 days
       idle at the clock (SCO-06).
Avi    only machines, 50 days idle (SCO-06).
Ruth   eight orders every 14±2 days, silent for 35 (SEG-06).
Yossi  joined at the clock itself, has not bought (DAT-04).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ritorno.demo.consents import Asks, Row, given_row
from ritorno.demo.made import Double
from ritorno.demo.orders import Order, exact
from ritorno.demo.people import Person, Record, e164
from ritorno.demo.product import Product
from ritorno.demo.purchases import ONLINE, POS

_AYALON = "איילון"


def _record(name: str, family: str, number: int, **told: str) -> Record:
    return Record(first_name=name, last_name=family, shoe_size=str(37 + number), home_branch=_AYALON, **told)


_DANI = _record(
    "דני", "אלמוג", 4, customer_id="S900001", club_card="C900001", email="dani@mail.alt", phone="054-0000101",
    birth_date="1984-05-11", gender="m", city="רמת גן", joined_at="2024-08-14 18:15:00",
)  # fmt: skip
_TALI = _record(
    "טלי", "שחר", 1, customer_id="S900002", club_card="C900002", email="tali@mail.alt", phone="+972 54 000 0102",
    birth_date="1990-09-30", gender="f", city="גבעתיים", joined_at="2024-06-02 11:00:00",
)  # fmt: skip
_DANA_TILL = _record(
    "דנה", "כהן", 1, club_card="C900003", phone="052-123 4567", gender="f", city="תל אביב-יפו",
    joined_at="2025-02-11 17:28:00",
)  # fmt: skip
_DANA_SITE = _record(
    "דנה", "כהן", 1, customer_id="S900003", email="dana@x.co.il", phone="+972521234567", gender="f",
    city="תל אביב-יפו", joined_at="2026-01-10 09:52:00",
)  # fmt: skip
_AVI = _record(
    "אבי", "פלד", 6, customer_id="S900004", email="avi@mail.alt", phone="0540000104", gender="m", city="חיפה",
    joined_at="2025-06-01 20:40:00",
)  # fmt: skip
_RUTH = _record(
    "רות", "גולן", 2, club_card="C900005", phone="972540000105", email="ruth@mail.alt", birth_date="1958-01-20",
    gender="f", city="הרצליה", joined_at="2025-10-19 09:58:00",
)  # fmt: skip
_YOSSI = _record(
    "יוסי", "ברק", 5, customer_id="S900006", email="yossi@mail.alt", phone="054-0000106", gender="m", city="חולון",
    joined_at="2026-03-01 10:00:00",
)  # fmt: skip

# whose, when, where, SKU, units, shekels
_ORDERS: tuple[tuple[Record, str, int, str, int, int], ...] = (
    (_DANI, "2024-08-14T18:20:00", POS, "SHO-013", 2, 650),
    (_DANI, "2024-12-03T21:12:00", ONLINE, "COA-007", 1, 560),
    (_DANI, "2025-04-22T12:40:00", POS, "TRO-012", 4, 900),
    (_DANI, "2025-08-19T19:05:00", POS, "SHI-018", 4, 900),
    (_DANI, "2025-12-09T14:05:00", POS, "COA-011", 1, 990),
    (_TALI, "2024-06-02T11:04:00", POS, "DRE-006", 2, 620),
    (_TALI, "2025-01-15T20:31:00", ONLINE, "BAG-010", 2, 700),
    (_TALI, "2025-07-28T17:20:00", POS, "SHO-016", 2, 780),
    (_TALI, "2025-12-03T14:05:00", POS, "DRE-012", 2, 1000),
    (_DANA_TILL, "2025-02-11T17:30:00", POS, "CAP-006", 22, 800),
    (_DANA_TILL, "2025-06-24T12:15:00", POS, "CAP-006", 22, 800),
    (_DANA_TILL, "2025-11-05T18:45:00", POS, "CAP-008", 17, 800),
    (_DANA_SITE, "2026-01-10T10:00:00", ONLINE, "CAP-005", 9, 300),
    (_AVI, "2025-06-01T20:44:00", ONLINE, "MCH-003", 1, 720),
    (_AVI, "2026-01-10T10:00:00", ONLINE, "MCH-006", 1, 1480),
    *((_RUTH, f"{day}T10:00:00", POS, "CAP-004", 6, 170) for day in (
        "2025-10-19", "2025-11-02", "2025-11-17", "2025-11-30", "2025-12-14", "2025-12-30", "2026-01-11", "2026-01-25",
    )),
)  # fmt: skip

BUYERS = {
    "Dani": Person(_DANI, _DANI),
    "Tali": Person(_TALI, _TALI),
    "Dana": Person(_DANA_TILL, _DANA_SITE),
    "Avi": Person(None, _AVI),
    "Ruth": Person(_RUTH, None),
}
PROSPECTS = {"Yossi": Person(None, _YOSSI)}
_CONSENTS = (
    (_DANI, "sms"), (_DANI, "email"), (_TALI, "sms"), (_TALI, "whatsapp"), (_DANA_TILL, "sms"), (_DANA_SITE, "email"),
    (_AVI, "sms"), (_AVI, "email"), (_RUTH, "sms"), (_RUTH, "whatsapp"), (_YOSSI, "sms"), (_YOSSI, "email"),
)  # fmt: skip


class Named(NamedTuple):
    """`proven` counts the consents by channel."""

    orders: tuple[Order, ...]
    consents: tuple[Row, ...]
    double: Double
    proven: Mapping[str, int]


def make_named(catalogue: Sequence[Product], asks: Asks, first_key: int) -> Named:
    by_sku = {product.sku: product for product in catalogue}
    orders = []
    for nth, (who, at, place, sku, units, shekels) in enumerate(_ORDERS):
        basket = exact(by_sku[sku], units, shekels * 100)
        assert basket.discount >= 0, f"{sku} × {units} costs less than {shekels}"
        branch = _AYALON if place == POS else ""
        orders.append(Order(first_key + nth, who, np.datetime64(at, "s"), place, branch, basket))
    rows = tuple(given_row(asks, who, channel, nth + 1) for nth, (who, channel) in enumerate(_CONSENTS))
    proven = {channel: sum(held == channel for _, held in _CONSENTS) for channel in ("sms", "whatsapp", "email")}
    return Named(
        tuple(orders), rows, Double(_DANA_TILL.club_card, _DANA_SITE.customer_id, e164(_DANA_SITE.phone)), proven
    )


def names_of(people: Mapping[str, Person]) -> Iterable[tuple[str, tuple[str, ...]]]:
    """Each name with the keys of its records."""
    for name, person in people.items():
        yield name, tuple(record.key for record in person.records)
