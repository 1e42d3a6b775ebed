"""On both demo stores every ready playbook is valid and dry-runs as it comes: nothing has to be edited.

Gefen whole, of its customers every eighth; Almog at a twentieth of its size.
"""

import json
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from ritorno.cli import cli, demo
from ritorno.core.customer import Customer
from ritorno.core.instants import Instant, add_span, months
from ritorno.core.journeys.journey import Playbook
from ritorno.core.plan import Plan
from ritorno.demo.omnichain import make_omnichain
from ritorno.playbooks import library
from ritorno.settings import Settings
from ritorno.store import access, customers
from ritorno.wiring import App, open_app
from ritorno.work.activate import activate, adjusted, current
from ritorno.work.dry_run import closing_gathered, dry_run, first_look, running_alone, together
from ritorno.work.dry_run_tally import DryRun
from ritorno.work.measure_parameters import measure_parameters
from ritorno.work.policy import propose_tiers

pytestmark = pytest.mark.long

STORES = {"omnichain": ("almog", 1), "seniors": ("gefen", 8)}
# Whose beginning no history holds: clicks on PB3's own messages, recommendations, who was parted from.
FOLLOWERS = {"browse", "referred", "sunset-end"}
SILENT = {"counters", "loyalty"}  # nothing is ever sent by them
LATER = {"renewal"}  # a reminder leaves 351 days after the purchase
# Three newsletters in ten weeks: nobody has opened two of them for a month.
TOO_SOON = {("almog", "low-engagement")}


class Store(NamedTuple):
    """A loaded store in which everything runs, and some of its customers."""

    app: App
    plan: Plan
    now: Instant
    people: list[Customer]

    @property
    def since(self) -> Instant:
        return add_span(self.now, months(-12), self.plan.tz)

    def tried(self, key: str) -> DryRun:
        """Over the last 12 months."""
        return dry_run(self.people, self.plan, running(self, key), self.since, self.now)


def running(store: Store, key: str) -> Playbook:
    (one,) = (each for each in store.plan.running if each.key == key)
    return one


@pytest.fixture(scope="module", params=list(STORES))
def store(
    request: pytest.FixtureRequest, module_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    brand, every = STORES[request.param]
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RITORNO_HOME", str(home))
        patch.setenv("DATABASE_URL", module_database)
        patch.setitem(demo.STORES, "omnichain", ("almog", partial(make_omnichain, scale=0.05)))
        result = CliRunner().invoke(cli, ["demo", "load", request.param, "--json"])
        assert result.exit_code == 0, result.output
        assert json.loads(result.stdout.splitlines()[-1])["brand"] == brand
    with open_app(Settings(home, module_database)) as app:
        activate_all(app, brand)
        plan = app.plan(brand)
        people = list(customers.read_all(app.connection(), plan.brand.id))[::every]
        yield Store(app, plan, app.now(plan.brand.id), people)


def activate_all(app: App, brand: str) -> None:
    """As `ritorno playbook activate KEY` does without any option."""
    connection, now = app.connection(), app.now(app.plan(brand).brand.id)
    for key in library.ready():
        plan = app.plan(brand)
        one, status = current(connection, plan, key, newest=True)
        assert status == "draft", "loading a store starts nothing"
        values, _ = measure_parameters(connection, plan, one, now)
        activate(connection, plan, adjusted(one, parameters=values), now, "test")


def test_every_ready_playbook_is_activated_as_it_comes(store: Store) -> None:
    assert sorted(each.key for each in store.plan.running) == library.ready()


@pytest.mark.parametrize("key", library.ready())
def test_every_ready_playbook_dry_runs_over_a_year(store: Store, key: str) -> None:
    told = store.tried(key)
    assert told.customers > 200
    nobody = key in FOLLOWERS or (store.plan.brand.key, key) in TOO_SOON
    assert (told.entered == 0) is nobody, told
    if nobody or key in SILENT | LATER:
        return
    assert told.held_out < told.entered
    if told.entered > 60 and running(store, key).holdout:
        assert told.held_out > 0
    assert told.messages > 0, (told.states, told.reasons)
    assert told.states["sent"] == told.messages == sum(told.channels.values())
    dropped = told.states.get("dropped", 0)
    assert sum(told.reasons.values()) >= dropped, "whatever was dropped says why"


def test_who_was_parted_from_and_buys_is_written_to_again(store: Store) -> None:
    """sunset-end follows reactivate: in one history, both."""
    both = running_alone(store.plan, (running(store, "reactivate"), running(store, "sunset-end")))
    with closing_gathered() as gathered:
        gathered.add(first_look(((one, ()) for one in store.people), both, store.since, store.now))
        parted, again = together(gathered, both, store.since, store.now)
    assert parted.entered > again.entered > 0


def test_tiers_are_those_that_the_stores_data_propose(store: Store) -> None:
    """product.md: A the top tenth by 12-month margin, B the next 40 %."""
    proposed = propose_tiers(store.app.connection(), store.plan, store.now)
    assert store.plan.policy.tiers == pytest.approx(proposed.cuts, rel=0.12)


def test_points_referrals_and_early_access_have_their_terms(store: Store) -> None:
    policy = store.plan.policy
    assert policy.points is not None
    assert policy.referral is not None
    assert policy.cooldowns
    (collection,) = access.collections(store.app.connection(), store.plan.brand.id)
    assert collection.until > store.now
    assert running(store, "PB1").parameters["collection"].value == collection.key
