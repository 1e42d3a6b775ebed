"""Till accounts that are no person: the "occasional customer" a till books its anonymous receipts on (ISR-11)."""

from zoneinfo import ZoneInfo

from ritorno.core.customer import UNSCORED, Customer
from ritorno.core.decisions import AnyDecision, HouseFlagged
from ritorno.core.identity import HOUSE_RECEIPTS_A_DAY
from ritorno.core.instants import DAY, Instant, wall


def flag_house(customer: Customer, occurred_at: Instant, tz: ZoneInfo, now: Instant) -> list[AnyDecision]:
    """Flag the account on the receipt that makes it too many for one wall-clock day; its orders are nobody's then."""
    if customer.house or len(customer.orders) < HOUSE_RECEIPTS_A_DAY:
        return []
    day = wall(occurred_at, tz).date()
    near = [order for order in customer.orders if abs(order.occurred_at - occurred_at) < 2 * DAY]
    receipts = sum(1 for order in near if wall(order.occurred_at, tz).date() == day)
    if receipts < HOUSE_RECEIPTS_A_DAY:
        return []
    make_house(customer)
    return [HouseFlagged(at=now, cause="order", receipts=receipts)]


def make_house(customer: Customer) -> None:
    """Forget the orders: they stay in the order table, anonymous; nothing of them is scored or written to."""
    customer.house = True
    customer.orders.clear()
    customer.changes.clear()
    customer.scores = UNSCORED
