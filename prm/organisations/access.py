"""Who may see a page."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django_htmx.middleware import HtmxDetails

from prm.organisations.models import Membership, Organisation, User
from prm.organisations.rights import Right, may
from prm.work.errors import Refused

P = ParamSpec("P")


class OrgRequest(HttpRequest):
    """A request to `/o/<slug>/...` by a member; OrganisationMiddleware sets the first two."""

    organisation: Organisation
    membership: Membership
    user: User
    htmx: HtmxDetails


OrgView = Callable[Concatenate[OrgRequest, P], HttpResponseBase]


def requires(right: Right) -> Callable[[OrgView[P]], OrgView[P]]:
    """Let only members whose role carries the right in; the others read who can grant it (403)."""

    def decorate(view: OrgView[P]) -> OrgView[P]:
        @wraps(view)
        def guarded(request: OrgRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not may(request.membership.role, right):
                raise Refused(
                    _("Your role, %(role)s, does not include this. An admin of %(organisation)s can change it.")
                    % {"role": request.membership.get_role_display(), "organisation": request.organisation.name},
                    right=right.value,
                )
            return view(request, *args, **kwargs)

        guarded.right = right  # type: ignore[attr-defined]
        return cast("OrgView[P]", guarded)

    return decorate


def rights_of(request: HttpRequest) -> frozenset[str]:
    """Return the rights of the current member, empty outside an organisation."""
    membership: Any = getattr(request, "membership", None)
    return frozenset(right.value for right in Right if membership is not None and may(membership.role, right))
