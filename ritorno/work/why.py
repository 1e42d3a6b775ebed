"""Why and why not, from what was kept when it was decided; and for the future, from the rules themselves."""

from typing import NamedTuple

import msgspec
import psycopg

from ritorno.core.customer import Customer
from ritorno.core.decisions import AnyDecision, Declined, Ended, Enrolled, GroupMoved, ScoreMoved, StepTaken
from ritorno.core.ids import CustomerId, MessageId, PlaybookKey
from ritorno.core.instants import NEVER, Instant
from ritorno.core.journeys.entry import episode, refusal
from ritorno.core.journeys.journey import Playbook
from ritorno.core.plan import Plan
from ritorno.core.segments.live import View, ask
from ritorno.core.segments.rule import All, Any, Not, Rule
from ritorno.core.view import view_of
from ritorno.store import customers, decisions, messages
from ritorno.work.proof import NoMessage, Proof, proof


class Fact(NamedTuple):
    """One dated thing that happened; `code` is stable, `detail` what it was about."""

    at: Instant
    code: str
    detail: str


class Why(NamedTuple):
    """One passage and its messages, in order of time; `proof` is what permitted the message asked for."""

    customer: CustomerId
    playbook: str
    facts: list[Fact]
    proof: Proof | None


class WhyNot(NamedTuple):
    """Why a customer is not in a playbook now. `missing` names the parts of the segment's rule that are not so."""

    customer: CustomerId
    playbook: str
    is_open: bool
    in_segment: bool
    missing: list[str]
    refusal: str
    may_change_at: Instant | None
    declined: list[Fact]


def why_message(connection: psycopg.Connection, plan: Plan, message: MessageId) -> Why:
    """Why this message was wanted, and why it left, waits or was dropped. Raises NoMessage."""
    evidence = proof(connection, plan, message)
    kept = evidence.message
    told = decisions.of_customer(connection, plan.brand.id, kept.message.customer)
    facts = _passage(list(told), kept.message.enrollment) + _verdicts(kept)
    return Why(kept.message.customer, kept.message.playbook, sorted(facts), evidence)


def why(connection: psycopg.Connection, plan: Plan, customer: CustomerId, playbook: PlaybookKey) -> Why:
    """Every passage of a customer through a playbook, with its messages; empty facts when there was none."""
    told = list(decisions.of_customer(connection, plan.brand.id, customer))
    passages = [each.enrollment for each in told if isinstance(each, Enrolled) and each.playbook == playbook]
    facts = [fact for enrollment in passages for fact in _passage(told, enrollment)]
    for kept in messages.of_customer(connection, plan.brand.id, customer):
        if kept.message.playbook == playbook:
            facts += _verdicts(kept)
    return Why(customer, playbook, sorted(facts), None)


def _passage(told: list[AnyDecision], enrollment: int) -> list[Fact]:
    """What let the customer in, how far it got, how it ended."""
    facts: list[Fact] = []
    entered_at = next((each.at for each in told if isinstance(each, Enrolled) and each.enrollment == enrollment), None)
    for each in told:
        match each:
            case ScoreMoved(at=at, axis=axis, before=before, after=after, version=version) if at == entered_at:
                facts.append(Fact(at, "moved", f"{axis.upper()} {before}→{after}, {each.cause}, cuts v{version}"))
            case GroupMoved(at=at, before=was, after=becomes) if at == entered_at:
                facts.append(Fact(at, "group", f"{was} → {becomes}"))
            case Enrolled(enrollment=number, arm=arm, version=version) if number == enrollment:
                facts.append(Fact(each.at, "enrolled", f"version {version}, {arm}, by {each.cause}"))
            case StepTaken(enrollment=number, step=step) if number == enrollment:
                facts.append(Fact(each.at, "step", step))
            case Ended(enrollment=number, why=reason) if number == enrollment:
                facts.append(Fact(each.at, "ended", reason))
            case _:
                continue
    return facts


def _verdicts(kept: messages.Kept) -> list[Fact]:
    facts = [Fact(kept.message.wanted_at, "wanted", kept.message.step)]
    facts += [
        Fact(Instant(at), "verdict", f"{code}: {detail}" if detail else code) for at, code, detail in kept.reasons
    ]
    if kept.sent_at is not None:
        channel = kept.content.channel if kept.content else ""
        facts.append(Fact(kept.sent_at, kept.state, str(channel)))
    elif not kept.reasons:
        facts.append(Fact(kept.message.due_at, kept.state, "due"))
    return facts


def why_not(
    connection: psycopg.Connection, plan: Plan, customer: CustomerId, playbook: Playbook, now: Instant
) -> WhyNot:
    """Why a customer is not in a playbook: which part of the rule is not so, what stands against entering, and when
    that may change by time alone."""
    document = customers.read(connection, plan.brand.id, customer)
    if document is None:
        raise NoMessage(f"there is no customer {customer}")
    view = view_of(document, plan, now)
    inside, change = ask(playbook.segment, view)
    against = _against(document, playbook, view)
    told = decisions.of_customer(connection, plan.brand.id, document.id)
    declined = [
        Fact(each.at, "declined", each.why)
        for each in told
        if isinstance(each, Declined) and each.playbook == playbook.key
    ]
    due = min(change, document.due_at)
    return WhyNot(
        customer=document.id,
        playbook=playbook.key,
        is_open=any(each.playbook == playbook.key and each.is_open for each in document.enrollments),
        in_segment=inside,
        missing=[] if inside else _missing(playbook.segment, view, "segment"),
        refusal=against,
        may_change_at=None if due == NEVER else due,
        declined=declined,
    )


def _against(document: Customer, playbook: Playbook, view: View) -> str:
    if document.house:
        return "house_account"
    return refusal(playbook, view, episode(playbook, view, None))


def _missing(rule: Rule, view: View, path: str) -> list[str]:
    """The leaves that would have to be otherwise."""
    match rule:
        case All(rules):
            parts = enumerate(rules)
            return [one for i, part in parts if not ask(part, view)[0] for one in _missing(part, view, f"{path}.{i}")]
        case Any(rules):
            return [one for i, part in enumerate(rules) for one in _missing(part, view, f"{path}.{i}")]
        case Not():
            return [f"{path}: must not be so"]
        case _:
            told = {name: value for name, value in msgspec.to_builtins(rule).items() if name != "is"}
            return [f"{path}: {type(rule).__struct_config__.tag} {told}"]
