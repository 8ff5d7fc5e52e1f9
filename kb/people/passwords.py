"""Passwords: Argon2id, and a check that takes as long for nobody's password as for somebody's.

Random secrets (tokens, session ids) are kept as their SHA-256: nobody guesses 256 random bits, however fast the hash.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from kb.errors import Invalid

SHORTEST, LONGEST = 10, 200  # characters; the upper bound keeps the hash's cost bounded
# RFC 9106 asks for 64 MiB and 3 passes where memory allows; OWASP's 19 MiB and 2 passes let a small machine serve a
# morning's sign-ins at once.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def _prepared(password: str) -> bytes:
    """The same characters however the keyboard composed them (NIST SP 800-63B §5.1.1.2)."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


def check_length(password: str) -> None:
    """Raise Invalid for a password that is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid("password", "a password has {shortest} to {longest} characters", shortest=SHORTEST,
                      longest=LONGEST, fields={"password": "length"})


def hash_password(password: str) -> str:
    """The Argon2id hash to store; raises Invalid for a password that is too short or too long."""
    check_length(password)
    return _HASHER.hash(_prepared(password))


@cache
def _decoy() -> str:
    return _HASHER.hash(secrets.token_bytes(16))


def is_right(stored: str | None, password: str) -> bool:
    """Whether the password fits the stored hash; as slow for None (no such account) as for a real one."""
    try:
        fits = _HASHER.verify(stored or _decoy(), _prepared(password[:LONGEST + 1]))
    except (VerificationError, InvalidHashError):
        return False
    return fits and stored is not None


def new_password() -> str:
    """A random password that can be typed: 15 characters of 32, 75 bits, in groups of five."""
    letters = "".join(secrets.choice("abcdefghijkmnpqrstuvwxyz23456789") for _ in range(15))
    return f"{letters[:5]}-{letters[5:10]}-{letters[10:]}"


def hash_secret(secret: str) -> str:
    """The SHA-256 under which a random secret is stored and found, in hexadecimal."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
