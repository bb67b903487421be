"""Keys of the API: `prm_<organisation>_<secret>`, kept as a SHA-256 hash.

The organisation in the key opens its scope; the secret (256 random bits) is what proves anything, so a fast
hash is enough.
"""

import hashlib
import re
import secrets
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import ApiKey, Organisation, User
from prm.organisations.rights import ALL_SCOPES, Right
from prm.work.errors import Invalid, NotFound

LONGEST_NAME = 80
_SHAPE = re.compile(r"prm_([0-9a-z]{1,13})_[A-Za-z0-9_-]{20,80}")


def create_key(organisation: Organisation, *, name: str, scopes: Sequence[str], by: Actor | None) -> tuple[ApiKey, str]:
    """Create a key; return its row and the key itself, which can never be shown again.

    A name that another key has, or had, gets a number: by it a key is known in the log and as who holds a handoff.
    """
    known = {ALL_SCOPES, *Right}
    unknown = [scope for scope in scopes if scope not in known]
    if unknown or not scopes:
        raise Invalid(fields={"scopes": _("Choose among: %(scopes)s.") % {"scopes": ", ".join(sorted(known))}})
    if len(name.strip()) > LONGEST_NAME:
        raise Invalid(fields={"name": _("At most %(max_length)s characters.") % {"max_length": LONGEST_NAME}})
    token = f"prm_{_base36(organisation.pk)}_{secrets.token_urlsafe(32)}"
    with transaction.atomic():
        Organisation.objects.select_for_update().get(pk=organisation.pk)
        key = ApiKey.objects.create(
            organisation=organisation,
            name=_free_name(name.strip() or "API"),
            prefix=token[:12],
            key_hash=_hash(token),
            scopes=list(scopes),
            created_by=by if isinstance(by, User) else None,
        )
        audit.record(organisation, by, "api_key.create", key, after={"name": key.name, "scopes": key.scopes})
    return key, token


def _free_name(name: str) -> str:
    taken = set(ApiKey.objects.values_list("name", flat=True))
    names = (name, *(f"{name[: LONGEST_NAME - 6]} {number}" for number in range(2, len(taken) + 3)))
    return next(one for one in names if one not in taken)


def revoke_key(organisation: Organisation, *, key_id: int, by: Actor) -> ApiKey:
    """End a key at once; it stays listed."""
    with transaction.atomic():
        key = ApiKey.objects.select_for_update().filter(pk=key_id).first()
        if key is None:
            raise NotFound
        if key.revoked_at is None:
            key.revoked_at = timezone.now()
            key.save(update_fields=["revoked_at"])
            audit.record(organisation, by, "api_key.revoke", key, after={"revoked_at": key.revoked_at})
    return key


def organisation_of(token: str) -> Organisation | None:
    """Return the organisation a key names; it proves nothing yet."""
    match = _SHAPE.fullmatch(token)
    return Organisation.objects.filter(pk=int(match[1], 36)).first() if match else None


def find_key(token: str) -> ApiKey | None:
    """Return the living key of the organisation in scope, or None."""
    key: ApiKey | None = ApiKey.objects.filter(key_hash=_hash(token), revoked_at=None).first()
    return key


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
    return digits or "0"
