"""The page on which an organisation's look is set."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.organisations.settings_pages import settings_tabs
from prm.web.refusals import save
from touchpoints.appearance import queries, services
from touchpoints.appearance.colours import DARK_GROUND, LIGHT_GROUND, READABLE, clean_colour, contrast, ink_on
from touchpoints.appearance.forms import AppearanceForm
from touchpoints.appearance.models import Appearance


@dataclass(frozen=True)
class Check:
    """How well a colour can be read: as the ground of a button, and as a link on a page, light or dark."""

    button: float
    ink: str
    light: float
    dark: float

    @property
    def is_link_on_light(self) -> bool:
        """Tell whether links have the colour on light pages."""
        return self.light >= READABLE

    @property
    def is_link_on_dark(self) -> bool:
        """Tell whether links have the colour on dark pages."""
        return self.dark >= READABLE


@requires(Right.PAGES_PUBLISH)
def appearance(request: OrgRequest) -> HttpResponseBase:
    """Show and change logo and colour, with what can be read of it."""
    kept = Appearance.objects.filter(organisation=request.organisation).first()
    is_post = request.method == "POST"
    form = AppearanceForm(request.POST if is_post else None, request.FILES if is_post else None, appearance=kept)
    if is_post:
        done = save(
            form,
            lambda: services.change_appearance(
                request.organisation,
                colour=form.cleaned_data["colour"],
                logo=form.cleaned_data["logo"],
                removes_logo=form.cleaned_data.get("removes_logo", False),
                by=request.user,
            ),
        )
        if done:
            messages.success(request, _("The appearance is kept: people see it now."))
            return redirect(org_reverse(request.organisation, "appearance:appearance"))
    look = queries.get_look(request.organisation)
    colour = look.colour
    if is_post:
        try:
            colour = clean_colour(request.POST.get("colour", ""))
        except ValueError:
            colour = look.colour
    context = {
        "form": form,
        "look": look,
        "check": check_of(colour) if colour else None,
        "tabs": settings_tabs(request, "appearance:appearance"),
    }
    return render(request, "touchpoints/appearance/appearance.html", context, status=422 if form.errors else 200)


@requires(Right.PAGES_PUBLISH)
def appearance_style(request: OrgRequest) -> HttpResponse:
    """Give the style sheet of the colour that is set, for its sample."""
    from_page = queries.get_look(request.organisation).colour or "#17664f"
    style = f".look-sample {{ --sample: {from_page}; --sample-ink: {ink_on(from_page)}; }}\n"
    return HttpResponse(style, content_type="text/css")


def check_of(colour: str) -> Check:
    """Return how well a colour can be read."""
    ink = ink_on(colour)
    return Check(contrast(colour, ink), ink, contrast(colour, LIGHT_GROUND), contrast(colour, DARK_GROUND))
