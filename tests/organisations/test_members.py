"""The pages of members and settings."""

import pytest
from django.test import Client

from prm.organisations.models import AuditEntry, Membership, Organisation, Role
from prm.organisations.scope import organisation_scope
from tests.conftest import World

HTMX = {"hx-request": "true"}


@pytest.fixture
def admin(world: World) -> Client:
    return world.client(world.admin)


def pk_of(world: World, name: str) -> int:
    with organisation_scope(world.organisation.pk):
        return int(Membership.objects.get(user=getattr(world, name)).pk)


def role_of(world: World, name: str) -> str:
    with organisation_scope(world.organisation.pk):
        return Membership.objects.get(user=getattr(world, name)).role


def test_members_are_listed_with_role_and_last_sign_in(world: World, admin: Client) -> None:
    page = admin.get(world.path("settings/members/")).content.decode()
    assert "4 people work here." in page
    for name in ("admin", "marketer", "sales", "viewer"):
        assert page.count(f"{name}@solvane.example") == 1
    assert "twin_admin" not in page
    # The admin has just signed in, the three others never did.
    assert page.count("never") == 3
    assert "(you)" in page


def test_searching_answers_with_the_rows_alone(world: World, admin: Client) -> None:
    part = admin.get(world.path("settings/members/?q=view"), headers=HTMX).content.decode()
    assert "viewer@solvane.example" in part
    assert "marketer@solvane.example" not in part
    assert "<html" not in part
    assert "Nobody by that name" in admin.get(world.path("settings/members/?q=zzz")).content.decode()


def test_a_role_is_changed_by_a_plain_form_and_by_htmx(world: World, admin: Client) -> None:
    path = world.path(f"settings/members/{pk_of(world, 'viewer')}/role/")
    assert admin.post(path, {"role": "sales"}).headers["Location"] == world.path("settings/members/")
    assert role_of(world, "viewer") == "sales"
    answer = admin.post(path, {"role": "marketer"}, headers=HTMX)
    assert (answer.status_code, '<option value="marketer" selected>' in answer.content.decode()) == (200, True)
    assert "Viewer is now: Marketer." in answer.headers["HX-Trigger"]


def test_the_last_admin_is_told_and_the_row_shows_what_is_kept(world: World, admin: Client) -> None:
    path = world.path(f"settings/members/{pk_of(world, 'admin')}/role/")
    answer = admin.post(path, {"role": "viewer"}, headers=HTMX)
    assert answer.status_code == 422
    assert '<option value="admin" selected>' in answer.content.decode()
    assert "Admin is the last admin." in answer.headers["HX-Trigger"]
    assert admin.post(path, {"role": "viewer"}).status_code == 403
    assert role_of(world, "admin") == "admin"


def test_an_invented_role_is_refused(world: World, admin: Client) -> None:
    assert (
        admin.post(world.path(f"settings/members/{pk_of(world, 'viewer')}/role/"), {"role": "root"}).status_code == 422
    )
    assert role_of(world, "viewer") == "viewer"


def test_who_gives_the_admin_role_away_is_led_out_of_the_settings(world: World, admin: Client) -> None:
    admin.post(world.path(f"settings/members/{pk_of(world, 'viewer')}/role/"), {"role": "admin"})
    answer = admin.post(world.path(f"settings/members/{pk_of(world, 'admin')}/role/"), {"role": "sales"})
    assert answer.headers["Location"] == "/o/solvane/"


def test_removing_asks_first(world: World, admin: Client) -> None:
    path = world.path(f"settings/members/{pk_of(world, 'viewer')}/remove/")
    page = admin.get(path).content.decode()
    assert "Remove Viewer from Solvane?" in page
    assert "<html" not in admin.get(path, headers=HTMX).content.decode()
    assert role_of(world, "viewer") == "viewer"
    assert admin.post(path).status_code == 302
    with organisation_scope(world.organisation.pk):
        assert not Membership.objects.filter(user=world.viewer).exists()


def test_roles_are_explained(world: World, admin: Client) -> None:
    page = admin.get(world.path("settings/members/")).content.decode()
    assert "Sees everything, changes nothing" in page
    assert "Claim, accept, reject and recycle MQLs" in page


# --- Settings ---------------------------------------------------------------------------------

VALUES = {
    "name": "Solvane SA",
    "language": "en",
    "time_zone": "Europe/Brussels",
    "sender_name": "Zoé",
    "sender_email": "zoe@solvane.example",
    "postal_address": "1 rue du Lac",
}


def test_settings_are_kept_and_noted(world: World, admin: Client) -> None:
    assert admin.post(world.path("settings/"), VALUES).status_code == 302
    assert Organisation.objects.filter(pk=world.organisation.pk).values(*VALUES).get() == VALUES
    with organisation_scope(world.organisation.pk):
        entry = AuditEntry.objects.get()
    assert (entry.action, entry.before["name"], entry.after["name"]) == ("organisation.update", "Solvane", "Solvane SA")
    world.twin.refresh_from_db()
    assert world.twin.name == "Solvane"


@pytest.mark.parametrize(
    ("field", "value"), [("name", ""), ("time_zone", "Mars/Base"), ("sender_email", "no"), ("language", "de")]
)
def test_a_value_that_cannot_be_used_is_explained_and_nothing_is_kept(
    world: World, admin: Client, field: str, value: str
) -> None:
    answer = admin.post(world.path("settings/"), {**VALUES, field: value})
    page = answer.content.decode()
    assert (answer.status_code, 'aria-invalid="true"' in page) == (422, True)
    # What was typed stands in the form, what is kept stands around it.
    assert "1 rue du Lac" in page
    assert "Solvane, at the address /o/solvane/" in page
    world.organisation.refresh_from_db()
    assert (world.organisation.name, world.organisation.language) == ("Solvane", "fr")


def test_a_member_of_two_organisations_changes_the_one_in_the_address(world: World) -> None:
    with organisation_scope(world.twin.pk):
        Membership.objects.create(organisation=world.twin, user=world.admin, role=Role.ADMIN)
    world.client(world.admin).post("/o/solvane-twin/settings/", VALUES)
    world.organisation.refresh_from_db()
    world.twin.refresh_from_db()
    assert (world.organisation.name, world.twin.name) == ("Solvane", "Solvane SA")
