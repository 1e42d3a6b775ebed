"""Suggest: which playbook is worth starting now, for whom, by which channel, for how much (ORC-09, ORC-14).

    groups → documents → who could enter, whom the first message reaches → stake, cost → expected → the first three

Documents are read, and judged by the rules that dispatch asks too: who is counted as reachable is who could be sent to.
"""

from collections.abc import Sequence

import psycopg
from msgspec.structs import replace

from ritorno.core.events import Channel
from ritorno.core.ids import PlaybookKey
from ritorno.core.instants import Instant, months
from ritorno.core.journeys.journey import Playbook
from ritorno.core.journeys.step import Send
from ritorno.core.journeys.way import Way
from ritorno.core.messages.judge import Go, permitted
from ritorno.core.messages.render import render
from ritorno.core.messages.sample_fields import sample
from ritorno.core.messages.sms_parts import count_parts
from ritorno.core.plan import Plan
from ritorno.core.scores.cells import group_named
from ritorno.core.scores.facts import in_span
from ritorno.core.suggestions import AIMS, Own, Reach, Suggestion, could_enter, expected, kind_of, lets_in, rank
from ritorno.core.view import view_of
from ritorno.store import definitions, measures, suggestions
from ritorno.store.transaction import transaction
from ritorno.work.activate import NoPlaybook, adjusted, current, save_draft
from ritorno.work.measure import measure
from ritorno.work.measure_parameters import measure_parameters

_YEAR = months(12)


def suggest(connection: psycopg.Connection, plan: Plan, now: Instant) -> list[Suggestion]:
    """At most three, the most value at stake first."""
    dismissed = suggestions.dismissed(connection, plan.brand.id)
    found = (_suggestion(connection, plan, key, now) for key in AIMS)
    return rank([each for each in found if each is not None], dismissed, now, plan)


def _suggestion(connection: psycopg.Connection, plan: Plan, key: PlaybookKey, now: Instant) -> Suggestion | None:
    try:
        playbook, status = current(connection, plan, key)
    except NoPlaybook:
        return None
    kind = kind_of(playbook, status)
    if kind is None:
        return None
    if kind == "start":
        playbook = _to_start(connection, plan, playbook, now)
    reach = _reach(connection, plan, playbook, now)
    own = _own(connection, plan, playbook, now)
    return Suggestion(key, kind, lets_in(playbook), AIMS[key], reach, expected(reach, playbook, plan, own))


def _to_start(connection: psycopg.Connection, plan: Plan, playbook: Playbook, now: Instant) -> Playbook:
    """As it would be activated: with what is measured of the shop."""
    values, _ = measure_parameters(connection, plan, playbook, now)
    return adjusted(playbook, parameters=values) if values else playbook


def _reach(connection: psycopg.Connection, plan: Plan, playbook: Playbook, now: Instant) -> Reach:
    cells = [int(cell) for group in AIMS[playbook.key] for cell in group_named(group).cells]
    first = next(place.step for place in playbook.program if isinstance(place.step, Send))
    costs = [_cost(way, plan) for way in first.ways]
    whoever = replace(playbook, entry=replace(playbook.entry, reachable=()))  # at stake is also whom nothing reaches
    customers = stake = reachable = spend = orders = cost = 0
    channels: dict[str, int] = {}
    for customer in suggestions.of_cells(connection, plan.brand.id, cells):
        view = view_of(customer, plan, now)
        if view.scores.cell not in cells or not could_enter(whoever, view):
            continue
        customers += 1
        inside, _ = in_span(view.counted()[0], _YEAR, now, plan.tz)
        stake += sum(order.net for order in inside)
        ways = [way for way in first.ways if isinstance(permitted(replace(first, ways=(way,)), view), Go)]
        for way in ways:
            channels[way.channel.value] = channels.get(way.channel.value, 0) + 1
        if ways:
            reachable += 1
            cost += costs[first.ways.index(ways[0])]
            spend, orders = spend + view.facts.spend, orders + view.facts.orders
    return Reach(customers, stake, reachable, channels, spend // orders if orders else 0, cost)


def _cost(way: Way, plan: Plan) -> int:
    """Of one message with sample values, in thousandths of a minor unit."""
    brand = plan.brand
    if way.channel is not Channel.SMS:
        return brand.email_cost if way.channel is Channel.EMAIL else brand.whatsapp_cost
    link = f"{brand.link_base}/r/" + "x" * 11
    own = {"brand": {"name": brand.name}, "link": link, "optout": link, "links": dict.fromkeys(way.links, link)}
    text = way.text.in_language(brand.language)
    said = render(text, brand.language, sample(brand.currency, brand.language) | own)
    return brand.part_cost * count_parts(said).parts


def _own(connection: psycopg.Connection, plan: Plan, playbook: Playbook, now: Instant) -> Own | None:
    """Its results, whichever version; None before there is an interval."""
    if measures.range_of(connection, plan.brand.id, playbook.key, now) is None:
        return None
    told = measure(connection, plan, playbook, now)
    if told.spend is None:
        return None
    offers = told.profit.offers if told.profit is not None else 0.0
    return Own(told.spend, offers / told.spend.treated_count)


def draft(connection: psycopg.Connection, plan: Plan, key: str, now: Instant, by: str) -> Playbook:
    """The suggested playbook as a draft, with what is measured of the shop: nobody enters it yet. Raises NoPlaybook."""
    known = _suggestible(key)
    playbook, status = current(connection, plan, known)
    if status in ("active", "paused"):
        raise NoPlaybook(f"{known} is {status} already, no draft is needed: ritorno playbook activate {known}")
    return save_draft(connection, plan, _to_start(connection, plan, playbook, now), now, by)


def dismiss(connection: psycopg.Connection, plan: Plan, key: str, because: str, now: Instant, by: str) -> PlaybookKey:
    """It stays away for 30 days. Raises NoPlaybook for what is never suggested, ValueError without a reason."""
    known = _suggestible(key)
    if not because.strip():
        raise ValueError(f"say why {known} is put aside, for whoever asks in 30 days: --because 'no stock until May'")
    with transaction(connection):
        suggestions.dismiss(connection, plan.brand.id, known, now, by, because.strip())
        detail = {"suggestion": known, "because": because.strip()}
        definitions.audit(connection, plan.brand.id, now, by, "dismiss", detail)
    return known


def _suggestible(key: str, keys: Sequence[PlaybookKey] = tuple(AIMS)) -> PlaybookKey:
    found = next((each for each in keys if each.upper() == key.upper()), None)
    if found is None:
        raise NoPlaybook(f"{key} is never suggested; what may be is: {', '.join(keys)}")
    return found
