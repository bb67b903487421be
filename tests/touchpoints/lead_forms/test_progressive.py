"""What is known is not asked again and the next missing thing is; and nobody learns by it what is known of another."""

import re
from typing import Any

import pytest
from django.http import HttpRequest

from contacts.doubles.merging import merge_contacts
from contacts.models import Contact
from contacts.services import CompanyInput, create_contact
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from tests.conftest import World
from tests.touchpoints.lead_forms.builders import consent, latest, make_form, visitor
from touchpoints.lead_forms import identifying
from touchpoints.lead_forms.models import LeadForm
from touchpoints.lead_forms.processing import process_due
from touchpoints.lead_forms.starting import Start, element_of
from touchpoints.lead_forms.tokens import make_person_token

NAMES = re.compile(r'<(?:input|select|textarea)[^>]* name="([a-z_]+)"')


@pytest.fixture
def form(solvane: Organisation) -> LeadForm:
    wanted = ("contact.first_name", "contact.last_name", "company.name", "contact.job_title", "contact.phone")
    return make_form(solvane, *(element_of(one, is_progressive=True) for one in wanted), consent())


def asked(page: str) -> list[str]:
    return [name for name in NAMES.findall(page) if not name.startswith("prm_")]


def link(organisation: Organisation, contact: Contact) -> str:
    return f"?prm_person={make_person_token(organisation.pk, contact.pk)}"


def test_a_stranger_is_asked_the_first_few_things(solvane: Organisation, form: LeadForm) -> None:
    page = visitor(form).look().content.decode()
    assert asked(page) == ["email", "first_name", "last_name", "consent_partners"]
    assert "Not you?" not in page


def test_who_comes_back_by_their_own_link_is_asked_the_next(
    solvane: Organisation, world: World, form: LeadForm
) -> None:
    contact = create_contact(
        solvane,
        values={"email": "ines@acme.example", "first_name": "Inès", "job_title": "Acheteuse"},
        company=CompanyInput(name="Acme"),
        by=world.marketer,
    )
    ines = visitor(form, query=link(solvane, contact))

    page = ines.look().content.decode()
    assert asked(page) == ["last_name", "phone", "consent_partners"]
    assert "Not you? Fill in everything." in page
    # Nothing that is known stands anywhere in it.
    assert not [known for known in ("ines@", "Inès", "Acheteuse", "Acme") if known in page]

    assert ines.send(last_name="Roux", phone="06 12 34 56 78").status_code == 303
    assert (latest().email, latest().context["contact"]) == ("", contact.pk)
    process_due(solvane)
    contact.refresh_from_db()
    assert (contact.last_name, contact.phone, contact.email) == ("Roux", "+33612345678", "ines@acme.example")
    assert Contact.objects.count() == 1
    # All is known now: what is left is to send it.
    assert asked(ines.look().content.decode()) == ["consent_partners"]
    assert ines.send(consent_partners="on").status_code == 303


def test_a_link_follows_a_merge_and_is_nobodys_once_erased(solvane: Organisation, world: World, form: LeadForm) -> None:
    kept = create_contact(solvane, values={"email": "kept@acme.example", "first_name": "Inès"}, by=world.marketer)
    gone = create_contact(solvane, values={"email": "gone@acme.example"}, by=world.marketer)
    ines = visitor(form, query=link(solvane, gone))
    merge_contacts(
        solvane, contact_ids=[kept.pk, gone.pk], survivor_id=kept.pk, take={"email": kept.pk}, by=world.marketer
    )
    assert "first_name" not in asked(ines.look().content.decode())
    ines.send(last_name="Roux")
    process_due(solvane)
    assert latest().contact == kept


@pytest.mark.parametrize("guess", ["1", "x", "WzEsMV0:1:a", "é", "\x00"])
def test_a_guess_leads_to_nobody(solvane: Organisation, world: World, form: LeadForm, guess: str) -> None:
    create_contact(solvane, values={"email": "ines@acme.example", "first_name": "Inès"}, by=world.marketer)
    stranger = visitor(form, query=f"?prm_person={guess}")
    assert asked(stranger.look().content.decode()) == ["email", "first_name", "last_name", "consent_partners"]
    answer = stranger.post({**stranger.fill(last_name="x"), "prm_person": guess})
    assert answer.status_code == 422


def test_a_link_of_another_organisation_is_a_guess(solvane: Organisation, world: World, form: LeadForm) -> None:
    with organisation_scope(world.twin.pk):
        theirs = create_contact(world.twin, values={"email": "ines@acme.example", "first_name": "Inès"}, by=world.admin)
    page = visitor(form, query=link(world.twin, theirs)).look().content.decode()
    assert asked(page) == ["email", "first_name", "last_name", "consent_partners"]


def test_an_address_that_is_known_gets_the_answer_of_one_that_is_not(solvane: Organisation, world: World) -> None:
    form = make_form(solvane, start=Start.CONTACT)
    create_contact(solvane, values={"email": "known@acme.example", "first_name": "Inès"}, by=world.marketer)
    pages = []
    for email in ("known@acme.example", "other@acme.example"):
        someone = visitor(form)
        answer = someone.send(email=email, message="Bonjour")
        text = someone.client.get(answer["Location"]).content.decode()
        pages.append((answer.status_code, text.replace(answer["Location"], "")))
    assert pages[0] == pages[1]


def test_another_room_may_say_whose_browser_it_is(
    solvane: Organisation, world: World, form: LeadForm, monkeypatch: pytest.MonkeyPatch
) -> None:
    contact = create_contact(solvane, values={"email": "ines@acme.example", "first_name": "Inès"}, by=world.marketer)

    def by_cookie(request: HttpRequest, organisation: Organisation) -> int | None:
        return contact.pk if request.COOKIES.get("who") == "ines" else None

    finders: list[Any] = []
    monkeypatch.setattr(identifying, "_contact_finders", finders)
    identifying.register_contact_finder(by_cookie)
    ines = visitor(form)
    assert asked(ines.look().content.decode())[0] == "email"
    ines.client.cookies["who"] = "ines"
    assert asked(ines.look().content.decode()) == ["last_name", "company_name", "consent_partners"]
    # Somebody else at the same browser says who they are, and is who they say.
    other = ines.client.get(f"/f/{solvane.pk}-{form.key}/?prm_person=nobody").content.decode()
    assert asked(other) == ["email", "first_name", "last_name", "consent_partners"]
