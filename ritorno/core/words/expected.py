"""What is estimated of a customer, the needs that were served, who buys for whom – in Hebrew and English."""

from ritorno.core.bidi import isolated
from ritorno.core.customer import Relation
from ritorno.core.events import Role
from ritorno.core.guesses import Guess
from ritorno.core.needs import Need, Served
from ritorno.core.relations import label
from ritorno.core.traits import TraitDefinition
from ritorno.core.words.rules_en import EN
from ritorno.core.words.rules_he import HE
from ritorno.core.words.traits import say_name, say_value

CATALOGUES: dict[str, dict[str, str]] = {
    "he": {
        "guess": "משוער: {name}: {value} (ודאות {confidence})",
        "need": "צורך שנענה: {name} (קניות: {orders})",
        "relation": "קונה בשביל {who}, בתור {role}",
        "buyer": "לקוח {buyer} קונה בשבילו, בתור {role}",
    },
    "en": {
        "guess": "estimated: {name}: {value} (confidence {confidence})",
        "need": "need served: {name} (orders: {orders})",
        "relation": "buys for {who}, as {role}",
        "buyer": "customer {buyer} buys for this one, as {role}",
    },
}
_ROLES = {"he": HE, "en": EN}


def say_guess(guess: Guess, definition: TraitDefinition | None, language: str) -> str:
    """משוער: יש תינוק: כן (ודאות 90%)."""
    return CATALOGUES[language]["guess"].format(
        name=isolated(say_name(guess.trait, definition, language), language),
        value=say_value(guess.value, definition, language),
        confidence=f"{guess.confidence:.0%}",
    )


def say_need(served: Served, need: Need, language: str) -> str:
    """need served: Dryness (orders: 2)."""
    return CATALOGUES[language]["need"].format(
        name=isolated(need.name.in_language(language), language), orders=served.orders
    )


def say_relation(relation: Relation, language: str) -> str:
    """buys for your father, as a son or daughter: the beneficiary as a message calls them, else as written."""
    who = label(relation, language) or relation.beneficiary
    return CATALOGUES[language]["relation"].format(who=isolated(who, language), role=say_role(relation.role, language))


def say_buyer(buyer: str, role: Role, language: str) -> str:
    """customer 17 buys for this one, as a caregiver."""
    return CATALOGUES[language]["buyer"].format(buyer=buyer, role=say_role(role, language))


def say_role(role: Role, language: str) -> str:
    return _ROLES[language][f"role_{role.value}"]
