"""Links with names of their own: they lead out, and a click tells which (SEG-16, ENG-04); no code for no message."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ritorno.core.ids import PlaybookKey
from ritorno.core.journeys.journey import Playbook
from ritorno.core.messages.message import State
from ritorno.core.messages.text import Text
from ritorno.playbooks.library import load
from ritorno.settings import Settings
from ritorno.store import codes, said
from ritorno.work.activate import current
from ritorno.work.preview import Lacking, lacking_of
from tests.web.conftest import Browser
from tests.web.shop import Shop, open_shop


def shield(he: str, **way: Any) -> Playbook:
    """PB2 whose message says this."""
    playbook = load("PB2")
    rescue: Any = playbook.steps[0]
    said = msgspec.structs.replace(rescue.ways[0], text=Text(he, he), **way)
    steps = (msgspec.structs.replace(rescue, ways=(said,)), *playbook.steps[1:])
    return msgspec.structs.replace(playbook, steps=steps)


@pytest.fixture
def vitamins(database: str, tmp_path: Path) -> Iterator[Shop]:
    text = "[AD] {{ offer.value }} {{ links.vitamins }} {{ link }} [OUT]"
    playbook = shield(text, links={"vitamins": "https://shop.example/v?a=1"})
    with open_shop(Settings(tmp_path, database), playbook=playbook) as shop:
        yield shop


def test_eng_04_a_named_link_leads_where_it_says_and_its_click_tells_its_name(vitamins: Shop, browser: Browser) -> None:
    page = vitamins.rescue()
    token = vitamins.token("vitamins")
    content = vitamins.message().content
    assert content is not None
    assert f"/r/{token}" in content.text
    reply = browser.get(f"/r/{token}")
    assert (reply.status, reply.headers["Location"]) == (302, "https://shop.example/v?a=1")
    assert reply.headers["Referrer-Policy"] == "no-referrer"
    vitamins.clock("2026-03-03T14:07")
    assert browser.get(f"/r/{page}").status == 200
    vitamins.react()
    assert [event.body.link for event in vitamins.told("message_clicked")] == ["vitamins", "page"]


def test_eng_14_what_the_customer_has_nothing_of_is_dropped_and_spends_no_code(database: str, tmp_path: Path) -> None:
    playbook = shield("[AD] {{ offer.value }}: {{ match.name }} {{ link }} [OUT]")
    with open_shop(Settings(tmp_path, database), playbook=playbook) as shop:
        with pytest.raises(AssertionError, match="no_data"):
            shop.rescue()
        kept = shop.message()
        assert (kept.state, kept.reasons[-1][1:]) == (State.DROPPED, ["no_data", "match.name"])
        assert codes.of_enrollment(shop.app.connection(), shop.brand, kept.message.enrollment) is None
        assert shop.app.connection().execute("SELECT count(*) FROM link").fetchone() == (0,)


def test_seg_22_and_eng_03_who_missed_a_language_and_which_subject_was_clicked_is_counted(
    vitamins: Shop, browser: Browser
) -> None:
    page = vitamins.rescue(language="ru")
    connection, brand = vitamins.app.connection(), vitamins.brand
    assert said.missed(connection, brand, PlaybookKey("PB2")) == [("rescue", "language ru", 1)]
    assert said.subjects(connection, brand, PlaybookKey("PB2"), 2) == []
    # An e-mail with two subjects keeps which one it was; this one stands for it.
    connection.execute("""UPDATE message SET content = content || '{"subject_arm": "bold"}'""")
    assert said.subjects(connection, brand, PlaybookKey("PB2"), 2) == [("rescue", "bold", 1, 0)]
    vitamins.clock("2026-03-03T14:07")
    browser.get(f"/r/{page}")
    vitamins.react()
    assert said.subjects(connection, brand, PlaybookKey("PB2"), 2) == [("rescue", "bold", 1, 1)]


def test_eng_14_the_texts_are_tried_on_those_who_entered(vitamins: Shop) -> None:
    vitamins.rescue()
    one, _ = current(vitamins.app.connection(), vitamins.plan, "PB2")
    now = vitamins.app.now(vitamins.brand)
    assert lacking_of(vitamins.app.connection(), vitamins.plan, one, now) == ([], 1)
    wanting = shield("[AD] {{ match.name }} {{ link }} [OUT]")
    found, asked = lacking_of(vitamins.app.connection(), vitamins.plan, wanting, now)
    assert (found, asked) == ([Lacking("rescue", "sms", "match.name", 1, 1)], 1)
    assert lacking_of(vitamins.app.connection(), vitamins.plan, wanting, now, 0) == ([], 0)
