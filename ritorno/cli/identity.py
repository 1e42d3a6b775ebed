"""`ritorno identity …`: who is one person, on what evidence, and how to take it back."""

import click

from ritorno.cli.app import Refused, answer, brand_option, cli, console, installation, json_option
from ritorno.core.instants import say_instant
from ritorno.store import identifiers
from ritorno.work.find_customer import NotFound, find


@cli.group()
def identity() -> None:
    """One person out of till and web shop: matches, merges, shared numbers, house accounts."""


@identity.command("report")
@brand_option
@json_option
def report_command(brand: str, as_json: bool) -> None:
    """How customers were recognised, in numbers."""
    with installation() as app:
        plan = app.plan(brand)
        told = identifiers.tally(app.connection(), plan.brand.id)
    if as_json:
        answer(told)
        return
    for name, count in told.items():
        console.print(f"{count:>10,}  {name.replace('_', ' ')}")


@identity.command("explain")
@click.argument("customer")
@brand_option
@json_option
def explain_command(customer: str, brand: str, as_json: bool) -> None:
    """By what CUSTOMER is known, how that was learned, and which merges may be taken back."""
    with installation() as app:
        plan = app.plan(brand)
        try:
            who = find(app.connection(), plan, customer)
        except NotFound as error:
            raise Refused(str(error)) from error
        known = identifiers.evidence_of(app.connection(), plan.brand.id, who)
        kept = identifiers.merges(app.connection(), plan.brand.id, who)
    told = {
        "customer": str(who),
        "identifiers": [
            {
                "kind": one.identifier.kind.value,
                "value": one.identifier.value,
                "namespace": one.identifier.namespace,
                "shared": one.shared,
                "since": say_instant(one.attached_at, plan.tz),
                "evidence": one.evidence,
            }
            for one in known
        ],
        "merges": [
            {
                "id": one.id,
                "kind": one.record.kind,
                "survivor": str(one.record.survivor),
                "other": str(one.record.other),
                "evidence": one.record.evidence,
                "at": say_instant(one.record.at, plan.tz),
                "identifiers": [str(each) for each in one.record.identifiers],
                "undone_at": None if one.undone_at is None else say_instant(one.undone_at, plan.tz),
            }
            for one in kept
        ],
    }
    if as_json:
        answer(told)
        return
    console.print(f"[bold]{who}[/]")
    for each in known:
        shared = " (shared by many)" if each.shared else ""
        console.print(f"  {each.identifier} · {each.evidence} · {say_instant(each.attached_at, plan.tz)[:10]}{shared}")
    for merge in kept:
        state = "taken back" if merge.undone_at else f"take back with: ritorno identity unmerge {merge.id}"
        console.print(f"  {merge.record.kind} by {merge.record.evidence}: {state}")
