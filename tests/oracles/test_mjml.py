"""The same MJML by two programs: mrml, which we use, and the reference implementation, whose output is recorded.

`mjml.json` holds a letter of every block, and what `mjml` of npm made of it, under strict validation, which refuses the
tags and attributes that mrml lets pass in silence. When the layout changes, record anew: `mjml --config.validationLevel
strict`, then count the tags and directions of its HTML as `Counted` does.
"""

import json
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import mrml
import pytest

from ritorno.core.messages.layout import Shape, _mjml

RECORDED = json.loads((Path(__file__).parent / "mjml.json").read_text("utf-8"))["cases"]
EVERY = (
    Shape("heading", ("text",)), Shape("image", ("image", "alt", "link")), Shape("image", ("image", "alt")),
    Shape("text", ("text",)), Shape("button", ("link", "text")), Shape("secondary", ("link", "text")),
    Shape("gallery", ("title", "link image name price why", "link name", "link image name")),
    Shape("coupon", ("text", "terms", "code")), Shape("divider"), Shape("footer", ("text",)),
)  # fmt: skip


class Counted(HTMLParser):
    """Tags, and the directions said in styles and attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.directions: Counter[str] = Counter()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.tags[tag] += 1
        self.directions.update(re.findall(r"direction:\s*(\w+)", told.get("style") or ""))
        if "dir" in told:
            self.directions[f"attr {told['dir']}"] += 1


@pytest.mark.parametrize("language", ["he", "en"])
def test_the_reference_implementation_makes_the_same_of_every_block(language: str) -> None:
    recorded = RECORDED[language]
    assert _mjml(EVERY, language) == recorded["mjml"], "the layout changed: record the reference's output anew"
    ours = Counted(mrml.to_html(recorded["mjml"]).content)
    assert (dict(ours.tags), dict(ours.directions)) == (recorded["tags"], recorded["directions"])
