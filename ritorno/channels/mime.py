"""An e-mail as it goes over the wire: both parts, who writes, where to answer, and one click to refuse (RFC 8058)."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

import msgspec

from ritorno.core.messages.message import Content


class Sender(msgspec.Struct, frozen=True):
    """Who writes: `name` as shown, `address` as `news@shop.example`; `reply_to` "" to be answered at the same."""

    name: str
    address: str
    reply_to: str = ""


def email_of(key: str, content: Content, sender: Sender) -> EmailMessage:
    """The plain part first, then the page, as RFC 2046 wants it: the best comes last. The same key is the same
    Message-ID, so a reader's program shows a repetition once.

    Raises ValueError for an address that is none.
    """
    user, _, domain = sender.address.rpartition("@")
    if not user or not domain:
        raise ValueError(f"the sender {sender.address!r} is no e-mail address")
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(sender.name, addr_spec=sender.address)
    message["To"] = content.address
    message["Subject"] = content.subject
    message["Message-ID"] = f"<{key}@{domain}>"
    if sender.reply_to:
        message["Reply-To"] = sender.reply_to
    if content.refuse_at:
        message["List-Unsubscribe"] = f"<{content.refuse_at}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(content.text, subtype="plain", charset="utf-8", cte="base64")
    if content.html:
        message.add_alternative(content.html, subtype="html", charset="utf-8", cte="base64")
    message["Content-Language"] = content.language  # set last: a second part takes the headers of content along
    return message
