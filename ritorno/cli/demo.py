"""`ritorno demo`: the whole way on two stores.

Files in, scores, report, the churn shield on history and in the sandbox, time that moves, and one who returns.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from msgspec.structs import replace

from ritorno.cli.app import Refused, answer, cli, console, errors, installation, json_option
from ritorno.cli.brands import new_api_key
from ritorno.cli.demo_next import NEXT
from ritorno.cli.insight import told_rfm
from ritorno.cli.playbooks import told_dry_run
from ritorno.cli.work import listen
from ritorno.clock import stopwatch
from ritorno.core.customer import Customer
from ritorno.core.identifiers import Kind
from ritorno.core.ids import PlaybookKey
from ritorno.core.instants import HOUR, Instant, add_span, days, months, parse_instant, say_instant, to_datetime
from ritorno.core.plan import Plan
from ritorno.core.scores.rfm import group_key
from ritorno.demo.complete_journey import LICENCE, DemoDataMissingError, make_complete_journey
from ritorno.demo.made import MadeStore
from ritorno.demo.omnichain import make_omnichain
from ritorno.demo.seniors import make_seniors
from ritorno.demo.seniors_people import LISTED_ON
from ritorno.settings import Settings, read_settings
from ritorno.store import customers, definitions, messages, reset
from ritorno.store.transaction import transaction
from ritorno.wiring import App, open_app
from ritorno.work import cuts, policy, whole
from ritorno.work.activate import activate, adjusted, current
from ritorno.work.dry_run import dry_run
from ritorno.work.found import found, read_shop
from ritorno.work.import_asked import Asked, Counts
from ritorno.work.import_consents import import_consents
from ritorno.work.import_customers import import_customers
from ritorno.work.import_events import import_events
from ritorno.work.import_orders import import_orders
from ritorno.work.import_products import import_products
from ritorno.work.replan import replan
from ritorno.work.report import report, write_report
from ritorno.work.why import why
from ritorno.worker import Worker, advance_clock

JOURNEY, CHAIN = "complete-journey", "almog"
STORES: dict[str, tuple[str, Callable[[Path], MadeStore]]] = {
    "omnichain": (CHAIN, make_omnichain),
    "seniors": ("gefen", make_seniors),
}
_FRIDAY = "2026-03-06T11:00"  # short codes are held from here over Shabbat: somebody's message waits
_LOOKS = 120  # times the clock is moved on by some hours to find a customer whose message waits
_BASKET = "600.00"


@cli.group(invoke_without_command=True)
@click.option("--no-serve", is_flag=True, help="End when the story has been told, and do not serve.")
@click.option("--port", type=click.IntRange(1, 65535), help="The port to serve on (RITORNO_BIND).")
@json_option
@click.pass_context
def demo(context: click.Context, no_serve: bool, port: int | None, as_json: bool) -> None:
    """The whole way on two stores: real households of The Complete Journey, and the chain Almog, made up.

    Everything goes into a folder of its own (RITORNO_HOME, or ~/.ritorno/demo) and is begun anew each time. Nothing is
    sent: every message stays in the sandbox.
    """
    if context.invoked_subcommand is not None:
        return
    given = read_settings()
    home = given.home if os.environ.get("RITORNO_HOME") else given.home / "demo"
    os.environ["RITORNO_HOME"] = str(home)  # the doors, a process of their own, read it too
    with open_app(replace(given, home=home)) as app:
        told = _story(app, quiet=as_json)
        if as_json:
            answer(told)
        if not no_serve:
            listen(app, app.settings.host, port or app.settings.port)


@demo.command("load")
@click.argument("store", type=click.Choice(list(STORES)))
@click.option("--brand", help="Load it as this brand; by default almog for omnichain, gefen for seniors.")
@click.option("--files", "folder", type=click.Path(path_type=Path, file_okay=False), help="Keep its files here; by "
              "default in RITORNO_HOME/stores.")  # fmt: skip
@json_option
def demo_load(store: str, brand: str | None, folder: Path | None, as_json: bool) -> None:
    """A made-up store into this installation: its files, and everything in them imported, beside what is here.

    omnichain: Almog, fashion and coffee, a site and six branches. seniors: Gefen, aids for the third age, carers who
    buy for others. 24 months up to 2026-03-01 10:00, where the brand's clock stands. A second time nothing is added.
    """
    key, make = STORES[store]
    with installation() as app:
        made = _made(app.settings, brand or key, make, folder)
        told = open_store(app, brand or key, made, _speaker(quiet=as_json))
        language = app.plan(brand or key).brand.language
    if as_json:
        answer({"brand": brand or key, "files": str(made.folder), **told})
        return
    console.print(f"files: {made.folder}", highlight=False)
    for command, why_so in NEXT[store].items():
        line = f"  {command.format(brand=brand or key):<58} {why_so.in_language(language)}"
        console.print(line, highlight=False, soft_wrap=True)


def _story(app: App, *, quiet: bool) -> dict[str, Any]:
    say = _speaker(quiet=quiet)
    _begin_anew(app)
    say(LICENCE)
    stores = {}
    for key, make in ((JOURNEY, make_complete_journey), (CHAIN, make_omnichain)):
        made = _made(app.settings, key, make)
        stores[key] = open_store(app, key, made, say)
    told = dict(stores[JOURNEY])
    shield = _shield(app, say)
    told |= {"dry_run": shield["dry_run"], "outbox": shield["outbox"], "return": shield["return"]}
    told["stores"] = {JOURNEY: stores[JOURNEY], CHAIN: stores[CHAIN] | shield}
    return told


def _speaker(*, quiet: bool) -> Callable[[str], None]:
    """To people on standard output, or beside the JSON on standard error."""
    target = errors if quiet else console
    return lambda text: target.print(text, highlight=False, soft_wrap=True)


def _begin_anew(app: App) -> None:
    try:
        with transaction(app.connection()) as connection:
            reset.empty(connection, frozenset({JOURNEY, CHAIN}))
    except reset.NotADemo as error:
        raise Refused(str(error)) from error
    (app.settings.home / "sandbox.sqlite").unlink(missing_ok=True)


def _made(settings: Settings, key: str, make: Callable[[Path], MadeStore], folder: Path | None = None) -> MadeStore:
    """Its files, in a folder of the installation or in that of the user, where other files stay."""
    if folder is None:
        folder = settings.home / "stores" / key
        shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return make(folder)
    except DemoDataMissingError as error:
        raise Refused(str(error)) from error
    except OSError as error:
        raise Refused(f"the store's files cannot be written to {folder}: {error.strerror}") from error


def open_store(app: App, key: str, made: MadeStore, say: Callable[[str], None]) -> dict[str, Any]:
    """Found the brand, bring its files in, score everyone, write the report."""
    shop = read_shop(made.shop)
    found(app.connection(), key, {**shop, "link_base": app.settings.public_url}, app.now(), "demo")
    plan = app.plan(key)
    now = definitions.read_clock(app.connection(), plan.brand.id)
    if now is None:
        now = parse_instant(str(shop["clock"]), plan.tz)
        with transaction(app.connection()) as connection:
            definitions.set_clock(connection, plan.brand.id, now)
    if made.cooldowns and not plan.policy.cooldowns:
        spans = {category: days(count) for category, count in made.cooldowns.items()}
        policy.save(app.connection(), plan, replace(plan.policy, cooldowns=spans), now, "demo")
        plan = app.plan(key)
    started = stopwatch()
    counts = _bring_in(app, plan, made, now)
    seconds = stopwatch() - started
    plan = app.plan(key)
    if "cuts" not in shop:
        plan = _fit_cuts(app, plan, now)
    summary = whole.rfm(app.connection(), plan, now)
    told = told_rfm(summary, plan, customers.prospects(app.connection(), plan.brand.id))
    page = app.settings.home / f"report-{key}.html"
    write_report(page, report(app.connection(), plan, now, "he" if plan.brand.language == "he" else "en"))
    vip = summary.vip
    say(
        f"\n[bold]{plan.brand.name}[/]: {counts.rows:,} rows in {seconds:.1f} s, {counts.added:,} orders and refunds, "
        f"{summary.customers:,} customers who bought, {counts.anonymous:,} orders of nobody, "
        f"{counts.house_accounts} house accounts"
    )
    if vip.customers_share is not None and vip.revenue_share is not None and vip.spend_multiple is not None:
        say(
            f"333: {vip.customers_share:.1%} of customers bring {vip.revenue_share:.1%} of revenue, "
            f"×{vip.spend_multiple:.1f} the others' spend"
        )
    say(f"report: {page}")
    return {
        "orders": counts.added,
        "customers": told["customers"],
        "cells": told["cells"],
        "groups": told["groups"],
        "vip": told["vip"],
        "import": {"rows": counts.rows, "rejected": counts.rejected, "seconds": round(seconds, 1)},
        "report": str(page),
    }


def _fit_cuts(app: App, plan: Plan, now: Instant) -> Plan:
    """Groceries by the week are not fashion: the store's own orders say what is often and much."""
    fitted = cuts.fit(app.connection(), plan, now)
    cuts.save(app.connection(), plan, fitted.scheme, now, "demo")
    plan = app.plan(plan.brand.key)
    replan(app.connection(), plan, now)
    return plan


def _bring_in(app: App, plan: Plan, made: MadeStore, now: Instant) -> Counts:
    home, url = app.settings.home, app.settings.database_url
    for products in filter(None, (made.products, made.days_of_supply)):
        import_products(app.session, plan, Asked(products), now, home=home)
    plan = app.plan(plan.brand.key)  # the catalogue is part of it
    import_customers(app.session, plan, Asked(made.customers), now, home=home)
    counts = import_orders(app.session, plan, Asked(made.orders), now, home=home, database_url=url)
    if made.consents is not None:
        import_consents(app.session, plan, Asked(made.consents), now, home=home)
    if made.imported_list is not None:
        listed = Asked(made.imported_list, as_of=parse_instant(LISTED_ON, plan.tz))
        import_customers(app.session, plan, listed, now, home=home)
    if made.events is not None:
        import_events(app.session, plan, Asked(made.events), now)
    return counts


def _shield(app: App, say: Callable[[str], None]) -> dict[str, Any]:
    """The churn shield on the chain: tried on history, run in the sandbox, and one customer who comes back."""
    plan = app.plan(CHAIN)
    connection = app.connection()
    now = app.now(plan.brand.id)
    one, _ = current(connection, plan, "PB2")
    tried = dry_run(customers.read_all(connection, plan.brand.id), plan, one, add_span(now, months(-12), plan.tz), now)
    told = told_dry_run(tried, plan, with_rows=False)
    say(
        f"\n[bold]Churn shield on the last 12 months[/]: {tried.entered:,} would have entered, {tried.held_out:,} held "
        f"out, {tried.bought_first:,} bought first, {tried.messages:,} messages for {told['cost']} "
        f"{plan.brand.currency}, offers at most {told['offers_at_most']}. Nothing was sent."
    )
    activate(connection, plan, adjusted(one, switched_on=frozenset({"reminder"})), now, "demo")
    returned = _return(app, say)
    plan = app.plan(CHAIN)
    outbox = {
        "states": messages.count_by_state(connection, plan.brand.id),
        "reasons": messages.count_by_reason(connection, plan.brand.id),
    }
    say("outbox: " + ", ".join(f"{count:,} {state}" for state, count in outbox["states"].items()))
    return {"dry_run": told, "outbox": outbox, "return": returned}


def _return(app: App, say: Callable[[str], None]) -> dict[str, Any]:
    """Move the clock until a message waits for somebody at risk; let her buy at the till, through the real door."""
    plan = app.plan(CHAIN)
    worker = Worker(app)
    moment = parse_instant(_FRIDAY, plan.tz)
    for _ in range(_LOOKS):
        advance_clock(app, plan.brand.id, moment, worker)
        who = _waiting(app, plan)
        if who is not None:
            break
        moment = Instant(moment + 6 * HOUR)
    else:
        raise Refused("nobody at risk had a message waiting; the demonstration cannot go on")
    say(
        f"clock: {say_instant(moment, plan.tz)[:16]} · {who.scores.cell} ({group_key(who.scores.cell)}), "
        "a message waits for her; now she buys at the till"
    )
    with _doors(app) as url:
        key = new_api_key(app, CHAIN, "pos", "demonstration till")
        started = stopwatch()
        _post_receipt(url, key, who, moment, plan)
        after = _seen(app, plan, who)
        seconds = stopwatch() - started
    cancelled = [
        kept for kept in messages.of_customer(app.connection(), plan.brand.id, who.id)
        if kept.reasons and kept.reasons[-1][1] == "bought"
    ]  # fmt: skip
    say(f"{seconds:.2f} s later: {after.scores.cell} ({group_key(after.scores.cell)}), {len(cancelled)} cancelled")
    for fact in why(app.connection(), plan, who.id, PlaybookKey("PB2")).facts:
        say(f"  {to_datetime(fact.at, plan.tz):%Y-%m-%d %H:%M:%S}  {fact.code:<9} {fact.detail}")
    return {
        "customer": str(who.id),
        "cell_before": str(who.scores.cell),
        "cell_after": str(after.scores.cell),
        "seconds": round(seconds, 3),
        "cancelled": len(cancelled),
    }


def _waiting(app: App, plan: Plan) -> Customer | None:
    """A customer of cell 133 whose message is held: one more purchase makes her 333."""
    for kept in messages.outbox(app.connection(), plan.brand.id, 1000):
        if kept.state == "held" and kept.message.arm == "treated":
            who = customers.read(app.connection(), plan.brand.id, kept.message.customer)
            if who is not None and who.scores.cell == 133:
                return who
    return None


@contextmanager
def _doors(app: App) -> Iterator[str]:
    """`ritorno serve` as a user would run it, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    environ = {**os.environ, "RITORNO_BIND": f"127.0.0.1:{port}", "RITORNO_HOME": str(app.settings.home)}
    command = [sys.executable, "-m", "ritorno", "serve"]
    with subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as serving:
        try:
            _wait_for(url, serving)
            yield url
        finally:
            serving.terminate()
            serving.wait(30)


def _wait_for(url: str, serving: subprocess.Popen[bytes]) -> None:
    for _ in range(900):
        try:
            with urllib.request.urlopen(f"{url}/health/live", timeout=2):  # noqa: S310 - our own address
                return
        except OSError:
            if serving.poll() is not None:
                break
            time.sleep(0.1)
    raise Refused("the doors did not open; try: ritorno serve")


def _post_receipt(url: str, key: str, who: Customer, moment: Instant, plan: Plan) -> None:
    names = {Kind.PHONE: "phone", Kind.EMAIL: "email", Kind.CLUB_CARD: "club_card"}
    known = {names[each.identifier.kind]: each.identifier.value for each in who.identifiers
             if each.identifier.kind in names}  # fmt: skip
    receipt = {
        "receipt_no": "demo-1",
        "occurred_at": say_instant(moment, plan.tz),
        "branch": "Ayalon",
        "total": _BASKET,
        "customer": known,
    }
    request = urllib.request.Request(  # noqa: S310 - our own address
        f"{url}/v1/receipts",
        data=json.dumps(receipt).encode(),
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answered:  # noqa: S310
            answered.read()
    except urllib.error.HTTPError as error:
        raise Refused(f"the till's receipt was refused: {error.read().decode()[:300]}") from error


def _seen(app: App, plan: Plan, before: Customer) -> Customer:
    """The customer once the receipt has been reacted to."""
    for _ in range(2000):
        after = customers.read(app.connection(), plan.brand.id, before.id)
        if after is not None and len(after.orders) > len(before.orders):
            return after
        time.sleep(0.005)
    raise Refused("the receipt was accepted and not reacted to within 10 seconds")
