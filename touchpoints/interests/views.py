"""Pages of themes: the list with its tester, one theme with its rules; and the panel of a contact."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from contacts.models import Contact
from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.web.refusals import save
from prm.web.tabs import Tab
from prm.work.errors import Conflict, Invalid
from touchpoints.interests import queries, rebuilding, services
from touchpoints.interests.forms import FadingForm, RuleForm, ThemeForm, TrialForm
from touchpoints.interests.keeping import half_life_of
from touchpoints.interests.models import Theme
from touchpoints.queries import list_touchpoints


@requires(Right.CONTENTS_VIEW)
def theme_list(request: OrgRequest) -> HttpResponse:
    """List the themes with what gives them acts, how many are interested, and a form to try an address."""
    half_life, people = half_life_of(request.organisation), queries.get_interested(request.organisation)
    context = {
        "lines": queries.list_lines(request.organisation, people.value),
        "people": people,
        "interested": queries.INTERESTED,
        "form": TrialForm(),
        "fading": FadingForm(initial={"half_life_days": half_life}),
        "half_life": half_life,
        "run": rebuilding.find_open_run(),
        "tabs": tabs_of(request, "themes"),
    }
    return render(request, "touchpoints/interests/theme_list.html", context)


@requires(Right.CONTENTS_EDIT)
def theme_add(request: OrgRequest) -> HttpResponseBase:
    """Add a theme."""
    form = ThemeForm(request.POST or None)
    if request.method == "POST":
        made = save(
            form,
            lambda: services.create_theme(
                request.organisation,
                name=form.cleaned_data["name"],
                description=form.cleaned_data["description"],
                by=request.user,
            ),
        )
        if made:
            messages.success(request, _("“%(name)s” is a theme: now say what is of it.") % {"name": made.name})
            return redirect(_url(request, made))
    context = {"form": form, "theme": None}
    return render(request, "touchpoints/interests/theme_form.html", context, status=422 if form.errors else 200)


@requires(Right.CONTENTS_VIEW)
def theme_detail(request: OrgRequest, pk: int) -> HttpResponse:
    """Show one theme: the addresses and touchpoints that are of it, its contents."""
    return _detail(request, queries.get_theme(request.organisation, pk))


def _detail(request: OrgRequest, theme: Theme, form: RuleForm | None = None) -> HttpResponse:
    form = form or RuleForm(touchpoints=list_touchpoints(request.organisation))
    context = {
        "theme": theme,
        "rules": queries.list_rules(request.organisation, theme),
        "contents": queries.list_contents_of(theme),
        "people": queries.get_interested(request.organisation).value.get(theme.pk, 0),
        "interested": queries.INTERESTED,
        "form": form,
        "run": rebuilding.find_open_run(),
        "latest": queries.LATEST,
    }
    return render(request, "touchpoints/interests/theme_detail.html", context, status=422 if form.errors else 200)


@requires(Right.CONTENTS_EDIT)
def theme_edit(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Change what a theme is called."""
    theme = queries.get_theme(request.organisation, pk)
    form = ThemeForm(request.POST or None, theme=theme)
    if request.method == "POST":
        kept = save(
            form,
            lambda: services.update_theme(
                request.organisation,
                theme_id=pk,
                name=form.cleaned_data["name"],
                description=form.cleaned_data["description"],
                by=request.user,
            ),
        )
        if kept:
            messages.success(request, _("“%(name)s” is kept as you set it.") % {"name": kept.name})
            return redirect(_url(request, kept))
    context = {"form": form, "theme": theme}
    return render(request, "touchpoints/interests/theme_form.html", context, status=422 if form.errors else 200)


@require_POST
@requires(Right.CONTENTS_EDIT)
def theme_delete(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Remove a theme that nothing needs any more."""
    try:
        theme = services.delete_theme(request.organisation, theme_id=pk, by=request.user)
    except Conflict as refusal:
        messages.error(request, str(refusal.message))
        return redirect(org_reverse(request.organisation, "interests:theme_detail", pk))
    messages.success(request, _("“%(name)s” is removed, and everybody’s interest in it.") % {"name": theme.name})
    return redirect(org_reverse(request.organisation, "interests:theme_list"))


@require_POST
@requires(Right.CONTENTS_EDIT)
def rule_add(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Let acts at an address or a touchpoint be of a theme."""
    theme = queries.get_theme(request.organisation, pk)
    form = RuleForm(request.POST, touchpoints=list_touchpoints(request.organisation))

    def add() -> object:
        try:
            return services.add_rule(request.organisation, theme_id=pk, values=form.values, by=request.user)
        except Conflict as refusal:
            raise Invalid(refusal.message) from refusal

    if save(form, add):
        messages.success(request, _("What fits is of “%(name)s”; past acts follow meanwhile.") % {"name": theme.name})
        return redirect(_url(request, theme))
    return _detail(request, theme, form)


@require_POST
@requires(Right.CONTENTS_EDIT)
def rule_remove(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Remove a rule; past acts follow."""
    rule = services.remove_rule(request.organisation, rule_id=pk, by=request.user)
    messages.success(request, _("The rule is removed; past acts follow meanwhile."))
    return redirect(_url(request, rule.theme))


@requires(Right.CONTENTS_EDIT)
def fitting(request: OrgRequest) -> HttpResponse:
    """Say what the rule being written would take of the latest interactions."""
    form = RuleForm(request.GET, touchpoints=list_touchpoints(request.organisation))
    form.is_valid()
    touchpoint_id = form.cleaned_data.get("touchpoint")
    asks = not form.errors and (form.patterns or touchpoint_id)
    found = (
        queries.count_fitting(request.organisation, patterns=form.patterns, touchpoint_id=touchpoint_id)
        if asks
        else None
    )
    return render(request, "touchpoints/interests/_fitting.html", {"fitting": found})


@requires(Right.CONTENTS_VIEW)
def trial(request: OrgRequest) -> HttpResponse:
    """Say which themes an address would have, and why."""
    form = TrialForm(request.GET or None)
    tried = queries.try_address(request.organisation, form.cleaned_data["url"]) if form.is_valid() else None
    template = "touchpoints/interests/trial.html"
    return render(request, f"{template}#trial" if request.htmx else template, {"form": form, "tried": tried})


@require_POST
@requires(Right.CONTENTS_EDIT)
def fading(request: OrgRequest) -> HttpResponseBase:
    """Say how quickly interests fade."""
    form = FadingForm(request.POST)
    if form.is_valid():
        services.set_half_life(request.organisation, days=form.cleaned_data["half_life_days"], by=request.user)
        messages.success(request, _("Kept. Everybody’s interests are worked out anew meanwhile."))
    else:
        messages.error(request, " ".join(str(text) for texts in form.errors.values() for text in texts))
    return redirect(org_reverse(request.organisation, "interests:theme_list"))


def contact_panel(request: OrgRequest, contact: Contact) -> dict[str, Any] | None:
    """Return what a contact is interested in, and why. Six queries; nothing where the organisation has no themes."""
    interests = queries.explain_interests(request.organisation, contact)
    if not interests and not Theme.objects.exists():
        return None
    return {"contact": contact, "interests": interests, "half_life": half_life_of(request.organisation)}


def tabs_of(request: OrgRequest, current: str, total: int | None = None) -> list[Tab]:
    """Return the views of contents; `total`: how many are in use, where that is known."""
    organisation = request.organisation
    return [
        Tab(_("Library"), org_reverse(organisation, "contents:content_list"), current == "library", total),
        Tab(_("Coverage"), org_reverse(organisation, "contents:coverage"), current == "coverage"),
        Tab(_("Themes"), org_reverse(organisation, "interests:theme_list"), current == "themes"),
    ]


def _url(request: OrgRequest, theme: Theme) -> str:
    return org_reverse(request.organisation, "interests:theme_detail", theme.pk)
