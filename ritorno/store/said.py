"""What messages said that left: which readers missed their language or tone, and how each subject did."""

import psycopg

from ritorno.core.ids import BrandId, PlaybookKey


def missed(connection: psycopg.Connection, brand: BrandId, playbook: PlaybookKey) -> list[tuple[str, str, int]]:
    """(step, what, messages): what readers should have had and the texts do not offer (SEG-22)."""
    rows = connection.execute(
        "SELECT step, what, count(*) FROM message, jsonb_array_elements_text(content -> 'missed') AS what "
        "WHERE brand_id = %s AND playbook = %s AND state <> 'held_out' GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2",
        (brand, playbook),
    )
    return rows.fetchall()


def subjects(
    connection: psycopg.Connection, brand: BrandId, playbook: PlaybookKey, version: int
) -> list[tuple[str, str, int, int]]:
    """(step, subject, sent, clicked by a person) of a version, for steps with several subjects (ENG-03)."""
    rows = connection.execute(
        "WITH clicks AS (SELECT DISTINCT (body ->> 'message')::bigint AS id FROM ("
        "SELECT convert_from(payload, 'UTF8')::jsonb -> 'body' AS body FROM event WHERE brand_id = %(brand)s "
        "AND name = 'message_clicked') AS told WHERE NOT coalesce((body ->> 'machine')::boolean, false)) "
        "SELECT step, content ->> 'subject_arm', count(*), count(clicks.id) FROM message LEFT JOIN clicks USING (id) "
        "WHERE brand_id = %(brand)s AND playbook = %(playbook)s AND version = %(version)s AND state = 'sent' "
        "AND content ? 'subject_arm' GROUP BY 1, 2 ORDER BY 1, 2",
        {"brand": brand, "playbook": playbook, "version": version},
    )
    return rows.fetchall()
