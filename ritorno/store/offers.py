"""What a brand's offers stand at: codes, redemptions, what they cost and may still cost."""

from typing import NamedTuple

import psycopg

from ritorno.core.ids import BrandId, PlaybookKey
from ritorno.core.instants import Instant


class Standing(NamedTuple):
    """Of one playbook's codes: how many there were, are open, were redeemed and ended; amounts in minor units."""

    playbook: PlaybookKey
    codes: int
    open: int
    redeemed: int
    ended: int
    cost: int
    liability: int


def standings(connection: psycopg.Connection, brand: BrandId, now: Instant) -> list[Standing]:
    rows = connection.execute(
        "SELECT playbook, count(*), count(*) FILTER (WHERE redeemed_at IS NULL AND expires_at > %(now)s), "
        "count(redeemed_at), count(*) FILTER (WHERE redeemed_at IS NULL AND expires_at <= %(now)s), "
        "coalesce(sum(value) FILTER (WHERE redeemed_at IS NOT NULL), 0)::bigint, "
        "coalesce(sum(value) FILTER (WHERE redeemed_at IS NULL AND expires_at > %(now)s), 0)::bigint "
        "FROM code WHERE brand_id = %(brand)s AND issued_at <= %(now)s GROUP BY playbook ORDER BY playbook",
        {"brand": brand, "now": now},
    )
    return [Standing(*row) for row in rows]
