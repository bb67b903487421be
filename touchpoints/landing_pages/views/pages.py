"""The list of landing pages, and what is done with a whole one."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.web.refusals import save
from prm.web.tabs import Tab
from prm.work.errors import Invalid
from touchpoints.landing_pages import queries, services
from touchpoints.landing_pages.forms import NewPageForm, SettingsForm
from touchpoints.landing_pages.models import LandingPage, PageStatus
from touchpoints.landing_pages.showing import find_site, own_host
from touchpoints.landing_pages.starting import USUAL, Start
from touchpoints.landing_pages.tokens import public_url
from touchpoints.landing_pages.views.framing import frame_of
from touchpoints.queries import list_touchpoints


@requires(Right.PAGES_VIEW)
def page_list(request: OrgRequest) -> HttpResponse:
    """List the pages with how often they were seen and their forms sent."""
    search, state = request.GET.get("q", "").replace("\x00", "").strip()[:120], request.GET.get("state", "")
    found = queries.list_pages(request.organisation, search=search, state=state)
    states = [("", pgettext("pages", "All"), found.total)]
    states += [(one.value, str(one.label), found.counts.get(one, 0)) for one in PageStatus]
    url = org_reverse(request.organisation, "landing_pages:page_list")
    tabs = [
        Tab(str(word).capitalize(), f"{url}?state={code}" if code else url, code == state, n)
        for code, word, n in states
    ]
    tabs.append(Tab(pgettext("pages", "Archived"), f"{url}?state=archived", state == "archived"))
    context = {
        "found": found,
        "search": search,
        "state": state,
        "states": tabs,
        "days": queries.PERIOD_DAYS,
        "is_empty": not found.total and not search and not state,
        "usual": USUAL,
    }
    template = "touchpoints/landing_pages/page_list.html"
    return render(request, f"{template}#rows" if request.htmx else template, context)


@requires(Right.PAGES_EDIT)
def page_add(request: OrgRequest) -> HttpResponseBase:
    """Make a page from one of the usual ones."""
    touchpoints = list_touchpoints(request.organisation)
    initial = {"language": request.organisation.language, "start": request.GET.get("start", Start.WHITE_PAPER.value)}
    form = NewPageForm(request.POST or None, touchpoints=touchpoints, initial=initial)
    if request.method == "POST":
        made = save(
            form,
            lambda: services.create_page(
                request.organisation,
                name=form.cleaned_data["name"],
                language=form.cleaned_data["language"],
                start=Start(form.cleaned_data["start"]),
                touchpoint_id=form.cleaned_data["touchpoint"],
                by=request.user,
            ),
        )
        if made:
            messages.success(
                request, _("“%(name)s” is a draft: nobody sees it before you publish it.") % {"name": made}
            )
            return redirect(_url(request, made))
    context = {"form": form, "usual": USUAL}
    return render(request, "touchpoints/landing_pages/page_add.html", context, status=422 if form.errors else 200)


@requires(Right.PAGES_EDIT)
def page_settings(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Change name, address, language, touchpoint and translation."""
    page = queries.get_page(request.organisation, pk)
    form = SettingsForm(
        request.POST if request.method == "POST" else None,
        page=page,
        touchpoints=list_touchpoints(request.organisation),
        originals=queries.list_originals(request.organisation, page),
    )
    if request.method == "POST":
        kept = save(
            form,
            lambda: services.update_settings(request.organisation, page_id=pk, values=form.values, by=request.user),
        )
        if kept:
            messages.success(request, _("The settings of the page are kept."))
            return redirect(org_reverse(request.organisation, "landing_pages:page_settings", pk))
    context = {
        **frame_of(request, page, "page_settings", queries.list_variants(page)),
        "form": form,
        "translations": queries.list_translations(request.organisation, page),
        "site": find_site(request.organisation, own_host()),
        "host": own_host().partition(":")[0],
    }
    return render(request, "touchpoints/landing_pages/page_settings.html", context, status=422 if form.errors else 200)


@require_POST
@requires(Right.PAGES_PUBLISH)
def page_publish(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Let people see the drafts."""
    try:
        page = services.publish_page(request.organisation, page_id=pk, by=request.user)
    except Invalid as refusal:
        messages.error(request, str(refusal.message))
        return redirect(org_reverse(request.organisation, "landing_pages:page_detail", pk))
    url = public_url(request.organisation, page.slug)
    messages.success(request, _("“%(name)s” is published: people see it now, at %(url)s.") % {"name": page, "url": url})
    return redirect(_url(request, page))


@require_POST
@requires(Right.PAGES_PUBLISH)
def page_close(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Take the page off."""
    page = services.close_page(request.organisation, page_id=pk, by=request.user)
    messages.success(request, _("“%(name)s” is off: whoever opens it reads that it is gone.") % {"name": page})
    return redirect(_url(request, page))


@require_POST
@requires(Right.PAGES_PUBLISH)
def page_archive(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Put a page away; the notice brings it back."""
    page = services.archive_page(request.organisation, page_id=pk, by=request.user)
    undo = org_reverse(request.organisation, "landing_pages:page_restore", pk)
    messages.success(request, _("“%(name)s” is archived. What was sent stays.") % {"name": page.name}, extra_tags=undo)
    return redirect(org_reverse(request.organisation, "landing_pages:page_list"))


@require_POST
@requires(Right.PAGES_EDIT)
def page_restore(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Bring a page back that was put away."""
    page = services.restore_page(request.organisation, page_id=pk, by=request.user)
    messages.success(request, _("“%(name)s” is back; publish it to show it.") % {"name": page.name})
    return redirect(_url(request, page))


@require_POST
@requires(Right.PAGES_EDIT)
def page_duplicate(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Make a draft that says the same, or a translation to be written."""
    language = request.POST.get("language", "")
    try:
        page = services.duplicate_page(request.organisation, page_id=pk, language=language, by=request.user)
    except Invalid as refusal:
        messages.error(request, str(next(iter(refusal.fields.values()), refusal.message)))
        return redirect(org_reverse(request.organisation, "landing_pages:page_detail", pk))
    messages.success(request, _("“%(name)s” is a draft of its own.") % {"name": page.name})
    return redirect(_url(request, page))


def _url(request: OrgRequest, page: LandingPage) -> str:
    return org_reverse(request.organisation, "landing_pages:page_detail", page.pk)
