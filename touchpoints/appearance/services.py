"""What members do with how their organisation looks."""

from django.db import transaction
from django.utils.translation import gettext as _

from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation
from prm.work.errors import Invalid
from touchpoints.appearance.colours import clean_colour
from touchpoints.appearance.models import Appearance
from touchpoints.appearance.pictures import LONGEST_LOGO_SIDE, Upload, keep_picture


def change_appearance(
    organisation: Organisation, *, colour: str, by: Actor, logo: Upload | None = None, removes_logo: bool = False
) -> Appearance:
    """Set colour and logo; without a new logo the one there stays, unless it is to be removed. People see it at once.

    Raises Invalid with what is wrong beside its name.
    """
    try:
        cleaned = clean_colour(colour)
    except ValueError as error:
        raise Invalid(fields={"colour": _("Write a colour as #0b6b53.")}) from error
    with transaction.atomic():
        Organisation.objects.select_for_update().get(pk=organisation.pk)
        appearance = Appearance.objects.filter(organisation=organisation).first()
        appearance = appearance or Appearance(organisation=organisation)
        before = _told(appearance)
        appearance.colour = cleaned
        if removes_logo:
            appearance.logo = None
        if logo is not None:
            try:
                appearance.logo = keep_picture(organisation, logo, longest_side=LONGEST_LOGO_SIDE)
            except Invalid as error:
                raise Invalid(fields={"logo": error.message}) from error
        after = _told(appearance)
        if after != before:
            appearance.save()
            audit.record(organisation, by, "appearance.update", appearance, before=before, after=after)
    return appearance


def _told(appearance: Appearance) -> dict[str, object]:
    return {"colour": appearance.colour, "logo": appearance.logo.name if appearance.logo else None}
