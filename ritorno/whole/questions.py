"""What people ask of everyone: how many, who, who for example, who is in both, and how they divide.

Each question is asked of a base at an instant (`Base.now`, past ones too) and answered with plain values. A base is
asked by the engine that its tables belong to.
"""

from collections.abc import Mapping
from itertools import combinations
from typing import Any as Anything
from typing import Literal

import ibis
import msgspec
from ibis.expr.types import Value

from ritorno.core.experiments import PRIME, line
from ritorno.core.ids import CustomerId
from ritorno.core.scores.cells import CELLS
from ritorno.core.scores.rfm import group_key
from ritorno.core.segments.rule import FactIs, FactName, Rule
from ritorno.whole import expressions, members_expr
from ritorno.whole.columns import Base, Columns
from ritorno.whole.engines import rows_of
from ritorno.whole.facts_expr import value_of
from ritorno.whole.scores_expr import Scores, settled
from ritorno.whole.tables import Engine
from ritorno.whole.told_expr import told

MOST_PARTS = 100  # of a breakdown: the largest; the others are counted together
Kind = Literal["trait", "fact", "group", "sold_via", "branch"]


class Count(msgspec.Struct, frozen=True):
    """`customers` for whom the rule is true, of `everyone`."""

    customers: int
    everyone: int


class Page(msgspec.Struct, frozen=True):
    """Members in order of id; `after` gives the next page, None when this is the last."""

    customers: tuple[CustomerId, ...]
    after: CustomerId | None


class Overlap(msgspec.Struct, frozen=True):
    """Customers of each segment, and of each two of them: `both[a, b]` with a before b in the order asked."""

    sizes: dict[str, int]
    both: dict[tuple[str, str], int]


class Part(msgspec.Struct, frozen=True):
    """Customers of one value; None: it is missing."""

    value: str | None
    customers: int


class Breakdown(msgspec.Struct, frozen=True):
    """The largest parts first; `others` are the customers of parts beyond `MOST_PARTS`."""

    parts: tuple[Part, ...]
    others: int
    customers: int


def count(rule: Rule, base: Base, engine: Engine) -> Count:
    """How many customers, of how many; in one query."""
    everyone = base.tables.customers.count()
    found = members_expr.members(rule, base).aggregate(customers=lambda who: who.count())
    (row,) = rows_of(engine, found.mutate(everyone=everyone.as_scalar()))
    return Count(row["customers"], row["everyone"])


def counts(rules: Mapping[str, Rule], base: Base, engine: Engine) -> dict[str, Count]:
    """How many customers for each of several rules, in one query."""
    if len(rules) <= 1:
        return {name: count(rule, base, engine) for name, rule in rules.items()}
    base = settled(base, engine)
    names = {f"a{index}": rule for index, rule in enumerate(rules.values())}
    answered = expressions.answers(names, base).view()
    (row,) = rows_of(
        engine,
        answered.aggregate(everyone=answered.count(), **{name: answered.count(where=answered[name]) for name in names}),
    )
    return {told_as: Count(row[name], row["everyone"]) for told_as, name in zip(rules, names, strict=True)}


def members(rule: Rule, base: Base, engine: Engine, *, after: CustomerId | None = None, most: int = 100) -> Page:
    """The customers of a rule in order of id, `most` of them, those after the id given. Raises ValueError."""
    _check_most(most)
    found = members_expr.members(rule, base)
    if after is not None:
        found = found.filter(found.customer_id > ibis.literal(after, "int64"))
    rows = rows_of(engine, found.order_by("customer_id").limit(most + 1))
    ids = tuple(CustomerId(row["customer_id"]) for row in rows[:most])
    return Page(ids, ids[-1] if len(rows) > most else None)


def sample(rule: Rule, base: Base, engine: Engine, *, name: str = "sample", most: int = 20) -> tuple[CustomerId, ...]:
    """Some of a rule's customers, the same ones every time under the same name: the first by hash. Raises
    ValueError."""
    _check_most(most)
    factor, offset = line(name)
    found = members_expr.members(rule, base)
    place = (found.customer_id % PRIME * factor + offset) % PRIME
    rows = rows_of(engine, found.order_by(place, found.customer_id).limit(most))
    return tuple(CustomerId(row["customer_id"]) for row in rows)


def _check_most(most: int) -> None:
    if most < 1:
        raise ValueError(f"{most} customers cannot be shown; ask for 1 or more")


def overlap(rules: Mapping[str, Rule], base: Base, engine: Engine) -> Overlap:
    """How many customers each rule has and every two have together, in one query."""
    keys, names = list(rules), {f"a{index}": rule for index, rule in enumerate(rules.values())}
    pairs = list(combinations(range(len(keys)), 2))
    if not keys:
        return Overlap({}, {})
    answered = expressions.answers(names, settled(base, engine)).view()
    asked: dict[str, Value] = {name: answered.count(where=answered[name]) for name in names}
    for one, other in pairs:
        asked[f"b{one}_{other}"] = answered.count(where=answered[f"a{one}"] & answered[f"a{other}"])
    (row,) = rows_of(engine, answered.aggregate(**asked))
    return Overlap(
        {key: row[f"a{index}"] for index, key in enumerate(keys)},
        {(keys[one], keys[other]): row[f"b{one}_{other}"] for one, other in pairs},
    )


def breakdown(rule: Rule, by: Kind, base: Base, engine: Engine, *, name: str = "") -> Breakdown:
    """How a rule's customers divide by a trait or a fact of that name, by group, or by where they bought last."""
    columns = Columns(settled(base, engine))
    reading = expressions.read(rule, columns)
    value = columns.stage(_LAST_LAYER, _part_of(by, name, columns))
    joined = columns.joined()
    chosen = joined.filter(reading.answer(joined))
    chosen = chosen.select(value=value(chosen).cast("string"))
    rows = rows_of(engine, chosen.group_by("value").aggregate(customers=lambda rows: rows.count()))
    parts = sorted((Part(_plain(by, row["value"]), row["customers"]) for row in rows), key=_largest_first)
    rest = sum(part.customers for part in parts[MOST_PARTS:])
    return Breakdown(tuple(parts[:MOST_PARTS]), rest, sum(part.customers for part in parts))


_LAST_LAYER = 10_000


def _largest_first(part: Part) -> tuple[int, bool, str]:
    return -part.customers, part.value is None, part.value or ""


def _part_of(by: Kind, name: str, columns: Columns) -> Anything:
    match by:
        case "trait":
            return told(name, columns)
        case "group":
            scores = columns.once(Scores)
            return lambda joined: _group_of(scores.cell(joined))
        case "sold_via" | "branch":
            return value_of(FactIs("last_sold_via" if by == "sold_via" else "last_branch", "set", None), columns)
        case "fact":
            return value_of(FactIs(_fact_name(name), "set", None), columns)


def _group_of(cell: Value) -> Value:
    cells: dict[str, list[int]] = {}
    for each in (0, *(int(name) for name in CELLS)):
        cells.setdefault(group_key(each), []).append(each)
    return ibis.cases(*((cell.isin(found), key) for key, found in cells.items()))


def _fact_name(name: str) -> FactName:
    try:
        known_as: FactName = msgspec.convert(name, FactName)
    except msgspec.ValidationError as error:
        known = ", ".join(FactName.__args__)  # type: ignore[attr-defined]
        raise ValueError(f"there is no fact {name!r}; there are {known}") from error
    return known_as


def _plain(by: Kind, value: str | None) -> str | None:
    """A trait's text without its quotes; other values as JSON writes them."""
    if by != "trait" or value is None or not value.startswith('"'):
        return value
    return msgspec.json.decode(value, type=str)
