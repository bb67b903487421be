"""Many rows written in one statement."""

from datetime import UTC, date, datetime

import pytest
from django.db import DataError, connection
from django.test.utils import CaptureQueriesContext

from contacts.models import Company
from enrichment.models import AutomaticRule, Lookup
from prm.organisations.scope import organisation_scope
from prm.work.rows import update_rows
from tests.conftest import World


def make(world: World, name: str) -> Company:
    return Company.objects.create(organisation=world.organisation, name=name, name_key=name.lower())


def test_each_row_gets_its_own_values_in_one_statement(scoped: World) -> None:
    one, other, untouched = make(scoped, "One"), make(scoped, "Other"), make(scoped, "Untouched")
    one.name, one.siren, one.founded_on, one.is_closed = 'L\'"Un" \\ \n é', "732829320", date(1998, 4, 1), True
    one.provenance = {"name": {"source": "x", "ref": None}}
    other.name, other.city = "", "not written"

    with CaptureQueriesContext(connection) as queries:
        assert update_rows([one, other], ["name", "siren", "founded_on", "is_closed", "provenance"]) == 2

    assert len(queries) == 1
    found = Company.objects.order_by("pk")
    assert [(row.name, row.siren, row.founded_on, row.is_closed, row.city, row.provenance) for row in found] == [
        (one.name, "732829320", date(1998, 4, 1), True, "", {"name": {"source": "x", "ref": None}}),
        ("", None, None, False, "", {}),
        ("Untouched", None, None, False, "", {}),
    ]
    assert untouched.pk == found[2].pk


def test_references_moments_and_nothing_at_all(scoped: World) -> None:
    one, other = make(scoped, "One"), make(scoped, "Other")
    lookup = Lookup.objects.create(organisation=scoped.organisation, company=one, provider="x", retry_at=None)
    at = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
    lookup.company, lookup.retry_at, lookup.attempts = other, at, 3

    assert update_rows([lookup], ["company", "retry_at", "attempts"]) == 1
    lookup.refresh_from_db()
    assert (lookup.company_id, lookup.retry_at, lookup.attempts) == (other.pk, at, 3)

    lookup.retry_at = None
    update_rows([lookup], ["retry_at"])
    lookup.refresh_from_db()
    assert lookup.retry_at is None
    assert update_rows([], ["retry_at"]) == 0


def test_what_is_too_long_is_refused_and_not_cut(scoped: World) -> None:
    one = make(scoped, "One")
    one.siren = "7328293200"

    with pytest.raises(DataError):
        update_rows([one], ["siren"])


def test_arrays_and_what_is_no_column_are_refused(scoped: World) -> None:
    rule = AutomaticRule.objects.create(organisation=scoped.organisation)

    for name in ("segment_ids", "last_job__id"):
        with pytest.raises(Exception, match=r"no column|no field"):
            update_rows([rule], [name])


def test_rows_of_another_organisation_stay(world: World) -> None:
    with organisation_scope(world.twin.pk):
        theirs = Company.objects.create(organisation=world.twin, name="Theirs", name_key="theirs")
    theirs.name = "Changed"
    with organisation_scope(world.organisation.pk):
        assert update_rows([theirs], ["name"]) == 0
    with organisation_scope(world.twin.pk):
        assert Company.objects.get().name == "Theirs"
