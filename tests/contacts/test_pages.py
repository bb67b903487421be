"""Pages of contacts and companies."""

import csv
import io

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from contacts import queries, searching
from contacts.exporting import harmless
from contacts.models import Company, Contact, StageChange, Standing, Suppression
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from tests.conftest import World

PEOPLE = (("Hélène", "Marchetti", "h.marchetti@valdource.example"), ("Karim", "Belhadj", "k.belhadj@vireux.example"))


@pytest.fixture
def full(world: World) -> World:
    """Both organisations know the same two people, of the same company."""
    for organisation in (world.organisation, world.twin):
        with organisation_scope(organisation.pk):
            company = Company.objects.create(
                organisation=organisation, name="Fonderies", name_key="fonderies", siren="000412873"
            )
            for first, last, email in PEOPLE:
                Contact.objects.create(
                    organisation=organisation,
                    first_name=first,
                    last_name=last,
                    email=email,
                    company=company,
                    source="Salon",
                )
    return world


def budget(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len([query for query in captured.captured_queries if "set_config" not in query["sql"]])


def test_the_list_shows_ones_own_people_and_counts_them(full: World) -> None:
    answer = full.client(full.viewer).get(full.path("contacts/"))
    assert [contact.last_name for contact in answer.context["page"].items] == ["Belhadj", "Marchetti"]
    assert answer.context["counted"].number == 2
    assert "<b>2 contacts</b> in the base." in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("q=march", ["Marchetti"]),
        ("q=HELENE", ["Marchetti"]),
        ("q=fonderies+karim", ["Belhadj"]),
        ("q=000412873&sort=name", ["Belhadj", "Marchetti"]),
        ("q=%25", []),
        ("q=nobody%27+OR+1", []),
        ("stage=prospect", []),
        ("tier=cold&sort=-name", ["Marchetti", "Belhadj"]),
        ("source=Salon&sort=name", ["Belhadj", "Marchetti"]),
        ("stage=nonsense&sort=nonsense&owner=x%00", ["Belhadj", "Marchetti"]),
    ],
)
def test_search_and_filters_narrow_the_list(full: World, query: str, names: list[str]) -> None:
    page = full.client(full.marketer).get(full.path(f"contacts/?{query}")).context["page"]
    assert sorted(one.last_name for one in page.items) == sorted(names)


@pytest.mark.parametrize("query", ["q=march", "q=fonderies", "q=fonderies+karim", "q=ma", "q=e", "q=%25", "q=_"])
def test_a_search_with_many_matches_finds_the_same(full: World, monkeypatch: pytest.MonkeyPatch, query: str) -> None:
    client = full.client(full.marketer)
    exact = client.get(full.path(f"contacts/?{query}"))
    monkeypatch.setattr(searching, "MOST_BY_INDEX", 0)
    monkeypatch.setattr(queries, "MOST_BY_INDEX", 1)
    walked = client.get(full.path(f"contacts/?{query}"))
    assert list(walked.context["page"].items) == list(exact.context["page"].items)
    if exact.context["counted"].number > 1:
        assert not walked.context["counted"].is_exact
        assert "More than <b>1</b> contacts match" in walked.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "stage=suspect&has_company=yes",
        "q=march&stage=suspect",
        "stage=prospect&contactable=no&sort=name",
        "stage=suspect&source=x&tier=cold",
    ],
)
def test_a_combined_filter_that_leaves_few_shows_the_same(
    full: World, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    client = full.client(full.marketer)
    few = client.get(full.path(f"contacts/?{query}"))
    monkeypatch.setattr(queries, "FEW", -1)
    walked = client.get(full.path(f"contacts/?{query}"))
    assert list(few.context["page"].items) == list(walked.context["page"].items)
    assert few.context["counted"] == walked.context["counted"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hélène  Marchetti", ["Hélène", "Marchetti"]),
        ("06 39 98 12 41", ["639981241"]),
        ("+33 (0)6 39", ["330639"]),
        ("552 100 554", ["552100554"]),
        ("12 rue", ["12", "rue"]),
        ("a\x00b", ["ab"]),
        (" ", []),
    ],
)
def test_figures_are_searched_for_as_one_word(text: str, words: list[str]) -> None:
    assert searching.read_words(text) == words


def test_a_telephone_is_found_however_it_is_written(full: World) -> None:
    with organisation_scope(full.organisation.pk):
        Contact.objects.filter(last_name="Belhadj").update(phone="+33639981241")
    client = full.client(full.sales)
    for text in ("06 39 98 12 41", "+33639981241", "00 33 6 39 98 12 41", "39.98.12.41"):
        page = client.get(full.path("contacts/"), {"q": text}).context["page"]
        assert [one.last_name for one in page.items] == ["Belhadj"]


def test_the_list_is_given_as_a_part_to_htmx(full: World) -> None:
    answer = full.client(full.marketer).get(full.path("contacts/?q=march"), headers={"hx-request": "true"})
    assert "<html" not in answer.content.decode()
    assert "Marchetti" in answer.content.decode()


def test_an_empty_base_says_how_to_begin(world: World) -> None:
    answer = world.client(world.marketer).get(world.path("contacts/"))
    assert "Nobody in the base yet" in answer.content.decode()


def test_lists_and_pages_cost_few_queries(full: World) -> None:
    client = full.client(full.marketer)
    with organisation_scope(full.organisation.pk):
        contact, company = Contact.objects.order_by("pk")[0], Company.objects.get()
    assert budget(client, full.path("contacts/")) <= 12
    assert budget(client, full.path("contacts/?q=march&stage=suspect")) <= 12
    assert budget(client, full.path(f"contacts/{contact.pk}/")) <= 12
    assert budget(client, full.path("companies/")) <= 12
    assert budget(client, full.path(f"companies/{company.pk}/")) <= 12


def test_a_costly_panel_is_a_heading_until_it_is_fetched(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        contact_id = Contact.objects.create(organisation=world.organisation, email="a@verralys.example").pk
    client = world.client(world.marketer)
    address = world.path(f"contacts/{contact_id}/panels/nurturing-contact_panel/")
    page = client.get(world.path(f"contacts/{contact_id}/")).content.decode()
    assert f'hx-get="{address}"' in page
    assert "In no scenario." not in page
    assert "In no scenario." in client.get(address).content.decode()
    whole = client.get(world.path(f"contacts/{contact_id}/?panels=all")).content.decode()
    assert f'hx-get="{address}"' not in whole
    assert "In no scenario." in whole
    assert client.get(world.path(f"contacts/{contact_id}/panels/nothing/")).status_code == 404


def test_a_person_is_added_by_hand_with_provenance_ledger_and_audit(world: World) -> None:
    client = world.client(world.marketer)
    form = {"first_name": "Nadia", "last_name": "Benhaddou", "email": "N.B@Verralys.example", "company": "Verralys"}
    answer = client.post(world.path("contacts/new/"), form)
    with organisation_scope(world.organisation.pk):
        contact = Contact.objects.get()
        assert answer.url == world.path(f"contacts/{contact.pk}/")  # type: ignore[attr-defined]
        assert (contact.email, contact.company.name) == ("n.b@verralys.example", "Verralys")
        assert contact.provenance["*"]["source"] == "declared"
        assert [row.to_stage for row in StageChange.objects.all()] == ["suspect"]
        assert AuditEntry.objects.filter(action="contact.create").count() == 1


def test_a_bad_address_comes_back_with_what_was_typed_and_nothing_is_kept(world: World) -> None:
    answer = world.client(world.marketer).post(world.path("contacts/new/"), {"last_name": "X", "email": "no address"})
    assert answer.status_code == 422
    assert "no address" in answer.content.decode()
    with organisation_scope(world.organisation.pk):
        assert not Contact.objects.exists()


def test_an_address_somebody_has_is_refused_by_name_of_the_field(full: World) -> None:
    answer = full.client(full.marketer).post(full.path("contacts/new/"), {"last_name": "X", "email": PEOPLE[0][2]})
    assert answer.status_code == 422
    assert "Another contact has this address." in answer.content.decode()


def test_a_viewer_reads_and_changes_nothing(full: World) -> None:
    with organisation_scope(full.organisation.pk):
        contact = Contact.objects.order_by("pk")[0]
    client = full.client(full.viewer)
    assert client.get(full.path(f"contacts/{contact.pk}/")).status_code == 200
    assert client.get(full.path(f"contacts/{contact.pk}/edit/")).status_code == 403
    assert client.post(full.path(f"contacts/{contact.pk}/opt-out/")).status_code == 403
    with organisation_scope(full.organisation.pk):
        assert not Suppression.objects.exists()


def test_the_stage_is_changed_by_hand_with_a_reason(full: World) -> None:
    with organisation_scope(full.organisation.pk):
        contact = Contact.objects.order_by("pk")[0]
    client = full.client(full.marketer)
    refused = client.post(full.path(f"contacts/{contact.pk}/stage/"), {"to": "accepted", "reason": "mine"})
    assert refused.status_code == 422
    client.post(full.path(f"contacts/{contact.pk}/stage/"), {"to": "disqualified", "reason": "a student"})
    with organisation_scope(full.organisation.pk):
        change = StageChange.objects.get()
        assert (change.to_stage, change.detail["reason"], change.by) == ("disqualified", "a student", full.marketer)


def test_opting_a_selection_out_takes_only_ones_own(full: World) -> None:
    with organisation_scope(full.twin.pk):
        theirs = Contact.objects.order_by("pk")[0]
    with organisation_scope(full.organisation.pk):
        own = Contact.objects.order_by("pk")[0]
    full.client(full.marketer).post(full.path("contacts/bulk/opt-out/"), {"ids": [own.pk, theirs.pk], "confirm": "1"})
    with organisation_scope(full.organisation.pk):
        assert [row.contact_id for row in Suppression.objects.all()] == [own.pk]
    with organisation_scope(full.twin.pk):
        assert not Suppression.objects.exists()


def test_an_export_holds_the_filter_and_runs_nothing_in_a_spreadsheet(full: World) -> None:
    with organisation_scope(full.organisation.pk):
        Contact.objects.filter(last_name="Belhadj").update(first_name='=HYPERLINK("http://x")')
    answer = full.client(full.viewer).get(full.path("contacts/export.csv?q=belhadj"))
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["last_name"], row["first_name"][:2]) for row in rows] == [("Belhadj", "'=")]


@pytest.mark.parametrize(
    ("cell", "safe"), [("=1+1", "'=1+1"), ("@x", "'@x"), ("+33612345678", "+33612345678"), ("-2", "'-2"), (None, "")]
)
def test_cells_are_made_harmless(cell: str | None, safe: str) -> None:
    assert harmless(cell) == safe


def test_every_contact_has_a_standing_from_the_start(full: World) -> None:
    with organisation_scope(full.organisation.pk):
        assert Standing.objects.count() == 2
