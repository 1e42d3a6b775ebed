"""The parameters that a playbook takes from the shop's own orders when it is activated (PB1-01, PB3-02)."""

import psycopg

from ritorno.core.instants import Instant, add_span, months
from ritorno.core.journeys.journey import Playbook
from ritorno.core.plan import Plan
from ritorno.store import purchases

WINDOW = months(12)


def measure_parameters(
    connection: psycopg.Connection, plan: Plan, playbook: Playbook, now: Instant
) -> tuple[dict[str, int | float | str], purchases.Worth | None]:
    """(value of each measured parameter, in whole minor units; what they were measured from). Without an order in the
    last 12 months the playbook's own values stay: ({}, None)."""
    wanted = {name: each.measured for name, each in playbook.parameters.items() if each.measured}
    since = add_span(now, months(-WINDOW.count), plan.tz)
    worth = purchases.worth(connection, plan.brand.id, since, now) if wanted else None
    if worth is None:
        return {}, None
    values: dict[str, int | float | str] = {
        name: round(max(getattr(worth, each.of) * each.times for each in measured)) for name, measured in wanted.items()
    }
    return values, worth
