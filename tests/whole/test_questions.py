"""What people ask of everyone: counts, pages, samples, overlaps and how customers divide."""

from collections.abc import Iterator

import pytest

from ritorno.core.events import Channel, SoldVia
from ritorno.core.ids import CustomerId
from ritorno.core.instants import days
from ritorno.core.segments.rule import All, Bought, CellIs, Consented, FactIs, GroupIs, Not, Rule
from ritorno.testing import Person, at, shop
from ritorno.whole import questions
from ritorno.whole.columns import Base
from ritorno.whole.engines import EngineError, StoppedError, connect, connected, interrupt, within
from ritorno.whole.engines import rows_of as rows_of_engine
from ritorno.whole.expressions import answer, answers
from ritorno.whole.lake_rows import rows_of
from ritorno.whole.questions import Breakdown, Count, Overlap, Page, Part
from ritorno.whole.scores_expr import settled
from ritorno.whole.tables import Engine, tables_in_memory

NOW = at("2026-03-01T12:00")
EVERYONE: Rule = All(())
BUYERS: Rule = FactIs("ever", ">", 0)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with connected() as opened:
        yield opened


@pytest.fixture(scope="module")
def base(engine: Engine) -> Base:
    """Customers 1 to 9: the odd ones buy at the till in Haifa, the first three consented."""
    plan = shop()
    people = []
    for number in range(1, 10):
        person = Person(plan, number=number, phone=f"05212345{number:02}", email="")
        person.is_told(city="חיפה" if number % 2 else 'רמת "גן"')
        if number <= 3:
            person.consents("sms")
        if number % 2:
            person.buys(f"2026-02-{10 + number}T10:00", 100 * number, sold_via=SoldVia.POS, branch="hfa")
        people.append(person.customer)
    return Base(tables_in_memory(engine, rows_of(people, plan, NOW)), plan, NOW)


def test_a_count_is_of_everyone(base: Base, engine: Engine) -> None:
    assert questions.count(BUYERS, base, engine) == Count(5, 9)
    assert questions.counts({}, base, engine) == {}


def test_a_count_of_the_past_sees_what_had_happened(base: Base, engine: Engine) -> None:
    """SEG-10: as of any instant."""
    assert questions.count(BUYERS, base._replace(now=at("2026-02-14")), engine).customers == 2


def test_members_come_page_by_page_in_order(base: Base, engine: Engine) -> None:
    first = questions.members(BUYERS, base, engine, most=3)
    assert first == Page((CustomerId(1), CustomerId(3), CustomerId(5)), CustomerId(5))
    assert questions.members(BUYERS, base, engine, after=first.after, most=3) == Page(
        (CustomerId(7), CustomerId(9)), None
    )
    with pytest.raises(ValueError, match="ask for 1 or more"):
        questions.members(BUYERS, base, engine, most=0)


def test_a_sample_is_the_same_each_time_and_another_under_another_name(base: Base, engine: Engine) -> None:
    some = questions.sample(EVERYONE, base, engine, most=4)
    assert len(some) == 4
    assert some == questions.sample(EVERYONE, base, engine, most=4)
    assert some != questions.sample(EVERYONE, base, engine, name="other", most=4)


def test_overlaps_are_of_every_two(base: Base, engine: Engine) -> None:
    rules: dict[str, Rule] = {
        "buyers": BUYERS, "may text": Consented(Channel.SMS), "lately": Bought(within=days(14)), "none": Not(BUYERS),
    }  # fmt: skip
    assert questions.overlap(rules, base, engine) == Overlap(
        {"buyers": 5, "may text": 3, "lately": 2, "none": 4},
        {
            ("buyers", "may text"): 2, ("buyers", "lately"): 2, ("buyers", "none"): 0,
            ("may text", "lately"): 0, ("may text", "none"): 1, ("lately", "none"): 0,
        },
    )  # fmt: skip
    assert questions.overlap({}, base, engine) == Overlap({}, {})


def test_customers_divide_by_what_is_known_of_them(base: Base, engine: Engine) -> None:
    def parts(by: questions.Kind, name: str = "", rule: Rule = EVERYONE) -> tuple[tuple[str | None, int], ...]:
        found = questions.breakdown(rule, by, base, engine, name=name)
        return tuple((part.value, part.customers) for part in found.parts)

    assert parts("trait", "city") == (("חיפה", 5), ('רמת "גן"', 4))
    assert parts("sold_via") == (("pos", 5), (None, 4))
    assert parts("branch", rule=BUYERS) == (("hfa", 5),)
    assert parts("fact", "ever") == (("1", 5), ("0", 4))
    assert parts("group") == (("new_buyers", 5), ("prospects", 4))
    with pytest.raises(ValueError, match="there is no fact 'height'"):
        parts("fact", "height")


def test_small_parts_of_many_are_counted_together(base: Base, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "MOST_PARTS", 1)
    assert questions.breakdown(EVERYONE, "trait", base, engine, name="city") == Breakdown((Part("חיפה", 5),), 4, 9)


def test_an_engine_that_is_not_there_is_refused() -> None:
    with pytest.raises(EngineError, match="write duckdb, or"):
        connect("oracle://db")


def test_a_long_question_is_stopped(engine: Engine) -> None:
    def forever() -> object:
        return engine.raw_sql(
            "SELECT count(*) FROM range(100000000) a, range(100000) b WHERE a.range % 7 = b.range % 5"
        )

    with pytest.raises(StoppedError, match=r"stopped after 0\.2 seconds"):
        within(0.2, engine, forever)
    assert within(10, engine, lambda: 1) == 1
    interrupt(engine)


SCORED: dict[str, Rule] = {
    "cell": CellIs(("3**", "2*1")),
    "group": GroupIs(("new_buyers", "second", "prospects")),
    "spend": FactIs("spend", ">=", 30_000),
    "orders": FactIs("orders", "=", 1),
    "average": FactIs("average", "between", (1, 90_000)),
    "stage": FactIs("stage", "in", ("first_time", "lapsing")),
}


@pytest.mark.parametrize("when", ["2026-02-14", "2026-03-01T10:00", "2026-03-13T10:00", "2026-03-20", "2026-07-01"])
@pytest.mark.parametrize("few", [0, 2, 100])
def test_scores_that_no_longer_hold_are_counted_again_whichever_way(
    base: Base, engine: Engine, when: str, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody's, a few people's by their ids, everybody's by joining: the same answers, and the same changes."""
    asked = base._replace(now=at(when))
    expected = rows_of_engine(engine, answers(SCORED, asked).order_by("customer_id"))
    changes = rows_of_engine(engine, answer(SCORED["cell"], asked).order_by("customer_id"))
    monkeypatch.setattr("ritorno.whole.scores_expr._FEW", few)
    known = settled(asked, engine)
    assert known.stale is None or len(known.stale) <= few
    assert rows_of_engine(engine, answers(SCORED, known).order_by("customer_id")) == expected
    assert rows_of_engine(engine, answer(SCORED["cell"], known).order_by("customer_id")) == changes


def test_where_everybody_s_scores_hold_no_order_is_read_for_them(base: Base, engine: Engine) -> None:
    known = settled(base, engine)
    assert known.stale == ()
    assert "occurred_at" not in str(engine.compile(answers({"group": SCORED["group"]}, known)))
