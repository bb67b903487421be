"""Pages of personas: the target at a glance, one persona with its people, and the form."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from contacts.company_queries import PEOPLE_BY_HEAT
from contacts.models import Contact
from contacts.personas import queries, services
from contacts.personas.forms import PersonaForm
from contacts.personas.models import Persona
from contacts.personas.vocabulary import persona_vocabulary
from prm.conditions.sentences import sentence
from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.web.pagination import paginate_request
from prm.work.errors import Invalid


@requires(Right.SEGMENTS_VIEW)
def persona_list(request: OrgRequest) -> HttpResponse:
    """Show the target: each persona with who fits it and how they convert, and how personas overlap."""
    personas = list(queries.list_personas(request.organisation))
    figures = queries.get_figures(request.organisation)
    words = persona_vocabulary()
    context = {
        "rows": [
            (
                persona,
                persona.segment.description or sentence(persona.segment.condition, words),
                figures.value.conversion(persona.pk),
            )
            for persona in personas
        ],
        "everybody": figures.value.conversion(queries.EVERYBODY),
        "personas": personas,
        "matrix": queries.matrix_of(personas, figures.value),
        "counted_at": figures.at if figures.is_old else None,
        "floor": queries.FLOOR,
        "step_names": dict(enumerate((_("To prospect"), _("To MQL"), _("To customer")))),
    }
    return render(request, "contacts/personas/persona_list.html", context)


@requires(Right.SEGMENTS_VIEW)
def persona_detail(request: OrgRequest, pk: int) -> HttpResponse:
    """Show who fits a persona, how they convert beside everybody else, and whom it shares with others."""
    persona = queries.get_persona(request.organisation, pk)
    others = [one for one in queries.list_personas(request.organisation) if one.pk != pk]
    figures = queries.get_figures(request.organisation)
    context = {
        "persona": persona,
        "segment": persona.segment,
        "sentence": sentence(persona.segment.condition, persona_vocabulary()),
        "page": paginate_request(queries.list_people(persona), request, PEOPLE_BY_HEAT),
        "conversion": figures.value.conversion(pk),
        "everybody": figures.value.conversion(queries.EVERYBODY),
        "shared": [(one, figures.value.overlap(pk, one.pk)) for one in others],
        "floor": queries.FLOOR,
    }
    return render(request, "contacts/personas/persona_detail.html", context)


@requires(Right.SEGMENTS_EDIT)
def persona_create(request: OrgRequest) -> HttpResponseBase:
    """Describe a new persona."""
    form = PersonaForm(request.POST if request.method == "POST" else None)

    def save() -> Persona:
        return services.create_persona(request.organisation, values=form.values, by=request.user)

    return _edit(request, form, None, save)


@requires(Right.SEGMENTS_EDIT)
def persona_edit(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Change what a persona is called or asks."""
    persona = queries.get_persona(request.organisation, pk)
    form = PersonaForm(request.POST if request.method == "POST" else None, persona=persona)

    def save() -> Persona:
        return services.update_persona(request.organisation, persona_id=pk, values=form.values, by=request.user)

    return _edit(request, form, persona, save)


@require_POST
@requires(Right.SEGMENTS_EDIT)
def persona_move(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Move a persona one place up or down in the order."""
    services.move_persona(request.organisation, persona_id=pk, up=request.POST.get("to") != "down", by=request.user)
    return redirect(org_reverse(request.organisation, "personas:persona_list"))


@requires(Right.SEGMENTS_EDIT)
def persona_delete(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Ask whether a persona goes, then remove it."""
    persona = queries.get_persona(request.organisation, pk)
    if request.method == "POST":
        name = services.delete_persona(request.organisation, persona_id=pk, by=request.user)
        messages.success(request, _("The persona “%(name)s” is removed; its people stay.") % {"name": name})
        return redirect(org_reverse(request.organisation, "personas:persona_list"))
    context = {"persona": persona, "segment": persona.segment, "back": _url(request, persona)}
    return render(request, "contacts/personas/persona_delete.html", context)


def contact_panel(request: OrgRequest, contact: Contact) -> dict[str, Any] | None:
    """Load whose persona a person is, for their page; nothing in an organisation without personas."""
    found = queries.list_personas_of(request.organisation, contact)
    return {"personas": found} if found else None


def _edit(
    request: OrgRequest, form: PersonaForm, persona: Persona | None, save: Callable[[], Persona]
) -> HttpResponseBase:
    status = 200
    if request.method == "POST" and not form.editor.is_step:
        status = 422
        if form.is_valid():
            try:
                saved = save()
            except Invalid as refusal:
                form.add_refusal(refusal)
            else:
                messages.success(request, _("“%(name)s” is kept.") % {"name": saved.segment.name})
                return redirect(_url(request, saved))
    context = {
        "form": form,
        "persona": persona,
        "action": request.path,
        "back": _url(request, persona) if persona else org_reverse(request.organisation, "personas:persona_list"),
        "estimate": None,
    }
    return render(request, "contacts/personas/persona_form.html", context, status=status)


def _url(request: OrgRequest, persona: Persona) -> str:
    return org_reverse(request.organisation, "personas:persona_detail", persona.pk)
