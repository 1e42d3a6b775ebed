"""A fitted model in one file: a job replaces it whole, servers read it again when it has changed.

The file is numpy's npz, never unpickled. It is written beside its place and moved there once it is on the disk, so that
whoever reads has the model of before or the new one, also when the writer is killed.
"""

import contextlib
import os
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import msgspec
import numpy as np
from scipy.sparse import csr_matrix

from ritorno.core.instants import Instant
from ritorno.whole.affinity import Affinity, Shape

LAYOUT = 1  # of the file: one of another is made anew
_MATRICES = ("by_item", "recent", "together")
_ARRAYS = ("items", "rarity", "popular")
_ANEW = "fit the model anew"


class NoAffinity(RuntimeError):  # noqa: N818 - the name says the state
    """There is no model to read, or it cannot be read; the message says what to do."""


class _Head(msgspec.Struct, frozen=True):
    layout: int
    as_of: Instant
    customers: int
    shape: Shape


def write(model: Affinity, path: Path) -> None:
    """Put the model in the place of what is there. Raises OSError where that cannot be; then the old one stays.

    There is one writer at a time: what a killed one left is removed, and of two at once the earlier gets OSError.
    """
    head = msgspec.json.encode(_Head(LAYOUT, model.as_of, model.customers, model.shape))
    parts: dict[str, Any] = {"head": np.frombuffer(head, np.uint8)}
    parts |= {name: getattr(model, name) for name in _ARRAYS}
    for name in _MATRICES:
        matrix = getattr(model, name)
        parts |= {f"{name}.{part}": getattr(matrix, part) for part in ("data", "indices", "indptr")}
        parts[f"{name}.shape"] = np.array(matrix.shape, np.int64)
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in path.parent.glob(f".{path.name}.*"):
        left.unlink(missing_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("wb") as file:
            np.savez(file, allow_pickle=False, **parts)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    _settle_folder(path.parent)


def read(path: Path) -> Affinity:
    """The model in that file. Raises NoAffinity where there is none, or none that can be read."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as parts:
            return _model(parts, path)
    except FileNotFoundError as error:
        raise NoAffinity(f"{path}: no model has been fitted yet; {_ANEW}") from error
    except (OSError, EOFError, ValueError, KeyError, BadZipFile, msgspec.DecodeError) as error:
        raise NoAffinity(f"{path} cannot be read ({error}); {_ANEW}") from error


class Standing:
    """The model of a file as it stands: read once, and again after the file was replaced."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept: tuple[tuple[int, int, int], Affinity] | None = None

    def model(self) -> Affinity:
        """Raises NoAffinity where there is no file, or none that can be read and none was read before."""
        mark = self._mark()
        kept = self._kept
        if kept is None or (mark is not None and kept[0] != mark):
            with contextlib.suppress(NoAffinity) if kept else contextlib.nullcontext():
                self._kept = kept = (mark or (0, 0, 0), read(self._path))
        assert kept is not None
        return kept[1]

    def _mark(self) -> tuple[int, int, int] | None:
        try:
            told = self._path.stat()
        except FileNotFoundError:
            return None
        return told.st_ino, told.st_mtime_ns, told.st_size


def _model(parts: Any, path: Path) -> Affinity:
    head = msgspec.json.decode(parts["head"].tobytes(), type=_Head)
    if head.layout != LAYOUT:
        raise NoAffinity(f"{path} is of layout {head.layout}, this is {LAYOUT}; {_ANEW}")
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


def _settle_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
