"""The editor: what a form says and asks, beside how people will see it."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST

from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.web import panels
from prm.web.refusals import save
from prm.work.errors import Invalid
from touchpoints.appearance.colours import clean_colour, style_of
from touchpoints.appearance.queries import get_look
from touchpoints.lead_forms import editing, queries
from touchpoints.lead_forms.document import Document, Element, read_document
from touchpoints.lead_forms.forms import AfterForm, ElementForm, PageForm
from touchpoints.lead_forms.models import LeadForm
from touchpoints.lead_forms.services import freeze
from touchpoints.lead_forms.showing import make_ask
from touchpoints.lead_forms.targets import BUILT_IN, name_of
from touchpoints.lead_forms.views.framing import frame_of
from touchpoints.lead_forms.wording import ICONS, describe
from touchpoints.lead_forms.wording import name_of as called


@requires(Right.FORMS_VIEW)
def form_detail(request: OrgRequest, pk: int) -> HttpResponse:
    """Show what a form asks, what can be added, and how it will look."""
    form = queries.get_form(request.organisation, pk)
    return _detail(request, form)


def _detail(request: OrgRequest, form: LeadForm, *, status: int = 200) -> HttpResponse:
    document = read_document(form.draft)
    offered = queries.list_offered(request.organisation, form.language)
    own = {name_of(one): one.label for one in offered.own}
    purposes = {one.purpose.code: one.label for one in offered.purposes}
    taken = {one.target for one in document.elements}
    context = {
        **frame_of(request, form, "form_detail"),
        "document": document,
        "figures": queries.measure_forms(request.organisation, form).get(form.pk, queries.Figures()),
        "days": queries.PERIOD_DAYS,
        "rows": [
            {
                "element": one,
                "name": called(one, purposes, own),
                "words": describe(one, document, own),
                "icon": ICONS[one.kind],
            }
            for one in document.elements
        ],
        "addable": _addable(offered, taken),
    }
    template = "touchpoints/lead_forms/form_detail.html"
    return render(request, f"{template}#builder" if request.htmx else template, context, status=status)


def _addable(offered: queries.Offered, taken: set[str]) -> list[tuple[str, list[tuple[str, Any]]]]:
    """Return what can be added that is not there yet, in groups."""
    built_in: list[tuple[str, Any]] = [(one.name, one.label) for one in BUILT_IN.values() if one.name not in taken]
    own: list[tuple[str, Any]] = [(name_of(one), one.label) for one in offered.own if name_of(one) not in taken]
    purposes: list[tuple[str, Any]] = [
        (f"consent:{one.purpose.code}", one.label) for one in offered.purposes if one.purpose.code not in taken
    ]
    others: list[tuple[str, Any]] = [
        ("question", _("A question of this form alone")),
        ("text", _("A text")),
        ("hidden", _("A hidden value")),
    ]
    groups = [(_("Person and company"), built_in), (_("Fields of our own"), own), (_("Boxes to tick"), purposes)]
    return [(label, found) for label, found in [*groups, (_("Others"), others)] if found]


@xframe_options_sameorigin
@requires(Right.FORMS_VIEW)
def form_preview(request: OrgRequest, pk: int) -> HttpResponse:
    """Show the draft as people will see it, with what is being typed into its editor. Changes nothing."""
    form = queries.get_form(request.organisation, pk)
    document = freeze(_typed(request, form, read_document(form.draft)), form.language)
    with translation.override(form.language):
        look = get_look(request.organisation)
        colour = org_reverse(request.organisation, "lead_forms:form_colour", pk)
        context = {
            "organisation": request.organisation,
            "form": form,
            "document": document,
            "ask": make_ask(request.organisation, document),
            "way": "page",
            "is_preview": True,
            "preview_url": "",
            "look": look,
            "colour_url": f"{colour}?colour={(document.colour or look.colour)[1:]}",
        }
        response = render(request, "touchpoints/lead_forms/public/page.html", context)
    response._csp_replace = {"frame-ancestors": ["'self'"], "form-action": ["'none'"]}  # type: ignore[attr-defined]
    return response


def _typed(request: OrgRequest, form: LeadForm, document: Document) -> Document:
    """Return the draft with what the editor of an element or of the page holds, as far as that can be shown."""
    if request.method != "POST":
        return document
    if "editing" not in request.POST:
        page = PageForm(request.POST, document=document)
        page.is_valid()
        values = {name: value for name, value in page.cleaned_data.items() if name in {"title", "intro", "button"}}
        try:
            values["colour"] = clean_colour(str(page.cleaned_data.get("colour", "")))
        except ValueError:
            values["colour"] = document.colour
        return replace(document, **values)
    element = document.find(request.POST["editing"])
    if element is None:
        return document
    typed = _element_form(request, form, document, element)
    if not typed.is_valid():
        return document
    try:
        changed = editing.clean_element(document, replace(element, **typed.values))
    except Invalid:
        return document
    return document.with_elements(changed if one.key == element.key else one for one in document.elements)


@requires(Right.FORMS_VIEW)
def form_colour(request: OrgRequest, pk: int) -> HttpResponse:
    """Give the style sheet of the colour that is being chosen."""
    queries.get_form(request.organisation, pk)
    try:
        style = style_of(clean_colour("#" + request.GET.get("colour", "")) if request.GET.get("colour") else "")
    except ValueError:
        style = ""
    return HttpResponse(style, content_type="text/css")


@requires(Right.FORMS_EDIT)
def form_page(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Change what stands around the questions."""
    lead_form = queries.get_form(request.organisation, pk)
    given = request.POST if request.method == "POST" else None
    form = PageForm(given, document=read_document(lead_form.draft))
    if request.method == "POST":
        kept = save(
            form,
            lambda: editing.change_document(
                request.organisation, form_id=pk, values=form.cleaned_data, by=request.user
            ),
        )
        if kept:
            messages.success(request, _("The draft is kept."))
            return redirect(_url(request, pk))
    context = {**frame_of(request, lead_form, "form_detail"), "form": form}
    return render(request, "touchpoints/lead_forms/form_page.html", context, status=422 if form.errors else 200)


@requires(Right.FORMS_EDIT)
def form_after(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Say what follows the sending."""
    lead_form = queries.get_form(request.organisation, pk)
    document = read_document(lead_form.draft)
    is_post = request.method == "POST"
    form = AfterForm(request.POST if is_post else None, request.FILES if is_post else None, document=document)
    if is_post:
        kept = save(
            form,
            lambda: editing.change_after(
                request.organisation, form_id=pk, after=form.after, file=form.new_file, by=request.user
            ),
        )
        if kept:
            messages.success(request, _("The draft is kept."))
            return redirect(org_reverse(request.organisation, "lead_forms:form_after", pk))
    context = {
        **frame_of(request, lead_form, "form_after"),
        "form": form,
        "file": queries.find_file(lead_form, document),
        "panels": panels.render("lead-form", request, lead_form),
    }
    return render(request, "touchpoints/lead_forms/form_after.html", context, status=422 if form.errors else 200)


@require_POST
@requires(Right.FORMS_EDIT)
def element_add(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Put something into the form, and open what has to be written."""
    what = request.POST.get("what", "")
    element = editing.add_element(request.organisation, form_id=pk, what=what, by=request.user)
    if what in {"question", "text", "hidden"}:
        return redirect(org_reverse(request.organisation, "lead_forms:element_edit", pk, element.key))
    if request.htmx:
        return _detail(request, queries.get_form(request.organisation, pk))
    return redirect(_url(request, pk))


@requires(Right.FORMS_EDIT)
def element_edit(request: OrgRequest, pk: int, element: str) -> HttpResponseBase:
    """Change one element beside the preview."""
    lead_form = queries.get_form(request.organisation, pk)
    document = read_document(lead_form.draft)
    one = editing.get_element(document, element)
    form = _element_form(request, lead_form, document, one)
    if request.method == "POST":
        kept = save(
            form,
            lambda: editing.change_element(
                request.organisation, form_id=pk, key=element, values=form.values, by=request.user
            ),
        )
        if kept:
            messages.success(request, _("The draft is kept."))
            return redirect(_url(request, pk))
    context = {**frame_of(request, lead_form, "form_detail"), "form": form, "element": one}
    return render(request, "touchpoints/lead_forms/element_form.html", context, status=422 if form.errors else 200)


@require_POST
@requires(Right.FORMS_EDIT)
def element_move(request: OrgRequest, pk: int, element: str) -> HttpResponseBase:
    """Let an element change places with its neighbour."""
    is_up = request.POST.get("way") == "up"
    editing.move_element(request.organisation, form_id=pk, key=element, is_up=is_up, by=request.user)
    return _after_change(request, pk)


@require_POST
@requires(Right.FORMS_EDIT)
def element_remove(request: OrgRequest, pk: int, element: str) -> HttpResponseBase:
    """Take an element out of the draft."""
    editing.remove_element(request.organisation, form_id=pk, key=element, by=request.user)
    return _after_change(request, pk)


def _after_change(request: OrgRequest, pk: int) -> HttpResponseBase:
    if request.htmx:
        return _detail(request, queries.get_form(request.organisation, pk))
    return redirect(_url(request, pk))


def _element_form(request: OrgRequest, form: LeadForm, document: Document, element: Element) -> ElementForm:
    offered = queries.list_offered(request.organisation, form.language)
    return ElementForm(
        request.POST if request.method == "POST" else None,
        element=element,
        document=document,
        own=offered.own,
        purposes=offered.purposes,
    )


def _url(request: OrgRequest, pk: int) -> str:
    return org_reverse(request.organisation, "lead_forms:form_detail", pk)
