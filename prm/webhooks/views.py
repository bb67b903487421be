"""Webhooks in the settings, each with what it was told."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.organisations.settings_pages import settings_tabs
from prm.web.pagination import paginate_request
from prm.web.refusals import save
from prm.webhooks import services
from prm.webhooks.forms import WebhookForm
from prm.webhooks.models import Webhook, WebhookMessage
from prm.webhooks.registry import find_event
from prm.webhooks.wording import say_answer

_LIST = "webhooks:webhook_list"


@requires(Right.SETTINGS_EDIT)
def webhook_list(request: OrgRequest) -> HttpResponse:
    """List the webhooks."""
    context = {
        "webhooks": [{"webhook": one, "events": _named(one.events)} for one in Webhook.objects.order_by("name", "pk")],
        "tabs": settings_tabs(request, _LIST),
    }
    return render(request, "webhooks/webhook_list.html", context)


@requires(Right.SETTINGS_EDIT)
def webhook_add(request: OrgRequest) -> HttpResponseBase:
    """Make a webhook; its secret stands on the answer and never again."""
    form = WebhookForm(request.POST if request.method == "POST" else None, only=request.GET.get("only", "")[:60])
    made = None
    if request.method == "POST":
        made = save(form, lambda: services.create_webhook(request.organisation, by=request.user, **form.values))
    context = {
        "form": form,
        "made": made[0] if made else None,
        "secret": made[1] if made else "",
        "tabs": settings_tabs(request, _LIST),
    }
    response = render(request, "webhooks/webhook_add.html", context, status=422 if form.errors else 200)
    add_never_cache_headers(response)
    return response


@requires(Right.SETTINGS_EDIT)
def webhook_detail(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Show a webhook with what it was told and how it answered; POST changes it."""
    webhook = services.get_webhook(pk)
    form = WebhookForm(request.POST if request.method == "POST" else None, webhook=webhook)
    if request.method == "POST":
        kept = save(
            form,
            lambda: services.update_webhook(request.organisation, webhook_id=pk, by=request.user, **form.values),
        )
        if kept:
            messages.success(request, _("The webhook is kept."))
            return redirect(org_reverse(request.organisation, "webhooks:webhook_detail", pk))
    page = paginate_request(WebhookMessage.objects.filter(webhook=webhook), request, ["-id"])
    context = {
        "webhook": webhook,
        "form": form,
        "page": page,
        "rows": [
            {"message": one, "event": ", ".join(_named([one.event])), "answer": say_answer(one)} for one in page.items
        ],
        "tabs": settings_tabs(request, _LIST),
    }
    return render(request, "webhooks/webhook_detail.html", context, status=422 if form.errors else 200)


@require_POST
@requires(Right.SETTINGS_EDIT)
def webhook_try(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Send a trial."""
    services.try_webhook(request.organisation, webhook_id=pk, by=request.user)
    messages.success(request, _("A trial is on its way: its answer stands below in a moment."))
    return redirect(org_reverse(request.organisation, "webhooks:webhook_detail", pk))


@require_POST
@requires(Right.SETTINGS_EDIT)
def webhook_delete(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Remove a webhook."""
    webhook = services.delete_webhook(request.organisation, webhook_id=pk, by=request.user)
    messages.success(request, _("The webhook “%(name)s” is removed.") % {"name": webhook.name})
    return redirect(org_reverse(request.organisation, _LIST))


@require_POST
@requires(Right.SETTINGS_EDIT)
def message_again(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Tell something once more."""
    message = services.send_again(request.organisation, message_id=pk, by=request.user)
    messages.success(request, _("It is told once more."))
    return redirect(org_reverse(request.organisation, "webhooks:webhook_detail", message.webhook_id))


def _named(codes: list[str]) -> list[str]:
    return [str(found.label) if (found := find_event(code)) else code for code in codes]
