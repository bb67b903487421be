"""The frame: the method as a menu, the right things for each role, and what it costs."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import messages
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import path
from django.utils import translation

from prm.organisations.access import OrgRequest, requires
from prm.organisations.models import Organisation, Role
from prm.organisations.rights import RIGHTS, Right
from prm.urls import urlpatterns as product
from prm.web import navigation, panels
from prm.web.devices import device_name
from prm.web.toasts import add_event, add_toast
from tests.conftest import World


@requires(Right.HOME_VIEW)
def told(request: OrgRequest) -> HttpResponse:
    messages.success(request, "It is kept.")
    return HttpResponse("<p>part</p>")


urlpatterns = [*product, path("o/<slug:organisation_slug>/told/", told)]
pytestmark = pytest.mark.urls(__name__)

SOLVANE = Organisation(slug="solvane", name="Solvane")


@pytest.fixture(autouse=True)
def bare_english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Speak English; count nothing beside the menu unless a test says so."""
    monkeypatch.setattr(navigation, "_badges", {})
    with translation.override("en"):
        yield


def menu(role: Role, at: str = "/o/solvane/") -> list[tuple[str, str]]:
    rights = frozenset(right.value for right in RIGHTS[role])
    return [
        (group.label, link.url_name) for group in navigation.build(SOLVANE, role, rights, at) for link in group.links
    ]


def test_every_item_of_the_menu_asks_for_a_right_that_exists() -> None:
    known = {right.value for right in Right}
    assert {item.right for section in navigation.MENU for item in section.items} <= known


def test_reps_find_their_queue_first_and_nobody_finds_it_twice() -> None:
    assert menu(Role.SALES)[:2] == [("", "steering:home"), ("", "handoffs:queue")]
    assert ("Hand over", "handoffs:queue") in menu(Role.MARKETER)
    for role in Role:
        names = [name for _label, name in menu(role)]
        assert len(names) == len(set(names))


def test_the_menu_leaves_out_what_a_role_may_not_see() -> None:
    assert ("Steer", "organisations:settings") in menu(Role.ADMIN)
    for role in (Role.MARKETER, Role.SALES, Role.VIEWER):
        assert "organisations:settings" not in [name for _label, name in menu(role)]


def test_a_page_that_does_not_exist_yet_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    items = (navigation.Item("nowhere:page", "Nowhere", "map", "home.view"),)
    monkeypatch.setattr(navigation, "MENU", (navigation.Section("1", "Map", items),))
    assert menu(Role.ADMIN) == []


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        ("/o/solvane/", ["steering:home"]),
        ("/o/solvane/contacts/", ["contacts:contact_list"]),
        ("/o/solvane/contacts/12/edit/", ["contacts:contact_list"]),
        ("/o/solvane/find/", []),
    ],
)
def test_one_item_at_most_is_where_one_is(address: str, wanted: list[str]) -> None:
    rights = frozenset(right.value for right in Right)
    groups = navigation.build(SOLVANE, "admin", rights, address)
    assert [link.url_name for group in groups for link in group.links if link.is_current] == wanted


def test_a_badge_counts_what_waits() -> None:
    navigation.register_badge("handoffs:queue", lambda _organisation: 14)
    navigation.register_badge("steering:home", lambda _organisation: 0)
    links = [
        link for group in navigation.build(SOLVANE, "sales", frozenset(RIGHTS[Role.SALES]), "/") for link in group.links
    ]
    assert {link.url_name: link.badge for link in links[:2]} == {"steering:home": None, "handoffs:queue": 14}


def test_the_frame_costs_one_query_and_those_of_the_badges(world: World) -> None:
    client = world.client(world.viewer)
    client.get(world.path("find/"))
    with_frame = count_queries(lambda: client.get(world.path("find/")))
    bare = count_queries(lambda: client.get(world.path("told/")))
    assert with_frame - bare == 1


def count_queries(call: Any) -> int:
    with CaptureQueriesContext(connection) as queries:
        call()
    return len(queries)


def test_the_frame_can_be_walked_by_keyboard_and_heard(world: World) -> None:
    html = world.client(world.admin).get(world.path("find/")).content.decode()
    assert '<a class="skip" href="#main">' in html
    assert '<main class="main" id="main" tabindex="-1">' in html
    assert html.count("<h1>") == 1
    assert 'aria-live="polite"' in html
    assert '<html lang="en"' in html
    for label in ("Main", "Main, telephone", "Search"):
        assert f'aria-label="{label}"' in html


def test_search_leads_to_the_contacts_it_finds(world: World) -> None:
    response = world.client(world.viewer).get(world.path("find/"), {"q": "Hélène & fils"})
    assert response.status_code == 302
    assert response.headers["Location"] == world.path("contacts/?q=H%C3%A9l%C3%A8ne+%26+fils")


def test_the_switcher_lists_only_the_persons_organisations(world: World) -> None:
    html = (
        world.client(world.viewer).get("/preferences/organisations/", headers={"hx-request": "true"}).content.decode()
    )
    assert "/o/solvane/" in html
    assert "/o/solvane-twin/" not in html


def test_messages_come_along_with_an_htmx_answer(world: World) -> None:
    client = world.client(world.viewer)
    response = client.get(world.path("told/"), headers={"hx-request": "true"})
    assert response.content == b"<p>part</p>"
    assert response.headers["HX-Trigger"] == '{"toasts": [{"text": "It is kept.", "level": "success", "undo": ""}]}'
    assert "It is kept." not in client.get(world.path("find/")).content.decode()


def test_messages_wait_for_the_next_whole_page(world: World) -> None:
    client = world.client(world.viewer)
    client.get(world.path("told/"))
    html = client.get(world.path("find/")).content.decode()
    assert '<div class="toast success">' in html
    assert "It is kept." in html


def test_events_and_notices_share_one_header() -> None:
    response = HttpResponse()
    response.headers["HX-Trigger"] = "saved, counted"
    add_event(response, "job-over", {"id": 1})
    add_toast(response, "Done.", undo_url="/undo/")
    assert response.headers["HX-Trigger"] == (
        '{"saved": true, "counted": true, "job-over": {"id": 1},'
        ' "toasts": [{"text": "Done.", "level": "success", "undo": "/undo/"}]}'
    )


def test_panels_come_in_order_and_hide_when_they_have_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panels, "_panels", [])
    panels.register("contact", 20, "components/note.html", lambda _request, _obj: {"text": "second"})
    panels.register("contact", 10, "components/empty.html", lambda _request, obj: {"title": obj, "text": ""})
    panels.register("contact", 5, "components/skeleton.html", lambda _request, _obj: None)
    panels.register("company", 1, "components/menu.html", lambda _request, _obj: {})
    shown = panels.render("contact", HttpRequest(), "first")
    assert [panel.slug for panel in shown] == ["components-empty", "components-note"]
    assert "first" in shown[0].html
    assert "second" in shown[1].html


def test_registering_a_panel_again_replaces_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panels, "_panels", [])
    for _time in range(2):
        panels.register("contact", 10, "components/note.html", lambda _request, _obj: {"text": "once"})
    assert len(panels.panels("contact")) == 1


@pytest.mark.parametrize(
    ("signature", "wanted"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0", "Firefox, Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1",
            "Safari, iPhone",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0", "Edge, Linux"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "–"),
    ],
)
def test_a_browser_is_named_in_a_few_words(signature: str, wanted: str) -> None:
    assert device_name(signature) == wanted


def test_a_template_without_an_organisation_renders_too() -> None:
    request = RequestFactory().get("/")
    html = Template("{% include 'components/note.html' %}").render(Context({"request": request, "text": "Hello"}))
    assert "Hello" in html


def test_the_gallery_is_for_development_servers_only(world: World, settings: Any) -> None:
    client = world.client(world.viewer)
    assert client.get(world.path("components/")).status_code == 404
    settings.DEBUG = True
    assert client.get(world.path("components/")).status_code == 200
