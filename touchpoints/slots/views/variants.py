"""The editor of variants, beside how they will look; and who would see which."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST

from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.web.refusals import add_refusal
from prm.work.errors import Invalid, NotFound
from touchpoints.lead_forms.models import LeadForm
from touchpoints.slots import queries, services
from touchpoints.slots.cleaning import LONGEST_HTML, clean_html, form_html, lost
from touchpoints.slots.document import Variant, read_document
from touchpoints.slots.forms import TrialForm, VariantForm
from touchpoints.slots.marks import MARKS, fill
from touchpoints.slots.models import Slot
from touchpoints.slots.trying import try_slot
from touchpoints.tracking.queries import list_sites


@requires(Right.TOUCHPOINTS_EDIT)
def variant_add(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Add a variant."""
    slot = _open(request, pk)
    return _edit(request, slot, None)


@requires(Right.TOUCHPOINTS_EDIT)
def variant_edit(request: OrgRequest, pk: int, variant: str) -> HttpResponseBase:
    """Change a variant of the draft."""
    slot = _open(request, pk)
    return _edit(request, slot, _find(slot, variant))


@require_POST
@requires(Right.TOUCHPOINTS_EDIT)
def variant_move(request: OrgRequest, pk: int, variant: str) -> HttpResponseBase:
    """Let a variant change places with its neighbour."""
    up = request.POST.get("way") == "up"
    services.move_variant(request.organisation, slot_id=pk, key=variant, up=up, by=request.user)
    return redirect(org_reverse(request.organisation, "slots:slot_detail", pk))


@require_POST
@requires(Right.TOUCHPOINTS_EDIT)
def variant_remove(request: OrgRequest, pk: int, variant: str) -> HttpResponseBase:
    """Take a variant out of the draft."""
    services.remove_variant(request.organisation, slot_id=pk, key=variant, by=request.user)
    messages.success(request, _("Removed from the draft; what was published stays until the next version."))
    return redirect(org_reverse(request.organisation, "slots:slot_detail", pk))


@xframe_options_sameorigin
@requires(Right.TOUCHPOINTS_VIEW)
def variant_preview(request: OrgRequest, pk: int) -> HttpResponse:
    """Show a variant alone, or what is being typed, as far as it may be shown. Changes nothing."""
    slot = queries.get_slot(request.organisation, pk)
    if request.method == "POST":
        html, form_id = request.POST.get("html", ""), request.POST.get("form", "")
    else:
        variant = read_document(slot.draft).find(request.GET.get("variant", ""))
        html, form_id = (variant.html, str(variant.form_id or "")) if variant else ("", "")
    if form_id.isascii() and form_id.isdecimal() and len(form_id) < 19:
        form = LeadForm.objects.filter(organisation=request.organisation, pk=int(form_id)).first()
        html += form_html(form) if form is not None and form.is_open else ""
    cleaned = clean_html(fill(html[: LONGEST_HTML * 2], {}))
    response = render(request, "touchpoints/slots/preview.html", {"html": cleaned, "slot": slot})
    # Nothing of it runs, and it leads nowhere: the frame around it says so as well.
    response._csp_replace = {  # type: ignore[attr-defined]
        "frame-ancestors": ["'self'"],
        "script-src": ["'none'"],
        "img-src": ["'self'", "https:", "data:"],
        "frame-src": ["'self'"],
        "form-action": ["'none'"],
    }
    return response


@requires(Right.TOUCHPOINTS_VIEW)
def slot_try(request: OrgRequest, pk: int) -> HttpResponse:
    """Say which variant somebody would see, and why. Changes nothing."""
    organisation = request.organisation
    slot = queries.get_slot(organisation, pk)
    sites = list_sites(organisation)
    is_post = request.method == "POST"
    first = f"https://{sites[0].hosts[0]}/" if sites else ""
    form = TrialForm(request.POST if is_post else None, initial={"url": first})
    document = read_document(slot.draft)
    tried = None
    if is_post and form.is_valid():
        data = form.cleaned_data
        tried = try_slot(
            organisation,
            document,
            url=data["url"],
            referrer=data["referrer"],
            language=data["language"],
            contact=form.contact,
            hosts=[host for site in sites for host in site.hosts],
            today=data["day"],
        )
    context = {
        "slot": slot,
        "document": document,
        "form": form,
        "tried": tried,
        "shown": next((one for one in tried if one.is_shown), None) if tried else None,
        "contact": form.contact,
    }
    return render(request, "touchpoints/slots/slot_try.html", context, status=422 if form.errors else 200)


def _open(request: OrgRequest, pk: int) -> Slot:
    slot = queries.get_slot(request.organisation, pk)
    if slot.archived_at is not None:
        raise NotFound
    return slot


def _find(slot: Slot, key: str) -> Variant:
    variant = read_document(slot.draft).find(key)
    if variant is None:
        raise NotFound
    return variant


def _edit(request: OrgRequest, slot: Slot, variant: Variant | None) -> HttpResponseBase:
    organisation = request.organisation
    data = request.POST if request.method == "POST" else None
    form = VariantForm(data, variant=variant, known_forms=queries.list_forms(organisation))
    back = org_reverse(organisation, "slots:slot_detail", slot.pk)
    status = 200
    if data is not None and not form.editor.is_step:
        status = 422
        if form.is_valid():
            try:
                kept = _keep(request, slot, variant, form)
            except Invalid as refusal:
                add_refusal(form, refusal)
            else:
                _tell(request, form, kept)
                return redirect(back)
    context: dict[str, Any] = {
        "slot": slot,
        "variant": variant,
        "form": form,
        "action": request.path,
        "back": back,
        "marks": MARKS.items(),
    }
    return render(request, "touchpoints/slots/variant_form.html", context, status=status)


def _keep(request: OrgRequest, slot: Slot, variant: Variant | None, form: VariantForm) -> Variant:
    if variant is None:
        return services.add_variant(request.organisation, slot_id=slot.pk, values=form.values, by=request.user)
    return services.update_variant(
        request.organisation, slot_id=slot.pk, key=variant.key, values=form.values, by=request.user
    )


def _tell(request: OrgRequest, form: VariantForm, kept: Variant) -> None:
    gone = lost(form.cleaned_data["html"], kept.html)
    if gone:
        words = _("Kept without what may not stand in a page: %(parts)s.")
        messages.warning(request, words % {"parts": ", ".join(gone[:8])})
    else:
        messages.success(request, _("“%(name)s” is kept in the draft.") % {"name": kept.name})
