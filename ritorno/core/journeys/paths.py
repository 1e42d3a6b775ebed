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
            yield f"{place.path} {place.step.name!r}: goes round without a wait that lasts, for ever in one moment"
        elif isinstance(place.step, Go) and playbook.exits.after is None and not _gets_out(leads, index):
            yield f"{place.path} {place.step.name!r}: goes round for ever; say exits.after"
        elif isinstance(place.step, Wait | WaitFor) and place.step.since in playbook.sends:
            sent = playbook.places[place.step.since]
            if _comes_back(leads, index, past=sent):
                yield f"{place.path} {place.step.name!r}: {place.step.since!r} is not sent again on the way round"


def _leads(place: Place, playbook: Playbook) -> set[int]:
    match place.step:
        case End():
            return set()
        case Go(_, to):
            return {playbook.places[to]} if to in playbook.places else set()
        case _:
            return set(place.into.values()) or {place.after}


def _at_once(leads: list[set[int]], program: tuple[Place, ...], start: int) -> set[int]:
    """Where one comes from a step in the same moment: up to the next wait that lasts."""
    found: set[int] = set()
    todo = list(leads[start])
    while todo:
        index = todo.pop()
        if index in found or index == len(program):
            continue
        found.add(index)
        todo += _leads_at_once(program[index], leads[index])
    return found


def _leads_at_once(place: Place, leads: set[int]) -> set[int]:
    """Where one comes from a step without any time, the second time round. A time of day or a weekday that has come, a
    rule that holds already, and what is counted from the entry or the order are no wait then; a send leaves anew."""
    step = place.step
    match step:
        case Wait():
            lasts = not step.until and step.since not in _ONCE and (step.span is not None or step.since != "step")
            return set() if lasts else leads
        case WaitFor():
            over = {place.into["otherwise"]} if step.since in _ONCE else set()
            return over | ({place.into["then"]} if step.rule is not None else set())
        case _:
            return leads


_ONCE = ("entry", "order")


def _comes_back(leads: list[set[int]], start: int, past: int) -> bool:
    """Is there a way round from here that leaves out a step?"""
    found: set[int] = set()
    todo = list(leads[start])
    while todo:
        index = todo.pop()
        if index == start:
            return True
        if index not in found and index not in (past, len(leads)):
            found.add(index)
            todo += leads[index]
    return False


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
