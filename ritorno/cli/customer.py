"""`ritorno customer show`: one person from all sides – who, what is known, what happened, and why the score."""

from collections.abc import Iterator
from typing import Any

import click

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
from ritorno.cli.scores import told_explanation
from ritorno.core.customer import Relation
from ritorno.core.instants import say_instant
from ritorno.core.money import decimal_text
from ritorno.core.plan import Plan
from ritorno.core.relations import label
from ritorno.core.scores.explain import in_words
from ritorno.core.timeline import Entry
from ritorno.core.words.expected import say_buyer, say_guess, say_need, say_relation
from ritorno.core.words.interests import say_strength
from ritorno.core.words.timeline import say_entry
from ritorno.work.card import Card, card
from ritorno.work.find_customer import NotFound, find
from ritorno.work.group_names import said_groups

_MONEY = ("total", "net", "amount", "value")


@cli.group("customer")
def customer_group() -> None:
    """One customer."""


@customer_group.command("show")
@click.argument("customer")
@click.option("--language", type=click.Choice(["he", "en"]), help="The brand's, if not given.")
@click.option("--most", default=40, show_default=True, help="How many of the latest entries to print; JSON has all.")
@as_of_option
@brand_option
@json_option
def customer_show(customer: str, language: str | None, most: int, as_of: str | None, brand: str, as_json: bool) -> None:
    """The card of CUSTOMER (a phone, an e-mail, a card, an id): identifiers, consents, score and why, one timeline."""
    with installation() as app:
        plan = app.plan(brand)
        now = instant_of(as_of, plan, app)
        try:
            told = card(app.connection(), plan, find(app.connection(), plan, customer), now)
        except NotFound as error:
            raise Refused(str(error)) from error
        said = language or plan.brand.language
        groups = said_groups(app.connection(), plan, said)
    assert told is not None
    if as_json:
        answer(told_card(told, plan, said, groups))
    else:
        _print(told, plan, said, groups, most)


def told_card(told: Card, plan: Plan, language: str, groups: dict[str, str]) -> dict[str, Any]:
    """The card as JSON: money as decimal text, instants as ISO 8601 with the brand's offset."""
    document = told.document
    return {
        "customer": str(document.id),
        "merged": [str(one) for one in told.merged],
        "house": document.house,
        "identifiers": [
            {
                "kind": known.identifier.kind.value,
                "value": known.identifier.value,
                "namespace": known.identifier.namespace,
                "last_told_at": say_instant(known.at, plan.tz),
            }
            for known in document.identifiers
        ],
        "traits": {name: trait.value for name, trait in document.traits.items()},
        "value": {
            "year": decimal_text(told.value[0], plan.brand.currency),
            "ever": decimal_text(told.value[1], plan.brand.currency),
        },
        "inferred": [
            {
                "trait": each.trait,
                "value": each.value,
                "confidence": each.confidence,
                "because": each.key,
                "words": say_guess(each, plan.trait_rules.by_key.get(each.trait), language),
            }
            for each in told.guesses
        ],
        "needs": [
            {
                "need": each.key,
                "orders": each.orders,
                "last_at": say_instant(each.last_at, plan.tz),
                "words": say_need(each, plan.needs_by_key[each.key], language),
            }
            for each in told.needs
        ],
        "buys_for": [
            {
                **told_relation(each.relation),
                "customer": str(each.customer) if each.customer else None,
                "words": say_relation(each.relation, language),
            }
            for each in told.buys_for
        ],
        "bought_for_by": [
            {"customer": str(each.customer), "role": each.relation.role.value} for each in told.bought_for_by
        ],
        "interests": [
            {
                "interest": each.key,
                "times": each.times,
                "weight": round(each.weight, 3),
                "last_at": say_instant(each.last_at, plan.tz),
                "state": "fading" if each.fading else "active",
                "words": say_strength(each, plan.interests_by_key[each.key], language),
            }
            for each in told.interests
        ],
        "may_reach": {channel.value: may for channel, may in told.may_reach.items()},
        "segments": {key: say_instant(since, plan.tz) for key, since in document.segments.items()},
        "score": told_explanation(told.scores, plan, in_words(told.scores, plan, language, groups)),
        "orders": len(document.orders),
        "timeline": [_entry(entry, plan, language, groups) for entry in told.timeline],
    }


def _entry(entry: Entry, plan: Plan, language: str, groups: dict[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = dict(entry.values)
    currency = str(values.get("currency") or plan.brand.currency)
    for name in _MONEY:
        if isinstance(values.get(name), int):
            values[name] = decimal_text(values[name], currency)
    if "expires_at" in values:
        values["expires_at"] = say_instant(values["expires_at"], plan.tz)
    words = say_entry(entry, language, plan.brand.currency, groups)
    values = {name: value for name, value in values.items() if not name.startswith("said_")}
    return {"at": say_instant(entry.at, plan.tz), "kind": entry.kind, "words": words, **values}


def _print(told: Card, plan: Plan, language: str, groups: dict[str, str], most: int) -> None:
    document = told.document
    name = " ".join(str(document.traits[key].value) for key in ("first_name", "last_name") if key in document.traits)
    console.print(f"[bold]{name or document.id}[/] ({document.id})", highlight=False)
    for known in document.identifiers:
        console.print(f"  {known.identifier}", highlight=False)
    reach = ", ".join(channel.value for channel, may in told.may_reach.items() if may)
    console.print(f"  {reach or '–'}", highlight=False)
    for interest in told.interests:
        said = say_strength(interest, plan.interests_by_key[interest.key], language)
        console.print(f"  {said}", highlight=False, markup=False)
    for words in _around(told, plan, language):
        console.print(f"  {words}", highlight=False, markup=False)
    for sentence in in_words(told.scores, plan, language, groups):
        console.print(sentence, highlight=False)
    console.print(f"v{plan.scheme.version}", highlight=False)
    shown = told.timeline[-most:] if most > 0 else ()
    if len(told.timeline) > len(shown):
        console.print(f"… {len(told.timeline) - len(shown):,}")
    for entry in shown:
        at = say_instant(entry.at, plan.tz)[:16].replace("T", " ")
        console.print(f"{at}  {say_entry(entry, language, plan.brand.currency, groups)}", highlight=False, markup=False)


def _around(told: Card, plan: Plan, language: str) -> Iterator[str]:
    """For whom she buys and who for her, needs served, what is estimated."""
    for each in told.buys_for:
        card = f" ({each.customer})" if each.customer else ""
        yield f"{say_relation(each.relation, language)}{card}"
    for buyer in told.bought_for_by:
        yield say_buyer(str(buyer.customer), buyer.relation.role, language)
    for need in told.needs:
        yield say_need(need, plan.needs_by_key[need.key], language)
    for guess in told.guesses:
        yield say_guess(guess, plan.trait_rules.by_key.get(guess.trait), language)


def told_relation(relation: Relation) -> dict[str, Any]:
    """A relation as JSON."""
    return {
        "beneficiary": relation.beneficiary,
        "role": relation.role.value,
        "label": {language: label(relation, language) for language in ("he", "en")},
    }
