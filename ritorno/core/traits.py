"""Custom fields: which traits a brand has defined, and what may be told of each.

A trait that nobody defined is kept as it was told, unless the brand is strict. A definition is read when a value comes
in; it changes nothing that was told before it.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cached_property

import msgspec

from ritorno.core.bidi import visible
from ritorno.core.events import TraitValue
from ritorno.core.journeys.way import Words
from ritorno.core.trait_values import Choice, TraitError, TraitKind, as_told, plain, read_value

ALWAYS = frozenset({"first_name", "last_name", "language"})  # what the product itself speaks with, strict or not
_KEY = re.compile(r"[^\W\d]\w{0,59}")
_RESERVED = frozenset(
    {"and", "blank", "contains", "else", "empty", "false", "if", "in", "nil", "not", "null", "or", "true"}
)
_MOST_CHOICES = 500


class TraitDefinition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`choices` are what a choice may be, and a list where it has any. A `sensitive` trait is never written into a
    message. `told_by` are the sources whose word counts; none: everybody's."""

    key: str
    kind: TraitKind
    name: Words
    choices: tuple[Choice, ...] = ()
    sensitive: bool = False
    told_by: tuple[str, ...] = ()
    version: int = 0

    def read(self, told: object) -> TraitValue:
        """What a cell, a form or a program told, in the trait's kind; None says that it is known no more.

        Raises TraitError that says what would be right.
        """
        return read_value(told, self.kind, self.choices)


class TraitRules(msgspec.Struct, frozen=True, dict=True):
    """What a brand knows of traits. `strict`: no others are taken in."""

    definitions: tuple[TraitDefinition, ...] = ()
    strict: bool = False

    @cached_property
    def by_key(self) -> dict[str, TraitDefinition]:
        return {each.key: each for each in self.definitions}

    @cached_property
    def _by_heading(self) -> dict[str, TraitDefinition]:
        return {heading: each for each in self.definitions for heading in headings(each)}

    def headed(self, heading: str) -> TraitDefinition | None:
        """The trait that a column or a form's field of that name tells: its key, or its name in either language."""
        return self.by_key.get(heading) or self._by_heading.get(plain(heading))

    def takes(self, key: str) -> bool:
        return not self.strict or key in self.by_key or key in ALWAYS

    def read(self, key: str, told: object, source: str = "") -> TraitValue:
        """The value of that trait. Raises TraitError that says what would be right."""
        if not self.takes(key):
            raise TraitError(
                f"there is no trait {key!r}, and this brand takes no others than it has defined; "
                f"define it: ritorno traits define {key} --kind text"
            )
        definition = self.by_key.get(key)
        if definition is None:
            return as_told(told)
        if definition.told_by and source not in definition.told_by:
            raise TraitError(
                f"is told by {' or '.join(definition.told_by)} and not by {source or 'anybody else'}; leave it out, "
                f"or let this source tell it: ritorno traits define {key} --told-by {source or 'SOURCE'}"
            )
        return definition.read(told)


def headings(definition: TraitDefinition) -> frozenset[str]:
    """How a column that tells this trait may be headed, as `plain` compares it."""
    return frozenset(map(plain, (definition.key, definition.name.he, definition.name.en)))


def key_problem(key: str) -> str | None:
    """What is wrong with the name of a trait, as rules and texts write it."""
    if _KEY.fullmatch(key) and visible(key) == key and key not in _RESERVED:
        return None
    return (
        f"{key!r} cannot be the name of a trait: write a letter, then letters, digits and _, at most 60, "
        "for example walker_model"
    )


def problems(definition: TraitDefinition, others: Sequence[TraitDefinition] = ()) -> list[str]:
    """What is wrong with a definition beside the brand's others; empty when nothing is."""
    mixed = [
        f"{definition.key}: {heading!r} is how the trait {other.key!r} is called; give this one another name"
        for other in others
        if other.key != definition.key
        for heading in sorted(headings(other) & headings(definition))
    ]
    return [*_problems(definition), *mixed]


def _problems(definition: TraitDefinition) -> Iterator[str]:
    if wrong := key_problem(definition.key):
        yield wrong
    if not definition.name.he.strip() or not definition.name.en.strip():
        yield f"{definition.key}: give it a name in both languages"
    may_choose = definition.kind in (TraitKind.CHOICE, TraitKind.LIST)
    if definition.choices and not may_choose:
        yield f"{definition.key}: a {definition.kind.value} has no choices; only a choice and a list have"
    if definition.kind is TraitKind.CHOICE and not definition.choices:
        yield f"{definition.key}: a choice needs at least one --choice KEY=HEBREW=ENGLISH"
    if len(definition.choices) > _MOST_CHOICES:
        yield f"{definition.key}: has {len(definition.choices)} choices; at most {_MOST_CHOICES}"
    owner: dict[str, str] = {}
    for choice in definition.choices:
        if not plain(choice.key):
            yield f"{definition.key}: a choice has no key"
        for word in choice.words:
            other = owner.setdefault(word, choice.key)
            if other != choice.key:
                yield f"{definition.key}: {word!r} would be both the choice {other!r} and the choice {choice.key!r}"
