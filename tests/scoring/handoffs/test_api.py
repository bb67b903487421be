"""A CRM converts by the API: once however often it is said, refused in words where it cannot be."""

from typing import Any

import pytest
from django.test import Client

from contacts.models import Stage
from prm.organisations.api_keys import create_key
from prm.organisations.scope import organisation_scope
from scoring.handoffs.models import Entry
from scoring.models import Handoff
from tests.conftest import World
from tests.scoring.handoffs.worlds import open_handoff


@pytest.fixture
def crm(scoped: World) -> Client:
    _key, token = create_key(scoped.organisation, name="CRM", scopes=("handoffs.work",), by=None)
    return Client(headers={"authorization": f"Bearer {token}", "accept-language": "en"})


def convert(client: Client, handoff: Handoff, body: Any) -> Any:
    path = f"/api/v1/handoffs/{handoff.pk}/convert"
    return client.post(path, body, content_type="application/json")


def test_what_is_sent_twice_converts_once(scoped: World, crm: Client) -> None:
    handoff = open_handoff(scoped.organisation)
    said = {"amount_cents": 125_000, "currency": "EUR", "note": "Signé à l’instant"}

    answers = [convert(crm, handoff, said) for _time in range(2)]

    assert [one.status_code for one in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert (answers[0].json()["outcome"], answers[0].json()["amount_cents"]) == ("customer", 125_000)
    entry = Entry.objects.get(handoff=handoff, deed="converted")
    assert (entry.amount_cents, entry.note) == (125_000, "Signé à l’instant")
    handoff.contact.refresh_from_db()
    assert handoff.contact.stage == Stage.CUSTOMER


def test_another_amount_is_a_conflict_and_the_first_stays(scoped: World, crm: Client) -> None:
    handoff = open_handoff(scoped.organisation)
    convert(crm, handoff, {"amount_cents": 100})

    refused = convert(crm, handoff, {"amount_cents": 200})

    assert refused.status_code == 409
    assert "another amount" in refused.content.decode()
    handoff.refresh_from_db()
    assert handoff.amount_cents == 100


@pytest.mark.parametrize(
    "body",
    [{"amount_cents": -1}, {"amount_cents": "lots"}, {"currency": "EURO"}, {"note": "x" * 501}, "{", "[]"],
)
def test_a_body_that_cannot_be_is_refused_and_nothing_is_written(scoped: World, crm: Client, body: Any) -> None:
    handoff = open_handoff(scoped.organisation)

    assert convert(crm, handoff, body).status_code in {400, 422}

    handoff.refresh_from_db()
    handoff.contact.refresh_from_db()
    assert (handoff.status, handoff.outcome, handoff.contact.stage) == ("waiting", "", Stage.MQL)


def test_another_organisations_handoff_is_not_there(scoped: World, crm: Client) -> None:
    with organisation_scope(scoped.twin.pk):
        theirs = open_handoff(scoped.twin)

    assert convert(crm, theirs, {"amount_cents": 100}).status_code == 404

    with organisation_scope(scoped.twin.pk):
        theirs.refresh_from_db()
        assert theirs.outcome == ""


def test_a_key_that_only_looks_converts_nobody(scoped: World) -> None:
    handoff = open_handoff(scoped.organisation)
    _key, token = create_key(scoped.organisation, name="BI", scopes=("handoffs.view",), by=None)

    client = Client(headers={"authorization": f"Bearer {token}"})

    assert convert(client, handoff, {"amount_cents": 100}).status_code == 403
    handoff.refresh_from_db()
    assert handoff.outcome == ""
