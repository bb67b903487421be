"""Home and guide, as each role sees them."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.models import Contact
from prm.organisations.scope import organisation_scope
from scoring.handoffs.queue import list_first
from tests.conftest import World
from tests.steering.test_activation import NOW, acted, ago, person
from tests.steering.test_figures import handed_over
from touchpoints.kinds import ensure_kinds
from touchpoints.models import ConsumerCursor, Touchpoint, Verdict
from touchpoints.starting_set import add_starting_set

# Of the page and its frame; entering and leaving the organisation's scope and the list of signed-in sessions aside.
BUDGET = 12
ASIDE = ("set_config", "usersessions", "SAVEPOINT")


def fill(world: World) -> None:
    """Give both organisations the same, so that a missing filter doubles what is shown."""
    for organisation in (world.twin, world.organisation):
        with organisation_scope(organisation.pk):
            ensure_kinds(organisation)
            for number in range(8):
                one = person(organisation, f"p{number}", ("suspect", 90), ("prospect", 40 - number * 4))
                if number < 2:
                    acted(organisation, one, "webinar", 3)
                acted(organisation, one, "email_opened", 2)
                acted(organisation, one, "form_sent", 2, Verdict.BOT)
            values: dict[str, Any] = {"organisation": organisation, "channel": "website"}
            Touchpoint.objects.create(code="a", name="Quote request", importance=5, perceived_quality=1, **values)
    with organisation_scope(world.organisation.pk):
        handed_over(world, 1, due_at=ago(0.1))
        handed_over(world, 2, status="claimed", claimed_by=world.sales)
        handed_over(world, 3, status="accepted", answered_at=ago(1))
        handed_over(world, 4, status="rejected", reason="no_budget", answered_at=ago(2))
        ConsumerCursor.objects.create(organisation=world.organisation, consumer="scoring", failures=2, retry_at=NOW)


def test_home_shows_the_figures_of_this_organisation_alone(world: World) -> None:
    fill(world)
    page = world.client(world.marketer).get(world.path()).text
    # 2 of 8 prospects and 3 MQLs-to-be are in relation: 2 / 12.
    assert "The activation rate is <b>16.7%</b>." in page
    assert "3 subjects ask for your attention." in page
    assert "1 MQL is over its delay" in page
    assert "“Quote request” is an irritant" in page
    assert "Scores do not follow" in page
    assert "Rejected, no budget" in page
    assert "Open the queue" not in page


def test_a_rep_sees_their_queue_first(world: World) -> None:
    fill(world)
    page = world.client(world.sales).get(world.path()).text
    assert "You have <b>1 MQL</b> to answer" in page
    assert page.index("In my hands") < page.index("Next in the queue") < page.index("Activation rate")
    assert "h1@b.example" in page
    assert "h2@b.example" in page
    assert "h3@b.example" not in page


def test_a_viewer_sees_home_without_what_they_may_not_do(world: World) -> None:
    fill(world)
    page = world.client(world.viewer).get(world.path()).text
    assert "Activation rate" in page
    assert "contacts/imports" not in page
    assert "settings/kinds" not in page
    # They could not fix it.
    assert "is an irritant" not in page


@pytest.mark.parametrize("role", ["admin", "marketer", "sales", "viewer"])
def test_home_keeps_to_its_budget_of_queries(world: World, role: str) -> None:
    fill(world)
    client = world.client(getattr(world, role))
    client.get(world.path())
    with CaptureQueriesContext(connection) as queries:
        assert client.get(world.path()).status_code == 200
    counted = [query["sql"][:160] for query in queries if not any(word in query["sql"] for word in ASIDE)]
    # The session's person is read twice: by the page, and for the list of sessions.
    assert len(counted) - 1 <= BUDGET, "\n".join(counted)


def test_a_new_organisation_begins_with_the_guide(world: World) -> None:
    page = world.client(world.admin).get(world.path()).text
    assert "Welcome to Solvane" in page
    assert "Done: <b>1 of 12</b>; next: List the touchpoints." in page
    assert "Activation rate" not in page


def test_a_rep_of_a_new_organisation_begins_with_the_queue(world: World) -> None:
    page = world.client(world.sales).get(world.path()).text
    assert "You have no MQL in hand" in page
    assert "Welcome to Solvane" not in page


def test_the_guide_marks_what_is_done_and_names_what_is_next(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        add_starting_set(world.organisation, by=None)
        Contact.objects.create(organisation=world.organisation, email="a@b.example")
    page = world.client(world.marketer).get(world.path("guide/")).text
    # Listed, moments of truth, entry points, contacts, a sales rep.
    assert "Done: <b>5 of 12</b>; next: Rate importance and quality." in page
    # What only an admin may do is named, without a link.
    assert "Invite a sales rep" in page
    assert "settings/members" not in page


def test_only_members_come_in(world: World) -> None:
    client = world.client(world.twin_admin)
    assert client.get(world.path()).status_code == 404
    assert client.get(world.path("guide/")).status_code == 404
    assert client.get(f"/o/{world.twin.slug}/").status_code == 200


def test_a_reps_lists_come_in_their_own_orders(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        for number, values in enumerate(
            [
                {"total": 30, "opened_at": ago(1)},
                {"total": 40, "opened_at": ago(0.5)},
                {"total": 30, "opened_at": ago(2)},
                {"status": "claimed", "claimed_by": world.sales, "due_at": ago(-2)},
                {"status": "claimed", "claimed_by": world.sales, "due_at": ago(-1)},
                {"status": "claimed", "claimed_by": world.admin},
            ]
        ):
            handed_over(world, number, **values)
        mine, waiting = list_first(world.organisation, world.sales, limit=2)
    assert [lead.handoff.contact.email for lead in mine] == ["h4@b.example", "h3@b.example"]
    assert [lead.handoff.contact.email for lead in waiting] == ["h1@b.example", "h2@b.example"]
