"""`ritorno relations …`: who buys for whom."""

from pathlib import Path
from typing import Any

import click

from ritorno.cli.app import Refused, answer, brand_option, cli, console, errors, installation, json_option
from ritorno.cli.customer import told_relation
from ritorno.core.events import RelationTold, Role
from ritorno.core.words.expected import say_buyer, say_relation
from ritorno.store import customers
from ritorno.work.find_customer import NotFound, find
from ritorno.work.relations import RelationError, beneficiaries, buyers, tell, tell_all


@cli.group("relations")
def relations_group() -> None:
    """Who buys for whom."""


@relations_group.command("tell")
@click.argument("customer")
@click.argument("beneficiary")
@click.option("--role", type=click.Choice([each.value for each in Role]), required=True,
              help="What the customer is to them.")  # fmt: skip
@click.option("--he", default="", help="How a Hebrew message to the customer calls them, as אבא.")
@click.option("--en", default="", help='How an English one does, as "your father".')
@click.option("--ended", is_flag=True, help="The customer buys for them no more: no reminder speaks of them again.")
@brand_option
@json_option
def tell_command(
    customer: str, beneficiary: str, role: str, he: str, en: str, ended: bool, brand: str, as_json: bool
) -> None:  # fmt: skip
    """CUSTOMER (a phone, an e-mail, a card, an id) buys for BENEFICIARY: a phone, an e-mail, or the name or number by
    which orders will name them. The worker writes it down."""
    with installation() as app:
        plan = app.plan(brand)
        body = RelationTold(beneficiary, Role(role), he, en, ended)
        try:
            who = find(app.connection(), plan, customer)
            told = tell(app.connection(), plan, who, body, app.now(plan.brand.id), "cli")
        except (NotFound, RelationError) as error:
            raise Refused(str(error)) from error
    if as_json:
        answer({"customer": str(who), "beneficiary": told.beneficiary, "role": told.role.value, "ended": told.ended})
        return
    console.print(f"{who}: {told.beneficiary}, {told.role.value}{', ended' if told.ended else ''}", highlight=False)


@relations_group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@brand_option
@json_option
def import_command(file: Path, brand: str, as_json: bool) -> None:
    """Tell many at once: a CSV FILE with the columns customer, beneficiary, role, and he, en, ended if it has them."""
    with installation() as app:
        plan = app.plan(brand)
        try:
            count, problems = tell_all(app.connection(), plan, file, app.now(plan.brand.id), "cli")
        except RelationError as error:
            raise Refused(str(error)) from error
    if as_json:
        answer({"told": count, "rejected": [{"row": row, "reason": why} for row, why in problems]})
        return
    for row, why in problems:
        errors.print(f"row {row}: {why}", highlight=False, markup=False)
    console.print(f"{count:,} told, {len(problems):,} rejected")


@relations_group.command("list")
@click.argument("customer")
@brand_option
@json_option
def list_command(customer: str, brand: str, as_json: bool) -> None:
    """For whom CUSTOMER buys, and who buys for CUSTOMER."""
    with installation() as app:
        plan = app.plan(brand)
        connection, now = app.connection(), app.now(plan.brand.id)
        try:
            document = customers.read(connection, plan.brand.id, find(connection, plan, customer))
        except NotFound as error:
            raise Refused(str(error)) from error
        assert document is not None
        theirs = beneficiaries(connection, plan, document, now)
        others = buyers(connection, plan, document.id, now)
    if as_json:
        told: dict[str, Any] = {
            "buys_for": [
                {**told_relation(each.relation), "customer": str(each.customer) if each.customer else None}
                for each in theirs
            ],
            "bought_for_by": [{"customer": str(each.customer), "role": each.relation.role.value} for each in others],
        }
        answer(told)
        return
    language = plan.brand.language
    for each in theirs:
        card = f" ({each.customer})" if each.customer else ""
        console.print(f"{say_relation(each.relation, language)}{card}", highlight=False, markup=False)
    for one in others:
        console.print(say_buyer(str(one.customer), one.relation.role, language), highlight=False, markup=False)
