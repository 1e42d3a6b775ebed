"""The churn shield through the real database, worker, sandbox and clock: what leaves, why, and what it brought."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ritorno.channels.base import ProviderDown
from ritorno.channels.sandbox import Sandbox
from ritorno.core.events import Body, Channel, ConsentTold, Event, OrderTold, SoldVia, TraitsTold, happened
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.ids import CustomerId, PlaybookKey
from ritorno.core.instants import HOUR, Instant, days
from ritorno.core.messages.message import Content, Receipt, State
from ritorno.core.plan import Plan
from ritorno.playbooks.library import load
from ritorno.settings import Settings
from ritorno.store import alarms, codes, customers, decisions, definitions, inbox, messages, replans
from ritorno.store.transaction import transaction
from ritorno.testing import at, held_out_of, local
from ritorno.wiring import App, chance
from ritorno.work import cuts
from ritorno.work.accept import accept
from ritorno.work.activate import activate, current, pause
from ritorno.work.deliver import deliver, recover
from ritorno.work.find_customer import NotFound, find
from ritorno.work.found import found
from ritorno.work.invite import invite, members
from ritorno.work.measure import measure
from ritorno.work.proof import NoMessage, proof
from ritorno.work.react import react_to_inbox
from ritorno.work.replan import replan
from ritorno.work.wake import wake
from ritorno.work.why import why, why_message, why_not
from ritorno.worker import Worker, advance_clock

SHIELD = held_out_of(load("PB2", frozenset({"reminder"})), 0)


class Shop:
    """An installation, its brand, and people who do things there."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.worker = Worker(app)
        self._count = 0
        found(app.connection(), "default", {"name": "אלמוג"}, at("2025-06-01"))
        with transaction(app.connection()) as connection:
            definitions.set_clock(connection, self.plan.brand.id, at("2025-06-01T10:00"))

    @property
    def plan(self) -> Plan:
        return self.app.plan()

    @property
    def brand(self) -> int:
        return self.plan.brand.id

    def tells(self, phone: str, when: str, body: Body, source: str = "shop") -> list[inbox.Outcome]:
        self._count += 1
        self.lives_until(when)
        told = happened(
            source, f"e{self._count}", body, occurred_at=at(when), received_at=at(when),
            identifiers=(normalise(Kind.PHONE, phone),),
        )  # fmt: skip
        outcome = accept(self.app.connection(), self.plan.brand.id, [told])
        self.worker.until_quiet()
        return outcome

    def buys(self, phone: str, when: str, shekels: int = 800, source: str = "shop") -> None:
        self.tells(
            phone, when, OrderTold(f"o{self._count}", shekels * 100, "ILS", SoldVia.POS, branch="Ayalon"), source
        )

    def consents(self, phone: str, when: str = "2025-06-02T10:00") -> None:
        self.tells(
            phone, when, ConsentTold(Channel.SMS, True, source="form", wording="אשמח לעדכונים", evidence="10.0.0.7")
        )

    def lives_until(self, when: str) -> None:
        advance_clock(self.app, self.plan.brand.id, at(when), self.worker)

    def outbox(self) -> list[messages.Kept]:
        return sorted(
            messages.outbox(self.app.connection(), self.plan.brand.id), key=lambda kept: kept.message.wanted_at
        )


@pytest.fixture
def shop(database: str, tmp_path: Path) -> Iterator[Shop]:
    app = App(Settings(tmp_path, database), database)
    yield Shop(app)
    app.close()


DANI = "052-123-4567"


def at_risk(shop: Shop, phone: str = DANI) -> None:
    """Three orders, the last on 2025-12-02 14:05: at risk on Monday 2026-03-02 14:05."""
    shop.consents(phone)
    for when in ("2025-09-20T12:00", "2025-11-01T12:00", "2025-12-02T14:05"):
        shop.buys(phone, when)


def test_pb2_04_06_07_the_sms_leaves_with_a_code_that_lives_24_hours_and_is_reminded_of(shop: Shop) -> None:
    activate(shop.app.connection(), shop.plan, SHIELD, at("2025-06-01"), "test")
    shop.tells(DANI, "2025-06-02T09:00", TraitsTold({"first_name": "דני"}))
    at_risk(shop)
    shop.lives_until("2026-03-03T11:04:59")
    (rescue,) = shop.outbox()
    assert (rescue.state, local(rescue.sent_at or Instant(0))) == (State.SENT, "2026-03-02T14:05:00")
    assert rescue.content is not None
    assert rescue.content.text.startswith("פרסומת אלמוג: היי דני, חסרת לנו. 50 ₪ מתנה")
    code = codes.of_message(shop.app.connection(), shop.plan.brand.id, rescue.message.id)
    assert code is not None
    assert code.expires_at - code.issued_at == 24 * HOUR

    shop.lives_until("2026-03-05")
    _, reminder = shop.outbox()
    assert (reminder.message.step, local(reminder.sent_at or Instant(0))) == ("reminder", "2026-03-03T11:05:00")
    assert reminder.content is not None
    assert "3 שעות" in reminder.content.text
    assert codes.of_enrollment(shop.app.connection(), shop.plan.brand.id, rescue.message.enrollment) == code
    sandbox = Sandbox(shop.app.settings.home, part_cost=1, email_cost=1, whatsapp_cost=1)
    assert [key for key, _, _ in sandbox.sent()] == [str(rescue.message.id), str(reminder.message.id)]


def test_a_repeated_event_is_no_news_and_another_content_is_a_conflict(shop: Shop) -> None:
    who = (normalise(Kind.PHONE, DANI),)

    def receipt(total: int) -> Event:
        body = OrderTold("881", total, "ILS", SoldVia.POS)
        return happened("pos", "881", body, occurred_at=at("2026-01-01"), received_at=at("2026-01-02"), identifiers=who)

    def told(*events: Event) -> list[inbox.Outcome]:
        return accept(shop.app.connection(), shop.plan.brand.id, events)

    assert told(receipt(100), receipt(100)) == ["new", "repeated"]
    assert told(receipt(100)) == ["repeated"]
    assert told(receipt(200)) == ["conflict"]


def test_why_and_proof_answer_from_what_was_kept(shop: Shop) -> None:
    activate(shop.app.connection(), shop.plan, SHIELD, at("2025-06-01"), "test")
    at_risk(shop)
    shop.lives_until("2026-03-02T15:00")
    (rescue,) = shop.outbox()
    connection, plan = shop.app.connection(), shop.plan
    told = why_message(connection, plan, rescue.message.id)
    codes = [fact.code for fact in told.facts]
    assert {"moved", "group", "enrolled", "wanted", "sent"} <= set(codes)
    assert any("elapsed 90 days, cuts v1" in fact.detail for fact in told.facts)
    evidence = proof(connection, plan, rescue.message.id)
    assert evidence.permit is not None
    assert (evidence.permit.wording, evidence.permit.evidence) == ("אשמח לעדכונים", "10.0.0.7")
    # The answer about a message begins with the consent that permitted it; the rest is the customer's own story.
    assert (told.facts[0].code, told.facts[0].detail) == ("consented", "sms, form, explicit")
    assert why(connection, plan, find(connection, plan, DANI), PlaybookKey("PB2")).facts == told.facts[1:]
    with pytest.raises(NoMessage, match="there is no message 5"):
        why_message(connection, plan, 5)  # type: ignore[arg-type]


def test_why_not_names_what_is_missing_and_when_it_may_change(shop: Shop) -> None:
    connection = shop.app.connection()
    activate(connection, shop.plan, SHIELD, at("2025-06-01"), "test")
    shop.buys(DANI, "2025-12-02T14:05")
    playbook, status = current(connection, shop.plan, "pb2")
    told = why_not(connection, shop.plan, find(connection, shop.plan, DANI), playbook, at("2025-12-03"))
    assert status == "active"
    assert not told.in_segment
    assert told.missing == ["segment: group groups risk"]
    assert told.refusal == "no_consent: sms,email"
    assert told.may_change_at is not None
    assert local(told.may_change_at) == "2026-01-01T14:05:00"
    with pytest.raises(NotFound, match="nobody is known by"):
        find(connection, shop.plan, "054-9999999")


def test_orc_11_a_message_left_in_sending_by_a_dead_worker_is_settled_once(shop: Shop) -> None:
    """Both ways: the provider had it already, and it never got there."""
    connection = shop.app.connection()
    activate(connection, shop.plan, SHIELD, at("2025-06-01"), "test")
    for phone in (DANI, "052-765-4321"):
        at_risk(shop, phone) if phone == DANI else shop.consents(phone, "2025-12-02T14:05")
    for when in ("2025-12-02T14:06", "2025-12-02T14:07", "2025-12-02T14:08"):
        shop.buys("052-765-4321", when)
    shop.lives_until("2026-03-02T14:04")
    with transaction(connection):
        definitions.set_clock(connection, shop.plan.brand.id, at("2026-03-02T14:10"))
    now = at("2026-03-02T14:10")
    sandbox = Sandbox(shop.app.settings.home, part_cost=1, email_cost=1, whatsapp_cost=1)
    dying = Dying(sandbox, after=1)
    wake(connection, shop.plan, now)
    with pytest.raises(KeyboardInterrupt):
        deliver(connection, shop.plan, dict.fromkeys(Channel, dying), now, 999_999, chance)
    states = sorted(kept.state for kept in shop.outbox())
    assert states == ["sending", "sending"]
    assert recover(connection, shop.plan, dict.fromkeys(Channel, sandbox), now, 1) == 2
    assert recover(connection, shop.plan, dict.fromkeys(Channel, sandbox), now, 1) == 0
    assert sorted(kept.state for kept in shop.outbox()) == ["sent", "sent"]
    assert len(sandbox.sent()) == len({key for key, _, _ in sandbox.sent()}) == 2


class Dying:
    """A provider under a worker that is killed: the first message gets there, the answer does not."""

    name = "sandbox"

    def __init__(self, behind: Sandbox, after: int) -> None:
        self._behind, self._left = behind, after

    def send(self, key: str, content: Content) -> Receipt:
        if self._left:
            self._left -= 1
            self._behind.send(key, content)
        raise KeyboardInterrupt

    def look_up(self, key: str) -> Receipt | None:
        return self._behind.look_up(key)


class Away:
    """A provider that cannot be asked."""

    name = "away"

    def send(self, key: str, content: Content) -> Receipt:
        raise ProviderDown("no route")

    def look_up(self, key: str) -> Receipt | None:
        raise ProviderDown("no route")


def test_a_provider_that_is_away_is_asked_again_with_the_reason_kept(shop: Shop) -> None:
    connection = shop.app.connection()
    activate(connection, shop.plan, SHIELD, at("2025-06-01"), "test")
    at_risk(shop)
    shop.lives_until("2026-03-02T14:04")
    now = at("2026-03-02T14:05")
    wake(connection, shop.plan, now)
    deliver(connection, shop.plan, dict.fromkeys(Channel, Away()), now, 1, chance)
    (kept,) = shop.outbox()
    assert (kept.state, kept.reasons[-1][1:]) == (State.HELD, ["provider", "no route"])
    shop.lives_until("2026-03-02T14:20")
    assert [each.state for each in shop.outbox()] == [State.SENT]


def test_orc_12_results_count_both_arms_and_say_when_they_cannot_tell(shop: Shop) -> None:
    connection = shop.app.connection()
    activate(connection, shop.plan, held_out_of(load("PB2"), 0.5), at("2025-06-01"), "test")
    phones = [f"052-100-{number:04d}" for number in range(12)]
    for phone in phones:
        shop.consents(phone)
    for when in ("2025-09-20T12:00", "2025-11-01T12:00", "2025-12-02T14:05"):
        for phone in phones:
            shop.buys(phone, when)
    shop.lives_until("2026-03-04")
    shop.buys(phones[0], "2026-03-04T12:00", 300)
    shop.lives_until("2026-04-10")
    playbook, _ = current(connection, shop.plan, "PB2")
    told = measure(connection, shop.plan, playbook, at("2026-04-10"))
    assert told.entered == 12
    assert 0 < told.held_out < 12
    assert told.sent + told.states.get("held_out", 0) == 12
    assert told.treated.customers + told.holdout.customers == 12
    assert told.treated.bought + told.holdout.bought == 1
    assert told.treated.revenue + told.holdout.revenue == 30_000
    assert told.share is not None
    assert told.share.low < 0 < told.share.high
    assert (told.spend, told.profit) == (None, None), "one purchase tells nothing of money"
    early = measure(connection, shop.plan, playbook, at("2026-03-05"))
    assert (early.maturing, early.spend) == (12, None)


def test_those_already_in_the_segment_are_let_in_so_many_a_day(shop: Shop) -> None:
    connection = shop.app.connection()
    phones = [f"052-200-{number:04d}" for number in range(3)]
    for phone in phones:
        shop.consents(phone)
    for when in ("2025-09-20T12:00", "2025-11-01T12:00", "2025-12-02T14:05"):
        for phone in phones:
            shop.buys(phone, when)
    shop.lives_until("2026-03-02T16:00")
    playbook = activate(connection, shop.plan, SHIELD, at("2026-03-02T16:00"), "test")
    assert len(members(connection, shop.plan, playbook, at("2026-03-02T16:00"))) == 3
    assert invite(connection, shop.plan, playbook, at("2026-03-02T16:00"), a_day=2) == 3
    shop.lives_until("2026-03-02T17:00")
    assert len(decisions.enrollments(connection, shop.plan.brand.id, "PB2")) == 2
    shop.lives_until("2026-03-03T08:00")
    assert len(decisions.enrollments(connection, shop.plan.brand.id, "PB2")) == 3
    assert replans.next_invitation(connection, shop.plan.brand.id) is None


def test_sco_15_new_cuts_settle_everyone_and_enroll_nobody(shop: Shop) -> None:
    connection = shop.app.connection()
    activate(connection, shop.plan, SHIELD, at("2025-06-01"), "test")
    at_risk(shop)
    shop.lives_until("2026-02-15")
    who = find(connection, shop.plan, DANI)
    before = customers.read(connection, shop.plan.brand.id, who)
    assert before is not None
    assert before.scores.cell == 233
    scheme = shop.plan.scheme.__class__(recency=(days(30), days(60)))
    assert cuts.save(connection, shop.plan, scheme, at("2026-02-15"), "test") == 2
    assert replan(connection, shop.plan, at("2026-02-15")) == 1
    after = customers.read(connection, shop.plan.brand.id, CustomerId(who))
    assert after is not None
    assert (after.scores.cell, after.scores.version) == (133, 2)
    shop.worker.until_quiet()
    assert shop.outbox() == [], "nobody enters for a change of the cuts"


def test_orc_11_a_silent_till_holds_the_shield_until_it_is_heard(shop: Shop) -> None:
    """Silent from Sunday's opening on: at 14:00 the owner is told and messages wait; one receipt, and they go."""
    connection = shop.app.connection()
    activate(connection, shop.plan, SHIELD, at("2025-06-01"), "test")
    at_risk(shop)
    shop.buys("052-999-1111", "2026-02-27T11:00", source="pos")
    shop.lives_until("2026-03-02T14:05:30")
    (waiting,) = shop.outbox()
    assert (waiting.state, waiting.reasons[-1][1:]) == (State.HELD, ["feed_silent", "pos"])
    assert [each.kind for each in alarms.read(connection, shop.plan.brand.id) if each.cleared_at is None] == [
        "feed_silent"
    ]
    shop.buys("052-999-1111", "2026-03-02T14:10", source="pos")
    shop.lives_until("2026-03-02T15:30")
    assert [each.state for each in shop.outbox()] == [State.SENT]
    assert alarms.raised(connection, shop.plan.brand.id, "feed_silent") == frozenset()


def test_a_paused_playbook_sends_nothing_and_a_stopped_brand_holds_everything(shop: Shop) -> None:
    connection = shop.app.connection()
    activate(connection, shop.plan, SHIELD, at("2025-06-01"), "test")
    at_risk(shop)
    shop.lives_until("2026-03-02T14:04")
    definitions.stop(connection, shop.plan.brand.id, stopped=True)
    shop.lives_until("2026-03-02T15:00")
    assert [(each.state, each.reasons[-1][1]) for each in shop.outbox()] == [(State.HELD, "stopped")]
    definitions.stop(connection, shop.plan.brand.id, stopped=False)
    shop.lives_until("2026-03-02T16:10")
    assert [each.state for each in shop.outbox()] == [State.SENT]
    pause(connection, shop.plan, "PB2", at("2026-03-02T16:10"), "test")
    assert current(connection, shop.plan, "PB2")[1] == "paused"


def test_two_workers_on_one_inbox_react_to_each_event_once(shop: Shop, database: str) -> None:
    connection = shop.app.connection()
    told = [
        happened(
            "pos", str(number), OrderTold(str(number), 1_000, "ILS", SoldVia.POS), occurred_at=at("2025-06-03"),
            received_at=at("2025-06-03"), identifiers=(normalise(Kind.PHONE, f"052-300-{number % 40:04d}"),),
        )
        for number in range(400)
    ]  # fmt: skip
    accept(connection, shop.plan.brand.id, told)
    other = shop.app.beside()
    done = 0
    while more := sum(
        react_to_inbox(app.connection(), shop.plan, at("2025-06-04"), most=30, first_lane=lane).events
        for lane, app in ((0, shop.app), (7, other))
    ):
        done += more
    other.close()
    assert done == 400
    assert inbox.waiting(connection, shop.plan.brand.id) == 0
    orders = [customer.scores.orders for customer in customers.read_all(connection, shop.plan.brand.id)]
    assert orders == [10] * 40
