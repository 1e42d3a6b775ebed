"""Which column is which field."""

import pytest

from ritorno.sources.columns import MappingError, map_columns, parse_told

WOO = [
    "Order Number", "Order Status", "Order Date", "First Name (Billing)", "Last Name (Billing)", "Email (Billing)",
    "Phone (Billing)", "Cart Discount Amount", "Order Total Amount", "Order Total Tax Amount", "SKU", "Item #",
    "Item Name", "Quantity (- Refund)", "Item Cost",
]  # fmt: skip
SHOPIFY = [
    "Name", "Email", "Financial Status", "Currency", "Taxes", "Total", "Discount Amount", "Created at",
    "Lineitem quantity", "Lineitem name", "Lineitem price", "Lineitem sku", "Phone", "Id",
]  # fmt: skip
TILL = [
    "מספר קבלה",
    "תאריך ושעה",
    "טלפון נייד",
    "מס' חבר מועדון",
    'סה"כ לתשלום',
    "סניף",
    "סטטוס",
    'מק"ט',
    "כמות",
    "מחיר",
]
CANONICAL = [
    "order_id", "occurred_at", "customer_id", "email", "phone", "club_card", "first_name", "last_name", "sold_via",
    "branch", "currency", "total", "discount", "tax", "status", "sku", "product_name", "category", "quantity",
    "unit_price", "refund_of",
]  # fmt: skip


def test_the_canonical_header_maps_to_itself() -> None:
    assert map_columns("orders", CANONICAL).fields == {name: name for name in CANONICAL}


def test_an_export_of_woocommerce_is_understood() -> None:
    found = map_columns("orders", WOO).fields
    assert found["order_id"] == "Order Number"
    assert found["occurred_at"] == "Order Date"
    assert found["total"] == "Order Total Amount"
    assert found["tax"] == "Order Total Tax Amount"
    assert found["phone"] == "Phone (Billing)"
    assert found["unit_price"] == "Item Cost"
    assert found["quantity"] == "Quantity (- Refund)"
    assert found["product_name"] == "Item Name"


def test_shopify_calls_the_order_name() -> None:
    found = map_columns("orders", SHOPIFY).fields
    assert found["order_id"] == "Name"
    assert found["status"] == "Financial Status"
    assert found["sku"] == "Lineitem sku"


def test_a_hebrew_till_is_understood() -> None:
    found = map_columns("orders", TILL).fields
    assert found["order_id"] == "מספר קבלה"
    assert found["occurred_at"] == "תאריך ושעה"
    assert found["total"] == 'סה"כ לתשלום'
    assert found["sku"] == 'מק"ט'
    assert found["branch"] == "סניף"


@pytest.mark.parametrize("spelled", ["order_id", "Order ID", "ORDER-ID", " orderid ", "\u200fOrder Id"])
def test_case_marks_blanks_and_dashes_make_no_difference(spelled: str) -> None:
    assert map_columns("orders", [spelled, "date", "total", "phone"]).fields["order_id"] == spelled


def test_what_is_told_goes_before_what_was_kept_and_that_before_names() -> None:
    columns = ["order_id", "Invoice", "date", "total", "Sum", "phone"]
    found = map_columns("orders", columns, saved={"total": "Sum", "order_id": "order_id"}, told={"order_id": "invoice"})
    assert found.fields["order_id"] == "Invoice"
    assert found.fields["total"] == "Sum"


def test_a_kept_column_that_this_file_lacks_is_looked_for_by_name() -> None:
    found = map_columns("orders", ["order_id", "date", "total", "phone"], saved={"total": "Sum"})
    assert found.fields["total"] == "total"


def test_an_empty_column_says_that_there_is_none() -> None:
    found = map_columns(
        "orders", ["order_id", "date", "total", "phone", "status"], told=parse_told("status=", "orders")
    )
    assert "status" not in found.fields
    assert "status" in found.others


def test_missing_columns_are_named_beside_those_there_are() -> None:
    with pytest.raises(MappingError, match=r"occurred_at; customer_id or email.*The file has: order_id, total.*--map"):
        map_columns("orders", ["order_id", "total"])


def test_a_told_column_must_be_there() -> None:
    with pytest.raises(MappingError, match=r"total=Summe: there is no such column; the file has order_id, date"):
        map_columns("orders", ["order_id", "date"], told={"total": "Summe"})


@pytest.mark.parametrize("text", ["order=Invoice", "order_id", "=x"])
def test_a_mapping_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(MappingError, match="FIELD=COLUMN"):
        parse_told(text, "orders")
