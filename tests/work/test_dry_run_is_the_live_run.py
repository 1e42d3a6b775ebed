"""A dry-run says what the live run does, event for event, for every ready playbook, on both demo stores (rule 3 of the
specification's promises: what a playbook would have done is what it does)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ritorno.core.plan import Plan
from ritorno.playbooks import library
from ritorno.settings import Settings
from ritorno.testing import at
from ritorno.wiring import open_app
from ritorno.work.compose import shown_by
from ritorno.work.dry_run import begun, live_together
from tests.work.backtests import Lived, message_of
from tests.work.demo_stores import Town, activated, lived_live, open_town

pytestmark = pytest.mark.long

START = at("2025-11-15T09:00")
EVERY = {"seniors": 60, "omnichain": 400}
ALL = tuple(library.load(key) for key in library.ready())


@pytest.fixture(params=sorted(EVERY))
def town(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> Iterator[Town]:
    with open_app(Settings(tmp_path / "home", database)) as app:
        yield open_town(app, request.param, tmp_path, START, EVERY[request.param])


def lived_in_memory(town: Town, plan: Plan) -> Lived:
    shown = shown_by(town.app.connection())
    lives = [begun(past, plan, town.start, shown) for past in town.pasts.values()]
    live_together(lives, plan, town.end)
    decided = {life.customer.id: sorted(life.decisions, key=repr) for life in lives}
    return decided, sorted(message_of(fate) for life in lives for fate in life.fates)


@pytest.mark.slow
def test_every_ready_playbook_at_once_does_live_what_the_dry_run_said(town: Town) -> None:
    plan = activated(town, *ALL)
    assert len(plan.running) == len(ALL)
    dry = lived_in_memory(town, plan)
    ran = lived_live(town)
    assert_same(ran, dry)
    assert len({each[0] for each in ran[1]}) > 10, "many playbooks had something to say"


def assert_same(ran: Lived, dry: Lived) -> None:
    for who, decided in ran[0].items():
        assert decided == dry[0][who], who
    assert ran[1] == dry[1]
