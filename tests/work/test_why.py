"""Why, and why not: answers from what was kept, equal to trying it (rule 6, ORC-03)."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import psycopg
import pytest
from msgspec.structs import replace

from ritorno.core.customer import Customer
from ritorno.core.decisions import Declined, Ended, Enrolled
from ritorno.core.events import Channel, ConsentTold, Custom, Event, OrderTold, SoldVia, happened
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.ids import CustomerId, MessageId, PlaybookKey
from ritorno.core.instants import DAY, HOUR, Instant, days
from ritorno.core.journeys.journey import Entry, Playbook
from ritorno.core.journeys.trigger import Happened, Moved
from ritorno.core.plan import Plan, with_playbooks
from ritorno.core.react import Invited, react
from ritorno.core.segments.rule import (
    All,
    Any,
    Bought,
    CellIs,
    Consented,
    FactIs,
    GroupIs,
    Not,
    Reachable,
    Rule,
    ScoreIs,
)  # fmt: skip
from ritorno.playbooks.library import load
from ritorno.settings import Settings
from ritorno.store import customers, identifiers
from ritorno.store.connection import connect
from ritorno.store.transaction import transaction
from ritorno.testing import at, held_out_of
from ritorno.work.accept import accept
from ritorno.work.found import found
from ritorno.work.outcome import Outcome, save
from ritorno.work.plans import Plans
from ritorno.work.proof import NoMessage
from ritorno.work.unmerge import unmerge
from ritorno.work.why import Fact, WhyNot, why, why_message, why_not
from tests.web.shop import DANI, Shop, open_shop

NOW = at("2026-03-02T10:00")
PB2 = held_out_of(load("PB2"), 0)
_PARTS: tuple[Rule, ...] = (
    GroupIs(("risk",)), GroupIs(("stars", "rising", "cooling")), CellIs(("1**", "21*")), ScoreIs("f", (2, 3)),
    Bought(at_least=2, within=days(200)), Bought(sold_via=SoldVia.POS), FactIs("spend", ">=", 100_000),
    Consented(Channel.SMS),
    Reachable((Channel.SMS, Channel.EMAIL)), Not(Bought(within=days(60))),
)  # fmt: skip
_ENTRIES = (
    Entry("lapse", again_after=days(180), reachable=(Channel.SMS,)), Entry("once"),
    Entry("event", again_after=days(40)),
)  # fmt: skip


def playbooks() -> list[Playbook]:
    """Forty: every second segment a combination; four triggers, three ways to be entered again."""
    pairs = list(product(_PARTS, repeat=2))
    made = []
    for number in range(40):
        one, other = pairs[(number * 37) % len(pairs)]
        rule = (one, All((one, other)), Any((one, other)), Not(All((one, Not(other)))))[number % 4]
        trigger = (Moved("r", 1), Moved("r", 2), Moved("m", 1), Happened("order"))[number % 4]
        made.append(
            replace(PB2, key=PlaybookKey(f"P{number}"), segment=rule, trigger=trigger, entry=_ENTRIES[number % 3])
        )
    return made


def history(number: int) -> list[Event]:
    """Up to five orders of the last two years, and consents: of 25 customers no two alike."""
    phone = normalise(Kind.PHONE, f"05212345{number:02}")
    told: list[tuple[Instant, object]] = []
    if number % 3:
        told.append((at("2024-01-01"), ConsentTold(Channel.SMS, given=True, source="form", wording="כן")))
    if number % 7 == 0:
        told.append((at("2026-02-01"), ConsentTold(Channel.SMS, given=False, source="link")))
    for order in range(number % 6):
        age = (number * 53 + order * order * 97) % 700 + order
        via = SoldVia.POS if (number + order) % 2 else SoldVia.ONLINE
        total = 10_000 + (number * 7_919 + order * 31_337) % 90_000
        told.append((Instant(NOW - age * DAY - number * HOUR), OrderTold(f"{number}-{order}", total, "ILS", via)))
    return [
        happened("s", f"{number} {place}", body, occurred_at=when, received_at=when, identifiers=(phone,))  # type: ignore[arg-type]
        for place, (when, body) in enumerate(sorted(told, key=lambda one: one[0]))
    ]


class Town:
    """25 customers who have lived with six of the playbooks running; the rest are asked about alone."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        found(connection, "default", {"name": "אלמוג"}, at("2024-01-01"))
        self.playbooks = playbooks()
        self.plan: Plan = with_playbooks(Plans().named(connection, "default"), *self.playbooks[:6])
        with transaction(connection):
            outcomes = [
                Outcome(react(Customer(CustomerId(number)), history(number), self.plan, NOW), (), is_new=True)
                for number in range(1, 26)
            ]
            save(connection, self.plan, outcomes)
        self.documents = {one.reaction.customer.id: one.reaction.customer for one in outcomes}
        self.decided = {one.reaction.customer.id: one.reaction.decisions for one in outcomes}

    def alone(self, playbook: Playbook) -> Plan:
        return with_playbooks(replace(self.plan, running=()), playbook)

    def tried(self, document: Customer, playbook: Playbook, now: Instant) -> str | None:
        """What becomes of one who is let in by hand: None, not in the segment; "", enrolled; else why declined."""
        brought = react(document, (), replace(self.plan, running=()), now).customer
        reaction = react(brought, (Invited(now, playbook.key),), self.alone(playbook), now)
        before = len(brought.enrollments)
        for each in reaction.decisions:
            if isinstance(each, Declined) and each.playbook == playbook.key:
                return each.why
        return "" if len(reaction.customer.enrollments) > before else None


@pytest.fixture
def town(database: str) -> Iterator[Town]:
    with connect(database, autocommit=True) as connection:
        yield Town(connection)


def test_rule_6_a_thousand_answers_why_not_equal_trying_it(town: Town) -> None:
    """25 customers × 40 playbooks: in or not, what stands against it, and what time alone brings."""
    answers = 0
    kinds: set[tuple[bool, bool, bool]] = set()
    for document, playbook in product(town.documents.values(), town.playbooks):
        told = why_not(town.connection, town.plan, document.id, playbook, NOW)
        tried = town.tried(document, playbook, NOW)
        assert told.in_segment is (tried is not None)
        assert (told.unmet == []) is told.in_segment
        if tried is not None:
            assert told.refusal == tried
        _check_ahead(town, document, playbook, told)
        kinds.add((told.in_segment, bool(told.refusal), bool(told.would)))
        answers += 1
    assert answers == 1000
    assert len(kinds) >= 7, "every kind of answer is among them"


def _check_ahead(town: Town, document: Customer, playbook: Playbook, told: WhyNot) -> None:
    """In one leap instead of step by step."""
    alone, until = town.alone(playbook), told.would_at or Instant(NOW + 1_500 * DAY)
    decided = [
        (each.at, "enrolled" if isinstance(each, Enrolled) else f"declined: {each.why}")
        for each in react(document, (), alone, until).decisions
        if isinstance(each, Enrolled | Declined) and each.playbook == playbook.key
    ]
    assert decided == ([] if told.would_at is None else [(told.would_at, told.would)])


def test_rule_6_until_it_says_so_time_alone_changes_no_answer(town: Town) -> None:
    for document, playbook in product(town.documents.values(), town.playbooks):
        told = why_not(town.connection, town.plan, document.id, playbook, NOW)
        last = Instant((told.may_change_at or NOW + 1_500 * DAY) - 1)
        assert told.may_change_at is None or told.may_change_at > NOW
        assert town.tried(document, playbook, last) == town.tried(document, playbook, NOW)


def test_rule_6_a_thousand_answers_why_equal_reading_every_decision(town: Town) -> None:
    for document, playbook in product(town.documents.values(), town.playbooks):
        told = why(town.connection, town.plan, document.id, playbook.key)
        decided = [each for each in town.decided[document.id] if getattr(each, "playbook", None) == playbook.key]
        entered = [(each.at, each.arm) for each in decided if isinstance(each, Enrolled)]
        ended = [(each.at, each.why) for each in decided if isinstance(each, Ended)]
        values = [(fact.at, fact.code, dict(fact.values)) for fact in told.facts]
        assert [(when, each["arm"]) for when, code, each in values if code == "enrolled"] == entered
        assert [(when, each["reason"]) for when, code, each in values if code == "ended"] == ended
        assert [fact.at for fact in told.facts] == sorted(fact.at for fact in told.facts)


@pytest.fixture
def shop(database: str, tmp_path: Path) -> Iterator[Shop]:
    with open_shop(Settings(tmp_path, database), playbook=PB2) as open_one:
        yield open_one


def codes(facts: list[Fact]) -> list[str]:
    return [fact.code for fact in facts]


def test_a_message_that_left_tells_its_cause_its_arm_and_its_consent(shop: Shop) -> None:
    shop.rescue()
    told = why_message(shop.app.connection(), shop.plan, shop.message().message.id)
    assert codes(told.facts) == ["consented", "moved", "group", "enrolled", "wanted", "sent"]
    consented, moved, group, enrolled, wanted, sent = told.facts
    assert consented.at == at("2025-06-01T10:00")
    assert (moved.at, moved.detail) == (at("2026-03-03T14:05:10"), "R 2→1, elapsed 90 days, cuts v1")
    assert group.detail == "cooling → risk"
    assert enrolled.detail == "version 2, treated, by time"
    assert (wanted.detail, sent.detail) == ("rescue", "sms")
    assert told.proof is not None
    assert told.proof.permit is not None
    assert told.proof.permit.channel == "sms"


def test_a_message_that_was_dropped_tells_every_verdict_with_its_instant(shop: Shop) -> None:
    shop.tell(ConsentTold(Channel.SMS, given=True, source="form", wording="כן"), "2025-06-01")
    for day in ("2025-09-20T12:00", "2025-11-01T12:00", "2025-12-06T16:00"):
        shop.buy(day, 800)
    shop.live_until("2026-03-06T17:00")
    shop.buy("2026-03-07T21:00", 100)
    told = why(shop.app.connection(), shop.plan, shop.customer().id, PlaybookKey("PB2"))
    verdicts = [(fact.at, fact.detail) for fact in told.facts if fact.code in ("verdict", "ended")]
    bought = "bought: 2026-03-07T21:00:00+02:00"
    assert verdicts == [
        (at("2026-03-06T16:00"), "send_window: friday"),
        (at("2026-03-07T21:00"), bought),
        (at("2026-03-07T21:00"), bought),
    ]


def test_who_is_in_it_is_told_so_and_afterwards_what_stands_against_it(shop: Shop) -> None:
    shop.rescue()
    connection, plan, who = shop.app.connection(), shop.plan, shop.customer().id
    assert why_not(connection, plan, who, PB2, at("2026-03-03T15:00")).is_open
    shop.live_until("2026-03-10")
    told = why_not(connection, plan, who, PB2, at("2026-03-10"))
    assert (told.is_open, told.in_segment, told.unmet) == (False, True, [])
    assert told.refusal == "same_episode: lapse"
    assert told.would == ""


def test_who_has_not_lapsed_yet_is_told_when_that_will_be(shop: Shop) -> None:
    shop.tell(ConsentTold(Channel.SMS, given=True, source="form", wording="כן"), "2025-06-01")
    for day in ("2025-09-20T12:00", "2025-11-01T12:00", "2026-01-06T16:00"):
        shop.buy(day, 800)
    told = why_not(shop.app.connection(), shop.plan, shop.customer().id, PB2, at("2026-02-10"))
    assert told.missing == ["segment: group groups risk"]
    assert (told.would, told.would_at) == ("enrolled", at("2026-04-06T16:00"))
    assert told.may_change_at == told.would_at


def test_isr_01_without_consent_it_says_so_before_and_after(shop: Shop) -> None:
    for day in ("2025-09-20T12:00", "2025-11-01T12:00", "2025-12-06T16:00"):
        shop.buy(day, 800)
    connection, who = shop.app.connection(), shop.customer().id
    ahead = why_not(connection, shop.plan, who, PB2, at("2026-02-10"))
    assert (ahead.refusal, ahead.would) == ("no_consent: sms,email", "declined: no_consent: sms,email")
    shop.live_until("2026-03-10")
    told = why_not(connection, shop.plan, who, PB2, at("2026-03-10"))
    assert [(fact.at, fact.detail) for fact in told.declined] == [(at("2026-03-06T16:00"), "no_consent: sms,email")]


def test_time_that_a_worker_has_not_come_to_is_taken_into_account(shop: Shop) -> None:
    shop.tell(ConsentTold(Channel.SMS, given=True, source="form", wording="כן"), "2025-06-01")
    for day in ("2025-09-20T12:00", "2025-11-01T12:00", "2025-12-06T16:00"):
        shop.buy(day, 800)
    told = why_not(shop.app.connection(), shop.plan, shop.customer().id, PB2, at("2026-03-06T16:00"))
    assert told.is_open


def test_a_house_account_is_nobody(shop: Shop) -> None:
    """ISR-11."""
    for number in range(50):
        shop.buy(f"2026-01-05T10:{number:02}", 10)
    told = why_not(shop.app.connection(), shop.plan, shop.customer().id, PB2, at("2026-02-10"))
    assert (told.refusal, told.may_change_at) == ("house_account", None)


def test_nobody_and_no_message_say_so(shop: Shop) -> None:
    connection, plan = shop.app.connection(), shop.plan
    with pytest.raises(NoMessage, match="no customer 7"):
        why_not(connection, plan, CustomerId(7), PB2, NOW)
    with pytest.raises(NoMessage, match="no message 7"):
        why_message(connection, plan, MessageId(7))
    assert why(connection, plan, CustomerId(7), PlaybookKey("PB2")).facts == []


def test_the_answer_goes_through_a_merge_and_through_its_undoing(shop: Shop) -> None:
    shop.rescue()
    connection = shop.app.connection()
    before = why_message(connection, shop.plan, shop.message().message.id).facts
    phone, mail = normalise(Kind.PHONE, DANI), normalise(Kind.EMAIL, "rina@x.co.il")
    number = shop.message().message.id
    for place, who in enumerate([(mail,), (mail, phone)]):
        when = at(f"2026-03-03T15:0{place}")
        shop.clock(when)
        event = happened("web", f"v{place}", Custom("visit"), occurred_at=when, received_at=when, identifiers=who)
        shop_accepts(shop, event)
    kept = [each for each in identifiers.merges(connection, shop.brand) if each.record.kind == "merge"]
    assert why_message(connection, shop.plan, number).facts == before
    assert codes(why(connection, shop.plan, shop.customer().id, PlaybookKey("PB2")).facts)[-1] == "sent"
    unmerge(connection, shop.plan, kept[0].id, shop.app.now(shop.brand))
    assert why_message(connection, shop.plan, number).facts == before
    other = identifiers.look_up(connection, shop.brand, [mail])[mail].customer
    document = customers.read(connection, shop.brand, other)
    assert document is not None
    assert why(connection, shop.plan, other, PlaybookKey("PB2")).facts == []


def shop_accepts(shop: Shop, event: Event) -> None:
    accept(shop.app.connection(), shop.brand, [event])
    shop.react()
