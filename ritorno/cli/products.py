"""`ritorno products …`: how ready the catalogue is, out into a file and back in, days of supply, for whom it is not."""

from pathlib import Path
from typing import Any

import click
from rich.table import Table

from ritorno.cli.app import Refused, answer, brand_option, cli, console, installation, json_option
from ritorno.cli.segments import read_rule
from ritorno.core.product_flags import Coverage
from ritorno.core.words.readiness import say_coverage, say_fix
from ritorno.whole.fit_pace import PurchasesError
from ritorno.whole.lake import Lake
from ritorno.whole.manifest import NoLake
from ritorno.work.aim import NoProduct, aim
from ritorno.work.products import NotProposed, accept_supply, export, ready


@cli.group("products")
def products_group() -> None:
    """The catalogue. A file of it: ritorno import products."""


@products_group.command("readiness")
@brand_option
@json_option
def readiness_command(brand: str, as_json: bool) -> None:
    """How much of the catalogue playbooks can run on: days of supply, videos, complements – and what is missing."""
    with installation() as app:
        plan = app.plan(brand)
        found = ready(app.connection(), plan)
    language = plan.brand.language
    if as_json:
        answer({"readiness": [_told(each, language) for each in found]})
        return
    table = Table("use", "ready", "missing", "first of them")
    for each in found:
        missing = each.asked - each.covered
        shown = ", ".join(each.missing[:5])
        table.add_row(say_coverage(each, language), f"{each.share:.0%}", f"{missing:,}", shown)
    console.print(table)
    for each in found:
        if each.covered < each.asked:
            console.print(f"  {say_fix(each, language)}", highlight=False, markup=False)


def _told(each: Coverage, language: str) -> dict[str, Any]:
    return {
        "use": each.use, "flag": each.flag, "asked": each.asked, "covered": each.covered,
        "share": round(each.share, 4), "missing": list(each.missing), "words": say_coverage(each, language),
        "fix": say_fix(each, language) if each.covered < each.asked else "",
    }  # fmt: skip


@products_group.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@brand_option
@json_option
def export_command(file: Path, brand: str, as_json: bool) -> None:
    """Write the catalogue with all flags into FILE, to be edited in a sheet and read back by `import products`."""
    with installation() as app:
        plan = app.plan(brand)
        try:
            count = export(app.connection(), plan, file)
        except OSError as error:
            raise Refused(f"{file}: {error.strerror or error}; give a file that can be written") from error
    if as_json:
        answer({"products": count, "file": str(file)})
        return
    console.print(f"{count:,} products in {file}. Change what you like; then: ritorno import products {file}",
                  highlight=False, markup=False)  # fmt: skip


@products_group.command("accept-supply")
@click.argument("skus", nargs=-1, required=True, metavar="SKU...")
@brand_option
@json_option
def accept_command(skus: tuple[str, ...], brand: str, as_json: bool) -> None:
    """Let these products last as long as `ritorno pace supply` suggests. Waiting reminders move."""
    with installation() as app:
        plan = app.plan(brand)
        lake = Lake(app.settings.lake, plan.brand.id)
        try:
            found = accept_supply(app.connection(), lake, plan, skus, app.now(plan.brand.id), "cli")
        except (NoLake, PurchasesError, NotProposed) as error:
            raise Refused(str(error)) from error
    if as_json:
        answer({"accepted": [{"sku": each.item, "days": each.days, "was": each.configured} for each in found]})
        return
    for each in found:
        was = "nothing" if each.configured is None else f"{each.configured:g}"
        console.print(f"{each.item}: {each.days} days, was {was} ({each.gaps:,} gaps)", highlight=False, markup=False)


@products_group.command("aim")
@click.argument("sku")
@click.argument("rule", metavar="SEGMENT")
@brand_option
@json_option
def aim_command(sku: str, rule: str, brand: str, as_json: bool) -> None:
    """Before SKU is offered to a SEGMENT (its key, or a rule) by hand: how many of its members own what excludes it."""
    with installation() as app:
        plan = app.plan(brand)
        try:
            found = aim(app.connection(), plan, sku, read_rule(plan, rule), app.now(plan.brand.id))
        except NoProduct as error:
            raise Refused(str(error)) from error
    if as_json:
        answer(found._asdict())
        return
    if not found.excluded:
        console.print(f"{sku} is excluded by nothing that the {found.members:,} own.", highlight=False, markup=False)
        return
    owners = ", ".join(f"{each} ({count:,})" for each, count in found.by.items())
    console.print(f"[yellow]warning[/] {found.excluded:,} of {found.members:,} own what excludes ", end="")
    console.print(f"{sku}: {owners}. Leave them out of it.", highlight=False, markup=False)
