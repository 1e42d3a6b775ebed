"""`ritorno webhooks …`: other systems that journeys tell, and what became of the calls."""

import base64
import binascii
import secrets
from typing import Any

import click
from rich.table import Table

from ritorno.cli.app import Refused, answer, brand_option, cli, console, installation, json_option
from ritorno.core.instants import Instant, say_instant
from ritorno.core.plan import Plan
from ritorno.settings import secret_key
from ritorno.store import webhooks
from ritorno.store.webhooks import Endpoint, Kept
from ritorno.work.call_webhooks import EndpointError, NoEndpoint, disable_endpoint, keep_endpoint, try_again

_PREFIX = "whsec_"
_FEWEST, _MOST = 24, 64  # bytes of a secret, by Standard Webhooks


@cli.group("webhooks")
def webhooks_group() -> None:
    """Other systems that journeys tell (signed by Standard Webhooks), and what became of the calls."""


@webhooks_group.command("list")
@brand_option
@json_option
def list_command(brand: str, as_json: bool) -> None:
    """The endpoints, with how many calls were taken, wait and are dead letters."""
    with installation() as app:
        plan = app.plan(brand)
        found = webhooks.endpoints(app.connection(), plan.brand.id)
        counts = webhooks.counts(app.connection(), plan.brand.id)
    states = ("sent", "waiting", "dead", "dry")
    rows = [(one, [counts.get((one.key, state), 0) for state in states]) for one in found]
    if as_json:
        told = [
            {"key": one.key, "url": one.url, "allow_private": one.allow_private, "dry": one.dry,
             "disabled": one.disabled, "calls": dict(zip(states, numbers, strict=True))}
            for one, numbers in rows
        ]  # fmt: skip
        answer({"endpoints": told})
        return
    table = Table("endpoint", "address", *states, "")
    for one, numbers in rows:
        note = f"disabled: {one.disabled}" if one.disabled else "dry" if one.dry else ""
        table.add_row(one.key, one.url, *map(str, numbers), note)
    console.print(table)


@webhooks_group.command("add")
@click.argument("key")
@click.argument("url")
@click.option("--secret", help="whsec_…, if the receiver has one already; made and shown once otherwise.")
@click.option("--allow-private", is_flag=True, help="It may lead into a private network, and be http.")
@click.option("--dry", is_flag=True, help="Record what would be sent; send nothing.")
@brand_option
@json_option
def add_command(
    key: str, url: str, secret: str | None, allow_private: bool, dry: bool, brand: str, as_json: bool
) -> None:
    """Steps may tell the endpoint KEY, which is at URL; given again it is changed."""
    chosen = _secret(secret)
    with installation() as app:
        plan = app.plan(brand)
        endpoint = Endpoint(key, url, b"", allow_private, dry, "", Instant(0))
        try:
            keep_endpoint(
                app.connection(), plan, secret_key(app.settings.home), endpoint, chosen, app.now(plan.brand.id), "cli"
            )
        except EndpointError as error:
            raise Refused(str(error)) from error
    if as_json:
        answer({"key": key, "url": url, "dry": dry, "allow_private": allow_private, "secret": chosen})
        return
    console.print(f"[bold]{key}[/]: {url}", highlight=False)
    if secret is None:
        console.print(f"Its secret, shown this once: {chosen}", highlight=False, soft_wrap=True)


def _secret(given: str | None) -> str:
    if given is None:
        return _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()
    try:
        size = len(base64.b64decode(given.removeprefix(_PREFIX), validate=True))
    except binascii.Error as error:
        raise Refused("--secret: write whsec_ and 24 to 64 bytes as base64") from error
    if not given.startswith(_PREFIX) or not _FEWEST <= size <= _MOST:
        raise Refused("--secret: write whsec_ and 24 to 64 bytes as base64")
    return given


@webhooks_group.command("disable")
@click.argument("key")
@brand_option
@json_option
def disable_command(key: str, brand: str, as_json: bool) -> None:
    """Nothing is sent to KEY any more; what waits becomes a dead letter."""
    with installation() as app:
        plan = app.plan(brand)
        try:
            disable_endpoint(app.connection(), plan, key, app.now(plan.brand.id), "cli")
        except NoEndpoint as error:
            raise Refused(str(error)) from error
    if as_json:
        answer({"disabled": key})
        return
    console.print(f"{key} is disabled", highlight=False)


@webhooks_group.command("log")
@click.option("--dead", is_flag=True, help="Dead letters alone.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000), help="The latest so many.")
@brand_option
@json_option
def log_command(dead: bool, limit: int, brand: str, as_json: bool) -> None:
    """The latest calls, with what was answered."""
    with installation() as app:
        plan = app.plan(brand)
        found = webhooks.calls(app.connection(), plan.brand.id, "dead" if dead else None, limit)
    if as_json:
        answer({"calls": [_told(each, plan) for each in found]})
        return
    table = Table("call", "endpoint", "playbook · step", "wanted", "state", "tries", "said")
    for each in found:
        table.add_row(
            str(each.call.id), each.call.endpoint, f"{each.call.playbook} · {each.call.step}",
            say_instant(each.call.wanted_at, plan.tz)[:19], each.state, str(each.tries),
            each.error or str(each.status or ""),
        )  # fmt: skip
    console.print(table)


def _told(kept: Kept, plan: Plan) -> dict[str, Any]:
    call = kept.call
    return {
        "id": str(call.id), "webhook_id": call.webhook_id, "endpoint": call.endpoint, "customer": str(call.customer),
        "playbook": call.playbook, "version": call.version, "step": call.step, "state": kept.state,
        "tries": kept.tries, "wanted_at": say_instant(call.wanted_at, plan.tz),
        "next_at": say_instant(kept.next_at, plan.tz) if kept.state == "waiting" else None, "status": kept.status,
        "error": kept.error, "body": call.body,
    }  # fmt: skip


@webhooks_group.command("retry")
@click.argument("calls", nargs=-1, type=int)
@click.option("--all", "every", is_flag=True, help="Every dead letter.")
@brand_option
@json_option
def retry_command(calls: tuple[int, ...], every: bool, brand: str, as_json: bool) -> None:
    """Try dead letters again: CALLS by their numbers, or --all."""
    if bool(calls) == every:
        raise Refused("name the calls to try again (ritorno webhooks log --dead), or --all")
    with installation() as app:
        plan = app.plan(brand)
        found = try_again(app.connection(), plan, None if every else list(calls), app.now(plan.brand.id), "cli")
    if as_json:
        answer({"again": found})
        return
    console.print(f"{found} call(s) wait again", highlight=False)
