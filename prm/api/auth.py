"""Who calls the API, for which organisation, and what the key may do."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja.security import HttpBearer

from prm.organisations.api_keys import find_key, organisation_of
from prm.organisations.models import ApiKey, Organisation
from prm.organisations.rights import ALL_SCOPES, Right
from prm.organisations.scope import organisation_scope
from prm.work.errors import Refused

# The last use is shown to the minute: a busy key is not written to at every call.
LAST_USE_EVERY = timedelta(minutes=1)


class ApiRequest(HttpRequest):
    """A request with a valid key."""

    organisation: Organisation
    api_key: ApiKey


class KeyAuth(HttpBearer):
    """`Authorization: Bearer <key>`; opens the organisation's scope for the request."""

    def __init__(self, right: Right) -> None:
        self.right = right
        super().__init__()

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey | None:
        """Return the key, or None (401); raise Refused (403) when it lacks the scope."""
        organisation = organisation_of(token)
        if organisation is None:
            return None
        stack: Any = request.organisation_stack  # type: ignore[attr-defined]
        stack.enter_context(organisation_scope(organisation.pk))
        key = find_key(token)
        if key is None:
            return None
        if ALL_SCOPES not in key.scopes and self.right.value not in key.scopes:
            raise Refused(
                _("This key lacks the scope %(scope)s.") % {"scope": self.right.value}, right=self.right.value
            )
        now = timezone.now()
        if key.last_used_at is None or now - key.last_used_at > LAST_USE_EVERY:
            ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
        request.organisation, request.api_key = organisation, key  # type: ignore[attr-defined]
        return key


def key_for(right: Right) -> KeyAuth:
    """Return what a route's `auth=` takes: a key that carries this right."""
    return KeyAuth(right)
