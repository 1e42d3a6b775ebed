"""Why and why not, from what was kept when it was decided; and for the future, from the rules themselves.

why       decisions, verdicts and the consent that permitted it, each at its instant
why not   what of the segment's rule is not so, what stands against the entry, when that may change by time alone,
          and what would happen if nothing but time did: the same `react`, lived ahead
"""

from typing import NamedTuple

import msgspec
import psycopg

from ritorno.core.customer import Customer
from ritorno.core.decisions import (
    AnyDecision,
    AudienceJoined,
    AudienceLeft,
    Declined,
    Ended,
    Enrolled,
    GroupMoved,
    PointsBooked,
    ScoreMoved,
    StepTaken,
    TaskWanted,
    TraitWritten,
    VersionMoved,
    WebhookWanted,
)
from ritorno.core.events import TraitValue
from ritorno.core.ids import CustomerId, MessageId, PlaybookKey
from ritorno.core.instants import NEVER, Instant, add_span
from ritorno.core.journeys.about import say_about
from ritorno.core.journeys.entry import stands_against
from ritorno.core.journeys.journey import Playbook
from ritorno.core.journeys.trigger import Trigger
from ritorno.core.plan import Plan, with_playbooks
from ritorno.core.react import react
from ritorno.core.segments.live import ask
from ritorno.core.segments.unmet import Unmet, unmet
from ritorno.core.view import View, view_of
from ritorno.store import customers, kin, messages
from ritorno.work.proof import NoMessage, Proof, proof

_MOST_STEPS = 200  # looked ahead; an order leaves a window of 24 months once
_FIRST, _LAST = (
    ("consented", "moved", "group", "declined", "enrolled", "version"),
    ("wanted", "verdict", "sent", "ended"),
)
_OF_HER = ("moved", "group")  # what is of the customer and of no passage


class Fact(NamedTuple):
    """One dated thing that happened; `code` is stable, `detail` what it was about, `values` the same in parts. `about`:
    for which order, product, category, cart or beneficiary the passage was entered, "" where it is for none."""

    at: Instant
    code: str
    detail: str
    values: tuple[tuple[str, str], ...] = ()
    about: str = ""


class Why(NamedTuple):
    """Passages and their messages, in order of time; `proof` is what permitted the message asked for."""

    customer: CustomerId
    playbook: str
    facts: list[Fact]
    proof: Proof | None


class WhyNot(NamedTuple):
    """Why a customer is not in a playbook now. `unmet` are the leaves of the segment's rule that are not as they must
    be, `refusal` what stands against an entry. `would`: what its trigger brings at `would_at` if nothing but time
    passes, "enrolled" or "declined: why"; empty when time alone never pulls it."""

    customer: CustomerId
    playbook: str
    is_open: bool
    in_segment: bool
    unmet: list[Unmet]
    refusal: str
    may_change_at: Instant | None
    declined: list[Fact]
    trigger: Trigger
    would: str = ""
    would_at: Instant | None = None

    @property
    def missing(self) -> list[str]:
        """The unmet leaves as text: path, rule and values."""
        return [
            f"{one.path}: {'' if one.wanted else 'not '}{_named(one)} {_values(one)}".rstrip() for one in self.unmet
        ]


def _named(one: Unmet) -> str:
    return str(type(one.leaf).__struct_config__.tag)


def _values(one: Unmet) -> str:
    told = {name: value for name, value in msgspec.to_builtins(one.leaf).items() if name != "is"}
    return ", ".join(f"{name} {_plain(value)}" for name, value in told.items())


def _plain(value: object) -> str:
    return " ".join(map(_plain, value)) if isinstance(value, list | tuple) else str(value)


def why_message(connection: psycopg.Connection, plan: Plan, message: MessageId) -> Why:
    """Why this message was wanted, by which consent, and why it left, waits or was dropped. Raises NoMessage."""
    evidence = proof(connection, plan, message)
    kept = evidence.message
    told = _told(connection, plan, kept.message.customer)
    number = kept.message.enrollment
    facts = _about(_passage(told, number, plan) + _verdicts(kept), _subjects(told).get(number, ""))
    if (permit := evidence.permit) is not None:
        values = (("channel", permit.channel), ("source", permit.source), ("proof", permit.proof))
        facts.append(Fact(permit.at, "consented", f"{permit.channel}, {permit.source}, {permit.proof}", values))
    return Why(kept.message.customer, kept.message.playbook, _sorted(facts), evidence)


def why(connection: psycopg.Connection, plan: Plan, customer: CustomerId, playbook: PlaybookKey) -> Why:
    """Every passage of a customer (of a merged one: the survivor) through a playbook, with its messages; empty facts
    when there was none."""
    document = customers.read(connection, plan.brand.id, customer)
    if document is None:
        return Why(customer, playbook, [], None)
    told = _told(connection, plan, document.id)
    passages = [each.id for each in document.enrollments if each.playbook == playbook]
    subjects = _subjects(told)
    facts = [fact for one in passages for fact in _about(_passage(told, one, plan), subjects.get(one, ""))]
    for kept in messages.of_customer(connection, plan.brand.id, document.id):
        if kept.message.playbook == playbook:
            facts += _about(_verdicts(kept), subjects.get(kept.message.enrollment, ""))
    return Why(document.id, playbook, _sorted(facts), None)


_Told = list[tuple[CustomerId, AnyDecision]]


def _told(connection: psycopg.Connection, plan: Plan, customer: CustomerId) -> _Told:
    return kin.decided(connection, plan.brand.id, kin.kin(connection, plan.brand.id, customer))


def _subjects(told: _Told) -> dict[int, str]:
    """What each passage was entered for."""
    return {each.enrollment: say_about(each.about) for _, each in told if isinstance(each, Enrolled)}


def _about(facts: list[Fact], about: str) -> list[Fact]:
    return [fact if fact.code in _OF_HER else fact._replace(about=about) for fact in facts]


def _sorted(facts: list[Fact]) -> list[Fact]:
    """By time; within one instant a cause stands before what it brought about."""
    rank = {code: place for place, code in enumerate((*_FIRST, "", *_LAST))}
    return sorted(dict.fromkeys(facts), key=lambda fact: (fact.at, rank.get(fact.code, rank[""])))


def _in_order(told: _Told, enrollment: int, plan: Plan) -> _Told:
    """Within one instant a passage's decisions as its steps stand, each step before what it did."""
    places: dict[str, int] = {}
    for _, each in told:
        if isinstance(each, Enrolled | VersionMoved) and each.enrollment == enrollment:
            version = each.version if isinstance(each, Enrolled) else each.after
            playbook = plan.playbook(each.playbook, version)
            places |= playbook.places if playbook is not None else {}
    last = len(places)
    return sorted(
        told,
        key=lambda one: (one[1].at, places.get(getattr(one[1], "step", ""), last), not isinstance(one[1], StepTaken)),
    )


def _passage(told: _Told, enrollment: int, plan: Plan) -> list[Fact]:
    """What let the customer in, how far it got, how it ended."""
    told = _in_order(told, enrollment, plan)
    entries = [(who, each) for who, each in told if isinstance(each, Enrolled) and each.enrollment == enrollment]
    instants = {(who, each.at) for who, each in entries}
    facts = [fact for who, each in told if (who, each.at) in instants for fact in _cause(each)]
    for _, each in told:
        match each:
            case Enrolled(enrollment=number, arm=arm, version=version) if number == enrollment:
                values = (("version", str(version)), ("arm", arm), ("cause", each.cause))
                facts.append(Fact(each.at, "enrolled", f"version {version}, {arm}, by {each.cause}", values))
            case StepTaken(enrollment=number, step=step, arm=way) if number == enrollment:
                code, detail = ("step_arm", f"{step}: {way}") if way else ("step", step)
                facts.append(Fact(each.at, code, detail, (("step", step), ("way", way))))
            case Ended(enrollment=number, why=reason) if number == enrollment:
                facts.append(Fact(each.at, "ended", reason, (("reason", reason),)))
            case _ if getattr(each, "enrollment", None) == enrollment:
                facts += _done(each)
            case _:
                continue
    return facts


def _done(each: AnyDecision) -> list[Fact]:
    """What a step did besides writing to the customer."""
    match each:
        case VersionMoved(before=old, after=new):
            return [Fact(each.at, "version", f"{old} → {new}", (("before", str(old)), ("after", str(new))))]
        case TraitWritten(trait=trait, before=before, after=after, because=because):
            told = (("trait", trait), ("before", _shown(before)), ("after", _shown(after)), ("because", because))
            return [Fact(each.at, "wrote", f"{trait}: {_shown(before)} → {_shown(after)}, {because}", told)]
        case PointsBooked(points=points):
            return [Fact(each.at, "points", str(points), (("points", str(points)),))]
        case AudienceJoined(audience=audience, use=use):
            return [Fact(each.at, f"audience_{use}", audience, (("audience", audience),))]
        case AudienceLeft(audience=audience):
            return [Fact(each.at, "audience_left", audience, (("audience", audience),))]
        case TaskWanted(role=role):
            return [Fact(each.at, "task", role, (("role", role),))]
        case WebhookWanted(endpoint=endpoint):
            return [Fact(each.at, "webhook", endpoint, (("endpoint", endpoint),))]
        case _:
            return []


def _shown(value: TraitValue) -> str:
    return "–" if value is None else ", ".join(value) if isinstance(value, list) else str(value)


def _cause(each: AnyDecision) -> list[Fact]:
    """What moved at the instant of the entry, and by which version of the cuts."""
    match each:
        case ScoreMoved(axis=axis, before=before, after=after, version=version, cause=cause):
            values = (
                ("axis", axis.upper()), ("before", str(before)), ("after", str(after)), ("cause", cause),
                ("version", str(version)),
            )  # fmt: skip
            return [Fact(each.at, "moved", f"{axis.upper()} {before}→{after}, {cause}, cuts v{version}", values)]
        case GroupMoved(before=was, after=becomes):
            return [Fact(each.at, "group", f"{was} → {becomes}", (("before", was), ("after", becomes)))]
        case _:
            return []


def _verdicts(kept: messages.Kept) -> list[Fact]:
    """The wish, every verdict that was not Send, and what became of it."""
    step = kept.message.step
    facts = [Fact(kept.message.wanted_at, "wanted", step, (("step", step),))]
    for at, code, detail in kept.reasons:
        reason = f"{code}: {detail}" if detail else code
        facts.append(Fact(Instant(at), "verdict", reason, (("step", step), ("reason", reason))))
    channel = str(kept.content.channel) if kept.content else ""
    if kept.sent_at is not None:
        facts.append(Fact(kept.sent_at, kept.state.value, channel, (("step", step), ("channel", channel))))
    elif not kept.reasons:
        facts.append(Fact(kept.message.due_at, kept.state.value, "due", (("step", step), ("channel", channel))))
    return facts


def why_not(
    connection: psycopg.Connection, plan: Plan, customer: CustomerId, playbook: Playbook, now: Instant
) -> WhyNot:
    """Why a customer is not in a playbook: which leaves of the rule are not so, what stands against entering, when that
    may change by time alone and what would come of it. Raises NoMessage for a customer that there is not."""
    kept = customers.read(connection, plan.brand.id, customer)
    if kept is None:
        raise NoMessage(f"there is no customer {customer}")
    document = react(kept, (), plan, now).customer  # what is due is done, though a worker may not have come to it yet
    view = view_of(document, plan, now)
    inside, change = ask(playbook.segment, view)
    would, would_at = _ahead(document, plan, playbook)
    changes = min(change, document.due_at, _free_at(playbook, view))
    return WhyNot(
        customer=document.id,
        playbook=playbook.key,
        is_open=any(each.playbook == playbook.key and each.is_open for each in document.enrollments),
        in_segment=inside,
        unmet=unmet(playbook.segment, view),
        refusal=against(document, playbook, view),
        may_change_at=None if changes == NEVER else changes,
        declined=_declined(_told(connection, plan, document.id), playbook),
        trigger=playbook.trigger,
        would=would,
        would_at=would_at,
    )


def against(document: Customer, playbook: Playbook, view: View) -> str:
    """What stands against an entry now, whatever pulls the trigger; empty when nothing does."""
    if document.house:
        return "house_account"
    return stands_against(playbook, view)


def _declined(told: _Told, playbook: Playbook) -> list[Fact]:
    return [
        Fact(each.at, "declined", each.why, (("reason", each.why), ("cause", each.cause)))
        for _, each in told
        if isinstance(each, Declined) and each.playbook == playbook.key
    ]


def _free_at(playbook: Playbook, view: View) -> Instant:
    """When the playbook may be entered again after the last time."""
    again = playbook.entry.again_after
    entered = [each.entered_at for each in view.customer.enrollments if each.playbook == playbook.key]
    if again is None or not entered:
        return NEVER
    free_at = add_span(max(entered), again, view.tz)
    return free_at if free_at > view.now else NEVER


def _ahead(document: Customer, plan: Plan, playbook: Playbook) -> tuple[str, Instant | None]:
    """What comes of the playbook if nothing but time passes."""
    alone = with_playbooks(msgspec.structs.replace(plan, running=()), playbook)
    for _ in range(_MOST_STEPS):
        if document.due_at == NEVER:
            break
        reaction = react(document, (), alone, document.due_at)
        for each in reaction.decisions:
            if isinstance(each, Enrolled) and each.playbook == playbook.key:
                return "enrolled", each.at
            if isinstance(each, Declined) and each.playbook == playbook.key:
                return f"declined: {each.why}", each.at
        document = reaction.customer
    return "", None
