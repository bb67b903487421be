"""The application's database role as the server knows it: plain, owning nothing, under row level security.

Works on a bare connection, before Django knows its settings.
"""

import psycopg
from psycopg import sql


class RoleRefusedError(Exception):
    """The owner may not make or change the application's role; the message says what an administrator runs."""


def ensure_application_role(owner_url: str, application_url: str) -> bool:
    """Make sure that the role of `application_url` can sign in with its password; return whether it was changed.

    Does nothing where it can already, so that an owner without CREATEROLE will do once the role exists.
    """
    wanted = psycopg.conninfo.conninfo_to_dict(application_url)
    name, password = str(wanted["user"]), str(wanted.get("password") or "")
    if _can_sign_in(application_url):
        return False
    with psycopg.connect(owner_url, autocommit=True) as connection:
        exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
        verb = "ALTER" if exists else "CREATE"
        attributes = "LOGIN PASSWORD {password}" if exists else "LOGIN NOCREATEDB NOCREATEROLE PASSWORD {password}"
        verifier = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
        try:
            connection.execute(
                sql.SQL(f"{verb} ROLE {{name}} {attributes}").format(
                    name=sql.Identifier(name), password=sql.Literal(verifier)
                )
            )
        except psycopg.errors.InsufficientPrivilege as error:
            raise RoleRefusedError(
                f"The owner of the database may not {verb.lower()} the role {name!r}. As an administrator run:\n"
                f"  {verb} ROLE {name} LOGIN PASSWORD '<the password in DATABASE_APP_URL>';"
            ) from error
    return True


def _can_sign_in(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True
