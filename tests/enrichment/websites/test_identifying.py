"""From an e-mail address to the company of the register, by way of its website."""

from typing import Any

import pytest

from contacts.models import Company, Contact
from contacts.normalising import company_key
from enrichment.asking import ask_due_lookups
from enrichment.domains.folding import STAND_IN
from enrichment.domains.jobs import link_contact
from enrichment.models import Lookup
from enrichment.services import request_lookup
from enrichment.settling import set_automatic_percent
from prm.organisations.scope import organisation_scope
from tests.conftest import World
from tests.enrichment.register import Fault, Register, company
from tests.enrichment.websites.sites import Web, page

DOMAIN = "solvane.example"


def site(web: Web, text: str, domain: str = DOMAIN) -> None:
    """Put a site there whose notice says this."""
    web.add(domain, {"/": page('<a href="/mentions-legales">Mentions légales</a>'), "/mentions-legales": page(text)})


def linked(world: World, email: str = f"alix@{DOMAIN}") -> tuple[Contact, Lookup]:
    """Add somebody without a company, find it, and ask."""
    with organisation_scope(world.organisation.pk):
        contact = Contact.objects.create(organisation=world.organisation, email=email)
        lookup = link_contact(world.organisation, contact_id=contact.pk, by=world.sales)
        assert lookup is not None
    return contact, asked(world, lookup)


def asked(world: World, lookup: Lookup) -> Lookup:
    ask_due_lookups(world.organisation, seconds=10)
    with organisation_scope(world.organisation.pk):
        return Lookup.objects.select_related("company").get(pk=lookup.pk)


def company_of(world: World, contact: Contact) -> Company:
    with organisation_scope(world.organisation.pk):
        found: Company | None = Contact.objects.select_related("company").get(pk=contact.pk).company
    assert found is not None
    return found


def make_company(world: World, name: str, **values: Any) -> Company:
    with organisation_scope(world.organisation.pk):
        return Company.objects.create(organisation=world.organisation, name=name, name_key=company_key(name), **values)


def fresh(world: World, one: Company) -> Company:
    with organisation_scope(world.organisation.pk):
        return Company.objects.get(pk=one.pk)


def lookup_of(world: World, one: Company) -> Lookup:
    with organisation_scope(world.organisation.pk):
        lookup = request_lookup(world.organisation, company=one, by=world.marketer)
    return asked(world, lookup)


def test_the_notice_gives_the_company_and_the_page_says_how_we_know(world: World, register: Register, web: Web) -> None:
    site(web, "<p>Éditeur : Solvane SAS, RCS Nantes 732 829 320. Hébergeur : OVH, RCS Lille 424 761 419</p>")
    contact, lookup = linked(world)

    found = company_of(world, contact)
    assert (found.name, found.siren, found.domain, found.naf_code) == ("SOLVANE", "732829320", DOMAIN, "62.01Z")
    assert found.provenance["siren"]["source"] == "sirene"
    assert (lookup.status, lookup.answer["score"]) == ("found", 0.98)
    assert lookup.answer["site"]["mentions"][0]["url"] == f"http://{DOMAIN}/mentions-legales"
    text = world.client(world.sales).get(world.path(f"companies/{found.pk}/?panels=all")).content.decode()
    assert f"Named on http://{DOMAIN}/mentions-legales" in text
    assert "RCS Nantes 732 829 320" in text


def test_what_is_not_sure_enough_waits_side_by_side(world: World, register: Register, web: Web) -> None:
    set_percent(world, 100)
    site(web, "<p>Éditeur : Solvane SAS, RCS Nantes 732 829 320</p>")
    contact, lookup = linked(world)
    assert lookup.status == "ambiguous"
    assert company_of(world, contact).siren is None

    client, path = world.client(world.marketer), world.path(f"enrichment/{lookup.pk}/")
    text = client.get(path).content.decode()
    assert "Named on the website" in text
    assert "Éditeur : Solvane SAS, RCS Nantes 732 829 320" in text
    assert 'data-key="1"' in text
    client.post(f"{path}choose/", {"siren": "732829320"})
    found = company_of(world, contact)
    assert (found.name, found.siren) == ("SOLVANE", "732829320")


def set_percent(world: World, percent: int | None) -> None:
    with organisation_scope(world.organisation.pk):
        set_automatic_percent(world.organisation, percent=percent, by=world.admin)


def test_two_publishers_wait_for_a_person(world: World, register: Register, web: Web) -> None:
    site(web, "<p>Éditeurs : X, RCS Nantes 732 829 320, et Y, RCS Brest 404 833 048</p>", "groupe.example")
    _contact, lookup = linked(world, "a@groupe.example")
    assert lookup.status == "ambiguous"
    assert {one["siren"] for one in lookup.answer["candidates"]} == {"732829320", "404833048"}


def test_a_company_of_the_base_is_found_again(world: World, register: Register, web: Web) -> None:
    """What stood for the domain goes; its people and questions are those of the company that has the SIREN."""
    known = make_company(world, "Solvane", siren="732829320")
    site(web, "<p>Éditeur : Solvane SAS, RCS Nantes 732 829 320</p>")
    contact, lookup = linked(world)
    assert company_of(world, contact) == known
    known = fresh(world, known)
    assert (known.domain, known.provenance["domain"]["source"]) == (DOMAIN, "inferred")
    assert lookup.company == known
    with organisation_scope(world.organisation.pk):
        assert not Company.objects.filter(source=STAND_IN).exists()


def test_a_chosen_company_of_the_base_is_found_again_too(world: World, register: Register, web: Web) -> None:
    set_percent(world, None)
    known = make_company(world, "Solvane", siren="732829320")
    site(web, "<p>Éditeur : Solvane SAS, RCS Nantes 732 829 320</p>")
    contact, lookup = linked(world)
    assert company_of(world, contact) != known
    answer = world.client(world.admin).post(world.path(f"enrichment/{lookup.pk}/choose/"), {"siren": "732829320"})
    assert answer.status_code == 302
    assert company_of(world, contact) == known


def test_a_closed_publisher_is_never_written_without_a_person(world: World, register: Register, web: Web) -> None:
    site(web, "<p>Éditeur : Ateliers Brume, RCS Nantes 552 100 554</p>", "brume.example")
    contact, lookup = linked(world, "a@brume.example")
    assert lookup.status == "ambiguous"
    assert company_of(world, contact).siren is None


def test_a_number_the_register_does_not_know_is_said(world: World, register: Register, web: Web) -> None:
    site(web, "<p>Éditeur : X, RCS Nantes 813 290 012</p>")
    contact, lookup = linked(world)
    assert (lookup.status, lookup.detail) == ("not_found", "unknown_number")
    text = (
        world.client(world.viewer)
        .get(world.path(f"companies/{company_of(world, contact).pk}/?panels=all"))
        .content.decode()
    )
    assert "The website names a SIREN that the register does not know." in text


def test_where_the_domains_people_work_is_suggested(world: World, register: Register, web: Web) -> None:
    for number, siren in enumerate(("732829320", "404833048")):
        one = make_company(world, f"Company {number}", siren=siren)
        with organisation_scope(world.organisation.pk):
            Contact.objects.create(organisation=world.organisation, email=f"p{number}@groupe.example", company=one)
    contact, lookup = linked(world, "new@groupe.example")
    assert lookup.status == "ambiguous"
    assert {one["siren"] for one in lookup.answer["candidates"]} == {"732829320", "404833048"}
    client, path = world.client(world.marketer), world.path(f"enrichment/{lookup.pk}/")
    assert "People of this domain work there" in client.get(path).content.decode()
    client.post(f"{path}choose/", {"siren": "404833048"})
    assert company_of(world, contact).siren == "404833048"


def test_a_named_company_is_looked_for_by_name_first(world: World, register: Register, web: Web) -> None:
    site(web, "<p>Éditeur : Comptoir du Littoral, RCS Brest 404 833 048</p>")
    one = make_company(world, "Solvane", domain=DOMAIN, postcode="44000")
    lookup = lookup_of(world, one)
    assert (lookup.status, fresh(world, one).siren) == ("found", "732829320")
    assert web.asked == []


@pytest.mark.parametrize(
    ("name", "status"),
    # What people call it, and what the register calls the publisher, agree; or they do not.
    [("Littoral Comptoir La Vague", "found"), ("Zephyr Conseil", "ambiguous")],
)
def test_the_website_tells_where_the_name_does_not(
    world: World, register: Register, web: Web, name: str, status: str
) -> None:
    register.companies.pop("404833048")
    register.add(company("404833048", "COMPTOIR LITTORAL VAGUE"))
    site(web, "<p>Éditeur du site, RCS Brest 404 833 048</p>")
    one = make_company(world, name, domain=DOMAIN)
    lookup = lookup_of(world, one)
    assert (lookup.status, "site" in lookup.answer) == (status, True)


def test_a_register_that_is_down_is_asked_again_later(world: World, register: Register, web: Web) -> None:
    site(web, "<p>Éditeur : Solvane SAS, RCS Nantes 732 829 320</p>")
    register.lasting_fault = Fault(status=500)
    contact, lookup = linked(world)
    assert (lookup.status, company_of(world, contact).siren) == ("unavailable", None)
    assert lookup.retry_at is not None


def test_a_site_that_is_down_is_asked_again_later(world: World, register: Register, web: Web) -> None:
    web.names[DOMAIN] = [["127.0.0.1"]]
    web.pages[DOMAIN] = {"/robots.txt": lambda handler: handler.send_error(503)}
    _contact, lookup = linked(world)
    assert (lookup.status, lookup.detail) == ("unavailable", "server_error")


def test_an_installation_that_asks_nobody_outside_reads_no_website(world: World, web: Web, settings: Any) -> None:
    settings.RECHERCHE_ENTREPRISES_URL = ""
    site(web, "<p>Éditeur : Solvane SAS, RCS Nantes 732 829 320</p>")
    _contact, lookup = linked(world)
    assert (lookup.status, web.asked) == ("unavailable", [])
