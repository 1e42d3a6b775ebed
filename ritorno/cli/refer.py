"""`ritorno refer …`: personal codes, who was recommended by whom and what came of it, the terms."""

from typing import Any

import click
from msgspec.structs import replace

from ritorno.cli.app import Refused, answer, brand_option, cli, console, installation, json_option
from ritorno.cli.policy_saved import save_policy
from ritorno.core.instants import Span, parse_span, say_instant
from ritorno.core.money import decimal_text, parse_amount
from ritorno.core.plan import Plan
from ritorno.core.referral import Terms
from ritorno.store import referrals
from ritorno.wiring import App
from ritorno.work.find_customer import NotFound, find
from ritorno.work.refer import personal_code


@cli.group("refer")
def refer_group() -> None:
    """Customers who recommend: their codes, their friends' orders, the rewards of both."""


@refer_group.command("code")
@click.argument("customer")
@brand_option
@json_option
def refer_code(customer: str, brand: str, as_json: bool) -> None:
    """CUSTOMER's own code to hand on; made when first asked for."""
    with installation() as app:
        plan = app.plan(brand)
        who = _find(app, plan, customer)
        now = app.now(plan.brand.id)
        code = app.session.run(lambda connection: personal_code(connection, plan, who, now))
    if as_json:
        answer({"customer": str(who), "code": code})
    else:
        console.print(code)


@refer_group.command("list")
@click.option("--of", "customer", metavar="CUSTOMER", help="Only who was recommended by them.")
@brand_option
@json_option
def refer_list(customer: str | None, brand: str, as_json: bool) -> None:
    """Every order that a personal code was shown with: when it is judged, or what came of it."""
    with installation() as app:
        plan = app.plan(brand)
        who = None if customer is None else _find(app, plan, customer)
        found = referrals.read(app.connection(), plan.brand.id, who)
    told = [
        {
            "code": each.code,
            "referrer": str(each.referrer),
            "order": f"{each.source} {each.order_id}",
            "told_at": say_instant(each.told_at, plan.tz),
            "judged_at": None if each.due_at is None else say_instant(each.due_at, plan.tz),
            "verdict": each.verdict or "waiting",
            "friend": None if each.friend is None else str(each.friend),
        }
        for each in found
    ]
    if as_json:
        answer({"referrals": told})
        return
    for one in told:
        until = f" until {one['judged_at']}" if one["judged_at"] else ""
        console.print(f"{one['told_at']}  {one['code']}  {one['order']}: {one['verdict']}{until}", highlight=False)
    if not told:
        console.print("Nobody was recommended yet.")


@refer_group.command("terms")
@click.option("--for-referrer", metavar="AMOUNT", help="What who recommends gets.")
@click.option("--for-friend", metavar="AMOUNT", help="What the friend gets.")
@click.option("--min-order", metavar="AMOUNT", help="The smallest order that counts, after refunds.")
@click.option("--returns", metavar="SPAN", help="How long the friend may bring it back: 14d.")
@click.option("--lives", metavar="SPAN", help="How long the codes live that both get: 90d.")
@click.option("--min-basket", metavar="AMOUNT", help="The smallest basket that those codes are good for.")
@click.option("--off", is_flag=True, help="Recommending brings nothing any more; what waits is not judged.")
@brand_option
@json_option
def refer_terms(off: bool, brand: str, as_json: bool, **given: str | None) -> None:
    """What recommending brings. With options: a new version of the policy."""
    with installation() as app:
        plan = app.plan(brand)
        if off or any(value is not None for value in given.values()):
            wanted = replace(plan.policy, referral=None if off else _terms(plan, given))
            plan = save_policy(app, plan, wanted, "ritorno refer terms")
    told = None if plan.policy.referral is None else told_terms(plan.policy.referral, plan)
    if as_json:
        answer({"terms": told})
    elif told is None:
        console.print(
            "Recommending brings nothing. Switch it on with: ritorno refer terms --for-referrer 50 --for-friend 30"
        )
    else:
        console.print(
            f"{told['for_referrer']} {plan.brand.currency} and {told['for_friend']} for the friend, for an order of "
            f"{told['min_order']} or more, {told['returns']} after it; the codes live {told['lives']}",
            highlight=False,
        )


_AMOUNTS = ("for_referrer", "for_friend", "min_order", "min_basket")


def told_terms(terms: Terms, plan: Plan) -> dict[str, Any]:
    """The terms as JSON: money as decimal text, spans in words."""
    amounts = {name: decimal_text(getattr(terms, name), plan.brand.currency) for name in _AMOUNTS}
    return amounts | {"returns": str(terms.returns), "lives": str(terms.lives)}


def _terms(plan: Plan, given: dict[str, str | None]) -> Terms:
    """What stands, with what was given."""
    changes: dict[str, int | Span] = {}
    for name, text in given.items():
        if text is not None:
            try:
                changes[name] = parse_amount(text, plan.brand.currency) if name in _AMOUNTS else parse_span(text)
            except ValueError as error:
                raise Refused(f"--{name.replace('_', '-')} {text}: {error}") from error
    if plan.policy.referral is None and not {"for_referrer", "for_friend"} <= changes.keys():
        raise Refused("there are no terms yet; say --for-referrer and --for-friend")
    return replace(plan.policy.referral or Terms(0, 0), **changes)


def _find(app: App, plan: Plan, customer: str) -> Any:
    try:
        return find(app.connection(), plan, customer)
    except NotFound as error:
        raise Refused(str(error)) from error
