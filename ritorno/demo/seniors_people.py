"""The people of the shop «גפן»: buyers, those for whom some of them buy, and those on an imported list alone.

Everyone has one record, by the shop's own id. Children, partners and carers buy for a beneficiary, who has a record
without orders; of 35 % of the beneficiaries it is they who hold the consent (SEG-19). Of 8 % no name is known.
"""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from ritorno.demo.chance import Chance
from ritorno.demo.made import Relation
from ritorno.demo.people import Ages, Person, Record, make_faces, mobile, said, spelled
from ritorno.demo.purchases import CLOCK, Times

BENEFICIARIES, LISTED_ONLY, LISTED_BUYERS = 400, 150, 350
MISSING_NAMES, MAILED = 0.08, 0.80
HELD_CONSENT = 0.35
LISTED_ON = "2025-06-15"
LIST = "כנס גיל הזהב 2025-06"
ROLES, ROLE_WEIGHTS = ("child", "partner", "caregiver"), (65, 15, 20)
_CALLED = {  # by role and gender of the beneficiary: what a message calls them
    ("child", "m"): ("אבא", "your father"), ("child", "f"): ("אמא", "your mother"),
    ("partner", "m"): ("בן הזוג", "your partner"), ("partner", "f"): ("בת הזוג", "your partner"),
}  # fmt: skip
_OLDEST, _YOUNGEST = np.datetime64("1930-03-02"), np.datetime64("1966-03-02")  # 95 and 60 on 2026-03-01
_AGES = Ages((int(_OLDEST.astype(np.int64)), int(_YOUNGEST.astype(np.int64))), 1.0, (80, 12, 5, 3))
_FIRST_NUMBER = 2_000_000  # of the phones: others than the chain's


class Aided(NamedTuple):
    """`buys_for` is, for each buyer, the place of their beneficiary, −1 for none."""

    buyers: tuple[Record, ...]
    beneficiaries: tuple[Record, ...]
    listed_only: tuple[Record, ...]
    buys_for: tuple[int, ...]
    relations: tuple[Relation, ...]

    @property
    def records(self) -> tuple[Record, ...]:
        return (*self.buyers, *self.beneficiaries, *self.listed_only)


def make_aided(chance: Chance, first_at: Times, beneficiaries: int, held: int) -> Aided:
    """Buyers with these first orders; `held` of the `beneficiaries` have a buyer who holds the consent."""
    buyers = len(first_at)
    count = buyers + beneficiaries + LISTED_ONLY
    faces = make_faces(chance, np.full(count, -1), _AGES)
    nameless, mailed, ways = (
        chance.flags(count, MISSING_NAMES),
        chance.uniform(count) < MAILED,
        chance.integers(0, 4, count),
    )
    carers = chance.some(np.arange(buyers), beneficiaries)
    roles, held_by = chance.weighted(ROLE_WEIGHTS, beneficiaries), chance.flags(beneficiaries, held / beneficiaries)
    before = chance.integers(3, 20_000, count)
    buys_for = np.full(buyers, -1)
    buys_for[carers] = np.arange(beneficiaries)
    found = []
    for i, face in enumerate(faces):
        is_younger = i < buyers and buys_for[i] >= 0 and ROLES[roles[buys_for[i]]] != "partner"
        joined = (first_at[i] if i < buyers else CLOCK - np.timedelta64(400, "D")) - int(before[i]) * np.timedelta64(
            60, "s"
        )
        kind, number = ("G1", i) if i < buyers else ("G5", i - buyers) if i < buyers + beneficiaries else ("G8", i)
        face = msgspec.structs.replace(
            face, customer_id=f"{kind}{number + 1:05d}", phone=spelled(mobile(_FIRST_NUMBER + i), int(ways[i])),
            joined_at=said(joined), home_branch="", shoe_size="",
            birth_date="" if is_younger else _no_leap_day(face.birth_date),
            email=face.email.replace("@", ".g@") if mailed[i] and kind != "G5" else "",
        )  # fmt: skip
        found.append(msgspec.structs.replace(face, first_name="", last_name="") if nameless[i] else face)
    people = tuple(found)
    relations = tuple(
        related(people[int(carer)], ROLES[int(roles[nth])], people[buyers + nth], has_consent=bool(held_by[nth]))
        for nth, carer in enumerate(carers)
    )
    return Aided(
        people[:buyers], people[buyers : buyers + beneficiaries], people[buyers + beneficiaries :],
        tuple(buys_for.tolist()), relations,
    )  # fmt: skip


def related(customer: Record, role: str, beneficiary: Record, *, has_consent: bool) -> Relation:
    """A carer calls whom they care for by the first name, where there is one."""
    he, en = _CALLED.get((role, beneficiary.gender), (beneficiary.first_name, ""))
    return Relation(customer.customer_id, role, beneficiary.customer_id, he, en, has_consent)


def _no_leap_day(birth: str) -> str:
    """One person of the shop is born on 29 February, and has a name (seniors_named)."""
    return birth.replace("-02-29", "-02-28")


def on_the_list(chance: Chance, aided: Aided) -> tuple[Record, ...]:
    """Who stands on the list of June 2025: some who had joined by then, and those known by it alone."""
    joined = np.array([i for i, one in enumerate(aided.buyers) if one.joined_at < LISTED_ON])
    return (*(aided.buyers[int(i)] for i in np.sort(chance.some(joined, LISTED_BUYERS))), *aided.listed_only)


def persons(records: Sequence[Record]) -> list[Person]:
    """Each with one record, known everywhere."""
    return [Person(one, one) for one in records]
