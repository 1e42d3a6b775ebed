"""A mail server of one's own, by SMTP. It takes each message once and cannot be asked later whether it did."""

import smtplib
import ssl

import msgspec

from ritorno.channels.base import ProviderDown
from ritorno.channels.mime import Sender, email_of
from ritorno.core.messages.message import Content, Receipt

_PATIENCE = 20  # seconds
_LATER = range(400, 500)  # "try again", by RFC 5321


class SmtpServer(msgspec.Struct, frozen=True):
    """`secure`: TLS from the first byte (465), after STARTTLS (587), or none (a server on this machine). `cost` of an
    e-mail in thousandths of a minor unit."""

    host: str
    port: int = 587
    secure: str = "starttls"
    user: str = ""
    password: str = ""
    cost: int = 0


class Smtp:
    """Keeps its connection from one message to the next."""

    name = "smtp"

    def __init__(self, server: SmtpServer, sender: Sender) -> None:
        self._server, self._sender = server, sender
        self._client: smtplib.SMTP | None = None

    def send(self, key: str, content: Content) -> Receipt:
        """Raises ProviderDown when the server cannot be reached, or asks to come later."""
        message = email_of(key, content, self._sender)
        try:
            self._connected().send_message(message, self._sender.address, [content.address])
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException) as error:
            code, said = _answer(error, content.address)
            self.close()
            if code in _LATER:
                raise ProviderDown(f"{self._server.host}: {code} {said}") from error
            return Receipt(self.name, "", accepted=False, error=f"{code} {said}")
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise ProviderDown(f"{self._server.host}:{self._server.port}: {error}") from error
        return Receipt(self.name, str(message["Message-ID"]), accepted=True, cost=self._server.cost)

    def look_up(self, key: str) -> Receipt | None:
        """Nobody knows whether it left before the crash. It is not sent again: one too few can be made good."""
        return Receipt(self.name, "", accepted=False, error=f"unknown: SMTP cannot be asked about {key}")

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def _connected(self) -> smtplib.SMTP:
        if self._client is not None:
            try:
                self._client.rset()
            except (OSError, smtplib.SMTPException):
                self.close()
        if self._client is None:
            self._client = self._connect()
        return self._client

    def _connect(self) -> smtplib.SMTP:
        server, context = self._server, ssl.create_default_context()
        if server.secure == "tls":
            client: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=_PATIENCE, context=context)
        else:
            client = smtplib.SMTP(server.host, server.port, timeout=_PATIENCE)
        if server.secure == "starttls":
            client.starttls(context=context)
        if server.user:
            client.login(server.user, server.password)
        return client


def _answer(error: smtplib.SMTPRecipientsRefused | smtplib.SMTPResponseException, address: str) -> tuple[int, str]:
    """(code, words) of a refusal."""
    said: bytes | str
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, said = error.recipients.get(address) or next(iter(error.recipients.values()))
    else:
        code, said = error.smtp_code, error.smtp_error
    return code, said.decode("utf-8", "replace") if isinstance(said, bytes) else said
