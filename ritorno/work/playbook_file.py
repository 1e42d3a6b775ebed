"""A playbook from a file: YAML or JSON, as docs/reference/playbook.md has it."""

from pathlib import Path

import yaml

from ritorno.core.journeys.codec import decode
from ritorno.core.journeys.journey import Playbook
from ritorno.core.journeys.parameters import PlaybookError
from ritorno.core.plan import Plan

SUFFIXES = (".yaml", ".yml", ".json")


def read_playbook(path: Path, plan: Plan, switched_on: frozenset[str] = frozenset()) -> Playbook:
    """The playbook, checked against what the brand has defined. Raises PlaybookError."""
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PlaybookError(str(path), [f"cannot be read: {error.strerror}"]) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PlaybookError(str(path), [f"is neither YAML nor JSON: {' '.join(str(error).split())}"]) from error
    if not isinstance(told, dict):
        raise PlaybookError(str(path), ["is no playbook: key, name, goal, segment, trigger, steps … are asked for"])
    return decode({"version": 1, **told}, switched_on, plan)
