"""What an organisation asks people for: defined by an admin, read by people, answered for ever."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.consent import purposes
from contacts.consent.models import Act, ConsentState, Purpose, PurposeText, Source
from contacts.consent.queries import list_standings
from contacts.consent.services import add_starting_purposes, record_consents
from contacts.models import Contact
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from prm.work.errors import Conflict, Invalid, NotFound
from tests.conftest import World

STARTING = ["email", "phone", "open_tracking", "personalisation", "partners", "advertising"]
WORDS = purposes.PurposeWords("Invitations", "Invitations", "We invite you to events.", "Nous vous invitons.")
FORM = {
    "label_en": "Invitations", "label_fr": "Invitations", "text_en": "We invite you to events.",
    "text_fr": "Nous vous invitons.", "basis": "consent", "channel": "email",
}  # fmt: skip


@pytest.fixture
def asking(scoped: World) -> World:
    add_starting_purposes(scoped.organisation)
    return scoped


def make(world: World, **changed: Any) -> Purpose:
    given = {"words": WORDS, "basis": "consent", "channel": "email", **changed}
    return purposes.create_purpose(world.organisation, by=world.admin, **given)


def codes(world: World) -> list[str]:
    return [one.purpose.code for one in list_standings(world.organisation, None)]


def test_a_new_purpose_comes_last_with_its_first_text(asking: World) -> None:
    made = make(asking)
    again = make(asking)

    assert codes(asking)[-2:] == ["invitations", "invitations_2"]
    assert (made.basis, made.channel) == ("consent", "email")
    assert [one.version for one in purposes.list_texts(again)] == [1]
    entry = AuditEntry.objects.get(action="purpose.create", object_id=str(made.pk))
    assert entry.after["text_fr"] == "Nous vous invitons."


def test_other_words_are_another_version_and_what_was_said_names_the_old_one(asking: World) -> None:
    made = make(asking)
    contact = Contact.objects.create(organisation=asking.organisation, email="a@b.example")
    record_consents(
        asking.organisation, [contact.pk], purpose=made.code, act=Act.GIVEN, source=Source.FORM, proof={"form": 1}
    )
    other = purposes.PurposeWords("Invitations", "Invitations", "We invite you twice a year.", "Deux fois par an.")

    for _time in range(2):
        purposes.update_purpose(
            asking.organisation, purpose_id=made.pk, words=other, basis="consent", channel="email", by=asking.admin
        )

    texts = purposes.list_texts(made)
    assert [(one.version, one.text_en) for one in texts] == [
        (2, "We invite you twice a year."), (1, "We invite you to events."),
    ]  # fmt: skip
    assert ConsentState.objects.get(contact=contact, purpose=made).state == "given"
    # The second time nothing was different.
    assert AuditEntry.objects.filter(action="purpose.update").count() == 1


def test_what_is_not_a_purpose_is_refused_word_by_word(asking: World) -> None:
    empty = purposes.PurposeWords(" ", "x" * 81, "a\x00b", "Bien.")

    with pytest.raises(Invalid) as refused:
        make(asking, words=empty, basis="hope", channel="pigeon")

    assert set(refused.value.fields) == {"label_en", "label_fr", "text_en", "basis", "channel"}
    assert codes(asking) == STARTING


def test_the_e_mail_purpose_stays(asking: World) -> None:
    email = Purpose.objects.get(code="email")

    with pytest.raises(Conflict):
        purposes.archive_purpose(asking.organisation, purpose_id=email.pk, by=asking.admin)
    with pytest.raises(Invalid):
        purposes.update_purpose(
            asking.organisation, purpose_id=email.pk, words=WORDS, basis="interest", channel="phone", by=asking.admin
        )

    email.refresh_from_db()
    assert (email.archived_at, email.channel, PurposeText.objects.filter(purpose=email).count()) == (None, "email", 1)


def test_an_archived_purpose_is_not_asked_for_and_comes_back_with_its_answers(asking: World) -> None:
    partners = Purpose.objects.get(code="partners")
    contact = Contact.objects.create(organisation=asking.organisation, email="a@b.example")
    record_consents(asking.organisation, [contact.pk], purpose="partners", act=Act.OBJECTED, source=Source.MEMBER)

    purposes.archive_purpose(asking.organisation, purpose_id=partners.pk, by=asking.admin)
    assert "partners" not in codes(asking)
    with pytest.raises(Invalid):
        record_consents(asking.organisation, [contact.pk], purpose="partners", act=Act.GIVEN, source=Source.FORM)

    purposes.restore_purpose(asking.organisation, purpose_id=partners.pk, by=asking.admin)
    assert codes(asking) == STARTING
    assert purposes.count_answers() == {partners.pk: purposes.Answers(given=0, refused=1)}


def test_the_order_is_the_organisations(asking: World) -> None:
    partners = Purpose.objects.get(code="partners")

    purposes.move_purpose(asking.organisation, purpose_id=partners.pk, up=True)
    assert codes(asking) == ["email", "phone", "open_tracking", "partners", "personalisation", "advertising"]
    purposes.move_purpose(asking.organisation, purpose_id=partners.pk, up=False)
    assert codes(asking) == STARTING
    for _time in range(3):
        purposes.move_purpose(asking.organisation, purpose_id=partners.pk, up=False)
    assert codes(asking) == ["email", "phone", "open_tracking", "personalisation", "advertising", "partners"]
    with pytest.raises(NotFound):
        purposes.move_purpose(asking.organisation, purpose_id=partners.pk + 1000, up=False)


def test_there_are_only_as_many_as_people_read(asking: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purposes, "MOST_PURPOSES", len(STARTING) + 1)
    last = make(asking)

    with pytest.raises(Conflict):
        make(asking)
    purposes.archive_purpose(asking.organisation, purpose_id=last.pk, by=asking.admin)
    make(asking)
    with pytest.raises(Conflict):
        purposes.restore_purpose(asking.organisation, purpose_id=last.pk, by=asking.admin)


def test_an_admin_defines_a_purpose_and_people_read_it(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        add_starting_purposes(world.organisation)
    client, page = world.client(world.admin), world.path("settings/purposes/")

    refused = client.post(f"{page}new/", {**FORM, "text_fr": ""})
    assert refused.status_code == 422
    assert "We invite you to events." in refused.content.decode()
    answer = client.post(f"{page}new/", FORM, follow=True)
    assert "People see it on their preference page from now on." in answer.content.decode()
    with organisation_scope(world.organisation.pk):
        made = Purpose.objects.get(code="invitations")
    shown = client.get(f"{page}{made.pk}/").content.decode()
    assert "Nous vous invitons." in shown
    changed = client.post(f"{page}{made.pk}/", {**FORM, "text_fr": "Deux fois par an."}, follow=True)
    assert "The purpose is kept." in changed.content.decode()
    assert "text No. 1 stays" not in client.get(f"{page}{made.pk}/").content.decode()
    assert "Earlier texts" in client.get(f"{page}{made.pk}/").content.decode()
    assert client.post(f"{page}{made.pk}/archive/", follow=True).status_code == 200
    assert "Restore" in client.get(page).content.decode()
    client.post(f"{page}{made.pk}/restore/")
    client.post(f"{page}{made.pk}/move/", {"way": "up"})
    with organisation_scope(world.organisation.pk):
        assert codes(world)[-2:] == ["invitations", "advertising"]


def test_the_answers_are_counted_in_a_second_step(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        add_starting_purposes(world.organisation)
        contacts = [Contact.objects.create(organisation=world.organisation, email=f"{n}@b.example") for n in range(3)]
        ids = [one.pk for one in contacts]
        record_consents(world.organisation, ids[:2], purpose="partners", act=Act.GIVEN, source=Source.FORM)
        record_consents(world.organisation, ids[2:], purpose="partners", act=Act.WITHDRAWN, source=Source.FORM)
    client, page = world.client(world.admin), world.path("settings/purposes/")
    client.get(page)

    with CaptureQueriesContext(connection) as queries:
        assert not client.get(page).context["is_counted"]
    assert len(queries) <= 12
    context = client.get(f"{page}?answers=1").context
    assert {row.standing.purpose.code: row.answers for row in context["rows"]}["partners"] == purposes.Answers(2, 1)


@pytest.mark.parametrize("who", ["marketer", "sales", "viewer"])
def test_only_admins_define_purposes(world: World, who: str) -> None:
    client = world.client(getattr(world, who))
    assert client.get(world.path("settings/purposes/")).status_code == 403
    assert client.post(world.path("settings/purposes/new/"), FORM).status_code == 403
    with organisation_scope(world.organisation.pk):
        assert not Purpose.objects.filter(code="invitations").exists()
