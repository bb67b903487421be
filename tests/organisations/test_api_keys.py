"""Keys of the API: made, shown once, used, revoked."""

from datetime import timedelta

import pytest
from django.http import HttpRequest
from django.test import Client
from django.urls import path as url_path
from django.utils import timezone
from ninja import NinjaAPI

from prm.api.api import api as product
from prm.api.auth import key_for
from prm.organisations.api_keys import create_key, find_key, organisation_of, revoke_key
from prm.organisations.models import ApiKey, AuditEntry
from prm.organisations.rights import Right
from prm.organisations.scope import organisation_scope
from prm.organisations.tokens import hash_token
from prm.work.errors import Invalid, NotFound
from tests.conftest import World


def make(world: World, *scopes: str) -> tuple[ApiKey, str]:
    return create_key(world.organisation, name="Website", scopes=scopes or ("all",), by=world.admin)


def as_if_of(world: World, token: str) -> str:
    """The same secret, with the twin's organisation in the key."""
    with organisation_scope(world.twin.pk):
        _key, foreign = create_key(world.twin, name="Twin", scopes=["all"], by=world.twin_admin)
    changed = "_".join(["prm", foreign.split("_")[1], token.split("_", 2)[2]])
    assert organisation_of(changed) == world.twin
    return changed


def test_a_key_is_kept_as_a_hash(scoped: World) -> None:
    key, token = make(scoped)
    key.refresh_from_db()
    assert token.startswith("prm_")
    assert organisation_of(token) == scoped.organisation
    assert (key.key_hash, key.prefix) == (hash_token(token), token[:12])
    assert token not in str(vars(key))
    assert list(AuditEntry.objects.values_list("action", "actor_label", "object_label", "after")) == [
        ("api_key.create", "Admin", "Website", {"name": "Website", "scopes": ["all"]})
    ]


def test_two_keys_never_have_one_name(scoped: World) -> None:
    names = [make(scoped)[0].name for _ in range(3)]
    assert names == ["Website", "Website 2", "Website 3"]
    revoke_key(scoped.organisation, key_id=ApiKey.objects.get(name="Website 3").pk, by=scoped.admin)
    assert make(scoped)[0].name == "Website 4"


def test_a_key_is_found_in_its_organisation_alone(scoped: World) -> None:
    key, token = make(scoped)
    assert (organisation_of(token), find_key(token)) == (scoped.organisation, key)
    foreign = as_if_of(scoped, token)
    with organisation_scope(scoped.twin.pk):
        assert find_key(token) is None
        assert find_key(foreign) is None


@pytest.mark.parametrize(
    "token", ["", "prm_", "prm_1_short", "prm_zzzzzzzzzzzzz_" + "a" * 43, "Bearer x", "prm_1_" + "é" * 43]
)
def test_what_is_no_key_leads_to_no_organisation(db: None, token: str) -> None:
    assert organisation_of(token) is None


def test_scopes_are_rights(scoped: World) -> None:
    for scopes in ([], ["contacts.viewx"], ["all", "root"]):
        with pytest.raises(Invalid):
            create_key(scoped.organisation, name="x", scopes=scopes, by=scoped.admin)
    assert ApiKey.objects.count() == 0


def test_a_revoked_key_is_found_no_more(scoped: World) -> None:
    key, token = make(scoped)
    revoke_key(scoped.organisation, key_id=key.pk, by=scoped.admin)
    first = ApiKey.objects.get().revoked_at
    revoke_key(scoped.organisation, key_id=key.pk, by=scoped.admin)
    assert find_key(token) is None
    assert ApiKey.objects.get().revoked_at == first
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "api_key.create",
        "api_key.revoke",
    ]


def test_another_organisations_key_cannot_be_revoked(scoped: World) -> None:
    key, token = make(scoped)
    with organisation_scope(scoped.twin.pk), pytest.raises(NotFound):
        revoke_key(scoped.twin, key_id=key.pk, by=scoped.twin_admin)
    assert find_key(token) == key


# --- In a call --------------------------------------------------------------------------------

api = NinjaAPI(urls_namespace="keys_under_test", docs_url=None, openapi_url=None)
api._exception_handlers = product._exception_handlers


@api.get("contacts", auth=key_for(Right.CONTACTS_VIEW))
def contacts(request: HttpRequest) -> dict[str, str]:
    return {"organisation": request.organisation.slug}  # type: ignore[attr-defined]


urlpatterns = [url_path("keys/", api.urls)]
handler404 = "prm.web.errors.not_found"
here = pytest.mark.urls(__name__)


def call(token: str) -> tuple[int, str]:
    answer = Client().get("/keys/contacts", headers={"authorization": f"Bearer {token}", "accept-language": "en"})
    body = answer.json()
    return answer.status_code, body.get("organisation") or body["code"]


@here
def test_a_key_opens_its_organisation(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        _key, every = make(world)
        _key, one = make(world, "contacts.view")
    assert call(every) == call(one) == (200, "solvane")


@here
def test_a_key_without_the_scope_is_refused(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        _key, token = make(world, "contacts.edit", "touchpoints.view")
    assert call(token) == (403, "refused")


@here
def test_no_key_a_wrong_one_and_a_revoked_one_are_not_let_in(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        key, token = make(world)
        revoke_key(world.organisation, key_id=key.pk, by=world.admin)
        _key, other = make(world)
    foreign = as_if_of(world, other)
    assert {call(wrong) for wrong in ("", "x", token, foreign, other[:-1] + "~")} == {(401, "unauthorized")}


@here
def test_the_last_use_is_noted_to_the_minute(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        key, token = make(world)
    call(token)
    with organisation_scope(world.organisation.pk):
        first = ApiKey.objects.get().last_used_at
        assert first is not None
        assert timezone.now() - first < timedelta(seconds=30)
    call(token)
    with organisation_scope(world.organisation.pk):
        assert ApiKey.objects.get().last_used_at == first
        ApiKey.objects.update(last_used_at=first - timedelta(minutes=2))
    call(token)
    with organisation_scope(world.organisation.pk):
        assert ApiKey.objects.get(pk=key.pk).last_used_at >= first  # type: ignore[operator]


# --- In the settings --------------------------------------------------------------------------


def test_a_key_is_shown_once(world: World) -> None:
    client = world.client(world.admin)
    answer = client.post(world.path("settings/api-keys/new/"), {"name": "Website", "scopes": ["contacts.view"]})
    secret = answer.context["secret"]
    assert (answer.status_code, answer.content.decode().count(secret)) == (200, 1)
    assert "no-store" in answer.headers["Cache-Control"]
    page = client.get(world.path("settings/api-keys/")).content.decode()
    assert secret not in page
    assert secret[:12] in page
    assert "See contacts and companies" in page


def test_a_key_needs_a_name_and_a_scope(world: World) -> None:
    answer = world.client(world.admin).post(world.path("settings/api-keys/new/"), {"name": ""})
    assert answer.status_code == 422
    with organisation_scope(world.organisation.pk):
        assert ApiKey.objects.count() == 0


def test_an_admin_revokes_a_key_after_being_asked(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        key, _token = make(world)
    client = world.client(world.admin)
    path = world.path(f"settings/api-keys/{key.pk}/revoke/")
    assert "Revoke the key “Website”?" in client.get(path).content.decode()
    with organisation_scope(world.organisation.pk):
        assert ApiKey.objects.get().revoked_at is None
    assert client.post(path).status_code == 302
    with organisation_scope(world.organisation.pk):
        assert ApiKey.objects.get().revoked_at is not None
