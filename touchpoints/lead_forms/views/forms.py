"""The list of forms, and what is done with a whole one."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.web.refusals import save
from prm.web.tabs import Tab
from prm.work.errors import Invalid
from touchpoints.lead_forms import queries, services
from touchpoints.lead_forms.forms import NewForm, SettingsForm
from touchpoints.lead_forms.models import FormStatus, LeadForm
from touchpoints.lead_forms.starting import USUAL, Start
from touchpoints.lead_forms.tokens import public_url
from touchpoints.lead_forms.views.framing import frame_of
from touchpoints.queries import list_touchpoints


@requires(Right.FORMS_VIEW)
def form_list(request: OrgRequest) -> HttpResponse:
    """List the forms with how often they were shown and sent."""
    search, state = request.GET.get("q", "").replace("\x00", "").strip()[:120], request.GET.get("state", "")
    found = queries.list_forms(request.organisation, search=search, state=state)
    states = [("", pgettext("forms", "All"), found.total)]
    states += [(one.value, str(one.label), found.counts.get(one, 0)) for one in FormStatus]
    url = org_reverse(request.organisation, "lead_forms:form_list")
    tabs = [
        Tab(str(word).capitalize(), f"{url}?state={code}" if code else url, code == state, n)
        for code, word, n in states
    ]
    tabs.append(Tab(pgettext("forms", "Archived"), f"{url}?state=archived", state == "archived"))
    context = {
        "found": found,
        "search": search,
        "state": state,
        "states": tabs,
        "days": queries.PERIOD_DAYS,
        "is_empty": not found.total and not search and not state,
        "usual": USUAL,
    }
    template = "touchpoints/lead_forms/form_list.html"
    return render(request, f"{template}#rows" if request.htmx else template, context)


@requires(Right.FORMS_EDIT)
def form_add(request: OrgRequest) -> HttpResponseBase:
    """Make a form from one of the usual ones."""
    touchpoints = list_touchpoints(request.organisation)
    initial = {"language": request.organisation.language, "start": request.GET.get("start", Start.CONTACT.value)}
    form = NewForm(request.POST or None, touchpoints=touchpoints, initial=initial)
    if request.method == "POST":
        made = save(
            form,
            lambda: services.create_form(
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
    return render(request, "touchpoints/lead_forms/form_add.html", context, status=422 if form.errors else 200)


@requires(Right.FORMS_EDIT)
def form_share(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Say where a form may be shown, and give what is put there."""
    lead_form = queries.get_form(request.organisation, pk)
    given = request.POST if request.method == "POST" else None
    form = SettingsForm(given, form=lead_form, touchpoints=list_touchpoints(request.organisation))
    if request.method == "POST":
        kept = save(
            form,
            lambda: services.update_settings(request.organisation, form_id=pk, values=form.values, by=request.user),
        )
        if kept:
            messages.success(request, _("The settings of the form are kept."))
            return redirect(org_reverse(request.organisation, "lead_forms:form_share", pk))
    context = {
        **frame_of(request, lead_form, "form_share"),
        "form": form,
        "script_code": _script_code(lead_form),
        "frame_code": _frame_code(lead_form),
    }
    return render(request, "touchpoints/lead_forms/form_share.html", context, status=422 if form.errors else 200)


@require_POST
@requires(Right.FORMS_EDIT)
def form_publish(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Let people see the draft."""
    try:
        version = services.publish_form(request.organisation, form_id=pk, by=request.user)
    except Invalid as refusal:
        messages.error(request, str(refusal.message))
        return redirect(org_reverse(request.organisation, "lead_forms:form_detail", pk))
    messages.success(request, _("Version %(n)s is published: people see it now.") % {"n": version.number})
    return redirect(org_reverse(request.organisation, "lead_forms:form_share", pk))


@require_POST
@requires(Right.FORMS_EDIT)
def form_close(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Take no more answers."""
    form = services.close_form(request.organisation, form_id=pk, by=request.user)
    messages.success(request, _("“%(name)s” is closed: whoever opens it reads that.") % {"name": form.name})
    return redirect(_url(request, form))


@require_POST
@requires(Right.FORMS_EDIT)
def form_archive(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Put a form away; the notice brings it back."""
    form = services.archive_form(request.organisation, form_id=pk, by=request.user)
    undo = org_reverse(request.organisation, "lead_forms:form_restore", pk)
    text = _("“%(name)s” is archived. What was sent stays.") % {"name": form.name}
    messages.success(request, text, extra_tags=undo)
    return redirect(org_reverse(request.organisation, "lead_forms:form_list"))


@require_POST
@requires(Right.FORMS_EDIT)
def form_restore(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Bring a form back that was put away."""
    form = services.restore_form(request.organisation, form_id=pk, by=request.user)
    messages.success(request, _("“%(name)s” is back; publish it to open it.") % {"name": form.name})
    return redirect(_url(request, form))


@require_POST
@requires(Right.FORMS_EDIT)
def form_duplicate(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Make a draft that says the same."""
    form = services.duplicate_form(request.organisation, form_id=pk, by=request.user)
    messages.success(request, _("“%(name)s” is a draft of its own.") % {"name": form.name})
    return redirect(_url(request, form))


def _script_code(form: LeadForm) -> SafeString:
    """Return what puts a form into a page of another site."""
    return format_html(
        '<script src="{}" async></script>\n<noscript><a href="{}">{}</a></noscript>',
        public_url(form, "script"),
        public_url(form),
        form.name,
    )


def _frame_code(form: LeadForm) -> SafeString:
    """Return what puts a form into a frame that has the height it needs."""
    return format_html(
        '<iframe id="prm-{}" src="{}" title="{}" width="100%" height="600" frameborder="0"></iframe>\n'
        '<script src="{}" data-for="prm-{}" async></script>',
        form.code,
        public_url(form, "frame"),
        form.name,
        public_url(form, "script"),
        form.code,
    )


def _url(request: OrgRequest, form: LeadForm) -> str:
    return org_reverse(request.organisation, "lead_forms:form_detail", form.pk)
