"""Ritorno's whole-base reading, as the product calls it: ``… segments_ours FOLDER FILE [HOW MANY SEGMENTS]``.

Building the expression and its SQL is in the time; the standing connection, its tables, and a first question (another
rule, of other leaves and windows) that loads the engine, are not.
"""

import sys
from pathlib import Path

from benchmarks.contenders.question import NOW
from benchmarks.contenders.segment_question import BRAND, PLAN, RULE, tell
from benchmarks.measure import report_sample
from ritorno.core.instants import days
from ritorno.core.segments.rule import All, Any, Bought, Did, Not, Rule, ScoreIs
from ritorno.whole.columns import Base
from ritorno.whole.engines import connect
from ritorno.whole.lake import Lake
from ritorno.whole.questions import count, counts
from ritorno.whole.tables import Engine, tables_of

FIRST: Rule = Any((Not(Bought(within=days(7))), All((ScoreIs("r", (3,)), Did(event="opened", within=days(3))))))


def base_of(folder: Path, engine: Engine) -> Base:
    return Base(tables_of(Lake(str(folder), BRAND), engine), PLAN, NOW)


def many(number: int) -> dict[str, Rule]:
    """The rule with other windows beside it."""
    rules: dict[str, Rule] = {"0": RULE}
    for index in range(1, number):
        extra = Bought(within=days(30 + index)), Did(event="viewed", within=days(index), at_least=2)
        rules[str(index)] = All((RULE, extra[index % 2]))
    return rules


def main() -> None:
    engine = connect()
    segments = int(sys.argv[3]) if sys.argv[3:] else 1
    base = base_of(Path(sys.argv[1]), engine)
    count(FIRST, base, engine)

    def ask(_: Path) -> int:
        return counts(many(segments), base, engine)["0"].customers

    report_sample(tell(ask))


if __name__ == "__main__":
    main()
