"""The organisation in scope is what the ORM and the database see, and nothing remains of one that is over."""

import os
from collections.abc import Iterator

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from django.http import HttpRequest, StreamingHttpResponse
from django_rls_tenants.exceptions import NoTenantContextError

from prm.organisations.middleware import OrganisationMiddleware
from prm.organisations.models import Membership, Role
from prm.organisations.scope import current_organisation_id, organisation_scope
from tests.conftest import World


def setting() -> str:
    """What the database has been told."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('rls.current_tenant', true)")
        return str(cursor.fetchone()[0] or "")


def seen() -> int:
    """How many memberships plain SQL sees."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM organisations_membership")
        return int(cursor.fetchone()[0])


def end_connection(pid: int) -> None:
    """Have the server end our connection, and notice."""
    with psycopg.connect(os.environ["TEST_DATABASE_APP_URL"], autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [pid])
    seen()


def test_without_a_scope_the_orm_raises_and_sql_sees_nothing(world: World) -> None:
    for read in (
        Membership.objects.count,
        Membership.objects.exists,
        Membership.objects.first,
        Membership.objects.all().delete,
    ):
        with pytest.raises(NoTenantContextError):
            read()
    with pytest.raises(NoTenantContextError):
        Membership.objects.update(role=Role.ADMIN)
    assert seen() == 0


def test_a_scope_shows_one_organisation(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        assert (Membership.objects.count(), seen()) == (4, 4)
    with organisation_scope(world.twin.pk):
        assert (Membership.objects.count(), seen()) == (1, 1)
    assert (seen(), setting(), current_organisation_id()) == (0, "", None)


def test_scopes_nest_and_the_outer_one_comes_back(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        with organisation_scope(world.twin.pk):
            assert seen() == 1
        assert (seen(), current_organisation_id()) == (4, world.organisation.pk)


def test_the_outer_scope_comes_back_after_an_error(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        with pytest.raises(ZeroDivisionError), organisation_scope(world.twin.pk):
            raise ZeroDivisionError
        assert seen() == 4


def test_a_broken_statement_inside_keeps_its_own_error(world: World) -> None:
    """Plain SQL does not tell Django that the transaction is broken; leaving the scope must not hide why."""
    scope = organisation_scope(world.organisation.pk)
    with pytest.raises(DatabaseError, match="nowhere"), transaction.atomic(), scope, connection.cursor() as cursor:
        cursor.execute("SELECT * FROM nowhere")
    assert (seen(), setting()) == (0, "")


def test_a_scope_opened_in_a_transaction_that_rolls_back_leaves_nothing(world: World) -> None:
    with organisation_scope(world.twin.pk):
        with pytest.raises(IntegrityError), transaction.atomic(), organisation_scope(world.organisation.pk):
            Membership.objects.create(organisation=world.organisation, user=world.admin, role=Role.VIEWER)
        assert (seen(), setting()) == (1, str(world.twin.pk))
    assert setting() == ""


def test_work_goes_on_in_a_scope_after_a_rolled_back_part(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        with pytest.raises(IntegrityError), transaction.atomic():
            Membership.objects.create(organisation=world.organisation, user=world.admin, role=Role.VIEWER)
        assert seen() == 4


def test_a_new_connection_knows_the_scope(committed: None, world: World) -> None:
    with organisation_scope(world.organisation.pk):
        connection.close()
        assert seen() == 4
    assert setting() == ""


def test_a_connection_lost_inside_leaves_nothing(committed: None, world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    with pytest.raises(OperationalError), organisation_scope(world.organisation.pk):
        end_connection(pid)
    assert (seen(), setting(), current_organisation_id()) == (0, "", None)


def test_a_streamed_answer_keeps_its_scope_until_the_last_piece(world: World) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(2):
            yield str(Membership.objects.count()).encode()

    def view(request: HttpRequest) -> StreamingHttpResponse:
        request.organisation = world.organisation  # type: ignore[attr-defined]
        request.organisation_stack.enter_context(organisation_scope(world.organisation.pk))  # type: ignore[attr-defined]
        return StreamingHttpResponse(pieces())

    answer = OrganisationMiddleware(view)(HttpRequest())
    assert current_organisation_id() is None
    assert isinstance(answer, StreamingHttpResponse)
    assert list(answer) == [b"4", b"4"]
    assert (setting(), current_organisation_id()) == ("", None)
