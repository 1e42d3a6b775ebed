"""The JSON Schema of rules: what an editor or another program checks one with; `docs/reference/rules.schema.json`."""

from typing import Any

import msgspec

from ritorno.core.instants import Unit
from ritorno.core.segments.codec import VERSION
from ritorno.core.segments.rule import Rule

SPAN = {
    "title": "Span",
    "description": 'A length of time: [30, "days"], or the text "30d".',
    "anyOf": [
        {
            "type": "array",
            "prefixItems": [{"type": "integer"}, {"enum": [unit.value for unit in Unit], "default": "days"}],
            "minItems": 1,
            "maxItems": 2,
        },
        {"type": "string", "pattern": "^[0-9]+ ?[a-z]+$"},
    ],
}


def json_schema() -> dict[str, Any]:
    """JSON Schema, draft 2020-12, of a rule alone and of one in its version."""
    (_,), parts = msgspec.json.schema_components([Rule])
    parts.pop("Unit")
    plain = {"anyOf": [{"$ref": f"#/$defs/{name}"} for name, part in parts.items() if _is_leaf(part)]}
    versioned = {
        "type": "object",
        "properties": {"version": {"const": VERSION}, "rule": {"$ref": "#/$defs/Rule"}},
        "required": ["version", "rule"],
        "additionalProperties": False,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A rule of Ritorno",
        "anyOf": [{"$ref": "#/$defs/Rule"}, versioned],
        "$defs": {**parts, "Span": SPAN, "Rule": plain},
    }


def schema_text() -> str:
    """The same as the file that is kept."""
    return msgspec.json.format(msgspec.json.encode(json_schema()), indent=2).decode() + "\n"


def _is_leaf(part: dict[str, Any]) -> bool:
    return "is" in part.get("properties", {})
