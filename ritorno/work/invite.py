"""Invite: those already in a playbook's segment when it is activated, so many a day, the most valuable first."""

import psycopg

from ritorno.core.calendar import next_opening
from ritorno.core.ids import CustomerId
from ritorno.core.instants import Instant, add_span, days, start_of_day
from ritorno.core.journeys.entry import stands_against
from ritorno.core.journeys.journey import Playbook
from ritorno.core.plan import Plan
from ritorno.core.react import Invited, react
from ritorno.core.segments.live import ask
from ritorno.core.view import view_of
from ritorno.store import customers, replans
from ritorno.store.transaction import transaction
from ritorno.work.outcome import Outcome, save
from ritorno.work.plans import hold_still

BATCH = 200


def members(connection: psycopg.Connection, plan: Plan, playbook: Playbook, now: Instant) -> list[CustomerId]:
    """Who could enter now, the highest spend first."""
    found = []
    for customer in customers.read_all(connection, plan.brand.id):
        if customer.house:
            continue
        view = view_of(customer, plan, now)
        if ask(playbook.segment, view)[0] and not stands_against(playbook, view):
            found.append((-view.facts.spend, customer.id))
    return [customer for _, customer in sorted(found)]


def invite(connection: psycopg.Connection, plan: Plan, playbook: Playbook, now: Instant, a_day: int) -> int:
    """Put them on the list: `a_day` at each day's first opening, beginning now. How many."""
    who = members(connection, plan, playbook, now)
    turns = []
    turn = next_opening(now, plan.policy.send_window, plan.tz).at
    for index, customer in enumerate(who):
        if index and index % a_day == 0:
            tomorrow = start_of_day(add_span(turn, days(1), plan.tz), plan.tz)
            turn = next_opening(tomorrow, plan.policy.send_window, plan.tz).at
        turns.append((customer, turn))
    if turns:
        with transaction(connection):
            replans.invite(connection, plan.brand.id, playbook.key, turns)
    return len(turns)


def let_in(connection: psycopg.Connection, plan: Plan, now: Instant, *, most: int = BATCH) -> int:
    """Enroll those whose turn has come; how many invitations were taken up."""
    with transaction(connection):
        invited = replans.claim_invited(connection, plan.brand.id, now, most)
        if not invited:
            return 0
        hold_still(connection, plan)
        documents = customers.load_free(connection, plan.brand.id, [customer for _, customer, _ in invited])
        again = [(key, customer, at) for key, customer, at in invited if customer not in documents]
        for key, customer, at in again:  # somebody else is at them this instant
            replans.invite(connection, plan.brand.id, key, [(customer, at)])
        outcomes = []
        for key, customer, at in invited:
            if customer in documents:
                reaction = react(documents[customer], (Invited(at, key),), plan, now)
                outcomes.append(Outcome(reaction, (), is_new=False))
        if outcomes:
            save(connection, plan, outcomes)
        return len(outcomes)
