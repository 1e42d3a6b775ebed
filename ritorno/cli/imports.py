"""`ritorno import orders|customers|products|consents|events FILE…`: a shop's files in."""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from ritorno.cli.app import (
    Refused,
    answer,
    as_of_option,
    brand_option,
    cli,
    console,
    errors,
    installation,
    instant_of,
    json_option,
)
from ritorno.clock import stopwatch
from ritorno.core.plan import Plan
from ritorno.sources.columns import Kind, MappingError, parse_told
from ritorno.sources.files import FileError
from ritorno.wiring import App
from ritorno.work.import_asked import Asked, Counts, NothingAcceptable
from ritorno.work.import_consents import import_consents
from ritorno.work.import_crew import ImportFailed
from ritorno.work.import_customers import import_customers
from ritorno.work.import_events import EventsError, import_events
from ritorno.work.import_orders import import_orders
from ritorno.work.import_preview import Preview, preview
from ritorno.work.import_products import import_products

Tell = Callable[[str, int, int], None]
_INTERRUPTED = 130  # what a shell says of a program ended by Ctrl-C


@cli.group("import")
def import_group() -> None:
    """Bring files in: CSV, XLSX or Parquet; events as JSON lines. A second run adds nothing; an interrupted one is
    continued by it."""


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What files of rows have in common."""
    for add in reversed(
        (
            click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path)),
            click.option("--source", default="files", show_default=True, help="Where the files come from: woo, pos …"),
            click.option("--map", "told", metavar="FIELD=COLUMN,…", default="", help="Which column is which field; "
                         "kept for this source. `auto`: by well-known names only."),
            click.option("--encoding", help="utf-8, cp1255, utf-16 …; found by itself if not told."),
            click.option("--rejects", type=click.Path(path_type=Path, dir_okay=False), help="Where rejected rows go; "
                         "by default FILE.rejected.csv."),
            click.option("--show-mapping", is_flag=True, help="Show which column is which field, with three rows, and "
                         "import nothing."),
            as_of_option,
            brand_option,
            json_option,
        )
    ):  # fmt: skip
        command = add(command)
    return command


@import_group.command("orders")
@click.option("--sold-via", type=click.Choice(["online", "pos", "phone"]), help="Place of sale of rows that do not "
              "say; by default pos where there is a branch, else online.")  # fmt: skip
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 16), help="Processes for large files.")
@_options
def orders_command(sold_via: str | None, workers: int, **given: Any) -> None:
    """Orders and refunds, one row an order or one row a line. History moves scores and sends nothing."""
    more = {"sold_via": sold_via, "workers": workers}

    def take(app: App, plan: Plan, asked: Asked, tell: Tell) -> Counts:
        now, settings = app.now(plan.brand.id), app.settings
        return import_orders(
            app.session, plan, asked, now, home=settings.home, database_url=settings.database_url, tell=tell
        )

    _run("orders", take, more, **given)


@import_group.command("customers")
@_options
def customers_command(**given: Any) -> None:
    """Customers: when they joined, and every other column as a trait."""
    _run("customers", partial(_take_rows, import_customers), {}, **given)


@import_group.command("products")
@_options
def products_command(**given: Any) -> None:
    """The catalogue: names, categories, prices, stock; other columns as traits of the product."""
    _run("products", partial(_take_rows, import_products), {}, **given)


@import_group.command("consents")
@_options
def consents_command(**given: Any) -> None:
    """Consents with their proof. A yes without time and wording is kept as a claim, and permits nothing."""
    _run("consents", partial(_take_rows, import_consents), {}, **given)


@import_group.command("events")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--source", default="files", show_default=True, help="Where the files come from: site, mailer …")
@brand_option
@json_option
def events_command(files: Sequence[Path], source: str, brand: str, as_json: bool) -> None:
    """What people did besides buying, and what became of messages: JSON lines. A bad line refuses its whole file."""
    with _refusing(), installation() as app:
        plan = app.plan(brand)
        for path in files:
            started = stopwatch()
            with _bar(path.name, quiet=as_json) as tell:
                counts = _take_events(app, plan, Asked(path=path, source=source), tell)
            _tell("events", path, counts, stopwatch() - started, as_json)


def _take_events(app: App, plan: Plan, asked: Asked, tell: Tell) -> Counts:
    try:
        return import_events(app.session, plan, asked, app.now(plan.brand.id), tell=tell)
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise Refused(f"{asked.path}: {error.strerror}; give a file that can be read") from error


def _take_rows(take: Callable[..., Counts], app: App, plan: Plan, asked: Asked, tell: Tell) -> Counts:
    return take(app.session, plan, asked, app.now(plan.brand.id), home=app.settings.home, tell=tell)


def _run(
    kind: Kind,
    take: Callable[[App, Plan, Asked, Tell], Counts],
    more: dict[str, Any],
    *,
    files: Sequence[Path],
    source: str,
    told: str,
    encoding: str | None,
    rejects: Path | None,
    show_mapping: bool,
    as_of: str | None,
    brand: str,
    as_json: bool,
) -> None:
    if rejects is not None and len(files) > 1:
        raise Refused(
            "--rejects names one file and there are several to import: leave it away, or import one at a time"
        )
    with _refusing(), installation() as app:
        plan = app.plan(brand)
        for path in files:
            asked = Asked(
                path=path, source=source, encoding=encoding, rejects=rejects, is_automatic=told.strip() == "auto",
                mapping={} if told.strip() == "auto" else parse_told(told, kind),
                as_of=instant_of(as_of, plan, app) if as_of else None, **more,
            )  # fmt: skip
            if show_mapping:
                _show(preview(app.session, plan, kind, asked, home=app.settings.home), path, as_json)
                continue
            started = stopwatch()
            with _bar(path.name, quiet=as_json) as tell:
                counts = take(app, plan, asked, tell)
            _tell(kind, path, counts, stopwatch() - started, as_json)


@contextmanager
def _refusing() -> Iterator[None]:
    """What can go wrong with a file, in a sentence; and Ctrl-C, which loses nothing."""
    gc.freeze()
    try:
        yield
    except (FileError, MappingError, NothingAcceptable, ImportFailed, EventsError) as error:
        raise Refused(str(error)) from error
    except KeyboardInterrupt:
        errors.print("Interrupted. What was taken in stays; run the same command again to go on.")
        raise SystemExit(_INTERRUPTED) from None
    finally:
        gc.unfreeze()


@contextmanager
def _bar(name: str, *, quiet: bool) -> Iterator[Tell]:
    """A bar on standard error: rows, rows a second, time left."""
    columns = (
        SpinnerColumn(), TextColumn("{task.fields[file]}: {task.description}", markup=False), BarColumn(),
        MofNCompleteColumn(), TextColumn("{task.fields[speed]}", markup=False), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=errors, transient=True, disable=quiet and not errors.is_terminal) as progress:
        task = progress.add_task("reading", total=None, file=name, speed="")
        started: dict[str, float] = {}

        def tell(doing: str, done: int, of: int) -> None:
            seconds = stopwatch() - started.setdefault(doing, stopwatch())
            speed = f"{done / seconds:,.0f} rows/s" if done and seconds > 0.5 else ""
            progress.update(task, description=doing, completed=done, total=of or None, speed=speed)

        yield tell


def _tell(kind: str, path: Path, counts: Counts, seconds: float, as_json: bool) -> None:
    if as_json:
        answer(_as_json(kind, path, counts, seconds))
        return
    speed = f"{counts.rows / seconds:,.0f} rows/s" if seconds else ""
    console.print(f"[bold]{path.name}[/]: {counts.rows:,} rows in {seconds:.1f} s ({speed})", highlight=False)
    lines = {
        f"{kind} added": counts.added,
        "told before": counts.repeated,
        "new customers": counts.customers_new,
        "customers known before": counts.customers_known,
        "merged": counts.merged,
        "anonymous": counts.anonymous,
        "claims without proof (not consented)": counts.unproven,
        "identifiers that cannot be read (left out)": counts.unreadable,
        "house accounts": counts.house_accounts,
        "rejected rows": counts.rejected,
    }
    for name, count in lines.items():
        if count:
            console.print(f"  {count:>12,}  {name}", highlight=False)
    if counts.unknown_states:
        console.print(f"  Unknown states, counted as sales: {', '.join(counts.unknown_states[:10])}", highlight=False)
    if counts.rejects:
        console.print(f"  Rejected rows, with their reasons: {counts.rejects}", highlight=False)


def _as_json(kind: str, path: Path, counts: Counts, seconds: float) -> dict[str, Any]:
    told = msgspec.to_builtins(counts)
    customers = {"new": told.pop("customers_new"), "known": told.pop("customers_known")}
    name = "events" if kind == "customers" else kind
    return {
        "file": str(path), "kind": kind, "rows": told.pop("rows"), name: told.pop("added"), "customers": customers,
        **told, "seconds": round(seconds, 2),
    }  # fmt: skip


def _show(found: Preview, path: Path, as_json: bool) -> None:
    if as_json:
        answer({"file": str(path), **msgspec.to_builtins(found)})
        return
    table = Table(title=f"{path.name} ({found.form}, {found.encoding}, {found.delimiter!r} between columns)")
    for heading in ("field", "column", "row 2", "row 3", "row 4"):
        table.add_column(heading)
    for field, column in found.fields.items():
        table.add_row(field, column, *found.samples[column])
    for column in found.others:
        field = f"trait:{found.traits[column]}" if column in found.traits else "[dim]–[/]"
        table.add_row(field, column, *found.samples[column])
    console.print(table)
    if found.unmapped:
        console.print(f"No column for: {', '.join(found.unmapped)}", highlight=False)
