"""A database of its own for each test process, copied from a template that migrations made once."""

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent
# Any number: sessions that build the template at once wait for one another.
TEMPLATE_LOCK = 71_804


def with_database(url: str, name: str) -> str:
    """Return the URL with another database in it."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


@contextmanager
def owner_connection(name: str | None = None) -> Iterator[psycopg.Connection]:
    """Connect as the owner of the tables, in autocommit."""
    url = os.environ["DATABASE_URL"]
    with psycopg.connect(with_database(url, name) if name else url, autocommit=True) as connection:
        yield connection


def create_test_database() -> str:
    """Return the name of a fresh, migrated, empty database."""
    template = f"prm_template_{_fingerprint()}"
    name = f"prm_test_{os.getpid()}"
    with owner_connection() as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [TEMPLATE_LOCK])
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template]).fetchone()
        if found is None:
            _build_template(connection, template)
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )
        connection.execute("SELECT pg_advisory_unlock(%s)", [TEMPLATE_LOCK])
    return name


def drop_test_database(name: str) -> None:
    """Remove it as soon as the processes of the last test have gone; the owner may not end them itself."""
    drop = sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name))
    deadline = time.monotonic() + 5
    with owner_connection() as connection:
        while True:
            try:
                connection.execute(drop)
            except psycopg.errors.ObjectInUse:
                # A process that outlives its test keeps it: it goes with the tests' data folder.
                if time.monotonic() > deadline:
                    return
                time.sleep(0.25)
            else:
                return


def empty_test_database(name: str) -> None:
    """Remove every row that tests committed, in one statement."""
    with owner_connection(name) as connection:
        connection.execute(
            "TRUNCATE organisations_organisation, organisations_user, django_session RESTART IDENTITY CASCADE"
        )


def _build_template(connection: psycopg.Connection, template: str) -> None:
    building = f"{template}_{os.getpid()}"
    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(building)))
    environment = {
        **os.environ,
        "DATABASE_URL": with_database(os.environ["DATABASE_URL"], building),
        "DATABASE_APP_URL": with_database(os.environ["DATABASE_APP_URL"], building),
        "PRM_DATABASE_ROLE": "owner",
    }
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0", "--skip-checks"]
    subprocess.run(migrate, cwd=ROOT, env=environment, check=True)
    connection.execute(
        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(building), sql.Identifier(template))
    )


def _fingerprint() -> str:
    digest = hashlib.sha256()
    makers = ("*/migrations/*.py", "*/*/migrations/*.py", "prm/organisations/*.py")
    for path in sorted(path for pattern in makers for path in ROOT.glob(pattern)):
        digest.update(path.read_bytes())
    digest.update((ROOT / "requirements-dev.txt").read_bytes())
    return digest.hexdigest()[:12]
