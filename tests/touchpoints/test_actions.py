"""Enrichment actions: planned, moved, put away; the board; who may; the API; what needs the marketer."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from prm.organisations.api_keys import create_key
from prm.organisations.models import AuditEntry, Membership
from prm.organisations.scope import organisation_scope
from prm.work.errors import Invalid, NotFound
from steering.concerns import notices_for
from steering.queries import measure_day
from tests.conftest import World
from tests.touchpoints.test_inventory import add
from touchpoints.actions import queries, services
from touchpoints.actions.models import EnrichmentAction, Status
from touchpoints.actions.queries import MOST_DONE, Filters
from touchpoints.models import Touchpoint
from touchpoints.services import archive_touchpoint


def plan(world: World, touchpoint: Touchpoint, title: str = "Shorten the form", **values: Any) -> EnrichmentAction:
    return services.create_action(
        world.organisation, values={"touchpoint_id": touchpoint.pk, "title": title, **values}, by=world.marketer
    )


def days_from_today(days: int) -> date:
    return timezone.localdate() + timedelta(days=days)


def plan_in_twin(world: World) -> EnrichmentAction:
    """Give the twin an action of the same title, late as well."""
    with organisation_scope(world.twin.pk):
        touchpoint = Touchpoint.objects.create(organisation=world.twin, code="form", name="Form", channel="website")
        return services.create_action(
            world.twin,
            values={"touchpoint_id": touchpoint.pk, "title": "Shorten the form", "due_on": days_from_today(-9)},
            by=world.twin_admin,
        )


def test_a_state_brings_its_days_along_and_takes_them_away(scoped: World) -> None:
    one = plan(scoped, add(scoped, "Form"))
    assert (one.status, one.began_on, one.done_on, one.created_by) == ("todo", None, None, scoped.marketer)

    def move(status: str, **values: Any) -> tuple[date | None, date | None, Any]:
        moved = services.update_action(
            scoped.organisation, action_id=one.pk, values={"status": status, **values}, by=scoped.marketer
        )
        return moved.began_on, moved.done_on, moved.done_by

    today = timezone.localdate()
    assert move("doing") == (today, None, None)
    assert move("doing", began_on=days_from_today(-5)) == (days_from_today(-5), None, None)
    assert move("done") == (days_from_today(-5), today, scoped.marketer)
    assert move("doing") == (days_from_today(-5), None, None)
    assert move("todo") == (None, None, None)
    assert move("done", done_on=days_from_today(-3)) == (days_from_today(-3), days_from_today(-3), scoped.marketer)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "a\x00"}, "title"),
        ({"status": "later"}, "status"),
        ({"lever": "sideways"}, "lever"),
        ({"cost_cents": -1}, "cost_cents"),
        ({"status": "done", "began_on": "in 1"}, "began_on"),
        ({"status": "done", "done_on": "in 1"}, "done_on"),
        ({"status": "done", "began_on": "in -1", "done_on": "in -2"}, "done_on"),
        ({"began_on": "in -1"}, "began_on"),
        ({"status": "doing", "done_on": "in -1"}, "done_on"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(scoped: World, values: dict[str, Any], field: str) -> None:
    one = plan(scoped, add(scoped, "Form"))
    before = EnrichmentAction.objects.values().get()
    given = {
        name: days_from_today(int(value[3:])) if isinstance(value, str) and value.startswith("in ") else value
        for name, value in values.items()
    }
    with pytest.raises(Invalid) as refusal:
        services.update_action(scoped.organisation, action_id=one.pk, values=given, by=scoped.marketer)
    assert list(refusal.value.fields) == [field]
    assert EnrichmentAction.objects.values().get() == before


def test_owner_and_touchpoint_are_the_organisations_own(world: World) -> None:
    foreign = plan_in_twin(world)
    with organisation_scope(world.organisation.pk):
        form = add(world, "Form")
        for values, field in (
            ({"touchpoint_id": foreign.touchpoint_id}, "touchpoint"),
            ({"touchpoint_id": None}, "touchpoint"),
            ({"owner_id": world.twin_admin.pk}, "owner"),
        ):
            with pytest.raises(Invalid) as refusal:
                plan(world, form, **values)
            assert list(refusal.value.fields) == [field]
        for act in (services.delete_action, services.restore_action):
            with pytest.raises(NotFound):
                act(world.organisation, action_id=foreign.pk, by=world.admin)
        # Who left keeps what was theirs, until somebody else is chosen.
        one = plan(world, form, owner_id=world.sales.pk)
        Membership.objects.filter(user=world.sales).delete()
        services.update_action(world.organisation, action_id=one.pk, values={"title": "Other"}, by=world.admin)
        assert EnrichmentAction.objects.get().owner == world.sales


def test_the_board_orders_by_due_day_and_keeps_what_is_done_short(world: World) -> None:
    plan_in_twin(world)
    with organisation_scope(world.organisation.pk):
        form, show, gone = add(world, "Form"), add(world, "Show", channel="event"), add(world, "Fax")
        plan(world, form, "whenever")
        plan(world, form, "soon", due_on=days_from_today(2), owner_id=world.sales.pk)
        plan(world, show, "late", due_on=days_from_today(-1))
        plan(world, show, "today", due_on=days_from_today(0))
        plan(world, gone, "gone")
        archive_touchpoint(world.organisation, touchpoint_id=gone.pk, by=world.admin)
        for number in range(MOST_DONE + 2):
            plan(world, form, f"done {number:02}", status="done", done_on=days_from_today(-number), due_on="2020-01-01")

        def titles(filters: Filters = Filters()) -> list[list[str]]:  # noqa: B008  (frozen)
            board = queries.get_board(world.organisation, filters)
            return [[one.title for one in column.actions] for column in board.columns]

        board = queries.get_board(world.organisation, Filters())
        todo, doing, done = titles()
        assert todo == ["late", "today", "soon", "whenever"]
        assert doing == []
        assert (done[0], done[-1], len(done)) == ("done 00", "done 19", MOST_DONE)
        assert (board.late, board.open, board.planned, board.columns[2].hidden) == (1, 4, 26, 2)
        assert queries.get_board(world.organisation, Filters(), all_done=True).columns[2].hidden == 0
        assert titles(Filters(touchpoint_id=show.pk))[0] == ["late", "today"]
        assert titles(Filters(channel="event"))[0] == ["late", "today"]
        assert titles(Filters(owner_id=world.sales.pk)) == [["soon"], [], []]


def test_a_marketer_plans_from_the_touchpoint_and_moves_without_scripts(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        form = add(world, "Form")
    client = world.client(world.marketer)
    # The panel is fetched from an address of its own, and leads back to the page all the same.
    page = client.get(world.path(f"touchpoints/{form.pk}/panels/touchpoints-actions-touchpoint_panel/")).text
    assert "Nothing is planned here." in page
    new = world.path(f"touchpoints/actions/new/?touchpoint={form.pk}&back={world.path(f'touchpoints/{form.pk}/')}")
    assert new.replace("&", "&amp;") in page
    assert f'<option value="{form.pk}" selected>' in client.get(new).text
    values = {"title": "Shorten it", "touchpoint": form.pk, "lever": "inbound", "status": "todo"}
    assert client.post(new, {**values, "title": ""}).status_code == 422
    made = client.post(new, {**values, "cost": "1200.50", "due_on": "2026-01-31", "owner": world.sales.pk})
    assert made["Location"] == world.path(f"touchpoints/{form.pk}/")
    with organisation_scope(world.organisation.pk):
        one = EnrichmentAction.objects.get()
    assert (one.cost_cents, one.due_on, one.owner_id) == (120050, date(2026, 1, 31), world.sales.pk)
    assert "Shorten it" in client.get(world.path(f"touchpoints/{form.pk}/?panels=all")).text
    board = client.get(world.path("touchpoints/actions/?channel=website")).text
    assert "<b>1 action</b> to do or under way, of which" in board
    move = world.path(f"touchpoints/actions/{one.pk}/move/?channel=website")
    assert move in board
    moved = client.post(move, {"status": "doing"}, follow=True)
    assert moved.redirect_chain == [(world.path("touchpoints/actions/?channel=website"), 302)]
    assert "“Shorten it” is under way." in moved.text
    assert client.post(move, {"status": "later"}).status_code == 422
    part = client.post(move, {"status": "done"}, headers={"HX-Request": "true"})
    assert "<html" not in part.text
    assert ">Effect<span" in part.text
    assert "Done. What it changed can be read from" in client.get(world.path(f"touchpoints/actions/{one.pk}/")).text


def test_what_leads_elsewhere_is_not_followed(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        form = add(world, "Form")
    values = {"title": "Shorten it", "touchpoint": form.pk, "lever": "inbound", "status": "todo"}
    for back in ("//evil.example/", "https://evil.example/", "/\\evil.example"):
        made = world.client(world.marketer).post(world.path(f"touchpoints/actions/new/?back={back}"), values)
        assert made["Location"] == world.path("touchpoints/actions/")


def test_a_deleted_action_is_brought_back_from_the_notice(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        one = plan(world, add(world, "Form"))
        old = plan(world, one.touchpoint, "Old")
        EnrichmentAction.objects.filter(pk=old.pk).update(deleted_at=timezone.now() - timedelta(days=2))
    client = world.client(world.marketer)
    page = client.post(world.path(f"touchpoints/actions/{one.pk}/delete/"), follow=True).text
    restore = world.path(f"touchpoints/actions/{one.pk}/restore/")
    assert f'action="{restore}"' in page
    assert "No action is planned yet" in page
    assert client.get(world.path(f"touchpoints/actions/{one.pk}/")).status_code == 404
    with organisation_scope(world.organisation.pk):
        assert not EnrichmentAction.objects.filter(pk=old.pk).exists()
    assert client.post(restore)["Location"] == world.path(f"touchpoints/actions/{one.pk}/")
    with organisation_scope(world.organisation.pk):
        entries = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert entries[-2:] == ["enrichment_action.delete", "enrichment_action.restore"]
    log = world.client(world.admin).get(world.path("settings/audit/"))
    assert log.status_code == 404 or "enrichment action" in log.text.lower()


def test_viewers_and_reps_see_and_do_not_change(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        one = plan(world, add(world, "Form"))
    for user in (world.viewer, world.sales):
        client = world.client(user)
        page = client.get(world.path("touchpoints/actions/"))
        assert "Shorten the form" in page.text
        assert "/move/" not in page.text
        for path in ("new/", f"{one.pk}/edit/", f"{one.pk}/move/", f"{one.pk}/delete/", f"{one.pk}/restore/"):
            answer = client.post(world.path(f"touchpoints/actions/{path}"), {"status": "done"})
            assert answer.status_code == 403
    with organisation_scope(world.organisation.pk):
        assert EnrichmentAction.objects.get().status == Status.TODO


def test_an_empty_board_gives_an_example_of_the_organisations_own(world: World) -> None:
    client = world.client(world.marketer)
    assert "list where people meet you first" in client.get(world.path("touchpoints/actions/")).text
    with organisation_scope(world.organisation.pk):
        add(world, "Blog")
        form = add(world, "Contact form", is_entry_point=True)
    page = client.get(world.path("touchpoints/actions/")).text
    assert "For example, at “Contact form”" in page
    assert world.path(f"touchpoints/actions/new/?touchpoint={form.pk}") in page


def test_late_actions_ask_for_the_marketers_attention(world: World) -> None:
    plan_in_twin(world)
    with organisation_scope(world.organisation.pk):
        form, gone = add(world, "Form"), add(world, "Fax")
        for title, values in (
            ("first", {"due_on": days_from_today(-3)}),
            ("second", {"due_on": days_from_today(-1), "status": "doing"}),
            ("today", {"due_on": days_from_today(0)}),
            ("done", {"due_on": days_from_today(-8), "status": "done"}),
        ):
            plan(world, form, title, **values)
        plan(world, gone, "gone", due_on=days_from_today(-8))
        archive_touchpoint(world.organisation, touchpoint_id=gone.pk, by=world.admin)
        put_away = plan(world, form, "put away", due_on=days_from_today(-8))
        services.delete_action(world.organisation, action_id=put_away.pk, by=world.admin)
        concerns = measure_day(world.organisation, timezone.now()).concerns
        assert [(one.what, one.label, one.count) for one in concerns] == [("action", "first", 2)]
        told = notices_for(world.organisation, "marketer", concerns)
        assert [one.title for one in told] == ["2 enrichment actions are late"]
        assert "“first” was due on" in told[0].text
        assert notices_for(world.organisation, "viewer", concerns) == []


def test_the_api_plans_lists_and_changes(world: World) -> None:
    foreign = plan_in_twin(world)
    with organisation_scope(world.organisation.pk):
        add(world, "Form", code="form")
        _key, token = create_key(world.organisation, name="CRM", scopes=["all"], by=world.admin)
    client = Client(headers={"authorization": f"Bearer {token}"})

    def send(method: str, path: str = "", body: dict[str, Any] | None = None) -> Any:
        address = f"/api/v1/touchpoints/actions{path}"
        return client.generic(method, address, json.dumps(body or {}), content_type="application/json")

    assert set(send("POST", body={}).json()["fields"]) == {"title", "touchpoint"}
    assert send("POST", body={"title": "x", "touchpoint": "nowhere"}).status_code == 422
    assert send("POST", body={"title": "x", "touchpoint": "form", "status": "later"}).status_code == 422
    made = send("POST", body={"title": "Shorten it", "touchpoint": "form", "cost_cents": 5000, "due_on": "2026-01-31"})
    assert made.status_code == 201
    action = made.json()
    assert (action["touchpoint"], action["status"], action["is_late"], action["owner"]) == ("form", "todo", True, None)
    assert send("GET").json()["items"] == [action]
    assert send("GET", "?status=done").json()["items"] == []
    assert send("GET", "?touchpoint=form").json()["items"] == [action]
    changed = send("PATCH", f"/{action['id']}", {"status": "done", "done_on": "2026-02-10", "began_on": "2026-02-01"})
    assert (changed.json()["status"], changed.json()["is_late"]) == ("done", False)
    told = send("GET", f"/{action['id']}?days=60").json()
    assert (told["effect"]["days"], told["effect"]["after"]["first"]) == (60, "2026-02-11")
    assert told["effect"]["interactions_per_week"] == {"verdict": "too_few", "value": None, "interval": None}
    for method in ("GET", "PATCH"):
        assert send(method, f"/{foreign.pk}").status_code == 404
