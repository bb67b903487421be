"""What a process checks before it serves anybody. Can be imported before Django's apps are loaded."""

from django.db import OperationalError, connection


def check_role_at_start() -> None:
    """Connect once, so that a database role that is not safe stops the start (prm.organisations.scope refuses it).

    Raises ImproperlyConfigured. Where the database is not there yet, the first connection will tell.
    """
    try:
        connection.ensure_connection()
    except OperationalError:
        return
    # Processes that are forked from this one open connections of their own.
    connection.close()
