"""Alive, and keeping up: what monitors ask."""

import psycopg
import pytest

from ritorno.store.connection import StoreUnavailable
from ritorno.web import health
from ritorno.web.wsgi import Application
from tests.web.conftest import Browser
from tests.web.shop import KEY, Shop


def test_healthy_is_the_store_answers_and_how_far_the_worker_is_behind(browser: Browser, shop: Shop) -> None:
    shop.clock("2026-03-01T10:00")
    reply = browser.get("/health")
    assert (reply.status, reply.json["status"], reply.json["database"]) == (200, "ok", {"ok": True})
    assert reply.json["worker"] == {"inbox_waiting": 0, "behind_seconds": 0}
    assert reply.json["versions"].keys() == {"ritorno", "python", "postgresql"}
    receipt = {"receipt_no": 1, "occurred_at": "2026-03-01T09:00", "total": 1, "customer": {"phone": "0521234567"}}
    browser.post("/v1/receipts", receipt, key=KEY)
    shop.clock("2026-03-01T10:00:07")
    assert browser.get("/health").json["worker"] == {"inbox_waiting": 1, "behind_seconds": 7}
    shop.react()
    assert browser.get("/health").json["worker"] == {"inbox_waiting": 0, "behind_seconds": 0}


def test_live_is_that_the_process_answers(browser: Browser) -> None:
    assert (browser.get("/health/live").status, browser.ask("HEAD", "/health/live").body) == (200, b"")
    assert browser.get("/healthy").status == 404
    assert browser.ask("POST", "/health").status == 405


def test_without_the_store_it_says_so_and_what_to_do(
    browser: Browser, doors: Application, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database goes away under the doors: 503 with the reason, and receipts are to be sent again."""
    token = shop.rescue()

    def away(*_: object, **__: object) -> None:
        raise StoreUnavailable("PostgreSQL is not available (ritorno at localhost:5432): connection refused")

    monkeypatch.setattr(health, "connect", away)
    reply = browser.get("/health")
    assert (reply.status, reply.json["status"], reply.headers["Retry-After"]) == (503, "down", "5")
    assert "connection refused" in reply.json["database"]["error"]
    with doors.pool.desk() as desk:
        monkeypatch.setattr(type(desk.app.session), "connection", away)
    reply = browser.post("/v1/receipts", {}, key=KEY)
    assert (reply.status, reply.json["error"]) == (503, "the store is not available; nothing was kept, send it again")
    page = browser.get(f"/r/{token}")
    assert (page.status, "משהו השתבש אצלנו" in page.text) == (503, True)


def test_a_lost_connection_is_made_anew_within_the_request(browser: Browser, shop: Shop) -> None:
    shop.clock("2026-03-01T10:00")
    receipt = {"receipt_no": 1, "occurred_at": "2026-03-01T09:00", "total": 1}
    assert browser.post("/v1/receipts", receipt, key=KEY).status == 202
    with psycopg.connect(shop.app.url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert browser.post("/v1/receipts", receipt | {"receipt_no": 2}, key=KEY).status == 202
