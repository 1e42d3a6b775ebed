"""Arms by hash: the same customer, the same arm, always (requirements.md, rule 7)."""

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from math import log
from typing import Literal

from ritorno.core.ids import CustomerId

Arm = Literal["treated", "holdout"]

_RANGE = 2**64
_LEAST = 1 / 2**65
PRIME = 2**31 - 1


def share(experiment: str, customer: CustomerId) -> float:
    """A number in [0, 1), uniform over customers and independent between experiments."""
    digest = hashlib.blake2b(f"{experiment}\x00{customer}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / _RANGE


def arm(experiment: str, customer: CustomerId, holdout: float) -> Arm:
    """`holdout` is the share left out, 0 to 1; it is therefore "about" that of the customers."""
    return "holdout" if share(experiment, customer) < holdout else "treated"


def choose(experiment: str, customer: CustomerId, shares: Mapping[str, float]) -> str:
    """One of the arms, each as often as its share of all. Every arm draws −ln(u)/share, the least wins (weighted
    rendezvous hashing, Thaler and Ravishankar 1998): with other shares only those move whose arm must shrink.
    """
    drawn = {key: -log(share(f"{experiment}\x00{key}", customer) or _LEAST) / each for key, each in shares.items()}
    return min(drawn, key=lambda key: (drawn[key], key))


def position(name: str, customer: CustomerId) -> float:
    """Where a customer stands in [0, 1) among all, under that name: (id · a + b) mod P over P, a and b from its hash.

    Ids are hashes themselves, so this is uniform, and independent between names. Multiplication and remainder are all
    it takes, so that any engine computes the same for everyone at once; `share` is for arms alone.
    """
    a, b = line(name)
    return (customer % PRIME * a + b) % PRIME / PRIME


@lru_cache(maxsize=256)
def line(name: str) -> tuple[int, int]:
    """(a, b) of `position`."""
    digest = hashlib.sha256(name.encode()).digest()
    return 1 + int.from_bytes(digest[:4], "big") % (PRIME - 1), int.from_bytes(digest[4:8], "big") % PRIME
