"""Tasks in the words of the customer and the order that they are about (PB1-11, COM-24)."""

import msgspec
import pytest

from ritorno.core.decisions import TaskWanted
from ritorno.core.events import SoldVia
from ritorno.core.ids import PlaybookKey
from ritorno.core.journeys.codec import decode
from ritorno.core.journeys.journey import Entry, Exits
from ritorno.core.journeys.parameters import PlaybookError
from ritorno.core.journeys.step import Task as TaskStep
from ritorno.core.journeys.trigger import Happened
from ritorno.core.journeys.way import Words
from ritorno.core.plan import Policy
from ritorno.core.tasks import problems, task_of
from ritorno.playbooks.library import load
from ritorno.testing import Person, at, shop
from tests.core.plans import journey

_CALL = Words(
    "להתקשר אל {{ customer.first_name }}, קנייה ב-{{ order.total }} ב{{ order.branch }}",
    "call {{ customer.first_name }}, bought {{ order.total }} at {{ order.branch }}",
)


def with_task(text: Words = _CALL, episode: str = "order") -> Person:
    playbook = journey(
        "PB1", Happened("order"), TaskStep("call", text), exits=Exits(purchase=False),
        entry=Entry(episode=episode),  # type: ignore[arg-type]
    )  # fmt: skip
    return Person(shop(playbook))


def wanted(person: Person) -> list[TaskWanted]:
    return [each for each in person.life.decisions if isinstance(each, TaskWanted)]


def test_pb1_11_the_branch_is_asked_to_call_dana_of_her_purchase_there() -> None:
    person = with_task().is_told(first_name="Dana")
    person.buys("2026-03-02T10:00", 2000, sold_via=SoldVia.POS, branch="Ayalon")
    [asked] = wanted(person)
    task = task_of(asked, person.customer, person.plan)
    assert task is not None
    assert task.text.en == "call Dana, bought ₪2,000 at Ayalon"
    assert task.text.he.startswith("להתקשר אל ")
    assert (task.role, task.branch, task.due_at) == ("branch", "Ayalon", at("2026-03-04T10:00"))


def test_of_two_orders_each_task_speaks_of_its_own() -> None:
    person = with_task()
    person.buys("2026-03-02T10:00", 100, branch="A").buys("2026-03-03T10:00", 200, branch="B")
    told = [task_of(each, person.customer, person.plan) for each in wanted(person)]
    assert [task.branch for task in told if task] == ["A", "B"]


def test_what_is_not_known_leaves_nothing() -> None:
    words = Words("[{{ customer.first_name }}] {{ product.name }}{{ category.name }}", "{{ customer.email }}")
    person = with_task(words).buys("2026-03-02T10:00", 100)
    person.customer.identifiers = []
    [asked] = wanted(person)
    task = task_of(asked, person.customer, person.plan)
    assert task is not None
    assert (task.text.he, task.text.en) == ("[]", "")
    without_orders = msgspec.structs.replace(person.customer, orders=[], enrollments=[])
    task = task_of(asked, without_orders, person.plan)
    assert task is not None
    assert task.branch == ""


def test_a_text_that_cannot_be_filled_is_shown_as_it_was_written() -> None:
    person = with_task(Words("{{ nobody.knows }}", "fine")).buys("2026-03-02T10:00", 100)
    [asked] = wanted(person)
    task = task_of(asked, person.customer, person.plan)
    assert task is not None
    assert (task.text.he, task.text.en) == ("{{ nobody.knows }}", "fine")


def test_of_a_step_that_is_no_more_and_of_a_tills_account_nothing_is_asked() -> None:
    person = with_task().buys("2026-03-02T10:00", 100)
    [asked] = wanted(person)
    assert task_of(msgspec.structs.replace(asked, step="gone"), person.customer, person.plan) is None
    assert task_of(msgspec.structs.replace(asked, playbook=PlaybookKey("gone")), person.customer, person.plan) is None
    person.customer.house = True
    assert task_of(asked, person.customer, person.plan) is None


def test_com_24_for_the_smallest_customers_nothing_is_done_by_hand() -> None:
    person = with_task()
    person.plan = person.life.plan = msgspec.structs.replace(person.plan, policy=Policy(tiers=(100_000, 50_000)))
    person.buys("2026-03-02T10:00", 100)
    assert wanted(person) == [], "tier C"
    person.buys("2026-03-03T10:00", 900)
    assert len(wanted(person)) == 1, "tier A"


def test_a_tasks_text_says_what_is_wrong_with_it() -> None:
    assert list(problems(_CALL)) == []
    [unknown] = problems(Words("{{ offer.code }}", "x"))
    assert unknown.startswith("he: there is no field 'offer.code'; there are brand.name,")
    [broken] = problems(Words("x", "{{ customer."))
    assert broken.startswith("en: ")


def test_a_playbook_whose_task_cannot_be_said_is_refused() -> None:
    told = msgspec.to_builtins(journey("PB1", Happened("order"), TaskStep("call", Words("{{ offer.code }}", "x"))))
    with pytest.raises(PlaybookError, match=r"there is no field 'offer\.code'"):
        decode(told)


def test_pb1_11_the_librarys_call_says_who_how_much_and_where() -> None:
    steps = [place.step for place in load("PB1", frozenset({"call"})).program]
    [call] = [each for each in steps if isinstance(each, TaskStep)]
    person = with_task(call.text).is_told(first_name="Dana")
    person.buys("2026-03-02T10:00", 2000, sold_via=SoldVia.POS, branch="Ayalon")
    [asked] = wanted(person)
    task = task_of(asked, person.customer, person.plan)
    assert task is not None
    assert task.text.en == "call Dana, bought ₪2,000 at Ayalon"
