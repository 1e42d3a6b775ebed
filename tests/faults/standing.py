"""Everything that a run has left in the database, in an order and a form in which two runs can be compared.

Codes and tokens are chance: they are left out.
"""

import re
from typing import Any

import psycopg

_QUERIES = {
    "customer": "SELECT id, document, due_at, cell, orders, spend, last_at, house, merged_into FROM customer "
    "ORDER BY id",
    "event": "SELECT id, customer_id, occurred_at, received_at, name, payload FROM event ORDER BY id",
    "decision": "SELECT customer_id, at, kind, playbook, enrollment, payload FROM decision ORDER BY 1, 2, 3, 6",
    "enrollment": "SELECT * FROM enrollment ORDER BY id",
    "membership": "SELECT * FROM membership ORDER BY 1, 2, 3",
    "purchase": "SELECT * FROM purchase ORDER BY id",
    "sale": "SELECT day, sku, sum(units) FROM sale GROUP BY 1, 2 ORDER BY 1, 2",
    "consent": "SELECT * FROM consent ORDER BY event_id",
    "identifier": "SELECT * FROM identifier ORDER BY kind, value, namespace",
    "merge": "SELECT survivor, other, kind, at, evidence, event_id, identifiers, survivor_document, other_document "
    "FROM merge ORDER BY 1, 2, 4",
    "seen": "SELECT * FROM seen ORDER BY key",
    "inbox": "SELECT count(*) FROM inbox",
    "code": "SELECT message_id, customer_id, playbook, value, min_basket, issued_at, expires_at, redeemed_at FROM code "
    "ORDER BY 1",
    "link": "SELECT message_id, customer_id, purpose, created_at FROM link ORDER BY 1, 3",
    "message": "SELECT id, customer_id, enrollment, playbook, version, step, arm, wanted_at, due_at, state, reasons, "
    "claimed_by, sent_at, channel, address, content, parts, cost, provider, provider_id, consent_event FROM message "
    "ORDER BY id",
}
_CONTENT = 15


def records(connection: psycopg.Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Table by table."""
    found = {name: connection.execute(query).fetchall() for name, query in _QUERIES.items()}
    found["message"] = [_without_tokens(row) for row in found["message"]]
    return found


def _without_tokens(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Texts, pages and the way to refuse carry links, and no code; those of the holdout lead nowhere."""
    content = row[_CONTENT]
    if content is None:
        return row
    said = {
        name: re.sub(r"/r/\w{11}\b", "/r/*", part) if isinstance(part, str) else part for name, part in content.items()
    }
    return (*row[:_CONTENT], said, *row[_CONTENT + 1 :])
