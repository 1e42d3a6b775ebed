"""Preview: a step's messages as one customer would read them now; nothing is sent, written or spent."""

from collections import Counter

import msgspec
import psycopg

from ritorno.core.customer import NOTHING, Customer
from ritorno.core.identifiers import Identifier, Kind
from ritorno.core.ids import MessageId
from ritorno.core.instants import Instant
from ritorno.core.journeys.journey import Playbook
from ritorno.core.journeys.step import Send
from ritorno.core.journeys.way import Way
from ritorno.core.messages.content import Links, Wanted, galleries_asked, render, taken_for_granted
from ritorno.core.messages.message import Content, Message
from ritorno.core.messages.printing import NoData
from ritorno.core.messages.reader import readers_of
from ritorno.core.messages.text import Reader
from ritorno.core.offers import CODE_LENGTH, issue
from ritorno.core.plan import Plan
from ritorno.core.view import view_of
from ritorno.store import customers
from ritorno.store.decisions import enrollments
from ritorno.work.block_products import products_for


class Previewed(msgspec.Struct, frozen=True):
    """`content` is None where the customer has nothing for the field `lacks`; `reader`: whom it addresses, None for the
    customer herself."""

    way: Way
    content: Content | None
    lacks: str = ""
    reader: Reader | None = None


def preview(
    connection: psycopg.Connection,
    plan: Plan,
    playbook: Playbook,
    step: Send,
    customer: Customer,
    now: Instant,
    *,
    every: bool = False,
) -> list[Previewed]:
    """Each way of the step for that customer, of her last passage through the playbook; `every`: in all variants too.

    Raises TextError for a text that cannot be rendered.
    """
    own = [each for each in customer.enrollments if each.playbook == playbook.key]
    enrollment, about = (own[-1].id, own[-1].about) if own else (0, NOTHING)
    message = Message(
        MessageId(0), customer.id, enrollment, playbook.key, playbook.version, step.name, "treated", now, now
    )  # fmt: skip
    view = view_of(customer, plan, now)
    code = issue(playbook.offer, "X" * CODE_LENGTH, now, plan.tz) if playbook.offer and step.with_offer else None
    found = []
    for way in step.ways:
        wanted = Wanted(message, step, way, Identifier(Kind.EMAIL, ""))
        names = galleries_asked(way)
        galleries = products_for(connection, plan, customer, about, names, now)
        for reader in (None, *(readers_of(way) if every else ())):
            links = Links(plan.brand.link_base, lambda: "x" * 11, way.links)
            promised = taken_for_granted(wanted, view)
            try:
                content = render(wanted, view, code, galleries, links, promised, reader=reader)
                found.append(Previewed(way, content, "", reader))
            except NoData as error:
                found.append(Previewed(way, None, error.field, reader))
    return found


class Lacking(msgspec.Struct, frozen=True):
    """Of `asked` recipients of a step by that channel, `lack` have nothing for the field (ENG-14)."""

    step: str
    channel: str
    field: str
    lack: int
    asked: int


def lacking_of(
    connection: psycopg.Connection, plan: Plan, playbook: Playbook, now: Instant, most: int = 100
) -> tuple[list[Lacking], int]:
    """(what recipients lack, how many were asked): each step's messages tried on the latest who entered."""
    entered = sorted(enrollments(connection, plan.brand.id, playbook.key), key=lambda row: -row.entered_at)
    people = list(dict.fromkeys(row.customer for row in entered))[:most]
    found: Counter[tuple[str, str, str]] = Counter()
    asked = 0
    for person in people:
        document = customers.read(connection, plan.brand.id, person)
        if document is None:
            continue
        asked += 1
        for send in playbook.sends.values():
            for each in preview(connection, plan, playbook, send, document, now):
                if each.content is None:
                    found[send.name, each.way.channel.value, each.lacks] += 1
    return [Lacking(*key, count, asked) for key, count in sorted(found.items())], asked
