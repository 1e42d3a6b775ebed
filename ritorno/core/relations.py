"""Who buys for whom: a daughter for her father, a caregiver for who is in his care (SEG-19).

All of it stands in the buyer's document: whom she buys for and how a message calls them, and of each order for whom it
was. So the reminder goes to her in the beneficiary's variant, what they use up runs out by a clock of its own, and a
beneficiary who is a customer too hears nothing of it: it is not in that document.
"""

from collections.abc import Collection

from ritorno.core.bidi import visible
from ritorno.core.customer import Customer, Enrollment, Order, Relation
from ritorno.core.events import Role
from ritorno.core.identifiers import Identifier, Kind, normalise
from ritorno.core.instants import Instant

_LONGEST = 300

# How a message calls whom nobody gave a name: by what the reader is to them.
LABELS: dict[str, dict[Role, str]] = {
    "he": {
        Role.CHILD: "ההורה שלך",
        Role.PARENT: "הילד או הילדה שלך",
        Role.PARTNER: "בן או בת הזוג שלך",
        Role.CAREGIVER: "מי שבטיפולך",
        Role.OTHER: "",
    },
    "en": {
        Role.CHILD: "your parent",
        Role.PARENT: "your child",
        Role.PARTNER: "your partner",
        Role.CAREGIVER: "the person you care for",
        Role.OTHER: "",
    },
}


def reference_of(identifier: Identifier) -> str:
    """How a beneficiary is written who has an identifier: `phone:+972521234567`. Such a one may be a customer."""
    return str(identifier)


def reference(text: str, region: str) -> str:
    """A beneficiary as relations and orders write them: an e-mail or a phone in its one spelling, everything else as it
    stands. Raises ValueError for what names nobody."""
    plain = visible(text).strip()
    if not plain or len(plain) > _LONGEST:
        wrong = f"longer than {_LONGEST} letters" if plain else "empty"
        raise ValueError(
            f"the beneficiary is {wrong}; give a phone, an e-mail, or the name or number by which the shop knows them"
        )
    kind, colon, value = plain.partition(":")
    for each in (Kind.EMAIL, Kind.PHONE):
        try:
            return reference_of(normalise(each, value if colon and kind == each.value else plain, region=region))
        except ValueError:
            continue
    return plain


def buys_for(customer: Customer, now: Instant) -> list[Relation]:
    """Whom the customer buys for at `now`, by beneficiary."""
    told = (each for _, each in sorted(customer.relations.items()))
    return [each for each in told if each.at <= now and not each.ended]


def is_over(customer: Customer, beneficiary: str, now: Instant) -> bool:
    """Has it been told by `now` that she buys for that person no more?"""
    relation = customer.relations.get(beneficiary)
    return relation is not None and relation.ended and relation.at <= now


def relation_of(customer: Customer, order: Order) -> Relation | None:
    """For whom an order was bought; None: for herself, or for somebody nothing was told of."""
    return customer.relations.get(order.beneficiary) if order.beneficiary else None


def beneficiary_of(customer: Customer, enrollment: int) -> Relation | None:
    """For whom the order was that this passage is about; None: for herself, or it is about no order."""
    passage = next((each for each in customer.enrollments if each.id == enrollment), None)
    order = None if passage is None else _order_of(passage, customer.orders)
    return None if order is None else relation_of(customer, order)


def _order_of(passage: Enrollment, orders: Collection[Order]) -> Order | None:
    key = passage.about.order
    return next((order for order in orders if key and order.key == key), None)


def label(relation: Relation, language: str) -> str:
    """How a message in that language calls the beneficiary: as told, else by what the reader is to them; may be ""."""
    told = {"he": relation.he, "en": relation.en}.get(language, "")
    return told or LABELS.get(language, {}).get(relation.role, "")


def fields(relation: Relation | None, language: str) -> dict[str, str]:
    """What a text may say as `beneficiary.label` and `beneficiary.role`; both empty when it is about nobody else."""
    if relation is None:
        return {"label": "", "role": ""}
    return {"label": label(relation, language), "role": relation.role.value}
