"""Tags on a contact's page, and the page of all tags."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from contacts.queries import find_person
from contacts.tagging import queries, services
from contacts.tagging.forms import MergeForm, RenameForm
from contacts.tagging.models import Tag
from prm.organisations.access import OrgRequest, requires, rights_of
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.web.figures import figure
from prm.web.pagination import paginate_request
from prm.web.tabs import Action
from prm.work.errors import Invalid


@requires(Right.CONTACTS_VIEW)
def tag_list(request: OrgRequest) -> HttpResponse:
    """List the tags with how many contacts bear each."""
    words = request.GET.get("q", "").strip()[:80]
    sort = request.GET.get("sort", "")
    sort = sort if sort in queries.ORDERS else queries.DEFAULT_ORDER
    page = paginate_request(queries.list_tags(request.organisation, words), request, queries.ORDERS[sort])
    context = {
        "page": page,
        "rows": [(tag, _menu(request, tag)) for tag in page.items],
        "words": words,
        "sort": sort,
        "is_empty": not page.items and not words,
    }
    template = "contacts/tagging/tag_list.html"
    return render(request, f"{template}#rows" if request.htmx else template, context)


@requires(Right.CONTACTS_VIEW)
def tag_suggest(request: OrgRequest) -> HttpResponse:
    """Give the field of a new tag the names that fit what is typed."""
    words = request.GET.get("tag", "").strip()[:80]
    names = queries.suggest_tags(request.organisation, words)
    return render(request, "contacts/tagging/_suggestions.html", {"names": names})


@require_POST
@requires(Right.CONTACTS_EDIT)
def contact_tag(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Put a tag on a contact."""
    find_person(request.organisation, pk)
    typed, problem = request.POST.get("tag", ""), ""
    try:
        services.tag_contacts(request.organisation, contact_ids=[pk], names=typed.split(";"), by=request.user)
    except Invalid as refusal:
        problem = str(refusal.fields["tags"])
    return _tags_answer(request, pk, typed=typed if problem else "", problem=problem)


@require_POST
@requires(Right.CONTACTS_EDIT)
def contact_untag(request: OrgRequest, pk: int, tag_pk: int) -> HttpResponseBase:
    """Take a tag from a contact."""
    find_person(request.organisation, pk)
    tag = queries.get_tag(request.organisation, tag_pk)
    services.untag_contacts(request.organisation, contact_ids=[pk], names=[tag.name], by=request.user)
    return _tags_answer(request, pk)


@requires(Right.TAGS_EDIT)
def tag_rename(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Call a tag something else."""
    tag = queries.get_tag(request.organisation, pk)
    form = RenameForm(request.POST or None, initial={"name": tag.name})
    if request.method == "POST" and form.is_valid():
        try:
            services.rename_tag(request.organisation, tag_id=pk, name=form.cleaned_data["name"], by=request.user)
        except Invalid as refusal:
            form.add_error("name", str(next(iter(refusal.fields.values()))))
        else:
            messages.success(request, _("The tag has its new name, everywhere."))
            return redirect(_list_url(request))
    context = {"form": form, "tag": tag, "back": _list_url(request)}
    return render(request, "contacts/tagging/tag_rename.html", context, status=422 if form.errors else 200)


@requires(Right.TAGS_EDIT)
def tag_merge(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Make a tag part of another."""
    tag = queries.get_tag(request.organisation, pk)
    form = MergeForm(request.POST or None, tag=tag, offered=queries.list_offered(request.organisation))
    if request.method == "POST" and form.is_valid():
        into = services.merge_tags(request.organisation, tag_id=pk, into_id=form.cleaned_data["into"], by=request.user)
        words = ngettext(
            "“%(tag)s” is part of “%(into)s” now, which %(n)s contact bears.",
            "“%(tag)s” is part of “%(into)s” now, which %(n)s contacts bear.",
            into.size,
        )
        messages.success(request, words % {"tag": tag.name, "into": into.name, "n": figure(into.size)})
        return redirect(_list_url(request))
    context = {"form": form, "tag": tag, "back": _list_url(request)}
    return render(request, "contacts/tagging/tag_merge.html", context, status=422 if form.errors else 200)


@requires(Right.TAGS_EDIT)
def tag_delete(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Say who bears a tag and what asks for it, then delete it."""
    tag = queries.get_tag(request.organisation, pk)
    if request.method == "POST":
        name = services.delete_tag(request.organisation, tag_id=pk, by=request.user)
        messages.success(request, _("The tag “%(name)s” is deleted; the contacts stay.") % {"name": name})
        return redirect(_list_url(request))
    context = {"tag": tag, "uses": queries.list_uses(request.organisation, tag), "back": _list_url(request)}
    return render(request, "contacts/tagging/tag_delete.html", context)


def _tags_answer(request: OrgRequest, pk: int, *, typed: str = "", problem: str = "") -> HttpResponseBase:
    contact = find_person(request.organisation, pk)
    if not request.htmx and not problem:
        return redirect(org_reverse(request.organisation, "contacts:contact_detail", pk))
    tags = contact.tag_links  # type: ignore[attr-defined]
    context = {"contact": contact, "tags": tags, "typed": typed, "problem": problem}
    template = "contacts/tagging/_tags.html" if request.htmx else "contacts/tagging/contact_tag.html"
    return render(request, template, context, status=422 if problem else 200)


def _menu(request: OrgRequest, tag: Tag) -> list[Action]:
    if Right.TAGS_EDIT.value not in rights_of(request):
        return []
    urls = {
        name: org_reverse(request.organisation, f"tagging:tag_{name}", tag.pk) for name in ("rename", "merge", "delete")
    }
    return [
        Action(_("Rename"), "edit", urls["rename"]),
        Action(_("Make it part of another"), "merge", urls["merge"]),
        Action(_("Delete"), "trash", urls["delete"], is_danger=True),
    ]


def _list_url(request: OrgRequest) -> str:
    return org_reverse(request.organisation, "tagging:tag_list")
