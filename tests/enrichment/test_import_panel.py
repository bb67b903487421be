"""The report of an import leads to the enrichment of the companies it brought."""

from urllib.parse import unquote

from contacts.models import Company, Import
from prm.organisations.scope import organisation_scope
from tests.conftest import World
from tests.contacts.files import bring_in

ROWS = "email,Entreprise,SIREN\na@x.example,Solvane,732829320\nb@y.example,Brume,\nc@z.example,Littoral,\n"


def test_the_report_counts_companies_without_a_siren_and_leads_to_what_asking_costs(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        Company.objects.create(organisation=world.organisation, name="Before", name_key="before")
        done = bring_in(world.organisation, ROWS)
    client = world.client(world.marketer)

    text = client.get(world.path(f"imports/{done.pk}/")).content.decode()

    assert "<b>2 companies</b> came without a SIREN" in text
    query = f"lot=import-{done.pk}&known=no"
    listed = client.get(world.path(f"companies/?{query}")).content.decode()
    assert "<b>2 companies</b> match" in listed
    assert "people.csv" in listed
    assert "Before" not in listed
    address = next(part for part in text.split('"') if "/enrichment/estimate/" in part).replace("&amp;", "&")
    assert unquote(address).endswith(f"?which=listed&query={query}")
    estimate = client.get(address)
    assert estimate.status_code == 200
    assert "<b>2 companies</b>" in estimate.content.decode()


def test_nothing_is_offered_where_every_company_is_known_or_the_file_is_undone(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        done = bring_in(world.organisation, "email,Entreprise,SIREN\na@x.example,Solvane,732829320\n")
    client = world.client(world.marketer)
    assert "without a SIREN" not in client.get(world.path(f"imports/{done.pk}/")).content.decode()
    with organisation_scope(world.organisation.pk):
        Company.objects.update(siren=None)
    assert "without a SIREN" in client.get(world.path(f"imports/{done.pk}/")).content.decode()
    client.post(world.path(f"imports/{done.pk}/undo/"))
    with organisation_scope(world.organisation.pk):
        assert Import.objects.get().undo_job_id is not None
    assert "came without a SIREN" not in client.get(world.path(f"imports/{done.pk}/")).content.decode()


def test_a_lot_of_the_twin_or_of_no_kind_lists_nothing_of_theirs(world: World) -> None:
    with organisation_scope(world.twin.pk):
        theirs = bring_in(world.twin, ROWS)
    with organisation_scope(world.organisation.pk):
        Company.objects.create(organisation=world.organisation, name="Ours", name_key="ours")
    client = world.client(world.viewer)
    listed = client.get(world.path(f"companies/?lot=import-{theirs.pk}")).content.decode()
    assert "no longer kept" in listed
    assert "Brume" not in listed
    assert "Ours" not in listed
    # What cannot be a lot narrows nothing.
    for odd in ("people-1", "import-x", "import--1", "import-99999999999999999999"):
        assert "Ours" in client.get(world.path(f"companies/?lot={odd}")).content.decode()
