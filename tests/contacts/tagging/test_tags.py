"""Tags: put on, taken away, renamed, merged; in files, conditions and merges of contacts."""

import csv
import io
from typing import Any

import pytest
from django.test import Client

from contacts.doubles.merging import merge_contacts
from contacts.doubles.undoing import undo_merge
from contacts.importing.undoing import run_undo, start_undo
from contacts.models import Contact, Import, ImportReject
from contacts.queries import ContactFilter, list_contacts
from contacts.segments.keeping import keep_segments
from contacts.segments.matching import ask, match_people, people_vocabulary
from contacts.segments.models import Segment, SegmentMember
from contacts.segments.services import SegmentInput, create_segment
from contacts.tagging import queries, services
from contacts.tagging.models import Tag, Tagging
from prm.conditions.sentences import sentence
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from prm.work.errors import Conflict, Invalid
from prm.work.models import Job
from tests.conftest import World
from tests.contacts.files import bring_in, counts
from tests.test_walk import key_client

HEAD = "id;Nom;Étiquettes\n"


def add(world: World, name: str, **values: Any) -> Contact:
    return Contact.objects.create(organisation=world.organisation, last_name=name, **values)


def tag(world: World, *contacts: Contact, names: list[str]) -> int:
    ids = [contact.pk for contact in contacts]
    return services.tag_contacts(world.organisation, contact_ids=ids, names=names, by=world.marketer)


def borne() -> dict[str, list[str]]:
    """Return the tags of each contact, by its last name."""
    rows: dict[str, list[str]] = {}
    for name, word in Tagging.objects.order_by("tag__key").values_list("contact__last_name", "tag__name"):
        rows.setdefault(name, []).append(word)
    return rows


def sizes() -> dict[str, int]:
    return dict(Tag.objects.filter(merged_into__isnull=True).values_list("name", "size"))


def test_case_accents_and_blanks_make_no_second_tag(scoped: World) -> None:
    ada, bob = add(scoped, "Ada"), add(scoped, "Bob")
    assert tag(scoped, ada, bob, names=[" Écologie ", "VIP"]) == 2
    assert tag(scoped, ada, bob, names=["ecologie", "vip"]) == 0
    assert borne() == {"Ada": ["Écologie", "VIP"], "Bob": ["Écologie", "VIP"]}
    assert sizes() == {"Écologie": 2, "VIP": 2}
    assert services.untag_contacts(scoped.organisation, contact_ids=[ada.pk], names=["ECOLOGIE"], by=None) == 1
    assert sizes() == {"Écologie": 1, "VIP": 2}


@pytest.mark.parametrize("names", [[], ["  "], ["a;b"], ["x" * 61], ["a\x00b"], [f"t{n}" for n in range(51)]])
def test_what_is_no_name_is_refused_and_nothing_is_written(scoped: World, names: list[str]) -> None:
    ada = add(scoped, "Ada")
    with pytest.raises(Invalid):
        tag(scoped, ada, names=names)
    assert (Tag.objects.count(), Tagging.objects.count(), AuditEntry.objects.count()) == (0, 0, 0)


def test_there_is_an_end_to_tags(scoped: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST_TAGS", 2)
    ada = add(scoped, "Ada")
    tag(scoped, ada, names=["a", "b"])
    with pytest.raises(Invalid):
        tag(scoped, ada, names=["c"])
    assert sizes() == {"a": 1, "b": 1}
    assert tag(scoped, add(scoped, "Bob"), names=["a"]) == 1


def test_the_twins_tags_stay_apart(scoped: World) -> None:
    with organisation_scope(scoped.twin.pk):
        other = Contact.objects.create(organisation=scoped.twin, last_name="Ada")
        services.tag_contacts(scoped.twin, contact_ids=[other.pk], names=["VIP"], by=None)
    ada = add(scoped, "Ada")
    assert tag(scoped, ada, other, names=["VIP"]) == 1
    assert sizes() == {"VIP": 1}
    with organisation_scope(scoped.twin.pk):
        assert sizes() == {"VIP": 1}


def test_the_list_shows_who_bears_a_tag(scoped: World) -> None:
    ada, _bob = add(scoped, "Ada"), add(scoped, "Bob")
    tag(scoped, ada, names=["VIP"])
    found = list_contacts(scoped.organisation, ContactFilter(tag_id=Tag.objects.get().pk))
    assert list(found) == [ada]


# --- Conditions -----------------------------------------------------------------------------------------------


def matched(world: World, condition: dict[str, Any], among: list[Contact] | None = None) -> list[str]:
    ids = None if among is None else [one.pk for one in among]
    found = match_people(ask(world.organisation, condition), ids)
    return list(Contact.objects.filter(pk__in=found).order_by("last_name").values_list("last_name", flat=True))


def test_conditions_ask_for_tags(scoped: World) -> None:
    ada, bob, cyd = add(scoped, "Ada"), add(scoped, "Bob"), add(scoped, "Cyd")
    tag(scoped, ada, bob, names=["VIP"])
    tag(scoped, bob, names=["Salon"])

    def asked(code: str) -> dict[str, Any]:
        return {"field": "tag", "op": "is", "value": code}

    vip, salon = (str(Tag.objects.get(name=name).pk) for name in ("VIP", "Salon"))
    expected: list[tuple[dict[str, Any], list[str]]] = [
        (asked(vip), ["Ada", "Bob"]),
        ({"field": "tag", "op": "is_not", "value": salon}, ["Ada", "Cyd"]),
        ({"field": "tag", "op": "in", "value": [vip, salon]}, ["Ada", "Bob"]),
        ({"field": "tag", "op": "is_set"}, ["Ada", "Bob"]),
        ({"field": "tag", "op": "is_not_set"}, ["Cyd"]),
        ({"any": [asked(salon), {"not": {"field": "tag", "op": "is_set"}}]}, ["Bob", "Cyd"]),
    ]
    assert [matched(scoped, condition) for condition, _names in expected] == [names for _condition, names in expected]
    assert [matched(scoped, condition, [ada, bob, cyd]) for condition, _names in expected] == [
        names for _condition, names in expected
    ]
    assert sentence(expected[0][0], people_vocabulary()) == "tag is VIP"


def test_a_merged_tag_is_asked_for_as_the_other_and_a_deleted_one_matches_nobody(scoped: World) -> None:
    ada, bob = add(scoped, "Ada"), add(scoped, "Bob")
    tag(scoped, ada, names=["Vip"])
    tag(scoped, bob, names=["Client"])
    vip, client = Tag.objects.get(name="Vip"), Tag.objects.get(name="Client")
    condition = {"field": "tag", "op": "is_not", "value": str(vip.pk)}
    segment = create_segment(scoped.organisation, values=SegmentInput(name="S", condition=condition), by=scoped.admin)
    asked = {"field": "tag", "op": "is", "value": str(vip.pk)}
    services.merge_tags(scoped.organisation, tag_id=vip.pk, into_id=client.pk, by=scoped.admin)
    client.refresh_from_db()
    assert matched(scoped, asked) == ["Ada", "Bob"]
    assert queries.list_uses(scoped.organisation, client) == [(segment.pk, "S")]
    # Its name leads there too.
    assert tag(scoped, ada, names=["VIP"]) == 0
    services.delete_tag(scoped.organisation, tag_id=client.pk, by=scoped.admin)
    assert (matched(scoped, asked), matched(scoped, condition)) == ([], [])
    words = "Matches nobody: tag: what is asked for does not exist, or no longer."
    assert sentence(condition, people_vocabulary()) == words
    assert Contact.objects.count() == 2


def test_a_segment_follows_tags(scoped: World) -> None:
    ada, bob = add(scoped, "Ada"), add(scoped, "Bob")
    tag(scoped, ada, names=["VIP"])
    condition = {"field": "tag", "op": "is", "value": str(Tag.objects.get().pk)}
    create_segment(scoped.organisation, values=SegmentInput(name="S", condition=condition), by=scoped.admin)

    def members() -> list[str]:
        keep_segments(scoped.organisation)
        stays = SegmentMember.objects.filter(left_at__isnull=True)
        return sorted(stays.values_list("contact__last_name", flat=True))

    assert members() == ["Ada"]
    tag(scoped, bob, names=["VIP"])
    assert members() == ["Ada", "Bob"]
    services.untag_contacts(scoped.organisation, contact_ids=[ada.pk], names=["VIP"], by=None)
    assert members() == ["Bob"]
    services.delete_tag(scoped.organisation, tag_id=Tag.objects.get().pk, by=scoped.admin)
    assert members() == []
    assert Segment.objects.get().is_stale


# --- Changes of tags ------------------------------------------------------------------------------------------


def test_a_tag_is_renamed_but_not_to_the_name_of_another(scoped: World) -> None:
    tag(scoped, add(scoped, "Ada"), names=["Salon", "VIP"])
    salon = Tag.objects.get(name="Salon")
    services.rename_tag(scoped.organisation, tag_id=salon.pk, name="Salon 2026", by=scoped.admin)
    assert sizes() == {"Salon 2026": 1, "VIP": 1}
    with pytest.raises(Invalid):
        services.rename_tag(scoped.organisation, tag_id=salon.pk, name="vip", by=scoped.admin)
    assert sizes() == {"Salon 2026": 1, "VIP": 1}


def test_merging_tags_gives_each_contact_the_other_once(scoped: World) -> None:
    ada, bob = add(scoped, "Ada"), add(scoped, "Bob")
    tag(scoped, ada, bob, names=["a"])
    tag(scoped, bob, names=["b"])
    a, b = Tag.objects.get(name="a"), Tag.objects.get(name="b")
    services.merge_tags(scoped.organisation, tag_id=a.pk, into_id=b.pk, by=scoped.admin)
    assert (borne(), sizes()) == ({"Ada": ["b"], "Bob": ["b"]}, {"b": 2})
    with pytest.raises(Conflict):
        services.merge_tags(scoped.organisation, tag_id=a.pk, into_id=b.pk, by=scoped.admin)


# --- Merging contacts -----------------------------------------------------------------------------------------


def test_merging_contacts_unites_their_tags_and_undoing_parts_them(scoped: World) -> None:
    ada, other = add(scoped, "Ada", email="ada@acme.fr"), add(scoped, "Lovelace")
    tag(scoped, ada, names=["a", "both"])
    tag(scoped, other, names=["b", "both"])
    before = borne()
    merge = merge_contacts(
        scoped.organisation, contact_ids=[ada.pk, other.pk], by=scoped.admin, survivor_id=ada.pk, take={}
    )
    assert borne()["Ada"] == ["a", "b", "both"]
    assert sizes() == {"a": 1, "b": 1, "both": 1}
    undo_merge(scoped.organisation, merge_id=merge.pk, by=scoped.admin)
    assert (borne(), sizes()) == (before, {"a": 1, "b": 1, "both": 2})


# --- Files ----------------------------------------------------------------------------------------------------


def test_a_column_of_tags_is_added_and_the_same_file_changes_nothing(scoped: World) -> None:
    known = add(scoped, "Roux", external_id="2")
    tag(scoped, known, names=["VIP"])
    content = HEAD + '1;Martin; Salon 2026 ;\n2;Roux;"vip; Écologie"\n3;Petit;\n4;Klein;"a;a;A"\n'
    first = bring_in(scoped.organisation, content.replace(" ;\n", "\n"))
    assert counts(first) == (3, 1, 0, 0)
    expected = {"Martin": ["Salon 2026"], "Roux": ["Écologie", "VIP"], "Klein": ["a"]}
    assert borne() == expected
    assert counts(bring_in(scoped.organisation, content.replace(" ;\n", "\n"))) == (0, 0, 4, 0)
    assert (borne(), Tag.objects.count()) == (expected, 4)


def test_a_file_that_only_adds_people_tags_nobody_who_is_known(scoped: World) -> None:
    add(scoped, "Roux", external_id="2")
    bring_in(scoped.organisation, HEAD + "1;Martin;a\n2;Roux;b\n", mode="add")
    assert (borne(), sizes()) == ({"Martin": ["a"]}, {"a": 1})


def test_bad_tags_set_a_row_aside(scoped: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("contacts.importing.merging.MOST_TAGS", 2)
    lines = ["1;Martin;a", f"2;Roux;{'x' * 61}", "3;Petit;b", "4;Klein;c", "5;Blanc;a"]
    made = bring_in(scoped.organisation, HEAD + "\n".join(lines) + "\n")
    assert counts(made) == (3, 0, 0, 2)
    assert list(ImportReject.objects.order_by("line").values_list("line", "reason")) == [
        (3, "bad_tags"),
        (5, "too_many_tags"),
    ]
    assert sizes() == {"a": 2, "b": 1}


class Hold:
    """A job's hold that counts nothing."""

    def __init__(self, world: World, source_import: Import) -> None:
        self.organisation, self.result = world.organisation, dict[str, Any]()
        self.job = Job.objects.get(pk=source_import.undo_job_id or 0)

    def advance(self, *, done: int, total: int | None = None) -> None:
        """Say nothing."""


def test_undoing_an_import_takes_its_tags_away_and_keeps_whom_somebody_tagged_since(scoped: World) -> None:
    known = add(scoped, "Roux", external_id="2")
    tag(scoped, known, names=["VIP"])
    services.write_tags(scoped.organisation, ["empty before"], by=scoped.admin)
    made = bring_in(scoped.organisation, HEAD + '1;Martin;a\n2;Roux;"a; asked for"\n3;Petit;a\n')
    tag(scoped, Contact.objects.get(last_name="Petit"), names=["kept"])
    condition = {"all": [{"field": "tag", "op": "is", "value": str(Tag.objects.get(name="asked for").pk)}]}
    create_segment(scoped.organisation, values=SegmentInput(name="S", condition=condition), by=scoped.admin)
    started = start_undo(scoped.organisation, import_id=made.pk, by=scoped.admin)
    run_undo(Hold(scoped, started))  # type: ignore[arg-type]
    assert borne() == {"Roux": ["VIP"], "Petit": ["kept"]}
    # Those the file made go again, but for what a segment asks for.
    assert sizes() == {"VIP": 1, "kept": 1, "empty before": 0, "asked for": 0}


def test_an_export_holds_the_tags_and_comes_back(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        ada = add(world, "Ada", external_id="1")
        tag(world, ada, names=["=1+1", "Écologie"])
    client = world.client(world.marketer)
    text = b"".join(client.get(world.path("contacts/export.csv"))).decode("utf-8-sig")
    row = next(csv.DictReader(io.StringIO(text)))
    assert row["tags"] == "'=1+1; Écologie"
    with organisation_scope(world.organisation.pk):
        Tagging.objects.all().delete()
        bring_in(world.organisation, text)
        assert borne() == {"Ada": ["=1+1", "Écologie"]}


# --- Pages and API --------------------------------------------------------------------------------------------


def test_a_member_tags_a_contact_on_its_page(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        ada = add(world, "Ada")
    client = world.client(world.sales)
    answer = client.post(world.path(f"contacts/{ada.pk}/tags/"), {"tag": "VIP; Salon"}, headers={"hx-request": "true"})
    assert (answer.status_code, answer.content.count(b'class="chip"')) == (200, 2)
    bad = client.post(world.path(f"contacts/{ada.pk}/tags/"), {"tag": "x" * 61}, headers={"hx-request": "true"})
    assert (bad.status_code, b"This is too long." in bad.content) == (422, True)
    page = client.get(world.path(f"contacts/{ada.pk}/")).content.decode()
    assert (">VIP</a>" in page, ">Salon</a>" in page) == (True, True)
    with organisation_scope(world.organisation.pk):
        vip = Tag.objects.get(name="VIP")
    assert client.post(world.path(f"contacts/{ada.pk}/tags/{vip.pk}/remove/")).status_code == 302
    shown = client.get(world.path("contacts/"), {"tag": vip.pk}).content.decode()
    assert "Nobody like this" in shown
    suggested = client.get(world.path("contacts/tags/suggest/"), {"tag": "sal"}).content.decode()
    assert suggested.split() == ["<option", 'value="Salon"></option>']
    assert client.post(world.path(f"contacts/tags/{vip.pk}/delete/")).status_code == 403
    viewer = world.client(world.viewer)
    assert viewer.post(world.path(f"contacts/{ada.pk}/tags/"), {"tag": "no"}).status_code == 403
    with organisation_scope(world.organisation.pk):
        assert sizes() == {"VIP": 0, "Salon": 1}


def test_a_marketer_renames_merges_and_deletes(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        tag(world, add(world, "Ada"), names=["a", "b", "c"])
        a, b, c = (Tag.objects.get(name=name).pk for name in "abc")
    client = world.client(world.marketer)
    assert client.post(world.path(f"contacts/tags/{a}/rename/"), {"name": "B"}).status_code == 422
    assert client.post(world.path(f"contacts/tags/{a}/rename/"), {"name": "A2"}).status_code == 302
    assert client.post(world.path(f"contacts/tags/{b}/merge/"), {"into": b}).status_code == 422
    assert client.post(world.path(f"contacts/tags/{b}/merge/"), {"into": a}).status_code == 302
    assert "1 contact" in client.get(world.path(f"contacts/tags/{c}/delete/")).content.decode()
    assert client.post(world.path(f"contacts/tags/{c}/delete/")).status_code == 302
    with organisation_scope(world.organisation.pk):
        assert (sizes(), borne()) == ({"A2": 1}, {"Ada": ["A2"]})


@pytest.fixture
def api(world: World) -> Client:
    """A program with a key for everything."""
    return key_client(world.organisation)


def test_a_program_reads_and_writes_tags(world: World, api: Client) -> None:
    def post(**body: Any) -> Any:
        return api.post("/api/v1/contacts", {"external_id": "1", **body}, content_type="application/json").json()

    assert post(tags=["VIP", "Salon"])["tags"] == ["Salon", "VIP"]
    assert post(tags=["vip", "Client"], untag=["salon", "unknown"])["tags"] == ["Client", "VIP"]
    assert post(tags=["a;b"])["fields"] == {"tags": "The name of a tag has no semicolon."}
    listed = api.get("/api/v1/contacts", {"tag": "VÎP"}).json()["items"]
    assert [one["tags"] for one in listed] == [["Client", "VIP"]]
    assert api.get("/api/v1/contacts", {"tag": "nobody's"}).json()["items"] == []
    found = api.get("/api/v1/tags", {"q": "s"}).json()["items"]
    assert [(one["name"], one["contacts"]) for one in found] == [("Salon", 0)]
