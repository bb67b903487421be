"""Columns of a list: chosen, put in order, kept for each member, and drawn at a constant number of queries."""

import re
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from contacts.fields.services import archive_field
from contacts.listing.companies import COMPANY_LIST
from contacts.listing.contacts import CONTACT_LIST
from contacts.models import Company, Contact
from contacts.tagging.services import tag_contacts
from prm.lists import services
from prm.lists.models import ListChoice
from prm.lists.registry import Listing
from prm.organisations.models import Membership, User
from prm.organisations.scope import organisation_scope
from tests.conftest import World
from tests.contacts.fields.making import make_field

USUAL = ["Name", "Company", "Stage", "Score", "Qualification", "Last act", "Source"]


def heads(html: str) -> list[str]:
    table = html[html.index("<thead>") : html.index("</thead>")]
    cells = re.findall(r"<th [^>]*>(.*?)</th>", table, re.DOTALL)
    return [text for cell in cells if (text := re.sub(r"<[^>]+>", "", cell).strip())]


def rows(html: str) -> list[list[str]]:
    body = html[html.index("<tbody>") : html.index("</tbody>")]
    found = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in body.split("</tr>")[:-1]]
    return [[re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", cell)).strip() for cell in row] for row in found]


def shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def choose(client: Client, world: World, *keys: str, query: str = "", **more: str) -> Any:
    return client.post(world.path(f"lists/contacts/columns/{query}"), {"columns": list(keys), **more})


def member(world: World, user: User) -> Membership:
    return Membership.objects.get(organisation=world.organisation, user=user)


def queries_of(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_who_chose_nothing_sees_the_usual_columns(full: World) -> None:
    assert heads(shown(full.client(full.viewer), full.path("contacts/"))) == USUAL


def test_chosen_columns_stand_in_their_order_for_who_chose_them_alone(full: World) -> None:
    client = full.client(full.viewer)
    assert len(rows(shown(client, full.path("contacts/")))) == 2
    answer = choose(client, full, "phone", "custom.budget", "custom.interests", "company.custom.equipped", "name")
    assert answer.url == full.path("contacts/")
    html = shown(client, full.path("contacts/?sort=-name"))
    assert heads(html) == ["Name", "Telephone", "Budget", "Interests", "Equipped"]
    assert [row[1:] for row in rows(html)] == [
        [
            "Hélène Marchetti marchetti@fonderies.example Fonderies",
            "06 39 98 12 41",
            "12,500.5",
            "Quality; Energy",
            "yes",
        ],
        ["Karim Belhadj belhadj@fonderies.example Fonderies", "06 39 98 12 41", "–", "–", "yes"],
    ]
    assert heads(shown(full.client(full.admin), full.path("contacts/"))) == USUAL
    assert choose(client, full, "phone", usual="1").status_code == 302
    assert heads(shown(client, full.path("contacts/"))) == USUAL


def test_values_are_written_as_on_the_persons_page(full: World) -> None:
    with organisation_scope(full.organisation.pk):
        make_field(full.organisation, "date", "Renewal")
        make_field(full.organisation, "choice", "Fair", "Lyon")
        person = Contact.objects.get(last_name="Marchetti")
        person.custom |= {"renewal": date(2027, 3, 12).isoformat(), "fair": "lyon"}
        person.save(update_fields=["custom"])
    client = full.client(full.marketer)
    keys = ["custom.budget", "custom.interests", "custom.renewal", "custom.fair"]
    cells = rows(shown(client, full.path(f"contacts/?columns={','.join(keys)}&stage=mql")))[0][2:]
    assert cells == ["12,500.5", "Quality; Energy", "12 Mar 2027", "Lyon"]
    page = shown(client, full.path(f"contacts/{person.pk}/"))
    assert all(cell in page for cell in cells)


def test_every_column_of_both_lists_can_be_drawn(full: World) -> None:
    with organisation_scope(full.organisation.pk):
        people = list(Contact.objects.values_list("pk", flat=True))
        Contact.objects.update(owner=full.sales, external_id=None, language="fr", job_title="<b>Directrice</b>")
        names = ["A", "B", "C", "D", "E"]
        tag_contacts(full.organisation, contact_ids=people, names=names, by=full.marketer)
        Company.objects.update(
            founded_on=date(1998, 5, 4),
            naf_code="24.51Z",
            naf_nomenclature="naf2",
            legal_form="5710",
            domain="f.example",
        )
        known = {listing.key: list(listing.all_columns(full.organisation)) for listing in (CONTACT_LIST, COMPANY_LIST)}
    client = full.client(full.marketer)
    for listing, page in ((CONTACT_LIST, "contacts/"), (COMPANY_LIST, "companies/")):
        html = shown(client, full.path(f"{page}?columns={','.join(known[listing.key])}"))
        assert len(heads(html)) == len(known[listing.key])
        assert "<b>Directrice" not in html
    people_row = rows(shown(client, full.path("contacts/?columns=tags,owner,job_title,contactable")))[0]
    assert people_row[2:] == ["A B C +2", "Sales", "&lt;b&gt;Directrice&lt;/b&gt;", "yes"]
    assert rows(shown(client, full.path("companies/?columns=department,founded,custom.equipped")))[0][1:] == [
        "44 Loire-Atlantique",
        "4 May 1998",
        "yes",
    ]


def test_twenty_own_columns_cost_no_more_than_twelve_queries(full: World) -> None:
    with organisation_scope(full.organisation.pk):
        for number in range(10):
            make_field(full.organisation, "choices", f"Of people {number}", "One", "Two")
            make_field(full.organisation, "date", f"Of companies {number}", subject="company")
        for number in range(30):
            custom = {f"of_people_{n}": ["one"] for n in range(10)}
            Contact.objects.create(organisation=full.organisation, last_name=f"P{number}", custom=custom)
    own = [f"custom.of_people_{n}" for n in range(10)] + [f"company.custom.of_companies_{n}" for n in range(10)]
    client = full.client(full.marketer)
    choose(client, full, *own, "tags", "owner", "email")
    html = shown(client, full.path("contacts/"))
    assert len(heads(html)) == 24
    assert queries_of(client, full.path("contacts/")) <= 12
    assert queries_of(client, full.path("contacts/?stage=suspect&sort=name&tag=1")) <= 12
    assert queries_of(client, full.path("contacts/?q=marchetti")) <= 12
    client.post(full.path("lists/companies/columns/"), {"columns": [f"custom.of_companies_{n}" for n in range(10)]})
    assert queries_of(client, full.path("companies/")) <= 12
    assert queries_of(client, full.path("lists/contacts/columns/")) <= 12


def test_a_column_costs_its_query_only_where_it_is_shown(full: World) -> None:
    with organisation_scope(full.organisation.pk):
        Contact.objects.filter(last_name="Belhadj").update(owner=full.sales)
        Contact.objects.filter(last_name="Marchetti").update(owner=full.admin)
    client = full.client(full.marketer)
    usual = queries_of(client, full.path("contacts/"))
    assert queries_of(client, full.path("contacts/?columns=owner,tags")) == usual
    assert queries_of(client, full.path("contacts/?columns=custom.budget")) == usual + 1


def test_the_name_always_stays_and_what_is_unknown_is_left_out(full: World) -> None:
    client = full.client(full.sales)
    choose(client, full, "email", "nonsense", "email", "custom.nobody", "custom.budget'--")
    assert heads(shown(client, full.path("contacts/"))) == ["Name", "E-mail"]
    assert heads(shown(client, full.path("contacts/?columns=,,%00,"))) == ["Name"]


def test_too_many_columns_and_none_at_all_are_refused_and_change_nothing(full: World) -> None:
    client = full.client(full.sales)
    too_many = choose(client, full, *[f"c{n}" for n in range(services.MOST_COLUMNS + 1)])
    assert (too_many.status_code, "Choose at most 40 columns." in too_many.content.decode()) == (422, True)
    assert choose(client, full).status_code == 422
    with organisation_scope(full.organisation.pk):
        assert not ListChoice.objects.exists()


def test_without_scripts_a_button_moves_a_column_and_keeps_nothing_yet(full: World) -> None:
    client = full.client(full.sales)
    answer = choose(client, full, "name", "company", "email", "phone", move="up:phone")
    html = answer.content.decode()
    ticked = re.findall(r'name="columns" value="([^"]+)" checked', html)
    assert ticked == ["company", "phone", "email"]
    assert re.search(r'value="up:phone"[^>]*autofocus', html)
    # The name keeps its place.
    first = choose(client, full, "name", "company", "email", move="up:company").content.decode()
    assert re.findall(r'name="columns" value="([^"]+)" checked', first) == ["company", "email"]
    with organisation_scope(full.organisation.pk):
        assert not ListChoice.objects.exists()


def test_an_archived_field_is_no_column_any_more(full: World) -> None:
    client = full.client(full.sales)
    choose(client, full, "custom.budget", "email")
    with organisation_scope(full.organisation.pk):
        field = make_field(full.organisation, "text", "Other")
        budget = next(one for one in field.__class__.objects.all() if one.key == "budget")
        archive_field(full.organisation, field_id=budget.pk, by=full.admin)
    assert heads(shown(client, full.path("contacts/"))) == ["Name", "E-mail"]


def test_the_twins_fields_are_no_columns(full: World) -> None:
    with organisation_scope(full.twin.pk):
        make_field(full.twin, "text", "Theirs")
    client = full.client(full.sales)
    assert "Theirs" not in shown(client, full.path("lists/contacts/columns/"))
    assert heads(shown(client, full.path("contacts/?columns=custom.theirs"))) == ["Name"]


def test_on_a_phone_what_was_added_stands_on_the_card_and_empty_values_do_not(full: World) -> None:
    keys = "company,stage,email,phone,custom.budget,job_title,tags"
    html = shown(full.client(full.sales), full.path(f"contacts/?columns={keys}&sort=name"))
    belhadj = html[html.index("<tbody>") : html.index("</tbody>")].split("</tr>")[0]
    assert re.findall(r'<td class="([^"]*)" data-label="([^"]*)"', belhadj) == [
        ("also", "E-mail"),
        ("also", "Telephone"),
        ("also num none", "Budget"),
        ("also none", "Job title"),
    ]
    assert '<td class="lo1">' in belhadj


def test_an_export_holds_everything_whatever_columns_are_chosen(full: World) -> None:
    client = full.client(full.marketer)

    def head() -> bytes:
        answer: Any = client.get(full.path("contacts/export.csv"))
        return b"".join(answer.streaming_content).splitlines()[0]

    before = head()
    choose(client, full, "email")
    assert head() == before
    assert 'href="/o/solvane/contacts/export/?' in shown(client, full.path("contacts/?columns=email&tier=hot"))
    assert "export/?tier=hot" in shown(client, full.path("contacts/?columns=email&tier=hot"))


@pytest.mark.parametrize("page", ["contacts/export.csv", "contacts/export/", "companies/export/"])
def test_an_export_of_a_view_without_its_filters_exports_nobody(full: World, page: str) -> None:
    client = full.client(full.marketer)
    at = page.partition("/")[0]
    assert client.get(full.path(f"{page}?view=5")).headers["location"] == full.path(f"{at}/?view=5")
    assert client.get(full.path(f"{page}?view=5&q=x")).status_code == 200


@pytest.mark.parametrize("listing", [CONTACT_LIST, COMPANY_LIST], ids=lambda one: one.key)
def test_every_column_has_a_key_of_its_own_and_an_order_that_exists(listing: Listing) -> None:
    keys = [column.key for column in listing.columns]
    assert len(keys) == len(set(keys))
    assert listing.usual[0] == listing.name_key == "name"
    for column in listing.columns:
        assert (column.text is None) == bool(column.template), column.key
        assert not column.sort or {column.sort, f"-{column.sort}"} <= set(listing.orders)
