"""`ritorno offers …`: what is out, what it cost, a code's life, pools of given codes; the till's steps by hand."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import psycopg
from msgspec.structs import replace

from ritorno.cli.app import Refused, answer, brand_option, cli, console, installation, json_option
from ritorno.cli.policy_saved import save_policy
from ritorno.core.events import SoldVia
from ritorno.core.incentives import Incentives
from ritorno.core.instants import Instant, days, parse_span
from ritorno.core.money import decimal_text, parse_amount
from ritorno.core.plan import Plan
from ritorno.core.redemption import Basket, BasketLine
from ritorno.store import definitions, pools
from ritorno.store.offers import standings
from ritorno.store.transaction import transaction
from ritorno.web.codes import told as told_code
from ritorno.work import redeem as work

_SOURCE = "cli"


@cli.group("offers")
def offers_group() -> None:
    """Offers and their codes: what is out, what it cost, and what a till does with a code."""


@offers_group.command("show")
@brand_option
@json_option
def offers_show(brand: str, as_json: bool) -> None:
    """Every playbook's codes: how many are open, redeemed and ended, what they cost and may still cost."""
    with installation() as app:
        plan = app.plan(brand)
        found = standings(app.connection(), plan.brand.id, app.now(plan.brand.id))
    budgets = {each.key: each.offer.budget for each in plan.running if each.offer is not None}
    currency = plan.brand.currency
    told = [
        {
            "playbook": one.playbook,
            "codes": one.codes,
            "open": one.open,
            "redeemed": one.redeemed,
            "ended": one.ended,
            "cost": decimal_text(one.cost, currency),
            "liability": decimal_text(one.liability, currency),
            "budget": None if (budget := budgets.get(one.playbook)) is None else decimal_text(budget, currency),
        }
        for one in found
    ]
    if as_json:
        answer({"offers": told, "currency": currency})
        return
    for each in told:
        console.print(
            f"[bold]{each['playbook']}[/]: {each['codes']:,} codes, {each['redeemed']:,} redeemed for {each['cost']} "
            f"{currency}, {each['open']:,} open that may cost {each['liability']}, {each['ended']:,} ended unused"
            + (f"; budget {each['budget']}" if each["budget"] else ""),
            highlight=False,
        )
    if not told:
        console.print("No code was sent yet.")


def _basket_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option(
            "--sold-via", type=click.Choice([each.value for each in SoldVia]), default="pos", show_default=True
        ),
        click.option("--shipping", metavar="AMOUNT", default="0", help="What the shipping costs."),
        click.option(
            "--line", "lines", multiple=True, metavar="SKU:CATEGORY:AMOUNT", help="A line of the basket, whole."
        ),
        click.option("--total", metavar="AMOUNT", help="The basket before the discount; left out: its lines."),
    ):
        command = option(command)
    return command


@offers_group.command("check")
@click.argument("code")
@_basket_options
@brand_option
@json_option
def offers_check(
    code: str, total: str | None, lines: tuple[str, ...], shipping: str, sold_via: str, brand: str, as_json: bool
) -> None:
    """Could CODE be redeemed now, on this basket or at all? Changes nothing."""

    def ask(connection: psycopg.Connection, plan: Plan, now: Instant) -> work.Answer:
        return work.check(connection, plan, code, _basket(plan, total, lines, shipping, sold_via), now)

    _take(brand, "redeemable", ask, as_json)


@offers_group.command("reserve")
@click.argument("code")
@click.option("--receipt", required=True, help="The receipt that it is kept for.")
@_basket_options
@brand_option
@json_option
def offers_reserve(
    code: str, receipt: str, total: str | None, lines: tuple[str, ...], shipping: str, sold_via: str, brand: str,
    as_json: bool,
) -> None:  # fmt: skip
    """Keep CODE for a receipt, for 15 minutes."""

    def ask(connection: psycopg.Connection, plan: Plan, now: Instant) -> work.Answer:
        basket = _basket(plan, total, lines, shipping, sold_via)
        if basket is None:
            raise Refused("say what is bought: --total 249.90, or its lines")
        return work.reserve(connection, plan, code, basket, work.order_key(_SOURCE, receipt), now)

    _take(brand, "reserved", ask, as_json)


@offers_group.command("redeem")
@click.argument("code")
@click.option("--receipt", required=True, help="The receipt that uses it; the same may ask again.")
@_basket_options
@brand_option
@json_option
def offers_redeem(
    code: str, receipt: str, total: str | None, lines: tuple[str, ...], shipping: str, sold_via: str, brand: str,
    as_json: bool,
) -> None:  # fmt: skip
    """Use CODE up for a receipt. Without a basket: for the one it was reserved for."""

    def ask(connection: psycopg.Connection, plan: Plan, now: Instant) -> work.Answer:
        basket = _basket(plan, total, lines, shipping, sold_via)
        return work.redeem(connection, plan, code, basket, work.order_key(_SOURCE, receipt), now, now)

    _take(brand, "redeemed", ask, as_json)


@offers_group.command("release")
@click.argument("code")
@click.option("--receipt", required=True, help="The receipt that had reserved it.")
@brand_option
@json_option
def offers_release(code: str, receipt: str, brand: str, as_json: bool) -> None:
    """Let go of CODE, which a receipt had reserved."""

    def ask(connection: psycopg.Connection, plan: Plan, now: Instant) -> work.Answer:
        return work.release(connection, plan, code, work.order_key(_SOURCE, receipt), now)

    _take(brand, "released", ask, as_json)


@offers_group.command("limit")
@click.option("--share", type=float, metavar="PER CENT", help="Of a customer's value: the margin of 12 months.")
@click.option("--within", metavar="SPAN", help="Codes count for so long: 90d.")
@click.option("--off", is_flag=True, help="No limit any more.")
@brand_option
@json_option
def offers_limit(share: float | None, within: str | None, off: bool, brand: str, as_json: bool) -> None:
    """The most that one customer is given in codes. With options: a new version of the policy."""
    with installation() as app:
        plan = app.plan(brand)
        if share is not None or within is not None or off:
            wanted = None if off else _limit(plan, share, within)
            plan = save_policy(app, plan, replace(plan.policy, incentives=wanted), "ritorno offers limit")
    limit = plan.policy.incentives
    if as_json:
        told = None if limit is None else {"share": limit.share / 100, "within": str(limit.within)}
        answer({"limit": told})
    elif limit is None:
        console.print("There is no limit. Set one with: ritorno offers limit --share 10")
    else:
        console.print(f"At most {limit.share / 100:g} % of a customer's value in codes of {limit.within}")


def _limit(plan: Plan, share: float | None, within: str | None) -> Incentives:
    """What stands, with what was given."""
    standing = plan.policy.incentives
    if share is None and standing is None:
        raise Refused("there is no limit yet; say which, for example --share 10")
    hundredths = round(share * 100) if share is not None else standing.share if standing is not None else 0
    try:
        span = parse_span(within) if within is not None else standing.within if standing is not None else days(90)
    except ValueError as error:
        raise Refused(str(error)) from error
    return Incentives(hundredths, span)


@offers_group.group("pool")
def pool_group() -> None:
    """Pools of codes that another system made: an offer with `pool: KEY` hands them out, each once, in their order."""


@pool_group.command("add")
@click.argument("pool")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@brand_option
@json_option
def pool_add(pool: str, file: Path, brand: str, as_json: bool) -> None:
    """Put the codes of FILE, one a line, into POOL. A code that is known already stays where it is."""
    try:
        given = [line.strip() for line in file.read_text(encoding="utf-8-sig").splitlines()]
    except UnicodeDecodeError as error:
        raise Refused(f"{file.name} is not UTF-8 text: {error}") from error
    codes = [code for code in given if code]
    with installation() as app:
        plan = app.plan(brand)
        with transaction(app.connection()) as connection:
            fresh = pools.add(connection, plan.brand.id, pool, codes)
            detail = {"pool": pool, "codes": fresh}
            definitions.audit(connection, plan.brand.id, app.now(plan.brand.id), "cli", "pool", detail)
    if as_json:
        answer({"pool": pool, "added": fresh, "known": len(codes) - fresh})
    else:
        console.print(f"{fresh:,} codes added to {pool}; {len(codes) - fresh:,} were known already")


@pool_group.command("show")
@brand_option
@json_option
def pool_show(brand: str, as_json: bool) -> None:
    """How many codes each pool holds, and how many nobody has yet."""
    with installation() as app:
        plan = app.plan(brand)
        found = pools.read(app.connection(), plan.brand.id)
    if as_json:
        answer({"pools": [each._asdict() for each in found]})
        return
    for each in found:
        console.print(f"{each.key}: {each.free:,} of {each.codes:,} are free", highlight=False)
    if not found:
        console.print("There is no pool yet. Add one with: ritorno offers pool add POOL FILE")


def _basket(plan: Plan, total: str | None, lines: tuple[str, ...], shipping: str, sold_via: str) -> Basket | None:
    try:
        kept = tuple(_line(each, plan) for each in lines)
        if total is None and not kept:
            return None
        whole = sum(each.amount for each in kept) if total is None else parse_amount(total, plan.brand.currency)
        return Basket(SoldVia(sold_via), whole, kept, parse_amount(shipping, plan.brand.currency))
    except ValueError as error:
        raise Refused(str(error)) from error


def _line(text: str, plan: Plan) -> BasketLine:
    parts = text.split(":")
    if len(parts) != 3:
        raise ValueError(f"--line {text}: write SKU:CATEGORY:AMOUNT, for example C1:cups:80")
    return BasketLine(parts[0], parts[1], parse_amount(parts[2], plan.brand.currency))


Ask = Callable[[psycopg.Connection, Plan, Instant], work.Answer]


def _take(brand: str, word: str, ask: Ask, as_json: bool) -> None:
    """The step, and what a till would be told of it; exit code 1 when it is refused."""
    with installation() as app:
        plan = app.plan(brand)
        now = app.now(plan.brand.id)
        found = app.session.run(lambda connection: ask(connection, plan, now))
    told = told_code(found, plan, word)
    if as_json:
        answer(told)
    if not told[word] and (word != "redeemable" or not as_json):
        raise Refused(f"{told['code']}: {told.get('error', 'no')} ({told.get('reason', 'unknown')})")
    if not as_json:
        worth = f", {told['discount']} {plan.brand.currency} off" if "discount" in told else ""
        console.print(f"{told['code']} {word}{worth}; it ends {told['expires_at']}", highlight=False)
