"""Secrets at rest: sealed by a key that is made of the installation's own (`secret.key`, which no dump of the database
holds). AES-128-CBC with HMAC-SHA-256 (Fernet), the key by HKDF-SHA-256."""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class SealBroken(ValueError):  # noqa: N818 - the name says the state
    """A secret that this installation's key does not open; the message says what to do."""


def seal(key: str, secret: str) -> bytes:
    """`key` is the installation's."""
    return _fernet(key).encrypt(secret.encode())


def unseal(key: str, sealed: bytes) -> str:
    """The secret. Raises SealBroken."""
    try:
        return _fernet(key).decrypt(sealed).decode()
    except InvalidToken as error:
        raise SealBroken(
            "a secret was sealed by another key than secret.key in RITORNO_HOME; bring that back, or give the secret "
            "anew"
        ) from error


def _fernet(key: str) -> Fernet:
    derived = HKDF(SHA256(), 32, salt=None, info=b"ritorno secrets").derive(key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
