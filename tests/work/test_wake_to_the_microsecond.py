"""A journey of 50 steps: each is taken at the microsecond at which it is due, however late the worker comes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ritorno.core.decisions import Ended, TraitWritten
from ritorno.core.events import Custom, happened
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.instants import DAY, HOUR, Instant, Span, Unit
from ritorno.core.journeys.journey import Entry, Exits
from ritorno.core.journeys.step import Step, Tag, Wait, WaitFor
from ritorno.core.journeys.trigger import Happened
from ritorno.core.wall_clock import SECOND
from ritorno.settings import Settings
from ritorno.store import customers, decisions
from ritorno.testing import at
from ritorno.work.accept import accept
from ritorno.work.activate import activate
from tests.core.plans import journey
from tests.web.shop import Shop, open_shop

SECONDS = [61 + 7 * nth for nth in range(24)]  # between one step and the next
NEVER_COMES = WaitFor("never", Span(5, Unit.HOURS), event=Happened("nothing"))
STEPS: list[Step] = [
    each
    for nth, span in enumerate(SECONDS)
    for each in (Wait(f"w{nth}", Span(span, Unit.SECONDS)), Tag(f"t{nth}", f"tag {nth}"))
]
DEEP = journey("deep", Happened("visit"), *STEPS, NEVER_COMES, Tag("last", "last"), exits=Exits(purchase=False),
               entry=Entry("once"))  # fmt: skip
CAME = at("2026-03-02T10:00")


@pytest.fixture
def shop(database: str, tmp_path: Path) -> Iterator[Shop]:
    with open_shop(Settings(tmp_path, database)) as opened:
        opened.clock("2026-03-02T09:00")
        activate(opened.app.connection(), opened.plan, DEEP, at("2026-03-02T09:00"), "test")
        yield opened


@pytest.mark.parametrize("looks", [(), (HOUR // 7, HOUR, 3 * HOUR)], ids=["one look, a month later", "now and then"])
def test_fifty_steps_are_taken_to_the_microsecond_however_late_the_worker(shop: Shop, looks: tuple[int, ...]) -> None:
    assert len(DEEP.program) == 50
    came = [Instant(CAME + who * 1_000_003 + who) for who in range(30)]  # no two at one microsecond
    for who, moment in enumerate(came):
        visits(shop, who, moment)
    for after in (*looks, 30 * DAY):
        shop.clock(Instant(came[-1] + after))
        shop.react()
    found = [one for one in customers.read_all(shop.app.connection(), shop.brand) if one.did]
    assert len(found) == 30
    for one in found:
        first = one.did[0].at
        due = [first + sum(SECONDS[: nth + 1]) * SECOND for nth in range(24)]
        decided = list(decisions.of_customer(shop.app.connection(), shop.brand, one.id))
        taken = [each.at for each in decided if isinstance(each, TraitWritten)]
        assert taken == [*due, due[-1] + 5 * HOUR]
        assert [each.at for each in decided if isinstance(each, Ended)] == [due[-1] + 5 * HOUR]
    assert sorted(one.did[0].at for one in found) == came


def visits(shop: Shop, who: int, moment: Instant) -> None:
    shop.clock(moment)
    phone = normalise(Kind.PHONE, f"052{2_000_000 + who}")
    event = happened("site", str(who), Custom("visit"), occurred_at=moment, received_at=moment, identifiers=(phone,))
    accept(shop.app.connection(), shop.brand, [event])
    shop.react()
