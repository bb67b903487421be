"""Secrets that people and programs carry: 256 random bits, kept as a SHA-256 hash.

With that much chance in them a fast hash is enough, and finding one is a look-up in an index.
"""

import hashlib
import secrets


def make_token() -> str:
    """Return a new secret of 43 letters, digits, "-" and "_"."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """Return what is stored of a secret."""
    return hashlib.sha256(token.encode()).hexdigest()
