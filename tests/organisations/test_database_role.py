"""The application's role is plain, and the product refuses to run as anything else."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import ProgrammingError, connection, transaction

from prm.organisations import audit
from prm.organisations.scope import organisation_scope
from tests.conftest import World
from tests.database import ROOT, owner_connection
from tests.organisations.catalogue import tenant_tables


def run(statement: str) -> list[tuple]:  # type: ignore[type-arg]
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []


def test_it_is_plain_and_owns_nothing(db: None) -> None:
    role = run(
        "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
    )
    assert role == [(settings.DATABASE_APP_ROLE, False, False, False, False)]
    assert run("SELECT count(*) FROM pg_class WHERE pg_has_role(current_user, relowner, 'MEMBER')") == [(0,)]


def test_it_cannot_empty_change_or_drop_a_table(db: None) -> None:
    for table in tenant_tables():
        if table.is_partition:
            continue
        for statement in (
            "TRUNCATE {} CASCADE",
            "ALTER TABLE {} DISABLE ROW LEVEL SECURITY",
            "ALTER TABLE {} NO FORCE ROW LEVEL SECURITY",
            "DROP POLICY organisation ON {}",
            "CREATE POLICY mine ON {} USING (true)",
            "DROP TABLE {}",
        ):
            with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), transaction.atomic():
                run(statement.format(table.name))


def test_it_cannot_make_tables_or_become_the_owner(db: None) -> None:
    owner = run("SELECT tableowner FROM pg_tables WHERE tablename = 'organisations_membership'")[0][0]
    for statement in ("CREATE TABLE mine (id int)", f'SET ROLE "{owner}"', "UPDATE django_migrations SET name = ''"):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            run(statement)


def test_it_cannot_rewrite_the_audit_log(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        audit.record(world.organisation, world.admin, "membership.create", after={"role": "viewer"})
        for statement in ("UPDATE organisations_auditentry SET action = 'x'", "DELETE FROM organisations_auditentry"):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                run(statement)
        assert run("SELECT action FROM organisations_auditentry") == [("membership.create",)]


def test_functions_that_see_more_are_closed_to_others_and_to_tricks(db: None) -> None:
    """What runs with the owner's rights is granted by name and finds its tables whatever the caller's path is."""
    functions = run(
        "SELECT proname, coalesce(proconfig::text, ''), has_function_privilege('public', oid, 'EXECUTE')"
        " FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace ORDER BY proname"
    )
    assert {"organisations_of", "work_due"} <= {name for name, _config, _public in functions}
    assert [name for name, config, _public in functions if "search_path=" not in config] == []
    assert [name for name, _config, public in functions if public] == []


FIRST_CONNECTION = (
    "import django; django.setup(); from django.db import connection; cursor = connection.cursor();"
    " cursor.execute('SELECT 1'); print(cursor.fetchone()[0])"
)


def start(url: str, code: str = FIRST_CONNECTION) -> "subprocess.CompletedProcess[str]":
    """Run code in a process of its own, in which the application's database is this one."""
    environment = {**os.environ, "DATABASE_APP_URL": url, "DJANGO_SETTINGS_MODULE": "prm.settings"}
    environment.pop("PRM_DATABASE_ROLE", None)
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


@contextmanager
def role(name: str, attributes: str, *, needs: str) -> Iterator[str]:
    """A role of the server for the length of a test; gives its URL."""
    with owner_connection() as owner:
        may = owner.execute(f"SELECT rolsuper OR {needs} FROM pg_roles WHERE rolname = current_user").fetchone()
        if not may or not may[0]:
            pytest.skip("the owner of the test database may not make such a role")
        owner.execute(f"CREATE ROLE \"{name}\" LOGIN PASSWORD 'p' {attributes}")
    try:
        parts = urlsplit(os.environ["TEST_DATABASE_APP_URL"])
        yield urlunsplit(parts._replace(netloc=f"{name}:p@{parts.hostname}:{parts.port}"))
    finally:
        with owner_connection() as owner:
            owner.execute(f'DROP ROLE "{name}"')


def test_the_product_runs_as_the_plain_role(django_db_setup: None) -> None:
    started = start(os.environ["TEST_DATABASE_APP_URL"])
    assert (started.returncode, started.stdout.strip()) == (0, "1")


def test_it_refuses_to_run_as_the_owner_of_the_tables(django_db_setup: None) -> None:
    started = start(os.environ["TEST_DATABASE_URL"])
    assert started.returncode == 1
    owner = urlsplit(os.environ["TEST_DATABASE_URL"]).username
    assert "ImproperlyConfigured: PRM refuses to run as the database role" in started.stderr
    assert repr(owner) in started.stderr
    assert "Point DATABASE_APP_URL at a plain role" in started.stderr


def test_neither_the_web_server_nor_a_worker_starts_as_the_owner(django_db_setup: None) -> None:
    web = start(os.environ["TEST_DATABASE_URL"], "import prm.wsgi")
    assert web.returncode == 1
    assert "PRM refuses to run" in web.stderr
    signal = (
        "import django; django.setup(); from prm.celery import app;"
        " from celery.signals import worker_init; worker_init.send(app)"
    )
    worker = start(os.environ["TEST_DATABASE_URL"], signal)
    assert worker.returncode == 1
    assert "PRM refuses to run" in worker.stderr
    assert start(os.environ["TEST_DATABASE_APP_URL"], f"import prm.wsgi; {signal}").returncode == 0


def test_it_refuses_a_role_that_may_become_the_owner(django_db_setup: None) -> None:
    owner = urlsplit(os.environ["TEST_DATABASE_URL"]).username
    with role(f"prm_disguised_{os.getpid()}", f'IN ROLE "{owner}" NOINHERIT', needs="rolsuper") as url:
        started = start(url)
    assert started.returncode == 1
    assert "owns tables" in started.stderr


def test_it_refuses_a_role_that_sees_through_the_policies(django_db_setup: None) -> None:
    with role(f"prm_seer_{os.getpid()}", "BYPASSRLS", needs="rolbypassrls AND rolcreaterole") as url:
        started = start(url)
    assert started.returncode == 1
    assert "sees through row level security" in started.stderr
