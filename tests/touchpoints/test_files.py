"""The inventory as a file: out and in again without loss, in both languages, and what is wrong with a row."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import translation

from contacts.exporting import csv_text
from contacts.importing.reasons import FileRefusedError
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from prm.work.errors import Conflict, Invalid
from tests.conftest import World
from tests.touchpoints.test_inventory import add
from touchpoints import files
from touchpoints.files import Fate
from touchpoints.models import Touchpoint
from touchpoints.services import FIELDS, archive_touchpoint, update_touchpoint

FULL: dict[str, Any] = {
    "channel": "event",
    "description": "S’arrête ; « parle »",
    "direction": "outbound",
    "importance": 5,
    "objective_quality": 2,
    "perceived_quality": 4,
    "is_entry_point": True,
    "is_moment_of_truth": True,
    "monthly_cost_cents": 123_456,
}


def read(world: World, text: str | bytes) -> files.Reading:
    return files.read_file(world.organisation, io.BytesIO(text.encode() if isinstance(text, str) else text))


def fates(reading: files.Reading) -> list[str]:
    return [line.fate for line in reading.lines]


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("other", ["en", "fr"])
def test_what_is_written_is_read_again_without_loss(scoped: World, language: str, other: str) -> None:
    add(scoped, "=Salon", owner_id=scoped.marketer.pk, **FULL)
    add(scoped, "Blog")
    before = list(Touchpoint.objects.order_by("pk").values(*FIELDS))
    with translation.override(language):
        text = csv_text(files.rows_of(scoped.organisation), begins=True)
    with translation.override(other):
        same = read(scoped, text)
        assert fates(same) == [Fate.SAME, Fate.SAME]
        assert same.unknown_columns == []
        Touchpoint.objects.all().delete()
        again = read(scoped, text)
        assert fates(again) == [Fate.NEW, Fate.NEW]
        assert files.apply(scoped.organisation, again.lines, by=scoped.marketer) == (2, 0)
    after = list(Touchpoint.objects.order_by("pk").values(*FIELDS))
    assert sorted(map(str, after)) == sorted(map(str, before))


def test_a_row_is_known_by_its_api_name_else_by_its_name(scoped: World) -> None:
    add(scoped, "Blog", importance=2)
    add(scoped, "Salon")
    text = "Name;API name;Importance\nLe blog;blog;4\nsalon;;3\nDémo;;1\n"
    reading = read(scoped, text)
    assert fates(reading) == [Fate.CHANGED, Fate.CHANGED, Fate.REFUSED]
    files.apply(scoped.organisation, reading.lines, by=scoped.marketer)
    found = dict(Touchpoint.objects.values_list("name", "importance"))
    assert found == {"Le blog": 4, "salon": 3}
    assert AuditEntry.objects.filter(action="touchpoint.import").count() == 1


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("Demo;;;;", "needs its channel"),
        (";website;;;", "has no name"),
        ("Demo;moon;;;", "“moon” is none of"),
        ("Demo;website;6;;", "“6” is no rating"),
        ("Demo;website;5,5;;", "“5,5” is no rating"),
        ("Demo;website;;peut-être;", "neither yes nor no"),
        ("Demo;website;;;stranger@x.example", "is no member"),
        (f"{'x' * 121};website;;;", "120"),
    ],
)
def test_a_row_that_cannot_be_used_says_why_and_others_go_on(scoped: World, row: str, words: str) -> None:
    reading = read(scoped, f"Name;Channel;Importance;Entry point;Owner\n{row}\nBlog;Website;3;oui;\n")
    refused, good = reading.lines
    assert (refused.fate, refused.line, good.fate) == (Fate.REFUSED, 2, Fate.NEW)
    assert words in " ".join(refused.reasons)
    assert good.values["is_entry_point"] is True


def test_twice_in_a_file_archived_and_merged_are_refused(scoped: World) -> None:
    gone = add(scoped, "Gone")
    archive_touchpoint(scoped.organisation, touchpoint_id=gone.pk, by=scoped.marketer)
    kept = add(scoped, "Kept")
    Touchpoint.objects.create(
        organisation=scoped.organisation, code="old", name="Old", channel="website", merged_into=kept
    )
    text = "name;code;channel\nBlog;;website\nblog;;website\nGone;gone;website\nOld;old;website\n"
    reading = read(scoped, text)
    assert fates(reading) == [Fate.NEW, Fate.REFUSED, Fate.REFUSED, Fate.REFUSED]
    assert [line.reasons[0] for line in reading.of(Fate.REFUSED)] == [
        "The same touchpoint stands on line 2 already.",
        "This touchpoint is archived: put it back first.",
        "This API name is part of another touchpoint.",
    ]


def test_an_apostrophe_is_one_however_it_is_typed(scoped: World) -> None:
    add(scoped, "Demande d’essai")
    reading = read(scoped, "Nom;Canal;Point d'entrée\nDemande d'essai;Site web;oui\n")
    (line,) = reading.lines
    assert (line.fate, dict(line.values)) == (Fate.CHANGED, {"name": "Demande d'essai", "is_entry_point": True})
    assert reading.unknown_columns == []


def test_files_that_are_no_inventory_are_refused_whole(scoped: World) -> None:
    with pytest.raises(Invalid, match="“Name” is missing"):
        read(scoped, "Channel;Importance\nwebsite;3\n")
    with pytest.raises(Invalid, match="more than 500 rows"):
        read(scoped, "Name;Channel\n" + "".join(f"T{n};website\n" for n in range(501)))
    with pytest.raises(FileRefusedError):
        read(scoped, b"%PDF-1.7")
    with pytest.raises(FileRefusedError):
        read(scoped, "")


def test_a_change_meanwhile_writes_nothing(scoped: World) -> None:
    reading = read(scoped, "Name;Channel;Code\nBlog;website;\nDemo;website;demo\n")
    add(scoped, "Other", code="demo")
    with pytest.raises(Conflict, match="Line 3"):
        files.apply(scoped.organisation, reading.lines, by=scoped.marketer)
    assert list(Touchpoint.objects.values_list("name", flat=True)) == ["Other"]


def test_the_pages_show_before_they_write(world: World, client: Client) -> None:
    with organisation_scope(world.organisation.pk):
        blog = add(world, "Blog", importance=2)
    client.force_login(world.marketer)
    base = f"/o/{world.organisation.slug}/touchpoints/"
    text = client.get(f"{base}export/", headers={"accept-language": "en"}).content
    assert text.startswith("\ufeffAPI name,Name,Channel".encode())

    content = b"Name;Channel;Importance;Colour\nBlog;;5;red\nDemo;website;3;\nX;moon;;\n"
    page = client.post(
        f"{base}import/", {"file": SimpleUploadedFile("t.csv", content)}, headers={"accept-language": "en"}
    )
    shown = page.content.decode()
    assert "Write 2 touchpoints" in shown
    assert "Nothing is done with these columns: Colour." in shown
    assert "“moon” is none of" in shown
    with organisation_scope(world.organisation.pk):
        assert Touchpoint.objects.count() == 1
    lines = page.context["lines"]

    assert client.post(f"{base}import/", {"lines": lines}).status_code == 302
    with organisation_scope(world.organisation.pk):
        assert dict(Touchpoint.objects.values_list("name", "importance")) == {"Blog": 5, "Demo": 3}
        update_touchpoint(world.organisation, touchpoint_id=blog.pk, values={"importance": 1}, by=world.marketer)
    # What one was shown is nobody else's to write.
    client.force_login(world.admin)
    assert client.post(f"{base}import/", {"lines": lines}).status_code == 302
    with organisation_scope(world.organisation.pk):
        assert Touchpoint.objects.get(pk=blog.pk).importance == 1
    refused = client.post(f"{base}import/", {"file": SimpleUploadedFile("t.csv", b"%PDF-1")})
    assert refused.status_code == 422
