"""Views for tests, and what a page shows of them."""

from typing import Any

from django.test import Client

from contacts.listing.contacts import CONTACT_LIST
from prm.lists import services
from prm.lists.models import SavedView
from prm.lists.opening import State
from prm.organisations.models import User
from prm.organisations.scope import organisation_scope
from tests.conftest import World
from tests.lists.test_columns import member, rows

MQLS = State({"stage": "mql"}, "name", ("name", "email"))


def keep(world: World, user: User, name: str, state: State = MQLS, **more: Any) -> SavedView:
    with organisation_scope(world.organisation.pk):
        return services.create_view(
            world.organisation, listing=CONTACT_LIST, member=member(world, user), name=name, state=state, **more
        )


def names(html: str) -> list[str]:
    return [row[1].split("  ")[0].split(" ")[1] for row in rows(html)] if "<tbody>" in html else []


def opened(client: Client, address: str) -> Any:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.context["opened"]


def tabs(client: Client, world: World) -> list[str]:
    return [view.name for view in opened(client, world.path("contacts/?view=all")).views]
