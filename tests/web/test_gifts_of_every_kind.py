"""The page and the message say a gift of every kind in its own words (PB2-06)."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from ritorno.core.offers import Offer
from ritorno.playbooks.library import load
from ritorno.settings import Settings
from ritorno.web.wsgi import make_application
from tests.web.conftest import Browser
from tests.web.shop import open_shop


@pytest.mark.parametrize(
    ("offer", "page", "text"),
    [
        (Offer(1_000, 15_000, kind="per_cent"), "10%", "10 %"),
        (Offer(0, 15_000, kind="free_shipping"), "משלוח חינם", ""),
        (Offer(4_950, 15_000), "49.50", "49.50 ₪"),
    ],
)
def test_each_says_what_it_is(database: str, tmp_path: Path, offer: Offer, page: str, text: str) -> None:
    settings = Settings(tmp_path, database)
    playbook = replace(load("PB2"), offer=offer)
    if not text:  # free shipping has no number to say
        (rescue, *others) = playbook.steps
        sms = replace(rescue.ways[0], text=replace(rescue.ways[0].text, he="[AD] [HI] משלוח חינם: {{ link }} [OUT]"))  # type: ignore[union-attr]
        playbook = replace(playbook, steps=(replace(rescue, ways=(sms,)), *others))
    with open_shop(settings, playbook=playbook) as shop:
        token = shop.rescue()
        content = shop.message().content
        assert content is not None
        assert text in content.text.replace("\u2068", "").replace("\u2069", "")
        doors = make_application(settings)
        shown = Browser(doors).get(f"/r/{token}").text
        doors.close()
    assert page in shown.replace("\u2068", "").replace("\u2069", "").replace("\u200f", "")
