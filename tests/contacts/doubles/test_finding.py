"""Who is probably one person: found by sets, with reasons, and never proposed again once judged."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.doubles import finding
from contacts.doubles.automatic import set_automatic
from contacts.doubles.deciding import dismiss_pairs
from contacts.doubles.finding import find_changed, start_find
from contacts.doubles.merging import merge_contacts
from contacts.doubles.models import ChangedContact, Key, Merge, Pair
from contacts.doubles.undoing import undo_merge
from contacts.models import Company, Contact
from prm.organisations.scope import organisation_scope
from prm.work.errors import Conflict, NotFound
from prm.work.jobs import run_jobs
from tests.conftest import World
from touchpoints.recording import NewInteraction, record


def make(world: World, company: Company | None = None, **values: Any) -> Contact:
    return Contact.objects.create(organisation=world.organisation, company=company, **values)


def acme(world: World) -> Company:
    return Company.objects.create(organisation=world.organisation, name="Acme", name_key="acme")


def look(world: World) -> None:
    start_find(world.organisation, by=world.marketer)
    assert run_jobs(world.organisation) == 1


def pairs() -> list[tuple[int, int, int, list[str]]]:
    return list(
        Pair.objects.filter(status="open").order_by("low", "high").values_list("low", "high", "score", "reasons")
    )


NAMES: dict[str, Any] = {"first_name": "Élodie", "last_name": "Martin"}


@pytest.mark.parametrize(
    ("one", "other", "with_company", "told"),
    [
        (NAMES, {"first_name": "elodie", "last_name": "MARTIN"}, True, (85, ["name_company"])),
        (NAMES, {"first_name": "Martin", "last_name": "Elodie"}, True, (75, ["swapped_company"])),
        (NAMES, {"first_name": "E.", "last_name": "Martin"}, True, (50, ["initial_company"])),
        (NAMES, NAMES, False, None),
        ({**NAMES, "phone": "+33612345678"}, {"last_name": "Martin", "phone": "+33612345678"}, False, (60, ["phone"])),
        ({**NAMES, "phone": "+33612345678"}, {"last_name": "Durand", "phone": "+33612345678"}, False, None),
        ({"email": "e.martin@gmail.com"}, {"email": "emartin+x@googlemail.com"}, False, (95, ["email_variant"])),
        ({"email": "e.martin@acme.fr"}, {"email": "e.martin@acme.com"}, True, (70, ["email_domain"])),
        ({"email": "e.martin@acme.fr"}, {"email": "e.matrin@acme.fr"}, False, (60, ["email_typo"])),
        ({"email": "e.martin@acme.fr"}, {"email": "e.martn@acme.fr"}, False, (60, ["email_typo"])),
        ({"email": "martin1@acme.fr"}, {"email": "martin2@acme.fr"}, False, None),
        (
            {**NAMES, "email": "e.martin@acme.fr"},
            {"first_name": "Alain", "last_name": "Martin", "email": "a.martin@acme.fr"},
            True,
            None,
        ),
    ],
)
def test_a_pair_is_proposed_with_its_reasons(
    scoped: World,
    one: dict[str, Any],
    other: dict[str, Any],
    with_company: bool,
    told: tuple[int, list[str]] | None,
) -> None:
    company = acme(scoped) if with_company else None
    a, b = make(scoped, company, **one), make(scoped, company, **other)
    with organisation_scope(scoped.twin.pk):
        Contact.objects.create(organisation=scoped.twin, **other)
    look(scoped)
    with organisation_scope(scoped.organisation.pk):
        assert pairs() == ([(a.pk, b.pk, *told)] if told else [])


def test_the_same_browser_is_a_reason(scoped: World) -> None:
    a, b = make(scoped, last_name="A"), make(scoped)
    visitor = "8c7d0e9a-0000-4000-8000-000000000001"
    record(scoped.organisation, [NewInteraction("page_view", contact_id=one.pk, visitor_id=visitor) for one in (a, b)])
    look(scoped)
    with organisation_scope(scoped.organisation.pk):
        assert pairs() == [(a.pk, b.pk, 55, ["visitor"])]


def test_what_too_many_share_tells_nobody_apart(scoped: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "MOST_ALIKE", 3)
    monkeypatch.setattr(finding, "CHUNK", 2)
    for _number in range(4):
        make(scoped, phone="+33140000000")
    look(scoped)
    with organisation_scope(scoped.organisation.pk):
        assert pairs() == []
        assert finding.count_skipped(scoped.organisation) == 1


def test_whoever_comes_or_changes_is_looked_at_alone(scoped: World) -> None:
    company = acme(scoped)
    a = make(scoped, company, **NAMES)
    make(scoped, phone="+33612345678")
    look(scoped)
    with organisation_scope(scoped.organisation.pk):
        assert (pairs(), ChangedContact.objects.count()) == ([], 0)
        b = make(scoped, company, **NAMES)
        a.job_title = "CEO"
        a.save()
        assert list(ChangedContact.objects.values_list("contact_id", flat=True)) == [b.pk]
        assert find_changed(scoped.organisation) == 1
        assert pairs() == [(a.pk, b.pk, 85, ["name_company"])]
        b.last_name = "Durand"
        b.save()
        assert find_changed(scoped.organisation) == 1
        assert pairs() == []
        b.delete()
        assert find_changed(scoped.organisation) == 1
        assert not Key.objects.filter(contact_id=b.pk).exists()
        assert find_changed(scoped.organisation) == 0


def test_a_pair_that_was_judged_is_never_proposed_again(scoped: World) -> None:
    company = acme(scoped)
    a, b = make(scoped, company, **NAMES), make(scoped, company, **NAMES)
    look(scoped)
    with organisation_scope(scoped.organisation.pk):
        pair = Pair.objects.get()
        assert dismiss_pairs(scoped.organisation, pair_ids=[pair.pk], by=scoped.marketer) == 1
        with pytest.raises(NotFound):
            dismiss_pairs(scoped.organisation, pair_ids=[pair.pk], by=scoped.marketer)
    look(scoped)
    with organisation_scope(scoped.organisation.pk):
        assert pairs() == []
        Pair.objects.all().delete()
    look(scoped)
    with organisation_scope(scoped.organisation.pk):
        assert len(pairs()) == 1
        done = merge_contacts(scoped.organisation, contact_ids=[a.pk, b.pk], by=scoped.marketer)
        undo_merge(scoped.organisation, merge_id=done.pk, by=scoped.marketer)
        find_changed(scoped.organisation)
    look(scoped)
    with organisation_scope(scoped.organisation.pk):
        assert pairs() == []


def test_certain_pairs_are_merged_where_the_organisation_wants_it(scoped: World) -> None:
    company = acme(scoped)
    same = {**NAMES, "phone": "+33612345678"}
    a, b = make(scoped, company, **same, email="e@acme.fr"), make(scoped, company, **same)
    two = {"first_name": "Bob", "last_name": "Two", "phone": "+33612345679"}
    make(scoped, company, **two, email="b@acme.fr")
    make(scoped, company, **two, email="bob@other.fr")
    look(scoped)
    with organisation_scope(scoped.organisation.pk):
        assert (Merge.objects.count(), Contact.objects.count()) == (0, 4)
        set_automatic(scoped.organisation, merges_certain=True, by=scoped.admin)
    look(scoped)
    with organisation_scope(scoped.organisation.pk):
        merge = Merge.objects.get()
        assert (merge.contact_id, merge.merged_ids, merge.is_automatic) == (a.pk, [b.pk], True)
        assert Contact.objects.count() == 3
        undo_merge(scoped.organisation, merge_id=merge.pk, by=scoped.marketer)
    look(scoped)
    with organisation_scope(scoped.organisation.pk):
        assert Contact.objects.count() == 4


def test_one_look_at_a_time(scoped: World) -> None:
    start_find(scoped.organisation, by=scoped.marketer)
    with pytest.raises(Conflict):
        start_find(scoped.organisation, by=scoped.marketer)


def test_the_cost_follows_the_chunks(scoped: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "CHUNK", 10)
    for number in range(20):
        make(scoped, last_name=f"N{number}")
    with CaptureQueriesContext(connection) as few:
        look(scoped)
    with organisation_scope(scoped.organisation.pk):
        for number in range(20):
            make(scoped, last_name=f"M{number}")
    with CaptureQueriesContext(connection) as many:
        look(scoped)
    assert len(many) - len(few) <= 4 * 16
