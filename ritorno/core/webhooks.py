"""What another system is told when a journey reaches a webhook step: JSON as Standard Webhooks recommends it, `type`,
`timestamp`, `data`. Its bytes are made once: every try of a call sends the same, under the same id.
"""

import re
from typing import Any
from urllib.parse import urlsplit

import msgspec

from ritorno.core.customer import NOTHING, Customer
from ritorno.core.decisions import WebhookWanted
from ritorno.core.ids import CustomerId
from ritorno.core.instants import MINUTE, Instant, say_instant
from ritorno.core.plan import Plan

TYPE = "journey.step"
AGAIN = (MINUTE, 10 * MINUTE, 60 * MINUTE)  # after each failure; after the last of them it is a dead letter
_KEY = re.compile(r"[^\W\d][\w-]{0,59}")
_LONGEST = 2_000


class Call(msgspec.Struct, frozen=True):
    """One call, to the endpoint of that key."""

    id: int
    endpoint: str
    customer: CustomerId
    enrollment: int
    playbook: str
    version: int
    step: str
    body: str
    wanted_at: Instant

    @property
    def webhook_id(self) -> str:
        """By which the receiver knows a repetition."""
        return f"wh_{self.id}"


def call_of(wanted: WebhookWanted, customer: Customer, plan: Plan) -> Call:
    """The call with what it says of the customer, the step and what the enrollment is about."""
    about = next((each.about for each in customer.enrollments if each.id == wanted.enrollment), NOTHING)
    source, _, number = about.order.partition("\x00")
    first_name = customer.traits.get("first_name")
    told: dict[str, Any] = {
        "type": TYPE,
        "timestamp": say_instant(wanted.at, plan.tz),
        "data": {
            "brand": plan.brand.key,
            "playbook": wanted.playbook,
            "version": wanted.version,
            "step": wanted.step,
            "enrollment": str(wanted.enrollment),
            "cause": wanted.cause,
            "customer": {
                "id": str(customer.id),
                "first_name": str(first_name.value or "") if first_name else "",
                "identifiers": [
                    {"kind": one.kind.value, "value": one.value, "namespace": one.namespace}
                    for one in (known.identifier for known in customer.identifiers)
                ],
            },
            "about": {
                "source": source, "order": number, "sku": about.sku, "category": about.category, "thing": about.thing,
            },
        },
    }  # fmt: skip
    return Call(
        wanted.webhook, wanted.endpoint, customer.id, wanted.enrollment, wanted.playbook, wanted.version, wanted.step,
        msgspec.json.encode(told).decode(), wanted.at,
    )  # fmt: skip


def next_try(tries: int, now: Instant) -> Instant | None:
    """When a call that failed is tried again; None: it is a dead letter (ORC-20: three more times)."""
    return Instant(now + AGAIN[tries - 1]) if tries <= len(AGAIN) else None


def endpoint_problem(key: str, url: str, *, allow_private: bool) -> str:
    """What is wrong with an endpoint, "" when nothing is. Whom the host's name leads to is asked at every call."""
    if not _KEY.fullmatch(key):
        return f"{key!r}: a key is a letter, then letters, digits, _ and -, at most 60, for example loyalty"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        return f"{url[:80]!r} is no address: {error}"
    if len(url) > _LONGEST or not host or any(letter.isspace() or not letter.isprintable() for letter in url):
        return f"{url[:80]!r} is no address; write https://host/path"
    if parts.username is not None or parts.password is not None:
        return "an address with a password in it is kept in plain text; calls are signed, the receiver checks that"
    if parts.scheme != "https" and not (parts.scheme == "http" and allow_private):
        return f"{url[:80]!r} must begin with https:// (http:// with --allow-private alone)"
    return ""
