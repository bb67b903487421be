"""Pages of doubles: the queue of pairs, the preview of a merge, the merge with its undoing."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from contacts.doubles import queries
from contacts.doubles.automatic import set_automatic
from contacts.doubles.choosing import choices_of, choose_survivor
from contacts.doubles.deciding import dismiss_pairs
from contacts.doubles.finding import FIND, start_find
from contacts.doubles.merging import MOST_AT_ONCE, merge_contacts, version_of
from contacts.doubles.reasons import REASONS
from contacts.doubles.undoing import can_be_undone, days_left, list_kept, undo_merge
from contacts.fields.models import Subject
from contacts.fields.queries import list_fields
from contacts.fields.values import PREFIX
from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.web.numbers import read_id
from prm.web.pagination import paginate_request
from prm.work.errors import Conflict, Invalid
from prm.work.models import Job


@requires(Right.CONTACTS_VIEW)
def pair_list(request: OrgRequest) -> HttpResponse:
    """Show the pairs that are probably one person, the surest first, side by side."""
    reason = request.GET.get("reason", "")
    found = queries.list_pairs(request.organisation, reason=reason)
    page = paginate_request(found, request, queries.ORDER, size=queries.SHOWN)
    template = "contacts/doubles/pair_list.html"
    context = {
        "page": page,
        "rows": [queries.row_of(pair) for pair in page.items],
        "number": queries.count_open(request.organisation),
        "reason": reason if reason in REASONS else "",
        "reasons": REASONS.items(),
        "watch": queries.get_watch(request.organisation),
        "job": Job.objects.filter(kind=FIND).order_by("-created_at").first(),
        "merges": queries.list_merges(request.organisation)[:5],
    }
    return render(request, f"{template}#rows" if request.htmx else template, context)


@require_POST
@requires(Right.CONTACTS_EDIT)
def pair_dismiss(request: OrgRequest) -> HttpResponseBase:
    """Note that the chosen pairs are not the same person."""
    ids = list(filter(None, map(read_id, request.POST.getlist("pairs"))))
    count = dismiss_pairs(request.organisation, pair_ids=ids, by=request.user)
    text = ngettext("%(n)s pair will not be proposed again.", "%(n)s pairs will not be proposed again.", count)
    messages.success(request, text % {"n": count})
    return redirect(org_reverse(request.organisation, "doubles:pair_list"))


@require_POST
@requires(Right.CONTACTS_EDIT)
def find_start(request: OrgRequest) -> HttpResponseBase:
    """Let a worker look at everybody."""
    start_find(request.organisation, by=request.user)
    messages.success(request, _("Everybody is being looked at; pairs show as they are found."))
    return redirect(org_reverse(request.organisation, "doubles:pair_list"))


@require_POST
@requires(Right.SETTINGS_EDIT)
def watch_edit(request: OrgRequest) -> HttpResponseBase:
    """Switch the merging of certain doubles on or off."""
    is_on = request.POST.get("merges_certain") == "on"
    set_automatic(request.organisation, merges_certain=is_on, by=request.user)
    text = _("Certain doubles are merged by themselves from now on.") if is_on else _("Nothing is merged by itself.")
    messages.success(request, text)
    return redirect(org_reverse(request.organisation, "doubles:pair_list"))


@requires(Right.CONTACTS_EDIT)
def merge_create(request: OrgRequest) -> HttpResponseBase:
    """Show what each contact says, let a person choose value by value, and merge."""
    given = request.POST if request.method == "POST" else request.GET
    ids = sorted(set(filter(None, map(read_id, given.getlist("ids")))))[:MOST_AT_ONCE]
    if not ids:
        return redirect(org_reverse(request.organisation, "doubles:pair_list"))
    people = queries.list_people(request.organisation, ids)
    take = {
        name.removeprefix("take-"): pk for name in given if name.startswith("take-") and (pk := read_id(given[name]))
    }
    survivor_id = read_id(given.get("survivor", "")) or choose_survivor(people).pk
    problem = ""
    if request.method == "POST":
        try:
            merge = merge_contacts(
                request.organisation,
                contact_ids=ids,
                by=request.user,
                survivor_id=survivor_id,
                take=take,
                seen=request.POST.get("seen", ""),
            )
        except (Invalid, Conflict) as refusal:
            problem = str(refusal.message)
        else:
            messages.success(request, _("They are one person now. For thirty days this can be undone."))
            return redirect(org_reverse(request.organisation, "doubles:merge_detail", merge.pk))
    own = list(list_fields(request.organisation, Subject.CONTACT, with_archived=True))
    choices = choices_of(people, take, labels={PREFIX + field.key: field.label for field in own})
    context = {
        "people": people,
        "survivor_id": survivor_id,
        "options": queries.options_of(choices, people, own),
        "email_unsaid": "email" not in take,
        "seen": version_of(people),
        "problem": problem,
        "back": org_reverse(request.organisation, "doubles:pair_list"),
    }
    return render(request, "contacts/doubles/merge_create.html", context, status=422 if problem else 200)


@requires(Right.CONTACTS_VIEW)
def merge_detail(request: OrgRequest, pk: int) -> HttpResponse:
    """Show a merge: who was merged, and whether it can be undone."""
    merge = queries.get_merge(request.organisation, pk)
    context = {
        "merge": merge,
        "can_undo": can_be_undone(merge),
        "days": days_left(merge),
        "kept": list_kept(merge),
    }
    return render(request, "contacts/doubles/merge_detail.html", context)


@require_POST
@requires(Right.CONTACTS_EDIT)
def merge_undo(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Take a merge back."""
    merge = undo_merge(request.organisation, merge_id=pk, by=request.user)
    messages.success(request, _("The merge is undone; this pair is not proposed again."))
    return redirect(org_reverse(request.organisation, "doubles:merge_detail", merge.pk))
