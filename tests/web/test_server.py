"""The doors behind a real server: bodies in pieces, many tills at once, a server that is killed."""

import http.client
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ritorno.store import inbox
from tests.web.served import Served, answers, served
from tests.web.shop import KEY, Shop

HEADERS = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}


@pytest.fixture
def server(database: str, shop: Shop, tmp_path: Path) -> Iterator[Served]:
    shop.clock("2026-03-01T10:00")
    with served(database, tmp_path) as running:
        yield running


def connect(server: Served) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)


def receipt(number: int) -> bytes:
    told = {"receipt_no": number, "occurred_at": "2026-03-01T09:00", "total": 1}
    return json.dumps(told | {"customer": {"phone": f"05212{number:05}"}}).encode()


def post(server: Served, number: int) -> int:
    connection = connect(server)
    connection.request("POST", "/v1/receipts", receipt(number), HEADERS)
    status = connection.getresponse().status
    connection.close()
    return status


def test_many_tills_at_once_each_in_time(server: Served, shop: Shop) -> None:
    with ThreadPoolExecutor(20) as tills:
        assert set(tills.map(lambda number: post(server, number), range(200))) == {202}
    assert inbox.waiting(shop.app.connection(), shop.brand) == 200


def test_a_body_in_pieces_and_a_body_without_an_end(server: Served) -> None:
    connection = connect(server)
    body = receipt(1)
    connection.request("POST", "/v1/receipts", iter([body[:10], body[10:]]), HEADERS, encode_chunked=True)
    reply = connection.getresponse()
    assert (reply.status, json.loads(reply.read())["accepted"]) == (202, 1)
    endless = (b" " * 1_000_000 for _ in range(20))
    try:
        connection.request("POST", "/v1/receipts", endless, HEADERS, encode_chunked=True)
        assert connection.getresponse().status == 413
    except (ConnectionError, http.client.HTTPException):
        pass  # the server may hang up on who goes on talking
    connection.close()
    assert answers(server.url)


def test_a_page_head_and_get(server: Served, shop: Shop) -> None:
    connection = connect(server)
    for method in ("HEAD", "GET"):
        connection.request(method, "/r/aaaaaaaaaaa")
        reply = connection.getresponse()
        assert (reply.status, bool(reply.read())) == (404, method == "GET")
    connection.close()


def test_a_server_killed_outright_leaves_nobody_at_its_port(server: Served) -> None:
    server.process.kill()
    server.process.wait(10)
    for _ in range(100):
        if not answers(server.url):
            return
        time.sleep(0.05)
    raise AssertionError("somebody still answers")
