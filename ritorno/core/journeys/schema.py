"""The JSON Schema of playbooks: one for files in YAML and JSON, the canvas and other programs.

Kept as `docs/reference/playbook.schema.json`.
"""

from typing import Any

import msgspec

from ritorno.core.journeys.journey import Playbook
from ritorno.core.segments.schema import SPAN


def json_schema() -> dict[str, Any]:
    """JSON Schema, draft 2020-12. In files a rule may be text, a number or text `$NAME`, and `options` may stand."""
    (_,), parts = msgspec.json.schema_components([Playbook])
    parts.pop("Unit", None)
    playbook = parts["Playbook"]
    playbook["properties"]["options"] = {
        "type": "object",
        "description": "steps that `--with NAME` switches on, each after a step",
        "additionalProperties": {
            "type": "object",
            "properties": {"after": {"type": "string"}, "steps": playbook["properties"]["steps"]},
            "required": ["after", "steps"],
        },
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A playbook of Ritorno",
        "$ref": "#/$defs/Playbook",
        "$defs": {**parts, "Span": SPAN},
    }


def schema_text() -> str:
    """The same as the file that is kept."""
    return msgspec.json.format(msgspec.json.encode(json_schema()), indent=2).decode() + "\n"
