"""The pages of partner files, as a marketer goes through them."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from contacts.models import Company, Import
from enrichment.models import Lookup
from prm.organisations.scope import organisation_scope
from prm.work.jobs import run_jobs
from tests.conftest import World
from tests.enrichment.partners.files import bring_in, make_company

CONTENT = "SIREN;Effectif;Raison sociale\n732829320;35;Solvane\n404833048;=1+1;Inconnue\n;12;Menuiserie Durand\n"


def upload(client: Client, world: World, content: bytes) -> str:
    answer: Any = client.post(world.path("enrichment/files/new/"), {"file": SimpleUploadedFile("a.csv", content)})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer.url)


def text_of(client: Client, path: str) -> str:
    return " ".join(client.get(path).content.decode().split())


def test_a_file_goes_through_the_wizard(committed: None, world: World) -> None:
    with organisation_scope(world.organisation.pk):
        make_company(world.organisation, "Solvane", siren="732829320")
        make_company(world.organisation, "Menuiserie Durand", city="Lyon")
    client = world.client(world.marketer)
    mapping = upload(client, world, CONTENT.encode())
    form = client.get(mapping).context["form"]
    values = {name: str(form[name].value() or "") for name in form.fields}

    refused = client.post(mapping, values)
    assert refused.status_code == 422
    assert "This field is required." in refused.content.decode()

    answer: Any = client.post(mapping, {**values, "partner": "Altares", "licence": "Contrat 17"})
    check = answer.url
    text = text_of(client, check)
    assert "<b>3 lines</b> read, 1 company found, 1 value would be written." in text
    assert "1 line is not sure enough" in text
    assert "No company here has this number" in text
    answer = client.post(check.replace("check/", "start/"))
    assert text_of(client, answer.url).count("waiting") > 0
    run_jobs(world.organisation)

    text = text_of(client, answer.url)
    assert "<b>1 value</b> written, 1 company found, 1 line waits for your choice." in text
    assert "Contrat 17" in text
    rejects = b"".join(client.get(answer.url + "rejects.csv")).decode()
    assert rejects.splitlines()[1].startswith("404833048;'=1+1;Inconnue;3;")
    assert client.get(answer.url + "rejects.xlsx").status_code == 200
    with organisation_scope(world.organisation.pk):
        lookup = Lookup.objects.get()
    queue = text_of(client, world.path("enrichment/?status=ambiguous"))
    assert f'/enrichment/{lookup.pk}/"' in queue
    page = text_of(client, world.path(f"enrichment/{lookup.pk}/"))
    assert "Of which company does the line speak?" in page
    assert "a.csv, line 4" in page
    chosen: Any = client.post(world.path(f"enrichment/lines/{lookup.pk}/choose/"), {"company": str(lookup.company_id)})
    assert chosen.status_code == 302
    assert "1 value was written." in text_of(client, chosen.url)
    undone: Any = client.post(answer.url + "undo/")
    run_jobs(world.organisation)
    assert "What 2 lines wrote was put back." in text_of(client, undone.url)
    with organisation_scope(world.organisation.pk):
        assert set(Company.objects.values_list("headcount_band", flat=True)) == {""}
    assert "undone" in text_of(client, world.path("enrichment/files/"))


def test_a_doubtful_line_may_be_about_none_of_them(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        one = make_company(world.organisation, "Menuiserie Durand", city="Lyon")
        bring_in(world, "Raison sociale;Effectif\nMenuiserie Durand;12\n")
        lookup = Lookup.objects.get()
    client = world.client(world.sales)

    answer: Any = client.post(world.path(f"enrichment/{lookup.pk}/dismiss/"))

    assert answer.status_code == 302
    assert "None of the candidates was the right one." in text_of(client, world.path(f"enrichment/{lookup.pk}/"))
    assert "Never asked." in text_of(client, world.path(f"companies/{one.pk}/?panels=all"))


@pytest.mark.parametrize("member", ["viewer", "sales"])
def test_who_imports_nothing_brings_no_file_in(world: World, member: str) -> None:
    client = world.client(getattr(world, member))

    for rest in ("enrichment/files/", "enrichment/files/new/"):
        assert client.get(world.path(rest)).status_code == 403
    assert "Partner files" not in text_of(client, world.path("enrichment/"))


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7 nothing", b"SIREN;Effectif\n"])
def test_a_file_that_is_no_table_is_refused_with_the_reason(world: World, content: bytes) -> None:
    answer = world.client(world.marketer).post(
        world.path("enrichment/files/new/"), {"file": SimpleUploadedFile("a.csv", content)}
    )

    assert answer.status_code == 422
    with organisation_scope(world.organisation.pk):
        assert Import.objects.count() == 0


def test_imports_of_people_know_nothing_of_it(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        make_company(world.organisation, "Solvane", siren="732829320")
        found = bring_in(world, "SIREN;Effectif\n732829320;35\n")
    client = world.client(world.marketer)

    assert "altares.csv" not in text_of(client, world.path("imports/"))
    for rest in ("", "mapping/", "check/"):
        assert client.get(world.path(f"imports/{found.source_import_id}/{rest}")).status_code == 404
    assert client.post(world.path(f"imports/{found.source_import_id}/undo/")).status_code == 404


def test_pages_stay_within_their_queries(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        make_company(world.organisation, "Menuiserie Durand", city="Lyon")
        found = bring_in(world, "Raison sociale;Effectif;CA\nMenuiserie Durand;12;5\nX;1;1\n", {"CA": "new.number"})
        lookup = Lookup.objects.get()
    client = world.client(world.marketer)

    for rest in ("enrichment/files/", f"enrichment/files/{found.pk}/", f"enrichment/{lookup.pk}/"):
        client.get(world.path(rest))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(world.path(rest)).status_code == 200
        assert len(queries) <= 12, (rest, len(queries))


def test_french_is_complete(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        make_company(world.organisation, "Solvane", siren="732829320")
        found = bring_in(world, "SIREN;Effectif\n732829320;35\n")

    page = world.client(world.marketer).get(
        world.path(f"enrichment/files/{found.pk}/"), headers={"accept-language": "fr"}
    )

    text = page.content.decode()
    assert "Remplissent ce qui était vide" in text
    assert "Par leur SIREN" in text


def test_the_id_of_a_company_is_never_taken_for_a_siren(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        one = make_company(world.organisation, "Menuiserie Durand", city="Lyon", pk=732829320)
        bring_in(world, "Raison sociale;Effectif\nMenuiserie Durand;12\n")
        lookup = Lookup.objects.get()

    path = world.path(f"enrichment/{lookup.pk}/choose/")
    assert world.client(world.sales).post(path, {"siren": "732829320"}).status_code == 404

    with organisation_scope(world.organisation.pk):
        one.refresh_from_db()
        assert one.siren is None
