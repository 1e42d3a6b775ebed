"""A task is listed, taken, closed with an outcome, and the journey that asked for it goes on (PB1-11)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ritorno.core.events import Line, OrderTold, SoldVia, TraitsTold, happened
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.instants import Span
from ritorno.core.journeys.journey import Entry, Exits
from ritorno.core.journeys.step import Task, Wait, WaitFor, Write
from ritorno.core.journeys.trigger import Happened
from ritorno.core.journeys.way import Words
from ritorno.core.segments.rule import Where
from ritorno.settings import Settings
from ritorno.store import customers, definitions, identifiers, tasks
from ritorno.store.transaction import transaction
from ritorno.testing import at
from ritorno.wiring import App, open_app
from ritorno.work.accept import accept
from ritorno.work.plans import body_of
from ritorno.work.tasks import NoTask, TaskError, assign, close
from ritorno.worker import Worker, advance_clock
from tests.core.plans import journey

PHONE = normalise(Kind.PHONE, "0521234567")
REACHED = Happened("task_closed", (Where("outcome", "=", "reached"), Where("step", "=", "call")))
VISIT = journey(
    "VISIT", Happened("order"),
    Task("call", Words("להתקשר אל {{ customer.first_name }}", "call {{ customer.first_name }}"), within=Span(2)),
    WaitFor("answer", Span(7), event=REACHED, then=(Write("thanked", "thanked", True),),
            otherwise=(Write("missed", "thanked", False),)),
    exits=Exits(purchase=False), entry=Entry(episode="order"),
)  # fmt: skip


class Branch:
    def __init__(self, app: App) -> None:
        self.app = app
        self.worker = Worker(app)
        self.brand = definitions.save_brand(app.connection(), "default", {"name": "אלמוג"})
        with transaction(app.connection()) as connection:
            definitions.save(
                connection, self.brand, "playbook", "VISIT", body_of(VISIT), status="active", at=at("2026-01-01"),
                by="t",
            )  # fmt: skip

    def tell(self, number: int, body: object, when: str) -> None:
        definitions.set_clock(self.app.connection(), self.brand, at(when))
        event = happened(
            "pos", f"e{number}", body, occurred_at=at(when), received_at=at(when), identifiers=(PHONE,)  # type: ignore[arg-type]
        )  # fmt: skip
        accept(self.app.connection(), self.brand, [event])
        self.worker.until_quiet()

    def dana_buys(self) -> int:
        """The number of the task that follows."""
        self.tell(1, TraitsTold({"first_name": "Dana"}), "2026-03-01T10:00")
        order = OrderTold("o1", 200_000, "ILS", SoldVia.POS, branch="Ayalon", lines=(Line("A"),))
        self.tell(2, order, "2026-03-01T12:00")
        [kept] = tasks.listed(self.app.connection(), self.brand)
        return kept.task.id

    def thanked(self) -> object:
        held = identifiers.look_up(self.app.connection(), self.brand, [PHONE])[PHONE].customer
        document = customers.read(self.app.connection(), self.brand, held)
        assert document is not None
        told = document.traits.get("thanked")
        return None if told is None else told.value


@pytest.fixture
def branch(database: str, tmp_path: Path) -> Iterator[Branch]:
    with open_app(Settings(tmp_path, database)) as app:
        yield Branch(app)


def test_pb1_11_closed_with_an_outcome_the_journey_goes_on(branch: Branch) -> None:
    task = branch.dana_buys()
    connection, plan = branch.app.connection(), branch.app.plan()
    [kept] = tasks.listed(connection, branch.brand, branch="Ayalon", role="branch")
    assert (kept.task.text.en, kept.task.due_at, kept.assigned_to) == ("call Dana", at("2026-03-03T12:00"), "")
    assert tasks.listed(connection, branch.brand, branch="Haifa") == []
    assert assign(connection, plan, task, " Noa ", at("2026-03-01T13:00"), "noa").assigned_to == "Noa"
    definitions.set_clock(connection, branch.brand, at("2026-03-01T15:00"))
    done = close(connection, plan, task, "reached", at("2026-03-01T15:00"), "Noa", "very pleased")
    assert (done.outcome, done.note, done.closed_at) == ("reached", "very pleased", at("2026-03-01T15:00"))
    branch.worker.until_quiet()
    assert branch.thanked() is True
    assert tasks.listed(connection, branch.brand) == []
    [listed] = tasks.listed(connection, branch.brand, closed=True)
    assert listed == done._replace(assigned_to="Noa")
    assert [each.task.id for each in tasks.of_customer(connection, branch.brand, done.task.customer)] == [task]


def test_another_outcome_is_not_what_the_journey_waits_for(branch: Branch) -> None:
    task = branch.dana_buys()
    definitions.set_clock(branch.app.connection(), branch.brand, at("2026-03-01T15:00"))
    close(branch.app.connection(), branch.app.plan(), task, "no_answer", at("2026-03-01T15:00"), "Noa")
    branch.worker.until_quiet()
    assert branch.thanked() is None
    advance_clock(branch.app, branch.brand, at("2026-03-08T12:00"), branch.worker)
    assert branch.thanked() is False


def test_a_task_is_closed_once_and_with_a_word(branch: Branch) -> None:
    task = branch.dana_buys()
    connection, plan, now = branch.app.connection(), branch.app.plan(), at("2026-03-01T15:00")
    with pytest.raises(TaskError, match="a word or two"):
        close(connection, plan, task, "  ", now, "Noa")
    close(connection, plan, task, "reached", now, "Noa")
    with pytest.raises(TaskError, match="is closed: reached, by Noa"):
        close(connection, plan, task, "reached", now, "Noa")
    with pytest.raises(TaskError, match="is closed"):
        assign(connection, plan, task, "Gil", now, "cli")
    with pytest.raises(NoTask, match="ritorno tasks list"):
        close(connection, plan, 7, "reached", now, "Noa")


def test_a_task_of_somebody_whom_nothing_of_their_own_names_is_closed_all_the_same(branch: Branch) -> None:
    task = branch.dana_buys()
    branch.app.connection().execute("UPDATE identifier SET shared = true")
    kept = close(branch.app.connection(), branch.app.plan(), task, "reached", at("2026-03-01T15:00"), "Noa")
    assert kept.outcome == "reached"
    branch.worker.until_quiet()
    assert branch.thanked() is None


def test_asked_twice_it_is_one_task(branch: Branch) -> None:
    branch.dana_buys()
    [kept] = tasks.listed(branch.app.connection(), branch.brand)
    with transaction(branch.app.connection()) as connection:
        tasks.add(connection, branch.brand, [kept.task])
    assert len(tasks.listed(branch.app.connection(), branch.brand)) == 1
    tasks.forget(branch.app.connection(), branch.brand, kept.task.customer)
    assert tasks.listed(branch.app.connection(), branch.brand) == []


CALL = journey(
    "CALL", Happened("order"), Task("call", Words("להתקשר", "call"), within=Span(2)), Wait("while", Span(7)),
    exits=Exits(purchase=True), entry=Entry(episode="order"),
)  # fmt: skip


def test_pb1_11_who_buys_meanwhile_need_not_be_called_any_more(branch: Branch) -> None:
    """The call that the second purchase asks for stays open, also when its week is over."""
    with transaction(branch.app.connection()) as connection:
        definitions.save(
            connection, branch.brand, "playbook", "VISIT", body_of(CALL), status="active", at=at("2026-01-01"), by="t"
        )
    task = branch.dana_buys()
    branch.tell(3, OrderTold("o2", 9_000, "ILS", SoldVia.POS), "2026-03-02T12:00")
    connection = branch.app.connection()
    [closed] = tasks.listed(connection, branch.brand, closed=True)
    assert (closed.task.id, closed.outcome, closed.closed_by) == (task, "no_longer_needed", "ritorno")
    assert closed.closed_at == at("2026-03-02T12:00")
    assert closed.note.startswith("bought: 2026-03-02")
    with pytest.raises(TaskError, match="is closed: no_longer_needed, by ritorno"):
        close(connection, branch.app.plan(), task, "reached", at("2026-03-02T13:00"), "Noa")
    advance_clock(branch.app, branch.brand, at("2026-03-12"), branch.worker)
    [still] = tasks.listed(connection, branch.brand)
    assert still.task.made_at == at("2026-03-02T12:00")
