"""Did what just happened pull a trigger?"""

from collections.abc import Sequence
from typing import assert_never

from ritorno.core.customer import Order
from ritorno.core.decisions import AnyDecision, GroupMoved, ScoreMoved, SegmentEntered, SegmentLeft
from ritorno.core.events import Custom, Event, Line, MessageTold, OrderTold, SignedUp
from ritorno.core.ids import PlaybookKey
from ritorno.core.journeys import trigger as when
from ritorno.core.journeys.trigger import Happened, ProductIs, Trigger, watch_key
from ritorno.core.milestones import reached
from ritorno.core.segments.compare import compare
from ritorno.core.segments.purchases import asks_lines, fits, fits_line
from ritorno.core.view import View


def fires(
    trigger: Trigger, playbook: PlaybookKey, event: Event | None, decided: Sequence[AnyDecision], view: View
) -> bool:
    """A first score is no move, unless the trigger names 0; what a machine did to a message is nobody's."""
    match trigger:
        case when.Moved(axis, to, before):
            return any(
                isinstance(each, ScoreMoved)
                and each.axis == axis
                and each.after == to
                and (each.before == before if before is not None else each.before != 0)
                for each in decided
            )
        case when.GroupMoved(to, before):
            return any(
                isinstance(each, GroupMoved) and each.after in to and (not before or each.before in before)
                for each in decided
            )
        case Happened():
            return event is not None and happened(trigger, event, view) and not _given(trigger, playbook, view)
        case when.JoinedSegment(segment):
            return any(isinstance(each, SegmentEntered) and each.segment == segment for each in decided)
        case when.LeftSegment(segment):
            return any(isinstance(each, SegmentLeft) and each.segment == segment for each in decided)
        case when.BecameTrue():
            return any(isinstance(each, SegmentEntered) and each.segment == watch_key(playbook) for each in decided)
        case _:
            assert_never(trigger)


def happened(wanted: Happened, event: Event, view: View) -> bool:
    """Is this the event, as it stands in the document?"""
    if event_name(event) != wanted.event or (isinstance(event.body, MessageTold) and event.body.machine):
        return False
    if isinstance(event.body, OrderTold):
        order = order_told(event, view)
        return order is not None and _order_fits(wanted, order, view)
    if wanted.where and not _fits(wanted, event, view):
        return False
    return not wanted.first or not _before(wanted.event, event, view)


def order_told(event: Event, view: View) -> Order | None:
    """The order of an event, if it counts."""
    assert isinstance(event.body, OrderTold)
    key = f"{event.source}\x00{event.body.order_id}"
    return next((order for order in reversed(view.customer.orders) if order.key == key and order.counts), None)


def _order_fits(wanted: Happened, order: Order, view: View) -> bool:
    if wanted.first and view.facts.ever > 1:
        return False
    if wanted.milestone is not None and not reached(wanted.milestone, view.facts.ever):
        return False
    if wanted.order is not None and not fits(wanted.order, order):
        return False
    return wanted.product is None or bool(lines_that_fit(wanted, order, view))


def _given(trigger: Happened, playbook: PlaybookKey, view: View) -> bool:
    """Was the playbook entered for this milestone before? What came back brings no second reward (COM-20)."""
    if trigger.milestone is None:
        return False
    ever = view.facts.ever
    passages = (each for each in view.customer.enrollments if each.playbook == playbook)
    return not reached(trigger.milestone, ever, {ever for each in passages if each.about.thing == str(ever)})


def lines_that_fit(wanted: Happened, order: Order, view: View) -> list[Line]:
    """The lines of an order that the filters of lines and products let through."""
    lines = [
        line
        for line in order.lines
        if wanted.order is None or not asks_lines(wanted.order) or fits_line(wanted.order, line)
    ]
    return [line for line in lines if wanted.product is None or _product_fits(wanted.product, line, view)]


def _product_fits(wanted: ProductIs, line: Line, view: View) -> bool:
    product = view.plan.catalogue.product(line.sku)
    return all(
        asked is None or asked is told
        for asked, told in (
            (wanted.consumable, product.consumable),
            (wanted.technical, product.technical),
            (wanted.sensitive, product.sensitive),
        )
    )


def _fits(wanted: Happened, event: Event, view: View) -> bool:
    """The properties, as the document keeps them."""
    done = next((each for each in reversed(view.customer.did) if each.event == event.id), None)
    properties = done.properties if done is not None else event.traits
    return all(compare(each.op, properties.get(each.property), each.value) for each in wanted.where)


def _before(name: str, event: Event, view: View) -> bool:
    """Had it happened before, as far as is known?"""
    if view.customer.counters.get(name):
        return True
    return any(each.name == name and each.event != event.id and each.by_hand for each in view.customer.did)


def event_name(event: Event) -> str:
    """The name by which triggers and people call an event."""
    match event.body:
        case Custom(name):
            return name
        case MessageTold(name):
            return f"message_{name}"
        case SignedUp():
            return "sign_up"
        case body:
            return str(type(body).__struct_config__.tag)
