"""Two documents that are one person, and back again (DAT-03)."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ritorno.core.customer import Contact, Customer, Enrollment, encode_customer
from ritorno.core.decisions import Ended, TraitWritten
from ritorno.core.events import Custom, Event, Line, RefundTold, SoldVia, TraitsTold, happened
from ritorno.core.folding import fold
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.ids import CustomerId, MessageId, PlaybookKey
from ritorno.core.instants import NEVER, Instant
from ritorno.core.merge import belongs, merge
from ritorno.core.react import Replanned, react
from ritorno.playbooks.library import load
from ritorno.testing import Person, at, held_out_of, shop
from tests.core.histories import events, folded, told_part

CHURN_SHIELD = held_out_of(load("PB2"), 0)
NOON = at("2026-03-11T12:00")


@given(events(), st.data())
def test_merging_is_the_fold_of_both_histories_whichever_survives(told: list[Event], data: st.DataObject) -> None:
    """DAT-03: events may have been told to both sides."""
    mine = data.draw(st.lists(st.sampled_from(told), unique_by=lambda event: event.id))
    theirs = [event for event in told if event not in mine] + data.draw(st.lists(st.sampled_from(told), max_size=2))
    one, other = folded(mine, 1), folded(theirs, 2)
    assert told_part(merge(one, other)) == told_part(folded(told)) == told_part(merge(other, one))


@given(events(), events(), events(most=4))
def test_both_documents_stay_as_they_stood_whatever_becomes_of_the_merged_one(
    mine: list[Event], theirs: list[Event], since: list[Event]
) -> None:
    """DAT-03: they are kept, so that the merge may be taken back."""
    one, other = folded(mine, 1), folded(theirs, 2)
    before = encode_customer(one), encode_customer(other)
    merged = merge(one, other)
    for event in since:
        fold(merged, event)
    assert (encode_customer(one), encode_customer(other)) == before


def test_dat_03_a_till_customer_and_a_site_customer_become_one() -> None:
    plan = shop()
    till = Person(plan, number=1, email="", source="till")
    for day, shekels in (("2026-01-05", 800), ("2026-01-20", 800), ("2026-02-10", 800)):
        till.buys(day, shekels, sold_via=SoldVia.POS)
    site = Person(plan, number=2, phone="+972 52 123 4567", email="dana@x.co.il", source="site").buys("2026-02-20", 300)
    site.does(TraitsTold({"first_name": "Dana"}), "2026-02-20")
    merged = react(merge(till.customer, site.customer), (Replanned(at("2026-03-01")),), plan, at("2026-03-01")).customer
    assert (len(merged.orders), sum(order.net for order in merged.orders)) == (4, 270_000)
    assert (merged.scores.cell, merged.scores.orders, merged.scores.spend) == (333, 4, 270_000)
    assert merged.traits["first_name"].value == "Dana"
    assert {str(known.identifier) for known in merged.identifiers} == {"phone:+972521234567", "email:dana@x.co.il"}


def test_dat_03_a_withdrawal_on_either_side_survives() -> None:
    plan = shop(CHURN_SHIELD)
    one = Person(plan, number=1).consents("sms", "2026-01-01")
    other = Person(plan, number=2).consents("sms", "2026-02-01", given=False, source="link")
    merged = merge(one.customer, other.customer)
    assert [entry.given for entry in merged.consents] == [True, False]


def test_what_was_decided_is_kept_side_by_side() -> None:
    one, other = Customer(CustomerId(1)), Customer(CustomerId(2))
    key = PlaybookKey("PB2")
    one.contacts = [Contact(Instant(5), MessageId(1), "sms", key, marketing=True)]
    other.contacts = [Contact(Instant(3), MessageId(2), "email", key, marketing=True)]
    one.counters, other.counters = {"quiz": 1}, {"quiz": 2, "cart": 1}
    one.settled_at = Instant(9)
    merged = merge(one, other)
    assert [contact.message for contact in merged.contacts] == [2, 1]
    assert merged.counters == {"quiz": 3, "cart": 1}
    assert merged.settled_at == 9


def in_rescue(number: int, first: str) -> Person:
    person = Person(shop(CHURN_SHIELD), number=number).consents("sms")
    for month in ("2025-09", "2025-10", "2025-12"):
        person.buys(f"{month}-{first}", 800, order=f"{number} {month}")
    return person.lives_until("2026-03-04")


def test_the_passages_of_both_stand_in_the_order_they_were_entered() -> None:
    one, other = in_rescue(1, "01T10:00"), in_rescue(2, "02T10:00")
    passages = [person.customer.enrollments[0] for person in (one, other)]
    assert all(passage.is_open for passage in passages)
    merged = merge(other.customer, one.customer)
    assert [passage.id for passage in merged.enrollments] == [passages[0].id, passages[1].id]


def test_of_two_open_passages_through_one_playbook_the_later_ends_and_its_messages_with_it() -> None:
    base, key = Customer(CustomerId(1)), PlaybookKey("PB2")
    one = Enrollment(1, key, 1, "lapse:1", at("2026-03-03"), "treated", 1, at("2026-03-03"), NEVER, 0)
    base.enrollments = [one, replace(one, id=2, key="lapse:2")]
    base.consents = Person(shop()).consents("sms").customer.consents
    base.identifiers = Person(shop()).consents("sms").customer.identifiers
    plan = shop(CHURN_SHIELD)
    reaction = react(base, (Replanned(at("2026-03-03T01:00")),), plan, at("2026-03-03T01:00"))
    assert [(each.enrollment, each.why) for each in reaction.decisions if isinstance(each, Ended)] == [
        (2, "in_playbook")
    ]
    assert [each.is_open for each in reaction.customer.enrollments] == [True, False]


def test_old_purchases_of_the_other_side_are_no_purchase_since_and_new_ones_are() -> None:
    plan = shop(CHURN_SHIELD)
    rescued = in_rescue(1, "02T10:00")
    for day, ends in (("2025-03-01", []), ("2026-03-01", ["bought: 2026-03-01T00:00:00+02:00"])):
        other = Person(plan, number=2).buys(day, 300, order="only")
        now = at("2026-03-04T10:00")
        reaction = react(merge(rescued.customer, other.customer), (Replanned(now),), plan, now)
        assert [each.why for each in reaction.decisions if isinstance(each, Ended)] == ends


def test_a_passage_that_is_over_and_a_newcomer_without_orders_are_left_alone() -> None:
    plan = shop(CHURN_SHIELD)
    over = in_rescue(1, "02T10:00").lives_until("2026-03-20")
    merged = merge(over.customer, Person(plan, number=2).buys("2025-03-01", 300, order="only").customer)
    assert merged.enrollments == over.customer.enrollments


def test_who_merges_with_a_house_account_is_nobody() -> None:
    """ISR-11."""
    till = Customer(CustomerId(1), house=True)
    merged = merge(Person(shop()).buys("2026-01-01", 100).customer, till)
    assert (merged.house, merged.orders, merged.scores.cell) == (True, [], 0)


def test_an_event_since_belongs_to_whom_alone_it_names() -> None:
    phone = normalise(Kind.PHONE, "0521234567")
    mail = normalise(Kind.EMAIL, "dana@x.co.il")
    card = normalise(Kind.CLUB_CARD, "17", namespace="club")
    mine, theirs = frozenset({phone, card}), frozenset({phone, mail})

    def told(*identifiers: object) -> Event:
        return happened("shop", "e", Custom("quiz"), occurred_at=at("2026-01-01"), received_at=at("2026-01-01"),
                        identifiers=identifiers)  # type: ignore[arg-type]  # fmt: skip

    assert belongs(told(mail), mine, theirs)
    assert not belongs(told(card), mine, theirs)
    assert not belongs(told(phone), mine, theirs), "who both are is told by neither"


COUNTERS = load("counters")
PADS = Line("PADS", category="pads")


def counting(number: int, *orders: str) -> Person:
    person = Person(shop(COUNTERS), number=number)
    for day, order in enumerate(orders):
        person.buys(f"2026-03-{number + 2 * day:02d}T12:00", 90, order=order, lines=(PADS,))
    return person


def test_com_16_what_steps_counted_for_each_is_counted_for_the_one_and_goes_back_on_return() -> None:
    """Two orders of the one, three of the other are five; one that was returned is not, whichever survives."""
    one, other = counting(1, "a", "b"), counting(2, "c", "d", "e").is_refunded("d", "2026-03-10T12:00")
    for first, second in ((one, other), (other, one)):
        merged = react(merge(first.customer, second.customer), (Replanned(NOON),), shop(COUNTERS), NOON)
        assert merged.customer.traits["bought_pads"].value == 4
        told = [each for each in merged.decisions if isinstance(each, TraitWritten)]
        assert told[-1].after == 4
        assert "counts again" in told[-1].because
        back = first.event(RefundTold("a", "r2", None), at("2026-03-12T12:00"))
        after = react(merged.customer, (back,), shop(COUNTERS), at("2026-03-12T12:00"))
        assert after.customer.traits["bought_pads"].value == 3
