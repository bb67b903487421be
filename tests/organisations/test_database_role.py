"""The application's role is plain, and the product refuses to run as anything else."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.conf import settings
from django.db import ProgrammingError, connection, transaction

from prm.embedded.folder import DataFolder
from prm.organisations import audit
from prm.organisations.scope import organisation_scope
from tests.conftest import World
from tests.database import ROOT
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


@pytest.fixture
def superuser_url(django_db_setup: None) -> str:
    """The test database as its server's superuser; only of the embedded server do we know one."""
    if "postgres" not in os.environ["PRM_TEST_EMBEDDED"].split(","):
        pytest.skip("the superuser of a server of one's own is not known")
    password = DataFolder.opened(Path(os.environ["PRM_TEST_DATA_DIR"])).password("postgres")
    return with_user(os.environ["TEST_DATABASE_URL"], "postgres", password)


def with_user(url: str, name: str, password: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{name}:{password}@{parts.hostname}:{parts.port}"))


@contextmanager
def role(superuser_url: str, attributes: str) -> Iterator[str]:
    """A role of the server for the length of a test; gives its URL."""
    name = f"prm_test_role_{os.getpid()}"
    with psycopg.connect(superuser_url, autocommit=True) as server:
        server.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'p' {attributes}")
        try:
            yield with_user(superuser_url, name, "p")
        finally:
            server.execute(f"DROP ROLE {name}")


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


def test_it_refuses_to_run_as_a_superuser(superuser_url: str) -> None:
    started = start(superuser_url)
    assert started.returncode == 1
    assert "'postgres': it sees through row level security" in started.stderr


def test_it_refuses_a_role_that_sees_through_the_policies(superuser_url: str) -> None:
    with role(superuser_url, "BYPASSRLS") as url:
        started = start(url)
    assert started.returncode == 1
    assert "sees through row level security" in started.stderr


def test_it_refuses_a_role_that_may_become_the_owner(superuser_url: str) -> None:
    owner = urlsplit(os.environ["TEST_DATABASE_URL"]).username
    with role(superuser_url, f'IN ROLE "{owner}" NOINHERIT') as url:
        started = start(url)
    assert started.returncode == 1
    assert "owns tables" in started.stderr


def test_it_refuses_a_role_that_may_become_a_superuser(superuser_url: str) -> None:
    with role(superuser_url, "IN ROLE postgres NOINHERIT") as url:
        started = start(url)
    assert started.returncode == 1
    assert "sees through row level security" in started.stderr
