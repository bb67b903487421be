"""Who gets in, and what the others are told."""

import pytest
from django.test import Client

from prm.organisations.models import AuditEntry, Membership, Role
from prm.organisations.scope import organisation_scope
from tests.conftest import World

PAGE = "settings/members/"


def test_a_stranger_is_led_to_sign_in_and_back(world: World) -> None:
    answer = Client().get(world.path(PAGE))
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        "/accounts/login/?next=/o/solvane/settings/members/",
    )


def test_a_stranger_learns_nothing_about_which_organisations_exist(world: World) -> None:
    known, unknown = Client().get(world.path(PAGE)), Client().get("/o/nobody/settings/members/")
    assert known.status_code == unknown.status_code == 302


def test_a_member_of_another_organisation_finds_nothing(world: World) -> None:
    client = world.client(world.twin_admin)
    assert client.get(world.path(PAGE)).status_code == 404
    assert client.post(world.path("settings/"), {"name": "Mine"}).status_code == 404
    world.organisation.refresh_from_db()
    assert world.organisation.name == "Solvane"


def test_it_answers_like_an_organisation_that_does_not_exist(world: World) -> None:
    client = world.client(world.twin_admin)
    foreign, nowhere = client.get(world.path(PAGE)), client.get("/o/nowhere/settings/members/")
    assert (foreign.status_code, nowhere.status_code) == (404, 404)
    assert foreign.content.count(b"Solvane") == 0


@pytest.mark.parametrize("role", ["marketer", "sales", "viewer"])
def test_a_role_without_the_right_reads_who_can_grant_it(world: World, role: str) -> None:
    answer = world.client(getattr(world, role)).get(world.path(PAGE))
    assert answer.status_code == 403
    text = answer.content.decode()
    assert f"Your role, {Role(role).label}, does not include this." in text
    assert "An admin of Solvane can change it." in text


def test_a_refused_post_changes_nothing(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        viewer = Membership.objects.get(user=world.viewer)
    answer = world.client(world.viewer).post(world.path(f"settings/members/{viewer.pk}/role/"), {"role": "admin"})
    assert answer.status_code == 403
    with organisation_scope(world.organisation.pk):
        assert Membership.objects.get(pk=viewer.pk).role == "viewer"
        assert AuditEntry.objects.count() == 0


def test_the_admin_gets_in(world: World) -> None:
    assert world.client(world.admin).get(world.path(PAGE)).status_code == 200


def test_a_removed_member_is_out_at_once(world: World) -> None:
    client = world.client(world.viewer)
    assert client.get(world.path("settings/")).status_code == 403
    with organisation_scope(world.organisation.pk):
        Membership.objects.filter(user=world.viewer).delete()
    assert client.get(world.path("settings/")).status_code == 404


def test_one_person_has_a_role_for_each_organisation(world: World) -> None:
    with organisation_scope(world.twin.pk):
        Membership.objects.create(organisation=world.twin, user=world.admin, role=Role.VIEWER)
    client = world.client(world.admin)
    assert client.get(world.path("settings/")).status_code == 200
    assert client.get("/o/solvane-twin/settings/").status_code == 403


def test_what_members_see_is_kept_by_nobody_else(world: World) -> None:
    answer = world.client(world.admin).get(world.path(PAGE))
    assert answer.headers["Cache-Control"] == "private, no-cache"
