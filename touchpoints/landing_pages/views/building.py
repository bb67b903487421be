"""The editor: what a variant says, block by block, beside how people will see it."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST

from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.web.refusals import save
from prm.work.errors import Invalid
from touchpoints.appearance.queries import get_look, list_pictures
from touchpoints.landing_pages import editing, queries
from touchpoints.landing_pages.document import Block, BlockKind, Document, read_document
from touchpoints.landing_pages.forms import BlockForm, LookForm
from touchpoints.landing_pages.models import LandingPage, PageVariant
from touchpoints.landing_pages.services import fault_of
from touchpoints.landing_pages.showing import Sheet, ShownForm, make_parts, read_draft
from touchpoints.landing_pages.views.framing import frame_of
from touchpoints.landing_pages.wording import ICONS, KINDS, code_of, name_of
from touchpoints.lead_forms.models import LeadForm
from touchpoints.lead_forms.showing import Showing, list_published, make_ask

_TEMPLATE = "touchpoints/landing_pages/page_detail.html"
_EDITOR = "touchpoints/landing_pages/block_form.html"


@requires(Right.PAGES_VIEW)
def page_detail(request: OrgRequest, pk: int) -> HttpResponse:
    """Show what a variant says, what can be added, and how it will look."""
    return _detail(request, queries.get_page(request.organisation, pk))


def _detail(request: OrgRequest, page: LandingPage) -> HttpResponse:
    variants = queries.list_variants(page)
    variant = queries.find_variant(variants, request.GET.get("variant", ""))
    document = read_document(variant.draft)
    forms = queries.list_forms(request.organisation, document)
    names = {one.pk: one.name for one in forms}
    live = {one.pk for one in forms if one.is_open}
    pictures = set(list_pictures(request.organisation, document.picture_ids))
    context = {
        **frame_of(request, page, "page_detail", variants),
        "variants": variants,
        "variant": variant,
        "document": document,
        "figures": queries.measure_pages(request.organisation, page).get(page.pk, queries.Figures()),
        "days": queries.PERIOD_DAYS,
        "rows": [
            {
                "block": one,
                "name": name_of(one, names),
                "kind": KINDS[code_of(one)],
                "icon": ICONS[code_of(one)],
                "fault": fault_of(one, live, pictures),
            }
            for one in document.blocks
        ],
        "addable": [(code, KINDS[code]) for code in editing.ADDABLE],
    }
    return render(request, f"{_TEMPLATE}#builder" if request.htmx else _TEMPLATE, context)


@xframe_options_sameorigin
@requires(Right.PAGES_VIEW)
def page_preview(request: OrgRequest, pk: int) -> HttpResponse:
    """Show a draft as people will see it, with what is being typed into its editor. Changes nothing."""
    page = queries.get_page(request.organisation, pk)
    variant = queries.find_variant(queries.list_variants(page), request.GET.get("variant", ""))
    document = _typed(request, read_document(variant.draft))
    reading = read_draft(request.organisation, document)
    with translation.override(page.language):
        published = list_published(request.organisation, document.form_ids)
        forms = {
            one.key: ShownForm(form, Showing(make_ask(request.organisation, form.document, prefix_id=f"{one.key}-")))
            for one in document.blocks
            if one.kind == BlockKind.FORM and (form := published.get(one.form_id or 0)) and form.form.is_open
        }
        look = get_look(request.organisation)
        sheet = Sheet(request.organisation, page, reading, look, make_parts(reading, forms), is_preview=True)
        html = render_to_string("touchpoints/landing_pages/public/page.html", sheet.context)
    response = HttpResponse(html)
    response._csp_replace = {"frame-ancestors": ["'self'"], "form-action": ["'none'"]}  # type: ignore[attr-defined]
    return response


def _typed(request: OrgRequest, document: Document) -> Document:
    """Return the draft with what the editor of a block or of the layout holds, as far as that can be shown."""
    if request.method != "POST":
        return document
    block = document.find(request.POST.get("editing", ""))
    if block is None:
        look = LookForm(request.POST, document=document)
        if "seo_title" not in request.POST or not look.is_valid():
            return document
        return replace(document, is_beside=look.cleaned_data["is_beside"])
    form = _block_form(request, document, block)
    if not form.is_valid():
        return document
    try:
        changed = editing.clean_block(request.organisation, replace(block, **form.values(None)))
    except Invalid:
        return document
    return document.with_blocks(changed if one.key == block.key else one for one in document.blocks)


@requires(Right.PAGES_EDIT)
def page_look(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Change how a variant is laid out, and what it says of itself to search engines and networks."""
    page = queries.get_page(request.organisation, pk)
    variants = queries.list_variants(page)
    variant = queries.find_variant(variants, request.GET.get("variant", ""))
    document = read_document(variant.draft)
    is_post = request.method == "POST"
    form = LookForm(request.POST if is_post else None, request.FILES if is_post else None, document=document)
    if is_post:
        kept = save(
            form,
            lambda: editing.change_document(
                request.organisation,
                page_id=pk,
                letter=variant.letter,
                values=form.values(request.organisation),
                by=request.user,
            ),
        )
        if kept:
            messages.success(request, _("The draft is kept."))
            return redirect(_url(request, pk, variant))
    context = {
        **frame_of(request, page, "page_detail", variants),
        "variant": variant,
        "form": form,
        "picture": read_draft(request.organisation, document).shared_picture,
    }
    return render(request, "touchpoints/landing_pages/page_look.html", context, status=422 if form.errors else 200)


@require_POST
@requires(Right.PAGES_EDIT)
def block_add(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Put a block onto the page, and open what has to be written."""
    page = queries.get_page(request.organisation, pk)
    variant = queries.find_variant(queries.list_variants(page), request.GET.get("variant", ""))
    block = editing.add_block(
        request.organisation, page_id=pk, letter=variant.letter, what=request.POST.get("what", ""), by=request.user
    )
    return redirect(
        _with_variant(org_reverse(request.organisation, "landing_pages:block_edit", pk, block.key), variant)
    )


@requires(Right.PAGES_EDIT)
def block_edit(request: OrgRequest, pk: int, block: str) -> HttpResponseBase:
    """Change one block, in its place in the builder or beside the preview."""
    page = queries.get_page(request.organisation, pk)
    variants = queries.list_variants(page)
    variant = queries.find_variant(variants, request.GET.get("variant", ""))
    document = read_document(variant.draft)
    one = editing.get_block(document, block)
    form = _block_form(request, document, one)
    if request.method == "POST":
        kept = save(
            form,
            lambda: editing.change_block(
                request.organisation,
                page_id=pk,
                letter=variant.letter,
                key=block,
                values=form.values(request.organisation),
                by=request.user,
            ),
        )
        if kept:
            if request.htmx:
                response = _detail(request, page)
                response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#builder", "outerHTML"
                return response
            messages.success(request, _("The draft is kept."))
            return redirect(_url(request, pk, variant))
    context = {
        **frame_of(request, page, "page_detail", variants),
        "variant": variant,
        "form": form,
        "one": one,
        "kind": KINDS[code_of(one)],
        "icon": ICONS[code_of(one)],
        "picture": form.pictures.get(one.picture_id or 0),
        "is_in_place": bool(request.htmx),
    }
    template = f"{_EDITOR}#editor" if request.htmx else _EDITOR
    return render(request, template, context, status=422 if form.errors else 200)


@require_POST
@requires(Right.PAGES_EDIT)
def block_move(request: OrgRequest, pk: int, block: str) -> HttpResponseBase:
    """Let a block change places with its neighbour."""
    page, variant = _found(request, pk)
    is_up = request.POST.get("way") == "up"
    editing.move_block(request.organisation, page_id=pk, letter=variant.letter, key=block, is_up=is_up, by=request.user)
    return _after_change(request, page, variant)


@require_POST
@requires(Right.PAGES_EDIT)
def block_remove(request: OrgRequest, pk: int, block: str) -> HttpResponseBase:
    """Take a block out of the draft."""
    page, variant = _found(request, pk)
    editing.remove_block(request.organisation, page_id=pk, letter=variant.letter, key=block, by=request.user)
    return _after_change(request, page, variant)


def _found(request: OrgRequest, pk: int) -> tuple[LandingPage, PageVariant]:
    page = queries.get_page(request.organisation, pk)
    return page, queries.find_variant(queries.list_variants(page), request.GET.get("variant", ""))


def _after_change(request: OrgRequest, page: LandingPage, variant: PageVariant) -> HttpResponseBase:
    return _detail(request, page) if request.htmx else redirect(_url(request, page.pk, variant))


def _block_form(request: OrgRequest, document: Document, block: Block) -> BlockForm:
    is_post = request.method == "POST"
    is_form = block.kind == BlockKind.FORM
    forms: list[LeadForm] = queries.list_forms(request.organisation, document) if is_form else []
    data: Any = request.POST if is_post else None
    files: Any = request.FILES if is_post else None
    pictures = list_pictures(request.organisation, block.picture_ids)
    return BlockForm(data, files, block=block, forms_of=forms, pictures=pictures)


def _url(request: OrgRequest, pk: int, variant: PageVariant) -> str:
    return _with_variant(org_reverse(request.organisation, "landing_pages:page_detail", pk), variant)


def _with_variant(url: str, variant: PageVariant) -> str:
    return f"{url}?variant={variant.letter}"
