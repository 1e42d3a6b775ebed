"""The process that keeps the lakes: one at a time, beside the worker, for as long as its parent lives."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ritorno.settings import Settings
from ritorno.store.connection import connect
from ritorno.whole.lake import Lake
from ritorno.worker import Keeper, lake_kept
from tests.web.shop import DANI, Shop, open_shop

pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")


@pytest.fixture
def shop(database: str, tmp_path: Path) -> Iterator[Shop]:
    with open_shop(Settings(tmp_path, database)) as opened:
        opened.buy("2026-01-05T12:00", 800, phone=DANI)
        yield opened


def changes_in(shop: Shop) -> int:
    manifest = Lake(shop.app.settings.lake, shop.brand).manifest()
    return manifest.changes if manifest and manifest.stands else -1


def test_a_keeper_keeps_the_lake_of_every_brand_until_nothing_is_left_to_do(shop: Shop) -> None:
    keeper = Keeper(shop.app)
    while keeper.round():
        pass
    assert changes_in(shop) == 0  # all were there when it was built
    shop.buy("2026-01-06T12:00", 100, phone=DANI)
    assert not keeper.round()
    assert changes_in(shop) == 1


def test_a_second_keeper_leaves_the_lakes_to_the_first_until_it_is_gone(shop: Shop, database: str) -> None:
    first = Keeper(shop.app.beside())
    while first.round():
        pass
    second = Keeper(shop.app)
    shop.buy("2026-01-06T12:00", 100, phone=DANI)
    assert not second.round()
    assert changes_in(shop) == 0
    first._app.close()
    until(lambda: not second.round() and changes_in(shop) == 1)


def until(holds: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.slow
def test_a_keeper_that_is_killed_is_followed_by_another(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ritorno.worker._KEEP_AGAIN", 0.1)
    with lake_kept(shop.app):
        until(lambda: changes_in(shop) == 0)
        with connect(shop.app.url, autocommit=True) as connection:
            holder = connection.execute(
                "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND classid = 1007 AND granted"
            ).fetchall()
        assert len(holder) == 1
        for child in children():
            os.kill(child, signal.SIGKILL)
        shop.buy("2026-01-06T12:00", 100, phone=DANI)
        until(lambda: changes_in(shop) == 1)
    until(lambda: not children())


def children() -> list[int]:
    """The keepers that this process has started and that are alive."""
    found = []
    for told in Path("/proc").glob("[0-9]*/stat"):
        try:
            _, parent = told.read_text().rsplit(")", 1)[1].split()[:2]
            line = (told.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if int(parent) == os.getpid() and b"spawn_main" in line:
            found.append(int(told.parent.name))
    return found
