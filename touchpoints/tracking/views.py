"""Pages of tracking: who is here, where visits come from, which sites are tracked; and a contact's entry point."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from contacts.models import Contact
from prm.organisations.access import OrgRequest, requires, rights_of
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.web.refusals import save
from prm.web.tabs import Tab
from touchpoints.models import InteractionKind, Verdict
from touchpoints.timeline import entry_of
from touchpoints.tracking import queries, sites
from touchpoints.tracking.corrections import correct_visit
from touchpoints.tracking.doubting import confirm_visitor, detach_visitor
from touchpoints.tracking.forms import SiteForm
from touchpoints.tracking.models import How, Site, Visit
from touchpoints.tracking.verdicts import REASONS

DEFAULT_DAYS = 30


@requires(Right.TOUCHPOINTS_VIEW)
def overview(request: OrgRequest) -> HttpResponse:
    """Show who is here now, and the latest visits, narrowed to who acted."""
    organisation = request.organisation
    verdict = request.GET.get("who", "")
    verdict = verdict if verdict in Verdict.values else ""
    page = queries.list_visits(organisation, verdict=verdict, cursor=request.GET.get("cursor") or None)
    context = {
        **_live(request),
        "page": page,
        "rows": [_row(one) for one in page.items],
        "verdict": verdict,
        "verdicts": _verdict_tabs(request, verdict),
        "tabs": _tabs(request, "overview"),
        "sites": queries.list_sites(organisation),
        "here": request.get_full_path(),
    }
    return render(request, "touchpoints/tracking/overview.html", context)


@requires(Right.TOUCHPOINTS_VIEW)
def live(request: OrgRequest) -> HttpResponseBase:
    """Show who is here now, for the page that asks again and again."""
    if not request.htmx:
        return redirect(org_reverse(request.organisation, "tracking:overview"))
    return render(request, "touchpoints/tracking/_live.html", _live(request))


@requires(Right.TOUCHPOINTS_VIEW)
def sources(request: OrgRequest) -> HttpResponse:
    """Show what brought the visits of a period, and how new visitors began."""
    days = _days(request)
    found = queries.find_sources(request.organisation, days=days)
    context = {
        "found": found,
        "days": days,
        "periods": _period_tabs(request, "tracking:sources", days),
        "tabs": _tabs(request, "sources"),
    }
    return render(request, "touchpoints/tracking/sources.html", context)


@requires(Right.TOUCHPOINTS_VIEW)
def networks(request: OrgRequest) -> HttpResponse:
    """Show whose networks the visits of a period came from."""
    organisation, days = request.organisation, _days(request)
    all_sites = queries.list_sites(organisation)
    lines = queries.list_networks(organisation, days=days)
    context = {
        "lines": lines,
        "own": sum(not one.is_weak for one in lines),
        "is_on": any(one.looks_up_networks for one in all_sites),
        "has_files": bool(settings.IP_DATABASES),
        "sites": all_sites,
        "days": days,
        "periods": _period_tabs(request, "tracking:networks", days),
        "tabs": _tabs(request, "networks"),
    }
    return render(request, "touchpoints/tracking/networks.html", context)


@requires(Right.TOUCHPOINTS_VIEW)
def visitor_detail(request: OrgRequest, pk: int) -> HttpResponse:
    """Show one visitor: entry point, visits and what happened in them."""
    visitor = queries.get_visitor(request.organisation, pk)
    page = queries.list_visits_of(visitor, cursor=request.GET.get("cursor") or None)
    acts = queries.list_acts_of(visitor, page.items)
    codes = {one.kind for rows in acts.values() for one in rows}
    kinds = {kind.code: kind for kind in InteractionKind.objects.filter(code__in=codes)}
    rows = [{**_row(one), "acts": [entry_of(act, kinds) for act in acts.get(one.pk, [])]} for one in page.items]
    context = {"visitor": visitor, "page": page, "rows": rows, "how": _how(visitor.joined_how)}
    return render(request, "touchpoints/tracking/visitor_detail.html", context)


@require_POST
@requires(Right.TOUCHPOINTS_EDIT)
def visit_correct(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Say who acted in a visit."""
    visit = correct_visit(request.organisation, visit_id=pk, verdict=request.POST.get("verdict", ""), by=request.user)
    messages.success(
        request,
        _("Kept: a human’s visit. Scores follow in a moment.")
        if visit.verdict == Verdict.HUMAN
        else _("Kept: this visit counts for nothing. Scores, stages and segments were worked out anew."),
    )
    who = request.POST.get("who", "")
    address = org_reverse(request.organisation, "tracking:overview")
    if request.POST.get("from") == "visitor":
        return redirect(org_reverse(request.organisation, "tracking:visitor_detail", visit.visitor_id))
    return redirect(f"{address}?{urlencode({'who': who})}" if who in Verdict.values else address)


@require_POST
@requires(Right.TOUCHPOINTS_EDIT)
def visitor_confirm(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Say that a browser is the contact's whose link was followed."""
    visitor = confirm_visitor(request.organisation, visitor_id=pk, by=request.user)
    messages.success(request, _("Confirmed: this browser is theirs, whoever fills in a form on it."))
    return redirect(org_reverse(request.organisation, "tracking:visitor_detail", visitor.pk))


@require_POST
@requires(Right.TOUCHPOINTS_EDIT)
def visitor_detach(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Say that a browser is not the contact's whose link was followed."""
    visitor = detach_visitor(request.organisation, visitor_id=pk, by=request.user)
    messages.success(
        request, _("Taken back: these visits are nobody’s again. Scores and segments were worked out anew.")
    )
    return redirect(org_reverse(request.organisation, "tracking:visitor_detail", visitor.pk))


# --- Sites --------------------------------------------------------------------------------------


@requires(Right.TOUCHPOINTS_VIEW)
def site_list(request: OrgRequest) -> HttpResponse:
    """Show the sites and whether they send."""
    context = {"sites": queries.list_sites(request.organisation), "tabs": _tabs(request, "sites")}
    return render(request, "touchpoints/tracking/site_list.html", context)


@requires(Right.TOUCHPOINTS_EDIT)
def site_add(request: OrgRequest) -> HttpResponseBase:
    """Add a site."""
    organisation = request.organisation
    form = SiteForm(request.POST or None)
    if request.method == "POST":
        site = save(form, lambda: sites.create_site(organisation, values=form.values, by=request.user))
        if site is not None:
            messages.success(request, _("Put the snippet on the site’s pages: it is told here as soon as it sends."))
            return redirect(org_reverse(organisation, "tracking:site_detail", site.pk))
    return _form_page(request, form, None)


@requires(Right.TOUCHPOINTS_VIEW)
def site_detail(request: OrgRequest, pk: int) -> HttpResponse:
    """Show a site's snippet, whether it sends, and how pages call it."""
    site = queries.get_site(request.organisation, pk)
    if request.htmx:
        return render(request, "touchpoints/tracking/_install.html", {"site": site})
    may_sign = Right.TOUCHPOINTS_EDIT in rights_of(request)
    context = {
        "site": site,
        "snippet": snippet_of(site),
        "secret": sites.secret_of(site) if may_sign else "",
        "has_files": bool(settings.IP_DATABASES),
    }
    return render(request, "touchpoints/tracking/site_detail.html", context)


@requires(Right.TOUCHPOINTS_EDIT)
def site_edit(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Change a site."""
    organisation = request.organisation
    site = queries.get_site(organisation, pk)
    form = SiteForm(request.POST or None, site=site)
    if request.method == "POST":
        kept = save(form, lambda: sites.update_site(organisation, site_id=pk, values=form.values, by=request.user))
        if kept is None:
            return _form_page(request, form, site)
        messages.success(request, _("Kept. It holds for what comes in from now on."))
        return redirect(org_reverse(organisation, "tracking:site_detail", pk))
    return _form_page(request, form, site)


@require_POST
@requires(Right.TOUCHPOINTS_EDIT)
def site_secret(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Give a site another signing secret."""
    sites.renew_secret(request.organisation, site_id=pk, by=request.user)
    messages.success(request, _("A new secret stands below. What the old one signed proves nothing any more."))
    return redirect(org_reverse(request.organisation, "tracking:site_detail", pk))


@require_POST
@requires(Right.TOUCHPOINTS_EDIT)
def site_delete(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Remove a site."""
    site = sites.delete_site(request.organisation, site_id=pk, by=request.user)
    messages.success(request, _("“%(name)s” is no longer tracked. What it brought stays.") % {"name": site.name})
    return redirect(org_reverse(request.organisation, "tracking:site_list"))


def snippet_of(site: Site) -> str:
    """Return what stands in the pages of a site."""
    mode = ' data-mode="audience"' if site.mode == "audience" else ""
    return f'<script async src="{settings.BASE_URL}/t.js" data-site="{site.key}"{mode}></script>'


# --- Pieces -------------------------------------------------------------------------------------


def contact_panel(request: OrgRequest, contact: Contact) -> dict[str, Any] | None:
    """Load how a contact's visits began; None where no browser of theirs is known. One query."""
    visitors = queries.list_visitors_of(contact)
    if not visitors:
        return None
    return {
        "contact": contact,
        "first": visitors[0],
        "visitors": [{"visitor": one, "how": _how(one.joined_how)} for one in visitors],
        "visit_count": sum(one.visit_count for one in visitors),
        "page_count": sum(one.page_count for one in visitors),
        "last_at": max(one.last_at for one in visitors),
    }


def _how(code: str) -> str:
    return str(How(code).label) if code else ""


def _row(visit: Visit) -> dict[str, Any]:
    reason = "" if visit.verdict == Verdict.HUMAN and not visit.is_settled else visit.reason
    return {"visit": visit, "reason": str(REASONS[reason]) if reason in REASONS else ""}


def _live(request: OrgRequest) -> dict[str, Any]:
    found = queries.list_live(request.organisation)
    return {"live": found, "live_rows": [_row(one) for one in found.visits]}


def _tabs(request: OrgRequest, current: str) -> list[Tab]:
    organisation = request.organisation
    return [
        Tab(_("Visits"), org_reverse(organisation, "tracking:overview"), current == "overview"),
        Tab(_("Sources"), org_reverse(organisation, "tracking:sources"), current == "sources"),
        Tab(_("Companies"), org_reverse(organisation, "tracking:networks"), current == "networks"),
        Tab(pgettext("websites", "Sites"), org_reverse(organisation, "tracking:site_list"), current == "sites"),
    ]


def _verdict_tabs(request: OrgRequest, current: str) -> list[Tab]:
    address = org_reverse(request.organisation, "tracking:overview")
    words = {
        "": pgettext("visits", "All"),
        Verdict.HUMAN.value: _("Humans"),
        Verdict.SUSPECT.value: pgettext("visits", "Doubtful"),
        Verdict.BOT.value: _("Robots"),
    }
    return [Tab(word, f"{address}?who={code}" if code else address, code == current) for code, word in words.items()]


def _days(request: OrgRequest) -> int:
    text = request.GET.get("days", "")
    return int(text) if text.isdecimal() and int(text) in queries.PERIODS else DEFAULT_DAYS


def _period_tabs(request: OrgRequest, name: str, current: int) -> list[Tab]:
    address = org_reverse(request.organisation, name)
    return [Tab(_("%(n)s days") % {"n": days}, f"{address}?days={days}", days == current) for days in queries.PERIODS]


def _form_page(request: OrgRequest, form: SiteForm, site: Site | None) -> HttpResponse:
    back = (
        org_reverse(request.organisation, "tracking:site_detail", site.pk)
        if site
        else org_reverse(request.organisation, "tracking:site_list")
    )
    context = {"form": form, "site": site, "back": back}
    return render(request, "touchpoints/tracking/site_form.html", context, status=422 if form.errors else 200)
