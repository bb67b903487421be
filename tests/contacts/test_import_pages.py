"""The wizard in a browser, from the upload to the report."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from contacts.exports import create_export
from contacts.importing import services
from contacts.importing.services import start_import
from contacts.importing.undoing import start_undo
from contacts.models import Contact, Import, ImportReject
from prm.organisations.scope import organisation_scope
from prm.work.jobs import run_jobs
from tests.conftest import World
from tests.contacts.files import bring_in, prepare

CONTENT = "Réf;E-mail;Prénom;Budget\nA1;a@b.example;Hélène;=1+1\nA2;nobody;Zoé;2\nA3;c@b.example;Ann;3\n"


def upload(client: Client, world: World, content: bytes, name: str = "people.csv") -> str:
    answer = client.post(world.path("imports/new/"), {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer.url)  # type: ignore[attr-defined]


def mapping_form(client: Client, address: str, **changes: str) -> dict[str, str]:
    form = client.get(address).context["form"]
    values = {name: str(form[name].value() or "") for name in form.fields}
    return {**values, "lawful_basis": "consent", "source": "Salon", **changes}


def test_a_file_goes_through_the_wizard(committed: None, world: World) -> None:
    client = world.client(world.marketer)
    mapping = upload(client, world, CONTENT.encode("cp1252"))
    page = client.get(mapping)
    assert [guess.field for _field, guess, _same in page.context["form"].rows] == [
        "external_id", "email", "first_name", "properties.Budget",
    ]  # fmt: skip
    assert "Hélène" in page.content.decode()
    check = client.post(mapping, mapping_form(client, mapping)).url  # type: ignore[attr-defined]
    page = client.get(check)
    assert page.context["trial"] == {
        "rows": 3, "created": 2, "updated": 0, "unchanged": 0, "rejected": 1, "suppressed": 0, "role": 0,
        "disposable": 0,
    }  # fmt: skip
    assert "Import 2 rows" in page.content.decode()
    assert "nobody" in page.content.decode()
    with organisation_scope(world.organisation.pk):
        assert not Contact.objects.exists()
    detail = client.post(check.replace("check", "start")).url  # type: ignore[attr-defined]
    assert "waiting for a worker" in client.get(detail).content.decode()
    run_jobs(world.organisation)
    page = client.get(detail)
    assert "<b>2 contacts</b> created" in page.content.decode()
    with organisation_scope(world.organisation.pk):
        assert sorted(Contact.objects.values_list("external_id", "first_name", "source")) == [
            ("A1", "Hélène", "Salon"), ("A3", "Ann", "Salon"),
        ]  # fmt: skip
        assert Import.objects.get().lawful_basis == "consent"
    text = b"".join(client.get(detail + "rejects.csv").streaming_content)  # type: ignore[attr-defined]
    rows = list(csv.reader(io.StringIO(text.decode("utf-8-sig")), delimiter=";"))
    assert rows == [
        ["Réf", "E-mail", "Prénom", "Budget", "Line", "Reason", "Column"],
        ["A2", "nobody", "Zoé", "2", "3", "This is not an e-mail address.", "E-mail"],
    ]
    assert client.get(mapping).status_code == client.get(check).status_code == 302


def test_a_large_file_is_tried_by_a_worker(committed: None, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "_TRIED_AT_ONCE_BYTES", 10)
    client = world.client(world.marketer)
    mapping = upload(client, world, CONTENT.encode())
    check = client.post(mapping, mapping_form(client, mapping)).url  # type: ignore[attr-defined]
    assert "Dry run under way" in client.get(check).content.decode()
    run_jobs(world.organisation)
    assert client.get(check).context["trial"]["created"] == 2


@pytest.mark.parametrize("content", [b"", b"<html><table>", b"PK\x03\x04", b"x" * 2_000_000])
def test_a_file_that_is_no_table_comes_back_with_the_reason(world: World, content: bytes) -> None:
    client = world.client(world.marketer)
    answer = client.post(world.path("imports/new/"), {"file": SimpleUploadedFile("people.csv", content)})
    assert answer.status_code == 422
    with organisation_scope(world.organisation.pk):
        assert not Import.objects.exists()


def test_a_mapping_without_a_key_or_a_lawful_basis_comes_back(world: World) -> None:
    client = world.client(world.marketer)
    mapping = upload(client, world, CONTENT.encode())
    answer = client.post(mapping, mapping_form(client, mapping, lawful_basis=""))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["lawful_basis"])
    answer = client.post(mapping, mapping_form(client, mapping, column_0="", column_1=""))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["key_field"])
    answer = client.post(mapping, mapping_form(client, mapping, column_3="email"))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["column_3"])


def test_a_file_can_be_read_in_another_way(world: World) -> None:
    client = world.client(world.marketer)
    mapping = upload(client, world, CONTENT.encode())
    client.post(mapping.replace("mapping", "read-again"), {"encoding": "cp1252", "delimiter": ","})
    assert client.get(mapping).context["source_import"].columns == ["RÃ©f;E-mail;PrÃ©nom;Budget"]


def test_a_draft_can_be_discarded_and_an_import_cannot(world: World) -> None:
    client = world.client(world.marketer)
    mapping = upload(client, world, CONTENT.encode())
    client.post(mapping.replace("mapping", "discard"))
    with organisation_scope(world.organisation.pk):
        assert not Import.objects.exists()
        begun = prepare(world.organisation, CONTENT)
        start_import(world.organisation, import_id=begun.pk, by=None)
    assert client.post(world.path(f"imports/{begun.pk}/discard/")).status_code == 409
    with organisation_scope(world.organisation.pk):
        assert Import.objects.count() == 1


def test_only_who_may_import_sees_imports(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        source_import = prepare(world.organisation, CONTENT)
    for person, status in ((world.sales, 403), (world.viewer, 403), (world.twin_admin, 404)):
        client = world.client(person)
        assert client.get(world.path("imports/")).status_code == status
        assert client.get(world.path(f"imports/{source_import.pk}/mapping/")).status_code == status
        assert client.post(world.path(f"imports/{source_import.pk}/start/")).status_code == status
    twin = world.client(world.twin_admin)
    assert twin.get(f"/o/{world.twin.slug}/imports/{source_import.pk}/rejects.csv").status_code == 404


def test_pages_of_imports_cost_few_queries(world: World) -> None:
    client = world.client(world.marketer)
    with organisation_scope(world.organisation.pk):
        for _number in range(5):
            source_import = prepare(world.organisation, CONTENT)
        ImportReject.objects.bulk_create(
            [
                ImportReject(organisation=world.organisation, source_import=source_import, line=n, reason="no_key")
                for n in range(50)
            ]
        )
        done = bring_in(world.organisation, CONTENT)
        start_undo(world.organisation, import_id=done.pk, by=world.marketer)
        made = create_export(world.organisation, filters={"stage": "suspect"}, file_format="csv", by=world.marketer)
    pages = ("imports/", "imports/new/", f"imports/{source_import.pk}/mapping/", f"imports/{done.pk}/")
    for page in (*pages, f"imports/{done.pk}/kept/", "contacts/export/?stage=suspect", f"exports/{made.pk}/"):
        client.get(world.path(page))
        with CaptureQueriesContext(connection) as captured:
            assert client.get(world.path(page)).status_code == 200
        assert len([one for one in captured.captured_queries if "set_config" not in one["sql"]]) <= 12
