"""`ritorno ads audience`: one ad audience, its definition, and what its ads may show a customer."""

from typing import Any

import click
import msgspec

from ritorno.cli.ads import PLATFORMS, ads_group
from ritorno.cli.app import Refused, answer, brand_option, console, installation, json_option
from ritorno.core.ad_identifiers import Platform
from ritorno.core.audiences import AudienceDefinition, called, family
from ritorno.core.ids import AudienceKey
from ritorno.core.plan import Plan
from ritorno.store import audiences, customers
from ritorno.wiring import App
from ritorno.work.audiences import AudienceError, NoAudience, define, find, retire, shows, wished
from ritorno.work.find_customer import NotFound
from ritorno.work.find_customer import find as find_customer


@ads_group.command("audience")
@click.argument("key")
@click.option("--he", help="Its Hebrew name.")
@click.option("--en", help="Its English name.")
@click.option("--platform", "platforms", multiple=True, type=PLATFORMS, help="Where it is kept. Again for more.")
@click.option("--use", type=click.Choice(["include", "exclude"]), help="Meant by ads, or left out of them.")
@click.option("--scope", type=click.Choice(["all", "category"]), help="One for all ads, or one for each category.")
@click.option("--segment", help="Mirror this segment; none: no longer.")
@click.option("--complement", "complements", multiple=True, metavar="BOUGHT=SHOWN", help="Categories that may be "
              "shown to buyers of one: shoes=socks,laces. Again for more.")  # fmt: skip
@click.option("--sku", "skus", multiple=True, help="A product that may be shown to all of it. Again for more.")
@click.option("--consent", type=click.Choice(["marketing", "ads"]), help="What permits it: consent for "
              "marketing (unless ads were refused), or for ads alone.")  # fmt: skip
@click.option("--show-name/--neutral-name", default=None, help="The platforms are told its name, where that gives "
              "nothing away, or AUD-17 (default).")  # fmt: skip
@click.option("--customer", help="What its ads may show this customer.")
@click.option("--retire", "is_retired", is_flag=True, help="Defined no more.")
@brand_option
@json_option
def audience_command(
    key: str, he: str | None, en: str | None, platforms: tuple[str, ...], use: str | None, scope: str | None,
    segment: str | None, complements: tuple[str, ...], skus: tuple[str, ...], consent: str | None,
    show_name: bool | None, customer: str | None, is_retired: bool, brand: str, as_json: bool,
) -> None:  # fmt: skip
    """Show the ad audience KEY, or define it: only what is asked for changes."""
    told: dict[str, Any] = {
        "platforms": tuple(map(Platform, platforms)) or None, "use": use, "scope": scope,
        "segment": "" if segment == "none" else segment, "complements": dict(map(_complement, complements)) or None,
        "skus": skus or None, "consent": consent, "show_name": show_name,
    }  # fmt: skip
    told = {name: value for name, value in told.items() if value is not None}
    with installation() as app:
        plan = app.plan(brand)
        now = app.now(plan.brand.id)
        try:
            if is_retired:
                definition = retire(app.connection(), plan, key, now, "cli")
            elif told or he or en:
                definition = define(app.connection(), plan, wished(plan, key, he, en, told), now, "cli")
            else:
                definition = find(app.connection(), plan, key)
            record = _record(app, plan, AudienceKey(key), customer) if customer else None
        except (NoAudience, AudienceError, NotFound) as error:
            raise Refused(str(error)) from error
    if as_json:
        answer({**_definition(definition), "retired": is_retired} | ({"shows": record} if record is not None else {}))
        return
    name = called(AudienceKey(key), definition, plan.brand.language)
    console.print(f"[bold]{key}[/] · {name} · {definition.use}", highlight=False)
    if record is not None:
        console.print(f"  shows: {', '.join(record) or 'nothing'}", highlight=False, markup=False)
    if is_retired:
        console.print("  retired")


def _definition(definition: AudienceDefinition) -> dict[str, Any]:
    defaults = {"platforms": [each.value for each in definition.platforms], "use": definition.use,
                "scope": definition.scope, "segment": definition.segment, "consent": definition.consent,
                "show_name": definition.show_name}  # fmt: skip
    told: dict[str, Any] = msgspec.to_builtins(definition)
    return {**defaults, **told}


def _complement(text: str) -> tuple[str, tuple[str, ...]]:
    bought, equals, shown = text.partition("=")
    categories = tuple(each.strip() for each in shown.split(",") if each.strip())
    if not equals or not bought.strip() or not categories:
        raise Refused(f"--complement {text!r}: write BOUGHT=SHOWN, for example shoes=socks,laces")
    return bought.strip(), categories


def _record(app: App, plan: Plan, key: AudienceKey, asked: str) -> list[str]:
    """Raises NotFound, and NoAudience for a customer who is not in it."""
    connection = app.connection()
    customer = find_customer(connection, plan, asked)
    held = [each for each, _, _ in audiences.of_customer(connection, plan.brand.id, customer)]
    inside = [each for each in held if each == key or family(each) == key]
    if not inside:
        raise NoAudience(f"customer {customer} is not in {key}; she is in: {', '.join(held) or 'none'}")
    document = customers.read(connection, plan.brand.id, customer)
    assert document is not None
    return list(dict.fromkeys(sku for each in inside for sku in shows(connection, plan, each, document)))
