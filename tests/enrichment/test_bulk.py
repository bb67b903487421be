"""Enrichment of many companies as a job: counted before, stopped, resumed, held up by the source."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from stdnum.fr import siren as siren_numbers
from stdnum.luhn import calc_check_digit

from contacts.models import Company
from enrichment import asking, bulk, services
from enrichment.bulk import Selection, Which, list_companies
from enrichment.models import Lookup, LookupStatus
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from prm.work.jobs import resume_job, run_jobs, stop_job
from prm.work.models import Job
from tests.conftest import World
from tests.enrichment.register import Fault, Register, company, establishment

DUE = Selection(Which.DUE)


def siren(number: int) -> str:
    eight = f"{70_000_000 + number}"
    return siren_numbers.validate(eight + calc_check_digit(eight))


def make_companies(world: World, register: Register, many: int) -> list[Company]:
    numbers = [siren(number) for number in range(many)]
    register.add(*(company(one, f"Firme {one}", siege=establishment(f"{one}00012")) for one in numbers))
    return Company.objects.bulk_create(
        Company(organisation=world.organisation, name=f"Firme {one}", name_key=f"firme {one}", siren=one)
        for one in numbers
    )


def start(world: World, selection: Selection = DUE) -> Job:
    return services.request_bulk(world.organisation, selection=selection, by=world.marketer)


def carry_out(world: World, job: Job) -> Job:
    run_jobs(world.organisation)
    job.refresh_from_db()
    return job


def test_a_job_enriches_every_company_that_is_due(scoped: World, register: Register) -> None:
    make_companies(scoped, register, 45)
    Company.objects.create(organisation=scoped.organisation, name="Introuvable SA", name_key="introuvable")

    job = carry_out(scoped, start(scoped))

    assert (job.status, job.done, job.total) == ("done", 46, 46)
    assert job.result["counts"] == {"found": 45, "not_found": 1}
    assert Company.objects.filter(naf_code="62.01Z").count() == 45
    assert Lookup.objects.filter(job=job).count() == 46
    assert len(register.asked) == 46
    entry = AuditEntry.objects.get(action="company.enrich_many")
    assert (entry.actor, entry.after) == (scoped.marketer, {"which": "due"})


def test_what_is_fresh_or_was_looked_for_in_vain_is_not_due(scoped: World, register: Register) -> None:
    fresh, old, vain, never = make_companies(scoped, register, 4)
    Company.objects.filter(pk=vain.pk).update(siren=None)
    for one, status in ((fresh, "found"), (old, "found"), (vain, "not_found")):
        Lookup.objects.create(organisation=scoped.organisation, company=one, provider="x", status=status)
    Lookup.objects.filter(company=old).update(created_at=timezone.now() - timedelta(days=181))

    assert set(list_companies(scoped.organisation, DUE)) == {old, never}
    assert set(list_companies(scoped.organisation, Selection(Which.STALE))) == {old, never}
    assert not list_companies(scoped.organisation, Selection(Which.MISSING)).exists()

    Lookup.objects.filter(company=vain).update(created_at=timezone.now() - timedelta(days=31))
    assert set(list_companies(scoped.organisation, Selection(Which.MISSING))) == {vain}


def test_chosen_companies_only(scoped: World, register: Register) -> None:
    first, _second, third = make_companies(scoped, register, 3)

    job = carry_out(scoped, start(scoped, Selection(Which.CHOSEN, (first.pk, third.pk))))

    assert job.done == 2
    assert set(Lookup.objects.values_list("company_id", flat=True)) == {first.pk, third.pk}


def test_a_company_already_being_asked_about_is_left_out(scoped: World, register: Register) -> None:
    one, other = make_companies(scoped, register, 2)
    services.request_lookup(scoped.organisation, company=one, by=scoped.sales)

    assert list(list_companies(scoped.organisation, DUE)) == [other]


def test_stopped_it_takes_back_what_was_not_asked_and_resumes_there(
    scoped: World, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_companies(scoped, register, 45)
    job = start(scoped)
    ask = asking.ask_claimed

    def ask_and_stop(*args: Any) -> Any:
        outcome = ask(*args)
        if len(register.asked) == 23:
            stop_job(scoped.organisation, job_id=job.pk)
        return outcome

    monkeypatch.setattr(bulk, "ask_claimed", ask_and_stop)
    carry_out(scoped, job)
    assert (job.status, job.done, job.total) == ("stopped", 23, 45)
    assert Lookup.objects.count() == 23
    assert not Lookup.objects.filter(status=LookupStatus.WAITING).exists()
    assert job.result["counts"] == {"found": 23}

    resume_job(scoped.organisation, job_id=job.pk)
    carry_out(scoped, job)

    assert (job.status, job.done, job.total) == ("done", 45, 45)
    assert len(register.asked) == 45
    assert job.result["counts"] == {"found": 45}


def test_a_source_that_stays_away_fails_the_job_and_keeps_what_was_found(
    scoped: World, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "OUTAGE_SECONDS", 0.3)
    monkeypatch.setattr(bulk, "STEP_SECONDS", 0.1)
    make_companies(scoped, register, 30)
    register.fail(*[Fault(seconds=0)] * 10, Fault(status=429, headers={"Retry-After": "90"}))

    job = carry_out(scoped, start(scoped))

    assert job.status == "failed"
    assert job.error == "The source does not answer. What was found is kept; go on when the source is back."
    counts = job.result["counts"]
    assert (counts["found"], counts["unavailable"]) == (10, 2)
    assert len(register.asked) == 11


def test_a_short_absence_is_waited_for(scoped: World, register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "STEP_SECONDS", 0.1)
    make_companies(scoped, register, 5)
    register.fail(Fault(status=429, headers={"Retry-After": "3"}))

    job = carry_out(scoped, start(scoped))

    # The one that met the refusal waits for its hour in the queue; the others went on after the pause.
    assert (job.status, job.result["counts"]) == ("done", {"found": 4, "unavailable": 1})


def test_the_twin_organisation_is_not_counted(world: World, register: Register) -> None:
    with organisation_scope(world.twin.pk):
        Company.objects.create(organisation=world.twin, name="Solvane", name_key="solvane", siren="732829320")
    with organisation_scope(world.organisation.pk):
        assert list_companies(world.organisation, DUE).count() == 0
