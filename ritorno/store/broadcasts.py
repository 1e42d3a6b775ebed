"""What of a broadcast has not left yet: who waits for a turn, which messages wait; and how many stand how."""

from collections.abc import Sequence

import psycopg
from psycopg.types.json import Jsonb

from ritorno.core.ids import BrandId, PlaybookKey
from ritorno.core.instants import Instant
from ritorno.core.messages.message import Reason


def waiting(connection: psycopg.Connection, brand: BrandId) -> dict[PlaybookKey, tuple[int, Instant, Instant]]:
    """By playbook: how many wait to be let in, the first turn and the last."""
    rows = connection.execute(
        "SELECT playbook, count(*), min(invite_at), max(invite_at) FROM invitation WHERE brand_id = %s "
        "GROUP BY playbook",
        (brand,),
    )
    return {PlaybookKey(row[0]): (row[1], Instant(row[2]), Instant(row[3])) for row in rows}


def by_state(
    connection: psycopg.Connection, brand: BrandId, playbooks: Sequence[PlaybookKey]
) -> dict[PlaybookKey, dict[str, int]]:
    """By playbook: how many of its messages stand how."""
    rows = connection.execute(
        "SELECT playbook, state, count(*) FROM message WHERE brand_id = %s AND playbook = ANY(%s) GROUP BY 1, 2 "
        "ORDER BY 1, 2",
        (brand, list(playbooks)),
    )
    found: dict[PlaybookKey, dict[str, int]] = {}
    for playbook, state, count in rows:
        found.setdefault(PlaybookKey(playbook), {})[state] = count
    return found


def withdraw(
    connection: psycopg.Connection, brand: BrandId, playbook: PlaybookKey, why: Reason, now: Instant
) -> tuple[int, int]:
    """Nobody is let in any more, and what waits is dropped: (invitations, messages). Held still by the caller, who has
    changed the plan in the same transaction."""
    invited = connection.execute(
        "DELETE FROM invitation WHERE brand_id = %s AND playbook = %s", (brand, playbook)
    ).rowcount
    dropped = connection.execute(
        "UPDATE message SET state = 'dropped', reasons = reasons || %s WHERE brand_id = %s AND playbook = %s "
        "AND state IN ('queued', 'held')",
        (Jsonb([[now, why.code, why.detail]]), brand, playbook),
    ).rowcount
    return invited, dropped
