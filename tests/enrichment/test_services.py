"""From the wish to know a company to its values, with the real database and a real register on loopback."""

from typing import Any

import pytest
from django.utils import timezone

from contacts.models import Company, Contact
from contacts.normalising import company_key
from enrichment import services
from enrichment.answering import Attempt, record_outcome
from enrichment.asking import ask_due_lookups, claim_lookup
from enrichment.models import Lookup, LookupStatus
from enrichment.providers.outcomes import Found, NotFound
from enrichment.providers.records import CompanyRecord
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from prm.work.errors import Conflict, Invalid
from prm.work.errors import NotFound as NotFoundError
from prm.work.models import Wakeup
from tests.conftest import World
from tests.enrichment.conftest import forget_answers
from tests.enrichment.register import Fault, Register, company, establishment


def make_company(world: World, name: str = "Solvane", **values: Any) -> Company:
    return Company.objects.create(organisation=world.organisation, name=name, name_key=company_key(name), **values)


def look_up(world: World, one: Company) -> Lookup:
    lookup = services.request_lookup(world.organisation, company=one, by=world.marketer)
    ask_due_lookups(world.organisation)
    lookup.refresh_from_db()
    one.refresh_from_db()
    return lookup


def test_a_company_is_found_by_siren_and_every_value_says_where_it_is_from(scoped: World, register: Register) -> None:
    one = make_company(scoped, siren="732829320")

    lookup = look_up(scoped, one)

    assert (lookup.status, lookup.attempts, lookup.retry_at) == ("found", 1, None)
    assert lookup.question == {"siren": "732829320"}
    assert (one.siret, one.naf_code, one.naf_nomenclature) == ("73282932000012", "62.01Z", "naf2")
    assert one.naf2025_code == "62.10Y"
    assert (one.headcount_band, one.legal_form, one.category) == ("12", "5710", "PME")
    assert (one.address, one.postcode, one.city, one.department) == ("12 RUE DES CARMES", "44000", "NANTES", "44")
    assert one.founded_on is not None
    assert one.founded_on.isoformat() == "2009-04-17"
    stamp = {
        "source": "sirene", "at": lookup.answer["record"]["fetched_at"], "ref": "732829320", "method": "number",
    }  # fmt: skip
    filled = {
        "siret", "naf_code", "naf_nomenclature", "naf2025_code", "headcount_band", "legal_form", "category", "address",
        "postcode", "city", "department", "founded_on",
    }  # fmt: skip
    assert one.provenance == dict.fromkeys(filled, stamp)
    assert lookup.changes["headcount_band"] == ["", "12"]
    assert set(lookup.changes) == filled


def test_the_degree_of_qualification_of_its_people_follows(scoped: World, register: Register) -> None:
    one = make_company(scoped, siren="732829320")
    contact = Contact.objects.create(organisation=scoped.organisation, email="a@solvane.example", company=one)

    look_up(scoped, one)

    contact.refresh_from_db()
    # E-mail, company, SIREN, activity and headcount of eight things worth knowing.
    assert contact.qualification_percent == 63


def test_people_of_a_company_that_changed_are_scored_anew(scoped: World, register: Register) -> None:
    one = make_company(scoped, siren="732829320")

    look_up(scoped, one)
    assert Wakeup.objects.filter(queue="score").count() == 1
    changed_at = one.updated_at

    look_up(scoped, one)
    assert one.updated_at == changed_at


def test_a_declared_value_is_never_overwritten(scoped: World, register: Register) -> None:
    mine = {"source": "declared", "at": "2026-01-01T00:00:00+00:00"}
    one = make_company(scoped, siren="732829320", headcount_band="21", provenance={"headcount_band": mine})

    lookup = look_up(scoped, one)

    assert one.headcount_band == "21"
    assert one.provenance["headcount_band"] == mine
    assert lookup.answer["kept"] == {"headcount_band": "12"}


def test_not_found_is_an_answer_and_changes_nothing(scoped: World, register: Register) -> None:
    one = make_company(scoped, siren="999999998")
    before = one.updated_at

    lookup = look_up(scoped, one)

    assert (lookup.status, lookup.changes) == ("not_found", {})
    assert one.updated_at == before


def test_unavailable_is_no_answer_and_is_tried_again_later(scoped: World, register: Register) -> None:
    register.lasting_fault = Fault(status=500)
    one = make_company(scoped, siren="732829320")

    lookup = look_up(scoped, one)

    assert (lookup.status, lookup.detail, lookup.attempts) == ("unavailable", "server_error", 1)
    assert lookup.answered_at is None
    assert lookup.retry_at is not None
    wait = (lookup.retry_at - timezone.now()).total_seconds()
    assert 55 < wait < 75
    assert Wakeup.objects.filter(queue="enrich", due_at=lookup.retry_at).count() == 1
    assert one.naf_code == ""

    register.lasting_fault = None
    Lookup.objects.update(retry_at=timezone.now())
    ask_due_lookups(scoped.organisation)
    lookup.refresh_from_db()
    assert (lookup.status, lookup.attempts) == ("found", 2)


def test_after_six_retries_a_person_decides(scoped: World, register: Register, clean_board: None) -> None:
    register.lasting_fault = Fault(status=404)
    one = make_company(scoped, siren="732829320")
    lookup = Lookup.objects.create(
        organisation=scoped.organisation, company=one, provider="recherche_entreprises", status="unavailable",
        question={"siren": "732829320"}, attempts=6, retry_at=timezone.now(),
    )  # fmt: skip

    ask_due_lookups(scoped.organisation)

    lookup.refresh_from_db()
    assert (lookup.status, lookup.attempts, lookup.retry_at) == ("unavailable", 7, None)
    assert claim_lookup() is None

    register.lasting_fault = None
    services.retry_lookup(scoped.organisation, lookup_id=lookup.pk, by=scoped.marketer)
    ask_due_lookups(scoped.organisation)
    lookup.refresh_from_db()
    assert (lookup.status, lookup.attempts) == ("found", 1)


def test_a_refused_question_is_not_tried_again(scoped: World, register: Register) -> None:
    register.fail(Fault(status=400, body='{"erreur": "Au moins un paramètre est non valide."}'))

    lookup = look_up(scoped, make_company(scoped, siren="732829320"))

    assert (lookup.status, lookup.detail, lookup.retry_at) == ("unavailable", "question_refused", None)
    assert lookup.answer == {"message": "Au moins un paramètre est non valide."}


def test_while_the_source_is_left_alone_nothing_is_asked_and_no_attempt_is_spent(
    scoped: World, register: Register
) -> None:
    register.fail(Fault(status=429, headers={"Retry-After": "60"}))
    companies = [make_company(scoped, f"C {siren}", siren=siren) for siren in ("732829320", "404833048", "552100554")]
    for one in companies:
        services.request_lookup(scoped.organisation, company=one, by=scoped.marketer)

    ask_due_lookups(scoped.organisation)

    assert len(register.asked) == 1
    rows = Lookup.objects.order_by("pk").values_list("status", "detail", "attempts")
    assert list(rows) == [("unavailable", "quota", 1), ("unavailable", "quota", 0), ("waiting", "", 0)]
    later = Wakeup.objects.filter(due_at__gt=timezone.now()).order_by("due_at")
    due_at = later.values_list("due_at", flat=True)[0]
    assert 50 < (due_at - timezone.now()).total_seconds() < 61


def test_a_closed_company_is_marked_closed(scoped: World, register: Register) -> None:
    one = make_company(scoped, siren="552100554")

    look_up(scoped, one)

    assert one.is_closed
    assert (one.naf_code, one.naf_nomenclature) == ("51.4A", "naf1")


def test_a_private_company_is_marked_and_what_it_hides_is_forgotten(scoped: World, register: Register) -> None:
    one = make_company(scoped, siren="732829320")
    first = look_up(scoped, one)
    hidden = dict.fromkeys(("adresse", "code_postal"), "[NON-DIFFUSIBLE]")
    register.add(company("732829320", "SOLVANE", statut_diffusion="P", siege=establishment("73282932000012", **hidden)))
    forget_answers()

    second = look_up(scoped, one)

    assert one.partial_diffusion
    assert (one.address, one.postcode, one.city) == ("", "", "NANTES")
    assert "address" not in one.provenance
    first.refresh_from_db()
    assert (first.answer, first.changes) == ({}, {})
    assert second.changes["address"] == [None, ""]
    assert services.undoable(second, one) == ["partial_diffusion"]


def test_a_name_at_its_postcode_brings_the_siren(scoped: World, register: Register) -> None:
    one = make_company(scoped, "Solvane SAS", postcode="44000")

    lookup = look_up(scoped, one)

    assert (lookup.status, one.siren, one.name) == ("found", "732829320", "Solvane SAS")
    assert one.provenance["siren"]["ref"] == "732829320"


@pytest.fixture
def doubtful(scoped: World, register: Register) -> tuple[World, Company, Lookup]:
    register.add(company("443061841", "SOLVANE", siege=establishment("44306184100047", code_postal="69003")))
    one = make_company(scoped)
    return scoped, one, look_up(scoped, one)


def test_a_doubtful_name_waits_for_a_person(doubtful: tuple[World, Company, Lookup]) -> None:
    _world, one, lookup = doubtful

    assert (lookup.status, one.siren, one.provenance) == ("ambiguous", None, {})
    assert [record.siren for record in services.candidates_of(lookup)] == ["732829320", "443061841"]


def test_a_person_chooses(doubtful: tuple[World, Company, Lookup]) -> None:
    world, one, lookup = doubtful

    services.choose_candidate(world.organisation, lookup_id=lookup.pk, siren="443061841", by=world.sales)

    one.refresh_from_db()
    lookup.refresh_from_db()
    assert (lookup.status, lookup.detail, one.siren, one.postcode) == ("found", "chosen", "443061841", "69003")
    entry = AuditEntry.objects.get(action="company.enrich_choose")
    assert (entry.actor, entry.object_id, entry.after["siren"]) == (world.sales, one.pk, "443061841")


def test_a_choice_is_made_once(doubtful: tuple[World, Company, Lookup]) -> None:
    world, one, lookup = doubtful
    services.choose_candidate(world.organisation, lookup_id=lookup.pk, siren="443061841", by=world.sales)

    with pytest.raises(Conflict):
        services.choose_candidate(world.organisation, lookup_id=lookup.pk, siren="732829320", by=world.marketer)

    one.refresh_from_db()
    assert one.siren == "443061841"


def test_only_a_candidate_can_be_chosen(doubtful: tuple[World, Company, Lookup]) -> None:
    world, one, lookup = doubtful

    with pytest.raises(NotFoundError):
        services.choose_candidate(world.organisation, lookup_id=lookup.pk, siren="404833048", by=world.sales)

    one.refresh_from_db()
    assert one.siren is None


def test_none_of_the_candidates(doubtful: tuple[World, Company, Lookup]) -> None:
    world, _one, lookup = doubtful

    services.dismiss_candidates(world.organisation, lookup_id=lookup.pk, by=world.sales)

    lookup.refresh_from_db()
    assert (lookup.status, lookup.detail) == ("not_found", "none_chosen")


def test_a_newer_answer_takes_an_older_choice_off_the_list(doubtful: tuple[World, Company, Lookup]) -> None:
    world, one, lookup = doubtful
    one.postcode = "69003"
    one.save()

    newer = look_up(world, one)

    lookup.refresh_from_db()
    assert (lookup.status, lookup.detail) == ("not_found", "superseded")
    assert (newer.status, one.siren) == ("found", "443061841")


def test_a_siren_another_company_has_is_not_written_twice(scoped: World, register: Register) -> None:
    first = make_company(scoped, "Solvane groupe", siren="732829320")
    second = make_company(scoped, "Solvane", postcode="44000")

    lookup = look_up(scoped, second)

    assert (lookup.status, lookup.detail) == ("found", "siren_taken")
    assert lookup.answer["other_company"] == first.pk
    assert (second.siren, second.siret, second.headcount_band) == (None, "", "12")


def test_an_enrichment_is_undone_value_by_value(scoped: World, register: Register) -> None:
    one = make_company(
        scoped, siren="732829320", headcount_band="01", provenance={"headcount_band": {"source": "import 3"}}
    )
    lookup = look_up(scoped, one)
    # Somebody corrects one value in between: it stays.
    one.legal_form, one.provenance["legal_form"] = "5499", {"source": "declared"}
    one.save()

    services.undo_lookup(scoped.organisation, lookup_id=lookup.pk, by=scoped.marketer)

    one.refresh_from_db()
    lookup.refresh_from_db()
    assert (one.headcount_band, one.provenance["headcount_band"]) == ("01", {"source": "import 3"})
    assert (one.naf_code, one.founded_on, one.legal_form) == ("", None, "5499")
    assert set(one.provenance) == {"headcount_band", "legal_form"}
    assert (lookup.status, lookup.detail, lookup.changes) == ("found", "undone", {})
    with pytest.raises(Conflict):
        services.undo_lookup(scoped.organisation, lookup_id=lookup.pk, by=scoped.marketer)


def test_asking_twice_is_asking_once(scoped: World, register: Register) -> None:
    one = make_company(scoped, siren="732829320")
    first = services.request_lookup(scoped.organisation, company=one, by=scoped.marketer)

    second = services.request_lookup(scoped.organisation, company=one, by=scoped.sales)

    assert second.pk == first.pk
    assert ask_due_lookups(scoped.organisation) == 1
    assert len(register.asked) == 1


def test_asking_while_the_source_was_unavailable_asks_now(scoped: World, register: Register) -> None:
    register.fail(Fault(status=500))
    one = make_company(scoped, siren="732829320")
    waiting = look_up(scoped, one)
    assert waiting.status == "unavailable"

    again = look_up(scoped, one)

    assert (again.pk, again.status) == (waiting.pk, "found")


def test_a_company_that_says_nothing_cannot_be_asked_about(scoped: World) -> None:
    one = make_company(scoped, "AB")

    with pytest.raises(Invalid):
        services.request_lookup(scoped.organisation, company=one, by=scoped.marketer)

    assert Lookup.objects.count() == 0


def test_a_company_that_changed_while_it_was_asked_for_is_asked_again(scoped: World, register: Register) -> None:
    one = make_company(scoped, siren="732829320")
    services.request_lookup(scoped.organisation, company=one, by=scoped.marketer)
    claimed = claim_lookup()
    assert claimed is not None
    Company.objects.update(siren="404833048")

    outcome = Found(CompanyRecord(siren="732829320", naf_code="62.01Z", naf_nomenclature="naf2"))
    record_outcome(scoped.organisation, Attempt(claimed.pk, claimed.attempts, outcome))

    claimed.refresh_from_db()
    one.refresh_from_db()
    assert (claimed.status, claimed.question, one.naf_code) == ("waiting", {"siren": "404833048"}, "")
    ask_due_lookups(scoped.organisation)
    one.refresh_from_db()
    assert one.city == "BREST"


def test_a_claimed_lookup_is_nobody_elses_until_its_lease_is_over(scoped: World, register: Register) -> None:
    one = make_company(scoped, siren="732829320")
    services.request_lookup(scoped.organisation, company=one, by=scoped.marketer)

    claimed = claim_lookup()

    assert claimed is not None
    assert claim_lookup() is None
    # Its worker is killed; the lease ends.
    Lookup.objects.update(retry_at=timezone.now())
    assert ask_due_lookups(scoped.organisation) == 1
    claimed.refresh_from_db()
    assert (claimed.status, claimed.attempts) == ("found", 2)


def test_the_answer_of_a_worker_that_was_given_up_changes_nothing(scoped: World, register: Register) -> None:
    one = make_company(scoped, siren="732829320")
    services.request_lookup(scoped.organisation, company=one, by=scoped.marketer)
    slow = claim_lookup()
    assert slow is not None
    Lookup.objects.update(retry_at=timezone.now())
    quick = claim_lookup()
    assert quick is not None

    late = record_outcome(scoped.organisation, Attempt(slow.pk, slow.attempts, NotFound()))

    assert late is None
    quick.refresh_from_db()
    assert quick.status == LookupStatus.WAITING


def test_a_company_removed_meanwhile_is_no_error(scoped: World, register: Register) -> None:
    one = make_company(scoped, siren="732829320")
    services.request_lookup(scoped.organisation, company=one, by=scoped.marketer)
    claimed = claim_lookup()
    assert claimed is not None
    one.delete()

    assert record_outcome(scoped.organisation, Attempt(claimed.pk, 1, NotFound())) is None


@pytest.fixture
def twins(world: World) -> tuple[World, Company, Company]:
    def make(organisation: Any) -> Company:
        with organisation_scope(organisation.pk):
            return Company.objects.create(
                organisation=organisation, name="Solvane", name_key="solvane", siren="732829320"
            )

    return world, make(world.organisation), make(world.twin)


def test_the_twin_organisation_keeps_its_own(twins: tuple[World, Company, Company], register: Register) -> None:
    world, mine, theirs = twins
    with organisation_scope(world.organisation.pk):
        lookup = services.request_lookup(world.organisation, company=mine, by=world.marketer)
        with pytest.raises(NotFoundError):
            services.request_lookup(world.organisation, company=theirs, by=world.marketer)
    ask_due_lookups(world.twin)
    assert register.asked == []
    ask_due_lookups(world.organisation)

    with organisation_scope(world.twin.pk):
        theirs.refresh_from_db()
        assert (theirs.naf_code, Lookup.objects.count()) == ("", 0)
        with pytest.raises(NotFoundError):
            services.undo_lookup(world.twin, lookup_id=lookup.pk, by=world.twin_admin)
    with organisation_scope(world.organisation.pk):
        mine.refresh_from_db()
        assert mine.naf_code == "62.01Z"
