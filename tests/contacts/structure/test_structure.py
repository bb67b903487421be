"""Establishments and groups of companies, companies made by hand and through the API."""

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from contacts.companies import create_company, update_company
from contacts.models import Company, Contact
from contacts.standings.keeping import keep_standings
from contacts.structure.establishments import (
    EstablishmentTold,
    PlacesTold,
    drop_establishments,
    keep_own_establishments,
    list_establishments,
    record_establishments,
)
from contacts.structure.groups import find_group, find_parent, set_parent
from contacts.structure.models import Establishment, GroupLink
from prm.organisations.api_keys import create_key
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from prm.work.errors import Invalid, NotFound
from tests.conftest import World
from tests.contacts.test_pages import budget

SIREN = "732829320"
SEAT = EstablishmentTold(
    f"{SIREN}00012", "Usine", "12 rue des Carmes", "44000", "Nantes", "44109", "6201Z", is_seat=True
)
SHOP = EstablishmentTold(f"{SIREN}00020", city="Lyon", postcode="69001", is_closed=True)
DEPOT = EstablishmentTold(f"{SIREN}00038", city="Brest")


def company(world: World, name: str = "Fonderies", **values: Any) -> Company:
    return Company.objects.create(organisation=world.organisation, name=name, name_key=name.lower(), **values)


def sirets(of: Company) -> list[str]:
    return [one.siret for one in list_establishments(of)]


def test_places_are_written_once_and_brought_up_to_date(scoped: World) -> None:
    one = company(scoped, siren=SIREN)
    now = timezone.now()
    foreign = EstablishmentTold("55210055400013")
    told = [SHOP, SEAT, DEPOT, foreign, EstablishmentTold("123")]
    assert record_establishments(scoped.organisation, [PlacesTold(one, told, "sirene", now)]) == 3
    # Open ones first, the head office before the others.
    assert sirets(one) == [SEAT.siret, DEPOT.siret, SHOP.siret]
    seat = Establishment.objects.get(siret=SEAT.siret)
    assert (seat.nic, seat.naf_code, seat.naf_nomenclature, seat.told_at) == ("00012", "62.01Z", "naf2", now)
    moved = EstablishmentTold(DEPOT.siret, city="Quimper", is_seat=True)
    assert record_establishments(scoped.organisation, [PlacesTold(one, [moved], "sirene")]) == 1
    assert list(Establishment.objects.order_by("siret").values_list("city", "is_seat", "is_closed")) == [
        ("Nantes", False, False),
        ("Lyon", False, True),
        ("Quimper", True, False),
    ]


def test_a_company_without_a_siren_has_no_places(scoped: World) -> None:
    one = company(scoped)
    assert record_establishments(scoped.organisation, [PlacesTold(one, [SEAT], "sirene")]) == 0
    assert not Establishment.objects.exists()


def test_places_go_with_the_number_they_bear(scoped: World) -> None:
    one = company(scoped, siren=SIREN)
    record_establishments(scoped.organisation, [PlacesTold(one, [SEAT, SHOP], "sirene")])
    assert keep_own_establishments([one.pk]) == 0
    update_company(scoped.organisation, company_id=one.pk, values={"city": "Nantes"}, by=scoped.marketer)
    assert len(sirets(one)) == 2
    update_company(scoped.organisation, company_id=one.pk, values={"siren": "552100554"}, by=scoped.marketer)
    assert sirets(one) == []
    other = company(scoped, "Other", siren=SIREN)
    record_establishments(scoped.organisation, [PlacesTold(other, [SEAT], "sirene")])
    assert drop_establishments([other.pk]) == 1


# --- Groups --------------------------------------------------------------------------------------------------


@pytest.fixture
def tree(scoped: World) -> dict[str, Company]:
    """A holding over two, one of which is over a third; and one that stands alone."""
    made = {name: company(scoped, name) for name in ("Holding", "North", "South", "Deep", "Alone")}
    for name, parent in (("North", "Holding"), ("South", "Holding"), ("Deep", "South")):
        set_parent(scoped.organisation, company_id=made[name].pk, parent_id=made[parent].pk, by=scoped.marketer)
    for name, number in (("Holding", 1), ("Deep", 3)):
        for _n in range(number):
            Contact.objects.create(organisation=scoped.organisation, company=made[name], last_name="P")
    keep_standings(scoped.organisation)
    return made


def test_a_group_is_the_same_seen_from_any_of_its_companies(scoped: World, tree: dict[str, Company]) -> None:
    for name in ("Holding", "North", "South", "Deep"):
        group = find_group(scoped.organisation, tree[name])
        assert group is not None
        assert [(one.name, one.level, one.people) for one in group.members] == [
            ("Holding", 0, 1),
            ("North", 1, 0),
            ("South", 1, 0),
            ("Deep", 2, 3),
        ]
        assert (group.people, group.engaged, group.hot, group.head.name) == (4, 0, 0, "Holding")
    assert find_group(scoped.organisation, tree["Alone"]) is None


@pytest.mark.parametrize(("name", "parent"), [("Holding", "Deep"), ("Holding", "South"), ("South", "South")])
def test_a_circle_is_refused(scoped: World, tree: dict[str, Company], name: str, parent: str) -> None:
    before = list(GroupLink.objects.order_by("pk").values())
    with pytest.raises(Invalid):
        set_parent(scoped.organisation, company_id=tree[name].pk, parent_id=tree[parent].pk, by=scoped.marketer)
    assert list(GroupLink.objects.order_by("pk").values()) == before


def test_a_company_moves_with_those_below_it_or_leaves(scoped: World, tree: dict[str, Company]) -> None:
    set_parent(scoped.organisation, company_id=tree["South"].pk, parent_id=tree["Alone"].pk, by=scoped.marketer)
    group = find_group(scoped.organisation, tree["Deep"])
    assert group is not None
    assert [one.name for one in group.members] == ["Alone", "South", "Deep"]
    set_parent(scoped.organisation, company_id=tree["South"].pk, parent_id=None, by=scoped.marketer)
    assert find_group(scoped.organisation, tree["Alone"]) is None
    assert AuditEntry.objects.filter(action="company.group").count() == 5
    with pytest.raises(NotFound):
        set_parent(scoped.organisation, company_id=0, parent_id=None, by=scoped.marketer)


def test_a_parent_is_found_by_siren_or_whole_name(scoped: World) -> None:
    one, _twin = company(scoped, "Holding", siren=SIREN), company(scoped, "Twins")
    assert find_parent(scoped.organisation, "732 829 320") == one
    assert find_parent(scoped.organisation, "HOLDING") == one
    company(scoped, "Twins")
    for text in ("Twins", "Nowhere"):
        with pytest.raises(Invalid):
            find_parent(scoped.organisation, text)


# --- Pages and API -------------------------------------------------------------------------------------------


def test_the_page_shows_places_and_group_and_says_whose_it_is(world: World) -> None:
    client = world.client(world.marketer)
    with organisation_scope(world.organisation.pk):
        holding, one = company(world, "Holding"), company(world, siren=SIREN)
        record_establishments(world.organisation, [PlacesTold(one, [SEAT, SHOP], "sirene")])
    address = world.path(f"companies/{one.pk}/")
    page = client.get(f"{address}?panels=all").content.decode()
    assert "It belongs to no other company here." in page
    assert "head office" in page
    assert "Usine" in page
    answer = client.post(world.path(f"companies/{one.pk}/group/"), {"parent": "nobody"})
    assert answer.status_code == 422
    assert "No company here is called so" in answer.content.decode()
    assert client.post(world.path(f"companies/{one.pk}/group/"), {"parent": "holding"})["Location"] == address
    page = client.get(address).content.decode()
    assert f'href="{world.path(f"companies/{holding.pk}/")}"' in page
    assert budget(client, address) <= 12
    assert 'value="Holding"' in client.get(world.path(f"companies/{one.pk}/group/")).content.decode()
    client.post(world.path(f"companies/{one.pk}/group/"), {"parent": ""})
    with organisation_scope(world.organisation.pk):
        assert not GroupLink.objects.exists()


def test_a_company_is_added_by_hand_once(world: World) -> None:
    client = world.client(world.sales)
    assert client.get(world.path("companies/new/")).status_code == 200
    form = {"name": "Aciéries", "siren": "732 829 320", "domain": "https://www.acieries.example/"}
    answer = client.post(world.path("companies/new/"), form)
    with organisation_scope(world.organisation.pk):
        made = Company.objects.get()
        assert answer["Location"] == world.path(f"companies/{made.pk}/")
        assert (made.name, made.siren, made.domain, made.name_key) == (
            *("Aciéries", SIREN),
            *("acieries.example", "acieries"),
        )
        assert made.provenance["*"]["source"] == "declared"
        with pytest.raises(Invalid):
            create_company(world.organisation, values={"name": "X", "domain": "acieries.example"}, by=world.marketer)
    for wrong in (form, {"name": ""}, {"name": "X", "siren": "12"}):
        assert client.post(world.path("companies/new/"), wrong).status_code == 422
    with organisation_scope(world.organisation.pk):
        assert Company.objects.count() == 1


@pytest.fixture
def api(world: World) -> Client:
    """A program with a key for everything."""
    with organisation_scope(world.organisation.pk):
        _key, token = create_key(world.organisation, name="CRM", scopes=["all"], by=world.admin)
    return Client(headers={"authorization": f"Bearer {token}", "accept-language": "en"})


def send(api: Client, method: str, path: str = "", body: dict[str, Any] | None = None) -> Any:
    return api.generic(method, f"/api/v1/companies{path}", json.dumps(body or {}), content_type="application/json")


def test_the_api_keeps_companies_by_siren_or_domain(world: World, api: Client) -> None:
    answer = send(api, "POST", body={"name": "Fonderies", "siren": "732829320", "naf_code": "2451Z", "city": "Dijon"})
    assert answer.status_code == 201
    made = answer.json()
    assert (made["naf_code"], made["people"], made["tier"], made["group"], made["establishments"]) == (
        *("24.51Z", 0, "cold"),
        *([], []),
    )
    again = send(api, "POST", body={"siren": "732829320", "domain": "fonderies.example"})
    assert (again.status_code, again.json()["id"], again.json()["name"]) == (200, made["id"], "Fonderies")
    assert send(api, "POST", body={"domain": "fonderies.example", "city": "Lyon"}).json()["city"] == "Lyon"
    holding = send(api, "POST", body={"domain": "holding.example"}).json()
    assert holding["name"] == "holding.example"
    child = send(api, "PATCH", f"/{made['id']}", {"parent_id": holding["id"]}).json()
    assert (child["parent_id"], child["group"]) == (holding["id"], [holding["id"], made["id"]])
    assert send(api, "PATCH", f"/{holding['id']}", {"parent_id": made["id"]}).status_code == 422
    assert send(api, "POST", body={"name": "X"}).json()["fields"] == {
        "siren": "Give a SIREN or a web domain: a company is known by it."
    }
    with organisation_scope(world.organisation.pk):
        assert Company.objects.count() == 2


def test_the_api_lists_companies_by_the_filters_of_the_page(world: World, api: Client) -> None:
    for number in range(3):
        send(api, "POST", body={"domain": f"c{number}.example", "naf_code": "62.01Z" if number else "24.51Z"})
    first = send(api, "GET", "?limit=2").json()
    assert [one["domain"] for one in first["items"]] == ["c0.example", "c1.example"]
    rest = send(api, "GET", f"?limit=2&cursor={first['next_cursor']}").json()
    assert [one["domain"] for one in rest["items"]] == ["c2.example"]
    assert [one["domain"] for one in send(api, "GET", "?naf=J").json()["items"]] == ["c1.example", "c2.example"]
    assert send(api, "GET", "?tier=boiling").json()["fields"] == {"tier": "There is no such value."}
