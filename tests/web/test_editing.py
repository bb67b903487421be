"""Two people edit one thing at the same time: what each changed is kept, and what neither touched."""

from html.parser import HTMLParser

import pytest
from django.test import Client

from contacts.models import Company, Contact
from prm.organisations.scope import organisation_scope
from tests.conftest import World
from touchpoints.models import Touchpoint


class Controls(HTMLParser):
    """Reads what a browser would send for the controls of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.open = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, value = given.get("name") or "", given.get("value") or ""
        is_box = given.get("type") in {"checkbox", "radio"}
        if tag == "input" and (not is_box or "checked" in given):
            self.values[name] = value or ("on" if is_box else "")
        if tag in {"select", "textarea"}:
            self.open = name
            self.values.setdefault(name, "")
        if tag == "option" and "selected" in given:
            self.values[self.open] = value


def form_of(client: Client, address: str) -> dict[str, str]:
    reader = Controls()
    reader.feed(client.get(address).content.decode())
    return reader.values


@pytest.mark.parametrize(
    ("path", "mine", "theirs"),
    [
        ("contacts/{contact}/edit/", {"job_title": "CFO"}, {"source": "Salon", "company": "Verralys"}),
        ("companies/{company}/edit/", {"city": "Nantes"}, {"postcode": "44000"}),
        ("touchpoints/{touchpoint}/edit/", {"direction": "outbound"}, {"description": "Reads", "monthly_cost": "12.5"}),
    ],
)
def test_neither_takes_back_what_the_other_changed(
    world: World, path: str, mine: dict[str, str], theirs: dict[str, str]
) -> None:
    with organisation_scope(world.organisation.pk):
        company = Company.objects.create(organisation=world.organisation, name="Old", name_key="old")
        contact = Contact.objects.create(
            organisation=world.organisation, email="a@verralys.example", job_title="CEO", company=company
        )
        touchpoint = Touchpoint.objects.create(
            organisation=world.organisation, name="Site", code="site", channel="website", is_entry_point=True
        )
    address = world.path(path.format(contact=contact.pk, company=company.pk, touchpoint=touchpoint.pk))
    one, two = world.client(world.marketer), world.client(world.admin)
    seen_by_one, seen_by_two = form_of(one, address), form_of(two, address)

    assert one.post(address, {**seen_by_one, **mine}).status_code == 302
    assert two.post(address, {**seen_by_two, **theirs}).status_code == 302

    now = form_of(one, address)
    expected = {name: value for name, value in seen_by_one.items() if not name.startswith(("initial-", "csrf", "q"))}
    assert {name: now.get(name) for name in expected} == {**expected, **mine, **theirs}


def test_what_is_emptied_is_empty(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        contact = Contact.objects.create(
            organisation=world.organisation, email="a@verralys.example", external_id="7", job_title="CEO"
        )
    client = world.client(world.marketer)
    address = world.path(f"contacts/{contact.pk}/edit/")
    assert client.post(address, {**form_of(client, address), "job_title": "", "external_id": ""}).status_code == 302
    with organisation_scope(world.organisation.pk):
        contact.refresh_from_db()
    assert (contact.job_title, contact.external_id, contact.email) == ("", None, "a@verralys.example")
