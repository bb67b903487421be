"""What Ctrl-K finds: people, companies and things by name, pages and acts by right."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from contacts.models import Company, Contact
from nurturing.models import Scenario
from prm.organisations.links import org_reverse
from prm.organisations.models import Role
from prm.organisations.rights import RIGHTS
from prm.organisations.scope import organisation_scope
from prm.web.finding import _commands, list_commands
from tests.conftest import World
from touchpoints.starting_set import add_starting_set


@pytest.mark.parametrize("name", sorted(_commands))
def test_a_command_asks_for_what_its_page_asks_for(world: World, name: str) -> None:
    view = resolve(org_reverse(world.organisation, name)).func
    assert _commands[name].right == view.right  # type: ignore[attr-defined]


def test_a_viewer_is_offered_nothing_they_may_not_do(world: World) -> None:
    page = world.client(world.viewer).get(world.path()).content.decode()
    assert f'href="{world.path("contacts/new/")}"' not in page
    assert f'href="{world.path("contacts/tags/")}"' in page
    everything = list_commands(world.organisation, frozenset(right.value for right in RIGHTS[Role.ADMIN]))
    assert len(everything) == len(_commands)


def test_things_are_found_by_name_within_twelve_queries(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        acme = Company.objects.create(organisation=world.organisation, name="Aciéries Webb", name_key="x")
        Contact.objects.create(organisation=world.organisation, first_name="Zoé", last_name="Webber", company=acme)
        Scenario.objects.create(organisation=world.organisation, name="Webinaire, suite")
        add_starting_set(world.organisation, by=world.admin)
    with organisation_scope(world.twin.pk):
        Contact.objects.create(organisation=world.twin, last_name="Webber")
    client = world.client(world.marketer)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = client.get(world.path("find/"), {"q": "WÉB"}, headers={"hx-request": "true"})
    text = answer.content.decode()
    assert [text.count(name) for name in ("Zoé Webber", "<small>Company", "Webinaire, suite")] == [1, 1, 1]
    assert "<small>Touchpoint" in text
    assert len(queries) <= 12
    one = client.get(world.path("find/"), {"q": "w"}, headers={"hx-request": "true"}).content.decode()
    assert "Zoé" not in one
