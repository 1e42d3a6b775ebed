"""A shop with its doors open: in-process requests, one customer in rescue, a clock to move."""

import gzip
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest

from ritorno.settings import Settings
from ritorno.web.wsgi import Application, make_application
from tests.web.shop import Shop, open_shop


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Browser:
    """Requests to the application, checked against the WSGI standard on the way."""

    def __init__(self, application: Application) -> None:
        self._application = validator(application)

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Reply:
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "wsgi.input": io.BytesIO(body),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_USER_AGENT": "Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 Chrome/130.0 Mobile Safari",
        }
        for name, value in headers.items():
            environ[name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"] = value
        setup_testing_defaults(environ)
        started: list[Any] = []

        def start_response(status: str, told: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], None]:
            started[:] = [status, told]
            return lambda _: None

        chunks = self._application(environ, start_response)
        try:
            content = b"".join(chunks)
        finally:
            chunks.close()  # type: ignore[attr-defined]
        return Reply(int(started[0].split()[0]), dict(started[1]), content)

    def get(self, path: str, **headers: str) -> Reply:
        return self.ask("GET", path, b"", **headers)

    def post(self, path: str, told: Any, *, key: str = "", packed: bool = False, **headers: str) -> Reply:
        """JSON, with the till's key."""
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        headers.setdefault("CONTENT_TYPE", "application/json")
        if key:
            headers["AUTHORIZATION"] = f"Bearer {key}"
        if packed:
            body, headers["CONTENT_ENCODING"] = gzip.compress(body), "gzip"
        return self.ask("POST", path, body, **headers)


@pytest.fixture
def shop(database: str, tmp_path: Path) -> Iterator[Shop]:
    with open_shop(Settings(tmp_path, database)) as opened:
        yield opened


@pytest.fixture
def doors(database: str, tmp_path: Path) -> Iterator[Application]:
    application = make_application(Settings(tmp_path, database))
    yield application
    application.close()


@pytest.fixture
def browser(doors: Application) -> Browser:
    return Browser(doors)
