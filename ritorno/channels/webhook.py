"""Call another system's address: signed by Standard Webhooks, never redirected, never to where it was not meant.

An address that was given by somebody is looked up here and the connection made to the very address that was looked at,
so that a name cannot lead into this machine's own network (unless that is allowed) between the look and the call.
"""

import http.client
import socket
import ssl
import threading
from contextlib import closing
from datetime import UTC, datetime
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from standardwebhooks import Webhook

from ritorno.core.instants import Instant, to_datetime, zone

CONNECT_SECONDS, WHOLE_SECONDS = 5.0, 10.0
_MOST_READ = 500  # of an answer that says what went wrong
_TRANSLATED = IPv6Network("64:ff9b::/96")


class Answer(NamedTuple):
    """`status` is 0 when there was none: `error` says why."""

    status: int
    error: str = ""

    @property
    def is_taken(self) -> bool:
        return 200 <= self.status < 300


def headers_for(webhook_id: str, body: str, secret: str, at: Instant) -> dict[str, str]:
    """`at` is when it leaves, by the machine's clock: receivers refuse what is 5 minutes old."""
    moment = to_datetime(at, zone("UTC")).replace(microsecond=0)
    return {
        "content-type": "application/json",
        "user-agent": "Ritorno",
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(webhook_id, datetime.fromtimestamp(moment.timestamp(), UTC), body),
    }


def post(
    url: str, body: str, headers: dict[str, str], *, allow_private: bool, whole_seconds: float = WHOLE_SECONDS
) -> Answer:
    """Send it once and read no more of the answer than its status and what a refusal says."""
    parts = urlsplit(url)
    host, is_tls = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if is_tls else 80)
    try:
        address = _address(host, port, allow_private=allow_private)
    except OSError as error:
        return Answer(0, str(error))
    connection = _Pinned(host, port, address, is_tls=is_tls)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    timer = threading.Timer(whole_seconds, connection.cut)
    with closing(connection):
        timer.start()
        try:
            connection.request("POST", path, body.encode(), headers)
            answer = connection.getresponse()
            said = "" if 200 <= answer.status < 300 else answer.read(_MOST_READ).decode("utf-8", "replace")
        except (OSError, http.client.HTTPException) as error:
            late = connection.is_cut or isinstance(error, TimeoutError)
            return Answer(0, f"no answer within {whole_seconds:g} s" if late else f"{type(error).__name__}: {error}")
        finally:
            timer.cancel()
    return Answer(answer.status, " ".join(f"{answer.status} {answer.reason} {said}".split()) if said else "")


def _address(host: str, port: int, *, allow_private: bool) -> str:
    """Where the name leads to; raises OSError when that is nowhere, or nowhere to be called from here."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise OSError(f"{host} leads nowhere: {error}") from error
    addresses = [str(one[4][0]) for one in found]
    closed = [one for one in addresses if not is_public(one)]
    if closed and not allow_private:
        raise OSError(f"{host} leads to {closed[0]}, an address of a private network; allow it with --allow-private")
    return addresses[0]


def is_public(address: str) -> bool:
    """May anybody's name lead there? Not into this machine, its network, or what is reserved; nor by way of IPv6."""
    one = ip_address(address.partition("%")[0])
    if isinstance(one, IPv6Address):
        inner = one.ipv4_mapped or one.sixtofour or (one.teredo[1] if one.teredo else None)
        if one in _TRANSLATED:
            inner = ip_address(int(one) & 0xFFFF_FFFF)  # type: ignore[assignment]
        if inner is not None:
            return is_public(str(inner))
    return one.is_global and not one.is_multicast and not one.is_reserved


class _Pinned(http.client.HTTPConnection):
    """A connection to an address that was looked at; the certificate is still the name's."""

    def __init__(self, host: str, port: int, address: str, *, is_tls: bool) -> None:
        super().__init__(host, port, timeout=CONNECT_SECONDS)
        self._address = address
        self._is_tls = is_tls
        self.default_port = 443 if is_tls else 80
        self.is_cut = False

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), self.timeout)
        if self._is_tls:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)

    def cut(self) -> None:
        """Its time is over, however busily it answers."""
        self.is_cut = True
        if self.sock is not None:
            try:
                self.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it has just ended by itself
