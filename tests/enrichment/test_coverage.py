"""How much is known, since when, with and without enrichment: counted from the proofs of values."""

from datetime import UTC, date, datetime
from typing import Any

from contacts.fields.models import CustomField
from contacts.models import Company, Contact
from enrichment import coverage
from enrichment.coverage import Cell, Share, cover, history_of, list_months
from prm.organisations.scope import organisation_scope
from tests.conftest import World

SIRENE = {"source": "sirene", "at": "2026-10-05T00:00:00+00:00"}
PARTNER = {"source": "partner:altares", "at": "2026-11-01T00:00:00+00:00"}


def make(world: World, name: str, made: str = "2026-08-03", **values: Any) -> Company:
    one = Company.objects.create(
        organisation=world.organisation, name=name, name_key=name.lower(), **{"source": "import", **values}
    )
    Company.objects.filter(pk=one.pk).update(created_at=datetime.fromisoformat(made).replace(tzinfo=UTC))
    return one


def cells_of(cells: tuple[Cell, ...], field: str) -> set[tuple[str, str, int]]:
    return {(cell.source, cell.month, cell.number) for cell in cells if cell.field == field}


def test_each_value_counts_by_its_source_and_month(scoped: World) -> None:
    CustomField.objects.create(organisation=scoped.organisation, subject="company", key="ca", label="CA", type="number")
    usual = {"*": {"source": "declared", "at": "2026-01-01T00:00:00+00:00"}}
    make(scoped, "A", siren="732829320", naf_code="62.01Z", headcount_band="NN", provenance={"naf_code": SIRENE})
    make(scoped, "B", naf_code="62.01Z", headcount_band="12", custom={"ca": 5},
         provenance={**usual, "headcount_band": PARTNER, "custom.ca": PARTNER})  # fmt: skip
    # Its proof is older than its record: it is known since there is one.
    make(scoped, "C", made="2026-11-10", city="Lyon", provenance={"city": SIRENE})

    found = coverage.measure_coverage(scoped.organisation).companies

    assert cells_of(found, "total") == {("import", "2026-08", 1), ("declared", "2026-08", 1), ("import", "2026-11", 1)}
    assert cells_of(found, "siren") == {("import", "2026-08", 1)}
    assert cells_of(found, "naf_code") == {("sirene", "2026-10", 1), ("declared", "2026-08", 1)}
    assert cells_of(found, "headcount_band") == {("partner:altares", "2026-11", 1)}
    assert cells_of(found, "city") == {("sirene", "2026-11", 1)}
    assert cells_of(found, "custom.ca") == {("partner:altares", "2026-11", 1)}


def test_people_count_with_what_is_known_of_their_company(scoped: World) -> None:
    one = make(scoped, "A", siren="732829320", provenance={"siren": SIRENE})
    for email in ("a@x.example", "b@x.example"):
        Contact.objects.create(organisation=scoped.organisation, email=email, company=one, source="Salon",
                               provenance={"*": {"source": "import", "at": "2026-11-01T00:00:00+00:00"}})  # fmt: skip
    Contact.objects.create(organisation=scoped.organisation, email="c@x.example", phone="+33612345678")
    # An erased person is nobody.
    Contact.everybody.create(organisation=scoped.organisation, stage="")

    cells = coverage.measure_coverage(scoped.organisation).contacts

    assert sum(cell.number for cell in cells if cell.field == "total") == 3
    assert {(cell.source, cell.number) for cell in cells if cell.field == "company.siren"} == {("sirene", 2)}
    assert {(cell.source, cell.number) for cell in cells if cell.field == "phone"} == {("", 1)}
    assert sum(cell.number for cell in cells if cell.field == "company") == 2


CELLS = (
    Cell("total", "import", "2026-08", 6), Cell("total", "import", "2026-10", 4),
    Cell("naf_code", "import", "2026-08", 2), Cell("naf_code", "sirene", "2026-10", 3),
    Cell("naf_code", "partner:altares", "2026-11", 1),
)  # fmt: skip


def test_before_is_the_first_day_of_the_period_and_without_is_what_people_gave() -> None:
    [row] = cover(CELLS, ["naf_code"], {"naf_code": "Activity"}, "2026-10")

    assert (row.now, row.before, row.without) == (Share(6, 10), Share(2, 6), Share(2, 10))
    assert (round(row.gained, 1), round(row.brought, 1)) == (26.7, 40.0)
    assert [(one.words, one.number, one.is_enriched) for one in row.origins] == [
        ("SIRENE", 3, True), ("Import", 2, False), ("Partner altares", 1, True),
    ]  # fmt: skip


def test_history_is_as_of_the_end_of_each_month() -> None:
    months = list_months(5, date(2026, 11, 29))
    found = history_of(CELLS, "naf_code", months)

    assert months == ["2026-07", "2026-08", "2026-09", "2026-10", "2026-11"]
    assert [one and round(one, 1) for one in found.known] == [None, 33.3, 33.3, 50.0, 60.0]
    assert [one and round(one, 1) for one in found.without] == [None, 33.3, 33.3, 20.0, 20.0]


def test_months_go_over_new_year() -> None:
    assert list_months(3, date(2026, 1, 15)) == ["2025-11", "2025-12", "2026-01"]


def test_the_page_says_it_in_words_figures_and_a_chart(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        make(world, "A", naf_code="62.01Z", provenance={"naf_code": SIRENE})
        make(world, "B")
    with organisation_scope(world.twin.pk):
        Company.objects.create(organisation=world.twin, name="A", name_key="a", naf_code="62.01Z")
    client = world.client(world.viewer)

    text = " ".join(client.get(world.path("enrichment/coverage/?months=1")).content.decode().split())

    assert "<b>Activity</b> is known of 50%; without enrichment it would be 0%." in text
    assert "2 companies" in text
    assert '<svg class="plot"' in text
    assert "a curve comes with the next one" not in text
    people = client.get(world.path("enrichment/coverage/?of=people")).content.decode()
    assert "Nothing to measure yet" in people
    for odd in ("?months=99", "?months=x", "?field=nothing", "?of=what"):
        assert client.get(world.path(f"enrichment/coverage/{odd}")).status_code == 200
    rows = client.get(world.path("enrichment/coverage.csv")).content.decode("utf-8-sig").splitlines()
    assert rows[0] == "Field;Source;Known;Of all;Known at the beginning;Of all then"
    assert "Activity;All;1;2;0;2" in rows
    assert "Activity;SIRENE;1;2;;" in rows
