"""Folding: late, repeated and shuffled, the document is the one that the right order gives."""

from hypothesis import given
from hypothesis import strategies as st

from ritorno.core.customer import Customer, decode_customer, encode_customer, latest
from ritorno.core.events import (
    Body,
    CancellationTold,
    Custom,
    Event,
    Line,
    OrderTold,
    RefundTold,
    SoldVia,
    TraitsTold,
    happened,
)
from ritorno.core.folding import fold, known_at, take_order
from ritorno.core.identifiers import Kind
from ritorno.core.ids import CustomerId
from ritorno.core.instants import NEVER, Instant
from ritorno.core.merge import merge
from ritorno.core.retell import events_between
from ritorno.testing import Person, at, local, shop
from tests.core.histories import events, folded, instants, told_part


@given(events(), st.data())
def test_events_shuffled_repeated_and_late_give_the_in_order_document(told: list[Event], data: st.DataObject) -> None:
    """DAT-08."""
    again = told + data.draw(st.lists(st.sampled_from(told), max_size=5))
    shuffled = data.draw(st.permutations(again))
    assert told_part(folded(shuffled)) == told_part(folded(told))


@given(events())
def test_a_document_is_read_back_as_it_was_written(told: list[Event]) -> None:
    customer = folded(told)
    assert decode_customer(encode_customer(customer)) == customer


@given(events(), instants(), instants())
def test_the_past_and_what_occurred_since_are_the_present(told: list[Event], one: Instant, two: Instant) -> None:
    """DAT-01: what a dry-run over imported history lives through."""
    start, end = sorted((one, two))
    customer = folded(told)
    past = known_at(customer, start)
    for event in events_between(customer, start, end):
        fold(past, event)
    now = known_at(customer, end)
    now.joined_at = past.joined_at = customer.joined_at  # an event that told nothing lasting may have been the first
    assert told_part(past) == told_part(now)


@given(events(), instants())
def test_nothing_is_known_of_a_past_before_it(told: list[Event], instant: Instant) -> None:
    """DAT-01."""
    past = known_at(folded(told), instant)
    dated = [order.occurred_at for order in past.orders]
    dated += [trait.at for trait in past.traits.values()] + [entry.at for entry in past.consents]
    dated += [done.at for done in past.did] + [change.at for changes in past.changes.values() for change in changes]
    assert all(each <= instant for each in dated)


@given(events(purchases_only=True))
def test_an_order_is_worth_what_its_last_description_and_its_changes_leave(told: list[Event]) -> None:
    """SCO-02: a plain second reading of every order's net."""
    customer = folded(told)
    for order in customer.orders:
        own = [
            each
            for each in told
            if each.source == order.source and getattr(each.body, "order_id", "") == order.order_id
        ]
        last = max(
            (each for each in own if isinstance(each.body, OrderTold)),
            key=lambda each: (each.body.as_of or each.received_at, each.id),  # type: ignore[union-attr]
        )
        assert isinstance(last.body, OrderTold)
        assert (order.occurred_at, order.total, order.cancelled) == (
            last.occurred_at,
            last.body.total,
            last.body.cancelled,
        )
        given_back: dict[str, RefundTold | CancellationTold] = {}
        for each in sorted(own, key=lambda each: (getattr(each.body, "as_of", 0) or each.received_at, each.id)):
            if isinstance(each.body, RefundTold | CancellationTold):
                given_back[getattr(each.body, "refund_id", "")] = each.body
        valid = [each for each in given_back.values() if not each.void]
        nothing_left = last.body.cancelled or any(getattr(each, "amount", None) is None for each in valid)
        left = last.body.total - sum(getattr(each, "amount", 0) or 0 for each in valid)
        assert order.net == (0 if nothing_left else max(0, left))


def purchase(number: str, when: str, total: int = 10_000, *, told: str | None = None, **more: object) -> Event:
    body = OrderTold(number, total, "ILS", SoldVia.ONLINE, **more)  # type: ignore[arg-type]
    return happened("shop", f"{number} {told or when}", body, occurred_at=at(when), received_at=at(told or when))


def test_dat_01_what_was_known_at_a_past_instant_is_counted_again() -> None:
    person = Person(shop()).buys("2026-01-05", 200).buys("2026-02-01", 300).buys("2026-02-20", 700)
    past = known_at(person.customer, at("2026-02-10"))
    assert [order.net for order in past.orders] == [20_000, 30_000]
    assert local(past.orders[-1].occurred_at)[:10] == "2026-02-01"
    assert len(known_at(person.customer, at("2026-03-01")).orders) == 3
    assert known_at(person.customer, at("2026-01-01")).joined_at > at("2099-01-01"), "nobody knew of her then"


def test_the_later_description_of_an_order_wins_whichever_arrives_first() -> None:
    first = purchase("o1", "2026-02-01T10:00", 10_000)
    second = purchase("o1", "2026-02-02T12:00", 8_000, told="2026-02-03")
    for order in ([first, second], [second, first], [second, first, second]):
        customer = folded(order)
        assert [(local(each.occurred_at), each.total) for each in customer.orders] == [("2026-02-02T12:00:00", 8_000)]


def test_a_refund_that_arrives_before_its_order_waits_for_it() -> None:
    refund = happened(
        "shop", "r", RefundTold("o1", "r1", 3_000), occurred_at=at("2026-02-05"), received_at=at("2026-02-05")
    )
    order = purchase("o1", "2026-02-01", told="2026-02-06")
    assert [each.net for each in folded([refund, order]).orders] == [7_000]
    elsewhere = happened("till", "t", OrderTold("o1", 9_000, "ILS", SoldVia.POS), occurred_at=1, received_at=1)  # type: ignore[arg-type]
    assert folded([refund, elsewhere]).orders[0].net == 9_000, "the same number of another source is another order"


def test_a_cancellation_can_be_taken_back_and_a_refund_never_makes_an_order_negative() -> None:
    order = purchase("o1", "2026-02-01")
    cancelled = happened("shop", "c1", CancellationTold("o1"), occurred_at=Instant(2), received_at=Instant(2))
    back = happened("shop", "c2", CancellationTold("o1", void=True), occurred_at=Instant(3), received_at=Instant(3))
    much = happened("shop", "r", RefundTold("o1", "r1", 99_000), occurred_at=Instant(4), received_at=Instant(4))
    assert folded([order, cancelled]).orders[0].net == 0
    assert not folded([order, cancelled]).orders[0].counts
    assert folded([order, cancelled, back]).orders[0].net == 10_000
    assert folded([order, much]).orders[0].net == 0
    assert folded([purchase("o2", "2026-02-01", cancelled=True)]).orders[0].net == 0


def test_of_a_house_account_nothing_is_kept() -> None:
    """ISR-11."""
    till = Customer(CustomerId(1), house=True)
    fold(till, purchase("o1", "2026-02-01"))
    assert told_part(till) == told_part(Customer(CustomerId(1), house=True))


def test_the_latest_value_of_a_trait_and_the_identifier_told_last_stand() -> None:
    person = Person(shop()).is_told("2026-02-02", city="Haifa").is_told("2026-02-01", city="Yafo")
    assert person.customer.traits["city"].value == "Haifa"
    phone = latest(person.customer, Kind.PHONE)
    assert phone is not None
    assert phone.value == "+972521234567"
    assert latest(Customer(CustomerId(1)), Kind.PHONE) is None


def test_dat_10_lines_are_kept_and_unknown_events_too() -> None:
    line = Line("A1", "נר", "home", 2, 5_000)
    person = Person(shop()).buys("2026-02-03T10:00", 100, lines=(line,))
    assert person.customer.orders[0].lines == (line,)
    person.does(Custom("stars_counted", {"stars": 12}), "2026-02-04").does(TraitsTold({"pet": "cat"}), "2026-02-05")
    assert [(done.name, done.properties) for done in person.customer.did] == [("stars_counted", {"stars": 12})]
    assert person.customer.traits["pet"].value == "cat"


def test_behaviour_is_counted_beyond_the_days_it_is_kept() -> None:
    person = Person(shop()).does(Custom("quiz"), "2025-01-01").does(Custom("quiz"), "2025-06-01")
    person.is_told("2026-02-04", city="Haifa")
    assert [local(done.at)[:10] for done in person.customer.did] == ["2025-01-01", "2025-06-01"]
    person.is_told("2026-02-05", city="Holon")  # 400 days later
    assert [local(done.at)[:10] for done in person.customer.did] == ["2025-06-01"]
    assert person.customer.counters == {"quiz": 1}


def test_a_slip_that_names_only_an_order_does_not_say_since_when_somebody_is_known() -> None:
    customer = Customer(CustomerId(1))
    slip = RefundTold("o1", "r1", 1_000)
    fold(customer, happened("pos", "r1", slip, occurred_at=at("2026-01-01"), received_at=at("2026-01-01")))
    assert customer.joined_at == NEVER
    assert [change.amount for change in customer.changes["pos\x00o1"]] == [1_000]


def test_a_refund_without_a_number_is_not_taken_for_the_cancellation() -> None:
    """DAT-08: and two of them are two, each once however often it is told."""
    person = Person(shop()).buys("2026-01-01", 1_000, order="o1")
    when = at("2026-01-02")
    bodies: dict[str, Body] = {
        "a": RefundTold("o1", "", 10_000),
        "b": RefundTold("o1", "", 20_000),
        "c": CancellationTold("o1", void=True),
    }
    (source,) = {order.source for order in person.customer.orders}
    told = [happened(source, name, body, occurred_at=when, received_at=when) for name, body in bodies.items()]
    for order in (told, [*reversed(told), *told]):
        customer = person.customer.draft()
        for event in order:
            fold(customer, event)
        assert [order.net for order in customer.orders] == [70_000]
    events_told = events_between(customer, Instant(0), at("2026-02-01"))
    again = folded([event for event in events_told if event.source])
    assert [order.net for order in again.orders] == [70_000], "told again, they are the same"


@given(events())
def test_an_order_taken_out_and_put_back_is_the_whole_again(told: list[Event]) -> None:
    customer = folded(told)
    before = encode_customer(customer)
    for key in {order.key for order in customer.orders} | set(customer.changes):
        rest, taken = take_order(customer, key)
        assert key not in rest.changes
        assert all(order.key != key for order in rest.orders)
        assert told_part(merge(rest, taken)) == told_part(customer)
    assert encode_customer(customer) == before
