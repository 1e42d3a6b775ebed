"""Is it alive, and does it keep up? For load balancers, monitors and people."""

import platform
from importlib.metadata import version
from typing import Any

from ritorno.core.wall_clock import SECOND
from ritorno.store import definitions, health
from ritorno.store.connection import StoreUnavailable, connect
from ritorno.web.exchange import Answer, Environ, Refusal, require_method
from ritorno.web.pool import Desk


def answer(environ: Environ, desk: Desk) -> Answer:
    """`/health/live`: the process answers. `/health`: the store answers too, and how far the worker is behind."""
    require_method(environ, "GET", "HEAD")
    if environ["PATH_INFO"] == "/health/live":
        return Answer(200, {"status": "live"})
    if environ["PATH_INFO"] != "/health":
        raise Refusal(404, "there are /health and /health/live")
    versions = {"ritorno": version("ritorno"), "python": platform.python_version()}
    try:
        with connect(desk.app.url, autocommit=True, application_name="ritorno health", wait_seconds=0) as connection:
            worker = _worker(desk, definitions.brands(connection), connection)
            versions["postgresql"] = health.version(connection).split()[0]
    except StoreUnavailable as error:
        down = {"status": "down", "database": {"ok": False, "error": str(error)}, "versions": versions}
        return Answer(503, down, (("Retry-After", "5"),))
    return Answer(200, {"status": "ok", "database": {"ok": True}, "worker": worker, "versions": versions})


def _worker(desk: Desk, brands: list[definitions.BrandRow], connection: Any) -> dict[str, Any]:
    """`inbox_waiting` events not reacted to; `behind_seconds` since the oldest of what should have been done."""
    waiting, behind = 0, 0
    for brand in brands:
        now = desk.now(brand)
        found = health.backlog(connection, brand.id)
        waiting += found.waiting
        oldest = [at for at in found[1:] if at is not None]
        behind = max([behind, *(now - at for at in oldest)])
    return {"inbox_waiting": waiting, "behind_seconds": round(behind / SECOND, 3)}
