"""What SQL reads of the usual spellings is what the rules read of them, one by one."""
# ruff: noqa: DTZ001 - times as a wall clock shows them

from collections.abc import Callable
from datetime import datetime

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritorno.core.identifiers import Kind, normalise
from ritorno.core.instants import zone
from ritorno.core.wall_clock import instant_of
from ritorno.sources.spellings import (
    amount_sql,
    card_sql,
    email_sql,
    instant_sql,
    phone_sql,
    plain_days,
    quantity_sql,
    shop_id_sql,
    wall_sql,
)
from ritorno.sources.values import read_amount, read_quantity, read_time

TZ = zone("Asia/Jerusalem")
MANY = settings(max_examples=40, deadline=None)
connection = duckdb.connect(":memory:", config={"threads": 1})
connection.execute("SET TimeZone = 'UTC'")


def in_sql(sql: str, texts: list[str]) -> list[object]:
    rows = connection.execute(f"SELECT {sql} FROM (SELECT unnest(?::VARCHAR[]) AS x)", [texts]).fetchall()
    return [value for (value,) in rows]


def by_rule(read: Callable[[str], object], text: str) -> object:
    try:
        return read(text)
    except ValueError:
        return "refused"


def agree(sql: str, read: Callable[[str], object], texts: list[str]) -> int:
    """Whatever SQL reads, the rule reads alike; how many SQL read."""
    values = in_sql(sql, texts)
    read_in_sql = [(text, value) for text, value in zip(texts, values, strict=True) if value is not None]
    assert [(text, by_rule(read, text)) for text, _ in read_in_sql] == read_in_sql
    return len(read_in_sql)


spelled_times = st.datetimes(datetime(1965, 1, 1), datetime(2105, 1, 1)).flatmap(
    lambda moment: st.sampled_from(
        [
            "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d", "%Y-%m-%d %H:%M:%S.%f", "%d.%m.%Y %H:%M", "%d/%m/%Y",
            "%d-%m-%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%d.%m/%Y", "%Y-%m-%d 24:00", "%Y%m%d", "%y-%m-%d",
        ]
    ).map(moment.strftime)
)  # fmt: skip


@MANY
@given(st.lists(spelled_times, max_size=60))
def test_wall_clock_times(texts: list[str]) -> None:
    shifts = dict(zip(*plain_days(TZ), strict=True))
    walls = in_sql(wall_sql("x"), texts)
    for text, wall in zip(texts, walls, strict=True):
        if isinstance(wall, int):
            day = wall // 86_400_000_000
            instant = wall + shifts[day] if day in shifts else instant_of(wall, TZ)
            assert read_time(text, TZ) == instant, text


@pytest.mark.parametrize("text", ["1.3.2026 10:00", "01/03/2026 10:00", "1-3-2026 10:00:00", "2026-03-01 10:00"])
def test_days_come_first(text: str) -> None:
    (wall,) = in_sql(wall_sql("x"), [text])
    assert wall == 1_772_359_200_000_000
    assert read_time(text, TZ) == read_time("2026-03-01T10:00+02:00", TZ)


@pytest.mark.parametrize("text", ["31.2.2026", "2026-13-01", "10:00", "46082", "", "1.3", "0026-03-01", "tomorrow"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"time|year|hour"):
        read_time(text, TZ)
    assert in_sql(wall_sql("x"), [text]) == [None]


@MANY
@given(
    st.lists(
        st.tuples(
            st.datetimes(datetime(1970, 1, 2), datetime(2099, 12, 30)),
            st.sampled_from(["Z", "+02:00", "-11:30", "+13:59", "+14:00", "+0200", " +02:00"]),
        ).map(lambda told: told[0].strftime("%Y-%m-%d %H:%M:%S") + told[1]),
        max_size=40,
    )
)
def test_times_with_an_offset(texts: list[str]) -> None:
    agree(instant_sql("x"), lambda text: read_time(text, TZ), texts)


@MANY
@given(
    st.lists(
        st.from_regex(r"\A-?[0-9]{0,17}([.,][0-9]{0,4})?\Z") | st.text("0123456789.,-₪ ", max_size=12), max_size=60
    )
)
def test_amounts(texts: list[str]) -> None:
    agree(amount_sql("x", "ILS"), lambda text: read_amount(text, "ILS"), texts)


@MANY
@given(st.lists(st.from_regex(r"\A-?[0-9]{0,13}([.,][0-9]{0,7})?\Z"), max_size=60))
def test_quantities(texts: list[str]) -> None:
    agree(quantity_sql("x"), read_quantity, texts)


digits = st.from_regex(r"\A(\+|00)?(972)?[ -]?0?[0-9]{1,3}[ -]{0,3}[0-9]{2,4}[ -]?[0-9]{3,5}\Z")


@MANY
@given(st.lists(digits | st.text("0123456789 -+()./", max_size=16), max_size=80))
def test_phones(texts: list[str]) -> None:
    """ISR-10: the four spellings and everything near them."""
    agree(phone_sql("x", "IL"), lambda text: normalise(Kind.PHONE, text).value, texts)


def test_the_four_spellings_of_one_phone_are_read_in_sql() -> None:
    """ISR-10."""
    texts = ["052-1234567", "+972 52 123 4567", "972521234567", "0521234567", "03-1234567"]
    assert in_sql(phone_sql("x", "IL"), texts) == ["+972521234567"] * 4 + ["+97231234567"]


@MANY
@given(st.lists(st.emails() | st.from_regex(r"\A[A-Za-z0-9._+-]{1,12}@[a-z0-9.-]{1,15}\Z"), max_size=60))
def test_emails(texts: list[str]) -> None:
    agree(email_sql("x"), lambda text: normalise(Kind.EMAIL, text).value, texts)


@MANY
@given(st.lists(st.text(max_size=12) | st.from_regex(r"\A[A-Za-z0-9-]{1,12}\Z"), max_size=60))
def test_cards_and_shop_ids(texts: list[str]) -> None:
    texts = [text.replace("\x00", "") for text in texts]
    agree(card_sql("x"), lambda text: normalise(Kind.CLUB_CARD, text).value, texts)
    agree(shop_id_sql("x"), lambda text: normalise(Kind.SHOP_ID, text, namespace="n").value, texts)
