"""The steps of a journey laid out in a row: where each stands, and where one comes to after it.

    branch ─ then: a b ─ otherwise: c    laid out    0 branch · 1 a · 2 b · 3 c · 4 …
                                         after       b and c both lead to 4

A place is the number of a step in the order in which the data tells them. It is the same for the same version, so an
enrollment keeps it.
"""

from collections.abc import Iterator
from typing import NamedTuple

from ritorno.core.journeys.step import Branch, Split, Step, WaitFor


class Place(NamedTuple):
    """`path` is where the step stands in the data; `after` where one comes when it is through; `into` where its arms
    begin (an empty arm begins where one comes after it)."""

    step: Step
    path: str
    after: int
    into: dict[str, int]


def lay_out(steps: tuple[Step, ...]) -> tuple[Place, ...]:
    return tuple(_lay(steps, "steps", 0, _size(steps)))


def _lay(steps: tuple[Step, ...], path: str, begin: int, out: int) -> Iterator[Place]:
    """The places of a list of steps that begins at `begin` and leads to `out`."""
    for index, step in enumerate(steps):
        here = f"{path}[{index}]"
        end = begin + 1 + sum(_size(inner) for _, _, inner in arms_of(step))
        after = end if index + 1 < len(steps) else out
        into: dict[str, int] = {}
        inside: list[Place] = []
        at = begin + 1
        for key, where, inner in arms_of(step):
            into[key] = at if inner else after
            inside += _lay(inner, f"{here}.{where}", at, after)
            at += _size(inner)
        yield Place(step, here, after, into)
        yield from inside
        begin = end


def _size(steps: tuple[Step, ...]) -> int:
    return sum(1 + sum(_size(inner) for _, _, inner in arms_of(step)) for step in steps)


def arms_of(step: Step) -> list[tuple[str, str, tuple[Step, ...]]]:
    """(key, path within the step, steps) of each way on from a step that has several."""
    match step:
        case Branch() | WaitFor():
            return [("then", "then", step.then), ("otherwise", "otherwise", step.otherwise)]
        case Split():
            return [(arm.key, f"arms[{index}].steps", arm.steps) for index, arm in enumerate(step.arms)]
        case _:
            return []
