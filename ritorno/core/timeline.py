"""One customer's life in one line: everything told and everything decided, in order of time (DAT-05)."""

from collections.abc import Iterable, Iterator

import msgspec

from ritorno.core.customer import Change, Customer, Order
from ritorno.core.decisions import (
    AnyDecision,
    AudienceJoined,
    AudienceLeft,
    Ended,
    Enrolled,
    GroupMoved,
    HouseFlagged,
    PointsBooked,
    ScoreMoved,
    TaskWanted,
    WebhookWanted,
)
from ritorno.core.instants import Instant

Value = str | int | float | bool | None


class Entry(msgspec.Struct, frozen=True):
    """What happened at an instant: `kind` is a word of the catalogue, `values` what is said with it (money in minor
    units of the order's or the brand's currency)."""

    at: Instant
    kind: str
    values: dict[str, Value]


def timeline(document: Customer, decided: Iterable[AnyDecision], more: Iterable[Entry] = ()) -> list[Entry]:
    """The entries of a document and of what was decided about it, with `more` (messages, codes); the oldest first."""
    entries = [*_told(document), *(entry for each in decided if (entry := _decided(each)) is not None), *more]
    return sorted(entries, key=lambda entry: (entry.at, _RANK.get(entry.kind, len(_RANK))))


# Of one instant: what was told before what was decided for it.
_RANK = {
    kind: rank
    for rank, kind in enumerate(("order", "refund", "cancellation", "consent", "trait", "did", "score", "group"))
}


def _told(document: Customer) -> Iterator[Entry]:
    for order in document.orders:
        yield Entry(order.occurred_at, "order", _order(order))
    for key, changes in document.changes.items():
        for change in changes:
            yield _change(key.partition("\x00")[2], change)
    for record in document.consents:
        values: dict[str, Value] = {
            "channel": record.channel.value,
            "purpose": record.purpose.value,
            "given": record.given,
            "proof": record.proof.value,
        }
        yield Entry(record.at, "consent", values)
    for done in document.did:
        plain = {name: value for name, value in done.properties.items() if isinstance(value, str | int | bool)}
        yield Entry(done.at, "did", {**plain, "name": done.name})


def _order(order: Order) -> dict[str, Value]:
    return {
        "order_id": order.order_id,
        "source": order.source,
        "sold_via": order.sold_via.value,
        "branch": order.branch,
        "total": order.total,
        "net": order.net,
        "currency": order.currency,
        "lines": len(order.lines),
        "counts": order.counts,
    }


def _change(order_id: str, change: Change) -> Entry:
    """A cancellation has no number of its own; a refund of everything has no amount."""
    if not change.change_id:
        return Entry(change.at, "cancellation", {"order_id": order_id, "void": change.void})
    return Entry(change.at, "refund", {"order_id": order_id, "amount": change.amount, "void": change.void})


def _decided(decision: AnyDecision) -> Entry | None:
    """Score moves, entering and leaving playbooks, and what steps did besides writing; steps and wishes are told by the
    messages they led to, what was written to traits by the history of traits."""
    match decision:
        case ScoreMoved(axis=axis, before=before, after=after, version=version):
            values: dict[str, Value] = {"axis": axis, "before": before, "after": after, "version": version}
            return Entry(decision.at, "score", {**values, "cause": decision.cause})
        case GroupMoved(before=was, after=becomes):
            return Entry(decision.at, "group", {"before": was, "after": becomes, "cause": decision.cause})
        case Enrolled(playbook=playbook, version=number, arm=arm):
            return Entry(decision.at, "enrolled", {"playbook": playbook, "version": number, "arm": arm})
        case Ended(playbook=playbook, why=why):
            return Entry(decision.at, "ended", {"playbook": playbook, "why": why})
        case HouseFlagged(receipts=receipts):
            return Entry(decision.at, "house", {"receipts": receipts})
        case _:
            return _deed(decision)


def _deed(decision: AnyDecision) -> Entry | None:
    """Points, ad audiences, tasks, and what another system was told."""
    match decision:
        case PointsBooked(points=points, playbook=playbook):
            return Entry(decision.at, "points", {"points": points, "playbook": playbook})
        case AudienceJoined(audience=audience, use=use, playbook=playbook):
            return Entry(decision.at, f"audience_{use}", {"audience": audience, "playbook": playbook})
        case AudienceLeft(audience=audience, playbook=playbook):
            return Entry(decision.at, "audience_left", {"audience": audience, "playbook": playbook})
        case TaskWanted(role=role, playbook=playbook):
            return Entry(decision.at, "task", {"role": role, "playbook": playbook})
        case WebhookWanted(endpoint=endpoint, playbook=playbook):
            return Entry(decision.at, "webhook", {"endpoint": endpoint, "playbook": playbook})
        case _:
            return None
