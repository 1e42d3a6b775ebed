"""The program itself, and what its commands share: the open installation, the brand, the answer as text or JSON."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import click
from rich.console import Console

from ritorno.cli.commands import COMMANDS
from ritorno.core.instants import Instant, parse_instant
from ritorno.core.plan import Plan
from ritorno.settings import SettingsError, read_settings
from ritorno.store.connection import StoreUnavailable
from ritorno.store.embedded_account import EmbeddedPostgresError
from ritorno.wiring import App, open_app
from ritorno.work.plans import UnknownBrand

console = Console()
errors = Console(stderr=True)


class Refused(click.ClickException):
    """What cannot be done, in one sentence that says what to do; exit code 1."""


class Program(click.Group):
    """Loads the modules of the command that is called. Errors people can do something about are told in a sentence,
    without a stack trace."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click calls it
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for module in COMMANDS.get(cmd_name, ()):
            import_module(f"ritorno.cli.{module}")
        return super().get_command(ctx, cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (SettingsError, StoreUnavailable, EmbeddedPostgresError, UnknownBrand) as error:
            raise Refused(str(error)) from error


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ritorno")
def cli() -> None:
    """From every purchase to the right message to the right person at the right moment, and to a measured profit."""


@contextmanager
def installation() -> Iterator[App]:
    """The installation that the environment names (RITORNO_HOME, DATABASE_URL)."""
    with open_app(read_settings()) as app:
        yield app


def brand_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--brand", default="default", show_default=True, help="Whose data.")(command)


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object.")(command)


def as_of_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--as-of", metavar="TIME", help="As it stood then: 2026-03-01 or 2026-03-01T10:00 (the brand's time)."
    )(command)


def instant_of(text: str | None, plan: Plan, app: App) -> Instant:
    """The instant an option names, or now."""
    if text is None:
        return app.now(plan.brand.id)
    try:
        return parse_instant(text, plan.tz)
    except ValueError as error:
        raise Refused(str(error)) from error


def answer(value: Any) -> None:
    """One JSON object on one line of standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
