"""Real files, and strings made to break programs, go in and come back as they are. Skipped where they are absent."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from contacts.exporting import as_written
from contacts.models import Contact, ImportReject, StageChange, Standing, Suppression
from prm.organisations.api_keys import create_key
from prm.organisations.scope import organisation_scope
from prm.work.jobs import run_jobs
from tests.conftest import World
from tests.contacts.files import bring_in, counts

DATA = Path(settings.BASE_DIR).parent / "shared" / "data"
LEADS = DATA / "leads" / "x_education_leads.csv"
NAUGHTY = DATA / "bad_input" / "naughty_strings.json"

pytestmark = [pytest.mark.real, pytest.mark.skipif(not LEADS.is_file(), reason="the real files are not here")]


def naughty_strings() -> list[str]:
    """Return those that mean something without the blanks around them."""
    strings: list[str] = json.loads(NAUGHTY.read_text(encoding="utf-8"))
    return [one for one in strings if one.strip()]


def test_the_leads_of_a_school_come_in_through_the_wizard(committed: None, world: World) -> None:
    client = world.client(world.marketer)
    upload = client.post(world.path("imports/new/"), {"file": SimpleUploadedFile("leads.csv", LEADS.read_bytes())})
    mapping = upload.url  # type: ignore[attr-defined]
    form = client.get(mapping).context["form"]
    assert form["column_0"].value() == "external_id"
    values = {name: str(form[name].value() or "") for name in form.fields}
    check = client.post(mapping, {**values, "lawful_basis": "consent"}).url  # type: ignore[attr-defined]
    trial = client.get(check).context["trial"]
    assert (trial["rows"], trial["created"], trial["rejected"]) == (9240, 9240, 0)
    detail = client.post(check.replace("check", "start")).url  # type: ignore[attr-defined]
    run_jobs(world.organisation)
    assert client.get(detail).context["status"] == "done"
    with organisation_scope(world.organisation.pk):
        assert Contact.objects.count() == Standing.objects.count() == StageChange.objects.count() == 9240
        assert Suppression.objects.count() == 734
        contact = Contact.objects.get(external_id="7927b2df-8bba-4d29-b9a2-b6e0beafe620")
        assert (contact.source, contact.properties["Lead Number"]) == ("Olark Chat", "660737")
        assert counts(bring_in(world.organisation, LEADS.read_bytes())) == (0, 0, 9240, 0)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("blank-rows", (2, 0, 0, 0)),
        ("bom", (2, 0, 0, 0)),
        ("defective-rows", (0, 0, 0, 2)),
        ("duplicate-headers", (2, 0, 0, 0)),
        ("french_latin1_semicolon", (882, 0, 0, 0)),
    ],
)
def test_files_with_known_faults_are_read_or_set_aside(
    scoped: World, name: str, expected: tuple[int, int, int, int]
) -> None:
    done = bring_in(scoped.organisation, (DATA / "imports" / f"{name}.csv").read_bytes())
    assert counts(done) == expected
    if name == "defective-rows":
        assert list(ImportReject.objects.order_by("line").values_list("line", "reason")) == [
            (2, "wrong_columns"), (3, "wrong_columns"),
        ]  # fmt: skip
    if name == "french_latin1_semicolon":
        contact = Contact.objects.get(external_id="FR*E08*EBASTIA01AC01*P1")
        assert contact.properties["ad_station"] == "Allée du Ninu 20600 Bastia"
    if name == "bom":
        assert Contact.objects.get(external_id="2").last_name == "中国人"


def test_naughty_strings_come_back_from_page_api_and_export_as_they_went_in(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        _key, token = create_key(world.organisation, name="CRM", scopes=["all"], by=world.admin)
    api = Client(headers={"authorization": f"Bearer {token}"})
    browser = world.client(world.marketer)
    stored: dict[str, str] = {}
    for number, text in enumerate(naughty_strings()):
        body: dict[str, Any] = {
            "external_id": f"N{number}", "last_name": text[:120], "job_title": text[:160], "properties": {"raw": text},
        }  # fmt: skip
        answer = api.post("/api/v1/contacts", json.dumps(body), content_type="application/json")
        assert answer.status_code in {201, 422}, (text, answer.content)
        if answer.status_code == 422:
            assert answer.json()["fields"], text
            continue
        given = answer.json()
        assert (given["last_name"], given["properties"]["raw"]) == (text[:120].strip(), text)
        stored[given["external_id"]] = given["last_name"]
        if number % 10 == 0:
            page = browser.get(world.path(f"contacts/{given['id']}/"))
            assert page.status_code == 200
            assert "<script>alert" not in page.content.decode()
    assert len(stored) > 480
    export = browser.get(world.path("contacts/export.csv"))
    content = b"".join(export.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(content, newline="")))
    assert {row["external_id"]: as_written(row["last_name"]) for row in rows} == stored
    dangerous = [row["last_name"] for row in rows if row["last_name"][:1] in {"=", "@", "-", "\t"}]
    assert dangerous == []


def test_naughty_strings_come_in_by_file_and_can_be_searched_for(world: World) -> None:
    strings = naughty_strings()
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(["id", "Nom", "raw"])
    writer.writerows([f"N{number}", text[:120], text] for number, text in enumerate(strings))
    with organisation_scope(world.organisation.pk):
        done = bring_in(world.organisation, lines.getvalue())
        assert done.created + done.rejected == len(strings)
        assert done.rejected < 10
        for contact in Contact.objects.all():
            assert contact.properties["raw"] == as_written(strings[int((contact.external_id or "")[1:])])
    browser = world.client(world.marketer)
    for text in strings[::7]:
        answer = browser.get(world.path("contacts/"), {"q": text})
        assert answer.status_code == 200, text
