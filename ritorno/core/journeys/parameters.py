"""Values that a playbook's data names as `$name`: put in when it is read, taken out again when it is told.

{total_from: $high_order}  ⇄  {total_from: 80000}, and of `high_order` the path where it stands
"""

from collections.abc import Callable, Mapping
from typing import Any

_Path = tuple[str | int, ...]


class PlaybookError(ValueError):
    """A playbook that cannot run; every problem with the path of the part that has it."""

    def __init__(self, key: str, found: list[str]) -> None:
        super().__init__(f"playbook {key}: " + "; ".join(found))
        self.problems = found


def with_parameters(key: str, told: dict[str, Any]) -> dict[str, Any]:
    """The data with each `$name` replaced by the parameter's value, and of each parameter where that was. Raises
    PlaybookError for one that there is not."""
    parameters = {str(name): dict(each) for name, each in dict(told.get("parameters") or {}).items()}
    places: dict[str, list[_Path]] = {}

    def put(path: _Path, part: str) -> Any:
        name = part[1:]
        if name not in parameters:
            known = ", ".join(f"${each}" for each in parameters) or "none"
            raise PlaybookError(key, [f"there is no parameter {part}; there are: {known}"])
        places.setdefault(name, []).append(path)
        return parameters[name].get("value")

    data = {name: part if name == "parameters" else _walk((name,), part, put) for name, part in told.items()}
    for name, found in places.items():
        parameters[name]["at"] = found
    return {**data, "parameters": parameters} if parameters else data


def _walk(path: _Path, part: Any, put: Callable[[_Path, str], Any]) -> Any:
    if isinstance(part, str):
        return put(path, part) if part.startswith("$") else part
    if isinstance(part, dict):
        return {name: _walk((*path, name), each, put) for name, each in part.items()}
    if isinstance(part, list | tuple):
        return [_walk((*path, index), each, put) for index, each in enumerate(part)]
    return part


def without_parameters(data: dict[str, Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The data (its own; it is changed) with `$name` where a parameter's value stands."""
    for name, each in parameters.items():
        for path in each.at:
            part: Any = data
            for step in path[:-1]:
                part = part[step]
            part[path[-1]] = f"${name}"
        data["parameters"][name].pop("at", None)
    return data
