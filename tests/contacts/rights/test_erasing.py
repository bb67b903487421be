"""Somebody is erased: everywhere, for good, and the figures stay right."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Count
from django.utils import timezone

from contacts.doubles.finding import find_changed
from contacts.doubles.merging import merge_contacts
from contacts.doubles.models import Merge, MergedRow, Watch
from contacts.doubles.undoing import undo_merge
from contacts.importing.undoing import run_undo, start_undo
from contacts.models import Contact, Export, Import, ImportReject, StageChange, Standing, Suppression
from contacts.people import create_contact, update_contact, upsert_contact
from contacts.queries import ContactFilter, find_contacts
from contacts.rights.erasing import erase_contact, erase_contacts, look_again
from contacts.rights.models import ErasedId
from contacts.searching import search_contacts
from contacts.segments.matching import ask
from contacts.segments.models import Segment
from contacts.suppressions import address_key
from enrichment.models import Lookup
from nurturing.models import Delivery, Enrolment
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from prm.work.errors import Conflict, NotFound, Refused
from prm.work.models import Job
from scoring.models import Handoff
from steering import queries as steering
from tests.conftest import World
from tests.contacts.files import bring_in, counts, prepare
from tests.contacts.rights.people import ADDRESS, CANARIES, Hold, found_of, make_person
from tests.test_walk import key_client
from tests.worldmaking import rows_of
from touchpoints.models import Interaction

HEAD = "id,email,Prénom,Nom,phone\n"


def erase(world: World, contact: Contact) -> int:
    return erase_contact(world.organisation, contact_id=contact.pk, by=world.admin)


def figures(world: World) -> dict[str, Any]:
    funnel = steering.measure_funnel(world.organisation)
    return {
        "reached": [(step.stage, step.reached, step.seconds_to_next) for step in funnel],
        "acts": sorted(
            Interaction.objects.values_list("kind").annotate(n=Count("pk"), people=Count("contact", distinct=True))
        ),
        "sent": Delivery.objects.filter(status="sent").count(),
        "enrolled": Enrolment.objects.count(),
        "handoffs": Handoff.objects.count(),
        "rejected": [(one.rejected, one.rows) for one in Import.objects.exclude(merged_at=None).order_by("pk")],
        "rejects": ImportReject.objects.count(),
        "changes": StageChange.objects.exclude(to_stage="").count(),
    }


def test_nothing_that_identifies_is_left_in_any_table(scoped: World) -> None:
    contact = make_person(scoped)
    before = found_of()
    # The person really was everywhere: what the test looks for can be found.
    assert len(before) > 14
    assert before["contacts_contact"] == sorted(set(CANARIES) - {"old-id-9"})
    assert {"contacts_exportchunk", "contacts_importchunk", "doubles_mergedrow", "organisations_auditentry"} <= set(
        before
    )
    erase(scoped, contact)
    assert found_of() == {}


def test_a_line_of_a_partners_file_that_names_them_says_nothing_any_more(scoped: World) -> None:
    contact = make_person(scoped)
    erase(scoped, contact)
    lines = Lookup.objects.filter(provider="partner_file").order_by("pk")
    assert list(lines.values_list("status", "detail", "question", "answer")) == [
        ("not_found", "erased_line", {}, {"line": 7, "file": 1}),
        ("found", "", {}, {"line": 7, "file": 1}),
    ]
    site = Lookup.objects.get(provider="recherche_entreprises").answer["site"]
    assert [(one["siren"], one["quote"]) for one in site["mentions"]] == [("732829320", "")]


def test_the_figures_stay_right(scoped: World) -> None:
    contact = make_person(scoped)
    before = figures(scoped)
    now = timezone.now()
    trend = steering.measure_trend(scoped.organisation, now)
    assert trend.now.prospects == 1
    erase(scoped, contact)
    assert figures(scoped) == before
    # Up to now everything is as it was; from now on the person is in no stage.
    assert steering.measure_trend(scoped.organisation, now) == trend
    assert steering.measure_trend(scoped.organisation, now + timedelta(days=1)).now.prospects == 0
    assert sum(step.stock for step in steering.measure_funnel(scoped.organisation)) == 1
    handoff, enrolment = Handoff.objects.get(), Enrolment.objects.get()
    assert (handoff.status, handoff.note, handoff.evidence) == ("withdrawn", "", [])
    assert (enrolment.status, enrolment.exit_reason, enrolment.due_at) == ("left", "suppressed", None)
    assert Segment.objects.get().size == 0


def test_the_shell_is_in_no_list_segment_search_or_queue(scoped: World) -> None:
    contact = make_person(scoped)
    Watch.objects.create(organisation=scoped.organisation, looked_at="2026-01-01T00:00Z")
    erase(scoped, contact)
    assert list(Contact.objects.values_list("email", flat=True)) == ["a@b.example"]
    assert [one.email for one in find_contacts(scoped.organisation, ContactFilter()).rows] == ["a@b.example"]
    assert search_contacts(scoped.organisation, "canari").ids in ([], None)
    shell = Contact.everybody.get(pk=contact.pk)
    assert (str(shell), shell.stage, shell.search_text.strip(), shell.properties) == ("Erased person", "", "", {})
    assert not Standing.objects.filter(contact=shell).exists()
    question = ask(scoped.organisation, {"field": "job_title", "op": "is_not", "value": "x"})
    with connection.cursor() as cursor:
        cursor.execute(question.select("c.id", chosen=False), question.params)
        assert cursor.fetchall() == [(Contact.objects.get().pk,)]
    find_changed(scoped.organisation)
    assert found_of() == {}


def test_the_log_says_that_somebody_was_erased_and_by_whom_but_not_who(scoped: World) -> None:
    contact = make_person(scoped)
    rows = erase(scoped, contact)
    entry = AuditEntry.objects.get(action="contact.erase")
    assert (entry.actor, entry.object_id, entry.object_label) == (scoped.admin, contact.pk, f"#{contact.pk}")
    assert (entry.before, entry.after) == ({}, {"rows": rows})
    last = StageChange.objects.latest("pk")
    assert (last.contact_id, last.from_stage, last.to_stage, last.cause) == (contact.pk, "prospect", "", "person")


def test_hashes_stay_and_keep_the_person_out_of_imports(scoped: World) -> None:
    contact = make_person(scoped)
    erase(scoped, contact)
    keys = set(Suppression.objects.filter(reason="erased").values_list("address_key", flat=True))
    assert {address_key(scoped.organisation.pk, one) for one in (ADDRESS, "z.canari@old.example")} <= keys
    assert ErasedId.objects.count() == 2
    people = (
        "CRM-777,other@secret.example,Zoé,Canari,\n"  # the external id with a new address
        ",ZOE.canari@secret.example,Zoé,Canari,\n"
        "old-id-9-not,z.canari@old.example,Z,Canari,\n"  # an address of a contact merged into them
        "3,c@d.example,C,D,\n"
        "4,zoe.canari@secret.example,Zoé,Canari,nonsense\n"
    )
    done = bring_in(scoped.organisation, HEAD + people)
    assert counts(done)[0] == 1
    rejects = list(
        ImportReject.objects.filter(source_import=done).order_by("line").values_list("line", "reason", "row")
    )
    # Whatever the reason, nothing of the row is kept.
    assert [(line, reason) for line, reason, _row in rejects] == [
        *((2, "erased"), (3, "erased"), (4, "erased"), (6, "email_taken")),
    ]
    assert [row for _line, _reason, row in rejects] == [[]] * 4
    assert list(Contact.objects.order_by("email").values_list("email", flat=True)) == ["a@b.example", "c@d.example"]
    assert "canari" not in str(found_of(("canari",)).keys() - {"contacts_importchunk"})


def test_hashes_keep_the_person_out_of_forms_and_programs(scoped: World) -> None:
    erase(scoped, make_person(scoped))
    before = rows_of(scoped.organisation)
    for values in (
        {"email": ADDRESS},
        {"external_id": "CRM-777", "email": "new@secret.example"},
        {"external_id": "OLD-ID-9"},
    ):
        with pytest.raises(Refused, match="erased at their request"):
            upsert_contact(scoped.organisation, values=values, by="CRM")
        with pytest.raises(Refused, match="erased at their request"):
            create_contact(scoped.organisation, values=values, by=scoped.admin)
        living = Contact.objects.get(email="a@b.example")
        with pytest.raises(Refused):
            update_contact(scoped.organisation, contact_id=living.pk, values=values, by=scoped.admin)
    assert rows_of(scoped.organisation) == before


def test_undoing_a_merge_or_an_import_brings_nobody_back(scoped: World) -> None:
    contact = make_person(scoped)
    merge = Merge.objects.get()
    first, second = Import.objects.exclude(merged_at=None).order_by("pk")[:2]
    erase(scoped, contact)
    assert not MergedRow.objects.exists()
    with pytest.raises(NotFound):
        undo_merge(scoped.organisation, merge_id=merge.pk, by=scoped.admin)
    for one in (first, second):
        started = start_undo(scoped.organisation, import_id=one.pk, by=scoped.admin)
        run_undo(Hold(scoped.organisation, Job.objects.get(pk=started.undo_job_id or 0)))  # type: ignore[arg-type]
    assert found_of() == {}
    assert Contact.everybody.get(pk=contact.pk).stage == ""


def test_who_was_merged_and_taken_apart_again_is_erased_alone(scoped: World) -> None:
    ada = create_contact(scoped.organisation, values={"email": "ada@b.example", "last_name": "Ada"}, by=scoped.admin)
    zoe = create_contact(scoped.organisation, values={"email": ADDRESS, "last_name": "Canari"}, by=scoped.admin)
    merge = merge_contacts(
        scoped.organisation, contact_ids=[ada.pk, zoe.pk], survivor_id=ada.pk, take={"email": zoe.pk}, by=scoped.admin
    )
    undo_merge(scoped.organisation, merge_id=merge.pk, by=scoped.admin)
    assert "doubles_merge" in found_of(("canari",))
    erase(scoped, Contact.objects.get(email=ADDRESS))
    assert found_of(("canari",)) == {}
    assert (Contact.objects.get().email, Contact.objects.get().last_name) == ("ada@b.example", "Ada")


@pytest.mark.parametrize("values", [{"email": "x@y.example"}, {"stage": "prospect"}, {"properties": {"a": 1}}])
def test_the_database_itself_refuses_to_fill_a_shell(scoped: World, values: dict[str, Any]) -> None:
    contact = make_person(scoped)
    erase(scoped, contact)
    with pytest.raises(IntegrityError), transaction.atomic():
        Contact.everybody.filter(pk=contact.pk).update(**values)
    assert Contact.everybody.get(pk=contact.pk).email is None


def test_every_column_of_a_contact_is_emptied_or_says_nothing(scoped: World) -> None:
    contact = make_person(scoped)
    erase(scoped, contact)
    shell = Contact.everybody.get(pk=contact.pk)
    told = {
        field.name
        for field in Contact._meta.concrete_fields
        if str(getattr(shell, field.attname)).strip() not in {"None", "", "{}", "[]", "0", "False"}
    }
    assert told == {"id", "organisation", "stage_since", "created_at", "updated_at"}


def test_the_twin_and_the_neighbours_keep_everything(scoped: World) -> None:
    contact = make_person(scoped)
    with organisation_scope(scoped.twin.pk):
        create_contact(scoped.twin, values={"email": ADDRESS, "external_id": "CRM-777", "last_name": "Canari"}, by="x")
    twins = rows_of(scoped.twin)
    neighbour = Contact.objects.values().get(email="a@b.example")
    aside = ImportReject.objects.values().get(line=4)
    with organisation_scope(scoped.organisation.pk):
        erase(scoped, contact)
    assert rows_of(scoped.twin) == twins
    assert Contact.objects.values().get(email="a@b.example") == neighbour
    assert ImportReject.objects.values().get(line=4) == aside
    with organisation_scope(scoped.twin.pk):
        assert not upsert_contact(scoped.twin, values={"email": ADDRESS}, by="x")[1]


def test_an_address_inside_another_one_is_somebody_else(scoped: World) -> None:
    zoe = create_contact(scoped.organisation, values={"email": "zoe@b.example"}, by=None)
    done = bring_in(
        scoped.organisation, "email,Téléphone\njozoe@b.example bad,1\nzoe@b.example.org x,2\nzoe@b.example x,3\n"
    )
    assert done.rejected == 3
    other = prepare(scoped.organisation, "email\njo@b.example\n")
    erase(scoped, zoe)
    rows = dict(ImportReject.objects.values_list("line", "row"))
    assert rows == {2: ["jozoe@b.example bad", "1"], 3: ["zoe@b.example.org x", "2"], 4: []}
    assert Import.objects.filter(pk=other.pk).exists()


def test_a_message_that_is_leaving_is_waited_for(scoped: World) -> None:
    contact = make_person(scoped)
    Delivery.objects.filter(status="sent").update(status="sending", lease_until="2999-01-01T00:00Z")
    before = rows_of(scoped.organisation)
    with pytest.raises(Conflict, match="leaving at this very moment"):
        erase(scoped, contact)
    assert rows_of(scoped.organisation) == before


def test_what_comes_in_at_the_last_moment_is_erased_a_little_later(scoped: World) -> None:
    contact = make_person(scoped)
    erase(scoped, contact)
    Interaction.objects.create(
        organisation=scoped.organisation,
        contact_id=contact.pk,
        kind="form_sent",
        occurred_at="2026-11-02T10:00Z",
        properties={"name": "Zoé Canari"},
    )
    assert found_of() == {"touchpoints_interaction": ["canari", "zoé"]}
    look_again(scoped.organisation)
    look_again(scoped.organisation)
    assert found_of() == {}


def test_one_that_is_not_there_keeps_the_others(scoped: World) -> None:
    contact = make_person(scoped)
    before = rows_of(scoped.organisation)
    with pytest.raises(NotFound):
        erase_contacts(scoped.organisation, contact_ids=[contact.pk, 999_999], by=scoped.admin)
    assert rows_of(scoped.organisation) == before
    erase(scoped, contact)
    with pytest.raises(NotFound):
        erase(scoped, contact)


def test_it_is_done_through_the_page_by_who_may_after_the_name_is_typed(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        contact = make_person(world)
    url = world.path(f"contacts/{contact.pk}/erase/")
    for user in (world.marketer, world.sales, world.viewer):
        assert world.client(user).post(url, {"confirm": ADDRESS}).status_code == 403
    client = world.client(world.admin)
    assert "Erase…" in client.get(world.path(f"contacts/{contact.pk}/?panels=all")).content.decode()
    assert (
        "Erase…" not in world.client(world.sales).get(world.path(f"contacts/{contact.pk}/?panels=all")).content.decode()
    )
    shown = client.get(url).content.decode()
    assert "This cannot be undone." in shown
    wrong = client.post(url, {"confirm": "Somebody else"})
    assert wrong.status_code == 422
    with organisation_scope(world.organisation.pk):
        assert Contact.objects.filter(pk=contact.pk).exists()
    assert client.post(url, {"confirm": "  zoé   CANARI "}).status_code == 302
    with organisation_scope(world.organisation.pk):
        assert found_of() == {}
    assert client.get(world.path(f"contacts/{contact.pk}/")).status_code == 404
    assert client.get(world.path("contacts/")).status_code == 200


def test_it_is_done_through_the_api_also_by_an_id_that_was_merged(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        contact = make_person(world)
        merged_id = Merge.objects.get().merged_ids[0]
        export = Export.objects.first()
        assert export
    client = key_client(world.organisation)
    assert client.delete("/api/v1/contacts/999999").status_code == 404
    assert client.delete(f"/api/v1/contacts/{merged_id}").status_code == 204
    for gone in (merged_id, contact.pk):
        assert client.get(f"/api/v1/contacts/{gone}").status_code == 404
        assert client.delete(f"/api/v1/contacts/{gone}").status_code == 404
    answer = client.post("/api/v1/contacts", {"email": ADDRESS}, content_type="application/json")
    assert answer.status_code == 403
    assert answer.json()["message"] == "This person was erased at their request and may not be added again."
    with organisation_scope(world.organisation.pk):
        assert found_of() == {}
        assert StageChange.objects.latest("pk").cause == "api"


def test_the_log_is_emptied_in_the_own_organisation_alone_and_in_no_other_way(scoped: World) -> None:
    make_person(scoped)
    with organisation_scope(scoped.twin.pk):
        create_contact(scoped.twin, values={"email": ADDRESS}, by=scoped.twin_admin)
        theirs = AuditEntry.objects.get()
    with organisation_scope(scoped.organisation.pk), connection.cursor() as cursor:
        cursor.execute("SELECT rights_forget_audit(%s, %s)", [scoped.twin.pk, [theirs.pk]])
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT rights_forget_audit(%s, %s)", [scoped.organisation.pk, [theirs.pk]])
        assert cursor.fetchone() == (0,)
    with organisation_scope(scoped.twin.pk):
        assert AuditEntry.objects.get().object_label == ADDRESS


def test_a_file_that_is_being_imported_is_waited_for_and_one_that_was_stopped_is_forgotten(scoped: World) -> None:
    contact = create_contact(scoped.organisation, values={"email": ADDRESS}, by=None)
    one = prepare(scoped.organisation, f"email\n{ADDRESS}\n")
    one.job = Job.objects.create(organisation=scoped.organisation, kind="import", title="Import", status="running")
    one.save(update_fields=["job"])
    with pytest.raises(Conflict, match="is being imported"):
        erase(scoped, contact)
    assert Contact.objects.filter(pk=contact.pk).exists()
    Job.objects.update(status="stopped")
    erase(scoped, contact)
    assert found_of(("canari",)) == {}
    assert Import.objects.filter(pk=one.pk).exists()
