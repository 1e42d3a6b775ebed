"""`ritorno recommend …`: learn from everyone's orders what goes with what; what a customer would be shown, and why."""

from typing import Any

import click
from rich.table import Table

from ritorno.cli.app import (
    Refused,
    answer,
    as_of_option,
    brand_option,
    cli,
    console,
    installation,
    instant_of,
    json_option,
)  # fmt: skip
from ritorno.cli.learning import learning
from ritorno.core.customer import About
from ritorno.core.instants import say_instant
from ritorno.core.messages.blocks import MOST_PRODUCTS, Tile
from ritorno.core.money import format_amount
from ritorno.core.plan import Plan
from ritorno.store import affinity, customers
from ritorno.work.block_products import GALLERIES, products_for
from ritorno.work.find_customer import NotFound, find
from ritorno.work.fit_affinity import fit_affinity

_USES = {
    "similar_customers": "what similar customers bought",
    "best_sellers": "best sellers: in this shop they find more than similar customers do",
}


@cli.group("recommend")
def recommend_group() -> None:
    """What customers may want next. The worker learns it anew once a day."""


@recommend_group.command("fit")
@brand_option
@json_option
def recommend_fit(brand: str, as_json: bool) -> None:
    """Learn now, from the lake; every process serves by it at once. Interrupted, the model before stays."""
    with installation() as app:
        plan, connection = app.plan(brand), app.connection()
        with learning(app, plan) as lake:
            fit_affinity(connection, lake, plan, app.now(plan.brand.id), app.clock.now())
        learnt = affinity.learnt(connection, plan.brand.id, "affinity")
    assert learnt is not None
    told = told_model(learnt, plan)
    if as_json:
        answer(told)
        return
    console.print(
        f"learnt from {told['lines']:,} lines of {told['customers']:,} customers: {told['items']:,} products, "
        f"as of {told['as_of']}"
    )
    console.print(f"recommended is {_USES[told['uses']]}")
    if told["few"]:
        console.print(f"measured on {told['measured_on']} customers only, too few to choose by")
    else:
        console.print(
            f"held against the last 30 days of {told['measured_on']:,} customers, ten products each: similar customers "
            f"{told['similar_customers']['hit_rate']:.1%} with a hit, best sellers "
            f"{told['best_sellers']['hit_rate']:.1%}"
        )


def told_model(learnt: affinity.Learnt, plan: Plan) -> dict[str, Any]:
    told = learnt.told
    return {
        "as_of": say_instant(told["as_of"], plan.tz),
        "learnt_at": say_instant(learnt.learnt_at, plan.tz),
        **{name: told[name] for name in ("customers", "items", "lines", "uses", "few")},
        **{name: told[name] for name in ("similar_customers", "best_sellers")},
        "measured_on": told["similar_customers"]["customers"],
    }


@recommend_group.command("show")
@click.argument("customer")
@click.option("--gallery", "names", multiple=True, type=click.Choice(list(GALLERIES)), help="Which; all, if not given.")
@click.option("--about", default="", metavar="SKU", help="As a message about this product would show.")
@click.option("--most", default=MOST_PRODUCTS, show_default=True, type=click.IntRange(1, 50))
@click.option("--language", type=click.Choice(["he", "en"]), help="The brand's, if not given.")
@as_of_option
@brand_option
@json_option
def recommend_show(
    customer: str, names: tuple[str, ...], about: str, most: int, language: str | None, as_of: str | None, brand: str,
    as_json: bool,
) -> None:  # fmt: skip
    """What CUSTOMER (a phone, an e-mail, a card, an id) would be shown now, with the reason of each product."""
    with installation() as app:
        plan, connection = app.plan(brand), app.connection()
        now = instant_of(as_of, plan, app)
        try:
            document = customers.read(connection, plan.brand.id, find(connection, plan, customer))
        except NotFound as error:
            raise Refused(str(error)) from error
        assert document is not None
        shown = products_for(connection, plan, document, About(sku=about), names or tuple(GALLERIES), now, most)
    said = language or plan.brand.language
    if as_json:
        answer({name: [_told(tile, said) for tile in shown[name]] for name in shown})
        return
    table = Table("gallery", "product", "name", "price", "why")
    for name in (each for each in GALLERIES if each in shown):
        for tile in shown[name]:
            price = "" if tile.price is None else format_amount(tile.price, plan.brand.currency, said)
            table.add_row(name, tile.sku, tile.name, price, tile.why.in_language(said))
        if not shown[name]:
            table.add_row(name, "–", "", "", "nothing to show")
    console.print(table)


def _told(tile: Tile, language: str) -> dict[str, Any]:
    return {
        "sku": tile.sku, "name": tile.name, "price": tile.price, "url": tile.url, "image_url": tile.image_url,
        "why": tile.why.in_language(language),
    }  # fmt: skip
