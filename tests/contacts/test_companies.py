"""The list of companies, one company's page, its joined timeline, and companies as a file."""

import csv
from datetime import timedelta
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from contacts import company_queries, exports
from contacts.codes.words import NAF_SECTIONS, facts, naf_section_of
from contacts.models import Company, Contact, Export, Stage, Standing
from contacts.standings.keeping import keep_standings
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from prm.web.pagination import paginate
from prm.work.jobs import JobRun
from tests.conftest import World
from tests.contacts.test_pages import budget
from touchpoints.recording import NewInteraction, record

# name: what is known of it, and its people as (tier, total, days since the last act, stage).
COMPANIES: dict[str, tuple[dict[str, Any], list[tuple[int, float, int | None, str]]]] = {
    "Fonderies Hélène": (
        {"siren": "552100554", "domain": "fonderies.example", "naf_code": "24.51Z", "headcount_band": "21"}
        | {"department": "21", "city": "Dijon", "legal_form": "5710", "category": "PME", "naf2025_code": "24.51Y"},
        [(2, 31, 2, Stage.MQL), (0, 2, 90, Stage.SUSPECT), (0, 1, None, Stage.SUSPECT)],
    ),
    "Logiciels Verralys": (
        {"domain": "verralys.example", "naf_code": "62.01Z", "headcount_band": "12", "department": "2A"},
        [(1, 14, 50, Stage.CUSTOMER)],
    ),
    "Conseil Ouest": ({"naf_code": "70.22Z", "department": "21"}, [(0, 3, 5, Stage.PROSPECT)]),
    "Vide": ({}, []),
}


@pytest.fixture
def full(world: World) -> World:
    """Both organisations know the same four companies."""
    for organisation in (world.organisation, world.twin):
        with organisation_scope(organisation.pk):
            for name, (values, people) in COMPANIES.items():
                nomenclature = "naf2" if values.get("naf_code") else ""
                company = Company.objects.create(
                    organisation=organisation, name=name, name_key=name.lower(), naf_nomenclature=nomenclature, **values
                )
                for number, (tier, total, days, stage) in enumerate(people):
                    contact = Contact.objects.create(
                        organisation=organisation, company=company, last_name=f"{name} {number}", stage=stage
                    )
                    at = None if days is None else timezone.now() - timedelta(days=days)
                    Standing.objects.filter(contact=contact).update(tier=tier, total=total, last_act_at=at)
            keep_standings(organisation)
    return world


def listed(client: Client, world: World, query: str) -> list[str]:
    return [one.name for one in client.get(world.path(f"companies/?{query}")).context["page"].items]


F, L, C, V = "Fonderies Hélène", "Logiciels Verralys", "Conseil Ouest", "Vide"


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", [F, L, C, V]),
        ("sort=heat", [V, C, L, F]),
        ("sort=name", [C, F, L, V]),
        ("sort=-people", [F, C, L, V]),
        ("sort=-engaged", [C, L, F, V]),
        ("sort=-act", [F, C, L, V]),
        ("q=helene", [F]),
        ("q=HÉLÈNE", [F]),
        ("q=552+100+554", [F]),
        ("q=verralys.ex", [L]),
        ("q=6201z", [L]),
        ("tier=hot", [F]),
        ("tier=cold", [C, V]),
        ("engaged=yes", [F, L, C]),
        ("engaged=no", [V]),
        ("customer=yes", [L]),
        ("customer=no", [F, C, V]),
        ("known=yes", [F]),
        ("department=21", [F, C]),
        ("department=2A", [L]),
        ("naf=J", [L]),
        ("naf=C", [F]),
        ("naf=24", [F]),
        ("naf=62.01Z", [L]),
        ("naf=24.51Y", [F]),
        ("naf=M&department=21", [C]),
        ("headcount=12", [L]),
        ("naf=%27&headcount=zz&department=00&tier=x&engaged=maybe&sort=nothing", [F, L, C, V]),
    ],
)
def test_search_filters_and_orders_narrow_the_list(full: World, query: str, names: list[str]) -> None:
    found = listed(full.client(full.viewer), full, query)
    # What stands equal comes in the order of ids; the twin's companies never come.
    assert sorted(found) == sorted(names)
    if query in {"", "sort=name", "sort=-people", "sort=-act"}:
        assert found[0] == names[0]
        assert found[-1] == names[-1]


def test_the_list_says_how_many_and_how_they_stand(full: World) -> None:
    page = full.client(full.viewer).get(full.path("companies/")).content.decode()
    assert "<b>4 companies</b>, 3 with somebody engaged, 1 with somebody hot." in page
    page = full.client(full.viewer).get(full.path("companies/?department=21&naf=C")).content.decode()
    assert "<b>1 company</b> matches, 1 with somebody engaged, 1 with somebody hot." in page
    assert "21 Côte-d" in page
    assert "Remove the filter Département" in page


def test_a_filter_that_leaves_nothing_leads_back(full: World) -> None:
    page = full.client(full.viewer).get(full.path("companies/?q=nowhere")).content.decode()
    assert "No company like this" in page
    assert "Show all companies" in page


def test_a_base_without_companies_says_how_to_begin(world: World) -> None:
    page = world.client(world.marketer).get(world.path("companies/")).content.decode()
    assert "No company yet" in page


def test_pages_go_on_where_the_page_before_ended(full: World) -> None:
    with organisation_scope(full.organisation.pk):
        rows = company_queries.list_companies(full.organisation, company_queries.CompanyFilter())
        for order in company_queries.ORDERS.values():
            seen, cursor = [], None
            while True:
                page = paginate(rows, order, cursor=cursor, size=1)
                seen += [one.name for one in page.items]
                cursor = page.next_cursor
                if cursor is None:
                    break
            assert sorted(seen) == sorted(COMPANIES)


def test_a_company_is_shown_in_words_with_its_people_by_heat(full: World) -> None:
    with organisation_scope(full.organisation.pk):
        pk = Company.objects.get(name=F).pk
    answer = full.client(full.viewer).get(full.path(f"companies/{pk}/"))
    page = answer.content.decode()
    assert [one.last_name for one in answer.context["page"].items] == [f"{F} 0", f"{F} 1", f"{F} 2"]
    assert "<b>3 contacts</b>, <b>1 engaged</b>, 1 of them hot." in page
    for words in (
        '24.51Z, Manufacture of basic metals (<span lang="fr">Fonderie de fonte</span>)',
        "NAF 2025",
        "Simplified joint-stock company (SAS)",
        "Côte-d",
    ):
        assert words in page
    with organisation_scope(full.twin.pk):
        foreign = Company.objects.get(name=F).pk
    assert full.client(full.viewer).get(full.path(f"companies/{foreign}/")).status_code == 404


def test_many_people_of_a_company_are_listed_the_same(full: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(company_queries, "MOST_BY_COMPANY", 1)
    with organisation_scope(full.organisation.pk):
        company = company_queries.get_company(full.organisation, Company.objects.get(name=F).pk)
        people = company_queries.list_people(full.organisation, company).order_by("-standing__total")
        assert [one.last_name for one in people] == [f"{F} 0", f"{F} 1", f"{F} 2"]


def test_pages_of_companies_cost_few_queries(full: World) -> None:
    client = full.client(full.marketer)
    with organisation_scope(full.organisation.pk):
        pk = Company.objects.get(name=F).pk
    assert budget(client, full.path("companies/")) <= 8
    assert budget(client, full.path("companies/?q=fond&tier=hot&naf=C&engaged=yes&sort=-act")) <= 10
    assert budget(client, full.path(f"companies/{pk}/")) <= 12
    assert budget(client, full.path(f"companies/{pk}/timeline/")) <= 8


def test_the_timeline_joins_what_all_the_people_did(full: World) -> None:
    client = full.client(full.sales)
    with organisation_scope(full.organisation.pk):
        company = Company.objects.get(name=F)
        first, second, _third = Contact.objects.filter(company=company).order_by("pk")
        stranger = Contact.objects.get(last_name=f"{L} 0")
        at = timezone.now() - timedelta(days=1)
        acts = [
            NewInteraction("page_view", (first, second)[n % 2].pk, occurred_at=at - timedelta(minutes=n))
            for n in range(24)
        ]
        record(full.organisation, [*acts, NewInteraction("call", stranger.pk, occurred_at=at)])
    address = full.path(f"companies/{company.pk}/timeline/")
    answer = client.get(address)
    page = answer.context["timeline"]
    assert page.number == 20
    assert [entry.interaction.contact_id for day in page.days for entry in day.entries][:2] == [first.pk, second.pk]
    assert f">{F} 0</a>" in answer.content.decode()
    older = client.get(f"{address}?cursor={page.next_cursor}&day={page.last_day}", headers={"hx-request": "true"})
    assert older.context["timeline"].number == 4
    assert client.get(f"{address}?acts=talk").context["timeline"].number == 0
    panel = client.get(full.path(f"companies/{company.pk}/panels/touchpoints-company_timeline/")).content.decode()
    assert panel.count("Page viewed") + panel.count("page view") > 0


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_companies_of_a_filter_become_a_file(full: World, file_format: str) -> None:
    client = full.client(full.marketer)
    page = client.get(full.path("companies/export/?department=21"))
    assert "<b>2 companies</b> with all that is known of them." in page.content.decode()
    answer = client.post(full.path("companies/export/?department=21"), {"file_format": file_format})
    with organisation_scope(full.organisation.pk):
        export = Export.objects.get()
        assert answer["Location"] == full.path(f"exports/{export.pk}/")
        assert (export.subject, export.filters) == ("companies", {"department": "21"})
        assert AuditEntry.objects.get(action="export.create").after["subject"] == "companies"
        assert export.job is not None
        exports.run_export(JobRun(full.organisation, export.job))
        type(export.job).objects.filter(pk=export.job.pk).update(status="done")
    assert "<b>2 companies</b>" in client.get(full.path(f"exports/{export.pk}/")).content.decode()
    got = client.get(full.path(f"exports/{export.pk}/file/"))
    assert f"{full.organisation.slug}-companies-" in got["Content-Disposition"]
    content = b"".join(got.streaming_content)  # type: ignore[attr-defined]
    if file_format == "csv":
        rows = list(csv.reader(StringIO(content.decode("utf-8-sig"))))
    else:
        rows = [["" if cell is None else cell for cell in row] for row in load_workbook(BytesIO(content)).active.values]
    head = rows[0]
    fonderies, conseil = (dict(zip(head, row, strict=True)) for row in rows[1:])
    assert (fonderies["name"], fonderies["siren"], fonderies["naf_code"]) == (F, "552100554", "24.51Z")
    assert [fonderies[name] for name in ("people", "engaged", "hot", "customers", "tier", "score")] == [
        *("3", "1", "1", "0"),
        *("hot", "31"),
    ]
    assert (conseil["name"], conseil["tier"], conseil["is_closed"]) == (C, "cold", "no")


def test_every_division_of_the_nomenclature_has_its_section() -> None:
    assert set(NAF_SECTIONS) == set(facts("naf_rev2_sections"))
    assert {naf_section_of(code) for code in facts("naf_rev2_divisions")} == set(NAF_SECTIONS)
    assert all(naf_section_of(code) for code in facts("naf_rev2"))
    assert (naf_section_of("62.01Z"), naf_section_of("62.10Y"), naf_section_of("x"), naf_section_of("")) == (
        *("J", ""),
        *("", ""),
    )
