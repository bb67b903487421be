"""Everything held on a person, in one file, by the same holdings that erasing goes by."""

import io
import json
import time
import zipfile
from typing import Any

from contacts.models import Contact
from contacts.rights.access import collect_held, hand_out, person_document
from contacts.rights.erasing import erase_contact
from contacts.rights.registry import list_holdings
from contacts.services import create_contact
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from tests.conftest import World
from tests.contacts.rights.people import ADDRESS, make_person
from tests.test_walk import key_client
from tests.worldmaking import rows_of


def files_of(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_the_file_holds_a_row_of_every_table_that_holds_one(scoped: World) -> None:
    contact = make_person(scoped)
    document: dict[str, Any] = json.loads(json.dumps(person_document(scoped.organisation, contact.pk)))
    held = document["held"]
    shown = {one.table for one in list_holdings() if one.shows}
    # Of what cannot be held beside the rest in one world nothing is missing.
    assert set(held) == shown
    person = held["contacts_contact"]["rows"]
    assert len(person) == 1
    assert (person[0]["email"], person[0]["company"], person[0]["properties"]) == (
        ADDRESS,
        "Acme",
        {"Goûts": "aime les perruches"},
    )
    assert [row["line"] for row in held["contacts_importreject"]["rows"]] == [2, 3]
    assert {row["value"] for row in held["doubles_alias"]["rows"]} >= {"OLD-ID-9", "z.canari@old.example"}
    assert [row["properties"] for row in held["touchpoints_interaction"]["rows"] if row["kind"] == "form_sent"] == [
        {"name": "Zoé Canari"}
    ]
    assert {row["status"] for row in held["nurturing_delivery"]["rows"]} == {"sent", "pending"}


def test_of_the_neighbour_and_the_twin_nothing_is_in_it(scoped: World) -> None:
    contact = make_person(scoped)
    with organisation_scope(scoped.twin.pk):
        create_contact(scoped.twin, values={"email": ADDRESS, "job_title": "Jumelle"}, by=scoped.twin_admin)
    text = json.dumps(person_document(scoped.organisation, contact.pk), ensure_ascii=False)
    assert "Jumelle" not in text
    neighbour = Contact.objects.get(email="a@b.example")
    theirs = {part.table: part.rows for part in collect_held(scoped.organisation, neighbour.pk)}
    assert "canari" not in json.dumps(theirs, ensure_ascii=False).lower()
    assert len(theirs["contacts_contact"]) == 1


def test_the_file_is_for_people_in_their_language_and_for_programs(scoped: World) -> None:
    contact = make_person(scoped)
    Contact.objects.filter(pk=contact.pk).update(language="fr", first_name="<script>Zoé")
    files = files_of(hand_out(scoped.organisation, contact_id=contact.pk, by=scoped.admin))
    assert sorted(files) == ["data.css", "data.html", "data.json"]
    assert '<link rel="stylesheet" href="data.css">' in files["data.html"]
    assert json.loads(files["data.json"])["held"]["contacts_contact"]["rows"][0]["first_name"] == "<script>Zoé"
    assert "&lt;script&gt;Zoé" in files["data.html"]
    assert "<script>" not in files["data.html"]
    assert 'lang="fr"' in files["data.html"]
    assert "Prénom" in files["data.html"]
    entry = AuditEntry.objects.get(action="contact.hand_out")
    assert (entry.actor, entry.object_id, entry.after) == (scoped.admin, contact.pk, {})


def test_it_is_made_in_less_than_two_seconds(scoped: World) -> None:
    contact = make_person(scoped)
    began = time.perf_counter()
    hand_out(scoped.organisation, contact_id=contact.pk, by=scoped.admin)
    assert time.perf_counter() - began < 2


def test_it_is_downloaded_by_who_may_answer_and_by_nobody_else(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        contact = make_person(world)
        url = world.path(f"contacts/{contact.pk}/held/")
        for user in (world.marketer, world.sales, world.viewer):
            assert world.client(user).post(url).status_code == 403
        assert not AuditEntry.objects.filter(action="contact.hand_out").exists()
    answer = world.client(world.admin).post(url)
    assert answer["Content-Disposition"] == f'attachment; filename="solvane-contact-{contact.pk}.zip"'
    assert ADDRESS in files_of(answer.content)["data.html"]
    program = key_client(world.organisation)
    with organisation_scope(world.organisation.pk):
        erase_contact(world.organisation, contact_id=contact.pk, by=world.admin)
        before = rows_of(world.organisation)
    assert world.client(world.admin).post(url).status_code == 404
    assert program.get(f"/api/v1/contacts/{contact.pk}/held").status_code == 404
    with organisation_scope(world.organisation.pk):
        after = rows_of(world.organisation)
        # That the key was used is noted.
        del before["organisations.ApiKey"], after["organisations.ApiKey"]
        assert after == before


def test_the_api_gives_the_same_and_writes_nothing(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        contact = make_person(world)
        expected = person_document(world.organisation, contact.pk)["held"]
    client = key_client(world.organisation)
    answer = client.get(f"/api/v1/contacts/{contact.pk}/held").json()
    assert answer["held"] == json.loads(json.dumps(expected))
    assert key_client(world.organisation, "contacts.view").get(f"/api/v1/contacts/{contact.pk}/held").status_code == 403
