"""`ritorno score …`: one customer's scores, why, and what moves them next; how all scores are made."""

from typing import Any

import click
from rich.markup import escape

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
)
from ritorno.cli.cuts import told_scheme
from ritorno.core.folding import known_at
from ritorno.core.instants import NEVER, Instant, say_instant
from ritorno.core.money import decimal_text
from ritorno.core.plan import Plan
from ritorno.core.scores.explain import Explanation, explain, in_words
from ritorno.core.scores.reference import example, formulas
from ritorno.store import customers
from ritorno.work.example import example_of
from ritorno.work.find_customer import NotFound, find
from ritorno.work.group_names import said_groups


@cli.group("score")
def score_group() -> None:
    """One customer's scores, and how all scores are made."""


@score_group.command("explain")
@click.argument("customer")
@click.option("--at", metavar="TIME", help="As it stood then.")
@click.option("--language", type=click.Choice(["he", "en"]), help="The brand's, if not given.")
@brand_option
@json_option
def score_explain(customer: str, at: str | None, language: str | None, brand: str, as_json: bool) -> None:
    """Why this cell, from what, and what moves it next and when. CUSTOMER: a phone, an e-mail, a card, an id."""
    with installation() as app:
        plan = app.plan(brand)
        now = instant_of(at, plan, app)
        try:
            document = customers.read(app.connection(), plan.brand.id, find(app.connection(), plan, customer))
        except NotFound as error:
            raise Refused(str(error)) from error
        said = language or plan.brand.language
        groups = said_groups(app.connection(), plan, said)
    assert document is not None
    told = explain(known_at(document, now), plan, now)
    words = in_words(told, plan, said, groups)
    if as_json:
        answer(told_explanation(told, plan, words) | {"customer": str(document.id)})
    else:
        for sentence in words:
            console.print(sentence)
        console.print("ritorno score reference", style="dim")


@score_group.command("reference")
@click.option("--language", type=click.Choice(["he", "en"]), help="The brand's, if not given.")
@as_of_option
@brand_option
@json_option
def score_reference(language: str | None, as_of: str | None, brand: str, as_json: bool) -> None:
    """How scores are made: the formulas of the cuts that stand, and one real customer, without a name."""
    with installation() as app:
        plan = app.plan(brand)
        said = language or plan.brand.language
        told = example_of(app.connection(), plan, instant_of(as_of, plan, app))
        groups = said_groups(app.connection(), plan, said)
    rules = formulas(plan, said)
    shown = [] if told is None else example(told, plan, said, groups[told.group])
    if as_json:
        answer({"cuts": told_scheme(plan.scheme, plan), "formulas": rules, "example": shown})
        return
    for sentence in [*rules, *shown]:
        console.print(escape(sentence))


def told_explanation(told: Explanation, plan: Plan, words: list[str]) -> dict[str, Any]:
    """The explanation as JSON: raw values beside the scores."""
    facts, scores = told.facts, told.scores

    def said(instant: Instant) -> str | None:
        return None if instant == NEVER else say_instant(instant, plan.tz)

    return {
        "as_of": said(told.as_of),
        "cell": str(scores.cell) if scores.cell else None,
        "group": told.group,
        "r": scores.r or None,
        "f": scores.f or None,
        "m": scores.m or None,
        "orders": facts.orders,
        "orders_ever": facts.ever,
        "spend": decimal_text(facts.spend, plan.brand.currency),
        "average_order": decimal_text(facts.average, plan.brand.currency),
        "first_order_at": said(facts.first_at),
        "last_order_at": said(facts.last_at),
        "last_sold_via": facts.last_sold_via,
        "last_branch": facts.last_branch,
        "omnichannel": facts.omnichannel,
        "rule": {
            "category": facts.category if facts.category in plan.scheme.by_category else None,
            "recency": [str(cut) for cut in plan.scheme.recency_of(facts.category)],
            "version": plan.scheme.version,
        },
        "cuts": told_scheme(plan.scheme, plan),
        "next_moves": [
            {"axis": move.axis, "from": move.before, "to": move.to, "at": said(move.at)} for move in told.next_moves
        ],
        "words": words,
    }
