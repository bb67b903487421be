"""Pages of an organisation's sources, in its settings."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from enrichment.sources import services
from enrichment.sources.cards import Card, get_allowance, list_cards, sum_cents
from enrichment.sources.forms import SourceForm
from enrichment.sources.services import Way
from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.organisations.settings_pages import settings_tabs
from prm.work.errors import Invalid, NotFound

PAGE = "enrichment:source_list"


@requires(Right.SETTINGS_EDIT)
def source_list(request: OrgRequest) -> HttpResponse:
    """Show every source: how it is, what it was asked, what it costs."""
    cards = list_cards(request.organisation)
    context = {
        "cards": cards,
        "asked": sum(card.chosen.is_asked for card in cards),
        "month_cents": sum_cents(cards),
        "allowance": get_allowance(),
        "tabs": settings_tabs(request, PAGE),
    }
    return render(request, "enrichment/sources/source_list.html", context)


@require_http_methods(["GET", "POST"])
@requires(Right.SETTINGS_EDIT)
def source_edit(request: OrgRequest, source: str) -> HttpResponseBase:
    """Switch a source on or off, set its key and its price."""
    card = _card(request, source)
    form = SourceForm(request.POST or None, source=card.source, choice=card.choice)
    if request.method == "POST" and form.is_valid():
        services.change_source(
            request.organisation,
            name=source,
            is_on=form.cleaned_data.get("is_on", True),
            cost=form.cleaned_data.get("cost"),
            key=form.cleaned_data.get("key", ""),
            by=request.user,
        )
        messages.success(request, _("The settings of this source are kept."))
        return redirect(org_reverse(request.organisation, PAGE))
    context: dict[str, Any] = {"card": card, "form": form, "back": org_reverse(request.organisation, PAGE)}
    return render(request, "enrichment/sources/source_edit.html", context, status=422 if form.errors else 200)


@require_POST
@requires(Right.SETTINGS_EDIT)
def source_key_forget(request: OrgRequest, source: str) -> HttpResponseBase:
    """Remove the organisation's key."""
    services.forget_key(request.organisation, name=source, by=request.user)
    messages.success(request, _("The key is removed."))
    return redirect(org_reverse(request.organisation, PAGE))


@require_POST
@requires(Right.SETTINGS_EDIT)
def source_move(request: OrgRequest, source: str) -> HttpResponseBase:
    """Ask a source earlier or later."""
    try:
        way = Way(request.POST.get("way", ""))
    except ValueError as error:
        raise Invalid(_("Say whether it moves up or down.")) from error
    services.move_source(request.organisation, name=source, way=way, by=request.user)
    return redirect(org_reverse(request.organisation, PAGE))


@require_http_methods(["GET", "POST"])
@requires(Right.SETTINGS_EDIT)
def source_test(request: OrgRequest, source: str) -> HttpResponseBase:
    """Let a worker try a source; htmx follows what comes of it."""
    if request.method == "POST":
        services.request_test(request.organisation, name=source, by=request.user)
    if not request.htmx:
        return redirect(f"{org_reverse(request.organisation, PAGE)}#source-{source}")
    card = _card(request, source)
    context = {"card": card, "is_over": request.method == "GET" and not card.choice.is_being_tested}
    return render(request, "enrichment/sources/_test.html", context)


def _card(request: OrgRequest, name: str) -> Card:
    card = next((one for one in list_cards(request.organisation) if one.source.name == name), None)
    if card is None:
        raise NotFound
    return card
