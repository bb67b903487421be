"""The ledger of consent, the state it makes, and opt-outs: they agree, and a no stands."""

from datetime import UTC, datetime
from importlib import import_module

import pytest
from django.db import IntegrityError, connection, transaction

from contacts.consent.models import Act, ConsentEntry, ConsentState, PurposeText, Source
from contacts.consent.queries import list_standings
from contacts.consent.services import add_starting_purposes, record_by_member, record_consents
from contacts.models import Contact, Suppression
from contacts.people import upsert_contact
from contacts.suppressions import is_contactable, record_opt_out
from prm.organisations.models import AuditEntry, Organisation
from prm.organisations.scope import organisation_scope
from prm.work.errors import Conflict, Invalid
from tests.conftest import World
from tests.test_walk import key_client

EARLY, LATE = datetime(2025, 3, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)


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


def states() -> dict[str, str]:
    return dict(ConsentState.objects.values_list("purpose__code", "state"))


def test_an_organisation_starts_with_six_purposes_in_both_languages(solvane: Organisation) -> None:
    add_starting_purposes(solvane)
    english = [
        (one.purpose.code, one.label, one.version, one.is_allowed) for one in list_standings(solvane, None, "en")
    ]
    assert english == [
        ("email", "E-mails", 1, True),
        ("phone", "Telephone", 1, True),
        ("open_tracking", "Opened messages", 1, False),
        ("personalisation", "Personalisation", 1, False),
        ("partners", "Partners", 1, False),
        ("advertising", "Advertising partners", 1, False),
    ]
    assert [one.label for one in list_standings(solvane, None, "fr")][1:3] == ["Téléphone", "Messages ouverts"]


def test_the_state_is_what_was_said_last(solvane: Organisation, ines: Contact) -> None:
    for act, at in ((Act.GIVEN, LATE), (Act.WITHDRAWN, EARLY)):
        record_consents(solvane, [ines.pk], purpose="partners", act=act, source=Source.CENTRE, at=at)
    state = ConsentState.objects.get(contact=ines)
    assert (state.state, state.since) == ("given", LATE)
    assert list(ConsentEntry.objects.order_by("pk").values_list("act", "version")) == [("given", 1), ("withdrawn", 1)]


@pytest.mark.parametrize("source", [source for source in Source if source is not Source.CENTRE])
@pytest.mark.parametrize("is_late", [False, True])
def test_no_yes_but_the_persons_own_takes_a_no_back(
    solvane: Organisation, ines: Contact, source: Source, *, is_late: bool
) -> None:
    says = [(Act.WITHDRAWN, EARLY, Source.CENTRE), (Act.GIVEN, LATE, source)]
    for act, at, by in reversed(says) if is_late else says:
        record_consents(solvane, [ines.pk], purpose="partners", act=act, source=by, at=at)
    assert states() == {"partners": "withdrawn"}
    assert ConsentEntry.objects.count() == 2


def test_opt_outs_and_the_email_purpose_agree_both_ways(solvane: Organisation, ines: Contact) -> None:
    record_opt_out(solvane, contact=ines, source="unsubscribe link")
    entry = ConsentEntry.objects.get()
    assert (entry.act, entry.source, entry.proof) == ("withdrawn", "suppression", {"note": "unsubscribe link"})
    record_consents(solvane, [ines.pk], purpose="email", act=Act.GIVEN, source=Source.IMPORT)
    assert (states(), is_contactable(ines)) == ({"email": "withdrawn"}, False)
    record_consents(solvane, [ines.pk], purpose="email", act=Act.GIVEN, source=Source.CENTRE)
    assert (states(), is_contactable(ines), Suppression.objects.count()) == ({"email": "given"}, True, 0)
    record_consents(solvane, [ines.pk], purpose="email", act=Act.OBJECTED, source=Source.MEMBER)
    assert (states(), is_contactable(ines)) == ({"email": "objected"}, False)
    assert ConsentEntry.objects.count() == 4


def test_coming_back_by_a_form_or_the_api_takes_nothing_back(solvane: Organisation, ines: Contact) -> None:
    record_consents(solvane, [ines.pk], purpose="email", act=Act.WITHDRAWN, source=Source.CENTRE)
    Contact.objects.filter(pk=ines.pk).delete()
    assert ConsentEntry.objects.count() == 0
    upsert_contact(solvane, values={"email": "ines@acme.example"}, by="form")
    assert states() == {"email": "withdrawn"}


def test_opt_outs_from_before_the_ledger_enter_it_once(scoped: World) -> None:
    statement = import_module("contacts.consent.migrations.0003_starting_purposes").OPT_OUTS
    early = Contact.objects.create(organisation=scoped.organisation, email="ines@acme.example")
    record_opt_out(scoped.organisation, contact=early, source="unsubscribe link")
    assert ConsentEntry.objects.count() == 0
    add_starting_purposes(scoped.organisation)
    for _ in range(2):
        with connection.cursor() as cursor:
            cursor.execute(statement)
    entry = ConsentEntry.objects.get()
    assert (entry.act, entry.source, entry.proof) == ("withdrawn", "suppression", {"note": "unsubscribe link"})
    assert states() == {"email": "withdrawn"}


def test_a_member_notes_a_no_but_not_a_yes_after_it(solvane: Organisation, ines: Contact, scoped: World) -> None:
    def says(act: Act) -> None:
        record_by_member(
            solvane, ines, purpose="phone", act=act, note="by telephone", by=scoped.sales, source=Source.MEMBER
        )

    says(Act.WITHDRAWN)
    with pytest.raises(Conflict):
        says(Act.GIVEN)
    entry = ConsentEntry.objects.get()
    assert (entry.act, entry.by, entry.proof) == ("withdrawn", scoped.sales, {"note": "by telephone", "by": "Sales"})
    assert AuditEntry.objects.get().after == {"contacts": [ines.pk], "purpose": "phone", "status": "withdrawn"}


def test_what_is_no_purpose_or_no_act_is_refused(solvane: Organisation, ines: Contact) -> None:
    for purpose, act in (("nothing", Act.GIVEN), ("email", "perhaps")):
        with pytest.raises(Invalid):
            record_consents(solvane, [ines.pk], purpose=purpose, act=act, source=Source.API)
    assert ConsentEntry.objects.count() == 0


def test_another_organisations_contact_is_left_out(solvane: Organisation, scoped: World) -> None:
    with organisation_scope(scoped.twin.pk):
        foreign = Contact.objects.get().pk
    assert record_consents(solvane, [foreign], purpose="email", act=Act.WITHDRAWN, source=Source.API) == 0
    with organisation_scope(scoped.twin.pk):
        assert (ConsentEntry.objects.count(), Suppression.objects.count()) == (0, 0)


def test_the_database_refuses_to_rewrite_the_ledger_or_a_text(solvane: Organisation, ines: Contact) -> None:
    record_consents(solvane, [ines.pk], purpose="partners", act=Act.WITHDRAWN, source=Source.CENTRE)
    with pytest.raises(IntegrityError), transaction.atomic():
        ConsentEntry.objects.update(act=Act.GIVEN)
    with pytest.raises(IntegrityError), transaction.atomic():
        PurposeText.objects.update(text_en="We sell everything.")
    assert ConsentEntry.objects.get().act == "withdrawn"
    assert not PurposeText.objects.filter(text_en="We sell everything.").exists()


def test_the_panel_takes_a_note_and_shows_the_ledger(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        add_starting_purposes(world.organisation)
        contact = Contact.objects.create(organisation=world.organisation, email="ines@acme.example")
    client = world.client(world.sales)
    path = world.path(f"contacts/{contact.pk}/")
    sent = {"purpose": "phone", "act": "objected", "note": "said so on the phone"}
    assert client.post(path + "consents/", sent).status_code == 302
    page = client.get(path + "panels/contacts-consent-panel/").content.decode()
    assert 'Telephone <span class="mute">objected</span>' in page
    assert "said so on the phone" in page
    assert world.client(world.viewer).post(path + "consents/", sent).status_code == 403
    # What no field can hold is the name of no purpose.
    assert client.post(path + "consents/", {**sent, "purpose": "\x00"}).status_code == 422
    assert client.post(path + "consents/ask/", {"purpose": "\x00"}).status_code == 422


@pytest.mark.parametrize("unstorable", ["\x00", "\ud83d"])
def test_the_api_takes_no_text_that_cannot_be_kept(world: World, unstorable: str) -> None:
    client = key_client(world.organisation)
    with organisation_scope(world.organisation.pk):
        add_starting_purposes(world.organisation)
        contact = Contact.objects.create(organisation=world.organisation, email="ines@acme.example")
    for given in ({"purpose": unstorable}, {"note": unstorable}):
        sent = {"purpose": "phone", "act": "objected", **given}
        answer = client.post(f"/api/v1/contacts/{contact.pk}/consents", sent, content_type="application/json")
        assert (answer.status_code, list(answer.json()["fields"])) == (422, list(given))
