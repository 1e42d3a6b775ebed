"""E-mail to a server of one's own: against aiosmtpd, an independent SMTP server."""

import email
import socket
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from ritorno.channels.base import ProviderDown
from ritorno.channels.mime import Sender, email_of
from ritorno.channels.sandbox import Sandbox
from ritorno.channels.smtp import Smtp, SmtpServer
from ritorno.core.events import Channel
from ritorno.core.messages.message import Content

SENDER = Sender("אלמוג", "news@almog.example", "hello@almog.example")
CONTENT = Content(
    Channel.EMAIL, "dana@dana.co.il", "he", "היי דנה, 50 ₪", "פרסומת: תודה", html="<html dir=rtl><p>היי דנה</p></html>",
    refuse_at="https://s.example/r/out",
)  # fmt: skip


class Mailbox:
    """What the server took, and what it answers."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.answer = "250 OK"
        self.at_data = "250 OK"

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        told: Any = email.message_from_bytes(envelope.content, policy=default)
        self.taken.append(told)
        return self.at_data


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, Smtp]]:
    box = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    smtp = Smtp(SmtpServer("127.0.0.1", port, secure="none", cost=7), SENDER)
    yield box, smtp
    smtp.close()
    controller.stop()


def test_isr_15_both_parts_arrive_as_they_were_written(mailbox: tuple[Mailbox, Smtp]) -> None:
    box, smtp = mailbox
    receipt = smtp.send("77", CONTENT)
    assert (receipt.accepted, receipt.provider_id, receipt.cost) == (True, "<77@almog.example>", 7)
    (told,) = box.taken
    assert told.get_content_type() == "multipart/alternative"
    plain, page = told.iter_parts()
    assert plain.get_content().strip() == CONTENT.text
    assert page.get_content().strip() == CONTENT.html
    assert (told["Subject"], told["To"], told["Content-Language"]) == ("פרסומת: תודה", "dana@dana.co.il", "he")
    assert str(told["From"]) == "אלמוג <news@almog.example>"
    assert told["Reply-To"] == "hello@almog.example"


def test_isr_05_one_click_refuses(mailbox: tuple[Mailbox, Smtp]) -> None:
    box, smtp = mailbox
    smtp.send("1", CONTENT)
    assert box.taken[0]["List-Unsubscribe"] == "<https://s.example/r/out>"
    assert box.taken[0]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_many_go_over_one_connection_and_a_lost_one_is_made_anew(mailbox: tuple[Mailbox, Smtp]) -> None:
    box, smtp = mailbox
    for key in "123":
        assert smtp.send(key, CONTENT).accepted
    assert smtp._client is not None
    assert smtp._client.sock is not None
    smtp._client.sock.close()
    assert smtp.send("4", CONTENT).accepted
    assert len(box.taken) == 4


def test_an_address_that_is_refused_is_told_and_the_next_one_leaves(mailbox: tuple[Mailbox, Smtp]) -> None:
    box, smtp = mailbox
    box.answer = "550 no such mailbox"
    receipt = smtp.send("1", CONTENT)
    assert (receipt.accepted, receipt.error) == (False, "550 no such mailbox")
    box.answer = "250 OK"
    assert smtp.send("2", CONTENT).accepted


@pytest.mark.parametrize("where", ["answer", "at_data"])
def test_a_server_that_asks_to_come_later_is_asked_later(mailbox: tuple[Mailbox, Smtp], where: str) -> None:
    box, smtp = mailbox
    setattr(box, where, "451 later please")
    with pytest.raises(ProviderDown, match="451 later please"):
        smtp.send("1", CONTENT)


def test_a_message_that_is_refused_as_a_whole_is_told(mailbox: tuple[Mailbox, Smtp]) -> None:
    box, smtp = mailbox
    box.at_data = "554 looks like junk"
    assert smtp.send("1", CONTENT).error == "554 looks like junk"


def test_a_server_that_is_not_there_is_down() -> None:
    with pytest.raises(ProviderDown, match=r"127\.0\.0\.1:9"):
        Smtp(SmtpServer("127.0.0.1", 9, secure="none"), SENDER).send("1", CONTENT)


def test_what_a_crash_left_open_is_not_sent_again() -> None:
    told = Smtp(SmtpServer("127.0.0.1", 9), SENDER).look_up("77")
    assert told is not None
    assert (told.accepted, told.error) == (False, "unknown: SMTP cannot be asked about 77")


def test_who_writes_needs_an_address() -> None:
    with pytest.raises(ValueError, match="is no e-mail address"):
        email_of("1", CONTENT, Sender("אלמוג", "almog"))


def test_no_name_or_subject_adds_a_header() -> None:
    with pytest.raises(ValueError):
        email_of("1", Content(Channel.EMAIL, "a@b.example", "he", "x", "a\r\nBcc: c@d.example"), SENDER)


def test_a_text_alone_is_one_part() -> None:
    told = email_of("1", Content(Channel.EMAIL, "a@b.example", "en", "hello", "hi"), SENDER)
    assert told.get_content_type() == "text/plain"
    assert told["List-Unsubscribe"] is None


def test_the_sandbox_keeps_the_page_too_and_opens_one_of_before(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path, part_cost=1, email_cost=1, whatsapp_cost=1)
    sandbox.send("1", CONTENT)
    assert (sandbox.page("1"), sandbox.page("2")) == (CONTENT.html, "")
    with sandbox._open() as records:
        records.execute("ALTER TABLE sent DROP COLUMN html")
    sandbox.close()
    assert sandbox.page("1") == ""
