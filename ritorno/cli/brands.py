"""`ritorno init`, `migrate`, `clock`, `api-key`, `stop-all`, `resume`: the installation and its brands."""

import hashlib
import secrets
from pathlib import Path
from typing import Any

import click

from ritorno.cli.app import Refused, answer, brand_option, cli, console, installation, instant_of, json_option
from ritorno.core.instants import Instant, add_span, parse_span, say_instant
from ritorno.core.plan import Plan
from ritorno.settings import read_settings
from ritorno.store import definitions
from ritorno.store.connection import database_url
from ritorno.store.migrate import migrate, pending
from ritorno.store.transaction import transaction
from ritorno.wiring import App
from ritorno.work.found import ShopError, found, read_shop
from ritorno.worker import advance_clock


@cli.command()
@click.argument("shop", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--name", help="What customers know the shop as.")
@click.option("--timezone", help="The brand's wall clock, for example Asia/Jerusalem.")
@click.option("--currency", help="ISO code, for example ILS.")
@click.option("--language", help="he or en: what customers are written to in, if they do not say.")
@brand_option
@json_option
def init(shop: Path | None, brand: str, as_json: bool, **given: str | None) -> None:
    """Make a brand, from SHOP.toml and options; again, to change its settings."""
    try:
        told: dict[str, Any] = read_shop(shop) if shop else {}
        told |= {name: value for name, value in given.items() if value is not None}
        with installation() as app:
            told.setdefault("link_base", app.settings.public_url)
            found(app.connection(), brand, told, app.now())
            plan = app.plan(brand)
            if "clock" in told and definitions.read_clock(app.connection(), plan.brand.id) is None:
                _set(app, plan, instant_of(str(told["clock"]), plan, app))
    except ShopError as error:
        raise Refused(str(error)) from error
    if as_json:
        answer({"brand": brand, "name": plan.brand.name, "timezone": plan.brand.timezone,
                "currency": plan.brand.currency, "language": plan.brand.language})  # fmt: skip
    else:
        console.print(f"[bold]{plan.brand.name}[/] ({brand}) is ready: {plan.brand.timezone}, {plan.brand.currency}.")
        console.print("Next: ritorno import orders FILE")


@cli.command("migrate")
def migrate_command() -> None:
    """Bring the tables of a database of your own up to this version (the embedded one does it by itself)."""
    settings = read_settings()
    url = database_url(settings.home, settings.database_url)
    names = pending(url, settings.home)
    migrate(url, settings.home)
    console.print(f"{len(names)} migration(s) run." if names else "Nothing to do.")


@cli.group()
def clock() -> None:
    """The brand's clock: the machine's, or set and moved by hand for tests and demonstrations."""


@clock.command("show")
@brand_option
@json_option
def clock_show(brand: str, as_json: bool) -> None:
    """What time it is for the brand."""
    with installation() as app:
        _say_clock(app, app.plan(brand), as_json)


@clock.command("set")
@click.argument("time")
@brand_option
@json_option
def clock_set(time: str, brand: str, as_json: bool) -> None:
    """Set the clock to TIME (2026-03-01T10:00, the brand's wall clock); it then stands still until moved."""
    with installation() as app:
        plan = app.plan(brand)
        wanted = instant_of(time, plan, app)
        standing = definitions.read_clock(app.connection(), plan.brand.id)
        if standing is not None and wanted < standing:
            raise Refused("the clock moves forward only: what has been decided was decided knowing the time")
        if standing is None:
            _set(app, plan, wanted)
        else:
            advance_clock(app, plan.brand.id, wanted)
        _say_clock(app, plan, as_json)


@clock.command("advance")
@click.argument("span")
@brand_option
@json_option
def clock_advance(span: str, brand: str, as_json: bool) -> None:
    """Move the clock by SPAN (90d, 24h, 15min), stopping at every instant at which something is due."""
    with installation() as app:
        plan = app.plan(brand)
        try:
            until = add_span(app.now(plan.brand.id), parse_span(span), plan.tz)
        except ValueError as error:
            raise Refused(str(error)) from error
        if definitions.read_clock(app.connection(), plan.brand.id) is None:
            _set(app, plan, app.now())
        stops = advance_clock(app, plan.brand.id, until)
        _say_clock(app, plan, as_json, stops=stops)


@clock.command("reset")
@brand_option
@json_option
def clock_reset(brand: str, as_json: bool) -> None:
    """Back to the machine's clock."""
    with installation() as app:
        plan = app.plan(brand)
        _set(app, plan, None)
        _say_clock(app, plan, as_json)


def _set(app: App, plan: Plan, now: Instant | None) -> None:
    with transaction(app.connection()) as connection:
        definitions.set_clock(connection, plan.brand.id, now)
        definitions.audit(connection, plan.brand.id, app.now(), "cli", "clock", {"now_at": now})


def _say_clock(app: App, plan: Plan, as_json: bool, *, stops: int | None = None) -> None:
    is_set = definitions.read_clock(app.connection(), plan.brand.id) is not None
    told: dict[str, Any] = {"now": say_instant(app.now(plan.brand.id), plan.tz), "set": is_set}
    if stops is not None:
        told["stops"] = stops
    if as_json:
        answer(told)
    else:
        console.print(told["now"] + (" (set by hand)" if is_set else "") + (f", {stops} stops" if stops else ""))


@cli.command("api-key")
@click.option("--source", default="pos", show_default=True, help="What the events of this key come from.")
@click.option("--label", default="", help="For people: which till, which shop.")
@brand_option
@json_option
def api_key(source: str, label: str, brand: str, as_json: bool) -> None:
    """Make a key for a till or shop. It is shown once; only its hash is kept."""
    with installation() as app:
        key = new_api_key(app, brand, source, label)
    if as_json:
        answer({"key": key, "source": source})
    else:
        console.print(key)


def new_api_key(app: App, brand: str, source: str, label: str) -> str:
    plan = app.plan(brand)
    key = f"rit_{secrets.token_urlsafe(32)}"
    with transaction(app.connection()) as connection:
        hashed = hashlib.sha256(key.encode()).digest()
        definitions.add_api_key(connection, plan.brand.id, hashed, source, label, app.now())
        definitions.audit(connection, plan.brand.id, app.now(), "cli", "api-key", {"source": source, "label": label})
    return key


@cli.command("stop-all")
@brand_option
def stop_all(brand: str) -> None:
    """Hold every message of the brand, at once."""
    _stop(brand, stopped=True)
    console.print("Everything is held. Go on with: ritorno resume")


@cli.command()
@brand_option
def resume(brand: str) -> None:
    """Let messages leave again after stop-all."""
    _stop(brand, stopped=False)
    console.print("Messages leave again.")


def _stop(brand: str, *, stopped: bool) -> None:
    with installation() as app:
        plan = app.plan(brand)
        with transaction(app.connection()) as connection:
            definitions.stop(connection, plan.brand.id, stopped=stopped)
            action = "stop-all" if stopped else "resume"
            definitions.audit(connection, plan.brand.id, app.now(), "cli", action, {})
