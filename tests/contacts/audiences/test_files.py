"""Files hold those who agreed and nobody else; who says no later is told to the platform; nothing plain leaves."""

import csv
import hashlib
import io
from typing import Any

import pytest

from contacts.audiences import queries, services
from contacts.audiences.choosing import preview
from contacts.audiences.models import Audience, AudienceFile, AudienceMember, AudiencePiece, FileKind, Platform
from contacts.audiences.platforms import hash_email
from contacts.audiences.services import AudienceInput, create_audience, forget_files, make_file
from contacts.audiences.writing import count_owed, run_file
from contacts.consent.models import Act, Source
from contacts.consent.purposes import archive_purpose
from contacts.consent.services import add_starting_purposes, get_purpose, record_consents
from contacts.doubles.merging import merge_contacts
from contacts.models import Contact
from contacts.rights.access import collect_held
from contacts.rights.erasing import erase_contact
from contacts.segments.keeping import keep_segments
from contacts.segments.models import Segment
from contacts.segments.services import SegmentInput, archive_segment, create_segment, delete_segment
from contacts.suppressions import record_opt_out
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from prm.work.errors import Conflict, Invalid, NotFound
from prm.work.jobs import JobRun, run_jobs
from tests.conftest import World

PURPOSE = "advertising"


@pytest.fixture
def base(scoped: World) -> World:
    """Four people who agreed, and one of each who may not be passed on; the same people in the twin agreed to all."""
    with organisation_scope(scoped.twin.pk):
        add_starting_purposes(scoped.twin)
        agree(scoped.twin, *(person(scoped.twin, name) for name in ("ann", "bob", "cleo", "dan", "never", "no")))
    organisation = scoped.organisation
    add_starting_purposes(organisation)
    agree(organisation, *(person(organisation, name) for name in ("ann", "bob", "cleo", "dan")))
    person(organisation, "never")
    no, out, mute = person(organisation, "no"), person(organisation, "out"), person(organisation, "mute")
    agree(organisation, no, out, mute)
    say(organisation, no, Act.WITHDRAWN)
    record_opt_out(organisation, contact=out, source="link")
    Contact.objects.filter(pk=mute.pk).update(email=None)
    return scoped


def person(organisation: Any, name: str) -> Contact:
    return Contact.objects.create(organisation=organisation, email=f"{name}@acme.fr", last_name=name.title())


def say(organisation: Any, contact: Contact, act: str) -> None:
    record_consents(organisation, [contact.pk], purpose=PURPOSE, act=act, source=Source.CENTRE)


def agree(organisation: Any, *people: Contact) -> None:
    for one in people:
        say(organisation, one, Act.GIVEN)


def known(name: str) -> Contact:
    return Contact.objects.get(email=f"{name}@acme.fr")


EVERYBODY = {"all": [{"field": "created_at", "op": "is_set"}]}


def audience(world: World, **values: Any) -> Audience:
    given = {"name": "Retargeting", "platform": Platform.META, "purpose": PURPOSE, "condition": EVERYBODY, **values}
    return create_audience(world.organisation, values=AudienceInput(**given), by=world.marketer)


def written(world: World, of: Audience, kind: str = FileKind.ADD) -> AudienceFile:
    file = make_file(world.organisation, audience_id=of.pk, kind=kind, by=world.marketer)
    run_jobs(world.organisation)
    return AudienceFile.objects.select_related("job").get(pk=file.pk)


def lines(world: World, file: AudienceFile) -> list[list[str]]:
    answer: Any = services.download(world.organisation, file_id=file.pk, by=world.marketer)
    data = b"".join(answer)
    assert b"@" not in data
    assert len(data) == int(answer["Content-Length"])
    assert hashlib.sha256(data).hexdigest() == file.sha256
    return list(csv.reader(io.StringIO(data.decode())))


def hashes(*names: str) -> list[str]:
    return sorted(hash_email(Platform.META, f"{name}@acme.fr") for name in names)


def test_only_who_agreed_stands_in_it_and_the_others_are_counted(base: World) -> None:
    found = audience(base)
    before = preview(base.organisation, found)
    assert (before.chosen, dict(before.left_out)) == (
        4,
        {"no_email": 1, "suppressed": 1, "refused": 1, "not_asked": 1},
    )
    file = written(base, found)
    head, *rows = lines(base, file)
    assert head == ["email"]
    assert sorted(row[0] for row in rows) == hashes("ann", "bob", "cleo", "dan")
    assert (file.rows, file.left_out, file.purpose_version) == (4, dict(before.left_out), 1)
    assert file.asked


def test_a_segment_narrows_and_one_that_is_gone_means_nobody(base: World) -> None:
    organisation = base.organisation
    condition = {"field": "last_name", "op": "in", "value": ["Ann", "Bob", "Never"]}
    segment = create_segment(organisation, values=SegmentInput("Three", condition), by=base.marketer)
    keep_segments(organisation)
    found = audience(base, segment_id=segment.pk, condition={"field": "last_name", "op": "is_not", "value": "Bob"})
    assert lines(base, written(base, found))[1:] == [hashes("ann")]
    archive_segment(organisation, segment_id=segment.pk, by=base.marketer)
    assert "archived" in preview(organisation, queries.get_audience(organisation, found.pk)).problem
    delete_segment(organisation, segment_id=segment.pk, by=base.marketer)
    assert not Segment.objects.exists()
    gone = queries.get_audience(organisation, found.pk)
    assert (preview(organisation, gone).chosen, gone.is_stale) == (0, True)
    with pytest.raises(Conflict, match="removed"):
        make_file(organisation, audience_id=found.pk, kind=FileKind.ADD, by=base.marketer)
    assert AudienceFile.objects.count() == 1


def test_who_withdraws_later_is_removed_once(base: World) -> None:
    organisation, found = base.organisation, audience(base)
    file = written(base, found)
    say(organisation, known("ann"), Act.WITHDRAWN)
    # Nobody took the file: no platform knows her.
    assert count_owed(organisation, found.pk) == 0
    lines(base, file)
    assert count_owed(organisation, found.pk) == 1
    record_opt_out(organisation, contact=known("bob"), source="link")
    cleo = known("cleo")
    erase_contact(organisation, contact_id=cleo.pk, by=base.admin)
    assert count_owed(organisation, found.pk) == 3
    removal = written(base, found, FileKind.REMOVE)
    head, *rows = lines(base, removal)
    assert (head, [row[0] for row in rows]) == (["email"], hashes("ann", "bob", "cleo"))
    assert count_owed(organisation, found.pk) == 0
    assert written(base, found, FileKind.REMOVE).rows == 0
    # She comes back, is passed on again, and says no once more.
    agree(organisation, known("ann"))
    assert [row[0] for row in lines(base, written(base, found))[1:]] == hashes("ann", "dan")
    say(organisation, known("ann"), Act.OBJECTED)
    assert [row[0] for row in lines(base, written(base, found, FileKind.REMOVE))[1:]] == hashes("ann")


def test_a_removal_file_nobody_took_is_owed_again(base: World) -> None:
    organisation, found = base.organisation, audience(base)
    lines(base, written(base, found))
    say(organisation, known("ann"), Act.WITHDRAWN)
    erase_contact(organisation, contact_id=known("bob").pk, by=base.admin)
    removal = written(base, found, FileKind.REMOVE)
    AudienceFile.objects.update(created_at="2026-01-01T00:00Z")
    # The first file went with whoever was erased.
    assert forget_files(organisation) == 1
    assert not AudiencePiece.objects.exists()
    assert count_owed(organisation, found.pk) == 2
    with pytest.raises(NotFound):
        services.download(organisation, file_id=removal.pk, by=base.marketer)
    # Once it was taken, whoever is no longer in the base leaves no hash.
    lines(base, written(base, found, FileKind.REMOVE))
    AudienceFile.objects.update(created_at="2026-01-01T00:00Z")
    forget_files(organisation)
    assert set(AudienceMember.objects.filter(contact=None).values_list("email_hash", flat=True)) == {""}
    assert AudienceFile.objects.filter(sha256__gt="").count() == 3


def test_whoever_is_erased_takes_the_file_along(base: World) -> None:
    found = audience(base)
    file = written(base, found)
    erase_contact(base.organisation, contact_id=known("ann").pk, by=base.admin)
    assert not AudiencePiece.objects.filter(file=file).exists()
    with pytest.raises(NotFound):
        services.download(base.organisation, file_id=file.pk, by=base.marketer)
    assert not AudienceMember.objects.filter(email_hash__in=hashes("ann")).exists()


def test_who_says_no_while_it_is_written_is_left_out(base: World) -> None:
    found = audience(base)
    file = make_file(base.organisation, audience_id=found.pk, kind=FileKind.ADD, by=base.marketer)
    assert file.job is not None

    class Saying(JobRun):
        def advance(self, *, done: int, total: int | None = None) -> None:
            if total is not None:
                say(base.organisation, known("dan"), Act.WITHDRAWN)
            super().advance(done=done, total=total)

    run_file(Saying(base.organisation, file.job))
    file.refresh_from_db()
    assert (file.rows, file.left_out["refused"]) == (3, 2)
    assert not AudienceMember.objects.filter(contact=known("dan")).exists()


def test_a_worker_that_dies_leaves_the_next_one_to_go_on(base: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("contacts.audiences.writing.CHUNK", 1)
    found = audience(base)
    file = make_file(base.organisation, audience_id=found.pk, kind=FileKind.ADD, by=base.marketer)
    assert file.job is not None

    class Dying(JobRun):
        def advance(self, *, done: int, total: int | None = None) -> None:
            if done == 2:
                raise KeyboardInterrupt
            super().advance(done=done, total=total)

    with pytest.raises(KeyboardInterrupt):
        run_file(Dying(base.organisation, file.job))
    run_jobs(base.organisation)
    file = AudienceFile.objects.select_related("job").get(pk=file.pk)
    assert sorted(row[0] for row in lines(base, file)[1:]) == hashes("ann", "bob", "cleo", "dan")
    assert (file.rows, AudienceMember.objects.count()) == (4, 4)


def test_the_purpose_is_one_people_say_yes_to(base: World) -> None:
    with pytest.raises(Invalid) as refusal:
        audience(base, purpose="email")
    assert set(refusal.value.fields) == {"purpose"}
    found = audience(base)
    archive_purpose(base.organisation, purpose_id=get_purpose(PURPOSE).pk, by=base.admin)
    with pytest.raises(Conflict):
        make_file(base.organisation, audience_id=found.pk, kind=FileKind.ADD, by=base.marketer)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x\x00"}, "name"),
        ({"platform": "tiktok"}, "platform"),
        ({"columns": "everything"}, "columns"),
        ({"segment_id": 999_999}, "segment"),
        ({"condition": {}}, "segment"),
        ({"condition": {"field": "nothing", "op": "is", "value": "x"}}, "condition.field"),
    ],
)
def test_what_cannot_be_used_is_refused(base: World, values: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        audience(base, **values)
    assert field in refusal.value.fields
    assert not Audience.objects.exists()


def test_two_files_of_one_audience_are_not_written_at_once(base: World) -> None:
    found = audience(base)
    make_file(base.organisation, audience_id=found.pk, kind=FileKind.ADD, by=base.marketer)
    with pytest.raises(Conflict, match="being written"):
        make_file(base.organisation, audience_id=found.pk, kind=FileKind.REMOVE, by=base.marketer)


def test_the_log_says_who_when_what(base: World) -> None:
    found = audience(base)
    file = written(base, found)
    lines(base, file)
    acts = dict(AuditEntry.objects.filter(action__startswith="audience.").values_list("action", "after"))
    assert acts["audience.file"]["version"] == 1
    assert acts["audience.download"] == {"platform": "meta", "kind": "add", "rows": 4, "sha256": file.sha256}
    held = {one.title: one.rows for one in collect_held(base.organisation, known("ann").pk)}
    (row,) = held["Audiences of advertising platforms"]
    assert (row["platform"], row["hash"]) == ("meta", hashes("ann")[0])
    page = base.client(base.marketer).get(base.path(f"contacts/{known('ann').pk}/panels/contacts-audiences-panel/"))
    assert "Retargeting" in page.content.decode()


def test_merged_people_keep_what_they_were_passed_on_in(base: World) -> None:
    found = audience(base)
    lines(base, written(base, found))
    ann, bob = known("ann"), known("bob")
    merge_contacts(
        base.organisation, contact_ids=[ann.pk, bob.pk], survivor_id=ann.pk, take={"email": ann.pk}, by=base.admin
    )
    assert len(queries.list_files_of(ann)) == 2
    say(base.organisation, ann, Act.WITHDRAWN)
    assert count_owed(base.organisation, found.pk) == 2


def test_pages(base: World) -> None:
    client = base.client(base.marketer)
    answer = client.post(
        base.path("audiences/new/"),
        {
            "name": "Hot",
            "platform": "google",
            "columns": "all",
            "purpose": PURPOSE,
            "segment": "",
            "condition-rows": "1",
            "condition-every": "all",
            "condition-0-field": "last_name",
            "condition-0-op": "is_set",
        },
    )
    found = Audience.objects.get()
    assert answer["Location"] == base.path(f"audiences/{found.pk}/")
    page = client.get(base.path(f"audiences/{found.pk}/?count=1")).content.decode()
    assert "<b>4</b>" in page
    assert "never said yes" in page.lower()
    client.post(base.path(f"audiences/{found.pk}/file/"), {"kind": "add"})
    with organisation_scope(base.organisation.pk):
        run_jobs(base.organisation)
        file = AudienceFile.objects.get()
    taken: Any = client.get(base.path(f"audiences/files/{file.pk}/"))
    assert b"".join(taken).startswith(b"Email,Phone,First Name,Last Name,Country,Zip\r\n")
    assert "SHA-256" in client.get(base.path(f"audiences/{found.pk}/")).content.decode()
    for user in (base.sales, base.viewer):
        assert base.client(user).get(base.path(f"audiences/files/{file.pk}/")).status_code == 403
    assert base.client(base.twin_admin).get(f"/o/{base.twin.slug}/audiences/files/{file.pk}/").status_code == 404
    bad = client.post(base.path("audiences/new/"), {"name": "Hot", "platform": "google", "columns": "email"})
    assert bad.status_code == 422
