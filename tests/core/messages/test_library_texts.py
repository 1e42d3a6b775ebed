"""The ready playbooks' texts: each can be written in both languages, and an SMS takes the parts that are promised."""

from typing import Any

import pytest
import smsutil

from ritorno.core.events import Channel
from ritorno.core.messages.lint import faults
from ritorno.core.messages.reader import texts_of
from ritorno.core.messages.render import merge
from ritorno.core.messages.sample_fields import sample
from ritorno.core.messages.sms_parts import count_parts
from ritorno.playbooks.library import load, ready

LINK = "rt.example/r/abcdefg"
KEYS = [load(key).key for key in ready()]
# Product.md §4: parts in Hebrew and in English, with דנה/Dana, אלמוג/Almog and links of 20 characters.
PROMISED = {
    ("PB2", "rescue"): (2, 1), ("PB3", "welcome"): (2, 1), ("replenish", "reminder"): (2, 1),
    ("how-to", "video"): (1, 1), ("cart", "saved"): (2, 1), ("renewal", "renew"): (2, 1),
    ("missed-you", "missed"): (2, 1),
}  # fmt: skip


def fields(language: str, links: Any) -> dict[str, Any]:
    told = sample("ILS", language)
    told["offer"]["percent"] = "10"
    told["access"]["url"] = f"https://{LINK}"
    name = "אלמוג" if language == "he" else "Almog"
    return told | {"brand": {"name": name}, "link": LINK, "optout": LINK, "links": dict.fromkeys(links, LINK)}


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("language", ["he", "en"])
def test_orc_17_every_text_of_the_library_can_be_written(key: str, language: str) -> None:
    for send in load(key).sends.values():
        for way in send.ways:
            assert list(faults(way, send, load(key).offer)) == []
            for path, text in texts_of(way):
                said = merge(text.in_language(language), language, fields(language, way.links))
                assert said, (send.name, path)
                assert "{" not in said
                if way.channel is Channel.SMS:
                    assert count_parts(said).parts == len(smsutil.split(said).parts)


@pytest.mark.parametrize(("where", "parts"), PROMISED.items(), ids=str)
def test_orc_17_an_sms_takes_the_parts_that_are_promised(where: tuple[str, str], parts: tuple[int, int]) -> None:
    key, step = where
    way = next(way for way in load(key).sends[step].ways if way.channel is Channel.SMS)
    said = [merge(way.text.in_language(each), each, fields(each, way.links)) for each in ("he", "en")]
    assert tuple(count_parts(each).parts for each in said) == parts
