"""Arms by hash: the same customer, the same arm, always (requirements.md, rule 7)."""

import hashlib
from typing import Literal

from ritorno.core.ids import CustomerId

Arm = Literal["treated", "holdout"]

_RANGE = 2**64


def share(experiment: str, customer: CustomerId) -> float:
    """A number in [0, 1), uniform over customers and independent between experiments."""
    digest = hashlib.blake2b(f"{experiment}\x00{customer}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / _RANGE


def arm(experiment: str, customer: CustomerId, holdout: float) -> Arm:
    """`holdout` is the share left out, 0 to 1; it is therefore "about" that of the customers."""
    return "holdout" if share(experiment, customer) < holdout else "treated"
