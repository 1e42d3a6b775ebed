"""A changed segment is asked of the lake: only those it concerns are settled, and nobody is missed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ritorno.core.customer import Customer, encode_customer
from ritorno.core.instants import Instant
from ritorno.core.segments.text import from_text
from ritorno.settings import Settings
from ritorno.store import changed, customers, definitions, replans
from ritorno.store.connection import connect
from ritorno.store.transaction import transaction
from ritorno.testing import at
from ritorno.work.keep_lake import keep_lake
from ritorno.work.list_replan import list_replan, settle_everyone
from ritorno.work.plans import PlanMoved
from ritorno.work.replan import replan, replan_some
from ritorno.work.segments import remove, save
from tests.web.shop import Shop, open_shop

pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
NOW = at("2026-02-01T10:00")


@pytest.fixture
def shop(database: str, tmp_path: Path) -> Iterator[Shop]:
    """Forty customers: ten bought once long ago, ten a week ago, ten twice, ten have only signed up for texts."""
    with open_shop(Settings(tmp_path, database)) as opened:
        for number in range(10):
            opened.buy("2025-03-01T10:00", 300, phone=phone(number))
            opened.buy("2026-01-25T10:00", 300, phone=phone(10 + number))
            opened.buy("2025-12-01T10:00", 300, phone=phone(20 + number))
            opened.buy("2026-01-20T10:00", 300, phone=phone(20 + number))
        opened.clock(NOW)
        yield opened


def phone(number: int) -> str:
    return f"052-22200{number:02}"


def lake(shop: Shop) -> str:
    return shop.app.settings.lake


def keep(shop: Shop) -> None:
    while keep_lake(shop.app.connection(), lake(shop), shop.plan, NOW, NOW).is_unfinished:
        pass


def define(shop: Shop, key: str, text: str) -> None:
    save(shop.app.connection(), shop.plan, key, from_text(text), NOW, "test")


def ask(shop: Shop) -> int | None:
    return list_replan(shop.app.connection(), lake(shop), "duckdb", shop.plan, NOW)


def everyone(shop: Shop) -> dict[int, Customer]:
    return {one.id: one for one in customers.read_all(shop.app.connection(), shop.brand)}


def members(shop: Shop, key: str) -> set[int]:
    rows = shop.app.connection().execute("SELECT customer_id FROM membership WHERE segment = %s", (key,))
    return {row[0] for row in rows}


def inside(shop: Shop, key: str) -> set[int]:
    return {one.id for one in everyone(shop).values() if key in one.memberships}


def test_seg_09_only_those_whom_it_concerns_are_settled(shop: Shop) -> None:
    keep(shop)
    before = {number: encode_customer(one) for number, one in everyone(shop).items()}
    define(shop, "recent", "bought within 14d")
    assert ask(shop) == 20, "bought on 20 and 25 January: in now, and time will move them"
    assert replan(shop.app.connection(), shop.plan, NOW) == 20
    assert len(members(shop, "recent")) == 20
    assert members(shop, "recent") == inside(shop, "recent")
    untouched = [number for number, one in everyone(shop).items() if encode_customer(one) == before[number]]
    assert len(untouched) == 10, "who bought long ago is neither in it nor will be"
    assert not replans.is_pending(shop.app.connection(), shop.brand)


def test_a_changed_rule_moves_out_and_in_and_wakes_whom_time_will_move(shop: Shop) -> None:
    keep(shop)
    define(shop, "recent", "bought within 14d")
    replan(shop.app.connection(), shop.plan, NOW)
    keep(shop)
    define(shop, "recent", "bought at least 2 within 100d")
    assert ask(shop) == 20, "ten leave; ten stay, and are to be woken at another instant"
    replan(shop.app.connection(), shop.plan, NOW)
    assert len(members(shop, "recent")) == 10
    due = {one.due_at for one in everyone(shop).values() if "recent" in one.memberships}
    assert due == {at("2026-02-19T10:00")}, "R falls before the purchase of December leaves its hundred days"


def test_segments_that_ask_for_it_are_asked_too_and_a_removed_one_is_left(shop: Shop) -> None:
    define(shop, "recent", "bought within 14d")
    define(shop, "quiet", "not segment recent")
    replan(shop.app.connection(), shop.plan, NOW)
    keep(shop)
    define(shop, "recent", "bought within 10d")
    ask(shop)
    replan(shop.app.connection(), shop.plan, NOW)
    assert (len(members(shop, "recent")), len(members(shop, "quiet"))) == (10, 20)
    keep(shop)
    remove(shop.app.connection(), shop.plan, "quiet", NOW, "test")
    assert ask(shop) == 20
    replan(shop.app.connection(), shop.plan, NOW)
    assert inside(shop, "quiet") == members(shop, "quiet") == set()


def test_what_moved_meanwhile_is_reconciled(shop: Shop, database: str) -> None:
    """Told after the lake's last round, before or after the definition: nobody is missed, nobody is in by mistake."""
    keep(shop)
    with connect(database, autocommit=True) as keeper:
        assert changed.become_keeper(keeper), "workers leave the replan to the lake"
        shop.buy("2026-02-01T09:00", 80, phone=phone(0))
        define(shop, "recent", "bought within 14d")
        shop.buy("2026-02-01T09:30", 80, phone=phone(1))
        assert ask(shop) == 22
        shop.buy("2026-02-01T09:45", 80, phone=phone(2))
    shop.buy("2026-02-01T09:50", 80, phone=phone(3))
    replan(shop.app.connection(), shop.plan, NOW)
    assert len(members(shop, "recent")) == 24
    assert members(shop, "recent") == inside(shop, "recent")


def test_without_a_lake_or_after_other_changes_everyone_is_settled(shop: Shop) -> None:
    define(shop, "recent", "bought within 14d")
    assert ask(shop) is None, "no lake"
    assert replan(shop.app.connection(), shop.plan, NOW) == 30
    keep(shop)
    define(shop, "recent", "bought within 10d")
    with transaction(shop.app.connection()) as connection:
        replans.ask(connection, shop.brand, "cuts v2")
    assert ask(shop) is None, "cuts concern everyone"
    assert replan(shop.app.connection(), shop.plan, NOW) == 30


def test_workers_wait_for_the_list_where_a_process_keeps_the_lake(shop: Shop, database: str) -> None:
    keep(shop)
    define(shop, "recent", "bought within 14d")
    with connect(database, autocommit=True) as keeper:
        assert changed.become_keeper(keeper)
        assert replan_some(shop.app.connection(), shop.plan, NOW) == 0
        settle_everyone(keeper, shop.plan)
        assert replan_some(shop.app.connection(), shop.plan, NOW) == 30, "the lake could not say"


def test_nothing_is_decided_under_a_plan_that_has_changed(shop: Shop) -> None:
    old = shop.plan
    define(shop, "recent", "bought within 14d")
    with pytest.raises(PlanMoved):
        replan_some(shop.app.connection(), old, NOW)
    assert replans.is_pending(shop.app.connection(), shop.brand)


def test_a_definition_waits_for_what_is_being_decided(shop: Shop, database: str) -> None:
    with connect(database, autocommit=True) as other, transaction(other):
        definitions.hold(other, shop.brand)
        shop.app.connection().execute("SET lock_timeout = '200ms'")
        with pytest.raises(Exception, match="lock timeout"):
            define(shop, "recent", "bought within 14d")
    define(shop, "recent", "bought within 14d")
    assert Instant(NOW) == NOW
    assert "recent" in shop.plan.rules
