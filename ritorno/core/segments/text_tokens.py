"""The words of a rule written as text, and a cursor over them that says what was expected where."""

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

from ritorno.core.bidi import INVISIBLE
from ritorno.core.instants import Span, parse_span
from ritorno.core.near import meant
from ritorno.core.segments.check import DEEPEST, RuleError
from ritorno.core.segments.rule import Scalar

KEYWORDS = frozenset({  # a name that is one of these is written in quotes
    "all", "and", "any", "at", "average", "average_of", "bought", "branch", "by", "category", "cell", "clicked",
    "consent", "did", "everyone", "for", "from", "group", "in", "least", "lines", "machines", "maker",
    "messages", "most", "never", "no", "nobody", "not", "of", "older", "opened", "or", "orders", "price",
    "quantity", "reachable", "segment", "set", "since", "sku", "sold_via", "spend", "sum_of", "then", "times",
    "to", "told", "total", "until", "where", "with", "within", "yes", "true", "false",
})  # fmt: skip
_TOKEN = re.compile(r'(?P<text>"(?:[^"\\]|\\.)*")|(?P<sign>!=|<=|>=|[=<>(),])|(?P<word>[^\s"=<>(),!]+)|\s+', re.DOTALL)
_BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]*")
_NUMBER = re.compile(r"-?\d{1,30}(\.\d{1,30})?([eE][+-]?\d{1,3})?", re.ASCII)
_MOST_LETTERS = 100_000
_SHOWN = 40
_YES_NO = ("yes", "true", "no", "false")
Read = TypeVar("Read")


class RuleTextError(RuleError):
    """Text that is no rule; the message names the column (from 1), what was expected there and what was probably
    meant."""


class Token(NamedTuple):
    """`kind`: word, text (was in quotes), sign or end."""

    kind: str
    value: str
    column: int


def quoted(text: str) -> str:
    """In quotes, as it is read again."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def named(name: str) -> str:
    """A name, in quotes where it needs them."""
    return name if _BARE.fullmatch(name) and name.lower() not in KEYWORDS else quoted(name)


def tokens_of(text: str) -> list[Token]:
    """Marks of direction between words are not seen; in quotes everything is. Raises RuleTextError."""
    if len(text) > _MOST_LETTERS:
        raise RuleTextError(f"the rule is {len(text)} letters long; at most {_MOST_LETTERS} are read")
    found, place = [], 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise RuleTextError(f"column {place + 1}: {_unreadable(text[place])}")
        place = match.end()
        kind = match.lastgroup
        if kind is None:  # white space and marks that nobody sees
            continue
        value = match[kind]
        if kind == "text":
            value = re.sub(r"\\(.)", r"\1", value[1:-1], flags=re.DOTALL)
        elif kind == "word":
            value = value.translate(INVISIBLE)
            if not value:
                continue
        found.append(Token(kind, value, match.start(kind) + 1))
    return [*found, Token("end", "", len(text) + 1)]


def _unreadable(letter: str) -> str:
    if letter == '"':
        return 'a text is opened by " and never closed; write \\" for the mark itself'
    return f"{letter!r} means nothing here"


class Cursor:
    """Reads token by token; every refusal is a RuleTextError."""

    def __init__(self, text: str) -> None:
        self._tokens = tokens_of(text)
        self._at = 0
        self._depth = 0

    @property
    def next(self) -> Token:
        return self._tokens[self._at]

    def sees(self, *words: str) -> bool:
        """Are these the next words or signs? What is in quotes is none of them."""
        ahead = self._tokens[self._at : self._at + len(words)]
        return [token.value.lower() for token in ahead if token.kind in ("word", "sign")] == list(words)

    def take(self, *words: str) -> bool:
        """The same; they are read when they are."""
        seen = self.sees(*words)
        self._at += len(words) if seen else 0
        return seen

    def need(self, *words: str) -> None:
        if not self.take(*words):
            raise self.refusal(" ".join(words), words[:1])

    def one_of(self, what: str, known: Iterable[str]) -> str:
        """The one of `known` that stands next, read."""
        names = {name.lower(): name for name in known}
        token = self.next
        if token.kind != "word" or token.value.lower() not in names:
            raise self.refusal(what, names.values())
        self._at += 1
        return names[token.value.lower()]

    def name(self, what: str) -> str:
        """A name, in quotes or not."""
        token = self.next
        if token.kind != "text" and (token.kind != "word" or token.value.lower() in KEYWORDS):
            raise self.refusal(what)
        self._at += 1
        return token.value

    def value(self) -> Scalar:
        """Text, a number, yes or no."""
        token = self.next
        if token.kind not in ("text", "word") or self.sees("and") or self.sees("or"):
            raise self.refusal("a value")
        self._at += 1
        if token.kind == "text":
            return token.value
        if token.value.lower() in _YES_NO:
            return token.value.lower() in ("yes", "true")
        return _number_of(token.value) if _NUMBER.fullmatch(token.value) else token.value

    def names_something(self) -> bool:
        """Is the next a word that is no number, yes or no?"""
        token = self.next
        return token.kind == "word" and token.value.lower() not in _YES_NO and not _NUMBER.fullmatch(token.value)

    def number(self, what: str = "a number") -> int | float:
        token = self.next
        if token.kind != "word" or not _NUMBER.fullmatch(token.value):
            raise self.refusal(what)
        self._at += 1
        return _number_of(token.value)

    def whole(self, what: str) -> int:
        token = self.next
        number = self.number(what)
        if not isinstance(number, int):
            raise RuleTextError(f"column {token.column}: expected {what}, a whole number, not {token.value}")
        return number

    def span(self) -> Span:
        """30d, or 30 days."""
        token = self.next
        if token.kind != "word":
            raise self.refusal("a span of time, as 30d")
        self._at += 1
        told = token.value
        if told.isdigit() and self.next.kind == "word":
            told += self.next.value
            self._at += 1
        try:
            return parse_span(told)
        except ValueError as error:
            raise RuleTextError(f"column {token.column}: {error}") from error

    def several(self, read: Callable[[], Read]) -> tuple[Read, ...]:
        """One or more, with commas between."""
        found = [read()]
        while self.take(","):
            found.append(read())
        return tuple(found)

    def enter(self) -> None:
        """One part more inside those that are open."""
        self._depth += 1
        if self._depth > 2 * DEEPEST:
            raise RuleTextError(f"column {self.next.column}: deeper than {DEEPEST}, the most parts inside each other")

    def leave(self) -> None:
        self._depth -= 1

    def refusal(self, expected: str, known: Iterable[str] = ()) -> RuleTextError:
        """Where, what was expected, what stands there, and what was probably meant."""
        token = self.next
        there = "the end" if token.kind == "end" else repr(token.value[:_SHOWN])
        hint = meant(token.value, known) if known and token.kind == "word" else ""
        near = hint if "did you mean" in hint else ""
        return RuleTextError(f"column {token.column}: expected {expected}, but there is {there}{near}")


def _number_of(text: str) -> int | float:
    return int(text) if text.lstrip("-").isdigit() else float(text)
