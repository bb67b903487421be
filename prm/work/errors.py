"""What can go wrong in a use case, in words for people. Mapped to HTTP in one place for pages, one for the API."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """A use case was not carried out; nothing was changed. `message` is for people, translated."""

    code = "error"
    status = 400
    default = _("This could not be done.")

    def __init__(self, message: str | Promise | None = None, **details: object) -> None:
        self.message = message or self.default
        self.details = details
        super().__init__(str(self.message))


class NotFound(DomainError):
    """It does not exist here; another organisation's rows do not exist here either."""

    code = "not_found"
    status = 404
    default = _("This does not exist, or no longer.")


class Conflict(DomainError):
    """Somebody else was faster, or the state does not allow it any more."""

    code = "conflict"
    status = 409
    default = _("Somebody changed this in the meantime.")


class Refused(DomainError):
    """The person or key may not do this."""

    code = "refused"
    status = 403
    default = _("You may not do this.")


class Throttled(DomainError):
    """Too much at once; `retry_after` seconds."""

    code = "throttled"
    status = 429
    default = _("Too many requests. Try again in a moment.")


class Invalid(DomainError):
    """What was given cannot be used; `fields` says which and why."""

    code = "invalid"
    status = 422
    default = _("Some values cannot be used.")

    def __init__(
        self,
        message: str | Promise | None = None,
        *,
        fields: Mapping[str, str | Promise] | None = None,
        **details: object,
    ) -> None:
        super().__init__(message, **details)
        self.fields = dict(fields or {})
