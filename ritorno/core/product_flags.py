"""What a shop tells of a product besides name and price: the flags that journeys turn on, read and checked (DAT-11).

How much of the catalogue has them is what a playbook can run on (ENG-11): `readiness`.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from ritorno.core.trait_values import TraitError, TraitKind, read_value

Flag = str | int | float | bool | list[str]
_MOST_DAYS = 3_650
_MOST_LABEL = 200


def _days(text: str) -> int | float:
    days = read_value(text, TraitKind.NUMBER)
    if not isinstance(days, int | float) or not 0 < days <= _MOST_DAYS:
        raise TraitError(f"is {text!r}; write days above 0, at most {_MOST_DAYS:,}")
    return days


def _cooldown(text: str) -> int | float:
    days = read_value(text.strip().removesuffix("d"), TraitKind.NUMBER)
    if not isinstance(days, int | float) or not 0 <= days <= _MOST_DAYS:
        raise TraitError(f"is {text!r}; write days from 0 to {_MOST_DAYS:,}")
    return days


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc or " " in text:
        raise TraitError(f"is {text!r}; write the whole address, https://…")
    return text


def _label(text: str) -> str:
    if len(text) > _MOST_LABEL:
        raise TraitError(f"is {len(text)} letters long; at most {_MOST_LABEL}")
    return text


def _names(text: str) -> list[str]:
    """Semicolons or bars stand between: a category may have a comma in its name."""
    told = read_value(text if any(mark in text for mark in ";|\n") else [text], TraitKind.LIST)
    assert isinstance(told, list)
    return told


def _yes_no(text: str) -> bool:
    return read_value(text, TraitKind.YES_NO) is True


FLAGS: Mapping[str, Callable[[str], Flag]] = {
    "consumable": _yes_no,
    "days_per_unit": _days,
    "technical": _yes_no,
    "video_url": _address,
    "sensitive": _yes_no,
    "label": _label,
    "complements": _names,
    "excludes": _names,
    "fits": _names,
    "for_whom": _names,
    "cooldown": _cooldown,
}


def read_flag(name: str, text: str) -> Flag:
    """A flag of that name as a cell tells it. Raises TraitError that says what would be right."""
    return FLAGS[name](text)


class Need(NamedTuple):
    """What a use of the catalogue asks of products: of which (`of`), and which flag."""

    use: str
    flag: str
    of: str = ""


# By what of the catalogue a playbook can run: purchase-360's reminders, its how-to video, complements, cool-downs.
NEEDS = (
    Need("replenishment", "days_per_unit"),
    Need("how_to", "video_url", "technical"),
    Need("complements", "complements"),
    Need("upsell", "fits"),
    Need("cooldown", "cooldown"),
    Need("discretion", "label", "sensitive"),
)


class Coverage(NamedTuple):
    """Of `asked` products `covered` have what the use needs; `missing` are the first of those that have not."""

    use: str
    flag: str
    asked: int
    covered: int
    missing: tuple[str, ...]

    @property
    def share(self) -> float:
        """0 to 1; of no products at all 0."""
        return self.covered / self.asked if self.asked else 0.0


def readiness(products: Collection[tuple[str, Mapping[str, Any]]], most: int = 20) -> list[Coverage]:
    """How much of the catalogue (sku, flags) each use can run on, at most `most` SKUs of what is missing.

    Replenishment counts over all products: what is not said to be consumable is never reminded of (DAT-12).
    """
    return [_coverage(need, products, most) for need in NEEDS]


def _coverage(need: Need, products: Collection[tuple[str, Mapping[str, Any]]], most: int) -> Coverage:
    asked = [(sku, told) for sku, told in products if not need.of or told.get(need.of) is True]
    missing = [sku for sku, told in asked if not _has(need, told)]
    return Coverage(need.use, need.flag, len(asked), len(asked) - len(missing), tuple(missing[:most]))


def _has(need: Need, told: Mapping[str, Any]) -> bool:
    if need.flag == "days_per_unit" and told.get("consumable") is not True:
        return False
    return bool(told.get(need.flag)) or (need.flag == "cooldown" and told.get("cooldown") == 0)
