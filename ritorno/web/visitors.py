"""Who follows a link: a person, or a machine that looks ahead? (ecosystem: scanners and previews follow links.)

A machine's visit is kept, marked, and never counts as a click of the customer.
"""

import re
from collections.abc import Mapping
from typing import Any

# Previews of messengers, mail scanners, search engines, monitors and plain HTTP clients, by what they call themselves.
_MACHINES = re.compile(
    r"(?<!cu)bot(?:\b|_)|crawl|spider|slurp|preview|scan|monitor|headless|fetch|validator|archiver|"
    r"facebookexternalhit|facebot|whatsapp/|telegrambot|skypeuripreview|slack-imgproxy|vkshare|viber|"
    r"googleimageproxy|yahoomailproxy|google-|feedfetcher|mediapartners|bingpreview|"
    r"barracuda|proofpoint|mimecast|symantec|safelinks|fireeye|trendmicro|zscaler|forcepoint|"
    r"curl/|wget/|python|urllib|httpx|aiohttp|okhttp|go-http|java/|libwww|apache-|axios|node-fetch|ruby|php/|perl",
    re.IGNORECASE,
)
_AHEAD = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ")


def is_machine(environ: Mapping[str, Any]) -> bool:
    """Is this visit nobody's own: HEAD, a look ahead by the browser, a known robot, or no name at all?

    A mail reader's exact "Mozilla/5.0" is the privacy proxy of Apple Mail.
    """
    if environ["REQUEST_METHOD"] == "HEAD":
        return True
    if any(word in environ.get(name, "").lower() for name in _AHEAD for word in ("prefetch", "preview", "prerender")):
        return True
    agent = environ.get("HTTP_USER_AGENT", "").strip()
    return agent in ("", "Mozilla/5.0") or _MACHINES.search(agent) is not None
