"""Values of own fields on pages, in forms and in the API."""

import re
from typing import Any

import pytest
from django.test import Client

from contacts.companies import CompanyInput, update_company
from contacts.fields.models import CustomField
from contacts.fields.services import archive_field
from contacts.models import Company, Contact
from contacts.people import create_contact, update_contact
from prm.organisations.api_keys import create_key
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from prm.work.errors import Invalid
from tests.conftest import World
from tests.contacts.fields.making import make_field


@pytest.fixture
def fields(world: World) -> World:
    for organisation in (world.organisation, world.twin):
        with organisation_scope(organisation.pk):
            make_field(organisation, "text", "Note", help_text="What they said")
            make_field(organisation, "number", "Budget")
            make_field(organisation, "date", "Next call")
            make_field(organisation, "choice", "Size", "Small", "Large")
            make_field(organisation, "choices", "Trades", "Usinage", "Fonderie")
            make_field(organisation, "boolean", "Has robots")
            make_field(organisation, "number", "Machines", subject="company")
    return world


ALL = {
    "note": "Zoé & Co",
    "budget": 1234.5,
    "next_call": "2026-03-12",
    "size": "large",
    "trades": ["fonderie", "usinage"],
    "has_robots": False,
}


def person(world: World, **custom: Any) -> Contact:
    with organisation_scope(world.organisation.pk):
        return create_contact(
            world.organisation,
            values={"email": "a@b.example"},
            company=CompanyInput(name="Solvane", custom={"machines": 7}),
            custom=custom,
            by=world.marketer,
        )


def stored(world: World) -> dict[str, Any]:
    with organisation_scope(world.organisation.pk):
        custom: dict[str, Any] = Contact.objects.get().custom
        return custom


def test_values_are_kept_with_where_they_are_from_and_told_in_the_audit_log(fields: World) -> None:
    contact = person(fields, **ALL)
    with organisation_scope(fields.organisation.pk):
        changed = update_contact(
            fields.organisation,
            contact_id=contact.pk,
            values={},
            custom={"budget": None, "size": "small", "note": "Zoé & Co"},
            by=fields.sales,
        )
        assert changed.custom == {**{key: ALL[key] for key in ALL if key != "budget"}, "size": "small"}
        assert set(changed.provenance) == {"*", "custom.budget", "custom.size"}
        entry = AuditEntry.objects.get(action="contact.update")
        assert (entry.before, entry.after["Size"]) == ({"Budget": "1,234.5", "Size": "Large"}, "Small")
        company = Company.objects.get()
        assert (company.custom, company.provenance["custom.machines"]["source"]) == ({"machines": 7}, "declared")
        update_company(fields.organisation, company_id=company.pk, values={}, custom={"machines": "9"}, by=fields.admin)
        assert Company.objects.get().custom == {"machines": 9}


def test_bad_values_are_named_together_and_nothing_is_written(fields: World) -> None:
    with organisation_scope(fields.organisation.pk):
        with pytest.raises(Invalid) as error:
            create_contact(
                fields.organisation,
                values={"email": "a@b.example"},
                custom={"budget": "much", "size": "Huge", "colour": "red", "machines": 1},
                by=fields.marketer,
            )
        assert error.value.fields == {
            "custom.budget": "Write a number such as 1234.5.",
            "custom.size": "This is not one of the choices: Small, Large.",
            "custom.colour": "There is no field “colour”.",
            "custom.machines": "There is no field “machines”.",
        }
        assert Contact.objects.count() == 0


def test_a_persons_page_shows_what_is_known_in_words(fields: World) -> None:
    contact = person(fields, **ALL)
    page = fields.client(fields.viewer).get(fields.path(f"contacts/{contact.pk}/")).content.decode()
    facts = dict(re.findall(r"<dt>([^<]+)</dt><dd>.*?<span>([^<]*)</span></dd>", page))
    shown = {
        label: facts[label] for label in ("Note", "Budget", "Next call", "Size", "Trades", "Has robots", "Machines")
    }
    assert shown == {
        "Note": "Zoé &amp; Co",
        "Budget": "1,234.5",
        "Next call": "12 Mar 2026",
        "Size": "Large",
        "Trades": "Usinage; Fonderie",
        "Has robots": "no",
        "Machines": "7",
    }


def test_a_form_shows_takes_and_takes_away_values(fields: World) -> None:
    contact = person(fields, **ALL)
    client = fields.client(fields.sales)
    address = fields.path(f"contacts/{contact.pk}/edit/")
    page = client.get(address).content.decode()
    for shown in ('value="1234.5"', 'value="2026-03-12"', "What they said", '<option value="no" selected>'):
        assert shown in page
    sent = _seen(page) | {
        "custom_note": "",
        "custom_budget": "2 000,75",
        "custom_next_call": "2026-04-01",
        "custom_size": "",
        "custom_trades": ["usinage"],
        "custom_has_robots": "yes",
    }
    assert client.post(address, sent).status_code == 302
    assert stored(fields) == {
        "budget": 2000.75,
        "next_call": "2026-04-01",
        "trades": ["usinage"],
        "has_robots": True,
    }


def test_a_form_says_what_is_wrong_beside_the_field_and_keeps_nothing(fields: World) -> None:
    contact = person(fields, **ALL)
    client = fields.client(fields.sales)
    address = fields.path(f"contacts/{contact.pk}/edit/")
    sent = _seen(client.get(address).content.decode()) | {"custom_budget": "much", "custom_note": "new"}
    answer = client.post(address, sent)
    assert (answer.status_code, answer.context["form"].errors) == (
        422,
        {"custom_budget": ["Write a number such as 1234.5."]},
    )
    assert stored(fields) == ALL


def test_a_french_form_writes_and_reads_decimal_commas(fields: World) -> None:
    contact = person(fields, budget=1.234)
    client = Client(headers={"accept-language": "fr"})
    client.force_login(fields.sales)
    address = fields.path(f"contacts/{contact.pk}/edit/")
    page = client.get(address).content.decode()
    assert 'value="1,234"' in page
    assert client.post(address, _seen(page) | {"custom_budget": "1,235"}).status_code == 302
    assert stored(fields) == {"budget": 1.235}


def test_a_company_form_writes_its_fields(fields: World) -> None:
    person(fields)
    with organisation_scope(fields.organisation.pk):
        company = Company.objects.get()
    client = fields.client(fields.sales)
    address = fields.path(f"companies/{company.pk}/edit/")
    sent = _seen(client.get(address).content.decode()) | {"name": "Solvane", "custom_machines": "12"}
    assert client.post(address, sent).status_code == 302
    page = client.get(fields.path(f"companies/{company.pk}/")).content.decode()
    assert "<dt>Machines</dt>" in page
    with organisation_scope(fields.organisation.pk):
        assert Company.objects.get().custom == {"machines": 12}


def _seen(page: str) -> dict[str, Any]:
    """Return the values a form says the person saw, as their browser sends them with the fields left alone."""
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]+>", page):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and (name[1].startswith("initial-")):
            text = value[1] if value else ""
            found.setdefault(name[1], []).append(text)
            found.setdefault(name[1].removeprefix("initial-"), []).append(text)
    return {name: values if len(values) > 1 or "trades" in name else values[0] for name, values in found.items()}


# --- The API --------------------------------------------------------------------------------------


@pytest.fixture
def api(fields: World) -> Client:
    with organisation_scope(fields.organisation.pk):
        _key, secret = create_key(fields.organisation, name="CRM", scopes=["all"], by=fields.admin)
    return Client(headers={"authorization": f"Bearer {secret}", "accept-language": "en"})


def put(api: Client, **payload: Any) -> Any:
    return api.post("/api/v1/contacts", payload, content_type="application/json")


def test_the_api_writes_reads_and_takes_away_values(fields: World, api: Client) -> None:
    answer = put(
        api,
        email="a@b.example",
        custom={**ALL, "budget": "1 234,5", "trades": ["Usinage", "fonderie"]},
        company={"name": "Solvane", "custom": {"machines": "7"}},
    )
    assert (answer.status_code, answer.json()["custom"]) == (201, ALL)
    assert answer.json()["company"]["custom"] == {"machines": 7}
    answer = put(api, email="a@b.example", custom={"budget": None, "has_robots": True})
    assert answer.json()["custom"] == {**{key: ALL[key] for key in ALL if key != "budget"}, "has_robots": True}
    listed = api.get("/api/v1/contacts").json()["items"]
    assert [one["custom"] for one in listed] == [answer.json()["custom"]]


def test_the_api_names_what_it_cannot_take(fields: World, api: Client) -> None:
    answer = put(
        api,
        email="a@b.example",
        custom={"budget": [1], "colour": "red"},
        company={"name": "Solvane", "custom": {"machines": "few"}},
    )
    assert answer.status_code == 422
    assert set(answer.json()["fields"]) == {"custom.budget", "custom.colour"}
    answer = put(api, email="a@b.example", company={"name": "Solvane", "custom": {"machines": "few"}})
    assert set(answer.json()["fields"]) == {"company.custom.machines"}
    answer = put(api, email="a@b.example", company={"custom": {"machines": 3}})
    assert set(answer.json()["fields"]) == {"company"}
    with organisation_scope(fields.organisation.pk):
        assert (Contact.objects.count(), Company.objects.count()) == (0, 0)


def test_the_api_lists_definitions_and_hides_the_values_of_archived_ones(fields: World, api: Client) -> None:
    put(api, email="a@b.example", custom=ALL)
    with organisation_scope(fields.organisation.pk):
        note = CustomField.objects.get(key="note")
        archive_field(fields.organisation, field_id=note.pk, by=fields.admin)
    items = api.get("/api/v1/fields").json()["items"]
    assert [(one["subject"], one["key"], one["type"], one["is_archived"]) for one in items] == [
        ("contact", "note", "text", True),
        ("contact", "budget", "number", False),
        ("contact", "next_call", "date", False),
        ("contact", "size", "choice", False),
        ("contact", "trades", "choices", False),
        ("contact", "has_robots", "boolean", False),
        ("company", "machines", "number", False),
    ]
    assert items[3]["choices"] == [
        {"code": "small", "label": "Small", "is_offered": True},
        {"code": "large", "label": "Large", "is_offered": True},
    ]
    assert "note" not in api.get("/api/v1/contacts").json()["items"][0]["custom"]
    assert api.get("/api/v1/fields?subject=visitor").status_code == 422
    assert stored(fields)["note"] == "Zoé & Co"
