"""When a customer should be reminded of what she uses up: a function of the document, the catalogue and the paces.

A new purchase, a return or a correction moves the answer, since it is counted anew from all orders each time. So many
days of supply, the first of these that is known:

    the product's `days_per_unit` → the cycle of its category (`policy`) → none: by habit, from four purchases on

What the catalogue does not call consumable never runs out (DAT-12). Formulas: `core/replenish.py`, `core/pace.py`.
"""

from collections.abc import Iterator

from ritorno.core.customer import Order
from ritorno.core.events import Line
from ritorno.core.instants import DAY
from ritorno.core.pace import calibrated, chance_within, expected_gap, gaps_of, occasions, off_beat
from ritorno.core.plan import Plan
from ritorno.core.relations import is_over
from ritorno.core.replenish import Bought, Reminder, reminder, reminder_by_habit
from ritorno.core.view import View
from ritorno.core.wall_clock import wall_of


def reminder_for(
    view: View, sku: str = "", category: str = "", margin: float | None = None, beneficiary: str = ""
) -> Reminder | None:
    """When to remind of a product, or without a `sku` of everything of a category together, and until when it lasts.

    `basis` says whether stock or own pace decided. `margin` in days, None for the usual. None when nothing of it runs
    out, as is known at the view's instant; an order dated ahead joins at `view.orders_ahead()`.

    Every beneficiary has stock of their own; "" is the buyer's. Nothing runs out of somebody she buys for no more.
    """
    if is_over(view.customer, beneficiary, view.now):
        return None
    bought = [each for each in _purchases(view, sku, category) if each[0].beneficiary == beneficiary]
    if not bought:
        return None
    tz, plan = view.tz, view.plan
    kind = category_of(plan, bought[-1][1])
    pace = plan.paces.of(kind)
    supplies = [
        Bought(str(number), order.occurred_at, line.quantity - _returned(order, line), days_of(plan, line))
        for number, (order, line) in enumerate(bought)
    ]
    told = reminder(supplies, (), tz, pace, margin)
    if told is not None or pace is None or any(each.days_per_unit for each in supplies):
        return told
    return reminder_by_habit([each.at for each in supplies], pace, view.now, tz, margin)


def chance_due(view: View, category: str, days: float = 7) -> float | None:
    """How likely she buys of a category within so many days, 0 to 1; None where nothing was bought or fitted.

    It falls with every instant of silence, so it is a number to show and to sort by, and no leaf of a rule
    (docs/decisions/0012-what-is-learnt.md). That of a week is corrected by what came true.
    """
    paces, now = view.plan.paces, view.now
    pace = paces.of(category)
    bought = [
        (order.occurred_at, category_of(view.plan, line))
        for order in view.counted()[0] for line in order.lines if line.quantity > 0
    ]  # fmt: skip
    known = occasions([at for at, kind in bought if kind == category], now)
    likely = None if pace is None else chance_within(pace, known, now, days)
    if pace is None or likely is None or days != paces.week.days:
        return likely
    beat = off_beat((now - known[-1]) / DAY, expected_gap(pace, gaps_of(known)))
    lately = {wall_of(at, view.tz) // DAY for at, kind in bought if kind in paces.by_category and at > now - 28 * DAY}
    return calibrated(likely, paces.week, beat, len(lately))


def category_of(plan: Plan, line: Line) -> str:
    """As the catalogue says it today, else as the order told."""
    return plan.catalogue.product(line.sku).category or line.category


def days_of(plan: Plan, line: Line) -> float | None:
    """How many days one unit lasts; None where nobody has said."""
    return plan.catalogue.product(line.sku).days_per_unit or plan.policy.cycles.get(category_of(plan, line))


def _purchases(view: View, sku: str, category: str) -> Iterator[tuple[Order, Line]]:
    """Lines of what is used up, in order of time."""
    plan = view.plan
    for order in view.counted()[0]:
        for line in order.lines:
            asked = line.sku == sku if sku else category_of(plan, line) == category
            if asked and plan.catalogue.product(line.sku).consumable and line.quantity > 0:
                yield order, line


def _returned(order: Order, line: Line) -> float:
    """Whole units of an order of one product that were paid back. Of what else an order holds nobody knows which was
    given back: it counts as kept."""
    if order.net >= order.total or len(order.lines) > 1:
        return 0
    back = order.total - order.net
    by_price = back // line.unit_price if line.unit_price > 0 else 0
    return min(max(by_price, back * line.quantity // order.total), line.quantity)
