"""Reads of how an organisation looks."""

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse

from prm.organisations.models import Organisation
from touchpoints.appearance.models import Appearance, Picture


@dataclass(frozen=True)
class Shown:
    """A picture as a page shows it."""

    url: str
    width: int
    height: int
    name: str = ""

    @property
    def absolute_url(self) -> str:
        """Its address for other sites."""
        return f"{settings.BASE_URL}{self.url}"


@dataclass(frozen=True)
class Look:
    """What stands around everything an organisation shows to strangers."""

    name: str
    logo: Shown | None = None
    colour: str = ""

    @property
    def style_url(self) -> str:
        """The address of the style sheet of its colour; "" without one."""
        return colour_url(self.colour)


def get_look(organisation: Organisation) -> Look:
    """Return how an organisation looks. One query."""
    row = (
        Appearance.objects.filter(organisation=organisation)
        .values_list("colour", "logo__digest", "logo__content_type", "logo__width", "logo__height")
        .first()
    )
    if row is None:
        return Look(organisation.name)
    colour, digest, content_type, width, height = row
    logo = Shown(picture_url(organisation.pk, digest, content_type), width, height) if digest else None
    return Look(organisation.name, logo, colour)


def list_pictures(organisation: Organisation, ids: set[int]) -> dict[int, Shown]:
    """Return these pictures by their ids, another organisation's left out. One query, none for no ids."""
    if not ids:
        return {}
    rows = Picture.objects.filter(organisation=organisation, pk__in=ids)
    return {
        pk: Shown(picture_url(organisation.pk, digest, content_type), width, height, name)
        for pk, digest, content_type, width, height, name in rows.values_list(
            "pk", "digest", "content_type", "width", "height", "name"
        )
    }


def picture_url(organisation_id: int, digest: str, content_type: str) -> str:
    """Return the path of a picture."""
    ending = "jpg" if content_type == "image/jpeg" else "webp"
    return reverse("appearance_public:picture", args=[organisation_id, digest, ending])


def colour_url(colour: str) -> str:
    """Return the path of the style sheet of a colour; "" for none."""
    return reverse("appearance_public:colour", args=[colour[1:]]) if colour else ""
