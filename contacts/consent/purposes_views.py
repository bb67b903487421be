"""Settings, Purposes: what people are asked for, and what they read."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from contacts.consent import purposes
from contacts.consent.forms import PurposeForm
from contacts.consent.models import EMAIL, Purpose
from contacts.consent.queries import Standing, list_standings
from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.organisations.settings_pages import settings_tabs
from prm.web.refusals import save

_LIST = "consent:purpose_list"


@dataclass(frozen=True)
class Row:
    """A purpose with the text in the reader's language and what people answered (None: not counted yet)."""

    standing: Standing
    answers: purposes.Answers | None

    @property
    def can_be_archived(self) -> bool:
        """Tell whether the product can do without it."""
        return self.standing.purpose.code != EMAIL


@requires(Right.SETTINGS_EDIT)
def purpose_list(request: OrgRequest) -> HttpResponse:
    """List the purposes in the order people read them; the answers are counted in a second step."""
    standings = list_standings(request.organisation, None, with_archived=True)
    counts = purposes.count_answers() if request.GET.get("answers") else None
    rows = [Row(one, None if counts is None else counts.get(one.purpose.pk, purposes.Answers())) for one in standings]
    template = "contacts/consent/purpose_list.html"
    context = {
        "tabs": settings_tabs(request, _LIST),
        "rows": [row for row in rows if row.standing.purpose.archived_at is None],
        "archived": [row for row in rows if row.standing.purpose.archived_at is not None],
        "is_counted": counts is not None,
    }
    return render(request, f"{template}#rows" if request.htmx else template, context)


@requires(Right.SETTINGS_EDIT)
def purpose_create(request: OrgRequest) -> HttpResponseBase:
    """Ask people for something more."""
    form = PurposeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        made = save(
            form,
            lambda: purposes.create_purpose(
                request.organisation,
                words=form.words,
                basis=form.cleaned_data["basis"],
                channel=form.cleaned_data["channel"],
                by=request.user,
            ),
        )
        if made:
            messages.success(request, _("People see it on their preference page from now on."))
            return redirect(org_reverse(request.organisation, _LIST))
    return _form_page(request, form, None)


@requires(Right.SETTINGS_EDIT)
def purpose_edit(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Change what people are asked; other words are another version."""
    purpose = purposes.get_purpose_by_id(pk)
    texts = purposes.list_texts(purpose)
    if request.method == "POST":
        form = PurposeForm(request.POST)
        changed = save(
            form,
            lambda: purposes.update_purpose(
                request.organisation,
                purpose_id=pk,
                words=form.words,
                basis=form.cleaned_data["basis"],
                channel=form.cleaned_data["channel"],
                by=request.user,
            ),
        )
        if changed:
            messages.success(request, _("The purpose is kept."))
            return redirect(org_reverse(request.organisation, _LIST))
    else:
        form = PurposeForm(
            initial={"basis": purpose.basis, "channel": purpose.channel, **purposes.words_of(next(iter(texts), None))}
        )
    return _form_page(request, form, purpose)


@require_POST
@requires(Right.SETTINGS_EDIT)
def purpose_archive(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Ask nobody for it any more."""
    purposes.archive_purpose(request.organisation, purpose_id=pk, by=request.user)
    messages.success(request, _("Nobody is asked for it any more. What people said stays in the ledger."))
    return redirect(org_reverse(request.organisation, _LIST))


@require_POST
@requires(Right.SETTINGS_EDIT)
def purpose_restore(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Ask for it again."""
    purposes.restore_purpose(request.organisation, purpose_id=pk, by=request.user)
    messages.success(request, _("People are asked for it again, and stand where they stood."))
    return redirect(org_reverse(request.organisation, _LIST))


@require_POST
@requires(Right.SETTINGS_EDIT)
def purpose_move(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Move a purpose one place up or down on the preference page."""
    purposes.move_purpose(request.organisation, purpose_id=pk, up=request.POST.get("way") == "up")
    return redirect(org_reverse(request.organisation, _LIST))


def _form_page(request: OrgRequest, form: PurposeForm, purpose: Purpose | None) -> HttpResponse:
    texts = purposes.list_texts(purpose) if purpose else []
    context = {
        "form": form,
        "purpose": purpose,
        "texts": texts,
        "back": org_reverse(request.organisation, _LIST),
    }
    return render(request, "contacts/consent/purpose_form.html", context, status=422 if form.errors else 200)
