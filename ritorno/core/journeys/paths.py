"""Where the steps of a journey lead: steps that nobody reaches, ways round without a wait or without an end."""

from collections.abc import Iterator

from ritorno.core.journeys.journey import Playbook
from ritorno.core.journeys.program import Place
from ritorno.core.journeys.step import End, Go, Wait, WaitFor


def path_faults(playbook: Playbook) -> Iterator[str]:
    program = playbook.program
    if not program:
        yield "steps: there are none, so it does nothing"
        return
    leads = [_leads(place, playbook) for place in program]
    reached, todo = {0}, [0]
    while todo:
        fresh = leads[todo.pop()] - reached - {len(program)}
        reached |= fresh
        todo += fresh
    for index, place in enumerate(program):
        if index not in reached:
            yield f"{place.path} {place.step.name!r}: nobody gets here"
        if isinstance(place.step, Go) and index in _at_once(leads, program, index):
            yield f"{place.path} {place.step.name!r}: goes round without a wait, for ever in one moment"
        elif isinstance(place.step, Go) and playbook.exits.after is None and not _gets_out(leads, index):
            yield f"{place.path} {place.step.name!r}: goes round for ever; say exits.after"


def _leads(place: Place, playbook: Playbook) -> set[int]:
    match place.step:
        case End():
            return set()
        case Go(_, to):
            return {playbook.places[to]} if to in playbook.places else set()
        case _:
            return set(place.into.values()) or {place.after}


def _at_once(leads: list[set[int]], program: tuple[Place, ...], start: int) -> set[int]:
    """Where one comes from a step in the same moment: up to the next wait."""
    found: set[int] = set()
    todo = list(leads[start])
    while todo:
        index = todo.pop()
        if index in found or index == len(program) or isinstance(program[index].step, Wait | WaitFor):
            continue
        found.add(index)
        todo += leads[index]
    return found


def _gets_out(leads: list[set[int]], start: int) -> bool:
    """Is there a way from here to the end?"""
    found, todo = {start}, [start]
    while todo:
        index = todo.pop()
        if index == len(leads) or not leads[index]:
            return True
        fresh = leads[index] - found
        found |= fresh
        todo += fresh
    return False
