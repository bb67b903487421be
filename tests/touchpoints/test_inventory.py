"""The inventory's pages, as people use them."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from contacts.models import Contact
from prm.organisations.scope import organisation_scope
from tests.conftest import World
from touchpoints import queries, services
from touchpoints.models import Touchpoint, Verdict
from touchpoints.queries import Filters, Touches, get_figures, list_inventory
from touchpoints.recording import NewInteraction, record
from touchpoints.starting_set import add_starting_set


def add(world: World, name: str, **values: Any) -> Touchpoint:
    return services.create_touchpoint(
        world.organisation, values={"name": name, "channel": "website", **values}, by=world.marketer
    )


def happened(world: World, touchpoint: Touchpoint, contact: Contact, *, days_ago: float = 1, **more: Any) -> None:
    at = timezone.now() - timedelta(days=days_ago)
    record(
        world.organisation,
        [
            NewInteraction(
                more.pop("kind", "page_view"), contact.pk, touchpoint_id=touchpoint.pk, occurred_at=at, **more
            )
        ],
    )


def fill_twin(world: World) -> None:
    """Give the twin the same names, so that a missing filter changes counts."""
    with organisation_scope(world.twin.pk):
        add_starting_set(world.twin, by=None)
        twin_contact = Contact.objects.create(organisation=world.twin, email="a@b.example")
        pricing = Touchpoint.objects.get(code="pricing")
        record(world.twin, [NewInteraction("page_view", twin_contact.pk, touchpoint_id=pricing.pk)] * 7)


def test_the_inventory_counts_human_acts_of_90_days_and_different_contacts(world: World) -> None:
    fill_twin(world)
    with organisation_scope(world.organisation.pk):
        pricing = add(world, "Pricing", code="pricing")
        one, two = (
            Contact.objects.create(organisation=world.organisation, email=email)
            for email in ("a@b.example", "c@d.example")
        )
        happened(world, pricing, one)
        happened(world, pricing, one, days_ago=89)
        happened(world, pricing, two)
        happened(world, pricing, two, days_ago=91)
        happened(world, pricing, two, verdict=Verdict.BOT)
        inventory = list_inventory(world.organisation, Filters())
    assert [(row.number, row.touchpoint.code, row.touches) for row in inventory.rows] == [
        (1, "pricing", Touches(interactions=3, contacts=2))
    ]


def test_numbers_follow_channel_and_name_whatever_the_filter_and_sort(scoped: World) -> None:
    add(scoped, "B", importance=5, objective_quality=1)
    add(scoped, "A", importance=2)
    add(scoped, "Salon", channel="event", importance=4, perceived_quality=5)
    everything = list_inventory(scoped.organisation, Filters(), sort="importance", descending=True)
    assert [(row.number, row.touchpoint.name) for row in everything.rows] == [(2, "B"), (3, "Salon"), (1, "A")]
    assert (everything.total, everything.irritants, everything.unrated) == (3, 1, 1)
    events = list_inventory(scoped.organisation, Filters(channel="event"))
    assert [row.number for row in events.rows] == [3]
    assert [row.touchpoint.name for row in list_inventory(scoped.organisation, Filters(mark="irritant")).rows] == ["B"]
    assert [row.touchpoint.name for row in list_inventory(scoped.organisation, Filters(mark="protect")).rows] == [
        "Salon"
    ]
    assert [row.touchpoint.name for row in list_inventory(scoped.organisation, Filters(search="sal")).rows] == ["Salon"]


def test_what_has_no_value_comes_last_either_way(scoped: World) -> None:
    add(scoped, "Known", monthly_cost_cents=100)
    add(scoped, "Unknown")
    for descending in (False, True):
        found = list_inventory(scoped.organisation, Filters(), sort="cost", descending=descending)
        assert [row.touchpoint.name for row in found.rows] == ["Known", "Unknown"]


def test_an_empty_inventory_offers_the_usual_touchpoints(world: World) -> None:
    client = world.client(world.marketer)
    page = client.get(world.path("touchpoints/"))
    assert page.status_code == 200
    assert "Start from the 24 usual ones" in page.text
    assert client.post(world.path("touchpoints/usual/")).status_code == 302
    with organisation_scope(world.organisation.pk):
        assert Touchpoint.objects.count() == 24
    page = client.get(world.path("touchpoints/"))
    assert "<b>24 touchpoints</b> in use" in page.text
    assert "24 are not rated yet" in page.text


def test_the_address_holds_filters_and_sort(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        add_starting_set(world.organisation, by=None)
    page = world.client(world.viewer).get(world.path("touchpoints/?channel=event&sort=-interactions&mark=nonsense"))
    assert page.text.count('class="strong" href="/o/solvane/touchpoints/') == 2
    assert 'aria-sort="descending"' in page.text


def test_a_marketer_creates_and_rates_a_touchpoint(world: World) -> None:
    client = world.client(world.marketer)
    values = {"name": "Trade show", "channel": "event", "direction": "inbound", "importance": "5"}
    created = client.post(
        world.path("touchpoints/new/"),
        {**values, "objective_quality": "2", "perceived_quality": "1", "monthly_cost": "1250.50"},
    )
    assert created.status_code == 302
    with organisation_scope(world.organisation.pk):
        one = Touchpoint.objects.get()
    assert (one.code, one.importance, one.quality, one.monthly_cost_cents) == ("trade-show", 5, 1.5, 125050)
    page = client.get(f"{created['Location']}?panels=all")
    assert "irritant" in page.text
    assert "Fix first" in page.text


def test_rating_from_the_matrix_comes_back_to_it(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        one = add(world, "Blog")
    client = world.client(world.marketer)
    rate = world.path(f"touchpoints/{one.pk}/rate/?from=matrix")
    assert rate in client.get(world.path("touchpoints/matrix/")).text
    assert client.post(rate, {"importance": "3"})["Location"] == world.path("touchpoints/matrix/")


def test_a_form_with_a_mistake_is_shown_again_and_nothing_is_written(world: World) -> None:
    client = world.client(world.marketer)
    refused = client.post(world.path("touchpoints/new/"), {"name": "", "channel": "moon", "importance": "9"})
    assert refused.status_code == 422
    with organisation_scope(world.organisation.pk):
        assert Touchpoint.objects.count() == 0
        add(world, "One", code="one")
    taken = client.post(
        world.path("touchpoints/new/"), {"name": "Two", "channel": "event", "direction": "inbound", "code": "one"}
    )
    assert taken.status_code == 422
    assert "Another touchpoint has this API name." in taken.text


@pytest.mark.parametrize("path", ["new/", "usual/", "{pk}/edit/", "{pk}/archive/", "{pk}/restore/"])
def test_viewers_and_reps_cannot_change_the_inventory(world: World, path: str) -> None:
    with organisation_scope(world.organisation.pk):
        one = add(world, "One")
    for user in (world.viewer, world.sales):
        assert world.client(user).post(world.path(f"touchpoints/{path.format(pk=one.pk)}")).status_code == 403
    with organisation_scope(world.organisation.pk):
        assert Touchpoint.objects.get().archived_at is None


def test_archiving_leaves_the_inventory_and_the_matrix_and_can_be_undone(world: World) -> None:
    client = world.client(world.marketer)
    with organisation_scope(world.organisation.pk):
        one = add(world, "Fax machine", importance=4, objective_quality=4)
    archived = client.post(world.path(f"touchpoints/{one.pk}/archive/"), follow=True)
    assert "“Fax machine” is archived." in archived.text
    assert "Fax machine" not in client.get(world.path("touchpoints/matrix/")).text
    assert "Fax machine" not in client.get(world.path("touchpoints/")).text
    assert "Fax machine" in client.get(world.path("touchpoints/?archived=1")).text
    client.post(world.path(f"touchpoints/{one.pk}/restore/"))
    assert "Fax machine" in client.get(world.path("touchpoints/matrix/")).text


def test_the_matrix_marks_irritants_and_moments_of_truth_and_names_what_is_not_rated(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        add(world, "Quote request", importance=5, perceived_quality=2, is_moment_of_truth=True)
        add(world, "Blog", importance=2, objective_quality=4)
        unrated = add(world, "Chat")
    page = world.client(world.marketer).get(world.path("touchpoints/matrix/")).text
    assert "<b>Fix 1 touchpoint first</b>: Quote request." in page
    assert page.count('class="pt g1 mot irr"') == 1
    assert page.count('class="pt g1"') == 1
    assert f'href="/o/solvane/touchpoints/{unrated.pk}/rate/?from=matrix"' in page


def test_a_touchpoints_figures_count_weeks_kinds_and_what_came_of_it(world: World) -> None:
    fill_twin(world)
    with organisation_scope(world.organisation.pk):
        pricing = add(world, "Pricing", code="pricing")
        contacts = [Contact.objects.create(organisation=world.organisation, email=f"{n}@b.example") for n in range(4)]
        for contact in contacts:
            happened(world, pricing, contact, days_ago=10)
        happened(world, pricing, contacts[0], days_ago=1, kind="form_sent")
        happened(world, pricing, contacts[0], days_ago=85)
        happened(world, pricing, contacts[3], days_ago=1, verdict=Verdict.BOT)
        for contact, stage, days in ((contacts[0], "mql", 5), (contacts[1], "mql", 20), (contacts[2], "customer", 2)):
            contact.stage_changes.create(
                organisation=world.organisation,
                from_stage="prospect",
                to_stage=stage,
                cause="person",
                at=timezone.now() - timedelta(days=days),
            )
        figures = get_figures(world.organisation, pricing).value
    assert figures.weeks == (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 1)
    assert [(kind.code, kind.count) for kind in figures.kinds] == [("page_view", 4), ("form_sent", 1)]
    converted = figures.conversions
    assert (converted.contacts, converted.prospects, converted.mqls, converted.customers) == (4, 0, 1, 1)


def test_a_touchpoints_page_stands_before_many_interactions_are_counted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "LIVE_ACTS", 2)
    fill_twin(world)
    with organisation_scope(world.organisation.pk):
        pricing, blog = add(world, "Pricing", code="pricing"), add(world, "Blog")
        contact = Contact.objects.create(organisation=world.organisation, email="a@b.example")
        for days in (1, 2, 400):
            happened(world, pricing, contact, days_ago=days)
        for days in (1, 2, 3):
            happened(world, blog, contact, days_ago=days)
    client = world.client(world.viewer)
    # Two in a year are counted at once.
    assert "<b>2 interactions</b> in 12 weeks" in client.get(world.path(f"touchpoints/{pricing.pk}/")).text
    address = world.path(f"touchpoints/{blog.pk}/")
    page = client.get(address)
    assert page.status_code == 200
    assert 'hx-get="?counted=1"' in page.text
    assert "Counting what happened here" in page.text
    assert "became prospects afterwards" not in page.text
    page = client.get(f"{address}?counted=1")
    assert "<b>3 interactions</b> in 12 weeks" in page.text
    assert "became prospects afterwards" in page.text
    assert 'hx-get="?counted=1"' not in page.text


@pytest.mark.parametrize("path", ["", "edit/", "archive/", "restore/"])
def test_a_touchpoint_of_the_twin_does_not_exist(world: World, path: str) -> None:
    with organisation_scope(world.twin.pk):
        add_starting_set(world.twin, by=None)
        foreign = Touchpoint.objects.first()
    assert foreign is not None
    client = world.client(world.admin)
    url = world.path(f"touchpoints/{foreign.pk}/{path}")
    assert (client.post(url) if path in {"archive/", "restore/"} else client.get(url)).status_code == 404
    assert client.get(f"/o/{world.twin.slug}/touchpoints/").status_code == 404
