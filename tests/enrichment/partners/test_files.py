"""A partner's file from the dry run to the undoing: what it fills, what it leaves, and how each value is proved."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from contacts.fields.models import CustomField
from contacts.models import Company, Contact, Import, ImportReject
from contacts.tidying import tidy
from enrichment.models import Lookup, LookupStatus
from enrichment.partners import running, services, writing
from enrichment.partners.models import PARTNER_FILE, PartnerChange, PartnerFile
from enrichment.partners.queries import get_file
from enrichment.partners.undoing import start_undo
from enrichment.services import retry_lookup
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from prm.web.marks import provenance_of
from prm.work.errors import Conflict, Invalid, NotFound
from prm.work.jobs import resume_job, run_jobs, stop_job
from tests.conftest import World
from tests.enrichment.partners.files import TERMS, bring_in, make_company, prepare, take_in

HEAD = "SIREN;Site web;Raison sociale;Code postal;Ville;Effectif;Code NAF;CA\n"


@pytest.fixture
def solvane(scoped: World) -> Company:
    return make_company(scoped.organisation, "Solvane", siren="732829320")


def rejects(partner_file: PartnerFile) -> list[tuple[int, str, str]]:
    found = ImportReject.objects.filter(source_import=partner_file.source_import).order_by("line")
    return list(found.values_list("line", "reason", "column"))


def test_values_are_filled_and_each_says_where_it_is_from(scoped: World, solvane: Company) -> None:
    person = Contact.objects.create(organisation=scoped.organisation, email="a@solvane.example", company=solvane)

    found = bring_in(scoped, HEAD + "732829320;solvane.fr;SOLVANE SAS;44000;Nantes;35;6201Z;1 200 000\n",
                     {"CA": "new.number"})  # fmt: skip

    solvane.refresh_from_db()
    assert (solvane.domain, solvane.postcode, solvane.city, solvane.department) == (
        "solvane.fr",
        "44000",
        "Nantes",
        "44",
    )
    assert (solvane.headcount_band, solvane.naf_code, solvane.naf_nomenclature) == ("12", "62.01Z", "naf2")
    assert (solvane.name, solvane.custom) == ("Solvane", {"ca": 1200000})
    assert solvane.provenance["headcount_band"] == {
        "source": "partner:altares", "at": "2026-11-01T12:00:00+01:00", "ref": f"partner_file {found.pk}",
        "partner": "Altares", "file": "altares.csv", "line": "2", "basis": "legitimate_interest", "until": "2027-11-01",
    }  # fmt: skip
    shown = provenance_of(solvane, "custom.ca")
    assert shown is not None
    assert (shown.kind, shown.title) == ("partner", "Source: Altares (altares.csv, line 2), 1 Nov")
    assert found.counts == {"siren": 1, "filled": 8}
    before = person.qualification_percent
    person.refresh_from_db()
    assert person.qualification_percent > before
    entry = AuditEntry.objects.get(action="partnerfile.start")
    assert (entry.actor, entry.after["partner"], entry.after["licence"]) == (scoped.marketer, "Altares", TERMS.licence)


def test_a_persons_entry_and_another_source_stay(scoped: World, solvane: Company) -> None:
    declared = {"source": "declared", "at": "2026-01-01T00:00:00+00:00"}
    sirene = {"source": "sirene", "at": "2026-01-01T00:00:00+00:00", "ref": "732829320"}
    Company.objects.update(headcount_band="21", naf_code="70.22Z", naf_nomenclature="naf2", city="Rezé",
                           provenance={"headcount_band": declared, "naf_code": sirene, "city": declared})  # fmt: skip

    found = bring_in(scoped, HEAD + "732829320;solvane.fr;;44000;Nantes;35;6201Z;\n")

    solvane.refresh_from_db()
    assert (solvane.headcount_band, solvane.naf_code, solvane.city) == ("21", "70.22Z", "Rezé")
    # An address is written whole or not at all.
    assert (solvane.postcode, solvane.domain) == ("", "solvane.fr")
    assert found.counts == {"siren": 1, "filled": 1, "own": 4, "differs": 1, "same": 1}
    assert rejects(found) == []


def test_the_same_partner_brings_its_own_values_up_to_date(scoped: World, solvane: Company) -> None:
    bring_in(scoped, "SIREN;Effectif\n732829320;35\n")
    before = services.Terms("Altares", "x", "contract", TERMS.told_on.replace(year=2025), TERMS.told_on)
    older = bring_in(scoped, "SIREN;Effectif\n732829320;5\n", terms=before)
    newer = bring_in(scoped, "SIREN;Effectif\n732829320;120\n")
    other = bring_in(scoped, "SIREN;Effectif\n732829320;5\n",
                     terms=services.Terms("Ellisphere", "x", "contract", TERMS.told_on, TERMS.fresh_until))  # fmt: skip

    solvane.refresh_from_db()
    assert solvane.headcount_band == "22"
    assert [one.counts for one in (older, newer, other)] == [
        {"siren": 1, "differs": 1}, {"siren": 1, "updated": 1}, {"siren": 1, "differs": 1},
    ]  # fmt: skip


def test_companies_are_found_by_number_then_domain_then_name_at_its_place(scoped: World, solvane: Company) -> None:
    domain = make_company(scoped.organisation, "Groupe Brume", domain="brume.example")
    name = make_company(scoped.organisation, "Fonderies du Val d'Ource", postcode="21400", city="Châtillon")
    siret = make_company(scoped.organisation, "Sans siren", siret="40483304800022")
    content = (
        "SIREN,SIRET,TVA,Site web,Raison sociale,Code postal,Effectif\n"
        "732829320,,,,,,1\n"
        ",40483304800022,,,,,3\n"
        ",,FR44732829320,,,,1\n"
        ",,,https://www.brume.example/,,,6\n"
        ",,,,FONDERIES DU VAL D OURCE SARL,21400,10\n"
    )

    found = bring_in(scoped, content)

    assert found.counts["siren"] == found.counts["siret"] == found.counts["vat"] == 1
    assert found.counts["domain"] == found.counts["name"] == 1
    bands = {one.pk: one.headcount_band for one in Company.objects.all()}
    assert bands == {solvane.pk: "01", siret.pk: "02", domain.pk: "03", name.pk: "11"}


def test_a_number_that_cannot_be_one_finds_whom_it_is_known_of(scoped: World) -> None:
    known = make_company(scoped.organisation, "Aciéries", siren="000412120")

    found = bring_in(scoped, "SIREN;Effectif\n000412120;35\n000412121;35\n")

    known.refresh_from_db()
    assert known.headcount_band == "12"
    assert found.counts == {"siren": 1, "filled": 1, "unusable": 1}
    assert rejects(found) == [(3, "bad_siren", "")]


def test_a_company_with_another_siren_is_never_meant(scoped: World) -> None:
    make_company(scoped.organisation, "Brume", siren="552100554", domain="brume.example", postcode="44000")

    found = bring_in(scoped, HEAD + "404833048;brume.example;Brume;44000;Nantes;35;;\n")

    assert rejects(found) == [(2, "unknown_company", "")]
    assert Company.objects.get().headcount_band == ""


def test_a_bare_company_gets_the_number_once(scoped: World) -> None:
    first = make_company(scoped.organisation, "Brume", domain="brume.example")
    second = make_company(scoped.organisation, "Brume Nord", domain="nord.example")

    bring_in(scoped, "SIREN;Site web;Effectif\n552100554;brume.example;5\n552100554;nord.example;8\n")

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.siren, second.siren, second.headcount_band) == ("552100554", None, "03")


def test_a_name_elsewhere_waits_for_a_person_who_settles_it(scoped: World) -> None:
    first = make_company(scoped.organisation, "Menuiserie Durand", city="Lyon", postcode="69003")
    second = make_company(scoped.organisation, "Menuiserie Durand", city="Brest", postcode="29200")

    found = bring_in(scoped, "Raison sociale;Code postal;Effectif\nMenuiserie Durand;13001;12\n")

    assert found.counts == {"doubtful": 1}
    lookup = Lookup.objects.get(provider=PARTNER_FILE)
    assert (lookup.status, lookup.company) == (LookupStatus.AMBIGUOUS, first)
    with pytest.raises(NotFound):
        services.settle_line(scoped.organisation, lookup_id=lookup.pk, company_id=second.pk + 99, by=scoped.sales)
    counts = services.settle_line(scoped.organisation, lookup_id=lookup.pk, company_id=second.pk, by=scoped.sales)

    second.refresh_from_db()
    assert (second.headcount_band, counts.filled) == ("11", 1)
    assert get_file(scoped.organisation, found.pk).counts == {"name": 1, "filled": 1, "differs": 2}
    with pytest.raises(Conflict):
        services.settle_line(scoped.organisation, lookup_id=lookup.pk, company_id=first.pk, by=scoped.sales)


def test_bad_lines_and_bad_cells_are_set_aside_with_their_reasons(scoped: World, solvane: Company) -> None:
    content = (
        "SIREN;Raison sociale;Code postal;Effectif\n"
        "732829320;;;beaucoup\n"
        "732829321;;;12\n"
        ";;44000;12\n"
        "404833048;Inconnue;44000;12\n"
        "1;2\n"
    )

    found = bring_in(scoped, content)

    assert rejects(found) == [
        (2, "bad_headcount", "Effectif"), (3, "bad_siren", ""), (4, "no_company_key", ""),
        (5, "unknown_company", ""), (6, "wrong_columns", ""),
    ]  # fmt: skip
    assert found.counts == {"siren": 1, "unusable": 3, "unknown": 1, "refused": 1}
    assert found.source_import.rejected == 5


def test_a_company_that_keeps_its_data_private_takes_nothing(scoped: World, solvane: Company) -> None:
    Company.objects.update(partial_diffusion=True)

    found = bring_in(scoped, HEAD + "732829320;solvane.fr;;44000;Nantes;35;6201Z;\n")

    solvane.refresh_from_db()
    assert (solvane.city, solvane.headcount_band, solvane.domain) == ("", "", "")
    assert found.counts["private"] == 1
    assert found.counts["refused"] == 7
    assert rejects(found) == [(2, "private_company", "")]


def test_the_dry_run_says_what_the_file_does_and_writes_nothing(
    scoped: World, solvane: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "BATCH_ROWS", 2)
    # The same company on lines of several batches: the second line finds what the first one filled.
    content = HEAD + "732829320;;;;;35;;\n404833048;;;;;12;;\n732829320;;;;;35;6201Z;\n;;;;;;;9\n732829320;;;;;99;;\n"

    partner_file = prepare(scoped, content)

    solvane.refresh_from_db()
    assert (solvane.headcount_band, solvane.provenance) == ("", {})
    assert PartnerChange.objects.count() == Lookup.objects.count() == 0
    trial = {name: number for name, number in partner_file.source_import.trial.items() if name != "rows"}
    services.start_file(scoped.organisation, file_id=partner_file.pk, by=scoped.marketer)
    run_jobs(scoped.organisation)
    assert get_file(scoped.organisation, partner_file.pk).counts == trial
    assert trial == {"siren": 3, "unknown": 1, "unusable": 1, "filled": 3, "same": 1, "updated": 1}


def test_a_stopped_file_goes_on_where_it_was(scoped: World, solvane: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "BATCH_ROWS", 2)
    for number in range(7):
        make_company(scoped.organisation, f"Firme {number}", domain=f"f{number}.example")
    partner_file = prepare(scoped, "Site web;Effectif\n" + "".join(f"f{n}.example;{n + 1}\n" for n in range(7)))
    job = services.start_file(scoped.organisation, file_id=partner_file.pk, by=scoped.marketer).source_import.job
    assert job is not None
    carry_out, batches = writing.carry_out, []

    def stop_after_two(*args: Any) -> Any:
        batches.append(args[1].begin)
        if len(batches) == 2:
            stop_job(scoped.organisation, job_id=job.pk)
        return carry_out(*args)

    monkeypatch.setattr(running, "carry_out", stop_after_two)
    run_jobs(scoped.organisation)
    job.refresh_from_db()
    assert (job.status, job.done, Company.objects.exclude(headcount_band="").count()) == ("stopped", 4, 4)

    resume_job(scoped.organisation, job_id=job.pk)
    run_jobs(scoped.organisation)

    job.refresh_from_db()
    assert (job.status, batches) == ("done", [0, 2, 4, 6])
    assert get_file(scoped.organisation, partner_file.pk).counts == {"domain": 7, "filled": 7}
    assert PartnerChange.objects.count() == 7


def test_undoing_gives_back_what_was_and_leaves_what_changed_since(scoped: World, solvane: Company) -> None:
    other = make_company(scoped.organisation, "Brume", siren="552100554", headcount_band="01",
                         provenance={"headcount_band": {"source": "partner:altares", "at": "2026-01-01"}})  # fmt: skip
    found = bring_in(scoped, HEAD + "732829320;solvane.fr;;44000;Nantes;35;6201Z;7\n552100554;;;;;35;;8\n",
                     {"CA": "new.number"})  # fmt: skip
    solvane.refresh_from_db()
    solvane.domain, solvane.provenance = "autre.example", {**solvane.provenance, "domain": {"source": "declared"}}
    solvane.save()

    start_undo(scoped.organisation, file_id=found.pk, by=scoped.marketer)
    run_jobs(scoped.organisation)

    solvane.refresh_from_db()
    other.refresh_from_db()
    assert (solvane.domain, solvane.city, solvane.headcount_band, solvane.naf_code) == ("autre.example", "", "", "")
    assert solvane.naf_nomenclature == solvane.department == ""
    assert (solvane.custom, other.custom) == ({}, {})
    assert solvane.provenance == {"domain": {"source": "declared"}}
    assert (other.headcount_band, other.provenance["headcount_band"]["at"]) == ("01", "2026-01-01")
    assert get_file(scoped.organisation, found.pk).source_import.undone == {"restored": 1, "left": 1}
    with pytest.raises(Conflict):
        start_undo(scoped.organisation, file_id=found.pk, by=scoped.marketer)
    with pytest.raises(Conflict):
        services.start_file(scoped.organisation, file_id=found.pk, by=scoped.marketer)


def test_lines_that_wait_go_with_an_undone_file(scoped: World) -> None:
    make_company(scoped.organisation, "Menuiserie Durand", city="Lyon", postcode="69003")
    found = bring_in(scoped, "Raison sociale;Code postal;Effectif\nMenuiserie Durand;13001;12\n")

    start_undo(scoped.organisation, file_id=found.pk, by=scoped.marketer)
    run_jobs(scoped.organisation)

    assert list(Lookup.objects.values_list("status", "detail")) == [("not_found", "undone")]
    assert "row" not in Lookup.objects.get().answer


def test_what_a_doubtful_line_says_is_kept_for_a_time_and_no_longer(scoped: World) -> None:
    make_company(scoped.organisation, "Menuiserie Durand", city="Lyon", postcode="69003")
    brest = make_company(scoped.organisation, "Menuiserie Durand", city="Brest", postcode="29200")
    line = "Menuiserie Durand;13001;12\n"
    bring_in(scoped, "Raison sociale;Code postal;Effectif\n" + line * 2)
    settled, waits = Lookup.objects.order_by("pk")
    services.settle_line(scoped.organisation, lookup_id=settled.pk, company_id=brest.pk, by=scoped.sales)
    with pytest.raises(Conflict):
        retry_lookup(scoped.organisation, lookup_id=settled.pk, by=scoped.sales)
    for days, kept in ((29, [True, True]), (31, [False, True])):
        Lookup.objects.update(answered_at=timezone.now() - timedelta(days=days))
        tidy(scoped.organisation)
        assert ["row" in answer for answer in Lookup.objects.order_by("pk").values_list("answer", flat=True)] == kept
    settled.refresh_from_db()
    assert (settled.status, settled.answer["line"], settled.question) == ("found", 2, {})

    # Nobody has to say whose a line is that holds no longer.
    PartnerFile.objects.update(fresh_until=timezone.localdate() - timedelta(days=1))
    tidy(scoped.organisation)
    waits.refresh_from_db()
    assert (waits.status, waits.detail, "row" in waits.answer) == ("not_found", "stale_line", False)


def test_more_doubtful_lines_than_anybody_settles_come_back(scoped: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "MOST_DOUBTFUL", 1)
    make_company(scoped.organisation, "Menuiserie Durand", city="Lyon", postcode="69003")

    found = bring_in(scoped, "Raison sociale;Code postal;Effectif\n" + "Menuiserie Durand;13001;12\n" * 3)

    assert Lookup.objects.count() == 1
    assert rejects(found) == [(3, "many_doubtful", ""), (4, "many_doubtful", "")]


def test_the_terms_are_asked_for(scoped: World, solvane: Company) -> None:
    partner_file = take_in(scoped, "SIREN;Effectif\n732829320;35\n")
    mapping = {"SIREN": "siren", "Effectif": "headcount"}
    bad = services.Terms(" ", "", "", TERMS.told_on.replace(year=2099), TERMS.told_on)

    with pytest.raises(Invalid) as refusal:
        services.map_file(
            scoped.organisation,
            file_id=partner_file.pk,
            mapping=mapping,
            terms=bad,
            may_define=True,
            by=scoped.marketer,
        )

    assert set(refusal.value.fields) == {"partner", "licence", "lawful_basis", "told_on"}
    with pytest.raises(Invalid):
        services.start_file(scoped.organisation, file_id=partner_file.pk, by=scoped.marketer)
    assert Import.objects.get().source == ""


def test_whoever_may_not_define_fields_makes_none(scoped: World, solvane: Company) -> None:
    partner_file = take_in(scoped, "SIREN;CA\n732829320;35\n")

    with pytest.raises(Invalid) as refusal:
        services.map_file(
            scoped.organisation,
            file_id=partner_file.pk,
            mapping={"SIREN": "siren", "CA": "new.number"},
            terms=TERMS,
            may_define=False,
            by=scoped.sales,
        )

    assert set(refusal.value.fields) == {"CA"}
    assert CustomField.objects.count() == 0


def test_the_next_file_with_these_columns_is_mapped_as_this_one(scoped: World, solvane: Company) -> None:
    bring_in(scoped, "SIREN;Machin\n732829320;35\n", {"Machin": "headcount"})

    again = take_in(scoped, "Machin;SIREN\n12;732829320\n")

    assert again.source_import.mapping == {"Machin": "headcount", "SIREN": "siren"}
    assert (again.source_import.source, again.licence) == ("Altares", TERMS.licence)


def test_the_twin_keeps_its_own(world: World) -> None:
    with organisation_scope(world.twin.pk):
        twin = make_company(world.twin, "Solvane", siren="732829320")
    with organisation_scope(world.organisation.pk):
        found = bring_in(world, "SIREN;Effectif\n732829320;35\n")
        assert found.counts == {"unknown": 1}
    with organisation_scope(world.twin.pk):
        twin.refresh_from_db()
        assert twin.headcount_band == ""
        with pytest.raises(NotFound):
            get_file(world.twin, found.pk)


def test_a_dry_run_asked_for_twice_leaves_the_lines_the_file_itself_set_aside(scoped: World) -> None:
    make_company(scoped.organisation, "Solvane", siren="732829320")
    partner_file = bring_in(scoped, "SIREN;Effectif\n732829320;35\n404833048;12\n")
    before = list(ImportReject.objects.values_list("pk", "line", "reason"))
    assert len(before) == 1

    with pytest.raises(Conflict):
        running.try_file(scoped.organisation, partner_file, lambda _done, _total: None)

    assert list(ImportReject.objects.values_list("pk", "line", "reason")) == before
