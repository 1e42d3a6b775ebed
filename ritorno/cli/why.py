"""`ritorno why`, `why-not`, `consent proof`, `identity unmerge`: answers from what was kept."""

from typing import Any

import click
import msgspec

from ritorno.cli.app import Refused, answer, brand_option, cli, console, installation, json_option
from ritorno.cli.identity import identity
from ritorno.cli.outbox import told_message
from ritorno.core.ids import MessageId, PlaybookKey
from ritorno.core.instants import Instant, say_instant
from ritorno.core.plan import Plan
from ritorno.core.words.answers import say
from ritorno.store import consents
from ritorno.wiring import App
from ritorno.work.activate import NoPlaybook, current
from ritorno.work.find_customer import NotFound, find
from ritorno.work.group_names import said_groups
from ritorno.work.proof import NoMessage, proof
from ritorno.work.unmerge import CannotUnmerge, unmerge
from ritorno.work.why import Fact, Why, why, why_message, why_not
from ritorno.work.words_why import say_proof, say_why, say_why_not


@cli.command("why")
@click.argument("about")
@click.argument("key", required=False)
@brand_option
@json_option
def why_command(about: str, key: str | None, brand: str, as_json: bool) -> None:
    """Why a message was wanted and what became of it: a MESSAGE, or a CUSTOMER and a PLAYBOOK."""
    with installation() as app:
        plan = app.plan(brand)
        told = _why(app, plan, about, key)
        groups = said_groups(app.connection(), plan, plan.brand.language)
    if as_json:
        answer(told_why(told, plan))
        return
    language = plan.brand.language
    if not told.facts:
        ask = say(language, "ask", command=f"ritorno why-not {about} {told.playbook}")
        _print([say(language, "never_entered", playbook=told.playbook), ask])
    _print(say_why(told, plan, language, groups))
    if told.proof and told.proof.permit:
        _print(say_proof(told.proof, plan, language))


def _print(lines: list[str]) -> None:
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _why(app: App, plan: Plan, about: str, key: str | None) -> Why:
    connection = app.connection()
    try:
        if key is None:
            if not about.isdigit():
                raise Refused("give the number of a message, or a customer and a playbook: ritorno why CUSTOMER PB2")
            return why_message(connection, plan, MessageId(int(about)))
        one, _ = current(connection, plan, key)
        return why(connection, plan, find(connection, plan, about), PlaybookKey(one.key))
    except (NoMessage, NoPlaybook, NotFound) as error:
        raise Refused(str(error)) from error


def told_why(told: Why, plan: Plan) -> dict[str, Any]:
    """The answer as JSON."""
    evidence = told.proof
    return {
        "customer": str(told.customer),
        "playbook": told.playbook,
        "facts": _facts(told.facts, plan),
        "message": told_message(evidence.message, plan) if evidence else None,
        "permit": _told_permit(evidence.permit, plan) if evidence and evidence.permit else None,
    }


def _facts(facts: list[Fact], plan: Plan) -> list[dict[str, Any]]:
    return [
        {"at": say_instant(fact.at, plan.tz), "code": fact.code, "detail": fact.detail}
        | ({"about": fact.about} if fact.about else {})
        for fact in facts
    ]


@cli.command("why-not")
@click.argument("customer")
@click.argument("key")
@brand_option
@json_option
def why_not_command(customer: str, key: str, brand: str, as_json: bool) -> None:
    """Why CUSTOMER is not in the playbook KEY: what is not so, what stands against it, and when that may change."""
    with installation() as app:
        plan = app.plan(brand)
        try:
            one, status = current(app.connection(), plan, key)
            who = find(app.connection(), plan, customer)
            told = why_not(app.connection(), plan, who, one, app.now(plan.brand.id))
            groups = said_groups(app.connection(), plan, plan.brand.language)
        except (NoMessage, NoPlaybook, NotFound) as error:
            raise Refused(str(error)) from error
    changes = None if told.may_change_at is None else say_instant(told.may_change_at, plan.tz)
    if as_json:
        answer(
            {
                "customer": str(told.customer),
                "playbook": told.playbook,
                "status": status,
                "in_playbook": told.is_open,
                "in_segment": told.in_segment,
                "missing": told.missing,
                "against": told.refusal or None,
                "may_change_at": changes,
                "trigger": msgspec.to_builtins(told.trigger),
                "would": told.would or None,
                "would_at": None if told.would_at is None else say_instant(told.would_at, plan.tz),
                "declined": _facts(told.declined, plan),
            }
        )
        return
    language = plan.brand.language
    if status != "active":
        _print([say(language, "not_active", playbook=told.playbook, status=status)])
    _print(say_why_not(told, plan, language, groups))
    if told.is_open:
        _print([say(language, "ask", command=f"ritorno why {customer} {told.playbook}")])


@cli.group()
def consent() -> None:
    """Permission as records."""


@consent.command("proof")
@click.argument("message", type=int)
@brand_option
@json_option
def proof_command(message: int, brand: str, as_json: bool) -> None:
    """The record of the ledger that permitted MESSAGE, and what has been told since."""
    with installation() as app:
        plan = app.plan(brand)
        try:
            told = proof(app.connection(), plan, MessageId(message))
        except NoMessage as error:
            raise Refused(str(error)) from error
    if as_json:
        permit, stands = (_told_permit(row, plan) if row else None for row in (told.permit, told.stands))
        since = [_told_permit(row, plan) for row in told.since]
        answer({"message": told_message(told.message, plan), "permit": permit, "since": since, "stands": stands})
    else:
        _print(say_proof(told, plan, plan.brand.language))


def _told_permit(row: consents.Row, plan: Plan) -> dict[str, Any]:
    return {
        "event": str(row.event),
        "at": say_instant(row.at, plan.tz),
        "received_at": say_instant(row.received_at, plan.tz),
        "channel": row.channel,
        "purpose": row.purpose,
        "given": row.given,
        "proof": row.proof,
        "source": row.source,
        "wording": row.wording,
        "wording_version": row.wording_version,
        "evidence": row.evidence,
    }


@identity.command("unmerge")
@click.argument("merge", type=int)
@brand_option
@json_option
def unmerge_command(merge: int, brand: str, as_json: bool) -> None:
    """Take a merge or an attachment back: both customers are restored and kept apart from then on."""
    with installation() as app:
        plan = app.plan(brand)
        now: Instant = app.now(plan.brand.id)
        try:
            survivor, other = unmerge(app.connection(), plan, merge, now)
        except CannotUnmerge as error:
            raise Refused(str(error)) from error
    if as_json:
        answer({"merge": merge, "survivor": str(survivor), "other": str(other)})
    else:
        console.print(f"{survivor} and {other} are two again.")
