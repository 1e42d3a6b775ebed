"""A page as it leaves: one document with its style and script inside, nothing loaded from elsewhere, nothing cached."""

import secrets
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpResponse
from django.template.loader import render_to_string

_POLICY = (
    "default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; img-src data: {images}; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def page(
    template: str, language: str, context: Mapping[str, Any], *, status: int = 200, images: Iterable[str] = ()
) -> HttpResponse:
    """The page in its language and direction. `images` are the addresses that the page may show pictures from."""
    nonce = secrets.token_urlsafe(16)
    told = {"lang": language, "dir": "rtl" if language == "he" else "ltr", "nonce": nonce, **context}
    response = HttpResponse(render_to_string(f"ritorno/{template}.html", told), status=status)
    origins = " ".join(sorted({origin for image in images if (origin := origin_of(image))}))
    response["Content-Security-Policy"] = _POLICY.format(nonce=nonce, images=origins)
    response["Content-Language"] = language
    return guarded(response)


def guarded(response: HttpResponse) -> HttpResponse:
    """A personal address stays out of caches, search engines, frames and other sites' logs."""
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["X-Frame-Options"] = "DENY"
    response["X-Content-Type-Options"] = "nosniff"
    response["Permissions-Policy"] = "geolocation=(), camera=(), microphone=()"
    return response


def web_address(address: str) -> str:
    """The address if a page may lead there, else "": a catalogue is told by others."""
    return address if origin_of(address) else ""


def origin_of(address: str) -> str:
    """Scheme and host of a web address as they stand in a policy; "" when it is none."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host or not all(part.isalnum() for part in _labels(host)):
        return ""
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "")


def _labels(host: str) -> list[str]:
    return host.replace("-", "a").split(".") if host.isascii() else [""]
