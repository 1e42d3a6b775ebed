"""`ritorno alarms` and `rejected`: what its owner must know of."""

import click
from rich.table import Table

from ritorno.cli.app import answer, brand_option, cli, console, installation, json_option
from ritorno.core.instants import say_instant
from ritorno.store import alarms, inbox


@cli.command("alarms")
@brand_option
@json_option
def alarms_command(brand: str, as_json: bool) -> None:
    """A till gone silent, a provider that cannot be asked, points not booked: what stands, and what is over."""
    with installation() as app:
        plan = app.plan(brand)
        found = alarms.read(app.connection(), plan.brand.id)
    rows = [
        {
            "kind": one.kind,
            "about": one.about,
            "raised_at": say_instant(one.raised_at, plan.tz),
            "cleared_at": None if one.cleared_at is None else say_instant(one.cleared_at, plan.tz),
        }
        for one in found
    ]
    if as_json:
        answer({"alarms": rows})
        return
    if not rows:
        console.print("All is quiet.")
    for row in rows:
        until = f"until {row['cleared_at']}" if row["cleared_at"] else "[bold]stands[/]"
        console.print(f"{row['kind']} {row['about']} since {row['raised_at']}, {until}")


@cli.command("rejected")
@click.option("--most", default=50, show_default=True)
@brand_option
@json_option
def rejected_command(most: int, brand: str, as_json: bool) -> None:
    """Events that could not be accepted, with the reason; nothing is dropped without a trace."""
    with installation() as app:
        plan = app.plan(brand)
        found = inbox.rejections(app.connection(), plan.brand.id, most)
    rows = [
        {"source": one.source, "received_at": say_instant(one.received_at, plan.tz), "reason": one.reason}
        for one in found
    ]
    if as_json:
        answer({"rejected": rows})
        return
    table = Table("source", "received", "reason")
    for row in rows:
        table.add_row(row["source"], row["received_at"], row["reason"])
    console.print(table)
