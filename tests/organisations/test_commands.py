"""Creating organisations and keys from the command line."""

import os
import subprocess
import sys
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from prm.organisations.api_keys import find_key, organisation_of
from prm.organisations.models import ApiKey, AuditEntry, Organisation, Role, User
from prm.organisations.queries import list_organisations_of
from prm.organisations.scope import organisation_scope
from tests.conftest import World
from tests.database import ROOT

ARGUMENTS = (
    "create_organisation",
    "atelier",
    "--name",
    "Atelier",
    "--admin",
    "Lea@atelier.example",
    "--password",
    "pw-123",
)


def run(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command(*arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_an_organisation_is_created_with_its_admin(db: None) -> None:
    out, err = run(*ARGUMENTS, "--language", "en")
    assert (out, err) == ("Organisation 'atelier' is ready; lea@atelier.example is its admin.\n", "")
    admin = User.objects.get()
    assert admin.check_password("pw-123")
    assert [(place.slug, place.role) for place in list_organisations_of(admin)] == [("atelier", Role.ADMIN)]
    assert Organisation.objects.get().language == "en"


def test_french_is_what_it_starts_with(db: None) -> None:
    run(*ARGUMENTS)
    assert Organisation.objects.get().language == "fr"


def test_one_that_exists_is_said_clearly_and_nothing_changes(db: None) -> None:
    run(*ARGUMENTS)
    with pytest.raises(CommandError, match="An organisation “atelier” exists already"):
        run("create_organisation", "atelier", "--name", "X", "--admin", "new@atelier.example", "--password", "x")
    assert (Organisation.objects.get().name, User.objects.count()) == ("Atelier", 1)


@pytest.mark.parametrize(
    ("place", "value", "problem"), [(1, "api", "reserved"), (1, "A B", "small letters"), (5, "lea", "not an e-mail")]
)
def test_what_cannot_be_used_is_explained(db: None, place: int, value: str, problem: str) -> None:
    arguments = [*ARGUMENTS]
    arguments[place] = value
    with pytest.raises(CommandError, match=problem):
        run(*arguments)
    assert (Organisation.objects.count(), User.objects.count()) == (0, 0)


def test_an_existing_person_keeps_their_password(world: World) -> None:
    _out, err = run(
        "create_organisation", "second", "--name", "Second", "--admin", "ADMIN@solvane.example", "--password", "x"
    )
    assert err == "admin@solvane.example existed already and keeps their password.\n"
    world.admin.refresh_from_db()
    assert world.admin.check_password("secret-1234")
    assert [place.slug for place in list_organisations_of(world.admin)] == ["second", "solvane"]


def test_a_key_stands_alone_on_its_line(world: World) -> None:
    out, err = run("create_api_key", "--organisation", "solvane", "--scopes", "all", "--name", "Bench")
    assert (out.count("\n"), out.endswith("\n"), err) == (1, True, "")
    token = out.strip()
    assert organisation_of(token) == world.organisation
    with organisation_scope(world.organisation.pk):
        key = find_key(token)
        assert key is not None
        assert (key.name, key.scopes, key.created_by) == ("Bench", ["all"], None)
        assert AuditEntry.objects.get().actor_label == "create_api_key"


def test_scopes_are_separated_by_spaces_or_commas(world: World) -> None:
    run("create_api_key", "--organisation", "solvane", "--scopes", "contacts.view,contacts.edit", "scoring.view")
    with organisation_scope(world.organisation.pk):
        assert ApiKey.objects.get().scopes == ["contacts.view", "contacts.edit", "scoring.view"]


@pytest.mark.parametrize(
    ("slug", "scope", "problem"), [("nobody", "all", "no organisation 'nobody'"), ("solvane", "root", "Choose among")]
)
def test_a_key_that_cannot_be_made_is_explained(world: World, slug: str, scope: str, problem: str) -> None:
    with pytest.raises(CommandError, match=problem):
        run("create_api_key", "--organisation", slug, "--scopes", scope)
    with organisation_scope(world.organisation.pk):
        assert ApiKey.objects.count() == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("create_organisation", "long", "--name", "x" * 121, "--admin", "a@long.example", "--password", "pw-123"),
        ("create_organisation", "long", "--name", "x", "--admin", f"a@{'x.' * 130}example", "--password", "pw-123"),
        ("create_api_key", "--organisation", "solvane", "--scopes", "all", "--name", "x" * 81),
    ],
)
def test_what_is_too_long_is_refused_in_a_line(world: World, arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        run(*arguments)
    assert not Organisation.objects.filter(slug="long").exists()
    assert not User.objects.filter(email__startswith="a@").exists()
    with organisation_scope(world.organisation.pk):
        assert not ApiKey.objects.exists()


def test_from_a_shell(committed: None) -> None:
    """Exit codes and streams as scripts see them."""
    environment = {
        **os.environ,
        "DATABASE_APP_URL": os.environ["TEST_DATABASE_APP_URL"],
        "DATABASE_URL": os.environ["TEST_DATABASE_URL"],
    }

    def shell(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert shell(*ARGUMENTS).returncode == 0
    again = shell(*ARGUMENTS)
    assert (again.returncode, again.stdout) == (1, "")
    assert "atelier" in again.stderr
    made = shell("create_api_key", "--organisation", "atelier", "--scopes", "all")
    assert (made.returncode, made.stderr) == (0, "")
    assert organisation_of(made.stdout.strip()) == Organisation.objects.get(slug="atelier")
    assert made.stdout.strip() == made.stdout.rstrip("\n")
