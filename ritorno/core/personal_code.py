"""A customer's own code to hand on to friends: RINA10 (COM-21).

The name where it is told in Latin letters, and a number that begins with 1 and comes from a hash. A code with a 1 in it
is never one of an offer's (offers.CODE_LETTERS), so the two cannot be mistaken for one another.
"""

import hashlib
import re
import unicodedata
from collections.abc import Container, Iterator

from ritorno.core.ids import CustomerId

NAMELESS = "FRIEND"
_LONGEST_NAME = 10
_TRIES = 4  # of each length, before the number grows by a digit
_LONGEST_NUMBER = 7
_ID_DIGITS = 19  # of the largest customer id


def personal_code(first_name: str, customer: CustomerId, taken: Container[str]) -> str:
    """The first of the customer's own candidates that nobody has: the same for the same `taken`, always."""
    return next(code for code in candidates(first_name, customer) if code not in taken)


def candidates(first_name: str, customer: CustomerId) -> Iterator[str]:
    """Short ones first. The last holds the whole customer id and is longer than any other: it is nobody else's."""
    name = _stem(first_name)
    for length in range(1, _LONGEST_NUMBER):
        for attempt in range(_TRIES):
            yield f"{name}1{_hashed(customer, length * _TRIES + attempt, length)}"
    yield f"{name}1{customer:0{_ID_DIGITS}}"


def _stem(first_name: str) -> str:
    plain = unicodedata.normalize("NFKD", first_name).upper().split()
    letters = re.sub(r"[^A-Z]", "", plain[0]) if plain else ""
    return letters[:_LONGEST_NAME] if len(letters) > 1 else NAMELESS


def _hashed(customer: CustomerId, attempt: int, length: int) -> str:
    digest = hashlib.blake2b(f"personal code\x00{customer}\x00{attempt}".encode(), digest_size=8).digest()
    return f"{int.from_bytes(digest, 'big') % 10**length:0{length}}"
