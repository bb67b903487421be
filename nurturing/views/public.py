"""Pages behind the links of messages: no signing in, no cookie, the person's own language."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from nurturing.tokens import read_ticket
from nurturing.unsubscribing import get_subscription
from nurturing.unsubscribing import unsubscribe as leave
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Show the way out; POST, by the button or by a mail program (RFC 8058), goes it. GET changes nothing."""
    ticket = read_ticket(token)
    organisation = Organisation.objects.filter(pk=ticket.organisation_id).first() if ticket else None
    if ticket is None or organisation is None:
        return render(request, "nurturing/unsubscribe_unknown.html", status=404)
    with organisation_scope(organisation.pk):
        if request.method == "POST":
            leave(organisation, ticket)
        subscription = get_subscription(organisation, ticket)
    with translation.override(subscription.language):
        context = {"subscription": subscription, "organisation": organisation}
        response = render(request, "nurturing/unsubscribe.html", context)
        response.headers["Content-Language"] = subscription.language
    return response
