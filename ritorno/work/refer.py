"""Refer: personal codes, the orders they were shown with, the rewards of both once nothing can be returned (COM-21).

a receipt with somebody's personal code → noted → the time of returns is over → judged on both documents
    → a code for each, once, and an event for each: `referral_rewarded`
"""

from typing import Protocol

import psycopg

from ritorno.core.customer import Customer, Order
from ritorno.core.events import Custom, event_id, event_key, happened
from ritorno.core.ids import CustomerId, PlaybookKey
from ritorno.core.instants import DAY, Instant, add_span
from ritorno.core.offers import Code, Offer, issue, spelled
from ritorno.core.personal_code import candidates
from ritorno.core.plan import Plan
from ritorno.core.referral import NoReward, Party, Reward, Rewards, Terms, Wait, judge
from ritorno.store import codes, customers, referrals
from ritorno.store.referrals import Referral
from ritorno.store.transaction import transaction
from ritorno.work.accept import accept
from ritorno.work.owner import own_identifiers
from ritorno.work.redeem import SOURCE, spelled_key

REFERRAL = PlaybookKey("referral")  # what the reward's codes are charged to
_ADDRESSES = ("address", "street_address", "shipping_address", "home_address")  # traits that hold a postal address
_GIVE_UP = 30 * DAY  # after an order that never came in, or came in as nobody's
BATCH = 100


class Letters(Protocol):
    """Chance comes from wiring: unguessable codes."""

    def code(self) -> str: ...


def personal_code(connection: psycopg.Connection, plan: Plan, customer: CustomerId, now: Instant) -> str:
    """The customer's own code to hand on; made when first asked for. Raises LookupError for nobody."""
    document = customers.read(connection, plan.brand.id, customer)
    if document is None:
        raise LookupError(f"there is no customer {customer}")
    told = document.traits.get("first_name")
    name = str(told.value) if told is not None and told.value else ""
    with transaction(connection):
        return referrals.make_code(connection, plan.brand.id, document.id, candidates(name, document.id), now)


def note(connection: psycopg.Connection, plan: Plan, code: str, order: str, at: Instant, now: Instant) -> bool:
    """Was `code` somebody's personal code? Then the order `order` (`redeem.order_key`) of `at` is noted as theirs."""
    terms = plan.policy.referral
    referrer = referrals.owner_of(connection, plan.brand.id, spelled(code))
    if referrer is None or terms is None:
        return False
    source, order_id = spelled_key(order)
    due_at = add_span(at, terms.returns, plan.tz)
    with transaction(connection):
        fresh = Referral(source, order_id, spelled(code), referrer, now, due_at, "", None)
        referrals.add(connection, plan.brand.id, fresh)
    return True


def reward_due(connection: psycopg.Connection, plan: Plan, now: Instant, letters: Letters, *, most: int = BATCH) -> int:
    """Judge the referrals whose time has come; how many that were."""
    terms = plan.policy.referral
    with transaction(connection):
        claimed = referrals.claim_due(connection, plan.brand.id, now, most)
        for one in claimed:
            off = one._replace(due_at=None, verdict="switched_off")
            judged = off if terms is None else _judged(connection, plan, terms, one, now, letters)
            referrals.write(connection, plan.brand.id, judged)
    return len(claimed)


def _judged(
    connection: psycopg.Connection, plan: Plan, terms: Terms, one: Referral, now: Instant, letters: Letters
) -> Referral:
    """The referral as it stands after it was judged; rewards are given on the way."""
    brand = plan.brand.id
    buyer = referrals.buyer_of(connection, brand, event_id(event_key(one.source, one.order_id)))
    friend = customers.read(connection, brand, buyer[0]) if buyer and buyer[0] is not None else None
    referrer = customers.read(connection, brand, one.referrer)
    if friend is None or referrer is None or friend.house:
        if now < one.told_at + _GIVE_UP:
            return one._replace(due_at=Instant(now + DAY))
        return one._replace(due_at=None, verdict="unknown_friend")
    locked = customers.load(connection, brand, {friend.id, referrer.id})
    friend, referrer = locked[friend.id], locked[referrer.id]
    order = _order(friend, one)
    if order is None:
        return one._replace(due_at=None, verdict="unknown_friend", friend=friend.id)
    rewarded = {friend.id} if referrals.was_rewarded(connection, brand, friend.id) else set()
    others = [each for each in friend.orders if each.key != order.key]
    verdict = judge(terms, _party(referrer), _party(friend), order, others, rewarded, now, plan.tz)
    match verdict:
        case Wait(until):
            return one._replace(due_at=until, friend=friend.id)
        case NoReward(why):
            return one._replace(due_at=None, verdict=why.value, friend=friend.id)
        case Rewards(to_referrer, to_friend):
            _give(connection, plan, terms, to_referrer, now, letters)
            _give(connection, plan, terms, to_friend, now, letters)
            return one._replace(due_at=None, verdict="rewarded", friend=friend.id)


def _order(friend: Customer, one: Referral) -> Order | None:
    return next((each for each in friend.orders if (each.source, each.order_id) == (one.source, one.order_id)), None)


def _party(customer: Customer) -> Party:
    told = (customer.traits.get(name) for name in _ADDRESSES)
    addresses = tuple(str(each.value) for each in told if each is not None and each.value)
    return Party(customer.id, tuple(known.identifier for known in customer.identifiers), addresses)


def _give(
    connection: psycopg.Connection, plan: Plan, terms: Terms, reward: Reward, now: Instant, letters: Letters
) -> None:
    """A code, and an event by which playbooks and people know of it."""
    brand = plan.brand.id
    if codes.was_given(connection, brand, reward.key):
        return
    code: Code = issue(Offer(reward.value, terms.min_basket, terms.lives), letters.code(), now, plan.tz)
    codes.add(connection, brand, [codes.NewCode(code, None, reward.customer, REFERRAL, given_for=reward.key)])
    body = Custom("referral_rewarded", {"role": reward.role, "value": reward.value, "code": code.code})
    event = happened(
        SOURCE,
        reward.key,
        body,
        occurred_at=now,
        received_at=now,
        identifiers=own_identifiers(connection, brand, reward.customer),
    )
    accept(connection, brand, [event])
