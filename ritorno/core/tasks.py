"""Tasks for people: what a step asks for, in the words of the customer and the order that it is about (PB1-11).

A text is Liquid as in messages, with fields of its own: `customer.first_name`, `customer.phone`, `customer.email`,
`order.total`, `order.branch`, `order.number`, `order.date`, `product.name`, `category.name`, `brand.name`. What is not
known leaves nothing.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from ritorno.core.address import address_for
from ritorno.core.customer import NOTHING, About, Customer, Order
from ritorno.core.decisions import TaskWanted
from ritorno.core.events import Channel
from ritorno.core.ids import CustomerId
from ritorno.core.instants import Instant, to_datetime
from ritorno.core.journeys.step import Task as TaskStep
from ritorno.core.journeys.way import Words
from ritorno.core.messages.printing import TextError
from ritorno.core.messages.render import asked, render
from ritorno.core.money import format_amount
from ritorno.core.plan import Plan

FIELDS = frozenset({
    "brand.name", "customer.first_name", "customer.phone", "customer.email", "order.total", "order.branch",
    "order.number", "order.date", "product.name", "category.name",
})  # fmt: skip


class Task(msgspec.Struct, frozen=True):
    """Something for people of a `role` to do until `due_at`; `branch` is where the order was made, "" online."""

    id: int
    customer: CustomerId
    enrollment: int
    playbook: str
    version: int
    step: str
    role: str
    branch: str
    text: Words
    made_at: Instant
    due_at: Instant


def task_of(wanted: TaskWanted, customer: Customer, plan: Plan) -> Task | None:
    """The task as people read it; None when the step is no more, or the customer is a till's account."""
    playbook = plan.playbook(wanted.playbook, wanted.version)
    steps = () if playbook is None else (place.step for place in playbook.program)
    step = next((each for each in steps if isinstance(each, TaskStep) and each.name == wanted.step), None)
    if step is None or customer.house:
        return None
    about = next((each.about for each in customer.enrollments if each.id == wanted.enrollment), NOTHING)
    order = _order(customer, about)
    he, en = (_said(step.text, language, customer, about, plan) for language in ("he", "en"))
    return Task(
        wanted.task, customer.id, wanted.enrollment, wanted.playbook, wanted.version, wanted.step, wanted.role,
        order.branch if order else "", Words(he, en), wanted.at, wanted.due_at,
    )  # fmt: skip


def _said(words: Words, language: str, customer: Customer, about: About, plan: Plan) -> str:
    """A text that cannot be filled is shown as it was written: the task stands all the same."""
    text = words.in_language(language)
    try:
        return render(text, language, fields(customer, about, plan, language))
    except TextError:
        return text


def _order(customer: Customer, about: About) -> Order | None:
    """The order that it is about, or the latest that counts."""
    if about.order:
        return next((each for each in customer.orders if each.key == about.order), None)
    return next((each for each in reversed(customer.orders) if each.counts), None)


def fields(customer: Customer, about: About, plan: Plan, language: str) -> dict[str, Any]:
    """What a task's text may say, all of them."""
    order = _order(customer, about)
    day = to_datetime(order.occurred_at, plan.tz) if order else None
    first_name = customer.traits.get("first_name")
    phone, email = address_for(customer, Channel.SMS), address_for(customer, Channel.EMAIL)
    return {
        "brand": {"name": plan.brand.name},
        "customer": {
            "first_name": str(first_name.value or "") if first_name else "",
            "phone": phone.value if phone else "",
            "email": email.value if email else "",
        },
        "order": {
            "total": format_amount(order.net, order.currency, language) if order else "",
            "branch": order.branch if order else "",
            "number": order.order_id if order else "",
            "date": f"{day.day}.{day.month}.{day.year}" if day else "",
        },
        "product": {"name": plan.catalogue.product(about.sku).name if about.sku else ""},
        "category": {"name": about.category},
    }


def problems(words: Words) -> Iterator[str]:
    """What is wrong with a task's text, by its language."""
    for language in ("he", "en"):
        try:
            unknown = asked(words.in_language(language), language) - FIELDS
        except TextError as error:
            yield f"{language}: {error}"
            continue
        if unknown:
            yield f"{language}: there is no field {min(unknown)!r}; there are {', '.join(sorted(FIELDS))}"
