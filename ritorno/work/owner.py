"""By which identifier an event of ours finds the customer it is about."""

import psycopg

from ritorno.core.identifiers import Identifier, is_placeholder
from ritorno.core.identity import STRENGTH
from ritorno.core.ids import BrandId, CustomerId
from ritorno.store import customers, identifiers


def own_identifiers(connection: psycopg.Connection, brand: BrandId, customer: CustomerId) -> tuple[Identifier, ...]:
    """The strongest identifier that is this customer's alone (a merged one's: the survivor's); empty without one."""
    document = customers.read(connection, brand, customer)
    if document is None:
        return ()
    held = identifiers.look_up(connection, brand, identifiers.of_customer(connection, brand, document.id))
    own = [one for one, holder in held.items() if not holder.shared and not is_placeholder(one)]
    return (max(own, key=lambda one: (STRENGTH[one.kind], one.value)),) if own else ()
