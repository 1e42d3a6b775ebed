"""What a text may say and an e-mail may be built of is documented."""

import typing
from pathlib import Path

from ritorno.core.journeys.way import Way
from ritorno.core.messages.blocks import AnyBlock, GalleryName
from ritorno.core.messages.fields import FIELDS

TOLD = (Path(__file__).resolve().parents[1] / "docs/reference/texts.md").read_text(encoding="utf-8")


def test_every_field_is_documented() -> None:
    assert [name for name in sorted(FIELDS) if f"`{name}`" not in TOLD] == []


def test_every_block_and_its_parts_are_documented() -> None:
    blocks = typing.get_args(AnyBlock)
    assert [each.__struct_config__.tag for each in blocks if f"`{each.__struct_config__.tag}`" not in TOLD] == []
    parts = {part for each in blocks for part in each.__struct_fields__}
    assert [part for part in sorted(parts) if f"`{part}`" not in TOLD] == []


def test_every_gallery_and_part_of_a_way_is_documented() -> None:
    names = (*typing.get_args(GalleryName), *Way.__struct_fields__)
    assert [name for name in names if f"`{name}`" not in TOLD] == []
