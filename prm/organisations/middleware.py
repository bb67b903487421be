"""Finds the organisation in the address, the person's place in it, and opens its scope for the request."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import patch_cache_control

from prm.organisations.models import Membership, Organisation
from prm.organisations.scope import Told, organisation_scope


class OrganisationMiddleware:
    """For `/o/<slug>/...`: not signed in goes to sign in; not a member gets 404, as for one that does not exist."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer with the scope open for as long as the view and its template need it."""
        with ExitStack() as stack:
            request.organisation_stack = stack  # type: ignore[attr-defined]
            response = self.get_response(request)
            organisation: Organisation | None = getattr(request, "organisation", None)
            if isinstance(response, StreamingHttpResponse) and not isinstance(response, FileResponse) and organisation:
                response.streaming_content = _within(organisation.pk, iter(response))
            if getattr(request, "membership", None) and not response.has_header("Cache-Control"):
                # What members see is kept by no proxy, and asked for anew on a shared machine.
                patch_cache_control(response, private=True, no_cache=True)
            return response

    def process_view(
        self, request: Any, view: Callable[..., Any], args: Any, kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Take `slug` out of the view's arguments and set organisation and membership."""
        match = request.resolver_match
        if match is None or not match.route.startswith("o/<slug:organisation_slug>/"):
            return None
        slug = kwargs.pop("organisation_slug")
        is_public = getattr(view, "public", False)
        if not is_public and not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        organisation = _enter(request.organisation_stack, slug)
        if is_public:
            request.organisation = organisation
            return None
        membership = Membership.objects.filter(user=request.user).first()
        if membership is None:
            raise Http404
        membership.organisation = organisation
        request.organisation, request.membership = organisation, membership
        return None


def _enter(stack: ExitStack, slug: str) -> Organisation:
    """Open the scope of the organisation at an address, in the query that finds it; raise Http404."""
    organisation = Organisation.objects.annotate(told=Told()).filter(slug=slug).first()
    if organisation is None:
        raise Http404
    stack.enter_context(organisation_scope(organisation.pk, is_told=True))
    return organisation


def _within(organisation_id: int, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Keep the scope open while an answer is read piece by piece, which happens after the request."""
    with organisation_scope(organisation_id):
        yield from pieces
