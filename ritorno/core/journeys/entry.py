"""Who enters a playbook: the trigger fired, the customer is in the segment, and the entry's conditions hold.

One order may bring several enrollments of one playbook side by side: one for the order, or for each of its products,
or their categories (COM-01).
"""

from collections.abc import Iterator
from typing import assert_never

from msgspec.structs import replace

from ritorno.core.customer import NOTHING, About, Enrollment, Order
from ritorno.core.decisions import Declined, Enrolled
from ritorno.core.events import Event, OrderTold
from ritorno.core.experiments import arm
from ritorno.core.instants import NEVER, add_span
from ritorno.core.journeys.about import rule_about
from ritorno.core.journeys.fires import lines_that_fit, order_told
from ritorno.core.journeys.journey import PER_ORDER, Playbook
from ritorno.core.journeys.trigger import Happened
from ritorno.core.messages.message import enrollment_id
from ritorno.core.segments.live import ask
from ritorno.core.segments.rule import Reachable
from ritorno.core.view import View


def entrances(playbook: Playbook, view: View, event: Event | None, cause: str) -> Iterator[Enrolled | Declined]:
    """The entries of a customer whose trigger fired: enrolled, or declined and why; outside the segment none."""
    for subject in subjects(playbook, view, event):
        about = _at_milestone(playbook, subject, view)
        if ask(rule_about(playbook.segment, about), view)[0]:
            yield _enter(playbook, view, event, about, cause)


def _at_milestone(playbook: Playbook, about: About, view: View) -> About:
    """A reward for the third order remembers that it is for the third: no other order brings it again."""
    if not isinstance(playbook.trigger, Happened) or playbook.trigger.milestone is None:
        return about
    return replace(about, thing=str(view.facts.ever))


def subjects(playbook: Playbook, view: View, event: Event | None) -> list[About]:
    """What it would be entered for. Without an order told just now (an invitation) it is the last one."""
    order = _order(view, event)
    match playbook.entry.episode:
        case "order":
            return [] if order is None else [About(order.key)]
        case "line" | "category" as kind:
            return [] if order is None else _of_lines(playbook, order, view, by_category=kind == "category")
        case "event" if playbook.entry.by:
            return _of_property(playbook.entry.by, view, event)
        case "lapse" | "once" | "event":
            told = order is not None and event is not None and isinstance(event.body, OrderTold)
            return [About(order.key) if told and order is not None else NOTHING]
        case kind:
            assert_never(kind)


def _order(view: View, event: Event | None) -> Order | None:
    if event is not None and isinstance(event.body, OrderTold):
        return order_told(event, view)
    return next((order for order in reversed(view.customer.orders) if order.counts), None)


def _of_lines(playbook: Playbook, order: Order, view: View, *, by_category: bool) -> list[About]:
    wanted = playbook.trigger if isinstance(playbook.trigger, Happened) else Happened("order")
    found: dict[About, None] = {}
    for line in lines_that_fit(wanted, order, view):
        category = line.category or view.plan.catalogue.product(line.sku).category
        about = About(order.key, "" if by_category else line.sku, category, beneficiary=order.beneficiary)
        if about.category if by_category else about.sku:
            found[about] = None
    return list(found)


def _of_property(name: str, view: View, event: Event | None) -> list[About]:
    if event is None:
        return []
    done = next((each for each in reversed(view.customer.did) if each.event == event.id), None)
    value = done.properties.get(name) if done is not None else None
    if value is None:
        return []
    return [About(thing=str(value), category=str(value) if name == "category" else "")]


def _enter(playbook: Playbook, view: View, event: Event | None, about: About, cause: str) -> Enrolled | Declined:
    key = episode(playbook, view, event, about)
    reason = refusal(playbook, view, key, about)
    if reason:
        return Declined(at=view.now, cause=cause, playbook=playbook.key, why=reason)
    customer = view.customer.id
    return Enrolled(
        at=view.now,
        cause=cause,
        enrollment=enrollment_id(playbook.key, customer, key),
        playbook=playbook.key,
        version=playbook.version,
        key=key,
        arm=arm(playbook.key, customer, playbook.holdout),
        about=about,
    )


def episode(playbook: Playbook, view: View, event: Event | None, about: About = NOTHING) -> str:
    """What must be different for the playbook to be entered again."""
    match playbook.entry.episode:
        case "lapse":
            return f"lapse:{view.facts.last_at}"
        case "once":
            return "once"
        case "event":
            return f"event:{about.thing or (event.id if event else view.now)}"
        case "order" | "line" | "category" as kind:
            return f"{kind}:{about.order}\x00{about.sku or about.category}"
        case kind:
            assert_never(kind)


def refusal(playbook: Playbook, view: View, key: str, about: About = NOTHING) -> str:
    """Why the customer may not enter now; empty when nothing stands against it."""
    passages = [each for each in view.customer.enrollments if each.playbook == playbook.key]
    rivals = [each for each in passages if is_rival(playbook, each, about)]
    if any(each.key == key for each in passages):
        same_and_open = any(each.key == key and each.is_open for each in passages)
        return "in_playbook" if same_and_open else f"same_episode: {key.partition(':')[0]}"
    if any(each.is_open for each in rivals):
        return "in_playbook"
    again = playbook.entry.again_after
    if again is not None and rivals:
        free_at = max(add_span(each.entered_at, again, view.tz) for each in rivals)
        if view.now < free_at:
            return f"again_after: {again}"
    channels = playbook.entry.reachable
    if channels and not ask(Reachable(channels), view)[0]:
        return "no_consent: " + ",".join(channels)
    return ""


def stands_against(playbook: Playbook, view: View) -> str:
    """Why the customer could not be let in now by an operator; empty when nothing stands against it."""
    found = subjects(playbook, view, None)
    reasons = [refusal(playbook, view, episode(playbook, view, None, each), each) for each in found]
    return min(reasons, key=len) if reasons else "no_order"


def is_rival(playbook: Playbook, passage: Enrollment, about: About) -> bool:
    """Can the two not be open side by side? Of playbooks that are entered for each product, only for the same one and
    the same beneficiary."""
    if playbook.entry.episode not in PER_ORDER:
        return True
    own = passage.about
    if playbook.entry.episode == "order":
        return own.order == about.order
    return (own.sku, own.category, own.beneficiary) == (about.sku, about.category, about.beneficiary)


def begin(entered: Enrolled, bought: int) -> Enrollment:
    return Enrollment(
        entered.enrollment, entered.playbook, entered.version, entered.key, entered.at, entered.arm, 0, entered.at,
        NEVER, bought, about=entered.about,
    )  # fmt: skip
