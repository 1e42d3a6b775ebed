"""The usual spellings of times, amounts and identifiers, read in SQL: millions of them at once.

Each function gives SQL for a value, or NULL where `values.py` and `core/identifiers.py` have to look; what is read here
is read there alike (a test holds them together).
"""

from functools import lru_cache
from zoneinfo import ZoneInfo

from ritorno.core.instants import DAY
from ritorno.core.money import digits_of
from ritorno.core.wall_clock import instant_of

_WALL = r"\d{4}-\d{2}-\d{2}([ T]([01]\d|2[0-3]):\d{2}(:\d{2}(\.\d{3}|\.\d{6})?)?)?"
_OFFSET = r"\d{4}-\d{2}-\d{2}[ T]([01]\d|2[0-3]):\d{2}:\d{2}(Z|[+-](0\d|1[0-3]):[0-5]\d)"
_DAY_FIRST = r"\d{1,2}(\.\d{1,2}\.|/\d{1,2}/|-\d{1,2}-)\d{4}( ([01]?\d|2[0-3]):\d{2}(:\d{2})?)?"
_AMOUNT = r"-?\d{1,13}(\.\d{1,2})?"
_EMAIL = r"[a-z0-9_%+]+([.-][a-z0-9_%+]+)*@([a-z0-9]+(-[a-z0-9]+)*\.)+[a-z]{2,63}"
_ISRAELI = (
    r"^(?:(?:\+|00)?972)?[ -]?0?"
    r"([57][0-9][ -]{0,3}[0-9]{3}[ -]?[0-9]{4}|[23489][ -]{0,3}[0-9]{3}[ -]?[0-9]{4})$"
)
_FIRST, _LAST = 0, 47_482  # days from 1970 to the end of 2099


def wall_sql(text: str) -> str:
    """Microseconds of a time on the brand's wall clock."""
    dashed = f"regexp_replace({text}, '[./]', '-', 'g')"
    return (
        f"CASE WHEN regexp_full_match({text}, '{_WALL}') THEN {_known_years(f'TRY_CAST({text} AS TIMESTAMP)')} "
        f"WHEN regexp_full_match({text}, '{_DAY_FIRST}') THEN "
        + _known_years(f"try_strptime({dashed}, ['%d-%m-%Y %H:%M', '%d-%m-%Y %H:%M:%S', '%d-%m-%Y'])")
        + " END"
    )


def _known_years(moment: str) -> str:
    return f"CASE WHEN year({moment}) BETWEEN 1970 AND 2099 THEN epoch_us({moment}) END"


def instant_sql(text: str) -> str:
    """Microseconds of a time that tells its offset."""
    moment = f"TRY_CAST({text} AS TIMESTAMPTZ)"
    inside = f"substr({text}, 1, 4) BETWEEN '1970' AND '2099'"
    return f"CASE WHEN regexp_full_match({text}, '{_OFFSET}') AND {inside} THEN epoch_us({moment}) END"


def amount_sql(text: str, currency: str) -> str:
    """Minor units of plain digits."""
    if digits_of(currency) != 2:
        return "NULL::BIGINT"
    return f"CASE WHEN regexp_full_match({text}, '{_AMOUNT}') THEN (CAST({text} AS DECIMAL(18, 2)) * 100)::BIGINT END"


def quantity_sql(text: str) -> str:
    return rf"CASE WHEN regexp_full_match({text}, '-?\d{{1,12}}(\.\d{{1,6}})?') THEN CAST({text} AS DOUBLE) END"


def email_sql(text: str) -> str:
    """An e-mail address in ASCII, as `normalise` spells it."""
    return (
        f"CASE WHEN length({text}) <= 64 AND regexp_full_match(lower({text}), '{_EMAIL}') "
        f"AND strlen({text}) = length({text}) THEN lower({text}) END"
    )


def phone_sql(text: str, region: str) -> str:
    """An Israeli phone as E.164; phones of other countries are read one by one."""
    if region != "IL":
        return "NULL::VARCHAR"
    found = f"regexp_extract({text}, '{_ISRAELI}', 1)"
    return f"'+972' || nullif(regexp_replace({found}, '[ -]', '', 'g'), '')"


def card_sql(text: str) -> str:
    return f"CASE WHEN regexp_full_match({text}, '[A-Za-z0-9]{{1,64}}') THEN upper({text}) END"


def shop_id_sql(text: str) -> str:
    return f"CASE WHEN regexp_full_match({text}, '[!-~]{{1,100}}') THEN {text} END"


@lru_cache(maxsize=8)
def plain_days(tz: ZoneInfo) -> tuple[list[int], list[int]]:
    """Days of the wall clock (1970-01-01 is 0) on which it is not set, and what makes their wall times instants."""
    days, shifts = [], []
    for day in range(_FIRST, _LAST):
        start, end = day * DAY, (day + 1) * DAY - 1
        shift = instant_of(start, tz) - start
        # the days on both sides count: within a day the clock may be set forth and back
        if shift == instant_of(end, tz) - end == instant_of(start + DAY // 2, tz) - start - DAY // 2:
            days.append(day)
            shifts.append(shift)
    return days, shifts
