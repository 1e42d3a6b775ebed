"""What the leaves of rules are said with: names, values, spans and amounts in one language; part of `rules.py`."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, tzinfo

import msgspec

from ritorno.core.bidi import isolated
from ritorno.core.events import SoldVia
from ritorno.core.instants import Span
from ritorno.core.money import format_amount
from ritorno.core.segments.check_values import is_date
from ritorno.core.segments.rule import Compare, OneOrMore, Scalar, Value
from ritorno.core.words.catalogue import say_moment, say_span
from ritorno.core.words.causes import CATALOGUES as CAUSES
from ritorno.core.words.rules_en import EN
from ritorno.core.words.rules_he import HE

CATALOGUES: dict[str, dict[str, str]] = {"he": HE, "en": EN}
_HEBREW = range(0x05D0, 0x05EB)
_Names = Mapping[str, str]
Values = Callable[[Scalar], str]


class Speech(msgspec.Struct, frozen=True):
    """A language, and what things are called in it, by key. Money is in minor units of `currency`; the instants of a
    rule are said at the offset they are written in, or on the clock of `tz`."""

    language: str
    groups: _Names
    currency: str
    segments: _Names = {}
    playbooks: _Names = {}
    traits: _Names = {}
    choices: Mapping[str, _Names] = {}  # of the traits that have any
    tz: tzinfo | None = None
    interests: _Names = {}
    needs: _Names = {}

    def say(self, key: str, **values: str) -> str:
        """The sentence of that key. A Hebrew prefix stands at a Hebrew word without a hyphen."""
        template = CATALOGUES[self.language][key]
        for name, value in values.items():
            if value and ord(value[0]) in _HEBREW:
                template = template.replace(f"-{{{name}}}", f"{{{name}}}")
        return template.format(**values)

    def knows(self, key: str) -> bool:
        return key in CATALOGUES[self.language]

    def name(self, key: str, names: _Names) -> str:
        return isolated(names.get(key, key), self.language)

    def trait(self, key: str) -> str:
        if key in self.traits or not self.knows(f"trait_{key}"):
            return self.name(key, self.traits)
        return self.say(f"trait_{key}")

    def event(self, name: str) -> str:
        return CAUSES[self.language].get(name) or isolated(name, self.language)

    def either(self, values: Iterable[str]) -> str:
        return self.say("or").join(values)

    def value(self, value: Scalar) -> str:
        """Text as it is, numbers with their commas, yes and no as words."""
        if isinstance(value, bool):
            return self.say("yes" if value else "no")
        if isinstance(value, str):
            return isolated(value, self.language)
        return isolated(f"{value:,}", self.language) if value < 0 else f"{value:,}"

    def money(self, minor: float) -> str:
        return format_amount(round(minor), self.currency, self.language)

    def one_or_more(self, names: OneOrMore) -> str:
        several = (names,) if isinstance(names, str) else names or ()
        return self.either(isolated(name, self.language) for name in several)

    def place(self, via: str) -> str:
        return self.say(f"via_{SoldVia(via).value}")

    def span(self, span: Span) -> str:
        return say_span(span, self.language)

    def last(self, span: Span) -> str:
        """In the last 30 days."""
        key = f"last_{span.unit.value}"
        if span.count in (1, 2):
            return self.say(f"{key}_{span.count}")
        return self.say(key, count=f"{span.count:,}")

    def moment(self, moment: datetime) -> str:
        return isolated(say_moment(moment.astimezone(self.tz) if self.tz else moment), self.language)

    def window(self, within: Span | None, older: Span | None, since: datetime | None, until: datetime | None) -> str:
        """Each part with its blank before it."""
        parts = [f" {self.last(within)}" if within else "", self.say("older", span=self.span(older)) if older else ""]
        parts += [self.say(key, at=self.moment(at)) for key, at in (("since", since), ("until", until)) if at]
        return "".join(parts)

    def amount(self, low: str | None, high: str | None, *, nothing: bool = False) -> str:
        """At least 2; at most 5; 2 to 5; exactly 2; none."""
        if nothing:
            return self.say("none")
        if low is not None and high is not None:
            return self.say("exactly", low=low) if low == high else self.say("from_to", low=low, high=high)
        return self.say("at_most", high=high) if high is not None else self.say("at_least", low=low or "1")

    def comparison(self, subject: str, op: Compare, value: Value, values: Values) -> str:
        """The subject compared; `values` says each value."""
        if op == "set":
            return self.say("set", subject=subject)
        several = value if isinstance(value, tuple) else () if value is None else (value,)
        said = [values(each) for each in several]
        if op == "between" and len(said) == 2:
            return self.say("between", subject=subject, low=said[0], high=said[1])
        key = f"date{op}" if all(map(is_date, several)) and f"date{op}" in CATALOGUES[self.language] else op
        return self.say(key, subject=subject, value=self.either(said))
