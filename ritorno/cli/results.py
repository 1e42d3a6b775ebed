"""`ritorno playbook results`: what a playbook brought, with its interval."""

from typing import Any

import click
import msgspec

from ritorno.cli.app import Refused, answer, brand_option, console, installation, json_option
from ritorno.cli.playbooks import playbook
from ritorno.core.lift import Difference
from ritorno.core.money import decimal_text, parse_amount
from ritorno.core.plan import Plan
from ritorno.work.activate import NoPlaybook, current
from ritorno.work.measure import measure
from ritorno.work.results import Results
from ritorno.work.words_results import say_parts, say_results

FORMULA = "net = margin × lift − messages − offers − ads"


@playbook.command("results")
@click.argument("key")
@click.option("--ads", default="0", metavar="AMOUNT", help="What its ads cost, in the brand's currency.")
@click.option("--parts", is_flag=True, help="Also by version, by step, by arm of a split; who was declined.")
@brand_option
@json_option
def results_command(key: str, ads: str, parts: bool, brand: str, as_json: bool) -> None:
    """What KEY brought: the difference to those left out, with its 95 % interval, less what it cost."""
    with installation() as app:
        plan = app.plan(brand)
        try:
            one, _ = current(app.connection(), plan, key)
            cost = parse_amount(ads, plan.brand.currency)
        except (NoPlaybook, ValueError) as error:
            raise Refused(str(error)) from error
        told = measure(app.connection(), plan, one, app.now(plan.brand.id), ads=cost)
    if as_json:
        answer(told_results(told, plan))
        return
    lines = say_results(told, plan, plan.brand.language)
    for line in [*lines, *(say_parts(told, plan, plan.brand.language) if parts else [])]:
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def told_results(told: Results, plan: Plan) -> dict[str, Any]:
    """The results as JSON: money as decimal text, intervals beside every estimate."""
    currency = plan.brand.currency
    plain: dict[str, Any] = msgspec.to_builtins(told)
    _money(plain, currency, "offers_redeemed", "liability", "cap")
    _thousandths(plain, currency)
    plain["costs"] = {name: decimal_text(round(cost / 1000), currency) for name, cost in told.costs.items()}
    for row in (plain["treated"], plain["holdout"], *plain["versions"], *plain["after"], *(plain["so_far"] or ())):
        _money(row, currency, *({"revenue", "margin"} & row.keys()))
    for row in plain["steps"]:
        _money(row, currency, "offers")
        _thousandths(row, currency)
    for row, one in zip(plain["splits"], told.splits, strict=True):
        _money(row, currency, "revenue")
        row["spend"] = None if one.spend is None else money_difference(one.spend, currency)
    if told.spend is not None:
        plain["spend"] = money_difference(told.spend, currency)
    if told.profit is not None:
        parts = msgspec.to_builtins(told.profit)
        plain["profit"] = {
            name: value if name == "margin" else decimal_text(round(value), currency) for name, value in parts.items()
        }
        plain["formula"] = FORMULA
    plain["conclusive"] = told.spend is not None and told.spend.is_conclusive
    return plain


def _money(row: dict[str, Any], currency: str, *names: str) -> None:
    for name in names:
        row[name] = None if row[name] is None else decimal_text(row[name], currency)


def _thousandths(row: dict[str, Any], currency: str) -> None:
    row["cost"] = decimal_text(round(row["cost"] / 1000), currency)


def money_difference(one: Difference, currency: str) -> dict[str, Any]:
    """A difference of amounts as JSON, its interval beside it."""
    told: dict[str, Any] = {"treated_count": one.treated_count, "holdout_count": one.holdout_count}
    for name in ("treated", "holdout", "estimate", "low", "high", "smallest"):
        told[name] = decimal_text(round(getattr(one, name)), currency)
    return told
