"""A friend bought on a customer's recommendation: is there a reward, from when, for whom? (COM-21)

Both are rewarded once the time is over in which the friend may return what was bought. Nobody is rewarded for buying
from themselves: the same customer, phone, mailbox or postal address.
"""

import re
from collections.abc import Collection
from enum import StrEnum
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from ritorno.core.bidi import visible
from ritorno.core.customer import Order
from ritorno.core.identifiers import Identifier, Kind, is_placeholder
from ritorno.core.ids import CustomerId
from ritorno.core.instants import Instant, Span, add_span, days


class Terms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What each gets and what must be bought, in minor units. `returns`: how long a friend may bring it back. `lives`:
    how long the codes live that both get, `min_basket` what they ask for."""

    for_referrer: int
    for_friend: int
    min_order: int = 0
    returns: Span = days(14)
    lives: Span = days(90)
    min_basket: int = 0


class Party(msgspec.Struct, frozen=True):
    """The referrer or the friend: who they are, and every way to reach them."""

    customer: CustomerId
    identifiers: tuple[Identifier, ...] = ()
    addresses: tuple[str, ...] = ()


class Why(StrEnum):
    """Why there is no reward."""

    SAME_CUSTOMER = "same_customer"
    SAME_PHONE = "same_phone"
    SAME_EMAIL = "same_email"
    SAME_ADDRESS = "same_address"
    REWARDED_BEFORE = "rewarded_before"
    BOUGHT_BEFORE = "bought_before"
    RETURNED = "returned"
    TOO_SMALL = "too_small"


class Reward(msgspec.Struct, frozen=True):
    """`value` in minor units. `key` is the same however often it is asked: what is given under it is given once."""

    customer: CustomerId
    role: Literal["referrer", "friend"]
    value: int
    key: str


class Rewards(msgspec.Struct, frozen=True):
    """Due to both now."""

    referrer: Reward
    friend: Reward


class Wait(msgspec.Struct, frozen=True):
    """Ask again then: the order may still be returned."""

    until: Instant


class NoReward(msgspec.Struct, frozen=True):
    why: Why


Verdict = Rewards | Wait | NoReward


def judge(
    terms: Terms,
    referrer: Party,
    friend: Party,
    order: Order,
    others: Collection[Order],
    rewarded: Collection[CustomerId],
    now: Instant,
    tz: ZoneInfo,
) -> Verdict:
    """The verdict on the friend's `order`. `others`: all their orders; `rewarded`: friends already rewarded."""
    refused = _same(referrer, friend) or _not_new(friend, order, others, rewarded) or _not_enough(terms, order)
    if refused is not None:
        return NoReward(refused)
    until = add_span(order.occurred_at, terms.returns, tz)
    if now < until:
        return Wait(until)
    key = f"referral {friend.customer}"
    return Rewards(
        Reward(referrer.customer, "referrer", terms.for_referrer, f"{key} referrer"),
        Reward(friend.customer, "friend", terms.for_friend, f"{key} friend"),
    )


def check(terms: Terms) -> list[str]:
    """What is wrong with the terms, in words; empty when nothing is."""
    amounts = {"for_referrer": terms.for_referrer, "for_friend": terms.for_friend}
    problems = [f"referral.{name} is {amount}; it must be above 0" for name, amount in amounts.items() if amount <= 0]
    least = {"min_order": terms.min_order, "min_basket": terms.min_basket}
    problems += [f"referral.{name} is {amount}; it must be 0 or more" for name, amount in least.items() if amount < 0]
    spans = {"returns": terms.returns, "lives": terms.lives}
    problems += [f"referral.{name} is {span}; it must be above 0" for name, span in spans.items() if span.count <= 0]
    return problems


def _same(referrer: Party, friend: Party) -> Why | None:
    if referrer.customer == friend.customer:
        return Why.SAME_CUSTOMER
    if _values(referrer, Kind.PHONE) & _values(friend, Kind.PHONE):
        return Why.SAME_PHONE
    if _values(referrer, Kind.EMAIL) & _values(friend, Kind.EMAIL):
        return Why.SAME_EMAIL
    theirs = {place for address in friend.addresses if (place := _place(address))}
    return Why.SAME_ADDRESS if any(_place(address) in theirs for address in referrer.addresses) else None


def _not_new(friend: Party, order: Order, others: Collection[Order], rewarded: Collection[CustomerId]) -> Why | None:
    if friend.customer in rewarded:
        return Why.REWARDED_BEFORE
    bought = any(each.counts and each.occurred_at < order.occurred_at for each in others)
    return Why.BOUGHT_BEFORE if bought else None


def _not_enough(terms: Terms, order: Order) -> Why | None:
    """What is left after refunds must be enough: a part that came back may leave too little."""
    if not order.counts:
        return Why.RETURNED
    if order.net >= terms.min_order:
        return None
    return Why.RETURNED if order.total >= terms.min_order else Why.TOO_SMALL


def _values(party: Party, kind: Kind) -> set[str]:
    """Made-up phones and addresses are nobody's, and make no two people one."""
    real = (each for each in party.identifiers if each.kind is kind and not is_placeholder(each))
    return {_mailbox(each.value) if kind is Kind.EMAIL else each.value for each in real}


def _mailbox(email: str) -> str:
    """Where the mail arrives: what follows a plus is the reader's own note, and Gmail ignores dots."""
    local, _, domain = email.rpartition("@")
    local = local.partition("+")[0]
    if domain in ("gmail.com", "googlemail.com"):
        return f"{local.replace('.', '')}@gmail.com"
    return f"{local}@{domain}"


# What one writes and another leaves out: street, apartment, entrance, floor.
_FILLERS = frozenset(
    ("רחוב", "רח", "דירה", "כניסה", "קומה", "street", "st", "str", "apartment", "apt", "flat", "floor", "entrance")
)


def _place(address: str) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """A postal address however it is written: its words in any order, its numbers in theirs. None without both."""
    parts = re.findall(r"[^\W\d_]+|\d+", re.sub(r"['\"׳״’]", "", visible(address).casefold()))
    numbers = tuple(part for part in parts if part.isdigit())
    words = tuple(sorted(part for part in parts if not part.isdigit() and part not in _FILLERS))
    return (words, numbers) if words and numbers else None
