"""Custom fields in a message, from the file that told them to what each recipient reads (SEG-12)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ritorno.core.journeys.codec import decode
from ritorno.core.journeys.journey import Playbook
from ritorno.core.journeys.way import Words
from ritorno.core.trait_values import Choice, TraitKind
from ritorno.playbooks.library import load
from ritorno.settings import Settings
from ritorno.testing import at
from ritorno.work.import_asked import Asked
from ritorno.work.import_customers import import_customers
from ritorno.work.traits import Wish, define
from tests.web.shop import Shop, open_shop

PHONES = ("052-123-4567", "052-123-4568", "052-123-4569")


def playbook() -> Playbook:
    """PB2, whose message names the walker and says until when it is under warranty."""
    told: dict[str, Any] = msgspec.to_builtins(load("PB2"))
    for step in told["steps"]:
        for way in step.get("ways", ()):
            way["text"]["he"] = (
                "[AD] {{ customer.traits.walker_model | default: 'ההליכון שלך' }}, אחריות עד "
                "{{ customer.traits.warranty | default: 'סוף השנה' }} {{ link }} [OUT]"
            )
    return decode(told, frozenset())


@pytest.fixture
def shop(database: str, tmp_path: Path) -> Iterator[Shop]:
    with open_shop(Settings(tmp_path, database), playbook=playbook()) as opened:
        yield opened


def test_seg_12_of_120_traits_each_of_three_recipients_reads_their_own_or_the_fallback(
    shop: Shop, tmp_path: Path
) -> None:
    connection, now = shop.app.connection(), at("2025-05-01")
    levels = (Choice("r5", Words("רולטור 5", "Rollator 5")), Choice("k2", Words("קל 2", "Light 2")))
    define(connection, shop.plan, "walker_model", Wish(TraitKind.CHOICE, choices=levels), now, "rina")
    define(connection, shop.plan, "warranty", Wish(TraitKind.DATE), now, "rina")
    for number in range(118):
        define(connection, shop.plan, f"field_{number}", Wish(TraitKind.NUMBER), now, "rina")
    names = ["walker_model", "warranty", *(f"field_{number}" for number in range(118))]
    rows = [
        [PHONES[0], "רולטור 5", "31/12/2026", *("1" for _ in range(118))],
        [PHONES[1], "k2", "", *("2" for _ in range(118))],
        [PHONES[2], "", "", *("3" for _ in range(118))],
    ]
    path = tmp_path / "people.csv"
    path.write_text("\n".join(",".join(row) for row in [["phone", *names], *rows]), encoding="utf-8")
    counts = import_customers(shop.app.session, shop.plan, Asked(path), now, home=tmp_path)
    assert (counts.rejected, len(shop.plan.traits), len(shop.customer(PHONES[0]).traits)) == (0, 120, 120)
    read = []
    for phone in PHONES:
        shop.rescue(phone=phone, name="")
        content = shop.message(phone).content
        assert content is not None
        read.append(content.text.partition(": ")[2].partition(" http")[0])
    assert read == [
        "רולטור 5, אחריות עד 31.12.2026", "קל 2, אחריות עד סוף השנה", "ההליכון שלך, אחריות עד סוף השנה",
    ]  # fmt: skip
