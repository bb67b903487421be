"""The organisations a person belongs to, for the switcher."""

from dataclasses import dataclass

from django.db import connection
from django.urls import NoReverseMatch, reverse

from prm.organisations.models import Role, User


@dataclass(frozen=True)
class Place:
    """One organisation, with the person's role in words."""

    slug: str
    name: str
    role: str
    url: str


def list_places(user: User) -> list[Place]:
    """Return the person's organisations by name. One query, across organisations by a function made for it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT slug, name, role FROM organisations_of(%s)", [user.pk])
        rows = cursor.fetchall()
    return [Place(slug, name, str(Role(role).label), _home(slug)) for slug, name, role in rows]


def _home(slug: str) -> str:
    try:
        return reverse("steering:home", args=[slug])
    except NoReverseMatch:
        return f"/o/{slug}/"
