"""Memberships by the reading of everyone at once, of documents in hand (`ritorno simulate --reading whole`)."""

from ritorno.core.customer import Customer
from ritorno.core.ids import CustomerId
from ritorno.core.instants import Instant
from ritorno.core.plan import Plan
from ritorno.whole.columns import Base
from ritorno.whole.engines import connected
from ritorno.whole.expressions import answers
from ritorno.whole.lake_rows import rows_of
from ritorno.whole.tables import tables_in_memory


def members_of(documents: list[Customer], plan: Plan, now: Instant) -> dict[CustomerId, list[str]]:
    """The segments that each customer is in at `now`, by key; a house account is in none."""
    keys = sorted(plan.rules)
    if not keys or not documents:
        return {}
    with connected() as engine:
        base = Base(tables_in_memory(engine, rows_of(documents, plan, now)), plan, now)
        table = answers({f"s{index}": plan.rules[key] for index, key in enumerate(keys)}, base)
        found = engine.to_pyarrow(table).to_pydict()
    return {
        CustomerId(customer): [key for index, key in enumerate(keys) if found[f"s{index}"][row]]
        for row, customer in enumerate(found["customer_id"])
    }
