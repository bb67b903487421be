"""Acting on a selection of contacts: the question before, the run while it works, its report, its undoing."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from contacts import presenting
from contacts.bulk import queries, services
from contacts.bulk.actions import ActionForm, BulkAction, BulkLink, get_action, get_button, list_buttons
from contacts.bulk.models import BulkRun
from contacts.bulk.running import UNDONE_WITHIN
from contacts.bulk.selecting import Selection, count_selection, read_selection
from contacts.queries import read_filter
from prm.organisations.access import OrgRequest, requires, rights_of
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.web.figures import figure
from prm.web.pagination import paginate_request
from prm.web.tabs import Action
from prm.web.toasts import add_event, add_toast
from prm.work.errors import Invalid, Refused


def actions_for(request: OrgRequest) -> list[Action]:
    """Return the buttons of the bar below the list that the member may use."""
    return [
        Action(one.label, one.icon, org_reverse(request.organisation, "bulk:bulk_act", one.code), True, one.is_danger)
        for one in list_buttons(rights_of(request))
    ]


@requires(Right.CONTACTS_VIEW)
def selection_count(request: OrgRequest) -> HttpResponse:
    """Say exactly how many the filter of the list matches; null where that takes too long."""
    selection = Selection(query=request.GET.dict())
    number = count_selection(request.organisation, selection)
    return JsonResponse({"number": number, "words": figure(number) if number is not None else _("all that match")})


@require_POST
@requires(Right.CONTACTS_VIEW)
def bulk_act(request: OrgRequest, action: str) -> HttpResponseBase:
    """Ask what an action needs to know; once that is said, begin it."""
    found = get_button(action)
    if found.right.value not in rights_of(request):
        raise Refused
    selection = read_selection(request.POST)
    if isinstance(found, BulkLink):
        return _go(request, found.leads_to(request.organisation, selection))
    is_sent = request.POST.get("confirm") == "1"
    form = found.form(request.organisation, request.POST if is_sent else None)
    if found.is_final:
        form.ask_number(count_selection(request.organisation, selection))
    if is_sent and form.is_valid():
        try:
            run = services.start_run(
                request.organisation, action=action, selection=selection, values=form.values, by=request.user
            )
        except Invalid as refusal:
            form.add_refusal(refusal)
        else:
            return _begun(request, run)
    return _question(request, found, form, selection, status=422 if is_sent else 200)


@requires(Right.CONTACTS_VIEW)
def run_list(request: OrgRequest) -> HttpResponse:
    """List what was done to many contacts."""
    page = paginate_request(queries.list_runs(request.organisation), request, ["-created_at", "-pk"])
    template = "contacts/bulk/run_list.html"
    return render(request, f"{template}#rows" if request.htmx else template, {"page": page})


@requires(Right.CONTACTS_VIEW)
def run_detail(request: OrgRequest, pk: int) -> HttpResponse:
    """Show how far a run is, then whom it changed and whom it left out."""
    run = queries.get_run(request.organisation, pk)
    query = QueryDict(mutable=True)
    query.update(Selection(tuple(run.selection.get("ids", ())), run.selection.get("query", {})).address)
    context = {
        "run": run,
        "job": run.undo_job or run.job,
        "is_over": run.finished_at is not None or (run.job is not None and run.job.is_over),
        "left_out": queries.list_left_out(run),
        "skipped": sum(run.skipped.values()),
        "kept": run.done - run.restored,
        "chips": presenting.describe_filter(request.organisation, read_filter(query)),
        "query": query.urlencode(),
        "can_be_undone": services.can_be_undone(run) and get_action(run.action).right.value in rights_of(request),
        "until": run.created_at + UNDONE_WITHIN,
    }
    return render(request, "contacts/bulk/run_detail.html", context)


@require_POST
@requires(Right.CONTACTS_EDIT)
def run_undo(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Take a run back."""
    run = queries.get_run(request.organisation, pk)
    if get_action(run.action).right.value not in rights_of(request):
        raise Refused
    run = services.start_undo(request.organisation, run_id=pk, by=request.user)
    told = _("The undoing has begun.")
    if run.undone_at is not None:
        told = ngettext("Undone for %(n)s contact.", "Undone for %(n)s contacts.", run.restored) % {
            "n": figure(run.restored)
        }
    if request.htmx:
        response = HttpResponse(status=204)
        add_toast(response, told)
        add_event(response, "list-changed")
        return response
    messages.success(request, told)
    return redirect(_url(request, run))


def _question(
    request: OrgRequest, action: BulkAction, form: ActionForm, selection: Selection, *, status: int
) -> HttpResponse:
    organisation = request.organisation
    context = {
        "action": action,
        "form": form,
        "selection": selection,
        "query": request.POST.get("query", ""),
        "number": form.expected if action.is_final else len(selection.ids) or count_selection(organisation, selection),
        "chips": presenting.describe_filter(request.organisation, selection.filter),
        "back": f"{org_reverse(request.organisation, 'contacts:contact_list')}?{request.POST.get('query', '')}",
    }
    template = "contacts/bulk/_question.html" if request.htmx else "contacts/bulk/bulk_act.html"
    return render(request, template, context, status=status)


def _begun(request: OrgRequest, run: BulkRun) -> HttpResponseBase:
    """Tell what came of a few; of many, lead to where one sees it."""
    if run.job_id is not None or not request.htmx:
        return _go(request, _url(request, run))
    skipped = sum(run.skipped.values())
    told = ngettext("%(title)s: %(n)s contact.", "%(title)s: %(n)s contacts.", run.done) % {
        "title": run.title,
        "n": figure(run.done),
    }
    if skipped:
        told += " " + ngettext("%(n)s was left out.", "%(n)s were left out.", skipped) % {"n": figure(skipped)}
    response = HttpResponse(status=204)
    undo = org_reverse(request.organisation, "bulk:run_undo", run.pk) if services.can_be_undone(run) else ""
    add_toast(response, told, undo_url=undo)
    add_event(response, "close-dialog")
    add_event(response, "list-changed")
    return response


def _go(request: OrgRequest, url: str) -> HttpResponseBase:
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


def _url(request: OrgRequest, run: BulkRun) -> str:
    return org_reverse(request.organisation, "bulk:run_detail", run.pk)
