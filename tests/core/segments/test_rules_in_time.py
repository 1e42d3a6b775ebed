"""Rules say when their answer next changes: never too late, and never for nothing until then.

The second reading here is deliberately naive: every window of every order is tried at every instant at which any of
them could end.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ritorno.core.customer import Customer, Order
from ritorno.core.events import Event, Line, OrderTold, SoldVia, happened
from ritorno.core.ids import CustomerId
from ritorno.core.instants import DAY, NEVER, Instant, Span, Unit, add_span, within
from ritorno.core.react import react
from ritorno.core.scores.cuts import Scheme
from ritorno.core.scores.facts import count, in_span
from ritorno.core.segments.live import ask
from ritorno.core.segments.rule import (
    All,
    Any,
    Bought,
    FactIs,
    Not,
    TraitIs,
)
from ritorno.core.view import view_of
from ritorno.testing import JERUSALEM, Person, at, shop
from tests.core.histories import END, events, folded, instants
from tests.core.plans import SPANS

PROPERTY = settings(max_examples=150)
PLAN = shop()


def naive_cell(orders: list[Order], now: Instant, scheme: Scheme) -> tuple[int, int, int, int]:
    """(cell, orders and spend in the window, orders ever), order by order."""
    counted = [order for order in orders if order.net > 0 and order.occurred_at <= now]
    if not counted:
        return 0, 0, 0, 0
    last = max(order.occurred_at for order in counted)
    recency = 1 + sum(within(last, span, now, JERUSALEM) for span in scheme.recency)
    inside = [order.net for order in counted if within(order.occurred_at, scheme.window, now, JERUSALEM)]
    frequency = 1 + sum(len(inside) >= cut for cut in scheme.orders)
    money = 1 + sum(sum(inside) >= cut for cut in scheme.spend)
    return int(f"{recency}{frequency}{money}"), len(inside), sum(inside), len(counted)


def turning_points(customer: Customer, scheme: Scheme) -> list[Instant]:
    """Every instant at which a score could change by time alone."""
    starts = [order.occurred_at for order in customer.orders]
    spans = [*scheme.recency, scheme.window]
    return sorted({*starts, *(add_span(start, span, JERUSALEM) for start in starts for span in spans)})


@PROPERTY
@given(st.lists(instants(), min_size=1, max_size=8), SPANS, st.none() | instants())
@example([at("2025-01-28T10:00"), at("2025-01-31T09:00")], Span(1, Unit.MONTHS), at("2025-02-10"))
@example([at("2025-10-26T01:30"), Instant(at("2025-10-26T01:30") + DAY // 24)], Span(1), at("2025-10-26T10:00"))
def test_the_first_order_to_leave_a_window_is_found(bought: list[Instant], span: Span, now: Instant | None) -> None:
    """The last days of a long month leave a short one in any order. None: just as one leaves."""
    now = add_span(bought[0], span, JERUSALEM) if now is None else now
    orders = folded([sale(when, index) for index, when in enumerate(bought) if when <= now]).orders
    inside, leaves_at = in_span(orders, span, now, JERUSALEM)
    assert inside == [order for order in orders if within(order.occurred_at, span, now, JERUSALEM)]
    assert leaves_at == min((add_span(order.occurred_at, span, JERUSALEM) for order in inside), default=NEVER)


def test_nobody_is_woken_for_a_purchase_that_does_not_decide() -> None:
    customer = folded([sale(at(f"2026-0{month}-01T10:00"), month) for month in (1, 2, 3)])
    view = view_of(customer, PLAN, at("2026-03-02"))
    assert ask(Bought(within=Span(90)), view) == (True, at("2026-05-30T10:00")), "the last to leave decides"
    assert ask(Bought(at_least=2, within=Span(90)), view) == (True, at("2026-05-02T10:00")), "the last but one"
    assert ask(Bought(at_least=2, within=Span(20)), view) == (False, NEVER), "leaving makes nothing true"
    assert ask(Bought(), view) == (True, NEVER)
    ahead = view_of(customer, PLAN, at("2026-02-15"))
    assert ask(Bought(at_least=3), ahead) == (False, at("2026-03-01T10:00"))


def sale(when: Instant, index: int, total: int = 60_000) -> Event:
    body = OrderTold(f"o{index}", total, "ILS", SoldVia.POS if index % 2 else SoldVia.ONLINE)
    return happened("shop", f"s{index}", body, occurred_at=when, received_at=when)


@PROPERTY
@given(events(purchases_only=True), instants())
def test_scores_are_those_of_the_naive_reading_at_every_turning_point(told: list[Event], now: Instant) -> None:
    """SCO-01, SCO-02, SCO-03, SCO-05, SCO-07: and `due_at` is never later than the true change."""
    customer = folded(told)
    document = react(customer, (), PLAN, now).customer  # never settled: wakes at nothing until something is told
    assert document.due_at == NEVER
    document = react(customer, [sale(now, 99)], PLAN, now).customer
    moments = [each for each in turning_points(document, PLAN.scheme) if now < each < END]
    for moment in moments:
        document = react(document, (), PLAN, Instant(moment - 1)).customer
        assert document.scores.cell == naive_cell(document.orders, Instant(moment - 1), PLAN.scheme)[0]
        assert document.due_at >= moment
        document = react(document, (), PLAN, moment).customer
        cell, orders, spend, _ = naive_cell(document.orders, moment, PLAN.scheme)
        assert (document.scores.cell, document.scores.orders, document.scores.spend) == (cell, orders, spend)


@PROPERTY
@given(st.lists(instants(), min_size=1, max_size=6), instants())
def test_sco_03_orders_of_one_day_and_branch_count_once_when_asked(bought: list[Instant], now: Instant) -> None:
    customer = folded([sale(when, index * 2) for index, when in enumerate(bought)])
    facts = count(customer, now, Scheme(occasion="day_and_branch"), JERUSALEM)
    days = {
        datetime.fromtimestamp(each / 1e6, ZoneInfo("Asia/Jerusalem")).date()
        for each in bought
        if within(each, Scheme().window, now, JERUSALEM)
    }
    assert facts.orders == len(days)


def test_all_is_decided_by_one_no_and_any_by_one_yes() -> None:
    """While a deciding part stands nothing else can change the answer: nobody is woken for it."""
    customer = folded([sale(at("2026-01-01"), 1), sale(at("2026-02-01"), 2)])
    view = view_of(customer, PLAN, at("2026-02-10"))
    month, never = Bought(within=Span(30)), Bought(sku="none")
    assert ask(All((month, never)), view) == (False, NEVER)
    assert ask(Any((month, Not(never))), view) == (True, NEVER)
    assert ask(Any((month, Bought(within=Span(60)))), view) == (True, at("2026-04-02"))
    assert ask(All(()), view) == (True, NEVER)
    assert ask(Any(()), view) == (False, NEVER)


@pytest.mark.parametrize(
    ("value", "rule", "answer"),
    [
        (["vip"], TraitIs("t", "<", 5), False),
        (["vip"], TraitIs("t", "!=", "sale"), True),
        ("38", TraitIs("t", ">", 5), False),
        (True, TraitIs("t", ">=", 1), False),
        (38, TraitIs("t", ">", 37.5), True),
        (None, TraitIs("t", "!=", "x"), False),
        (38, TraitIs("t", "<", "x"), False),
        ("x", TraitIs("other", "!=", "x"), False),
    ],
)
def test_a_trait_of_another_kind_is_no_answer_and_missing_is_false(value: object, rule: TraitIs, answer: bool) -> None:
    person = Person(PLAN).is_told(t=value)  # type: ignore[arg-type]
    assert ask(rule, view_of(person.customer, PLAN, at("2026-01-01")))[0] is answer


def test_dat_06_omnichannel_is_the_till_and_the_site_in_the_window() -> None:
    rule = FactIs("omnichannel", "=", True)
    places = {"A": "ppo", "B": "ooo", "C": "ppp"}
    kinds = {"p": SoldVia.POS, "o": SoldVia.ONLINE}
    found = []
    for name, bought in places.items():
        person = Person(PLAN)
        for index, letter in enumerate(bought):
            person.buys(f"2026-02-0{index + 1}", 100, sold_via=kinds[letter])
        if ask(rule, view_of(person.customer, PLAN, at("2026-03-01")))[0]:
            found.append(name)
    assert found == ["A"]


def test_dat_07_the_last_place_of_sale_turns_with_the_order() -> None:
    person = Person(PLAN).buys("2026-03-01T11:02", 100, sold_via=SoldVia.POS, branch="Ayalon")
    at_till = All((FactIs("last_sold_via", "=", "pos"), FactIs("last_branch", "=", "Ayalon")))
    assert ask(at_till, view_of(person.customer, PLAN, at("2026-03-01T11:29")))[0]
    person.buys("2026-03-01T11:30", 100)
    assert not ask(at_till, view_of(person.customer, PLAN, at("2026-03-01T11:30")))[0]
    assert view_of(person.customer, PLAN, at("2026-03-01T11:30")).facts.last_sold_via is SoldVia.ONLINE
    nobody = Customer(CustomerId(1))
    assert not ask(FactIs("last_sold_via", "!=", "pos"), view_of(nobody, PLAN, at("2026-03-01")))[0]


def test_dat_10_quantity_and_category_of_one_line() -> None:
    lines = (Line("A1", category="home"), Line("B2", category="garden"))
    person = Person(PLAN).buys("2026-02-03T10:00", 100, lines=lines)
    view = view_of(person.customer, PLAN, at("2026-03-01"))
    assert ask(Bought(sku="A1", category="home"), view)[0]
    assert not ask(Bought(sku="A1", category="garden"), view)[0], "on one line"
