"""Pages of slots: the list, one with its effect, and what becomes of it."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from prm.conditions.documents import read
from prm.conditions.fields import Vocabulary
from prm.conditions.sentences import sentence
from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right, may
from prm.web.refusals import save
from prm.web.tabs import Tab
from prm.work.errors import Invalid
from touchpoints.lead_forms.models import LeadForm
from touchpoints.slots import queries, services
from touchpoints.slots.document import Document, Goal, GoalKind, Variant, read_document, write_document
from touchpoints.slots.facts import slot_vocabulary
from touchpoints.slots.forms import SettingsForm, SlotForm, goal_choices
from touchpoints.slots.measuring import LEAST_CONVERTED, LEAST_PEOPLE, measure
from touchpoints.slots.models import Slot, SlotVersion
from touchpoints.tracking.queries import list_sites


@requires(Right.TOUCHPOINTS_VIEW)
def slot_list(request: OrgRequest) -> HttpResponse:
    """List the slots, what they show, and whether a site asks for them."""
    organisation = request.organisation
    is_archived = request.GET.get("archived") == "1"
    address = org_reverse(organisation, "slots:slot_list")
    archived = queries.count_archived(organisation)
    context = {
        "rows": queries.list_rows(organisation, is_archived=is_archived),
        "unknown": [] if is_archived else queries.list_unknown(organisation),
        "sites": list_sites(organisation),
        "is_archived": is_archived,
        "tabs": [
            Tab(pgettext("slots", "In use"), address, not is_archived),
            Tab(pgettext("slots", "Archived"), f"{address}?archived=1", is_archived, archived or None),
        ],
    }
    return render(request, "touchpoints/slots/slot_list.html", context)


@requires(Right.TOUCHPOINTS_EDIT)
def slot_add(request: OrgRequest) -> HttpResponseBase:
    """Make a slot."""
    organisation = request.organisation
    is_post = request.method == "POST"
    form = SlotForm(request.POST if is_post else None, initial={"key": request.GET.get("key", "")[:40]})
    if is_post:

        def create() -> Slot:
            data = form.cleaned_data
            return services.create_slot(organisation, name=data["name"], key=data["key"], by=request.user)

        slot = save(form, create)
        if slot is not None:
            return redirect(org_reverse(organisation, "slots:slot_detail", slot.pk))
    context = {"form": form, "back": org_reverse(organisation, "slots:slot_list")}
    return render(request, "touchpoints/slots/slot_form.html", context, status=422 if form.errors else 200)


@dataclass(frozen=True)
class VariantRow:
    """A variant of the draft for people."""

    variant: Variant
    words: str
    # Its condition asks about something that is gone.
    is_stale: bool
    form: LeadForm | None
    form_is_gone: bool


@requires(Right.TOUCHPOINTS_VIEW)
def slot_detail(request: OrgRequest, pk: int) -> HttpResponse:
    """Show a slot: its variants in order, whether sites ask for it, the snippet. Its effect is fetched afterwards."""
    organisation = request.organisation
    slot = queries.get_slot(organisation, pk)
    versions = queries.list_versions(slot)
    chosen = _version(request, slot, versions)
    if request.htmx and "effect" in request.GET:
        return render(request, "touchpoints/slots/_effect.html", _effect(request, slot, chosen))
    document = read_document(slot.draft)
    published = next((one for one in versions if one.number == slot.published_number), None)
    may_edit = may(request.membership.role, Right.TOUCHPOINTS_EDIT) and slot.archived_at is None
    inside = _("What the site itself shows here")
    context = {
        "slot": slot,
        "document": document,
        "rows": _rows(request, document),
        "asks": queries.list_asks(slot),
        "sites": list_sites(organisation),
        "snippet": f'<div data-prm-slot="{slot.key}">{inside}</div>',
        "goal": goal_words(document.goal),
        "may_edit": may_edit,
        "is_changed": published is None or published.document != write_document(document),
        "version": chosen,
        "faults": services.list_faults(organisation, document) if may_edit else [],
        **(_effect(request, slot, chosen) if "effect" in request.GET else {}),
    }
    return render(request, "touchpoints/slots/slot_detail.html", context)


@requires(Right.TOUCHPOINTS_EDIT)
def slot_edit(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Change a slot's name, its control group and its goal."""
    organisation = request.organisation
    slot = queries.get_slot(organisation, pk)
    is_post = request.method == "POST"
    form = SettingsForm(request.POST if is_post else None, slot=slot, document=read_document(slot.draft))
    back = org_reverse(organisation, "slots:slot_detail", pk)
    if is_post:
        kept = save(
            form,
            lambda: services.update_settings(organisation, slot_id=pk, values=form.values, by=request.user),
        )
        if kept is not None:
            messages.success(request, _("Kept in the draft: it holds once it is published."))
            return redirect(back)
    context = {"form": form, "slot": slot, "back": back}
    return render(request, "touchpoints/slots/slot_form.html", context, status=422 if form.errors else 200)


@require_POST
@requires(Right.TOUCHPOINTS_EDIT)
def slot_publish(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Let visitors see the draft."""
    try:
        version = services.publish_slot(request.organisation, slot_id=pk, by=request.user)
    except Invalid as refusal:
        messages.error(request, str(refusal.message))
    else:
        messages.success(request, _("Version %(n)s is what visitors see from now on.") % {"n": version.number})
    return redirect(org_reverse(request.organisation, "slots:slot_detail", pk))


@require_POST
@requires(Right.TOUCHPOINTS_EDIT)
def slot_pause(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Leave the place to the site."""
    services.pause_slot(request.organisation, slot_id=pk, by=request.user)
    messages.success(request, _("Paused: the site shows its own content there."))
    return redirect(org_reverse(request.organisation, "slots:slot_detail", pk))


@require_POST
@requires(Right.TOUCHPOINTS_EDIT)
def slot_archive(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Put a slot away."""
    slot = services.archive_slot(request.organisation, slot_id=pk, by=request.user)
    messages.success(request, _("“%(name)s” is archived; its figures stay.") % {"name": slot.name})
    return redirect(org_reverse(request.organisation, "slots:slot_detail", pk))


@require_POST
@requires(Right.TOUCHPOINTS_EDIT)
def slot_restore(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Bring a slot back."""
    slot = services.restore_slot(request.organisation, slot_id=pk, by=request.user)
    messages.success(request, _("“%(name)s” is back; publish it to show it again.") % {"name": slot.name})
    return redirect(org_reverse(request.organisation, "slots:slot_detail", pk))


def goal_words(goal: Goal) -> str:
    """Return what a slot is there for, in words: an act by its name, a form or a stage with what happens to it."""
    wanted = f"{goal.kind}:{goal.value}"
    for group, choices in goal_choices():
        for value, label in choices:
            if value == wanted:
                return label if goal.kind == GoalKind.KIND else f"{group} ({label})"
    return _("something that is no longer there")


def _rows(request: OrgRequest, document: Document) -> list[VariantRow]:
    words = slot_vocabulary()
    forms = services.forms_of(request.organisation, document)
    return [_row(one, words, forms) for one in document.variants]


def _row(variant: Variant, words: Vocabulary, forms: dict[int, LeadForm]) -> VariantRow:
    form = forms.get(variant.form_id or 0)
    condition = dict(variant.condition)
    is_stale = bool(read(condition, words)[1]) if condition else False
    is_gone = variant.form_id is not None and (form is None or not form.is_open)
    return VariantRow(variant, sentence(condition, words) if condition else "", is_stale, form, is_gone)


def _version(request: OrgRequest, slot: Slot, versions: list[SlotVersion]) -> SlotVersion | None:
    """Return the version whose effect is shown: the one in the address, else the published one."""
    asked = request.GET.get("effect", "")
    number = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 9 else slot.published_number
    return next((one for one in versions if one.number == number), versions[0] if versions else None)


def _effect(request: OrgRequest, slot: Slot, version: SlotVersion | None) -> dict[str, Any]:
    if version is None:
        return {"slot": slot, "version": None, "effect": None}
    document = read_document(version.document)
    address = org_reverse(request.organisation, "slots:slot_detail", slot.pk)
    return {
        "slot": slot,
        "version": version,
        "effect": measure(request.organisation, slot, version, document),
        "goal_of_version": goal_words(document.goal),
        "window_days": document.goal.window_days,
        "control_percent": document.control_percent,
        "least_people": LEAST_PEOPLE,
        "least_converted": LEAST_CONVERTED,
        "versions": [
            Tab(
                _("Version %(n)s") % {"n": one.number},
                f"{address}?effect={one.number}",
                one.number == version.number,
            )
            for one in queries.list_versions(slot)[:4]
        ],
    }
