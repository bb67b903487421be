"""Keys of other services, sealed before they are stored: a copy of the database is of no use to whoever finds it.

The sealing keys are the installation's (SEALING_KEYS, newest first, then SECRET_KEY): text sealed with an older one is
read as long as that one is named.
"""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


def seal(text: str) -> str:
    """Return the text as it may be stored; never twice the same."""
    return _sealer().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str | None:
    """Return what was sealed; None when that was with a key this installation no longer has."""
    try:
        return _sealer().decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


def _sealer() -> MultiFernet:
    return MultiFernet([Fernet(_derived(secret)) for secret in (*settings.SEALING_KEYS, settings.SECRET_KEY)])


def _derived(secret: str) -> bytes:
    """Return the key for this one use, so that what else the secret is for tells nothing of it."""
    return urlsafe_b64encode(HKDF(SHA256(), 32, salt=None, info=b"prm sealing").derive(secret.encode()))
