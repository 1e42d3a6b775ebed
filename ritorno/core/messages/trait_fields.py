"""A customer's traits as a text may use them: `{{ customer.traits.walker_model | default: 'your walker' }}`.

Written out, a value is in the language of the text; compared (`{% if customer.traits.has_dog %}`, `== 'child'`), it is
the value that is kept.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

from liquid import Environment
from liquid.builtin.filters.misc import date as liquid_date
from liquid.builtin.filters.misc import default as liquid_default
from liquid.exceptions import FilterArgumentError
from liquid.filter import with_environment

from ritorno.core.customer import Trait
from ritorno.core.events import TraitValue
from ritorno.core.traits import TraitDefinition
from ritorno.core.words.traits import CATALOGUES, say_value


class Said(str):
    """A date, yes or no, or a choice: in words where it is written, by its value where it is asked."""

    __slots__ = ("value",)

    def __new__(cls, words: str, value: TraitValue) -> Self:
        said = super().__new__(cls, words)
        said.value = value
        return said

    value: TraitValue

    def __liquid__(self) -> TraitValue:
        return self.value


class SaidList(Sequence[str]):
    """A list: joined where it is written, entry by entry in a loop."""

    def __init__(self, words: str, entries: Sequence[str]) -> None:
        self._words, self._entries = words, entries

    def __getitem__(self, index: Any) -> Any:
        return self._entries[index]

    def __len__(self) -> int:
        return len(self._entries)

    def __str__(self) -> str:
        return self._words


class TraitFields(Mapping[str, object]):
    """What `customer.traits` is in a text: empty for what is not known, and for what is sensitive."""

    def __init__(self, traits: Mapping[str, Trait], known: Mapping[str, TraitDefinition], language: str) -> None:
        self._traits, self._known = traits, known
        self._language = language if language in CATALOGUES else "he"

    def __getitem__(self, key: str) -> object:
        trait, definition = self._traits.get(key), self._known.get(key)
        if trait is None or trait.value is None or (definition is not None and definition.sensitive):
            return ""
        words = say_value(trait.value, definition, self._language)
        if not words:
            return ""
        match trait.value:
            case list(entries):
                return SaidList(words, entries)
            case bool() | str():
                return Said(words, trait.value)
            case number:
                return int(number) if number == int(number) else number

    def __iter__(self) -> Iterator[str]:
        return iter(self._traits)

    def __len__(self) -> int:
        return len(self._traits)


def default_filter(value: Any, fallback: object = "", *, allow_false: bool = False) -> Any:
    """Liquid's `default`, for which a told no is an answer and not the absence of one."""
    return value if isinstance(value, Said) else liquid_default(value, fallback, allow_false=allow_false)


@with_environment
def date_filter(value: Any, form: str, *, environment: Environment) -> str:
    """Liquid's `date`, of the day itself and not of its words; it never asks the clock."""
    moment = value.value if isinstance(value, Said) else value
    if moment in ("now", "today"):
        raise FilterArgumentError("a text does not ask what time it is; write a date", token=None)
    return str(liquid_date(moment, form, environment=environment))
