"""Finding companies in the directory and taking them in: whom it shows, whom it leaves out, what is noted."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts.companies import update_company
from contacts.models import Company, Contact
from contacts.tidying import tidy
from enrichment.activities import find_activities
from enrichment.models import DirectoryLoad, Excluded, Prospected, ProspectingException
from enrichment.prospected import take_back
from enrichment.prospecting import (
    Added,
    Criteria,
    add_companies,
    close_prospecting,
    count_matches,
    list_matches,
    open_prospecting,
)
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from prm.work.errors import Conflict, Invalid, NotFound
from tests.conftest import World

NOBODY: frozenset[str] = frozenset()


def found(allowed: frozenset[str] = NOBODY, **criteria: object) -> list[str]:
    rows = list_matches(Criteria(**criteria), allowed=allowed).order_by("siren")  # type: ignore[arg-type]
    assert count_matches(rows).number == rows.count()
    return list(rows.values_list("siren", flat=True))


def test_activities_are_found_by_words_in_either_language_and_by_code() -> None:
    assert [one.code for one in find_activities("programmation inform")][:2] == ["62", "62.01Z"]
    assert "62" in [one.code for one in find_activities("computer programming")]
    assert [one.code for one in find_activities("6201")] == ["62.01Z"]
    assert [one.code for one in find_activities("62.01")] == ["62.01Z"]
    assert "10.71C" in [one.code for one in find_activities("BOULANGERIE")]
    assert find_activities("x") == []
    assert find_activities("zzzz") == []


def test_criteria_narrow_what_is_found(directory: DirectoryLoad) -> None:
    everybody = ["300025798", "300025806", "404833048", "732829320"]
    assert found() == everybody
    assert found(activities=("24",)) == ["732829320"]
    assert found(activities=("46.90Z", "24.51Z")) == ["404833048", "732829320"]
    assert found(activities=("62",)) == []
    assert found(departments=("29", "2B")) == ["300025798", "404833048"]
    assert found(headcount_from="12") == ["300025806", "732829320"]
    assert found(headcount_to="03") == ["404833048"]
    assert found(headcount_from="02", headcount_to="11") == ["404833048"]
    assert found(legal_form="65") == ["300025798", "300025806"]
    assert found(older_than=10) == ["300025806", "404833048", "732829320"]
    assert found(younger_than=10) == []


def test_persons_and_private_companies_are_left_out_unless_let_in(directory: DirectoryLoad) -> None:
    assert found(activities=("62",)) == []
    assert found(frozenset({Excluded.SOLE_TRADERS}), activities=("62",)) == ["300025764"]
    assert found(frozenset({Excluded.PRIVATE}), activities=("62",)) == ["300025780"]
    assert found(frozenset(Excluded.values), activities=("62",)) == ["300025764", "300025772", "300025780"]


def test_companies_are_taken_in_once_with_their_source_and_basis(directory: DirectoryLoad, world: World) -> None:
    with organisation_scope(world.organisation.pk):
        sirens = ["732829320", "404833048", "300025764", "552100554", "999999999"]
        assert add_companies(world.organisation, sirens=sirens, by=world.marketer) == Added(2, 0, 3)
        assert add_companies(world.organisation, sirens=sirens[:1], by=world.marketer) == Added(0, 1, 0)

        company = Company.objects.get(siren="732829320")
        assert Company.objects.count() == 2
        assert (company.name, company.name_key, company.siret) == (
            "FONDERIES DU VAL D'OURCE", "fonderies du val d ource", "73282932000018",
        )  # fmt: skip
        assert (company.naf_code, company.headcount_band, company.department, company.founded_on) == (
            "24.51Z", "12", "21", date(1998, 4, 1),
        )  # fmt: skip
        assert company.provenance["naf_code"] == {
            "source": "sirene", "via": "local_directory", "at": company.provenance["*"]["at"], "ref": "732829320",
        }  # fmt: skip
        assert company.provenance["*"]["basis"] == "legitimate_interest"
        assert company.provenance["*"]["at"].startswith("2026-10-20")
        entry = AuditEntry.objects.get(action="company.prospect")
        assert entry.after["siren"] == ["404833048", "732829320"]
        assert entry.after["basis"] == "legitimate_interest"
    with organisation_scope(world.twin.pk):
        assert Company.objects.count() == 0


def test_nothing_is_added_from_nothing(directory: DirectoryLoad, world: World) -> None:
    with organisation_scope(world.organisation.pk):
        with pytest.raises(Invalid, match="at least one"):
            add_companies(world.organisation, sirens=[], by=world.marketer)
        with pytest.raises(Invalid, match="thousand"):
            add_companies(world.organisation, sirens=["1"] * 1001, by=world.marketer)
        assert Company.objects.count() == 0


def test_an_exception_needs_a_reason_and_is_noted(directory: DirectoryLoad, world: World) -> None:
    organisation = world.organisation
    with organisation_scope(organisation.pk):
        with pytest.raises(Invalid):
            open_prospecting(organisation, kind=Excluded.SOLE_TRADERS, reason="  ", by=world.admin)
        with pytest.raises(NotFound):
            open_prospecting(organisation, kind="everybody", reason="because", by=world.admin)
        assert ProspectingException.objects.count() == 0

        open_prospecting(organisation, kind=Excluded.SOLE_TRADERS, reason="Our customers are craftsmen", by=world.admin)
        assert add_companies(organisation, sirens=["300025764"], by=world.marketer) == Added(1, 0, 0)
        close_prospecting(organisation, kind=Excluded.SOLE_TRADERS, by=world.admin)
        assert ProspectingException.objects.count() == 0
        assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
            "prospecting.open", "company.prospect", "prospecting.close",
        ]  # fmt: skip


# --- The pages ----------------------------------------------------------------------------------------


def test_the_page_counts_lists_and_stays_within_its_queries(directory: DirectoryLoad, world: World) -> None:
    client = world.client(world.marketer)
    path = world.path("enrichment/find/?naf=24&department=21&headcount_from=11")
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        page = client.get(path)
    text = page.content.decode()

    assert len(queries) <= 12
    assert "<b>1 company</b> matches" in text
    assert "FONDERIES DU VAL D&#x27;OURCE" in text
    assert "<b>8 companies</b> in the local directory" in text
    part = client.get(path, headers={"hx-request": "true", "hx-target": "find"}).content.decode()
    assert "<html" not in part
    assert "<b>1 company</b> matches" in part


def test_words_lead_to_activities_and_wrong_values_are_left_out(directory: DirectoryLoad, world: World) -> None:
    client = world.client(world.marketer)
    text = client.get(world.path("enrichment/find/?activity=fonderie&department=29")).content.decode()
    assert "department=29&amp;naf=24.51Z" in text or "naf=24.51Z" in text
    odd = client.get(world.path("enrichment/find/?naf=xx&department=99&headcount_from=%00&age=1000"))
    assert odd.status_code == 200
    assert "Say whom you are looking for" in odd.content.decode()


def test_a_marketer_adds_what_is_chosen_and_what_matches(directory: DirectoryLoad, world: World) -> None:
    client = world.client(world.marketer)
    chosen = client.post(world.path("enrichment/find/add/?naf=24"), {"siren": ["732829320"]})
    with organisation_scope(world.organisation.pk):
        lot = Prospected.objects.get()
    path = world.path(f"enrichment/find/?naf=24&added={lot.pk}")
    assert (chosen.status_code, chosen.headers["location"]) == (302, path)
    client.post(world.path("enrichment/find/add/?legal_form=57"), {"everything": "1"})
    with organisation_scope(world.organisation.pk):
        assert {*Company.objects.values_list("siren", flat=True)} == {"404833048", "732829320"}
    text = client.get(world.path("enrichment/find/?naf=24")).content.decode()
    assert "in the base already" in text
    assert 'value="732829320"' not in text


def test_only_an_admin_lets_anybody_in_and_a_viewer_does_not_prospect(directory: DirectoryLoad, world: World) -> None:
    path = world.path("enrichment/find/sole_traders/open/")
    assert world.client(world.marketer).post(path, {"reason": "x"}).status_code == 403
    assert world.client(world.viewer).get(world.path("enrichment/find/")).status_code == 403
    assert world.client(world.admin).post(path, {"reason": ""}).status_code == 422
    assert world.client(world.admin).post(path, {"reason": "Our customers are craftsmen"}).status_code == 302

    text = world.client(world.marketer).get(world.path("enrichment/find/?naf=62")).content.decode()
    assert "CAMILLE MARCHETTI" in text
    assert "Our customers are craftsmen" in text


def test_without_a_directory_the_page_says_who_loads_it(empty: None, committed: None, world: World) -> None:
    text = world.client(world.marketer).get(world.path("enrichment/find/")).content.decode()
    assert "No directory is loaded" in text


def test_the_enrichment_page_says_what_is_loaded_and_how_old_it_is(directory: DirectoryLoad, world: World) -> None:
    with organisation_scope(world.organisation.pk):
        add_companies(world.organisation, sirens=["732829320"], by=world.admin)
    text = world.client(world.viewer).get(world.path("enrichment/")).content.decode()
    assert "8 companies" in text
    assert "20 October" in text
    assert "It is asked first" in text


def test_what_was_added_is_seen_and_taken_back(directory: DirectoryLoad, world: World) -> None:
    client = world.client(world.sales)
    sirens = ["300025806", "404833048", "732829320"]

    page = client.post(world.path("enrichment/find/add/?department=29"), {"siren": sirens}, follow=True)

    text = page.content.decode()
    with organisation_scope(world.organisation.pk):
        lot = Prospected.objects.get()
        made = {one.siren: one for one in Company.objects.all()}
        used, changed = made["732829320"], made["404833048"]
        Contact.objects.create(organisation=world.organisation, email="a@x.example", company=used)
        update_company(world.organisation, company_id=changed.pk, values={"domain": "x.example"}, by=world.sales)
        Company.objects.filter(pk=changed.pk).update(updated_at=timezone.now() + timedelta(minutes=1))
        Company.objects.create(organisation=world.organisation, name="Before", name_key="before")
    assert page.redirect_chain[-1][0].endswith(f"?department=29&added={lot.pk}")
    assert f"companies/?lot=prospecting-{lot.pk}" in text
    listed = client.get(world.path(f"companies/?lot=prospecting-{lot.pk}")).content.decode()
    assert "<b>3 companies</b> match" in listed
    assert "Added by prospecting" in listed
    assert "Before" not in listed
    undo = world.path(f"enrichment/find/{lot.pk}/take-back/")
    assert undo in text
    assert world.client(world.viewer).post(undo).status_code == 403
    told = client.post(undo, follow=True).content.decode()
    assert "1 company was taken out again. 2 stay: they have people by now, or were changed." in told
    with organisation_scope(world.organisation.pk):
        assert set(Company.objects.values_list("name", flat=True)) == {used.name, changed.name, "Before"}
        assert AuditEntry.objects.get(action="company.prospect_undo").after == {"companies": 1}
        with pytest.raises(Conflict):
            take_back(world.organisation, lot_id=lot.pk, by=world.sales)
        Prospected.objects.update(added_at=timezone.now() - timedelta(days=31))
        tidy(world.organisation)
        assert not Prospected.objects.exists()
    gone = client.get(world.path(f"companies/?lot=prospecting-{lot.pk}")).content.decode()
    assert "no longer kept" in gone
    assert "No company like this" in gone


def test_a_rep_adds_what_is_ticked_and_not_all_that_matches(directory: DirectoryLoad, world: World) -> None:
    path = world.path("enrichment/find/add/?department=29")
    assert world.client(world.sales).post(path, {"everything": "1"}).status_code == 403
    with organisation_scope(world.organisation.pk):
        assert not Company.objects.exists()
    page = world.client(world.sales).get(world.path("enrichment/find/?department=29")).content.decode()
    assert "Add as companies" in page
    assert "Add all that match?" not in page
