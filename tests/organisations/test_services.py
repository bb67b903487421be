"""Organisations and their members: what a use case does, what it refuses, and what it leaves in the audit log."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import connection

from prm.organisations import setup
from prm.organisations.models import AuditEntry, Membership, Organisation, Role, User
from prm.organisations.queries import Place, list_organisations_of
from prm.organisations.scope import current_organisation_id, organisation_scope
from prm.organisations.services import (
    add_member,
    change_role,
    create_organisation,
    ensure_person,
    make_slug,
    remove_member,
    update_organisation,
)
from prm.work.errors import Conflict, Invalid, NotFound, Refused
from tests.conftest import World


def entries() -> list[tuple[Any, ...]]:
    fields = ("action", "actor_label", "object_label", "before", "after")
    return list(AuditEntry.objects.order_by("pk").values_list(*fields))


def membership(user: User) -> Membership:
    return Membership.objects.get(user=user)


@pytest.fixture
def person(db: None) -> User:
    return User.objects.create_user("Lea@Atelier.example", full_name="Léa Roux")


@pytest.fixture
def hooks(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int | None]]:
    seen: list[tuple[str, int | None]] = []
    monkeypatch.setattr(setup, "HOOKS", [])
    setup.on_new_organisation(lambda organisation: seen.append((organisation.slug, current_organisation_id())))
    return seen


def test_an_organisation_starts_with_its_admin_and_what_apps_give_it(
    person: User, hooks: list[tuple[str, int | None]]
) -> None:
    organisation = create_organisation(name=" Atelier Léa ", admin=person)
    assert (organisation.slug, organisation.name, organisation.language) == ("atelier-lea", "Atelier Léa", "fr")
    assert hooks == [("atelier-lea", organisation.pk)]
    assert list_organisations_of(person) == [Place(organisation.pk, "atelier-lea", "Atelier Léa", Role.ADMIN)]
    with organisation_scope(organisation.pk):
        assert entries() == [
            (
                "organisation.create",
                "Léa Roux",
                "Atelier Léa",
                {},
                {"name": "Atelier Léa", "slug": "atelier-lea", "language": "fr"},
            ),
            ("membership.create", "Léa Roux", "Léa Roux", {}, {"email": "lea@atelier.example", "role": "admin"}),
        ]


def test_a_hook_is_registered_once(hooks: list[tuple[str, int | None]]) -> None:
    setup.on_new_organisation(setup.HOOKS[0])
    assert len(setup.HOOKS) == 1


def test_a_failing_hook_leaves_no_organisation(person: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(organisation: Organisation) -> None:
        raise RuntimeError(organisation.slug)

    monkeypatch.setattr(setup, "HOOKS", [fail])
    with pytest.raises(RuntimeError, match="atelier"):
        create_organisation(name="Atelier", admin=person)
    assert Organisation.objects.count() == 0


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Société Générale d’Été", "societe-generale-dete"),
        ("  A & B  ", "a-b"),
        ("under_scores", "under-scores"),
        ("日本", "organisation"),
        ("Admin", "admin-prm"),
        ("x" * 80, "x" * 50),
        ("x" * 49 + " y", "x" * 49),
    ],
)
def test_an_address_is_made_from_the_name(name: str, slug: str) -> None:
    # "organisation" is itself reserved.
    assert make_slug(name) == ("organisation-prm" if slug == "organisation" else slug)


def test_the_same_name_gets_the_next_address(person: User) -> None:
    slugs = [create_organisation(name="Atelier", admin=person).slug for _ in range(3)]
    assert slugs == ["atelier", "atelier-2", "atelier-3"]
    long = [create_organisation(name="y" * 60, admin=person).slug for _ in range(2)]
    assert long == ["y" * 50, "y" * 48 + "-2"]


def test_an_address_asked_for_is_taken_as_it_is_or_refused(person: User) -> None:
    assert create_organisation(name="Atelier", slug="my-shop", admin=person).slug == "my-shop"
    with pytest.raises(Conflict, match="An organisation “my-shop” exists already"):
        create_organisation(name="Other", slug="my-shop", admin=person)
    for slug in ("api", "Shop", "-shop", "shop-", "a b", "é", "s" * 51):
        with pytest.raises(Invalid) as refusal:
            create_organisation(name="Other", slug=slug, admin=person)
        assert list(refusal.value.fields) == ["slug"]
    assert Organisation.objects.count() == 1


def test_an_organisation_needs_a_name(person: User) -> None:
    with pytest.raises(Invalid):
        create_organisation(name="  ", admin=person)
    assert Organisation.objects.count() == 0


def test_settings_change_and_only_what_changed_is_noted(scoped: World) -> None:
    changed = update_organisation(scoped.organisation, by=scoped.admin, name=" Solvane\r\nSA ", language="fr")
    assert (changed.name, changed.language) == ("Solvane SA", "fr")
    assert entries() == [
        ("organisation.update", "Admin", "Solvane SA", {"name": "Solvane"}, {"name": "Solvane SA"}),
    ]
    scoped.twin.refresh_from_db()
    assert scoped.twin.name == "Solvane"


def test_settings_kept_as_they_were_leave_no_entry(scoped: World) -> None:
    update_organisation(scoped.organisation, by=scoped.admin, name="Solvane")
    assert entries() == []


def test_only_settings_can_be_changed(scoped: World) -> None:
    with pytest.raises(TypeError, match="slug"):
        update_organisation(scoped.organisation, by=scoped.admin, slug="other")
    with pytest.raises(Invalid):
        update_organisation(scoped.organisation, by=scoped.admin, name=" ")


def test_a_person_is_created_once_whatever_the_case(db: None) -> None:
    first, is_new = ensure_person(email=" Lea@Atelier.example ", password="secret-1234", full_name="Léa")
    again, is_new_again = ensure_person(email="LEA@atelier.example", password="another-one", full_name="Other")
    assert (first, is_new, is_new_again) == (again, True, False)
    again.refresh_from_db()
    assert (again.email, again.full_name) == ("lea@atelier.example", "Léa")
    assert again.check_password("secret-1234")
    assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [
        ("lea@atelier.example", True, True)
    ]


def test_a_member_comes_in_once_and_keeps_their_role(scoped: World, person: User) -> None:
    add_member(scoped.organisation, user=person, role=Role.SALES, by=scoped.admin)
    kept = add_member(scoped.organisation, user=person, role=Role.ADMIN, by=scoped.admin)
    assert kept.role == "sales"
    assert entries() == [
        ("membership.create", "Admin", "Léa Roux", {}, {"email": "lea@atelier.example", "role": "sales"})
    ]


def test_a_role_changes(scoped: World) -> None:
    change_role(scoped.organisation, membership_id=membership(scoped.viewer).pk, role=Role.SALES, by=scoped.admin)
    assert membership(scoped.viewer).role == "sales"
    assert entries() == [("membership.update", "Admin", "Viewer", {"role": "viewer"}, {"role": "sales"})]


def test_the_same_role_changes_nothing(scoped: World) -> None:
    change_role(scoped.organisation, membership_id=membership(scoped.viewer).pk, role=Role.VIEWER, by=scoped.admin)
    assert entries() == []


def test_a_member_goes(scoped: World) -> None:
    remove_member(scoped.organisation, membership_id=membership(scoped.viewer).pk, by=scoped.admin)
    assert not Membership.objects.filter(user=scoped.viewer).exists()
    assert entries() == [
        ("membership.delete", "Admin", "Viewer", {"email": "viewer@solvane.example", "role": "viewer"}, {})
    ]
    assert User.objects.filter(pk=scoped.viewer.pk).exists()


def test_the_last_admin_stays(scoped: World) -> None:
    last = membership(scoped.admin)
    with pytest.raises(Refused, match="Admin is the last admin"):
        change_role(scoped.organisation, membership_id=last.pk, role=Role.VIEWER, by=scoped.admin)
    with pytest.raises(Refused, match="last admin"):
        remove_member(scoped.organisation, membership_id=last.pk, by=scoped.admin)
    assert membership(scoped.admin).role == "admin"
    assert entries() == []


def test_an_admin_who_cannot_sign_in_does_not_count(scoped: World) -> None:
    change_role(scoped.organisation, membership_id=membership(scoped.viewer).pk, role=Role.ADMIN, by=scoped.admin)
    User.objects.filter(pk=scoped.viewer.pk).update(is_active=False)
    with pytest.raises(Refused, match="last admin"):
        remove_member(scoped.organisation, membership_id=membership(scoped.admin).pk, by=scoped.admin)


def test_the_first_admin_may_go_once_there_is_another(scoped: World) -> None:
    change_role(scoped.organisation, membership_id=membership(scoped.viewer).pk, role=Role.ADMIN, by=scoped.admin)
    remove_member(scoped.organisation, membership_id=membership(scoped.admin).pk, by=scoped.viewer)
    assert set(Membership.objects.values_list("user__full_name", "role")) == {
        ("Viewer", "admin"),
        ("Marketer", "marketer"),
        ("Sales", "sales"),
    }


def test_another_organisations_member_does_not_exist_here(scoped: World) -> None:
    with organisation_scope(scoped.twin.pk):
        foreign = membership(scoped.twin_admin).pk
    with pytest.raises(NotFound):
        change_role(scoped.organisation, membership_id=foreign, role=Role.VIEWER, by=scoped.admin)
    with pytest.raises(NotFound):
        remove_member(scoped.organisation, membership_id=foreign, by=scoped.admin)
    with organisation_scope(scoped.twin.pk):
        assert membership(scoped.twin_admin).role == "admin"


def test_two_admins_who_demote_each_other_at_once_leave_one(committed: None, world: World) -> None:
    with organisation_scope(world.organisation.pk):
        change_role(world.organisation, membership_id=membership(world.viewer).pk, role=Role.ADMIN, by=world.admin)
        pairs = [(world.admin, membership(world.viewer).pk), (world.viewer, membership(world.admin).pk)]
    start = Barrier(2)

    def demote(by: User, membership_id: int) -> str:
        try:
            with organisation_scope(world.organisation.pk):
                start.wait(timeout=10)
                change_role(world.organisation, membership_id=membership_id, role=Role.VIEWER, by=by)
        except Refused:
            return "refused"
        finally:
            connection.close()
        return "demoted"

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(lambda pair: demote(*pair), pairs))
    assert answers == ["demoted", "refused"]
    with organisation_scope(world.organisation.pk):
        assert Membership.objects.filter(role=Role.ADMIN).count() == 1
