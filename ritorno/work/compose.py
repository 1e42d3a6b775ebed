"""Compose: what this customer gets – the code, the products, the personal links, the texts with all of it merged in."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple, Protocol

import psycopg

from ritorno.core.customer import NOTHING, Customer
from ritorno.core.instants import Instant
from ritorno.core.journeys.journey import send_named
from ritorno.core.journeys.step import Send
from ritorno.core.life import Shown
from ritorno.core.messages.blocks import Galleries
from ritorno.core.messages.content import Links, Wanted, galleries_asked, may_lack, render, taken_for_granted
from ritorno.core.messages.judge import Drop, Go, Hold
from ritorno.core.messages.message import Content, Message, Reason
from ritorno.core.messages.printing import NoData, TextError
from ritorno.core.offers import Code, Offer, issue
from ritorno.core.plan import Plan
from ritorno.core.view import View, view_of
from ritorno.store import codes, messages
from ritorno.work.block_products import products_for
from ritorno.work.issue import issue_code
from ritorno.work.promise import promise

_NO_CODE = "X" * 8  # of a message that is only tried, so that no code is spent on one that cannot be written


class Letters(Protocol):
    """Chance comes from wiring: unguessable tokens and codes."""

    def token(self) -> str: ...

    def code(self) -> str: ...


class Composed(NamedTuple):
    message: Message
    step: Send
    content: Content
    links: list[messages.LinkRow]


def compose(
    connection: psycopg.Connection,
    plan: Plan,
    customer: Customer,
    message: Message,
    verdict: Go,
    now: Instant,
    letters: Letters,
) -> Composed | Hold | Drop:
    """The message as it will leave at `now`; its code lives from now on (PB2-07). Hold: there is no code to be had.
    Drop: the customer has nothing of what the text says (ENG-14), and no code was spent on it."""
    playbook = plan.playbook(message.playbook, message.version)
    assert playbook is not None
    step = send_named(playbook, message.step)
    wanted = Wanted(message, step, verdict.way, verdict.address)
    view = view_of(customer, plan, now)
    galleries = galleries_of(connection, wanted, view)
    if message.arm == "holdout":  # nothing is promised, and the message is kept as it would have been
        promised = taken_for_granted(wanted, view)
    else:
        promised = promise(connection, plan, customer, message, wanted.way, now, letters)
    try:
        code: Code | None = None
        if step.with_offer and playbook.offer is not None:
            if may_lack(verdict.way):
                render(
                    wanted,
                    view,
                    issue(playbook.offer, _NO_CODE, now, plan.tz),
                    galleries,
                    _links(wanted, plan, _nothing),
                    promised,
                )
            found = _code(connection, plan, customer, message, step, playbook.offer, letters, now)
            if isinstance(found, Hold):
                return found
            code = found
        links = _links(wanted, plan, letters.token)
        content = render(wanted, view, code, galleries, links, promised)
    except NoData as error:
        return Drop(Reason("no_data", error.field))
    except TextError as error:
        return Drop(Reason("text", str(error)))
    rows = [
        messages.LinkRow(token, plan.brand.id, message.id, customer.id, name) for name, token in links.tokens.items()
    ]
    return Composed(message, step, content, rows)


def galleries_of(connection: psycopg.Connection, wanted: Wanted, view: View) -> Galleries:
    """The products that the message's galleries show in this instant."""
    names = galleries_asked(wanted.way)
    if not names:
        return {}
    passages = (each for each in view.customer.enrollments if each.id == wanted.message.enrollment)
    about = next((each.about for each in passages), NOTHING)
    return products_for(connection, view.plan, view.customer, about, names, view.now)


def shown_by(connection: psycopg.Connection) -> Shown:
    """For lives that are lived in memory: by the catalogue and the sales of this database."""
    return partial(galleries_of, connection)


def _links(wanted: Wanted, plan: Plan, token: Callable[[], str]) -> Links:
    return Links(plan.brand.link_base, token, wanted.way.links)


def _nothing() -> str:
    """The token of a message that is only tried."""
    return "x" * 11


def _code(
    connection: psycopg.Connection, plan: Plan, customer: Customer, message: Message, step: Send, offer: Offer,
    letters: Letters, now: Instant,
) -> Code | Hold:  # fmt: skip
    """A reminder speaks of the code that was sent, never of a new one."""
    sent = codes.of_enrollment(connection, plan.brand.id, message.enrollment) if step.same_code else None
    return sent or issue_code(connection, plan, customer, message, offer, letters.code(), now)
