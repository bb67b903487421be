"""The command that makes a database ready, on a database and roles of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from tests.database import ROOT, owner_connection, with_database

NAME = f"prm_test_prepare_{os.getpid()}"
APPLICATION = f"prm_test_app_{os.getpid()}"


def with_user(url: str, user: str, password: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{user}:{password}@{parts.netloc.rpartition('@')[2]}"))


@pytest.fixture
def urls() -> Iterator[dict[str, str]]:
    """Return an empty database as its owner sees it, and an application role that does not exist yet."""
    owner = with_database(os.environ["DATABASE_URL"], NAME)
    with owner_connection() as connection:
        connection.execute(f"CREATE DATABASE {NAME}")
    yield {"DATABASE_URL": owner, "DATABASE_APP_URL": with_user(owner, APPLICATION, "secret-1")}
    with owner_connection() as connection:
        connection.execute(f"DROP DATABASE {NAME} WITH (FORCE)")
        connection.execute(f"DROP ROLE IF EXISTS {APPLICATION}")


@pytest.fixture
def plain_owner() -> Iterator[str]:
    """Return a role that may sign in (password "plain") and nothing else; ask for it before `urls`."""
    name = f"prm_test_plain_{os.getpid()}"
    with owner_connection() as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'plain'")
    yield name
    with owner_connection() as connection:
        connection.execute(f"DROP ROLE {name}")


def prepare(urls: dict[str, str], **values: str) -> "subprocess.CompletedProcess[str]":
    variables = {name: value for name, value in os.environ.items() if name != "PRM_DATABASE_ROLE"}
    return subprocess.run(
        [sys.executable, "manage.py", "prepare_database"],
        cwd=ROOT,
        env=variables | urls | values,
        capture_output=True,
        text=True,
        check=False,
    )


def may(url: str, statement: str) -> bool:
    with psycopg.connect(url, autocommit=True) as connection:
        try:
            connection.execute(statement)
        except psycopg.errors.InsufficientPrivilege:
            return False
        return True


def test_it_makes_the_role_its_rights_and_the_extensions_and_may_be_run_again(urls: dict[str, str]) -> None:
    with psycopg.connect(urls["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("CREATE TABLE leads (id bigserial, at date) PARTITION BY RANGE (at)")
        connection.execute("CREATE TABLE leads_p1 PARTITION OF leads FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')")
        connection.execute("CREATE TABLE django_migrations (id int)")
        connection.execute("CREATE FUNCTION answer() RETURNS int LANGUAGE sql AS 'SELECT 42'")
        connection.execute("REVOKE EXECUTE ON FUNCTION answer() FROM PUBLIC")

    assert prepare(urls).stdout == f"The role {APPLICATION} can sign in now and has its rights.\n"
    assert prepare(urls).stdout == f"The role {APPLICATION} could sign in already and has its rights.\n"

    application = urls["DATABASE_APP_URL"]
    allowed = {
        "INSERT INTO leads (at) VALUES ('2026-02-03')": True,
        "UPDATE leads SET at = '2026-03-04'": True,
        "SELECT * FROM leads": True,
        "SELECT answer(), unaccent('é'), similarity('a', 'b')": True,
        "SELECT * FROM django_migrations": True,
        "INSERT INTO django_migrations VALUES (1)": False,
        "SELECT * FROM leads_p1": False,
        "TRUNCATE leads": False,
        "CREATE TABLE mine (id int)": False,
    }
    assert {statement: may(application, statement) for statement in allowed} == allowed


def test_a_changed_password_is_set(urls: dict[str, str]) -> None:
    prepare(urls)
    changed = urls | {"DATABASE_APP_URL": with_user(urls["DATABASE_URL"], APPLICATION, "secret-2")}
    assert "can sign in now" in prepare(changed).stdout
    psycopg.connect(changed["DATABASE_APP_URL"]).close()


def test_an_owner_that_may_not_make_roles_is_told_what_to_have_run(plain_owner: str, urls: dict[str, str]) -> None:
    with owner_connection(NAME) as connection:
        for place in ("SCHEMA public", f"DATABASE {NAME}"):
            connection.execute(f"GRANT CREATE ON {place} TO {plain_owner}")
    refused = prepare(urls | {"DATABASE_URL": with_user(urls["DATABASE_URL"], plain_owner, "plain")})
    assert refused.returncode == 1
    assert f"CREATE ROLE {APPLICATION} LOGIN PASSWORD" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_one_role_for_both_is_refused(urls: dict[str, str]) -> None:
    refused = prepare(urls | {"DATABASE_APP_URL": urls["DATABASE_URL"]})
    assert refused.returncode == 1
    assert "name the same role" in refused.stderr


def test_a_database_out_of_reach_is_said_in_words(urls: dict[str, str]) -> None:
    refused = prepare(urls, DATABASE_URL="postgres://prm:x@127.0.0.1:1/prm")
    assert refused.returncode == 1
    assert "cannot be reached" in refused.stderr
    assert "Traceback" not in refused.stderr
