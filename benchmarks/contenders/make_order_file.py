"""A chain's export of orders as CSV, one row an order, always the same: ``… make_order_file ORDERS PEOPLE FILE``.

Three years in order of time. People buy by Gamma-Poisson (shape 2): 40 % at the till only (club card, phone), 35 % at
the site only (login, e-mail, phone), 25 % at both, where nothing but the phone shows that they are one person. Phones
come in four spellings; 4 % of receipts name nobody; 2 % are cancelled.
"""

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

SEED = 20_260_301
HEADER = "order_id,occurred_at,customer_id,email,phone,club_card,first_name,sold_via,branch,total,tax,status"
_CHUNK = 250_000
_END = np.datetime64("2026-03-01T10:00:00", "s")
_SPAN = 3 * 365 * 86_400  # seconds
_FORMATS = ("0{area}-{rest}", "+972 {area} {rest}", "972{area}{rest}", "0{area}{rest}")
_NAMES = ("דנה", "יוסי", "רות", "אבי", "מיכל", "נועה", "Dani", "Maya", "Tomer", "Lior")
_BRANCHES = ("דיזנגוף", "איילון", "חיפה", "ירושלים", "באר שבע", "אילת")


def make(orders: int, people: int, path: Path) -> None:
    """Write the file; memory stays at one chunk beside 8 bytes for every person and 16 for every order."""
    chance = np.random.default_rng(SEED)
    weights = np.cumsum(chance.gamma(2.0, size=people))
    kind = chance.choice(3, size=people, p=(0.40, 0.35, 0.25))
    seconds = np.sort(chance.integers(0, _SPAN, size=orders))
    with path.open("wb") as file:
        file.write(HEADER.encode() + b"\n")
        for first in range(0, orders, _CHUNK):
            moments = _END - _SPAN + seconds[first : first + _CHUNK]
            who = np.searchsorted(weights, chance.random(len(moments)) * weights[-1])
            _write(file, _rows(chance, first, moments, who, kind[who]))


def _rows(chance: np.random.Generator, first: int, moments: np.ndarray, who: np.ndarray, kind: np.ndarray) -> pa.Table:
    count = len(who)
    at_site = (kind == 1) | ((kind == 2) & (chance.random(count) < 0.5))
    nobody = ~at_site & (chance.random(count) < 0.07)
    total = np.rint(29_000 * np.exp(0.8 * chance.standard_normal(count))).astype(np.int64)
    numbers = pa.array(np.arange(first, first + count))
    till, named = pa.array(~at_site), pa.array(~nobody)
    text = pa.array(who).cast(pa.string())
    empty = pa.scalar("")
    columns = {
        "order_id": _join("R", numbers.cast(pa.string())),
        "occurred_at": pc.strftime(pa.array(moments), "%Y-%m-%d %H:%M:%S"),
        "customer_id": pc.if_else(till, empty, _join("S", text)),
        "email": pc.if_else(till, empty, _join("person", text, "@mail.example.co.il")),
        "phone": pc.if_else(named, _phones(who, at_site), empty),
        "club_card": pc.if_else(pc.and_(till, named), _join("C", text), empty),
        "first_name": pc.if_else(named, pa.array(_NAMES).take(pa.array(who % len(_NAMES))), empty),
        "sold_via": pc.if_else(till, pa.scalar("pos"), pa.scalar("online")),
        "branch": pc.if_else(till, pa.array(_BRANCHES).take(pa.array(who % len(_BRANCHES))), empty),
        "total": _money(total),
        "tax": _money(total * 18 // 118),
        "status": pc.if_else(pa.array(chance.random(count) < 0.02), pa.scalar("cancelled"), pa.scalar("paid")),
    }
    return pa.table(columns)


def _join(*parts: object) -> pa.Array:
    return pc.binary_join_element_wise(*parts, "")


def _phones(who: np.ndarray, at_site: np.ndarray) -> pa.Array:
    """Person n has 05x-1…; till and site each keep a spelling of their own."""
    area = pa.array((50 + who % 5).astype(np.int64)).cast(pa.string())
    rest = pa.array(1_000_000 + who // 5).cast(pa.string())
    spelled = [
        _join("0", area, "-", rest), _join("+972 ", area, " ", rest), _join("972", area, rest), _join("0", area, rest)
    ]  # fmt: skip
    return pc.choose(pa.array((who + 2 * at_site) % 4), *spelled)


def _money(minor: np.ndarray) -> pa.Array:
    return _join(
        pa.array(minor // 100).cast(pa.string()), ".", pc.utf8_lpad(pa.array(minor % 100).cast(pa.string()), 2, "0")
    )


def _write(file: object, rows: pa.Table) -> None:
    pyarrow.csv.write_csv(rows, file, pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed"))


if __name__ == "__main__":
    _, wanted, people, target = sys.argv
    make(int(wanted), int(people), Path(target))
    print("{}")
