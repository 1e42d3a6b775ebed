"""What is suggested to a shop, with its numbers (ORC-09, ORC-14, PB4-08)."""

import psycopg
import pytest

from benchmarks.planted import Kind, plant
from ritorno.core.events import Body, Channel, ConsentTold, Event, OrderTold, SoldVia, happened
from ritorno.core.identifiers import Kind as IdentifierKind
from ritorno.core.identifiers import normalise
from ritorno.core.ids import PlaybookKey
from ritorno.core.instants import Instant, add_span, days
from ritorno.core.plan import Plan
from ritorno.core.suggestions import Suggestion, paid
from ritorno.core.words.suggestions import say_suggestion
from ritorno.store import definitions
from ritorno.store.transaction import transaction
from ritorno.testing import at
from ritorno.work.accept import accept
from ritorno.work.activate import NoPlaybook, activate, current, pause
from ritorno.work.group_names import said_groups
from ritorno.work.plans import Plans
from ritorno.work.react import react_to_inbox
from ritorno.work.suggest import dismiss, draft, suggest

NOW = at("2026-03-01T10:00")


@pytest.fixture
def shop(connection: psycopg.Connection, plan: Plan) -> Plan:
    """100 at risk, ₪1,800 each of the year, of whom 97 agreed to SMS; 40 promising who spent ₪1,500 once."""
    definitions.set_clock(connection, plan.brand.id, NOW)
    told: list[Event] = []

    def tell(number: int, when: str, body: Body) -> None:
        who = (normalise(IdentifierKind.PHONE, f"052-1{number:06d}"),)
        name = f"m{len(told)}"
        told.append(happened("shop", name, body, occurred_at=at(when), received_at=at(when), identifiers=who))

    def buy(number: int, when: str, shekels: int) -> None:
        tell(number, when, OrderTold(f"o{len(told)}", shekels * 100, "ILS", SoldVia.ONLINE))

    for number in range(140):
        if not 97 <= number < 100:
            tell(number, "2025-04-01", ConsentTold(Channel.SMS, True, source="form", wording="yes"))
        for when, shekels in (("2025-06-01", 900), ("2025-08-01", 900)) if number < 100 else (("2026-02-20", 1500),):
            buy(number, when, shekels)
    accept(connection, plan.brand.id, told)
    while react_to_inbox(connection, plan, NOW).events:
        pass
    return plan


def _plan(connection: psycopg.Connection) -> Plan:
    return Plans().named(connection, "default")


def _keys(found: list[Suggestion]) -> list[PlaybookKey]:
    return [each.playbook for each in found]


def test_orc_09_those_at_risk_come_first_by_sms(connection: psycopg.Connection, shop: Plan) -> None:
    """At risk ₪180k against promising ₪60k."""
    first, second = suggest(connection, shop, NOW)
    assert (first.playbook, first.reach.stake, first.reach.customers) == ("PB2", 18_000_000, 100)
    assert first.reach.channels == {"sms": 97}
    assert (second.playbook, second.reach.stake, second.reach.reachable) == ("PB3", 6_000_000, 40)
    lines = say_suggestion(first, shop, said_groups(connection, shop, "en"), "en")
    assert "₪180,000 of last-12-month spend at stake, 97 reachable by SMS" in lines[0]
    assert first.expected.source == "prior"
    assert first.expected.low == 0 < first.expected.high


def test_what_is_counted_is_what_an_invitation_lets_in(connection: psycopg.Connection, shop: Plan) -> None:
    """Treated are those who were reachable but the holdout; each message costs its parts."""
    first = suggest(connection, shop, NOW)[0]
    assert first.expected.heads == round(97 * 0.9)
    assert first.reach.cost == 97 * 3 * shop.brand.part_cost, "three parts of Hebrew"
    assert first.expected.left_low == -first.expected.messages


def test_orc_14_one_put_aside_stays_away_for_30_days(connection: psycopg.Connection, shop: Plan) -> None:
    dismiss(connection, shop, "pb2", "no stock until spring", NOW, "dana")
    assert _keys(suggest(connection, shop, NOW)) == ["PB3"]
    over = add_span(NOW, days(30), shop.tz)
    assert "PB2" not in _keys(suggest(connection, shop, Instant(over - 1)))
    assert "PB2" in _keys(suggest(connection, shop, over))
    row = connection.execute("SELECT who, detail ->> 'because' FROM audit WHERE action = 'dismiss'").fetchone()
    assert row == ("dana", "no stock until spring")


def test_nothing_is_put_aside_without_a_reason_or_a_name(connection: psycopg.Connection, shop: Plan) -> None:
    with pytest.raises(ValueError, match="say why PB2"):
        dismiss(connection, shop, "PB2", " ", NOW, "dana")
    with pytest.raises(NoPlaybook, match="cart is never suggested; what may be is: PB2, PB3"):
        dismiss(connection, shop, "cart", "why not", NOW, "dana")


def test_pb4_08_apply_makes_a_draft_only(connection: psycopg.Connection, shop: Plan) -> None:
    """With what is measured of the shop; nobody enters before it is activated."""
    made = draft(connection, shop, "PB3", NOW, "dana")
    assert made.version == 2
    assert made.parameters["first_order"].value == 130_000, "1.3 times the average order of ₪1,000"
    assert current(connection, shop, "PB3", newest=True)[1] == "draft"
    assert _plan(connection).running == ()
    row = connection.execute("SELECT count(*) FROM enrollment").fetchone()
    assert row == (0,)


def test_pb4_08_saved_ad_money_is_told_what_it_pays(connection: psycopg.Connection, shop: Plan) -> None:
    """₪240 pay all 87 messages of PB2, at 36 agorot each."""
    first = suggest(connection, shop, NOW)[0]
    told = paid(24_000, first.reach, first.expected.heads)
    assert (told.messages, told.over) == (87, 24_000 - 87 * 36)


def test_a_running_playbook_is_suggested_for_those_in_its_segment(connection: psycopg.Connection, shop: Plan) -> None:
    """PB3 lets in who orders: while it runs there is nothing to suggest; what is paused may go on."""
    for key in ("PB2", "PB3"):
        activate(connection, shop, current(connection, shop, key)[0], NOW, "dana")
    (only,) = suggest(connection, _plan(connection), NOW)
    assert (only.playbook, only.kind) == ("PB2", "let_in")
    with pytest.raises(NoPlaybook, match="PB2 is active already"):
        draft(connection, shop, "PB2", NOW, "dana")
    pause(connection, _plan(connection), "PB3", NOW, "dana")
    assert [(each.playbook, each.kind) for each in suggest(connection, _plan(connection), NOW)] == [
        ("PB2", "let_in"), ("PB3", "resume"),
    ]  # fmt: skip


def test_results_of_its_own_take_the_place_of_the_assumption(connection: psycopg.Connection, shop: Plan) -> None:
    kind = Kind("effect", 3_000, 0.5, 1.0, 0.8, 0.2)
    with transaction(connection):
        plant(connection, PlaybookKey("PB2"), [kind], 5, at("2025-10-01"), first=shop.brand.id)
    first = suggest(connection, shop, NOW)[0]
    assert (first.playbook, first.expected.source) == ("PB2", "own")
    assert first.expected.measured > 2_900
    a_head = first.expected.low / first.expected.heads, first.expected.high / first.expected.heads
    assert a_head[0] < kind.truth < a_head[1]


def test_what_lost_money_is_not_suggested_again(connection: psycopg.Connection, shop: Plan) -> None:
    kind = Kind("harm", 6_000, 3.0, 1.0, 0.3, 0.2)
    with transaction(connection):
        plant(connection, PlaybookKey("PB2"), [kind], 5, at("2025-10-01"), first=shop.brand.id)
    assert "PB2" not in _keys(suggest(connection, shop, NOW))


def test_a_brand_without_playbooks_or_customers_gets_none(connection: psycopg.Connection, plan: Plan) -> None:
    assert suggest(connection, plan, NOW) == []
    connection.execute("DELETE FROM definition WHERE kind = 'playbook'")
    assert suggest(connection, plan, NOW) == []
