"""The current organisation: what the database and the ORM see, for as long as a `with` lasts."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import Error, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models import Func, TextField
from django_rls_tenants.tenants.state import (
    reset_current_tenant_id,
    reset_rls_context_active,
    set_current_tenant_id,
    set_rls_context_active,
)
from psycopg.pq import TransactionStatus

SETTING = "rls.current_tenant"

_current: ContextVar[int | None] = ContextVar("prm_organisation", default=None)


def current_organisation_id() -> int | None:
    """Return the id of the organisation in scope, or None outside any scope."""
    return _current.get()


class Told(Func):
    """Annotates a query for one organisation: tells the database its scope, for organisation_scope(is_told=True)."""

    template = f"set_config('{SETTING}', %(expressions)s::text, false)"
    output_field = TextField()

    def __init__(self) -> None:
        super().__init__("pk")


@contextmanager
def organisation_scope(organisation_id: int, *, is_told: bool = False) -> Iterator[None]:
    """Let the code inside see and write this organisation's rows, and no other's.

    Nests: the outer scope is back afterwards, also when a statement failed inside. One statement on entry, unless
    the database is told already, and one on exit.
    """
    outer = _current.get()
    tokens = (
        set_rls_context_active(True),
        set_current_tenant_id(organisation_id),
        _current.set(organisation_id),
    )
    try:
        if not is_told:
            _tell_database(connection, organisation_id)
        yield
    finally:
        active, tenant, current = tokens
        _current.reset(current)
        reset_current_tenant_id(tenant)
        reset_rls_context_active(active)
        _leave(connection, outer)


def _leave(wrapper: BaseDatabaseWrapper, outer: int | None) -> None:
    """Give the connection its outer scope back, or close it: it must never keep a scope that is over."""
    if wrapper.connection is None:
        return
    # In a broken transaction nothing can be said; its rollback takes the setting back as well.
    if wrapper.needs_rollback or wrapper.connection.info.transaction_status == TransactionStatus.INERROR:
        return
    try:
        _tell_database(wrapper, outer)
    except Error:
        wrapper.close()


def _tell_database(wrapper: BaseDatabaseWrapper, organisation_id: int | None) -> None:
    value = "" if organisation_id is None else str(organisation_id)
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, false)", [SETTING, value])


def _on_new_connection(*, connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Refuse a role that sees through row level security; give a new connection the current scope.

    A connection lost and reopened in the middle of a scope would otherwise see nothing.
    """
    _refuse_unsafe_role(connection)
    if (organisation_id := _current.get()) is not None:
        _tell_database(connection, organisation_id)


def _refuse_unsafe_role(wrapper: BaseDatabaseWrapper) -> None:
    if wrapper.settings_dict.get("PRM_ROLE_CHECKED") or settings.DATABASE_ROLE == "owner":
        return
    with wrapper.cursor() as cursor:
        # What a role may become counts as much as what it is.
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_roles WHERE (rolsuper OR rolbypassrls)"
            " AND pg_has_role(current_user, oid, 'MEMBER')),"
            " EXISTS (SELECT 1 FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p') AND pg_has_role(current_user, relowner, 'MEMBER'))"
        )
        bypasses, owns = cursor.fetchone()
    if bypasses or owns:
        raise ImproperlyConfigured(
            "PRM refuses to run as the database role "
            f"{wrapper.settings_dict['USER']!r}: it "
            + ("sees through row level security" if bypasses else "owns tables")
            + ", so organisations would not be kept apart. Point DATABASE_APP_URL at a plain role "
            "(`manage.py prepare_database` makes one)."
        )
    wrapper.settings_dict["PRM_ROLE_CHECKED"] = True


def connect_signals() -> None:
    """Watch every database connection this process opens."""
    connection_created.connect(_on_new_connection, dispatch_uid="prm.organisations.scope")
