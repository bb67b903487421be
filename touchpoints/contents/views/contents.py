"""One content: who read it and what came of it; added, changed, put away."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from contacts.personas.queries import FLOOR
from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right, may
from prm.web.numbers import read_id
from prm.web.refusals import save
from touchpoints.attribution.queries import LEAST_CONVERSIONS
from touchpoints.contents import delivering, figures, queries, services
from touchpoints.contents.forms import ContentForm
from touchpoints.contents.models import Content, Served
from touchpoints.contents.tokens import public_url
from touchpoints.interests.queries import list_themes
from touchpoints.lead_forms.models import FormStatus, LeadForm
from touchpoints.queries import list_owners, list_touchpoints


@requires(Right.CONTENTS_VIEW)
def content_detail(request: OrgRequest, pk: int) -> HttpResponse:
    """Show who read a content, for how long, and what came of it. People are named to those who may see contacts."""
    content = queries.get_content(request.organisation, pk)
    names_people = may(request.membership.role, Right.CONTACTS_VIEW)
    page, readers = queries.page_of_readers(content, cursor=request.GET.get("cursor")) if names_people else (None, [])
    ways = figures.get_ways(request.organisation)
    context = {
        "content": content,
        "file": None if content.url else delivering.find_file(content),
        "readings": figures.get_readings_of(request.organisation, content),
        "effect": figures.effect_of(ways.value, content),
        "counted": ways,
        "least": LEAST_CONVERSIONS,
        "floor": FLOOR,
        "days": figures.DAYS,
        "names_people": names_people,
        "page": page,
        "readers": readers,
        "public": public_url(content),
        "is_tracked": delivering.is_tracked(request.organisation, content),
        "gate_is_shut": content.form is not None and not content.form.is_open,
    }
    template = "touchpoints/contents/content_detail.html"
    return render(request, f"{template}#readers" if request.htmx else template, context)


@requires(Right.CONTENTS_EDIT)
def content_add(request: OrgRequest) -> HttpResponseBase:
    """Add a content; what a hole of the grid says is filled in."""
    themes = list_themes(request.organisation)
    asked, stage = read_id(request.GET.get("theme", "")), request.GET.get("stage", "")
    initial = {
        "theme": asked if asked in {one.pk for one in themes} else None,
        "stage": stage if stage in Served.values else Served.SUSPECT,
        "language": request.GET.get("language") or request.organisation.language,
        "owner": request.user.pk,
    }
    form = _form(request, None, initial)
    if request.method == "POST":
        made = save(form, lambda: services.create_content(request.organisation, values=form.values, by=request.user))
        if made:
            messages.success(
                request, _("“%(name)s” is in the library; its public address is below.") % {"name": made.title}
            )
            return redirect(_url(request, made))
    return _form_page(request, form, None, has_themes=bool(themes))


@requires(Right.CONTENTS_EDIT)
def content_edit(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Change a content."""
    content = queries.get_content(request.organisation, pk)
    form = _form(request, content, None)
    if request.method == "POST":
        kept = save(
            form,
            lambda: services.update_content(request.organisation, content_id=pk, values=form.values, by=request.user),
        )
        if kept:
            messages.success(request, _("“%(name)s” is kept as you set it.") % {"name": kept.title})
            return redirect(_url(request, kept))
    return _form_page(request, form, content)


@require_POST
@requires(Right.CONTENTS_EDIT)
def content_archive(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Put a content away."""
    content = services.archive_content(request.organisation, content_id=pk, by=request.user)
    messages.success(request, _("“%(name)s” is put away; its address says so.") % {"name": content.title})
    return redirect(org_reverse(request.organisation, "contents:content_list"))


@require_POST
@requires(Right.CONTENTS_EDIT)
def content_restore(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Bring a content back."""
    content = services.restore_content(request.organisation, content_id=pk, by=request.user)
    messages.success(request, _("“%(name)s” is in the library again.") % {"name": content.title})
    return redirect(_url(request, content))


def _form(request: OrgRequest, content: Content | None, initial: dict[str, Any] | None) -> ContentForm:
    is_post = request.method == "POST"
    live = LeadForm.objects.filter(organisation=request.organisation, status=FormStatus.LIVE, archived_at=None)
    return ContentForm(
        request.POST if is_post else None,
        request.FILES if is_post else None,
        themes=list_themes(request.organisation),
        forms_of=list(live.order_by("name", "pk")),
        touchpoints=list_touchpoints(request.organisation),
        owners=list_owners(request.organisation),
        content=content,
        initial=initial,
    )


def _form_page(
    request: OrgRequest, form: ContentForm, content: Content | None, *, has_themes: bool = True
) -> HttpResponse:
    context = {
        "form": form,
        "content": content,
        "file": delivering.find_file(content) if content else None,
        "has_themes": has_themes,
    }
    return render(request, "touchpoints/contents/content_form.html", context, status=422 if form.errors else 200)


def _url(request: OrgRequest, content: Content) -> str:
    return org_reverse(request.organisation, "contents:content_detail", content.pk)
