"""Requests and answers of the bare doors: JSON in, JSON out, bounded before anything is parsed."""

import zlib
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, NamedTuple

import msgspec

MOST_BODY = 8 * 1024 * 1024  # bytes, as sent and again as unpacked

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class Answer(NamedTuple):
    """A status, a JSON body, and headers beyond the usual."""

    status: int
    body: Any
    headers: tuple[tuple[str, str], ...] = ()


class Refusal(Exception):  # noqa: N818 - an answer, not a fault of ours
    """The request cannot be served; `error` says what is wrong and what is right."""

    def __init__(self, status: int, error: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(error)
        self.answer = Answer(status, {"error": error}, headers)


def require_method(environ: Environ, *allowed: str) -> None:
    """Raises a Refusal (405) naming the methods there are."""
    if environ["REQUEST_METHOD"] not in allowed:
        names = ", ".join(allowed)
        raise Refusal(405, f"{environ['REQUEST_METHOD']} does nothing here; use {names}", (("Allow", names),))


def json_body(environ: Environ) -> bytes:
    """The body of a JSON request, unpacked where it is gzip. Raises a Refusal: 413, 415 or 400."""
    kind = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refusal(415, f"the body is {kind or 'of no stated type'}; send Content-Type: application/json")
    packing = environ.get("HTTP_CONTENT_ENCODING", "").strip().lower()
    if packing not in ("", "identity", "gzip"):
        raise Refusal(415, f"Content-Encoding {packing!r} is not known; send the body plain or as gzip")
    body = _bounded(environ)
    return _unpacked(body) if packing == "gzip" else body


def _bounded(environ: Environ) -> bytes:
    told = environ.get("CONTENT_LENGTH") or ""
    if told.isascii() and told.isdigit() and int(told) > MOST_BODY:
        raise _too_large()
    body: bytes = environ["wsgi.input"].read(int(told) if told.isdigit() else MOST_BODY + 1)
    if len(body) > MOST_BODY:
        raise _too_large()
    return body


def _unpacked(body: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(body, MOST_BODY + 1)
    except zlib.error as error:
        raise Refusal(400, f"the body is not gzip: {error}") from error
    if len(plain) > MOST_BODY:
        raise _too_large()
    if not unpacker.eof or unpacker.unused_data:
        raise Refusal(400, "the gzip body is cut off or has more behind its end; send one whole gzip member")
    return plain


def _too_large() -> Refusal:
    return Refusal(413, f"the body is larger than {MOST_BODY // 2**20} MB; send fewer receipts at a time")


def respond(answer: Answer, start_response: StartResponse) -> Iterable[bytes]:
    body = msgspec.json.encode(answer.body) + b"\n"
    headers = [
        ("Content-Type", "application/json; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        *answer.headers,
    ]
    start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", headers)
    return [body]
