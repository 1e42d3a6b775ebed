"""A shop file says what its brand gives and to whom: tiers, points, referrals, collections, playbooks' parameters."""

import tomllib
from typing import Any

import psycopg
import pytest

from ritorno.core.instants import days, months
from ritorno.core.points import Rate
from ritorno.store import access
from ritorno.testing import at
from ritorno.work.activate import current
from ritorno.work.found import ShopError, found
from ritorno.work.plans import Plans

FILE = """
name = "Almog"
[policy]
a_week = 2
tiers = ["1650", "480"]
cooldowns = {shoes = 14, coats = "30d"}
cycles = {capsules = 10}
points = {rate = "1/10", multipliers = {333 = 2, pos = 1.5}, lives = "12mo"}
referral = {for_referrer = "50", for_friend = "40", min_order = "150", lives = 60}
[collections.spring]
name = "Spring"
url = "https://almog.example/spring"
until = "2026-03-31"
[playbooks.cross-sell]
category = "machines"
other = "capsules"
"""


def founded(connection: psycopg.Connection, text: str) -> Any:
    found(connection, "other", tomllib.loads(text), at("2024-01-01"))
    return Plans().named(connection, "other")


def test_what_the_file_says_stands(connection: psycopg.Connection) -> None:
    plan = founded(connection, FILE)
    policy = plan.policy
    assert (policy.a_day, policy.a_week, policy.tiers) == (1, 2, (165_000, 48_000))
    assert policy.cooldowns == {"shoes": days(14), "coats": days(30)}
    assert policy.cycles == {"capsules": 10}
    assert (policy.points.rate, policy.points.lives) == (Rate(1, 1000), months(12))
    assert [(each.hundredths, each.cells, each.sold_via) for each in policy.points.multipliers] == [
        (200, ("333",), ()),
        (150, (), ("pos",)),
    ]
    referral = policy.referral
    assert (referral.for_referrer, referral.for_friend, referral.min_order) == (5_000, 4_000, 15_000)
    assert (referral.returns, referral.lives) == (days(14), days(60))
    (collection,) = access.collections(connection, plan.brand.id)
    assert (collection.key, collection.name, collection.until) == ("spring", "Spring", at("2026-04-01"))
    draft, status = current(connection, plan, "cross-sell")
    assert (status, draft.parameters["category"].value, draft.parameters["other"].value) == (
        "draft",
        "machines",
        "capsules",
    )


def test_a_second_time_the_policy_stays_and_a_collection_is_as_told(connection: psycopg.Connection) -> None:
    before = founded(connection, FILE)
    after = founded(connection, FILE.replace("1650", "9000").replace("2026-03-31", "2026-04-30"))
    assert after.policy == before.policy
    (collection,) = access.collections(connection, after.brand.id)
    assert collection.until == at("2026-05-01")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[policy]\ncap = 3", r"there is no setting policy\.cap; there are: a_day"),
        ('[policy]\na_day = "many"', r"policy\.a_day: invalid literal"),
        ("[policy]\na_day = -1", r"a_day is -1; it must be 0"),
        ('[policy]\ntiers = ["5"]', r"policy\.tiers: give two amounts"),
        ('[policy]\ntiers = ["5", "9"]', r"A must begin above B"),
        ("[policy]\ncooldowns = 4", r"policy\.cooldowns: "),
        ('[policy]\npoints = {rate = "ten"}', r"policy\.points: rate says what an order earns"),
        ('[policy]\npoints = {rate = "1/10", per = 2}', r"no setting points\.per; there are: lives, multipliers, rate"),
        ('[policy]\npoints = {rate = "1/10", multipliers = {best = 2}}', r"multipliers\.best: it is neither a cell"),
        ('[policy]\nreferral = {for_referrer = "5"}', r"policy\.referral: for_friend is missing"),
        ('[policy]\nreferral = {for_referrer = "0", for_friend = "5"}', r"for_referrer is 0; it must be above 0"),
        ('[collections.a]\nname = "A"', r"collections\.a: url is missing"),
        ('[collections.a]\nname = "A"\nurl = "u"\nuntil = "soon"', r"collections\.a\.until: "),
        ("[playbooks.PB9]\nx = 1", r"there is no playbook 'PB9'; there are: PB1"),
        ("[playbooks.PB1]\nx = 1", r"PB1: there is no parameter 'x'; there are: "),
    ],
)
def test_what_cannot_be_is_refused_by_its_name(connection: psycopg.Connection, text: str, said: str) -> None:
    with pytest.raises(ShopError, match=said):
        founded(connection, text)
    assert connection.execute("SELECT count(*) FROM brand WHERE key = 'other'").fetchone() == (0,)
