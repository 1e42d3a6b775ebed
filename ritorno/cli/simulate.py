"""`ritorno simulate`: live a scenario through, in memory or by way of the store, and tell how everyone stands."""

from pathlib import Path
from typing import Any

import click
from rich.table import Table

from ritorno.cli.app import Refused, answer, cli, console, json_option
from ritorno.rehearsal import scratch_installation, simulate_store
from ritorno.work.scenario import ScenarioError, read_scenario
from ritorno.work.simulate import Members, simulate


@cli.command("simulate")
@click.argument("scenario", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option(
    "--engine", type=click.Choice(["memory", "store"]), default="memory", show_default=True,
    help="In memory, or through PostgreSQL and the worker with a clock of its own.",
)  # fmt: skip
@click.option(
    "--reading", type=click.Choice(["live", "whole"]), default="live", show_default=True,
    help="Memberships as each customer's rules say, or as the question to everyone does.",
)  # fmt: skip
@json_option
def simulate_command(scenario: Path, engine: str, reading: str, as_json: bool) -> None:
    """What becomes of the people of SCENARIO, a JSON file (- reads standard input); nothing is kept."""
    members = _of_everyone() if reading == "whole" else None
    try:
        with click.open_file(str(scenario), "rb") as file:
            told = read_scenario(file.read())
        if engine == "memory":
            lived = simulate(told, members)
        else:
            with scratch_installation() as app:
                lived = simulate_store(told, app, members)
    except ScenarioError as error:
        raise Refused(f"{scenario}: {error}") from error
    if as_json:
        answer({**lived, "engine": engine, "reading": reading})
    else:
        _print(lived)


def _of_everyone() -> Members:
    from ritorno.work.whole_members import members_of  # Ibis: a second that the other reading does not need

    return members_of


def _print(lived: dict[str, Any]) -> None:
    for checkpoint in lived["checkpoints"]:
        table = Table("customer", "cell", "group", "segments", "playbooks", title=checkpoint["at"])
        for name, stands in checkpoint["customers"].items():
            playbooks = ", ".join(stands["playbooks"])
            cell = stands["scores"]["cell"] or "–"
            table.add_row(name, cell, stands["group"] or "–", ", ".join(stands["segments"]), playbooks)
        console.print(table)
    for each in lived["messages"]:
        why = f" ({each['reasons'][-1]['code']})" if each["reasons"] else ""
        at = each["sent_at"] or each["wanted_at"]
        console.print(f"{at}  {each['customer']}: {each['playbook']} {each['step']} {each['state']}{why}", markup=False)
