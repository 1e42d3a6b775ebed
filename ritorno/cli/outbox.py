"""`ritorno outbox`: what left, what waits, and why."""

from typing import Any

import click
import msgspec
from rich.table import Table

from ritorno.cli.app import (
    answer,
    brand_option,
    cli,
    console,
    installation,
    json_option,
)  # fmt: skip
from ritorno.core.instants import Instant, say_instant
from ritorno.core.plan import Plan
from ritorno.store import messages


@cli.command()
@click.option("--most", default=50, show_default=True, help="How many, the latest first.")
@brand_option
@json_option
def outbox(most: int, brand: str, as_json: bool) -> None:
    """Every message: what it says, to whom, where it stands and why."""
    with installation() as app:
        plan = app.plan(brand)
        kept = messages.outbox(app.connection(), plan.brand.id, most)
        states = messages.count_by_state(app.connection(), plan.brand.id)
        reasons = messages.count_by_reason(app.connection(), plan.brand.id)
    if as_json:
        rows = [told_message(one, plan) for one in kept]
        answer({"states": states, "reasons": reasons, "messages": rows})
        return
    console.print("  ".join(f"{name} {count:,}" for name, count in states.items()) or "Nothing has been wanted yet.")
    table = Table("message", "state", "when", "to", "text", "why")
    for one in kept:
        when = one.sent_at or one.message.due_at
        address, text = (one.content.address, one.content.text) if one.content else ("", "")
        reason = ": ".join(str(part) for part in one.reasons[-1][1:] if part) if one.reasons else ""
        table.add_row(str(one.message.id), one.state, say_instant(when, plan.tz)[:19], address, text, reason)
    console.print(table)


def told_message(one: messages.Kept, plan: Plan) -> dict[str, Any]:
    """A message of the outbox as JSON."""

    def said(instant: Instant | None) -> str | None:
        return None if instant is None else say_instant(instant, plan.tz)

    return {
        "id": str(one.message.id),
        "customer": str(one.message.customer),
        "playbook": one.message.playbook,
        "version": one.message.version,
        "step": one.message.step,
        "arm": one.message.arm,
        "state": one.state,
        "wanted_at": said(one.message.wanted_at),
        "due_at": said(one.message.due_at),
        "sent_at": said(one.sent_at),
        "reasons": [{"at": said(at), "code": code, "detail": detail} for at, code, detail in one.reasons],
        "content": msgspec.to_builtins(one.content) if one.content else None,
        "parts": one.parts,
        "cost": None if one.cost is None else one.cost / 1000,
        "provider": one.provider,
    }
