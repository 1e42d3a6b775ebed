"""`ritorno report` and `ritorno groups`: the page about everyone, and what its groups are called."""

from pathlib import Path

import click
from rich.table import Table

from ritorno.cli.app import (
    Refused,
    answer,
    as_of_option,
    brand_option,
    cli,
    console,
    installation,
    instant_of,
    json_option,
)  # fmt: skip
from ritorno.core.instants import say_instant
from ritorno.core.scores.cells import GROUPS
from ritorno.report.figures import Language
from ritorno.work.group_names import UnknownGroup, group_names, rename_group
from ritorno.work.report import report, write_report


@cli.command("report")
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The HTML file to write.")
@click.option("--language", type=click.Choice(["he", "en"]), help="The brand's, if not given.")
@as_of_option
@brand_option
@json_option
def report_command(out: Path, language: str | None, as_of: str | None, brand: str, as_json: bool) -> None:
    """One self-contained page: banana curve, R×F map, groups, cells, movement. For a phone, a screen or print."""
    with installation() as app:
        plan = app.plan(brand)
        now = instant_of(as_of, plan, app)
        said: Language = "he" if (language or plan.brand.language) == "he" else "en"
        told = report(app.connection(), plan, now, said, is_now=as_of is None, lake=app.settings.lake)
    try:
        size = write_report(out, told)
    except OSError as error:
        raise Refused(f"{out} cannot be written: {error.strerror}; give another --out") from error
    if as_json:
        answer(
            {
                "report": str(out.resolve()),
                "language": said,
                "as_of": say_instant(now, plan.tz),
                "customers": told.customers,
                "cuts_version": told.scheme.version,
                "bytes": size,
            }
        )
    else:
        console.print(f"{out} · {told.customers:,} customers as of {say_instant(now, plan.tz)}")


@cli.group("groups")
def groups_group() -> None:
    """The named groups of cells."""


@groups_group.command("list")
@brand_option
@json_option
def groups_list(brand: str, as_json: bool) -> None:
    """Every group, its cells, and its name in both languages."""
    with installation() as app:
        names = group_names(app.connection(), app.plan(brand))
    cells = {str(group.key): group.cells for group in GROUPS}
    if as_json:
        answer(
            {"groups": [{"key": key, "he": name.he, "en": name.en, "cells": list(cells.get(key, ()))}
                        for key, name in names.items()]}
        )  # fmt: skip
        return
    table = Table("key", "he", "en", "cells")
    for key, name in names.items():
        table.add_row(key, name.he, name.en, " ".join(cells.get(key, ())))
    console.print(table)


@groups_group.command("rename")
@click.argument("key")
@click.option("--he", help="The Hebrew name.")
@click.option("--en", help="The English name.")
@brand_option
@json_option
def groups_rename(key: str, he: str | None, en: str | None, brand: str, as_json: bool) -> None:
    """Call the group KEY something else; its cells stay."""
    if he is None and en is None:
        raise Refused("give --he, --en or both")
    with installation() as app:
        plan = app.plan(brand)
        try:
            fresh = rename_group(app.connection(), plan, key, he, en, app.now(plan.brand.id), "cli")
        except (UnknownGroup, ValueError) as error:
            raise Refused(str(error)) from error
    if as_json:
        answer({"key": key, "he": fresh.he, "en": fresh.en})
    else:
        console.print(f"{key}: {fresh.he} / {fresh.en}")
