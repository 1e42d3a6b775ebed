"""The ready playbooks: YAML files beside this module, one a playbook."""

from importlib.resources import files
from typing import Any

import yaml

from ritorno.core.journeys.codec import decode
from ritorno.core.journeys.journey import Playbook

# What is activated together, under one name (ORC-19).
BUNDLES = {"purchase-360": ("replenish", "loyalty", "how-to", "upsell", "counters")}


def ready() -> list[str]:
    """The keys of all ready playbooks."""
    found = (path.name.removesuffix(".yaml") for path in files(__package__).iterdir() if _is_one(path.name))
    return sorted(str(read(name)["key"]) for name in found)


def _is_one(name: str) -> bool:
    return name.endswith(".yaml")


def read(key: str) -> dict[str, Any]:
    """A ready playbook's data. Raises KeyError naming those there are."""
    path = files(__package__) / f"{key.lower()}.yaml"
    if not path.is_file():
        raise KeyError(f"there is no playbook {key!r}; there are: {', '.join(ready())}")
    data: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return data


def options(key: str) -> list[str]:
    """What may be switched on in a ready playbook."""
    return sorted(read(key).get("options", {}))


def load(key: str, switched_on: frozenset[str] = frozenset()) -> Playbook:
    """A ready playbook, checked. Raises KeyError and PlaybookError."""
    return decode(read(key), switched_on)
