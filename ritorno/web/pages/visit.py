"""One visit to a personal page: what the link leads to, and everything the page is made of."""

from typing import NamedTuple

import psycopg

from ritorno.core.customer import Customer
from ritorno.core.events import Channel
from ritorno.core.instants import Instant
from ritorno.core.messages.message import Message
from ritorno.core.plan import Plan
from ritorno.store.messages import LinkRow


class Visit(NamedTuple):
    """`channel` and `language` are those of the message that carried the link; `target` is where the link leads, "" for
    a page of ours; `now` is the brand's time."""

    connection: psycopg.Connection
    plan: Plan
    link: LinkRow
    message: Message
    customer: Customer
    channel: Channel
    language: str
    now: Instant
    target: str = ""

    @property
    def first_name(self) -> str:
        told = self.customer.traits.get("first_name")
        return str(told.value).strip() if told is not None and told.value else ""
