"""What a dry-run says each step costs and must bring (PB1-10)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from ritorno.core.events import Channel
from ritorno.core.expected_value import StepSent
from ritorno.core.journeys.journey import Playbook
from ritorno.core.journeys.step import Send
from ritorno.playbooks.library import load
from ritorno.settings import Settings
from ritorno.testing import at, held_out_of
from ritorno.work.dry_run import dry_run
from ritorno.work.dry_run_tally import Tally, tell
from tests.web.shop import Shop, open_shop

PB2: Playbook = held_out_of(load("PB2"), 0)


@pytest.fixture
def shop(database: str, tmp_path: Path) -> Iterator[Shop]:
    with open_shop(Settings(tmp_path, database)) as open_one:
        yield open_one


def test_pb1_10_each_step_says_what_it_costs_and_to_whom_it_went(shop: Shop) -> None:
    """Dani, whose orders were ₪800 each: one SMS, of as many parts as the one that really left, with a code of ₪50."""
    shop.rescue()
    told = dry_run([shop.customer()], shop.plan, PB2, at("2026-03-01"), at("2026-04-01"))
    parts = shop.message().parts
    assert parts is not None
    assert told.steps == (StepSent("rescue", "sms", 1, parts * shop.plan.brand.part_cost, 80_000, 5_000),)
    assert sum(one.cost for one in told.steps) == told.cost


def test_pb1_10_whatsapp_has_its_own_price(shop: Shop) -> None:
    shop.rescue(channels="sms whatsapp")
    rescue, *others = PB2.steps
    assert isinstance(rescue, Send)
    way = replace(rescue.ways[0], channel=Channel.WHATSAPP)
    playbook = replace(PB2, steps=(replace(rescue, ways=(way,)), *others))
    told = dry_run([shop.customer()], shop.plan, playbook, at("2026-03-01"), at("2026-04-01"))
    assert [(one.channel, one.cost) for one in told.steps] == [("whatsapp", shop.plan.brand.whatsapp_cost)]


def test_tallies_of_several_readers_are_added(shop: Shop) -> None:
    one = Tally(sent={("rescue", "sms"): (2, 24_000, 2, 100_000)})
    one.add(Tally(sent={("rescue", "sms"): (1, 12_000, 1, 20_000), ("return", "email"): (1, 1_000, 0, 9)}))
    told = tell(one, PB2, 9, at("2026-03-01"), at("2026-04-01"))
    assert told.steps == (
        StepSent("rescue", "sms", 3, 36_000, 40_000, 5_000),
        StepSent("return", "email", 1, 1_000, 9, 0),
    )
