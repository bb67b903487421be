"""VAT numbers of companies, from the page to the answer."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from contacts.models import Company
from enrichment.models import VatCheck, VatStatus
from enrichment.sources.models import SourceChoice
from enrichment.vat.services import check_due, request_check
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from prm.work.errors import Invalid
from tests.conftest import World
from tests.enrichment.vat.office import Office, error


def make_company(world: World, **values: Any) -> Company:
    values = {"name": "Solvane", "name_key": "solvane", **values}
    with organisation_scope(world.organisation.pk):
        return Company.objects.create(organisation=world.organisation, **values)


def checked(world: World, company: Company, number: str = "") -> VatCheck:
    with organisation_scope(world.organisation.pk):
        request_check(world.organisation, company=company, number=number, by=world.admin)
    check_due(world.organisation)
    return find(world, company)


def find(world: World, company: Company) -> VatCheck:
    with organisation_scope(world.organisation.pk):
        return VatCheck.objects.get(company=company)


def fresh(world: World, company: Company) -> Company:
    with organisation_scope(world.organisation.pk):
        return Company.objects.get(pk=company.pk)


def test_the_number_of_the_siren_is_checked_and_shown_with_its_date(world: World, office: Office) -> None:
    company = make_company(world, siren="732829320")
    client = world.client(world.marketer)
    page = world.path(f"companies/{company.pk}/?panels=all")
    assert "whether it is in use was never asked" in client.get(page).content.decode()

    part = client.post(
        world.path(f"enrichment/companies/{company.pk}/vat/"), {"number": ""}, headers={"hx-request": "true"}
    )
    assert "The question is on its way" in part.content.decode()
    assert check_due(world.organisation) == 1

    check = find(world, company)
    assert (check.status, check.number, check.name) == (VatStatus.VALID, "FR44732829320", "SAS SOLVANE")
    text = client.get(page).content.decode()
    assert "Valid, said VIES" in text
    assert "SAS SOLVANE" in text
    with organisation_scope(world.organisation.pk):
        entry = AuditEntry.objects.get(action="company.vat")
    assert (entry.before, entry.after) == ({"vat": ""}, {"vat": "FR44732829320"})


def test_a_french_number_gives_the_siren(world: World, office: Office) -> None:
    company = make_company(world)
    assert checked(world, company, "FR44 732 829 320").status == VatStatus.VALID
    company = fresh(world, company)
    assert (company.siren, company.provenance["siren"]["source"]) == ("732829320", "declared")


def test_a_siren_another_company_has_is_not_given_twice(world: World, office: Office) -> None:
    other = make_company(world, siren="732829320")
    company = make_company(world, name="Solvane Nantes")
    assert checked(world, company, "FR44732829320").status == VatStatus.VALID
    assert (fresh(world, company).siren, fresh(world, other).siren) == (None, "732829320")


def test_a_number_that_is_not_valid_gives_nothing(world: World, office: Office) -> None:
    company = make_company(world)
    check = checked(world, company, "FR83404833048")
    assert (check.status, check.name, fresh(world, company).siren) == (VatStatus.NOT_VALID, "", None)
    page = world.client(world.sales).get(world.path(f"companies/{company.pk}/?panels=all"))
    assert "Not valid, said VIES" in page.content.decode()


def test_an_outage_is_told_apart_and_asked_again(world: World, office: Office) -> None:
    company = make_company(world, siren="732829320")
    office.faults.append((200, error("MS_UNAVAILABLE")))
    check = checked(world, company)
    assert (check.status, check.reason, check.answered_at) == (VatStatus.UNAVAILABLE, "country_down", None)
    assert check.retry_at is not None
    assert check.retry_at > timezone.now() + timedelta(seconds=800)
    text = world.client(world.viewer).get(world.path(f"companies/{company.pk}/?panels=all")).content.decode()
    assert "Nobody could say whether it is valid." in text
    assert "The tax office of that country does not answer" in text

    assert check_due(world.organisation) == 0
    with organisation_scope(world.organisation.pk):
        VatCheck.objects.update(retry_at=timezone.now())
    assert check_due(world.organisation) == 1
    assert find(world, company).status == VatStatus.VALID


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("FR44732829321", "This is not a VAT number of the European Union"),
        ("FR83404833048", "This number is that of another SIREN"),
        ("x" * 40, "This is not a VAT number of the European Union"),
    ],
)
def test_a_wrong_number_is_refused_beside_the_field(world: World, office: Office, number: str, words: str) -> None:
    company = make_company(world, siren="732829320")
    path = world.path(f"enrichment/companies/{company.pk}/vat/")
    part = world.client(world.marketer).post(path, {"number": number}, headers={"hx-request": "true"})
    assert part.status_code == 422
    assert words in part.content.decode()
    with organisation_scope(world.organisation.pk):
        assert not VatCheck.objects.exists()


def test_without_a_siren_a_number_must_be_given(scoped: World, office: Office) -> None:
    company = make_company(scoped)
    with pytest.raises(Invalid) as refusal:
        request_check(scoped.organisation, company=company, number=" ", by=scoped.admin)
    assert "there is no SIREN" in str(refusal.value.fields["number"])


def test_a_number_changed_meanwhile_keeps_no_answer_of_the_other(world: World, office: Office) -> None:
    company = make_company(world)
    assert checked(world, company, "FR44732829320").name == "SAS SOLVANE"
    with organisation_scope(world.organisation.pk):
        Company.objects.filter(pk=company.pk).update(siren=None)
        request_check(world.organisation, company=company, number="BE0417497106", by=world.admin)
    waiting = find(world, company)
    assert (waiting.status, waiting.name, waiting.answered_at) == (VatStatus.WAITING, "", None)


def test_an_installation_without_the_service_shows_and_asks_nothing(world: World) -> None:
    company = make_company(world, siren="732829320")
    text = world.client(world.marketer).get(world.path(f"companies/{company.pk}/?panels=all")).content.decode()
    assert "VIES" not in text
    answer = world.client(world.marketer).post(world.path(f"enrichment/companies/{company.pk}/vat/"), {"number": ""})
    assert answer.status_code == 422


def test_an_organisation_that_switched_it_off_asks_nothing(world: World, office: Office) -> None:
    company, other = make_company(world, siren="732829320"), make_company(world, name="Other", siren="404833048")
    with organisation_scope(world.organisation.pk):
        request_check(world.organisation, company=company, number="", by=world.admin)
        SourceChoice.objects.create(organisation=world.organisation, source="vies", is_on=False)

    assert check_due(world.organisation) == 0

    check = find(world, company)
    assert (check.status, check.retry_at, office.asked) == (VatStatus.UNAVAILABLE, None, [])
    page = world.client(world.marketer).get(world.path(f"companies/{company.pk}/?panels=all")).content.decode()
    assert ("Nobody could say whether it is valid." in page, "Check with VIES" in page) == (True, False)
    answer = world.client(world.marketer).post(world.path(f"enrichment/companies/{other.pk}/vat/"), {"number": ""})
    assert answer.status_code == 422
