"""A fitted model as bytes, to be stored by the job that fits and read by every process that serves.

The bytes are numpy's npz, never unpickled, and name their layout: whoever reads another version's says what to do.
"""

from io import BytesIO
from typing import Any
from zipfile import BadZipFile

import msgspec
import numpy as np
from scipy.sparse import csr_matrix

from ritorno.core.instants import Instant
from ritorno.whole.affinity import Affinity, Shape

LAYOUT = 1  # of the bytes: a model of another is made anew
_MATRICES = ("by_item", "recent", "together")
_ARRAYS = ("items", "rarity", "popular")
_ANEW = "fit it anew: ritorno recommend fit"


class NoAffinity(RuntimeError):  # noqa: N818 - the name says the state
    """A model that cannot be read; the message says what to do."""


class _Head(msgspec.Struct, frozen=True):
    layout: int
    as_of: Instant
    customers: int
    shape: Shape


def pack(model: Affinity) -> bytes:
    head = msgspec.json.encode(_Head(LAYOUT, model.as_of, model.customers, model.shape))
    parts: dict[str, Any] = {"head": np.frombuffer(head, np.uint8)}
    parts |= {name: getattr(model, name) for name in _ARRAYS}
    for name in _MATRICES:
        matrix = getattr(model, name)
        parts |= {f"{name}.{part}": getattr(matrix, part) for part in ("data", "indices", "indptr")}
        parts[f"{name}.shape"] = np.array(matrix.shape, np.int64)
    packed = BytesIO()
    np.savez(packed, allow_pickle=False, **parts)
    return packed.getvalue()


def unpack(packed: bytes) -> Affinity:
    """The model that `pack` gave. Raises NoAffinity for anything else."""
    try:
        with np.load(BytesIO(packed), allow_pickle=False) as parts:
            return _model(parts)
    except (OSError, EOFError, ValueError, KeyError, BadZipFile, msgspec.DecodeError) as error:
        raise NoAffinity(f"the model of recommendations cannot be read ({error}); {_ANEW}") from error


def _model(parts: Any) -> Affinity:
    head = msgspec.json.decode(parts["head"].tobytes(), type=_Head)
    if head.layout != LAYOUT:
        raise NoAffinity(f"the model of recommendations is of layout {head.layout}, this is {LAYOUT}; {_ANEW}")
    told = {name: parts[name] for name in _ARRAYS} | {name: _matrix(parts, name) for name in _MATRICES}
    items = len(told["items"])
    sizes = {len(told["rarity"]), len(told["popular"]), told["by_item"].shape[0], told["recent"].shape[1]}
    if sizes | set(told["together"].shape) != {items}:
        raise ValueError(f"its parts do not speak of the same {items} items")
    return Affinity(as_of=head.as_of, customers=head.customers, shape=head.shape, **told)


def _matrix(parts: Any, name: str) -> Any:
    data, indices, indptr = (parts[f"{name}.{part}"] for part in ("data", "indices", "indptr"))
    rows, columns = (int(size) for size in parts[f"{name}.shape"])
    matrix = csr_matrix((data, indices, indptr), (rows, columns))
    matrix.check_format(full_check=True)
    return matrix
