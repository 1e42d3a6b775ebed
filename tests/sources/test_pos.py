"""A till's JSON becomes events, or problems that name the field (DAT-08)."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritorno.core.events import CancellationTold, Line, OrderTold, RefundTold, SoldVia
from ritorno.core.identifiers import Kind
from ritorno.core.instants import zone
from ritorno.sources import pos
from ritorno.testing import at

TILL = pos.Shop("pos", "ILS", "IL", zone("Asia/Jerusalem"))
NOW = at("2026-03-01T10:00")
PLAIN: dict[str, Any] = {"receipt_no": "881", "occurred_at": "2026-03-01T09:58", "branch": "Ayalon", "total": "249.90"}


def read(told: Any) -> list[pos.Receipt | pos.BadReceipt]:
    return pos.read(msgspec.json.encode(told), TILL, NOW)


def good(told: dict[str, Any]) -> pos.Receipt:
    (one,) = read(told)
    assert isinstance(one, pos.Receipt), one
    return one


def problems(told: Any) -> tuple[str, ...]:
    (one,) = read(told)
    assert isinstance(one, pos.BadReceipt), one
    return one.problems


def test_a_whole_receipt_is_told_whole() -> None:
    one = good(
        PLAIN
        | {
            "lines": [{"sku": "S1", "name": "נעל", "category": "נעליים", "quantity": "2", "unit_price": 124.95}],
            "customer": {"phone": "052-123 4567", "email": "Dani@X.co.il", "club_card": "c-17", "first_name": "דני"},
            "discount": 10,
            "tax": "38.12",
        }
    )
    assert one.event.body == OrderTold(
        "881", 24_990, "ILS", SoldVia.POS, branch="Ayalon", discount=1_000, tax=3_812,
        lines=(Line("S1", "נעל", "נעליים", 2, 12_495),),
    )  # fmt: skip
    assert [(each.kind, each.value, each.namespace) for each in one.event.identifiers] == [
        (Kind.PHONE, "+972521234567", ""),
        (Kind.EMAIL, "dani@x.co.il", ""),
        (Kind.CLUB_CARD, "C17", ""),
    ]
    assert one.event.traits == {"first_name": "דני"}
    assert (one.event.occurred_at, one.event.received_at) == (at("2026-03-01T09:58"), NOW)
    assert one.basket == 25_990, "the basket is what it was before the discount"


def test_the_time_may_carry_an_offset_or_be_the_brands_wall_clock() -> None:
    assert good(PLAIN | {"occurred_at": "2026-03-01T07:58:00Z"}).event.occurred_at == at("2026-03-01T09:58")


def test_without_a_total_the_lines_say_what_was_paid() -> None:
    lines = [{"sku": "A", "quantity": 0.35, "unit_price": "10"}, {"sku": "B", "unit_price": 100}]
    body = good({"receipt_no": 1, "occurred_at": "2026-03-01", "lines": lines, "discount": "3.50"}).event.body
    assert isinstance(body, OrderTold)
    assert (body.order_id, body.total) == ("1", 10_000)


def test_a_refund_and_a_cancellation_are_messages_of_their_own() -> None:
    sale, refund = good(PLAIN), good(PLAIN | {"total": "-50", "refund_of": "881", "refund_id": "r7"})
    void = good({"receipt_no": "881", "occurred_at": "2026-03-01T09:59", "cancelled": True})
    assert refund.event.body == RefundTold("881", "r7", 5_000)
    assert good({"receipt_no": "9", "occurred_at": "2026-03-01", "refund_of": "881"}).event.body == RefundTold(
        "881", "9", None
    )
    assert void.event.body == CancellationTold("881")
    assert (refund.changes, void.changes, sale.changes) == ("881", "881", "")
    assert len({sale.event.id, refund.event.id, void.event.id}) == 3


@pytest.mark.parametrize(
    ("told", "told_problem"),
    [
        ({"occurred_at": "2026-03-01", "total": 1}, "receipts[0].receipt_no: is missing"),
        ({"receipt_no": "1", "total": 1}, "receipts[0].occurred_at: is missing"),
        (PLAIN | {"total": "a lot"}, "receipts[0].total: 'a lot' is not an amount; write for example 1234.50"),
        (
            PLAIN | {"total": None},
            "receipts[0].total: is missing; write what was paid, for example 249.90, or the lines",
        ),
        (PLAIN | {"total": True}, "receipts[0].total: is True; write an amount, for example 249.90"),
        (PLAIN | {"total": "1e999"}, "receipts[0].total: '1e999' is not an amount; write for example 1234.50"),
        (PLAIN | {"total": 10**30}, "is larger than any amount that can be kept"),
        (PLAIN | {"total": 9 * 10**16}, "receipts[0].total: with its discount and tax is larger than any receipt"),
        (PLAIN | {"total": -5}, "a refund names the receipt it takes back from in refund_of"),
        (PLAIN | {"occurred_at": "yesterday"}, "receipts[0].occurred_at: 'yesterday' is not a time"),
        (PLAIN | {"occurred_at": "1970-01-01T00:01"}, "receipts[0].occurred_at: is before 2000"),
        (PLAIN | {"occurred_at": "2026-03-03"}, "receipts[0].occurred_at: is more than a day in the future"),
        (PLAIN | {"currency": "USD"}, "receipts[0].currency: is 'USD', and this brand sells in ILS"),
        (PLAIN | {"sold_via": "till"}, "receipts[0].sold_via: is 'till'; write one of online, pos, phone"),
        (PLAIN | {"cancelled": "yes"}, "receipts[0].cancelled: is 'yes'; write true or false"),
        (PLAIN | {"customer": {"phone": "12"}}, "receipts[0].customer.phone: '12' is not a phone number"),
        (PLAIN | {"customer": "Dani"}, "receipts[0].customer: is 'Dani'; write an object, {\"name\": value, …}"),
        (PLAIN | {"lines": {"sku": 1}}, "receipts[0].lines: is {'sku': 1}; write a list"),
        (PLAIN | {"lines": [{}, {"unit_price": "x"}]}, "receipts[0].lines[1].unit_price: 'x' is not an amount"),
        (PLAIN | {"lines": [{"quantity": "many"}]}, "receipts[0].lines[0].quantity: is 'many'; write a number"),
        (PLAIN | {"branch": "x" * 201}, "receipts[0].branch: is 201 letters long; at most 200 are kept"),
        (PLAIN | {"branch": "a\x00b"}, "receipts[0].branch: holds a NUL letter"),
        (17, 'receipts[0]: is 17; write an object, {"name": value, …}'),
    ],
    ids=lambda value: value[:60] if isinstance(value, str) else "",
)
def test_a_bad_field_is_named_by_its_path_and_what_would_be_right(told: Any, told_problem: str) -> None:
    assert any(told_problem in problem for problem in problems(told)), problems(told)


def test_every_problem_is_told_at_once() -> None:
    found = problems({"total": "x", "lines": [{"quantity": "y"}], "customer": {"email": "nobody"}})
    assert [problem.split(":")[0] for problem in found] == [
        "receipts[0].receipt_no",
        "receipts[0].occurred_at",
        "receipts[0].customer.email",
        "receipts[0].lines[0].quantity",
        "receipts[0].total",
    ]


def test_a_bad_receipt_among_good_ones_is_told_by_its_place() -> None:
    first, second, third = read([PLAIN, PLAIN | {"total": "x"}, PLAIN | {"receipt_no": "882"}])
    assert isinstance(second, pos.BadReceipt)
    assert (second.place, second.receipt_no) == ("receipts[1]", "881")
    assert msgspec.json.decode(second.payload)["total"] == "x"
    assert isinstance(first, pos.Receipt)
    assert isinstance(third, pos.Receipt)


def test_fields_that_nobody_asked_for_are_told_back() -> None:
    assert good(PLAIN | {"discont": 5, "customer": {"phne": "x"}}).ignored == (
        "receipts[0].discont",
        "receipts[0].customer.phne",
    )


@pytest.mark.parametrize("payload", [b"", b"{", b"\xff\xfe", b"[]", b"[" * 5_000, b'{"receipts": []}'])
def test_a_request_that_is_no_list_of_receipts_is_refused(payload: bytes) -> None:
    with pytest.raises(pos.PayloadError):
        pos.read(payload, TILL, NOW)


def test_more_receipts_than_one_request_may_hold_are_refused() -> None:
    with pytest.raises(pos.PayloadError, match="501 are too many for one request; send at most 500"):
        read([PLAIN] * 501)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FIELDS = [
    "receipt_no", "occurred_at", "branch", "total", "currency", "lines", "customer", "discount", "tax", "sold_via",
    "refund_of", "refund_id", "cancelled", "code",
]  # fmt: skip


@given(st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_whatever_stands_in_the_fields_the_answer_is_a_receipt_or_its_problems(told: dict[str, Any]) -> None:
    (one,) = read(told)
    assert isinstance(one, pos.Receipt) or one.problems


def test_seg_19_a_receipt_may_say_for_whom_it_was_bought() -> None:
    body = good(PLAIN | {"beneficiary": "050-765 4321"}).event.body
    assert isinstance(body, OrderTold)
    assert body.beneficiary == "phone:+972507654321"
    assert problems(PLAIN | {"beneficiary": "x" * 301}) == (
        "receipts[0].beneficiary: is 301 letters long; at most 300 are kept",
    )
