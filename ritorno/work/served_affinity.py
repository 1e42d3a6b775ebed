"""The model that serves, once a process: read when first asked for, and again after the job has replaced it."""

import logging
from uuid import UUID

import psycopg

from ritorno.core.ids import BrandId
from ritorno.store import affinity
from ritorno.whole.affinity import Affinity

logger = logging.getLogger(__name__)

MOST_KEPT = 8  # brands whose models one process holds
_kept: dict[BrandId, tuple[UUID, Affinity | None]] = {}  # threads replace values, never change them


def model_of(connection: psycopg.Connection, brand: BrandId) -> Affinity | None:
    """The brand's model; None while none has been fitted, or where what stands cannot be read (told in the log)."""
    token = affinity.token(connection, brand, "affinity")
    if token is None:
        return None
    kept = _kept.get(brand)
    if kept is None or kept[0] != token:
        kept = _read(connection, brand, kept[1] if kept else None)
        if kept is not None:
            while len(_kept) >= MOST_KEPT and brand not in _kept:
                _kept.pop(next(iter(_kept)), None)
            _kept[brand] = kept
    return kept[1] if kept else None


def _read(
    connection: psycopg.Connection, brand: BrandId, before: Affinity | None
) -> tuple[UUID, Affinity | None] | None:
    from ritorno.whole.affinity_packed import NoAffinity, unpack  # SciPy: 27 MB, only where there is a model

    row = affinity.body(connection, brand, "affinity")
    if row is None:
        return None
    try:
        return row[0], unpack(row[1])
    except NoAffinity as error:
        logger.warning("brand %s: %s", brand, error)
        return row[0], before
