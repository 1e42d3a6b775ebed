"""Ad audiences: what a brand calls one, for which platforms, whom a batch of decisions moved into or out of them.

A definition with the scope `category` stands for one ad audience for each category: `cooldown` for `cooldown:Shoes` and
`cooldown:Bags` (PB4-10). A step may name one that nobody has defined: it is then what `plain` says.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

import msgspec

from ritorno.core.ad_identifiers import Basis, Platform
from ritorno.core.customer import Customer
from ritorno.core.decisions import AnyDecision, AudienceJoined, AudienceLeft, SegmentEntered, SegmentLeft
from ritorno.core.ids import AudienceKey, CustomerId, SegmentKey
from ritorno.core.instants import Instant
from ritorno.core.journeys.way import Words

Use = Literal["include", "exclude"]
EVERYWHERE = (Platform.META, Platform.GOOGLE)


class AudienceDefinition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`segment`: mirrors that segment. `scope`: for all ads, or one for the ads of each category. `complements`: what
    may be shown to buyers of a category, and `skus` to all of them (PB4-06). `consent`: what permits it. `show_name`:
    the platforms are told its name, where it gives nothing away; they know it as AUD-17 otherwise (ISR-17)."""

    key: AudienceKey
    name: Words
    platforms: tuple[Platform, ...] = EVERYWHERE
    use: Use = "include"
    scope: Literal["all", "category"] = "all"
    segment: str = ""
    complements: dict[str, tuple[str, ...]] = {}
    skus: tuple[str, ...] = ()
    consent: Basis = "marketing"
    show_name: bool = False
    version: int = 0


class AudienceMove(NamedTuple):
    """A customer is in an ad audience from `at` on, or no longer."""

    customer: CustomerId
    audience: AudienceKey
    use: str
    joined: bool
    at: Instant
    platforms: tuple[Platform, ...]


def family(key: AudienceKey) -> AudienceKey:
    """The key of the definition."""
    return AudienceKey(key.partition(":")[0])


def category_of(key: AudienceKey) -> str:
    """The category that it is for, "" for all ads."""
    return key.partition(":")[2]


def plain(key: AudienceKey) -> AudienceDefinition:
    """What an ad audience is that a step names and nobody has defined."""
    scope: Literal["all", "category"] = "category" if category_of(key) else "all"
    name, use = _STANDARD.get(family(key), (Words(family(key), family(key)), "include"))
    return AudienceDefinition(family(key), name, use=use, scope=scope)


# Those that the playbooks of the library join.
_STANDARD: dict[str, tuple[Words, Use]] = {
    "cool-down": (Words("צינון", "Cool-down"), "exclude"),
    "cross-sell": (Words("Cross-sell", "Cross-sell"), "include"),
    "win-back": (Words("החזרת לקוחות", "Win-back"), "include"),
}


def definition_of(key: AudienceKey, definitions: Iterable[AudienceDefinition]) -> AudienceDefinition:
    return next((each for each in definitions if each.key == family(key)), None) or plain(key)


def called(key: AudienceKey, definition: AudienceDefinition, language: str) -> str:
    """What people call it: `Cross-sell: Shoes→Socks`."""
    name, category = definition.name.in_language(language), category_of(key)
    if not category:
        return name
    shown = ", ".join(definition.complements.get(category, ()))
    return f"{name}: {category}→{shown}" if shown else f"{name}: {category}"


def moves_of(
    customer: CustomerId, decisions: Sequence[AnyDecision], definitions: Iterable[AudienceDefinition]
) -> list[AudienceMove]:
    """Where the decisions leave the customer: of several about one ad audience the last counts."""
    defined = tuple(definitions)
    mirrors = _mirrors(defined)
    net: dict[AudienceKey, AudienceMove] = {}
    for each in decisions:
        match each:
            case AudienceJoined() | AudienceLeft():
                definition = definition_of(each.audience, defined)
                if not definition.segment:  # a mirror is moved by its segment alone
                    joined = isinstance(each, AudienceJoined)
                    move = AudienceMove(customer, each.audience, each.use, joined, each.at, definition.platforms)
                    net[each.audience] = move
            case SegmentEntered() | SegmentLeft():
                for one in mirrors.get(each.segment, ()):
                    joined = isinstance(each, SegmentEntered)
                    net[one.key] = AudienceMove(customer, one.key, one.use, joined, each.at, one.platforms)
            case _:
                pass
    return list(net.values())


def standing_in(
    customer: Customer, definitions: Iterable[AudienceDefinition]
) -> dict[AudienceKey, tuple[str, Instant]]:
    """Everything that the document says the customer is in: how it is used and since when."""
    defined = tuple(definitions)
    found = {
        key: (held.use, held.since)
        for key, held in customer.audiences.items()
        if not definition_of(key, defined).segment
    }
    for segment, mirrors in _mirrors(defined).items():
        since = customer.memberships.get(SegmentKey(segment))
        if since is not None:
            found |= {one.key: (one.use, since) for one in mirrors}
    return found


def _mirrors(definitions: Sequence[AudienceDefinition]) -> Mapping[str, list[AudienceDefinition]]:
    found: dict[str, list[AudienceDefinition]] = {}
    for each in definitions:
        if each.segment:
            found.setdefault(each.segment, []).append(each)
    return found
