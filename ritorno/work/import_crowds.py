"""Before a file's people are told apart: identifiers that are no one person's (ISR-10, ISR-11).

A till's account ("occasional customer") becomes a house account, as the live door would make it on its fiftieth receipt
of a day; a phone of many cards is kept as shared, so that it is evidence for nobody, now and later.
"""

import hashlib
from collections.abc import Sequence

import psycopg

from ritorno.core.customer import Customer, Known
from ritorno.core.decisions import HouseFlagged
from ritorno.core.events import event_id
from ritorno.core.house import make_house
from ritorno.core.identifiers import Identifier, Kind
from ritorno.core.ids import BrandId, CustomerId
from ritorno.core.instants import Instant
from ritorno.core.plan import Plan
from ritorno.core.react import Reaction, Replanned, react
from ritorno.sources.staged_people import Crowd
from ritorno.store import customers, identifiers
from ritorno.store.transaction import transaction
from ritorno.work.import_history import CAUSE
from ritorno.work.outcome import Outcome, save


def keep_crowds(connection: psycopg.Connection, plan: Plan, crowds: Sequence[Crowd], source: str, now: Instant) -> None:
    """Make them known as what they are; one transaction. Whom an account was known as before loses its orders."""
    if not crowds:
        return
    brand = plan.brand.id
    told = {_identifier(one, source): one for one in crowds}
    with transaction(connection):
        held = identifiers.look_up(connection, brand, told)
        documents = customers.load(connection, brand, {held[each].customer for each in held if told[each].is_account})
        outcomes = [_flagged(documents[held[each].customer], told[each], plan, now) for each in held
                    if told[each].is_account and not documents[held[each].customer].house]  # fmt: skip
        new = [each for each in told if each not in held]
        outcomes += [Outcome(Reaction(_account(brand, each, now), ()), (), is_new=True) for each in new]
        unique = {one.reaction.customer.id: one for one in outcomes}
        save(connection, plan, list(unique.values()))
        attached = [identifiers.Attachment(each, _number(brand, each), now, _evidence(told[each])) for each in new]
        if attached and identifiers.attach(connection, brand, attached) != len(attached):
            raise customers.MovedAway("another worker has just met the same identifier")
        if shared := [each for each, one in told.items() if not one.is_account]:
            identifiers.mark_shared(connection, brand, shared)


def _identifier(crowd: Crowd, source: str) -> Identifier:
    return Identifier(crowd.kind, crowd.value, source if crowd.kind is Kind.SHOP_ID else "")


def _evidence(crowd: Crowd) -> str:
    return f"{crowd.receipts} receipts, {crowd.cards} cards or logins in one file"


def _flagged(document: Customer, crowd: Crowd, plan: Plan, now: Instant) -> Outcome:
    waited = react(document, (), plan, now)
    customer = waited.customer.draft()
    make_house(customer)
    flagged = HouseFlagged(at=now, cause=CAUSE, receipts=crowd.receipts)
    after = react(customer, (Replanned(now, CAUSE),), plan, now)
    return Outcome(Reaction(after.customer, (*waited.decisions, flagged, *after.decisions)), (), is_new=False)


def _account(brand: BrandId, identifier: Identifier, now: Instant) -> Customer:
    number = _number(brand, identifier)
    known = Known(now, event_id(int(number).to_bytes(8, "big")), identifier)
    return Customer(number, joined_at=now, house=True, identifiers=[known])


def _number(brand: BrandId, identifier: Identifier) -> CustomerId:
    digest = hashlib.blake2b(f"{brand}\x00account\x00{identifier}".encode(), digest_size=8).digest()
    return CustomerId(int.from_bytes(digest, "big") >> 1)
