"""The preference page: its holder alone reaches it, a press of a button alone writes, a person's yes lifts their no."""

from typing import Any

import pytest
from django.test import Client

from contacts.consent.models import Act, ConsentEntry, ConsentState, PurposeText, Source
from contacts.consent.services import add_starting_purposes, object_to_all, record_consents
from contacts.consent.tokens import preferences_url, read_preferences_token
from contacts.doubles.models import Alias, AliasKind
from contacts.models import Contact, Suppression
from contacts.suppressions import is_contactable, record_opt_out, record_suppression
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from tests.conftest import World

SEEN = [f"{code}:1" for code in ("email", "phone", "open_tracking", "personalisation", "partners", "advertising")]


@pytest.fixture
def solvane(scoped: World) -> Organisation:
    with organisation_scope(scoped.twin.pk):
        add_starting_purposes(scoped.twin)
        Contact.objects.create(organisation=scoped.twin, email="ines@acme.example")
    add_starting_purposes(scoped.organisation)
    return scoped.organisation


@pytest.fixture
def ines(solvane: Organisation) -> Contact:
    return Contact.objects.create(organisation=solvane, email="ines@acme.example")


def path_of(contact: Contact) -> str:
    url = preferences_url(contact.organisation_id, contact.pk)
    return url[url.index("/p/") :]


def choose(contact: Contact, *wanted: str, **more: Any) -> Any:
    client = Client(enforce_csrf_checks=True, headers={"user-agent": "Firefox 144"})
    return client.post(path_of(contact), {"seen": SEEN, "wanted": wanted, **more})


def states() -> dict[str, str]:
    return dict(ConsentState.objects.values_list("purpose__code", "state"))


def test_get_shows_every_purpose_with_its_text_and_writes_nothing(ines: Contact) -> None:
    for method in ("get", "head"):
        response = getattr(Client(), method)(path_of(ines))
        assert (response.status_code, response.headers["X-Robots-Tag"]) == (200, "noindex")
    page = Client().get(path_of(ines)).content.decode()
    assert page.count('name="wanted"') == 6
    assert page.count(" checked") == 2
    assert "We may call you at work." in page
    assert ConsentEntry.objects.count() == 0


def test_the_language_is_the_switchs_then_the_persons_then_the_browsers(ines: Contact) -> None:
    french = Client(headers={"accept-language": "fr"})
    assert french.get(path_of(ines)).headers["Content-Language"] == "fr"
    Contact.objects.filter(pk=ines.pk).update(language="en")
    assert french.get(path_of(ines)).headers["Content-Language"] == "en"
    response = french.get(path_of(ines) + "?lang=fr")
    assert response.headers["Content-Language"] == "fr"
    assert "Téléphone" in response.content.decode()
    assert french.get(path_of(ines) + "?lang=xx").headers["Content-Language"] == "en"


def test_what_changes_is_kept_with_its_proof_and_what_does_not_is_not(ines: Contact) -> None:
    for _ in range(2):
        response = choose(ines, "email", "partners")
        assert response.status_code == 200
        assert "Your choices are kept." in response.content.decode()
    kept = ConsentEntry.objects.order_by("pk").values_list("purpose__code", "act", "version", "source", "proof")
    proof = {"program": "Firefox 144"}
    assert list(kept) == [("partners", "given", 1, "centre", proof), ("phone", "withdrawn", 1, "centre", proof)]
    assert states() == {"partners": "given", "phone": "withdrawn"}


def test_a_persons_own_yes_lifts_their_own_no_and_its_opt_out(solvane: Organisation, ines: Contact) -> None:
    record_opt_out(solvane, contact=ines, source="unsubscribe link")
    assert choose(ines, "email", "phone").status_code == 200
    assert (states(), is_contactable(ines), Suppression.objects.count()) == ({"email": "given"}, True, 0)
    assert list(ConsentEntry.objects.order_by("pk").values_list("act", flat=True)) == ["withdrawn", "given"]


@pytest.mark.parametrize("reason", ["bounce", "complaint", "erased"])
def test_a_yes_lifts_no_bounce_complaint_or_erasure(solvane: Organisation, ines: Contact, reason: str) -> None:
    record_suppression(solvane, contact=ines, reason=reason, source="mail server")
    before = ConsentEntry.objects.count()
    assert "Only Solvane can look into it." in choose(ines, "email", "phone").content.decode()
    assert (is_contactable(ines), Suppression.objects.get().reason) == (False, reason)
    assert ConsentEntry.objects.count() == before


def test_stopping_everything_withdraws_every_purpose_once(ines: Contact) -> None:
    for _ in range(2):
        assert "Everything is stopped." in choose(ines, "email", stop="1").content.decode()
    assert set(states().values()) == {"withdrawn"}
    assert ConsentEntry.objects.count() == len(SEEN)
    assert not is_contactable(ines)


def test_a_yes_to_a_text_that_changed_meanwhile_is_not_kept(solvane: Organisation, ines: Contact) -> None:
    first = PurposeText.objects.get(purpose__code="partners")
    PurposeText.objects.create(
        organisation=solvane, purpose_id=first.purpose_id, version=2, label_en="Partners", text_en="We sell it."
    )
    response = choose(ines, "email", "partners")
    assert response.status_code == 409
    assert "We sell it." in response.content.decode()
    assert ConsentEntry.objects.count() == 0


def test_the_link_outlives_a_merge(solvane: Organisation, ines: Contact) -> None:
    path = path_of(ines)
    other = Contact.objects.create(organisation=solvane, email="i.roux@acme.example")
    Alias.objects.create(organisation=solvane, kind=AliasKind.ID, value=str(ines.pk), contact=other)
    Contact.objects.filter(pk=ines.pk).delete()
    assert Client().post(path, {"stop": "1"}).status_code == 200
    assert set(ConsentEntry.objects.values_list("contact", flat=True)) == {other.pk}


def test_what_is_no_link_of_ours_gets_a_kind_page_and_changes_nothing(ines: Contact, scoped: World) -> None:
    token = preferences_url(ines.organisation_id, ines.pk).rstrip("/").rpartition("/")[2]
    assert read_preferences_token(token) == (ines.organisation_id, ines.pk)
    foreign = preferences_url(scoped.twin.pk, ines.pk)
    forged = f"{ines.organisation_id}.{ines.pk + 1}~{token.partition('~')[2]}"
    for path in (foreign[foreign.index("/p/") :], f"/p/{forged}/", f"/p/{token[:-3]}/", "/p/made-up/"):
        response = Client().post(path, {"stop": "1"})
        assert response.status_code == 404
        assert "This preference link is not recognised" in response.content.decode()
    assert ConsentEntry.objects.count() == 0
    with organisation_scope(scoped.twin.pk):
        assert ConsentEntry.objects.count() == 0


def test_who_objects_objects_to_every_purpose_and_may_still_come_back(solvane: Organisation, ines: Contact) -> None:
    record_consents(solvane, [ines.pk], purpose="partners", act=Act.GIVEN, source=Source.CENTRE)
    counts = [object_to_all(solvane, contact=ines, by=None, proof={"note": "letter"}) for _ in range(2)]
    assert counts == [len(SEEN), 0]
    assert (set(states().values()), is_contactable(ines)) == ({"objected"}, False)
    choose(ines, "email")
    assert (states()["email"], is_contactable(ines)) == ("given", True)
