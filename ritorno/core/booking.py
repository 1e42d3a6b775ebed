"""What an event books in a customer's points: an order earns, what comes back is taken back (PB1-07).

Asked once the event is folded in and the customer is scored and in her segments, before any journey decides: by the
time a message can speak of points, they stand in the ledger.
"""

from collections.abc import Iterator

from ritorno.core.customer import Change, Customer, Order
from ritorno.core.decisions import PointsBooked
from ritorno.core.events import CancellationTold, Custom, Event, OrderTold, RefundTold, TraitValue
from ritorno.core.instants import NEVER, Instant
from ritorno.core.points import Earned, Entry, Given, Ledger, MoneyBack, Spent, book, booked
from ritorno.core.points_balance import balance
from ritorno.core.points_terms import Terms
from ritorno.core.points_terms import earn as earned_by
from ritorno.core.scores.cells import Cell
from ritorno.core.view import View

_CANCELLED = "cancelled"  # of an order that is told again as cancelled; a cancellation told apart is a change named ""


OURS = "ritorno"  # the source of events that begin here: what is given and spent at our doors
_GIVEN, _SPENT = "points_given", "points_spent"


def earn(
    customer: Customer, event: Event, view: View, cause: str, *, is_news: bool = True
) -> tuple[tuple[Entry, ...], list[PointsBooked]]:
    """The entries that the event adds to `customer.points`, and what is decided by it.

    Orders earn where there are terms, but not when they are told as history: what a shop's earlier program gave is
    given (`points.Given`). Nor do orders that are told again, which are no news. What was given or spent is booked
    before its event arrives, and again where a document is lived once more from its events.
    """
    entries: list[Entry] = []
    decisions: list[PointsBooked] = []
    ledger = customer.points
    for entry in _told(customer, event, view, is_news):
        after = book(ledger, entry)
        points = entry.points if isinstance(entry, Earned) else balance(after, view.now) - balance(ledger, view.now)
        decisions.append(PointsBooked(at=view.now, cause=cause, points=points, by=entry.key))
        entries.append(entry)
        ledger = after
    return tuple(entries), decisions


def is_missing(customer: Customer, order: Order, view: View) -> bool:
    """Should the order have earned points, by the terms that stand, and nothing of it is booked (PB1-07)?"""
    terms = view.plan.policy.points
    if terms is None or customer.house or not order.counts:
        return False
    unbooked = booked(customer.points, order.source, order.order_id, view.now) is None
    return unbooked and _earned(customer, order, view, terms).points > 0


def told_of(entry: Given | Spent, left: int) -> Custom:
    """The event that tells what was given or spent, and so many points that are left."""
    told: dict[str, TraitValue] = {"points": entry.points, "balance": left, "id": entry.id}
    if isinstance(entry, Spent):
        return Custom(_SPENT, told)
    expires_at = None if entry.expires_at == NEVER else entry.expires_at
    return Custom(_GIVEN, told | {"expires_at": expires_at, "because": entry.because})


def _told(customer: Customer, event: Event, view: View, is_news: bool) -> Iterator[Entry]:
    """What the event books that does not stand in the ledger."""
    body = event.body
    if customer.house:
        return
    if isinstance(body, Custom):
        by_hand = _by_hand(event, body)
        if by_hand is not None and all(entry.key != by_hand.key for entry in customer.points):
            yield by_hand
    elif isinstance(body, OrderTold | RefundTold | CancellationTold):
        order = _order(customer, event.source, body.order_id)
        if order is not None:
            earns = is_news and isinstance(body, OrderTold) and not event.history and not order.cancelled
            yield from _due(customer, order, earns, view)


def _by_hand(event: Event, told: Custom) -> Given | Spent | None:
    if event.source != OURS or told.name not in (_GIVEN, _SPENT):
        return None
    points, name, at = told.properties.get("points"), told.properties.get("id"), event.occurred_at
    if not isinstance(points, int) or not isinstance(name, str):
        return None
    if told.name == _SPENT:
        return Spent(name, at, at, points)
    expires_at = told.properties.get("expires_at")
    because = told.properties.get("because")
    ends = Instant(expires_at) if isinstance(expires_at, int) else NEVER
    return Given(name, at, at, points, ends, because if isinstance(because, str) else "")


def _order(customer: Customer, source: str, order_id: str) -> Order | None:
    key = f"{source}\x00{order_id}"
    return next((order for order in reversed(customer.orders) if order.key == key), None)


def _due(customer: Customer, order: Order, earns: bool, view: View) -> Iterator[Entry]:
    """What the order has earned, once, and of what came back of it whatever is not booked yet."""
    known = {entry.key: entry for entry in customer.points}
    earned = booked(customer.points, order.source, order.order_id, view.now)
    if earned is None:
        terms = view.plan.policy.points
        earned = _earned(customer, order, view, terms) if earns and terms is not None else None
        if earned is None or earned.points == 0:
            return
        yield earned
    backs = [_back(order, change, view.now) for change in customer.changes.get(order.key, ()) if not change.void]
    if order.cancelled:
        backs.append(MoneyBack(order.source, order.order_id, _CANCELLED, view.now, view.now))
    yield from (back for back in backs if back.key not in known)
    for change in customer.changes.get(order.key, ()):
        if change.void and _back(order, change, view.now).key in known:
            yield from _undone(customer.points, earned, change, view.now)


def _earned(customer: Customer, order: Order, view: View, terms: Terms) -> Earned:
    cell = Cell(str(view.scores.cell)) if view.scores.cell else None
    return earned_by(terms, order, cell, customer.segments, view.now, view.tz)


def _back(order: Order, change: Change, now: Instant) -> MoneyBack:
    return MoneyBack(order.source, order.order_id, change.change_id, change.at, now, change.amount)


def _undone(ledger: Ledger, earned: Earned, change: Change, now: Instant) -> Iterator[Given]:
    """A refund that never was: what it took is given again, once, to live as long as the order's own points."""
    name = f"void {earned.source} {earned.order} {change.change_id}"
    if any(isinstance(each, Given) and each.id == name for each in ledger):
        return
    back = MoneyBack(earned.source, earned.order, change.change_id, change.at, now).key
    without = tuple(each for each in ledger if each.key != back)
    taken = balance(without, now) - balance(ledger, now)
    if taken > 0 and now < earned.expires_at:
        yield Given(name, now, now, taken, earned.expires_at, "refund taken back")
