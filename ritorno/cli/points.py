"""`ritorno points …`: what a customer has, every line of the ledger, giving and spending, the terms."""

from typing import Any

import click
from msgspec.structs import replace

from ritorno.cli.app import Refused, answer, brand_option, cli, console, installation, json_option
from ritorno.cli.policy_saved import save_policy
from ritorno.core.events import SoldVia
from ritorno.core.ids import SegmentKey
from ritorno.core.instants import Span, parse_span, say_instant
from ritorno.core.money import decimal_text, parse_amount
from ritorno.core.plan import Plan
from ritorno.core.points import Earned, Given, Rate
from ritorno.core.points_balance import balance, expires_next, statement
from ritorno.core.points_terms import Multiplier, Terms
from ritorno.core.scores.cells import CELLS, Cell
from ritorno.store import customers, definitions
from ritorno.store.transaction import transaction
from ritorno.wiring import App
from ritorno.work import book_points
from ritorno.work.find_customer import NotFound, find


@cli.group("points")
def points_group() -> None:
    """Points that orders earn and customers spend."""


@points_group.command("balance")
@click.argument("customer")
@brand_option
@json_option
def points_balance(customer: str, brand: str, as_json: bool) -> None:
    """How many points CUSTOMER has, and which end next."""
    with installation() as app:
        plan = app.plan(brand)
        ledger, now = _ledger(app, plan, customer), app.now(plan.brand.id)
    soon = expires_next(ledger, now)
    told: dict[str, Any] = {"balance": balance(ledger, now), "expires_next": None}
    if soon is not None:
        told["expires_next"] = {"points": soon[1], "at": say_instant(soon[0], plan.tz)}
    if as_json:
        answer(told)
        return
    console.print(f"{told['balance']:,} points")
    if soon is not None:
        console.print(f"{soon[1]:,} of them end on {say_instant(soon[0], plan.tz)}")


@points_group.command("ledger")
@click.argument("customer")
@brand_option
@json_option
def points_ledger(customer: str, brand: str, as_json: bool) -> None:
    """Every line of CUSTOMER's ledger: earned, taken back, spent, expired; the lines add up to the balance."""
    with installation() as app:
        plan = app.plan(brand)
        ledger, now = _ledger(app, plan, customer), app.now(plan.brand.id)
    entries = {entry.key: entry for entry in ledger}
    lines = [
        {
            "at": say_instant(line.at, plan.tz),
            "what": line.turn.value,
            "points": line.points,
            "balance": line.balance,
            "by": line.key.replace("\x1f", " "),
            "because": entry.because if isinstance(entry, Given) else "",
            "multiplier": entry.multiplier / 100 if isinstance(entry, Earned) else None,
        }
        for line in statement(ledger, now)
        for entry in (entries[line.key],)
    ]
    if as_json:
        answer({"lines": lines, "balance": balance(ledger, now)})
        return
    for each in lines:
        times = f" ×{each['multiplier']:g}" if each["multiplier"] not in (None, 1) else ""
        console.print(
            f"{each['at']}  {each['points']:>+8,} → {each['balance']:>8,}  {each['what']}{times}  {each['by']}"
            + (f"  ({each['because']})" if each["because"] else ""),
            highlight=False,
        )
    if not lines:
        console.print("Nothing was booked yet.")


def _reference(command: Any) -> Any:
    return click.option("--reference", required=True, help="Names this booking: the same again books nothing more.")(
        command
    )


@points_group.command("give")
@click.argument("customer")
@click.argument("points", type=click.IntRange(1))
@_reference
@click.option("--lives", metavar="SPAN", help="How long they live: 365d, 12mo. Left out: for ever.")
@click.option("--because", default="", help="Kept with the booking.")
@brand_option
@json_option
def points_give(
    customer: str, points: int, reference: str, lives: str | None, because: str, brand: str, as_json: bool
) -> None:
    """Give CUSTOMER so many POINTS."""
    with installation() as app:
        plan, span = app.plan(brand), _span(lives)
        who, now = _find(app, plan, customer), app.now(plan.brand.id)
        done = app.session.run(
            lambda c: book_points.give(c, plan, who, points, f"cli {reference}", now, lives=span, because=because)
        )
        _audit(app, plan, "points_given", {"customer": str(who), "points": points, "reference": reference})
    _tell(done, as_json)


@points_group.command("spend")
@click.argument("customer")
@click.argument("points", type=click.IntRange(1))
@_reference
@brand_option
@json_option
def points_spend(customer: str, points: int, reference: str, brand: str, as_json: bool) -> None:
    """Spend so many POINTS of CUSTOMER's, if there are as many."""
    with installation() as app:
        plan = app.plan(brand)
        who, now = _find(app, plan, customer), app.now(plan.brand.id)
        done = app.session.run(lambda c: book_points.spend(c, plan, who, points, f"cli {reference}", now))
        _audit(app, plan, "points_spent", {"customer": str(who), "points": points, "reference": reference})
    _tell(done, as_json)


@points_group.command("terms")
@click.option("--rate", metavar="POINTS/AMOUNT", help="What an order earns: 1/10 is a point for every 10 paid.")
@click.option(
    "--multiplier", "multipliers", multiple=True, metavar="WHO=TIMES",
    help="333=2 for a cell, SEGMENT=1.5, pos=1.5 for a place of sale. Of several that fit the largest counts.",
)  # fmt: skip
@click.option("--lives", metavar="SPAN", help="How long points live: 365d, 12mo; 'ever': they never end.")
@click.option("--off", is_flag=True, help="Orders earn nothing any more; what was booked stays.")
@brand_option
@json_option
def points_terms(
    rate: str | None, multipliers: tuple[str, ...], lives: str | None, off: bool, brand: str, as_json: bool
) -> None:
    """On which terms orders earn points. With options: a new version of the policy, for orders from now on."""
    with installation() as app:
        plan = app.plan(brand)
        if rate or multipliers or lives or off:
            wanted = None if off else _terms(plan, rate, multipliers, lives)
            plan = save_policy(app, plan, replace(plan.policy, points=wanted), "ritorno points terms")
    terms = plan.policy.points
    if as_json:
        answer({"terms": None if terms is None else told_terms(terms, plan)})
    elif terms is None:
        console.print("Orders earn no points. Switch it on with: ritorno points terms --rate 1/10")
    else:
        told = told_terms(terms, plan)
        console.print(
            f"{told['points']} for every {told['for']} {plan.brand.currency}; they live {told['lives'] or 'ever'}"
        )
        for each in told["multipliers"]:
            console.print(f"×{each['times']:g} for {each['for']}")


def told_terms(terms: Terms, plan: Plan) -> dict[str, Any]:
    """The terms as JSON: money as decimal text."""
    return {
        "points": terms.rate.points,
        "for": decimal_text(terms.rate.amount, plan.brand.currency),
        "lives": None if terms.lives is None else str(terms.lives),
        "multipliers": [
            {"times": each.hundredths / 100, "for": ", ".join((*each.cells, *each.segments, *each.sold_via))}
            for each in terms.multipliers
        ],
    }


def _terms(plan: Plan, rate: str | None, multipliers: tuple[str, ...], lives: str | None) -> Terms:
    """What stands, with what was given."""
    standing = plan.policy.points
    if rate is not None:
        points, has_amount, amount = rate.partition("/")
        if not has_amount or not points.strip().isdigit():
            raise Refused(f"--rate {rate}: write POINTS/AMOUNT, for example 1/10")
        try:
            per = Rate(int(points), parse_amount(amount, plan.brand.currency))
        except ValueError as error:
            raise Refused(f"--rate {rate}: {error}") from error
        standing = Terms(per) if standing is None else replace(standing, rate=per)
    if standing is None:
        raise Refused("there are no terms yet; say what an order earns, for example --rate 1/10")
    if multipliers:
        standing = replace(standing, multipliers=tuple(_multiplier(each, plan) for each in multipliers))
    if lives is not None:
        standing = replace(standing, lives=None if lives == "ever" else _span(lives))
    return standing


def _multiplier(text: str, plan: Plan) -> Multiplier:
    name, is_told, times = text.rpartition("=")
    try:
        hundredths = round(float(times) * 100)
    except ValueError as error:
        raise Refused(f"--multiplier {text}: write WHO=TIMES, for example 333=2") from error
    if name in CELLS:
        return Multiplier(hundredths, cells=(Cell(name),))
    if name in list(SoldVia):
        return Multiplier(hundredths, sold_via=(SoldVia(name),))
    if is_told and name in plan.rules:
        return Multiplier(hundredths, segments=(SegmentKey(name),))
    raise Refused(f"--multiplier {text}: {name!r} is no cell, place of sale (online, pos, phone) or segment of yours")


def _audit(app: App, plan: Plan, action: str, detail: dict[str, Any]) -> None:
    with transaction(app.connection()) as connection:
        definitions.audit(connection, plan.brand.id, app.now(plan.brand.id), "cli", action, detail)


def _find(app: App, plan: Plan, customer: str) -> Any:
    try:
        return find(app.connection(), plan, customer)
    except NotFound as error:
        raise Refused(str(error)) from error


def _ledger(app: App, plan: Plan, customer: str) -> Any:
    document = customers.read(app.connection(), plan.brand.id, _find(app, plan, customer))
    assert document is not None
    return document.points


def _span(text: str | None) -> Span | None:
    if text is None:
        return None
    try:
        return parse_span(text)
    except ValueError as error:
        raise Refused(str(error)) from error


def _tell(done: book_points.Answer, as_json: bool) -> None:
    if done.status == "too_few":
        raise Refused(f"there are only {done.balance} points")
    if done.status == "other_points":
        raise Refused(f"this reference was booked before, with {done.points} points; give the new one its own")
    if as_json:
        answer({"status": done.status, "points": done.points, "balance": done.balance})
    else:
        again = " before; nothing more was" if done.status == "repeated" else ""
        console.print(f"{done.points:,} points booked{again} · balance {done.balance:,}")
