"""Repeat rate by category, which only the documents know: whoever asks by anything else asks `store/insights.py`."""

import psycopg

from ritorno.core.repeat_rate import Part, came_again, first_category
from ritorno.core.scores.facts import counted
from ritorno.store import customers
from ritorno.store.first_orders import Asked


def by_category(connection: psycopg.Connection, asked: Asked, days: int) -> list[Part]:
    """As `insights.repeat_parts`, by the category that the first order was mostly of; by its name. Every document is
    read."""
    found: dict[str, tuple[int, int]] = {}
    for customer in customers.read_all(connection, asked.brand):
        orders, _ = counted(customer.orders, asked.now)
        if customer.house or not orders or not asked.since <= orders[0].occurred_at < asked.until:
            continue
        again = came_again(orders, days, asked.now, asked.tz)
        if again is not None:
            name = first_category(orders[0])
            bought, came = found.get(name, (0, 0))
            found[name] = bought + 1, came + again
    return [Part(name, bought, came) for name, (bought, came) in sorted(found.items())]
