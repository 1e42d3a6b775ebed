"""Rows of a file of orders as events: what the file tells, with ids by which telling it again is no news."""

import hashlib
from collections.abc import Callable, Iterator, Sequence

import msgspec

from ritorno.core.events import Event, Line, OrderTold, RefundTold, SoldVia, TraitValue, event_id
from ritorno.core.identifiers import Identifier, Kind
from ritorno.core.instants import Instant
from ritorno.core.relations import reference
from ritorno.sources.ready import FIELDS, OrderRow
from ritorno.work.import_history import Past

_decode_lines: Callable[[str], tuple[Line, ...]] = msgspec.json.Decoder(tuple[Line, ...]).decode
_KINDS = tuple(FIELDS.values())
_PLACES = {place.value: place for place in SoldVia}
People = dict[int, tuple[str | None, ...]]


class Teller(msgspec.Struct, frozen=True):
    """What is the same for all rows: whose file, when it was read, as of when it speaks (None: the time of reading)."""

    source: str
    currency: str
    received_at: Instant
    as_of: Instant | None = None
    region: str = "IL"

    def past(self, row: OrderRow, identifiers: tuple[Identifier, ...]) -> Past:
        """The event of an order or refund (maybe a plain tuple).

        Its message id is `order:<id>:<8 bytes of the content>`: the same row is the same event in every run, a changed
        row a new description of the same order.
        """
        (
            _, _, order_id, occurred_at, first_name, last_name, sold_via, branch, beneficiary, total, discount, tax,
            cancelled, refund_of, lines, updated_at, _, _, number,
        ) = row  # fmt: skip
        as_of = updated_at or self.as_of
        body: OrderTold | RefundTold
        if refund_of is None:
            assert total is not None
            body = OrderTold(
                order_id, total, self.currency, _PLACES[sold_via], branch, discount, tax, cancelled,
                _decode_lines(lines) if lines else (), as_of,
                reference(beneficiary, self.region) if beneficiary else "",
            )  # fmt: skip
        else:
            body = RefundTold(refund_of, order_id, None if total is None else abs(total), cancelled, as_of)
        traits: dict[str, TraitValue] = {}
        if first_name:
            traits["first_name"] = first_name
        if last_name:
            traits["last_name"] = last_name
        message_id = f"order:{order_id}:{number:016x}"
        key = hashlib.blake2b(f"{self.source}\x00{message_id}".encode(), digest_size=16).digest()
        event = Event(
            event_id(key), self.source, message_id, occurred_at, self.received_at, body, identifiers, traits, True
        )
        return Past(event, key, number.to_bytes(8, "big"))

    def identifiers(self, values: Sequence[str | None]) -> tuple[Identifier, ...]:
        """`values` in the order of FIELDS, normalised already."""
        return tuple(
            Identifier(kind, value, self.source if kind is Kind.SHOP_ID else "")
            for kind, value in zip(_KINDS, values, strict=True)
            if value is not None
        )

    def groups(self, rows: Sequence[OrderRow], people: People) -> Iterator[list[Past]]:
        """Rows of one person together; `rows` stand so."""
        told = {who: self.identifiers(values) for who, values in people.items()}
        group: list[Past] = []
        person: object = None
        for row in rows:
            if row[0] != person and group:
                yield group
                group = []
            person = row[0]
            group.append(self.past(row, told[row[1]]))
        if group:
            yield group
