"""Double opt-in: asked by a real message, answered by the person alone, never twice and never against a no."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from contacts.consent.confirming import ask_one, ask_to_confirm
from contacts.consent.models import Act, Confirmation, ConsentEntry, ConsentState, PurposeText, Source
from contacts.consent.purposes import PurposeWords, archive_purpose, update_purpose
from contacts.consent.services import add_starting_purposes, get_purpose, record_consents
from contacts.consent.tokens import Asked, confirming_url
from contacts.doubles.merging import merge_contacts
from contacts.models import Contact
from contacts.services import record_opt_out
from contacts.suppressions import record_suppression
from nurturing.models import Delivery
from nurturing.sending import send_due_mail
from prm.organisations.api_keys import create_key
from prm.organisations.models import AuditEntry, Organisation
from prm.organisations.scope import organisation_scope
from prm.work.errors import Conflict, Invalid
from tests.conftest import World
from tests.nurturing.builders import make_contact, make_contacts, make_scenario, queue_mail
from tests.nurturing.conftest import MailServer


@pytest.fixture
def asking(solvane: Organisation) -> Organisation:
    add_starting_purposes(solvane)
    return solvane


def ask(organisation: Organisation, contact: Contact, world: World, purpose: str = "partners") -> None:
    ask_one(organisation, contact, purpose=purpose, by=world.marketer)


def link_of(server: MailServer, number: int = -1) -> str:
    body = server.messages()[number].get_body(("plain",))
    assert body is not None
    found = re.search(r"/p/confirm/\S+", body.get_content())
    assert found is not None
    return found[0]


def press(path: str) -> Any:
    return Client(enforce_csrf_checks=True, headers={"user-agent": "Firefox 144"}).post(path)


def states() -> dict[str, tuple[str, str]]:
    return {code: (state, source) for code, state, source in ConsentState.objects.values_list(
        "purpose__code", "state", "source")}  # fmt: skip


def test_a_person_known_already_is_asked_and_says_yes_themselves(
    asking: Organisation, mail_server: MailServer, world: World
) -> None:
    ines = make_contact(asking, first_name="Inès", language="fr")
    record_consents(asking, [ines.pk], purpose="partners", act=Act.GIVEN, source=Source.IMPORT)

    ask(asking, ines, world)
    assert send_due_mail(asking) == 1

    (message,) = mail_server.messages()
    assert message["Subject"] == "Êtes-vous d’accord\u202f? Partenaires"
    body = message.get_body(("plain",))
    assert body is not None
    assert "Bonjour Inès," in body.get_content()
    assert "Nous pouvons transmettre vos coordonnées" in body.get_content()
    path = link_of(mail_server)
    page = Client().get(path)
    assert (page.status_code, page.headers["X-Robots-Tag"], page.headers["Content-Language"]) == (200, "noindex", "fr")
    assert states()["partners"] == ("given", "import")

    assert "votre oui est noté" in press(path).content.decode()
    assert "votre oui est noté" in press(path).content.decode()

    assert states()["partners"] == ("given", "centre")
    own = ConsentEntry.objects.filter(source=Source.CENTRE)
    assert [(one.version, one.proof) for one in own] == [(1, {"program": "Firefox 144", "confirmed": True})]
    assert Confirmation.objects.get().confirmed_at is not None
    with pytest.raises(Conflict, match="said yes themselves"):
        ask(asking, ines, world)


def test_only_those_who_may_be_asked_are(asking: Organisation, mail_server: MailServer, world: World) -> None:
    people = make_contacts(asking, 6)
    fine, out, bounced, objects, silent, other = people
    record_opt_out(asking, contact=out, source="test")
    record_suppression(asking, reason="bounce", source="test", contact=bounced)
    record_consents(asking, [objects.pk], purpose="partners", act=Act.OBJECTED, source=Source.MEMBER)
    Contact.objects.filter(pk=silent.pk).update(email=None)
    record_consents(asking, [other.pk], purpose="phone", act=Act.OBJECTED, source=Source.MEMBER)

    answer = ask_to_confirm(asking, [one.pk for one in people], purpose="partners", by=world.marketer)

    assert answer == {
        fine.pk: "", out.pk: "suppressed", bounced.pk: "suppressed", objects.pk: "said_no", silent.pk: "no_address",
        other.pk: "",
    }  # fmt: skip
    assert send_due_mail(asking) == 2
    assert sorted(Delivery.objects.values_list("contact_id", "status")) == [(fine.pk, "sent"), (other.pk, "sent")]
    entry = AuditEntry.objects.get(action="contact.ask_consent")
    assert entry.after == {"contacts": [fine.pk, other.pk], "purpose": "partners"}


def test_nobody_is_asked_again_and_again(asking: Organisation, mail_server: MailServer, world: World) -> None:
    ines = make_contact(asking)
    for time in range(1, 4):
        ask(asking, ines, world)
        with pytest.raises(Conflict, match="less than seven days"):
            ask(asking, ines, world)
        assert send_due_mail(asking) == 1
        assert send_due_mail(asking) == 0
        assert Confirmation.objects.get().times == time
        Confirmation.objects.update(asked_at=timezone.now() - timedelta(days=8))

    with pytest.raises(Conflict, match="asked three times"):
        ask(asking, ines, world)
    assert mail_server.recipients == {"ines@acme.example": 3}
    # The link of the first message is as good as that of the last.
    assert press(link_of(mail_server, 0)).status_code == 200
    assert states()["partners"] == ("given", "centre")


def test_a_no_said_while_the_message_waits_holds_it(
    asking: Organisation, mail_server: MailServer, world: World
) -> None:
    objects, leaves, answers = make_contacts(asking, 3)
    for one in (objects, leaves, answers):
        ask(asking, one, world)
    record_consents(asking, [objects.pk], purpose="partners", act=Act.OBJECTED, source=Source.MEMBER)
    record_opt_out(asking, contact=leaves, source="test")
    purpose = get_purpose("partners")
    path = "/p/" + confirming_url(Asked(asking.pk, answers.pk, purpose.pk, 1)).partition("/p/")[2]
    assert press(path).status_code == 200

    assert send_due_mail(asking) == 0

    assert list(Delivery.objects.order_by("pk").values_list("status", "reason")) == [
        ("held", "no_consent"), ("held", "opt_out"), ("held", "answered"),
    ]  # fmt: skip
    assert mail_server.taken == []


def test_a_yes_is_to_the_text_that_was_read(asking: Organisation, mail_server: MailServer, world: World) -> None:
    ines = make_contact(asking, language="en")
    ask(asking, ines, world)
    send_due_mail(asking)
    purpose = get_purpose("partners")
    words = PurposeWords("Partners", "Partenaires", "We sell everything.", "Nous vendons tout.")
    update_purpose(asking, purpose_id=purpose.pk, words=words, basis="consent", channel="", by=world.admin)

    page = press(link_of(mail_server)).content.decode()

    assert "We may pass your business details on to our partners." in page
    assert "We sell everything." not in page
    assert ConsentEntry.objects.get(source=Source.CENTRE).version == 1
    assert PurposeText.objects.filter(purpose=purpose).count() == 2


def test_an_old_link_changes_nothing_and_says_where_to_go(
    asking: Organisation, mail_server: MailServer, world: World
) -> None:
    ines = make_contact(asking, language="en")
    ask(asking, ines, world)
    send_due_mail(asking)
    Confirmation.objects.update(asked_at=timezone.now() - timedelta(days=31))

    late = press(link_of(mail_server))

    assert late.status_code == 410
    assert "more than thirty days old" in late.content.decode()
    assert "/p/" in late.content.decode()
    assert states() == {}


def test_links_that_are_none_are_told_so(asking: Organisation, world: World) -> None:
    ines = make_contact(asking)
    purpose = get_purpose("partners")
    never_asked = "/p/" + confirming_url(Asked(asking.pk, ines.pk, purpose.pk, 1)).partition("/p/")[2]
    nobody = "/p/" + confirming_url(Asked(asking.pk, ines.pk + 99, purpose.pk, 1)).partition("/p/")[2]
    elsewhere = "/p/" + confirming_url(Asked(world.twin.pk, ines.pk, purpose.pk, 1)).partition("/p/")[2]

    for path in (never_asked, nobody, elsewhere, "/p/confirm/made-up/", never_asked[:-9] + "AAAAAAAA/"):
        assert Client().get(path).status_code == 404
        assert press(path).status_code == 404
    assert states() == {}


def test_the_link_follows_a_merge_and_ends_with_its_purpose(
    asking: Organisation, mail_server: MailServer, world: World
) -> None:
    kept = make_contact(asking, "kept@acme.example")
    gone = Contact.objects.create(organisation=asking, last_name="Roux", phone="+33612345678")
    Contact.objects.filter(pk=gone.pk).update(email="gone@acme.example")
    ask(asking, Contact.objects.get(pk=gone.pk), world)
    send_due_mail(asking)
    path = link_of(mail_server)
    merge_contacts(
        asking, contact_ids=[kept.pk, gone.pk], survivor_id=kept.pk, take={"email": kept.pk}, by=world.marketer
    )
    assert press(path).status_code == 200
    assert ConsentState.objects.get(contact=kept, purpose__code="partners").source == "centre"

    archive_purpose(asking, purpose_id=get_purpose("partners").pk, by=world.admin)
    assert Client().get(path).status_code == 404


def test_a_member_asks_from_the_page_and_a_program_by_the_api(
    asking: Organisation, mail_server: MailServer, world: World
) -> None:
    ines, other = make_contacts(asking, 2)
    client, page = world.client(world.sales), world.path(f"contacts/{ines.pk}/")
    panel = f"{page}panels/contacts-consent-panel/"
    assert "Ask by e-mail" in client.get(panel).content.decode()

    answer = client.post(f"{page}consents/ask/", {"purpose": "partners"}, follow=True)
    assert "The person is asked by e-mail." in answer.content.decode()
    assert "no answer yet" in client.get(panel).content.decode()
    again = client.post(f"{page}consents/ask/", {"purpose": "partners"})
    assert again.status_code == 409
    assert world.client(world.viewer).post(f"{page}consents/ask/", {"purpose": "phone"}).status_code == 403

    _key, secret = create_key(asking, name="site", scopes=["contacts.edit", "contacts.view"], by=world.admin)
    api = Client(headers={"authorization": f"Bearer {secret}"})
    url = f"/api/v1/contacts/{other.pk}/consents/ask"
    assert api.post(url, {"purpose": "partners"}, content_type="application/json").status_code == 200
    assert api.post(url, {"purpose": "partners"}, content_type="application/json").status_code == 409
    assert api.post(url, {"purpose": "nothing"}, content_type="application/json").status_code == 422
    assert send_due_mail(asking) == 2


def test_messages_of_scenarios_and_requests_leave_side_by_side(
    asking: Organisation, mail_server: MailServer, world: World
) -> None:
    ines = make_contact(asking)
    queue_mail(make_scenario(asking), ines)
    ask(asking, ines, world)

    assert send_due_mail(asking) == 2
    assert sorted(one["Subject"] for one in mail_server.messages()) == [
        "Hello 1, Inès" if ines.first_name else "Hello 1,",
        "Êtes-vous d’accord\u202f? Partenaires",
    ]
    with pytest.raises(Invalid):
        ask_to_confirm(asking, [ines.pk], purpose="nothing", by=world.marketer)
    with organisation_scope(world.twin.pk):
        assert Confirmation.objects.count() == 0
