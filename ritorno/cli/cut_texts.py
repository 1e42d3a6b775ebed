"""Cuts as people write them on the command line: two, with a comma between."""

from ritorno.cli.app import Refused
from ritorno.core.instants import Span, days, parse_span
from ritorno.core.money import parse_amount


def spans(option: str, text: str) -> tuple[Span, Span]:
    """Days as plain numbers, or spans. Raises Refused, ValueError."""
    newer, older = (days(int(part)) if part.strip().isdigit() else parse_span(part) for part in _pair(option, text))
    return newer, older


def counts(option: str, text: str) -> tuple[int, int]:
    """Whole numbers of orders. Raises Refused."""
    twice, thrice = (_whole(option, part) for part in _pair(option, text))
    return twice, thrice


def amounts(option: str, text: str, currency: str) -> tuple[int, int]:
    """Money in minor units. Raises Refused, ValueError."""
    some, much = (parse_amount(part, currency) for part in _pair(option, text))
    return some, much


def _whole(option: str, text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise Refused(f"{option}: {text!r} is not a whole number of orders; write for example 2,3") from error


def _pair(option: str, text: str) -> list[str]:
    parts = text.split(",")
    if len(parts) != 2:
        raise Refused(f"{option} {text}: give two, with a comma between")
    return parts
