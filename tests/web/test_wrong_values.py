"""What no page offers but anybody can send: refused or left out, never a fault of ours."""

from time import process_time

import pytest
from django.test import Client

from contacts.models import Company
from nurturing.scenarios import ScenarioInput, create_scenario
from nurturing.steps import add_step
from prm.access_log import bare_path
from prm.organisations.scope import organisation_scope
from prm.web.numbers import read_id
from tests.conftest import World
from touchpoints.services import add_kind

NUMBERS = ["²", "٣", "9" * 5000, "9" * 18, "-1", "1e9", "a\x00b", ""]


@pytest.fixture
def client(world: World) -> Client:
    client = world.client(world.admin)
    client.raise_request_exception = False
    return client


@pytest.fixture
def step_id(world: World) -> int:
    with organisation_scope(world.organisation.pk):
        scenario = create_scenario(
            world.organisation,
            values=ScenarioInput(name="Welcome", trigger="form", trigger_tier=None, trigger_touchpoint_id=None),
            by=world.admin,
        )
        return add_step(world.organisation, scenario_id=scenario.pk, kind="email", after=0, by=world.admin).pk


@pytest.mark.parametrize(
    ("text", "number"), [("7", 7), ("9" * 18, 10**18 - 1), ("9" * 19, None), ("²", None), ("٣", None), ("", None)]
)
def test_an_id_is_read_from_plain_digits_alone(text: str, number: int | None) -> None:
    assert read_id(text) == number


@pytest.mark.parametrize("number", NUMBERS)
def test_an_id_that_is_none_is_no_fault_of_ours(world: World, client: Client, step_id: int, number: str) -> None:
    asked = {
        "contacts/": {"owner": number, "company": number},
        "messages/": {"step": number},
        f"scenarios/steps/{step_id}/": {"job": number},
        "scoring/": {"version": number},
        "settings/audit/": {"actor": number, "object_id": number},
    }
    sent = {
        "contacts/bulk/opt-out/": {"ids": number},
        "scenarios/contacts/1/": {"scenario": number},
        "scoring/draft/": {"version": number},
    }
    statuses = [client.get(world.path(path), data).status_code for path, data in asked.items()]
    statuses += [client.post(world.path(path), data).status_code for path, data in sent.items()]
    assert max(statuses) < 500


def test_characters_that_cannot_be_stored_are_refused(world: World, client: Client) -> None:
    with organisation_scope(world.organisation.pk):
        kind = add_kind(world.organisation, code="demo_seen", name="Demo", engages=True, activates=True, by=world.admin)
    assert client.get(world.path("settings/members/"), {"q": "a\x00b"}).status_code == 200
    answer = client.post(world.path("settings/kinds/"), {"name-demo_seen": "a\x00b", "engages": "demo_seen"})
    assert answer.status_code == 422
    with organisation_scope(world.organisation.pk):
        kind.refresh_from_db()
    assert (kind.name, kind.engages, kind.activates) == ("Demo", True, True)


@pytest.mark.parametrize("headers", [{}, {"host": "evil.example"}, {"hx-request": "true"}])
def test_what_cannot_be_taken_is_refused_in_the_readers_language(world: World, headers: dict[str, str]) -> None:
    client = Client(headers={"accept-language": "fr", **headers}, raise_request_exception=False)
    client.force_login(world.admin)
    answer = client.post(world.path("contacts/new/"), {f"field{number}": "x" for number in range(1100)})
    words = "Nous ne pouvons pas" if "hx-request" not in headers else ""
    assert (answer.status_code, words in answer.content.decode()) == (400, True)
    assert "evil.example" not in answer.content.decode()


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_ends_of_the_calendar_are_days_as_others(world: World, client: Client, day: str) -> None:
    for page in ("settings/audit/", "settings/audit/export/"):
        assert client.get(world.path(page), {"from_on": day, "to_on": day}).status_code == 200


@pytest.mark.parametrize("target", ["nowhere", "²", "//evil.example", "https://evil.example", "javascript:alert(1)"])
def test_who_enriches_a_company_stays_here(world: World, client: Client, target: str) -> None:
    with organisation_scope(world.organisation.pk):
        company = Company.objects.create(organisation=world.organisation, name="Acme", name_key="acme")
    answer = client.post(world.path(f"enrichment/companies/{company.pk}/"), {"next": target})
    assert (answer.status_code, answer.headers["Location"]) == (302, world.path("enrichment/"))


def test_a_preview_of_a_text_that_cannot_be_kept_is_cut_short(world: World, client: Client, step_id: int) -> None:
    before = process_time()
    answer = client.post(world.path(f"scenarios/steps/{step_id}/preview/"), {"subject": "x", "body": "{%" * 200_000})
    assert answer.status_code == 200
    assert process_time() - before < 5


@pytest.mark.parametrize(
    ("path", "logged"),
    [
        ("/o/demo/contacts/7/", "/o/demo/contacts/7/"),
        ("/u/1:2:secret/", "/u/…/"),
        ("/invitations/demo/secret/", "/invitations/demo/…/"),
        ("/accounts/password/reset/key/1-secret/", "/accounts/password/reset/key/…/"),
    ],
)
def test_the_access_log_keeps_no_secret(path: str, logged: str) -> None:
    assert bare_path(path) == logged
