"""Where a customer can be written to, per channel."""

from ritorno.core.customer import Customer
from ritorno.core.events import Channel
from ritorno.core.identifiers import Identifier, Kind, is_placeholder, may_text

_KIND = {Channel.SMS: Kind.PHONE, Channel.WHATSAPP: Kind.PHONE, Channel.EMAIL: Kind.EMAIL}


def address_for(customer: Customer, channel: Channel) -> Identifier | None:
    """The address told last that the channel can reach: no SMS to a land line (ISR-10), none to made-up ones."""
    kind = _KIND[channel]
    for known in reversed(customer.identifiers):
        identifier = known.identifier
        if identifier.kind is kind and not is_placeholder(identifier) and (kind is Kind.EMAIL or may_text(identifier)):
            return identifier
    return None
