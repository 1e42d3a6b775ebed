"""Liquid as texts of ours use it: with limits, no reach into Python, and care for every value that is printed.

A value printed empty where the text names no `default` stops the message: no customer reads "היי ," or "at our branch"
(ENG-14). A value that runs against the direction of its text is kept in its own order (ISR-15): `<bdi>` in HTML,
isolates elsewhere; links and codes are left alone there, for they are copied.
"""

import re
from functools import lru_cache
from typing import TextIO

from liquid import Environment, RenderContext, Token, Undefined
from liquid.builtin.expressions import FilteredExpression
from liquid.builtin.output import Output, OutputNode
from liquid.expression import Expression
from liquid.stringify import to_liquid_string

from ritorno.core.messages.fields import Exact
from ritorno.core.messages.trait_fields import date_filter, default_filter

FIRST_STRONG, POP = "\u2068", "\u2069"
_BARE = re.compile(r"\S+/\S*|\ue000[^\ue001]*\ue001")  # links, and what holds a place in a letter
_LEFT_TO_RIGHT = re.compile("[A-Za-z\u00c0-\u02af\u0370-\u052f]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")


class TextError(ValueError):
    """A text that cannot be rendered; the message says where and why."""


class NoData(TextError):  # noqa: N818 - the name says the state
    """A field that this customer has nothing for, and the text no default."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field!r} is undefined or empty, and the text has no default for it")
        self.field = field


class _PrintedNode(OutputNode):
    """`{{ … }}`"""

    __slots__ = ("defaulted", "left", "name")

    def __init__(self, token: Token, expression: Expression) -> None:
        super().__init__(token, expression)
        filtered = expression if isinstance(expression, FilteredExpression) else None
        filters = (filtered.filters if filtered else None) or ()
        self.left = filtered.left if filtered and filters else None
        self.name = str(filtered.left if filtered else expression)
        self.defaulted = any(each.name == "default" for each in filters)

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        env = context.env
        assert isinstance(env, _Limited)
        if not self.defaulted:
            if self.left is not None:
                env.require(self.left.evaluate(context), self.name)
            value = self.expression.evaluate(context)
            env.require(value, self.name)
        else:
            value = self.expression.evaluate(context)
        return buffer.write(env.printed(value))


class _Printed(Output):
    node_class = _PrintedNode


class _Limited(Environment):
    loop_iteration_limit = 1_000
    output_stream_limit = 20_000
    context_depth_limit = 10
    local_namespace_limit = 10_000

    def __init__(self, *, html: bool, rtl: bool, gaps: bool) -> None:
        super().__init__(autoescape=html, undefined=Undefined)
        self.html, self.gaps = html, gaps
        self.against = _against(rtl=rtl)
        self.add_tag(_Printed)
        self.add_filter("default", default_filter)
        self.add_filter("date", date_filter)

    def require(self, value: object, name: str) -> None:
        """Raises NoData when there is nothing to print, TextError for what is no value but a group of them."""
        if isinstance(value, dict):
            raise TextError(f"{name!r} is a group of fields: write {name}.NAME")
        absent = value is None or isinstance(value, Undefined)
        if absent or (not self.gaps and (value == "" or (isinstance(value, list) and not value))):
            raise NoData(name)

    def printed(self, value: object) -> str:
        text = to_liquid_string(value, autoescape=self.html)
        if not self.against.search(text) or _BARE.fullmatch(text):
            return text
        if self.html:
            return f"<bdi>{text}</bdi>"
        return text if isinstance(value, Exact) else f"{FIRST_STRONG}{text}{POP}"


def _against(*, rtl: bool) -> re.Pattern[str]:
    return _LEFT_TO_RIGHT if rtl else _RIGHT_TO_LEFT


def in_order(value: str, *, rtl: bool) -> str:
    """A value for a line of plain text, isolated where it runs against it."""
    return f"{FIRST_STRONG}{value}{POP}" if _against(rtl=rtl).search(value) else value


@lru_cache(maxsize=8)
def environment(*, html: bool, rtl: bool, gaps: bool) -> Environment:
    """`html`: values are escaped; `rtl`: of a text that runs right to left; `gaps`: empty values leave nothing."""
    return _Limited(html=html, rtl=rtl, gaps=gaps)
