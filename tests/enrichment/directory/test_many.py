"""Many companies answered by the local directory at once: as one after the other, in few statements, and safely."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as all_settings
from django.core.cache import cache
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from stdnum.luhn import calc_check_digit

from contacts.models import Company, Contact, Stage
from contacts.normalising import company_key
from contacts.structure.models import Establishment
from enrichment import asking, board, bulk, services
from enrichment.asking import ask_directory, ask_due_lookups
from enrichment.bulk import Selection, Which
from enrichment.directory.searching import LOAD_KEY
from enrichment.merging import question_for
from enrichment.models import DirectoryLoad, Lookup, SourceTurns
from enrichment.proofs.models import CompanyState, Proposal, ProposalStatus, Revision
from enrichment.providers.registry import DEFAULT
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from prm.work.jobs import resume_job, run_jobs, stop_job
from prm.work.models import Job
from tests.conftest import World
from tests.database import owner_connection
from tests.enrichment.directory.stock import establishment, load_sirene, unit, write_establishments, write_units
from tests.enrichment.proofs.builders import DECLARED
from tests.enrichment.register import Register
from tests.enrichment.register import company as told
from tests.enrichment.test_faults import free_port
from touchpoints.models import Interaction

MANY = 60
Row = tuple[Any, ...]


def number(n: int) -> str:
    eight = f"{41_000_000 + n}"
    return eight + str(calc_check_digit(eight))


@pytest.fixture
def alone(settings: Any) -> None:
    """Ask nobody outside."""
    settings.RECHERCHE_ENTREPRISES_URL = settings.INSEE_URL = ""


@pytest.fixture
def stock(committed: None, tmp_path: Path) -> DirectoryLoad:
    """Return a directory of many companies, each with its head office and a shop."""
    sirens = [number(n) for n in range(MANY)]
    units = [unit(one, f"FIRME {one}") for one in sirens]
    places = [establishment(f"{one}00018") for one in sirens]
    places += [establishment(f"{one}00026", etablissementSiege="false", codePostal="29200") for one in sirens]
    done = load_sirene(write_units(tmp_path, units), write_establishments(tmp_path, places))
    assert done.returncode == 0, done.stderr
    cache.delete(LOAD_KEY)
    return DirectoryLoad.objects.get()


def make(organisation: Organisation, name: str, **values: Any) -> Company:
    return Company.objects.create(organisation=organisation, name=name, name_key=company_key(name), **values)


def make_many(organisation: Organisation, first: int, last: int) -> list[Company]:
    """Make companies of the stock, by number and by name in turns."""
    return [
        make(organisation, f"Firme {number(n)}", siren=number(n))
        if n % 2
        else make(organisation, f"Firme {number(n)}", postcode="21400")
        for n in range(first, last)
    ]


def start(world: World, selection: Selection | None = None) -> Job:
    return services.request_bulk(world.organisation, selection=selection or Selection(Which.DUE), by=world.marketer)


# --- As one after the other ---------------------------------------------------------------------------


def furnish(organisation: Organisation) -> None:
    """Make companies with a trap each."""
    corrected = make(organisation, "Fonderies", siren="732829320", headcount_band="21",
                     provenance=dict.fromkeys(("siren", "headcount_band"), DECLARED))  # fmt: skip
    make(organisation, "Comptoir du Littoral", city="Brest")
    make(organisation, "COMPTOIR DU LITTORAL SARL", postcode="29200")
    closed = make(organisation, "Ateliers Brume", siren="552100554", city="Vannes",
                  provenance={"city": {"source": "sirene", "at": "2026-01-01T00:00:00+00:00"}})  # fmt: skip
    private = make(organisation, "Cachottier", siren="300025772")
    doubtful = make(organisation, "SCI du Moulin")
    make(organisation, "Inconnue au bataillon", domain="inconnue.example")
    make(organisation, "AB")
    make(organisation, "Quai", siret="73282932000026")
    make(
        organisation,
        "Camille Marchetti",
        postcode="75011",
        headcount_band="03",
        provenance={"headcount_band": DECLARED},
    )
    moved = make(organisation, "Nuages", siren="300025780", naf_code="01.11Z", naf_nomenclature="naf2")
    Contact.objects.create(
        organisation=organisation, company=closed, last_name="Ada", email="ada@brume.example", stage=Stage.SUSPECT
    )
    then = timezone.now() - timedelta(days=900)
    for one in (closed, moved):
        CompanyState.objects.create(
            organisation=organisation, company=one, siren=one.siren or "", facts={"is_closed": False}, told_at=then
        )
    for one, siret in ((private, "30002577200018"), (closed, "73282932000099")):
        Establishment.objects.create(organisation=organisation, company=one, siret=siret, is_seat=True)
    Lookup.objects.create(
        organisation=organisation, company=private, provider=DEFAULT, status="found", answer={"record": {"siren": "x"}}
    )
    Lookup.objects.filter(company=private).update(created_at=then)
    Lookup.objects.create(
        organisation=organisation, company=doubtful, provider=DEFAULT, status="ambiguous", answer={"candidates": []}
    )
    Lookup.objects.filter(company=doubtful).update(created_at=then)
    Proposal.objects.create(
        organisation=organisation, company=corrected, field="headcount_band", source="sirene", made_at=then,
        values={"headcount_band": "12"}, status=ProposalStatus.DECLINED,
    )  # fmt: skip


def told_of(organisation: Organisation) -> dict[str, list[Row]]:
    """Return all that answers left, with names in place of ids."""
    names = dict(Company.objects.values_list("pk", "name"))
    lookups = [
        (names[one.company_id], one.provider, one.status, one.detail, one.attempts, one.question, one.changes,
         {**one.answer, "other_company": names.get(one.answer.get("other_company", 0))})
        for one in Lookup.objects.order_by("pk")
    ]  # fmt: skip
    fields = [one.name for one in Company._meta.concrete_fields]
    changing = {"id", "organisation", "created_at", "updated_at"}
    revisions = Revision.objects.values_list("company__name", "cause", "stamp", "changes", "stamps", "by__email")
    return {
        "companies": list(Company.objects.order_by("pk").values_list(*(one for one in fields if one not in changing))),
        "lookups": sorted(lookups, key=lambda row: (row[0], row[1])),
        "revisions": sorted(revisions, key=lambda row: str(row[0])),
        "proposals": list(
            Proposal.objects.order_by("company__name", "field").values_list(
                "company__name", "field", "source", "values", "ours", "stamp", "status"
            )
        ),
        "places": list(
            Establishment.objects.order_by("siret").values_list(
                "company__name", "siret", "city", "is_closed", "is_seat", "source", "told_at"
            )
        ),
        "states": list(
            CompanyState.objects.order_by("company__name").values_list("company__name", "siren", "facts", "told_at")
        ),
        "news": list(Interaction.objects.order_by("kind").values_list("kind", "contact__last_name", "properties")),
    }


def test_all_at_once_end_as_one_after_the_other(directory: DirectoryLoad, world: World, alone: None) -> None:
    with organisation_scope(world.organisation.pk):
        furnish(world.organisation)
        start(world, Selection(Which.CHOSEN, tuple(Company.objects.values_list("pk", flat=True))))
        run_jobs(world.organisation)
        at_once = told_of(world.organisation)
        assert set(Lookup.objects.exclude(job=None).values_list("attempts", flat=True)) == {1}
    with organisation_scope(world.twin.pk):
        furnish(world.twin)
        for one in Company.objects.order_by("pk"):
            question = question_for(one)
            Lookup.objects.create(
                organisation=world.twin, company=one, provider=DEFAULT, asked_by=world.marketer,
                question=question.to_json() if question else {},
            )  # fmt: skip
        ask_due_lookups(world.twin, seconds=60)
        one_by_one = told_of(world.twin)

    assert at_once == one_by_one
    endings = {(row[0], row[2], row[3]) for row in at_once["lookups"]}
    assert endings >= {
        ("Fonderies", "found", ""),
        ("Comptoir du Littoral", "found", ""),
        ("COMPTOIR DU LITTORAL SARL", "found", "siren_taken"),
        ("Quai", "found", "siren_taken"),
        ("SCI du Moulin", "ambiguous", ""),
        ("SCI du Moulin", "not_found", "superseded"),
        ("Inconnue au bataillon", "not_found", ""),
        ("AB", "not_found", "not_askable"),
    }
    assert [row[:2] for row in at_once["news"]] == [("company_closed", "Ada")]
    assert {row[1] for row in at_once["places"]} >= {"73282932000018", "73282932000026", "40483304800022"}
    assert not any(row[0] == "Cachottier" or row[1] == "73282932000099" for row in at_once["places"])
    assert [(row[0], row[1], row[6]) for row in at_once["proposals"]] == [
        ("Camille Marchetti", "headcount_band", "open"),
        ("Fonderies", "headcount_band", "declined"),
    ]


# --- In few statements --------------------------------------------------------------------------------


def count_statements(world: World, companies: list[Company]) -> int:
    """Return how many statements it takes to answer about these."""
    job = Job.objects.create(organisation=world.organisation, kind="enrich", title="x")
    Lookup.objects.bulk_create(
        Lookup(organisation=world.organisation, company=one, job=job, provider=DEFAULT) for one in companies
    )
    with CaptureQueriesContext(connection) as queries:
        assert ask_directory(world.organisation, job_id=job.pk, most=100) == len(companies)
    assert set(Lookup.objects.filter(job=job).values_list("status", flat=True)) == {"found"}
    return len(queries)


def test_a_batch_costs_as_many_statements_whatever_its_size(stock: DirectoryLoad, world: World, alone: None) -> None:
    with organisation_scope(world.organisation.pk):
        few = count_statements(world, make_many(world.organisation, 0, 4))
        many = count_statements(world, make_many(world.organisation, 4, MANY))
        assert Company.objects.exclude(naf_code="24.51Z").count() == 0
        assert Establishment.objects.count() == 2 * MANY

    assert many == few
    assert many <= 45


# --- Safely -------------------------------------------------------------------------------------------


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask about ten companies at once."""
    monkeypatch.setattr(bulk, "LOCAL_BATCH", 10)


def test_stopped_it_takes_back_what_was_not_asked(
    stock: DirectoryLoad, world: World, alone: None, small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, batches = asking.ask_directory, list[int]()

    def ask_and_stop(organisation: Organisation, *, job_id: int, most: int) -> int:
        done = ask(organisation, job_id=job_id, most=most)
        batches.append(done)
        if len(batches) == 3:
            stop_job(organisation, job_id=job_id)
        return done

    monkeypatch.setattr(bulk, "ask_directory", ask_and_stop)
    with organisation_scope(world.organisation.pk):
        ids = tuple(one.pk for one in make_many(world.organisation, 0, 45))
        job = start(world, Selection(Which.CHOSEN, ids))
        run_jobs(world.organisation)
        job.refresh_from_db()
        assert (job.status, job.done, job.total, job.result["counts"]) == ("stopped", 20, 45, {"found": 20})
        resume_job(world.organisation, job_id=job.pk)
        run_jobs(world.organisation)
        job.refresh_from_db()
        assert (job.status, job.done, job.result["counts"]) == ("done", 45, {"found": 45})
        assert Lookup.objects.count() == Revision.objects.count() == 45
    assert sum(batches) == 45


def test_what_was_answered_between_what_was_taken_back_is_not_asked_again(
    stock: DirectoryLoad, world: World, small: None, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = asking.ask_claimed

    def ask_and_stop(organisation: Organisation, lookup: Lookup) -> Any:
        outcome = ask(organisation, lookup)
        stop_job(organisation, job_id=lookup.job_id or 0)
        return outcome

    with organisation_scope(world.organisation.pk):
        for n in range(4):
            register.add(told(number(100 + n), f"NEUVE {n}"))
            make(world.organisation, f"Neuve {n}", siren=number(100 + n))
            make(world.organisation, f"Firme {n}", siren=number(n))
        job = start(world, Selection(Which.CHOSEN, tuple(Company.objects.values_list("pk", flat=True))))
        monkeypatch.setattr(bulk, "ask_claimed", ask_and_stop)
        run_jobs(world.organisation)
        job.refresh_from_db()
        # The directory knew four; one was asked outside, and the three others were taken back.
        assert (job.status, job.result["counts"]) == ("stopped", {"found": 5})
        assert Lookup.objects.count() == 5

        monkeypatch.setattr(bulk, "ask_claimed", ask)
        resume_job(world.organisation, job_id=job.pk)
        run_jobs(world.organisation)
        job.refresh_from_db()
        assert (job.status, job.result["counts"]) == ("done", {"found": 8})
        assert Lookup.objects.count() == Revision.objects.count() == 8


def worker() -> "subprocess.Popen[bytes]":
    environment = {
        **os.environ,
        "DATABASE_URL": os.environ["TEST_DATABASE_URL"],
        "DATABASE_APP_URL": os.environ["TEST_DATABASE_APP_URL"],
        "RECHERCHE_ENTREPRISES_URL": "",
        "LOG_LEVEL": "ERROR",
    }
    work = (
        "import django; django.setup()\n"
        "from prm.organisations.models import Organisation\n"
        "from prm.work.jobs import run_jobs\n"
        "run_jobs(Organisation.objects.get(slug='solvane'))\n"
    )
    return subprocess.Popen([sys.executable, "-c", work], cwd=Path(all_settings.BASE_DIR), env=environment)


def wait_until_in_the_way() -> None:
    """Wait until somebody waits for a row that this transaction holds."""
    end = time.monotonic() + 60
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        mine = cursor.fetchone()
    # From outside: what a transaction sees of the others stands still.
    with owner_connection() as owner:
        while not owner.execute(
            "SELECT 1 FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid))", mine
        ).fetchone():
            assert time.monotonic() < end
            time.sleep(0.05)


def test_a_worker_killed_in_the_middle_of_a_batch_loses_and_doubles_nothing(
    stock: DirectoryLoad, world: World, alone: None
) -> None:
    with organisation_scope(world.organisation.pk):
        companies = make_many(world.organisation, 0, 30)
        job = start(world)
        with transaction.atomic():
            # Whoever records a batch has to wait for this one.
            Company.objects.select_for_update(no_key=True).get(pk=companies[20].pk)
            process = worker()
            wait_until_in_the_way()
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        assert set(Lookup.objects.values_list("status", "attempts")) == {("waiting", 1)}
        assert Revision.objects.count() == 0
        Job.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=2))
        Lookup.objects.update(retry_at=timezone.now())
        run_jobs(world.organisation)

        job.refresh_from_db()
        assert (job.status, job.done, job.total, job.result["counts"]) == ("done", 30, 30, {"found": 30})
        assert set(Lookup.objects.values_list("status", "attempts")) == {("found", 2)}
        assert Revision.objects.count() == 30
        assert Establishment.objects.count() == 60


@pytest.fixture
def rival(world: World) -> Iterator[tuple[Company, threading.Thread]]:
    """Return a company, and a thread that gives it a SIREN and commits only when a batch waits for that."""
    with organisation_scope(world.organisation.pk):
        other = make(world.organisation, "Rivale")

    def take() -> None:
        with organisation_scope(world.organisation.pk), transaction.atomic():
            Company.objects.filter(pk=other.pk).update(siren=number(4))
            taken.set()
            wait_until_in_the_way()
        connection.close()

    taken = threading.Event()
    thread = threading.Thread(target=take)
    thread.start()
    taken.wait(30)
    yield other, thread
    thread.join()


def test_a_siren_that_another_takes_in_this_very_moment_costs_the_batch_nothing(
    stock: DirectoryLoad, world: World, alone: None, rival: tuple[Company, threading.Thread]
) -> None:
    other, thread = rival
    with organisation_scope(world.organisation.pk):
        companies = make_many(world.organisation, 0, 12)
        start(world, Selection(Which.CHOSEN, tuple(one.pk for one in companies)))
        run_jobs(world.organisation)
        thread.join()

        taken = Lookup.objects.get(company=companies[4])
        assert (taken.status, taken.detail, taken.answer["other_company"]) == ("found", "siren_taken", other.pk)
        assert Company.objects.get(pk=companies[4].pk).siren is None
        assert Lookup.objects.filter(status="found", detail="").count() == 11
        assert Revision.objects.count() == 12


# --- While the register is away -----------------------------------------------------------------------


@pytest.fixture
def turns(committed: None) -> Iterator[None]:
    """Leave nobody the silence that a refusal is followed by: turns belong to no organisation."""
    SourceTurns.objects.all().delete()
    yield
    SourceTurns.objects.all().delete()


def test_what_the_directory_knows_is_answered_while_the_register_is_away(
    stock: DirectoryLoad, world: World, settings: Any, small: None, turns: None
) -> None:
    settings.RECHERCHE_ENTREPRISES_URL = f"http://127.0.0.1:{free_port()}"
    with organisation_scope(world.organisation.pk):
        for n in range(5):
            make(world.organisation, f"Neuve {n}", siren=number(100 + n))
            make_many(world.organisation, 8 * n, 8 * n + 8)
        begun = time.monotonic()
        job = start(world)
        run_jobs(world.organisation)
        took = time.monotonic() - begun

        job.refresh_from_db()
        assert (job.status, job.done, job.total) == ("done", 45, 45)
        assert job.result["counts"] == {"found": 40, "unavailable": 5}
        away = Lookup.objects.filter(status="unavailable")
        # Each has its hour in the queue, and only the first was tried: the register is left alone.
        assert sorted(away.values_list("attempts", flat=True)) == [0, 0, 0, 0, 1]
        assert all(at is not None and at > timezone.now() for at in away.values_list("retry_at", flat=True))
    assert took < 60, "it waited for the register"
    page = world.client(world.marketer).get(world.path("enrichment/")).content.decode()
    assert "40 found, 5 without an answer" in page
    assert "Companies without an answer are asked again by themselves." in page


def test_those_without_an_answer_are_asked_when_the_register_is_back(
    stock: DirectoryLoad, world: World, register: Register, settings: Any, turns: None
) -> None:
    url, settings.RECHERCHE_ENTREPRISES_URL = register.url, f"http://127.0.0.1:{free_port()}"
    register.add(told(number(100), "NEUVE"))
    with organisation_scope(world.organisation.pk):
        make(world.organisation, "Neuve", siren=number(100))
        make_many(world.organisation, 0, 4)
        start(world)
        run_jobs(world.organisation)
        states = Lookup.objects.values_list("company__name", "status", "detail", "provider", "question")
        assert [row[0] for row in states if row[1] == "unavailable"] == ["Neuve"], list(states)
        settings.RECHERCHE_ENTREPRISES_URL = url
        # What the refusal left behind: the breaker, and its shadow among the turns.
        board.forget("recherche_entreprises:trouble")
        SourceTurns.objects.all().delete()
        Lookup.objects.filter(status="unavailable").update(retry_at=timezone.now())
        ask_due_lookups(world.organisation, seconds=5)

        assert set(Lookup.objects.values_list("status", flat=True)) == {"found"}
    assert register.questions() == [number(100)]
