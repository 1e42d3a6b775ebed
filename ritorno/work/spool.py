"""Lives set aside until it is their turn, in a file that has no name: in memory is only whose turn is when."""

import pickle
import tempfile
from collections.abc import Iterator

from ritorno.core.customer import Customer
from ritorno.core.ids import CustomerId
from ritorno.core.instants import Instant
from ritorno.core.life import Life
from ritorno.core.plan import Plan


def packed(life: Life) -> bytes:
    """A life without its plan, for this or another process of ours."""
    return pickle.dumps(vars(life) | {"plan": None}, pickle.HIGHEST_PROTOCOL)


def unpacked(kept: bytes, plan: Plan) -> Life:
    life = Life(Customer(CustomerId(0)), (), plan)
    vars(life).update(pickle.loads(kept) | {"plan": plan})  # noqa: S301 - packed by ourselves, never kept
    return life


class Spool:
    """Put in any order, taken out by instant and customer. Gone with the process, however it ends."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="ritorno-")  # noqa: SIM115 - closed with the spool
        self._places: list[tuple[Instant, CustomerId, int, int]] = []
        self._size = 0

    def __len__(self) -> int:
        return len(self._places)

    def put(self, at: Instant, who: CustomerId, kept: bytes) -> None:
        self._file.seek(self._size)
        self._file.write(kept)
        self._places.append((at, who, self._size, len(kept)))
        self._size += len(kept)

    def take(self) -> Iterator[tuple[Instant, bytes]]:
        for at, _, place, length in sorted(self._places):
            self._file.seek(place)
            yield at, self._file.read(length)

    def close(self) -> None:
        self._file.close()
