"""Who is this? An event's identifiers against those already known: new, known, or several customers who are one.

Evidence is kept with every answer, so that a merge can be explained and taken back (DAT-03). Two things are never
evidence: an identifier that many share (a family's phone, a till's "occasional customer", ISR-10 and ISR-11) and one
that is obviously made up. And people who contradict each other stay apart: two cards of one club, two logins of one
shop, or different e-mails with different first names behind one phone.
"""

from collections.abc import Iterable, Mapping

import msgspec

from ritorno.core.identifiers import Identifier, Kind, is_placeholder
from ritorno.core.ids import CustomerId

# What a match is worth; a card or a login is one person's, a phone may be a household's.
STRENGTH = {Kind.SHOP_ID: 4, Kind.CLUB_CARD: 4, Kind.EMAIL: 3, Kind.PHONE: 2, Kind.DEVICE: 1}
_EXCLUSIVE = (Kind.SHOP_ID, Kind.CLUB_CARD)

# From here on an identifier is nobody's: `more than so many distinct cards or logins` (ISR-11).
HOUSE_CARDS = 20
# A customer with so many receipts in one day is a till's account, not a person (ISR-11).
HOUSE_RECEIPTS_A_DAY = 50


class Person(msgspec.Struct, frozen=True):
    """What is known of a candidate, as far as it can contradict."""

    customer: CustomerId
    identifiers: frozenset[Identifier]
    first_name: str = ""


class Evidence(msgspec.Struct, frozen=True, array_like=True):
    """The identifier that matched."""

    kind: Kind
    value: str

    def __str__(self) -> str:
        return f"{self.kind.value} match"


class New(msgspec.Struct, frozen=True):
    identifiers: tuple[Identifier, ...]
    shared: tuple[Identifier, ...] = ()


class Recognised(msgspec.Struct, frozen=True):
    """A known customer; `attach` are identifiers we did not know to be theirs, `shared` turned out to be shared."""

    customer: CustomerId
    evidence: Evidence
    attach: tuple[Identifier, ...] = ()
    shared: tuple[Identifier, ...] = ()


class Merge(msgspec.Struct, frozen=True):
    """Customers who turn out to be one; the oldest survives."""

    survivor: CustomerId
    others: tuple[CustomerId, ...]
    evidence: Evidence
    attach: tuple[Identifier, ...] = ()
    shared: tuple[Identifier, ...] = ()


class Anonymous(msgspec.Struct, frozen=True):
    """Nobody can be named: the order counts for the shop, for no customer."""

    why: str


Resolution = New | Recognised | Merge | Anonymous


def resolve(
    told: tuple[Identifier, ...],
    first_name: str,
    holders: Mapping[Identifier, CustomerId],
    people: Mapping[CustomerId, Person],
    shared: frozenset[Identifier] = frozenset(),
    apart: frozenset[frozenset[CustomerId]] = frozenset(),
) -> Resolution:
    """Whose event is it?

    `holders` maps the known ones of `told` to their customer, `people` describes those customers, `shared` are
    identifiers known to be nobody's alone, `apart` are pairs that an operator has separated.
    """
    usable = tuple(sorted({one for one in told if one not in shared and not is_placeholder(one)}, key=_rank))
    if not usable:
        return Anonymous("no identifier" if not told else "only shared or made-up identifiers")
    matches = [(one, holders[one]) for one in usable if one in holders]
    newcomer = Person(CustomerId(0), frozenset(told), first_name)
    agreeing: dict[CustomerId, Identifier] = {}
    now_shared: list[Identifier] = []
    for identifier, customer in matches:
        if contradict(newcomer, people[customer]):
            now_shared.append(identifier)
        else:
            agreeing.setdefault(customer, identifier)
    attach = tuple(one for one in usable if one not in holders)
    if not agreeing:
        return New(attach, tuple(now_shared))
    base, *rest = agreeing
    same = [base]
    for other in rest:
        if any(_kept_apart(people[one], people[other], apart) for one in same):
            continue
        same.append(other)
    evidence = agreeing[same[-1]]
    found = Evidence(evidence.kind, evidence.value)
    if len(same) == 1:
        return Recognised(base, found, attach, tuple(now_shared))
    survivor = min(same)
    others = tuple(sorted(one for one in same if one != survivor))
    return Merge(survivor, others, found, attach, tuple(now_shared))


def _rank(identifier: Identifier) -> tuple[int, str, str]:
    return -STRENGTH[identifier.kind], identifier.kind.value, identifier.value


def _kept_apart(one: Person, other: Person, apart: frozenset[frozenset[CustomerId]]) -> bool:
    return frozenset((one.customer, other.customer)) in apart or contradict(one, other)


def contradict(one: Person, other: Person) -> bool:
    """Can they not be the same person?"""
    for kind in _EXCLUSIVE:
        mine, theirs = _by_namespace(one.identifiers, kind), _by_namespace(other.identifiers, kind)
        for namespace in mine.keys() & theirs.keys():
            if not mine[namespace] & theirs[namespace]:
                return True
    names_differ = bool(one.first_name and other.first_name) and _plain(one.first_name) != _plain(other.first_name)
    if not names_differ:
        return False
    mine_mail = {each.value for each in one.identifiers if each.kind is Kind.EMAIL}
    their_mail = {each.value for each in other.identifiers if each.kind is Kind.EMAIL}
    return not (mine_mail & their_mail) and not _shares_exclusive(one, other)


def _shares_exclusive(one: Person, other: Person) -> bool:
    return any(each.kind in _EXCLUSIVE for each in one.identifiers & other.identifiers)


def _by_namespace(identifiers: Iterable[Identifier], kind: Kind) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for each in identifiers:
        if each.kind is kind:
            found.setdefault(each.namespace, set()).add(each.value)
    return found


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace("׳", "'").replace('"', "").split())
