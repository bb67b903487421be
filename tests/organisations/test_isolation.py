"""The database keeps organisations apart, table by table: generated from its catalogue."""

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from prm.organisations.models import Membership, Role
from prm.organisations.scope import organisation_scope
from tests.conftest import World
from tests.organisations.catalogue import references, shared_tables, tenant_tables
from tests.worldmaking import FOREIGN, OWN, fill, tenant_models
from tests.worldmaking import references as model_references

# Tables that belong to no organisation, and why.
EXCEPTIONS = {
    "public.account_emailaddress": "a person's own, who may be a member of several",
    "public.account_emailconfirmation": "a person's own",
    "public.auth_group": "Django's; unused",
    "public.auth_group_permissions": "Django's; unused",
    "public.auth_permission": "Django's; unused",
    "public.django_content_type": "Django's list of models",
    "public.django_migrations": "Django's list of migrations",
    "public.django_session": "a person's own",
    "public.mfa_authenticator": "a person's own",
    "public.organisations_organisation": "the organisations themselves",
    "public.organisations_user": "people, who may be members of several",
    "public.usersessions_usersession": "a person's own",
    # INSEE's open data on all companies, the same for everybody: read by the application, written by load_sirene.
    "directory.company": "public data of the installation, read only",
    "directory.establishment": "public data of the installation, read only",
    "directory.load": "which public data is loaded, read only",
    "public.enrichment_sourceturns": "whose turn it is at a source all organisations share; ids and times, no names",
}


def run(statement: str) -> list[tuple]:  # type: ignore[type-arg]
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []


@pytest.fixture
def filled(world: World) -> World:
    fill(world)
    return world


def test_every_table_of_the_catalogue_has_a_model_and_a_row_in_both_organisations(filled: World) -> None:
    tables = {table.name for table in tenant_tables() if not table.is_partition}
    assert tables == {model._meta.db_table for model in tenant_models()}
    for organisation in (filled.organisation, filled.twin):
        with organisation_scope(organisation.pk):
            empty = [table for table in sorted(tables) if run(f"SELECT count(*) FROM {table}") == [(0,)]]
        assert empty == []


def test_every_table_without_an_organisation_is_a_known_exception(db: None) -> None:
    assert [name for name in shared_tables() if name not in EXCEPTIONS] == []


def test_what_all_organisations_share_of_public_data_cannot_be_written(db: None) -> None:
    for table in (name for name in EXCEPTIONS if name.startswith("directory.")):
        assert run(
            f"SELECT has_table_privilege('{table}', 'SELECT'), has_table_privilege('{table}', 'INSERT')"
            f" OR has_table_privilege('{table}', 'UPDATE') OR has_table_privilege('{table}', 'DELETE')"
            f" OR has_table_privilege('{table}', 'TRUNCATE')"
        ) == [(True, False)]
    assert run("SELECT has_schema_privilege('directory', 'CREATE')") == [(False,)]


def test_plain_sql_without_an_organisation_sees_nothing(filled: World) -> None:
    tables = [table.name for table in tenant_tables() if not table.is_partition]
    assert len(tables) > 15
    assert {table: run(f"SELECT count(*) FROM {table}")[0][0] for table in tables} == dict.fromkeys(tables, 0)


def test_plain_sql_with_an_organisation_sees_its_rows_alone(filled: World) -> None:
    with organisation_scope(filled.organisation.pk):
        for table in tenant_tables():
            if not table.is_partition:
                found = run(f"SELECT DISTINCT organisation_id FROM {table.name}")
                assert found == [(filled.organisation.pk,)], table.name


def test_the_way_out_of_the_library_is_closed(filled: World) -> None:
    run("SELECT set_config('rls.is_admin', 'true', false)")
    for table in tenant_tables():
        if not table.is_partition:
            assert run(f"SELECT count(*) FROM {table.name}") == [(0,)], table.name
    run("SELECT set_config('rls.is_admin', '', false)")


def test_row_level_security_is_enabled_and_forced_everywhere(db: None) -> None:
    tables = tenant_tables()
    assert [table.name for table in tables if not (table.is_enabled and table.is_forced)] == []


def test_policies_are_ours_and_know_no_admin(db: None) -> None:
    owner = run("SELECT tableowner FROM pg_tables WHERE tablename = 'organisations_membership'")[0][0]
    policies = run(
        "SELECT tablename, policyname, roles::text[], coalesce(qual, '') || coalesce(with_check, '') FROM pg_policies"
    )
    assert [policy for policy in policies if "is_admin" in policy[3]] == []
    names = {table.name: {policy[1] for policy in policies if policy[0] == table.name} for table in tenant_tables()}
    expected = {table.name: {"owner"} if table.is_partition else {"organisation", "owner"} for table in tenant_tables()}
    assert names == expected
    # The owner's policy is for the owner; the organisation's compares with the setting, reading and writing.
    for _table, name, roles, text in policies:
        if name == "owner":
            assert roles == [owner]
        else:
            assert text.count("rls.current_tenant") == 2


def test_a_row_of_another_organisation_cannot_be_written(filled: World) -> None:
    with organisation_scope(filled.organisation.pk):
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Membership.objects.create(organisation=filled.twin, user=filled.admin, role=Role.ADMIN)
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            run(f"UPDATE organisations_membership SET organisation_id = {filled.twin.pk} WHERE id = {OWN}")
        assert run(f"UPDATE organisations_membership SET role = 'admin' WHERE id = {FOREIGN} RETURNING id") == []
        assert run(f"DELETE FROM organisations_membership WHERE id = {FOREIGN} RETURNING id") == []
    with organisation_scope(filled.twin.pk):
        assert sorted(Membership.objects.values_list("role", flat=True)) == ["admin", "admin"]


def test_every_reference_between_tenant_tables_carries_the_organisation(db: None) -> None:
    tables = {table.name for table in tenant_tables()}
    for reference in references():
        assert reference.table in tables, f"{reference.name}: a table without organisation refers to one with"
        assert "organisation_id" in reference.columns, reference.name
        place = reference.columns.index("organisation_id")
        assert reference.target_columns[place] == "organisation_id", reference.name


def test_every_reference_of_the_models_stands_in_the_database(db: None) -> None:
    found = {(reference.table, reference.column) for reference in references()}
    wanted = {(model._meta.db_table, field.column) for model in tenant_models() for field in model_references(model)}
    assert len(wanted) > 15
    assert wanted - found == set()


# A key that is itself the reference is refused for standing twice already; a ledger refuses every change; a rule of a
# theme asks for an address or for a touchpoint, never for both.
REFUSALS = r"foreign key|_pkey|is not changed|interests_rule_asks"


def test_no_row_can_refer_to_another_organisations(filled: World) -> None:
    with organisation_scope(filled.organisation.pk):
        for reference in references():
            own = f"coalesce({reference.column}, {OWN}) = {OWN}"
            change = f"UPDATE {reference.table} SET {reference.column} = {FOREIGN} WHERE {own}"
            refer = f"SET CONSTRAINTS ALL IMMEDIATE; {change}"
            with pytest.raises(IntegrityError, match=REFUSALS), transaction.atomic():
                run(refer)


def test_partitions_cannot_be_read_directly(filled: World) -> None:
    partitions = [table.name for table in tenant_tables() if table.is_partition]
    assert len(partitions) > 1
    with organisation_scope(filled.organisation.pk):
        for name in partitions:
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                run(f"SELECT count(*) FROM {name}")
