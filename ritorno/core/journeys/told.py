"""A playbook as people write it: its data without what is as usual, so that a file says what is its own.

`codec.decode` of it is the same playbook.
"""

from typing import Any

import msgspec

from ritorno.core.journeys.journey import Playbook
from ritorno.core.journeys.parameters import without_parameters


def told(playbook: Playbook) -> dict[str, Any]:
    """The data, by field in the order of the playbook's parts; rules in their plain form, parameters as `$name`."""
    return without_parameters(_told(playbook), playbook.parameters)


def _told(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        config = value.__struct_config__
        if config.array_like:
            return msgspec.to_builtins(value)
        parts = {config.tag_field: config.tag} if config.tag_field is not None else {}
        return parts | {
            name: _told(part)
            for name, default in zip(value.__struct_fields__, _defaults(value), strict=True)
            if (part := getattr(value, name)) != default
        }
    if isinstance(value, dict):
        return {str(name): _told(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_told(part) for part in value]
    return msgspec.to_builtins(value)


def _defaults(value: msgspec.Struct) -> tuple[Any, ...]:
    """Of each field; what none has is like nothing that a field can hold."""
    given = value.__struct_defaults__
    asked = (object(),) * (len(value.__struct_fields__) - len(given))
    return (*asked, *(_made(default) for default in given))


def _made(default: Any) -> Any:
    return default.factory() if hasattr(default, "factory") else default
