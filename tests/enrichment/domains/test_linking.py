"""People without a company, given that of the domain they write from."""

from typing import Any

import pytest

from contacts.companies import CompanyInput, update_company
from contacts.models import Company, Contact
from contacts.normalising import company_key
from contacts.people import update_contact
from enrichment.automatic.arrivals import ask_about_arrivals
from enrichment.automatic.services import Wish, set_rule
from enrichment.domains.folding import STAND_IN
from enrichment.domains.jobs import KIND, UNDO, link_contact, request_linking, request_unlinking
from enrichment.domains.kinds import DomainKind
from enrichment.domains.linking import link_people, list_unlinked
from enrichment.models import Arrival, Lookup
from enrichment.settling import set_automatic_percent
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from prm.work.errors import Conflict, Invalid, NotFound
from prm.work.jobs import run_jobs
from prm.work.models import Job
from tests.conftest import World


def person(world: World, email: str | None, company: Company | None = None) -> Contact:
    return Contact.objects.create(organisation=world.organisation, email=email, company=company)


def make_company(world: World, name: str, **values: Any) -> Company:
    return Company.objects.create(organisation=world.organisation, name=name, name_key=company_key(name), **values)


def link_all(world: World) -> None:
    link_people(world.organisation, domains=list_unlinked(world.organisation), contact_ids=None, by=world.marketer)


def company_of(contact: Contact) -> Company | None:
    found: Company | None = Contact.objects.select_related("company").get(pk=contact.pk).company
    return found


def test_domains_are_counted_by_whose_they_are(scoped: World) -> None:
    with organisation_scope(scoped.twin.pk):
        Contact.objects.create(organisation=scoped.twin, email="twin@solvane.fr")
    with organisation_scope(scoped.organisation.pk):
        for email in ("a@solvane.fr", "b@mail.solvane.fr", "c@gmail.com", "d@yopmail.com", None):
            person(scoped, email)
        person(scoped, "e@solvane.fr", make_company(scoped, "Elsewhere"))
        found = [(one.domain, one.kind, one.people, one.hosts) for one in list_unlinked(scoped.organisation)]
    assert (found[0][0], found[0][1], found[0][2], set(found[0][3])) == (
        "solvane.fr", DomainKind.COMPANY, 2, {"solvane.fr", "mail.solvane.fr"},
    )  # fmt: skip
    assert {(domain, kind, people) for domain, kind, people, _hosts in found[1:]} == {
        ("gmail.com", DomainKind.FREE, 1), ("yopmail.com", DomainKind.DISPOSABLE, 1),
    }  # fmt: skip


def test_the_company_that_has_the_domain_is_taken(scoped: World) -> None:
    solvane = make_company(scoped, "Solvane", domain="solvane.fr")
    one, other, free = (person(scoped, email) for email in ("a@solvane.fr", "b@mail.solvane.fr", "c@gmail.com"))
    link_all(scoped)
    assert [company_of(contact) for contact in (one, other, free)] == [solvane, solvane, None]
    one.refresh_from_db()
    stamp = one.provenance["company"]
    assert (stamp["source"], stamp["ref"], stamp["via"]) == ("inferred", "solvane.fr", "email_domain")
    entry = AuditEntry.objects.get(action="contact.link_domains")
    assert entry.after == {"people": 2, "companies": 1, "new_companies": 0}


def test_where_the_domains_people_work_is_taken_when_they_agree(scoped: World) -> None:
    littoral = make_company(scoped, "Littoral")
    for name in "ab":
        person(scoped, f"{name}@littoral.fr", littoral)
    new = person(scoped, "c@littoral.fr")
    link_all(scoped)
    assert company_of(new) == littoral


@pytest.mark.parametrize(("percent", "is_taken"), [(85, True), (88, True), (92, False), (None, False)])
def test_one_person_is_as_sure_as_the_organisation_wants(scoped: World, percent: int | None, is_taken: bool) -> None:
    set_automatic_percent(scoped.organisation, percent=percent, by=scoped.admin)
    littoral = make_company(scoped, "Littoral")
    person(scoped, "a@littoral.fr", littoral)
    new = person(scoped, "c@littoral.fr")
    link_all(scoped)
    found = company_of(new)
    assert found is not None
    assert (found == littoral) == is_taken
    assert is_taken or (found.name, found.domain, found.source) == ("littoral.fr", "littoral.fr", STAND_IN)


def test_people_who_disagree_leave_the_domain_a_company_of_its_own(scoped: World) -> None:
    for number, name in enumerate(("Littoral", "Littoral Ouest")):
        person(scoped, f"p{number}@littoral.fr", make_company(scoped, name))
    new = person(scoped, "c@littoral.fr")
    link_all(scoped)
    found = company_of(new)
    assert found is not None
    assert found.name == "littoral.fr"


def test_two_companies_of_one_domain_are_told_apart_by_their_people(scoped: World) -> None:
    first, _second = (make_company(scoped, name, domain="groupe.fr") for name in ("Groupe Nord", "Groupe Sud"))
    for name in "abc":
        person(scoped, f"{name}@groupe.fr", first)
    new = person(scoped, "d@groupe.fr")
    link_all(scoped)
    assert company_of(new) == first


def test_the_twins_people_stay_as_they_are(scoped: World) -> None:
    with organisation_scope(scoped.twin.pk):
        twin = Contact.objects.create(organisation=scoped.twin, email="a@solvane.fr")
    with organisation_scope(scoped.organisation.pk):
        person(scoped, "a@solvane.fr")
        link_all(scoped)
        assert Company.objects.count() == 1
    with organisation_scope(scoped.twin.pk):
        assert company_of(twin) is None


def test_the_job_links_everybody_and_asks_about_the_new_companies(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        people = [person(world, f"{name}@{name}.example") for name in ("brume", "vernay")]
        mail = person(world, "x@gmail.com")
        request_linking(world.organisation, by=world.marketer)
    run_jobs(world.organisation)
    with organisation_scope(world.organisation.pk):
        job = Job.objects.get(kind=KIND)
        assert (job.status, job.result["people"], job.result["asked"]) == ("done", 2, True)
        assert [str(company_of(contact)) for contact in (*people, mail)] == ["brume.example", "vernay.example", "None"]
        assert sorted(Lookup.objects.values_list("company__name", "question__domain")) == [
            ("brume.example", "brume.example"), ("vernay.example", "vernay.example"),
        ]  # fmt: skip
        # Again: nobody is left, and nobody is asked about twice.
        request_linking(world.organisation, by=world.marketer)
    run_jobs(world.organisation)
    with organisation_scope(world.organisation.pk):
        assert Lookup.objects.count() == 2


def test_a_linking_is_undone_but_for_what_was_changed_since(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        solvane = make_company(world, "Solvane", domain="solvane.fr")
        ada, bob, zoe = (person(world, email) for email in ("a@solvane.fr", "b@solvane.fr", "z@brume.example"))
        old = person(world, "old@solvane.fr", solvane)
        lin = person(world, "l@vernay.example")
        request_linking(world.organisation, by=world.marketer)
    run_jobs(world.organisation)
    with organisation_scope(world.organisation.pk):
        job = Job.objects.get(kind=KIND)
        vernay = company_of(lin)
        update_contact(
            world.organisation, contact_id=bob.pk, values={}, company=CompanyInput(name="Elsewhere"), by=world.sales
        )
        # Of one made for its domain more is known by now.
        update_company(
            world.organisation, company_id=vernay.pk if vernay else 0, values={"city": "Lyon"}, by=world.sales
        )
    path = world.path(f"enrichment/domains/{job.pk}/undo/")
    assert world.client(world.sales).post(path).status_code == 403
    client = world.client(world.marketer)
    assert f"/enrichment/domains/{job.pk}/undo/" in client.get(world.path("enrichment/domains/")).content.decode()
    assert client.post(path).status_code == 302
    run_jobs(world.organisation)
    with organisation_scope(world.organisation.pk):
        assert [str(company_of(one)) for one in (ada, bob, zoe, lin, old)] == [
            "None", "Elsewhere", "None", "None", "Solvane",
        ]  # fmt: skip
        assert "company" not in Contact.objects.get(pk=ada.pk).provenance
        names = set(Company.objects.values_list("name", flat=True))
        assert names == {"Solvane", "Elsewhere", "vernay.example"}
        undoing = Job.objects.get(kind=UNDO)
        assert (undoing.status, undoing.result) == ("done", {"people": 3, "companies": 1})
        assert AuditEntry.objects.get(action="contact.unlink_domains").after == {"people": 3}
        with pytest.raises(Conflict):
            request_unlinking(world.organisation, job_id=job.pk, by=world.marketer)
        # Whoever is taken out can be given a company again.
        assert {one.domain for one in list_unlinked(world.organisation)} == {
            "solvane.fr", "brume.example", "vernay.example",
        }  # fmt: skip
    text = client.get(world.path("enrichment/domains/")).content.decode()
    assert "3 contacts have no company again" in text
    assert "1 company made for it removed" in text


def test_one_contact_is_taken_out_again_from_the_notice(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        contact = person(world, "alix@brume.example")
    client = world.client(world.sales)
    undo = world.path(f"enrichment/contacts/{contact.pk}/company/undo/")
    answer = client.post(world.path(f"enrichment/contacts/{contact.pk}/company/"), follow=True)
    assert f'action="{undo}"' in answer.content.decode()
    assert client.post(undo).status_code == 302
    with organisation_scope(world.organisation.pk):
        assert company_of(contact) is None
        assert not Company.objects.exists()
    assert client.post(undo).status_code == 409


def test_companies_made_for_domains_are_announced_and_asked_about_once(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        set_rule(world.organisation, Wish(on_hand=True), by=world.admin)
        person(world, "a@brume.example")
        request_linking(world.organisation, by=world.marketer)
    run_jobs(world.organisation)
    with organisation_scope(world.organisation.pk):
        assert Arrival.objects.get().company.name == "brume.example"
        assert ask_about_arrivals(world.organisation) == 0
        assert Lookup.objects.count() == 1
        assert not Arrival.objects.exists()


def test_one_contact_is_linked_from_its_page(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        contact = person(world, "alix@mail.brume.example")
    client, page = world.client(world.sales), world.path(f"contacts/{contact.pk}/")
    answer = client.post(world.path(f"enrichment/contacts/{contact.pk}/company/"), follow=True)
    assert answer.redirect_chain[-1][0] == page
    with organisation_scope(world.organisation.pk):
        company = company_of(contact)
        assert company is not None
        assert (company.name, company.source) == ("brume.example", STAND_IN)
        assert Lookup.objects.get().question == {"domain": "brume.example"}


def test_a_contact_at_a_free_mailbox_or_with_a_company_is_left_alone(scoped: World) -> None:
    free, placed = person(scoped, "x@gmail.com"), person(scoped, "y@brume.example", make_company(scoped, "Brume"))
    for contact in (free, placed):
        with pytest.raises(Invalid):
            link_contact(scoped.organisation, contact_id=contact.pk, by=scoped.sales)
    with pytest.raises(NotFound):
        link_contact(scoped.organisation, contact_id=10**9, by=scoped.sales)
    assert not Lookup.objects.exists()


def test_the_page_says_whose_domains_they_are(world: World) -> None:
    client, path = world.client(world.marketer), world.path("enrichment/domains/")
    assert "Nobody is left" in client.get(path).content.decode()
    with organisation_scope(world.organisation.pk):
        for email in ("a@brume.example", "b@brume.example", "c@sfr.fr"):
            person(world, email)
    text = client.get(path).content.decode()
    assert "<b>2 contacts</b> without a company write" in text
    assert "brume.example" in text
    answer = client.post(f"{path}link/", follow=True)
    assert "The work has begun." in answer.content.decode()
    assert world.client(world.viewer).post(f"{path}link/").status_code == 403


def test_contacts_chosen_in_the_list_are_linked_before_they_are_enriched(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        known, free = person(world, "a@brume.example"), person(world, "b@gmail.com")
    data = {"which": "of_people", "query": f"ids={known.pk},{free.pk}"}
    world.client(world.marketer).post(world.path("enrichment/start/"), data)
    run_jobs(world.organisation)
    with organisation_scope(world.organisation.pk):
        assert [str(company_of(one)) for one in (known, free)] == ["brume.example", "None"]
        assert Lookup.objects.get().company.name == "brume.example"
