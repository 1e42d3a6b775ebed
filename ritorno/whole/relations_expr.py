"""For whom everyone buys: the whole-base reading of `core/segments/relations.py`."""

from ibis.expr.types import BooleanValue, Table

from ritorno.core.segments.rule import BuysFor, OneOrMore
from ritorno.whole.columns import Columns, Reading, Source, count_rows, earliest, least_of, sure
from ritorno.whole.windows import ahead, is_in, up_to

_RELATIONS: Source = ("relations",)


def buys_for(rule: BuysFor, columns: Columns) -> Reading:
    now = columns.base.now

    def fits(rows: Table) -> BooleanValue:
        return _one_of(rule.role, rows, "role") & _one_of(rule.beneficiary, rows, "beneficiary")

    told = columns.of(_RELATIONS, count_rows, lambda rows: fits(rows) & is_in(rows.at, up_to(now)))
    return Reading(
        sure(lambda joined: told(joined) > 0),
        lambda: earliest(columns.of(_RELATIONS, least_of("at"), lambda rows: fits(rows) & is_in(rows.at, ahead(now)))),
    )


def _one_of(wanted: OneOrMore, rows: Table, column: str) -> BooleanValue:
    names = (wanted,) if isinstance(wanted, str) else wanted
    return rows[column].notnull() if names is None else rows[column].isin(names)
