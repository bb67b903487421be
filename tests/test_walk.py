"""A walk through every page and every route, as everybody: generated, so that what is new is walked as well.

Both organisations hold the same data (tests/worldmaking.py): the organisation's rows have the id OWN, its twin's
FOREIGN. A page that asks for more than ids in its address, or an API route whose smallest body means nothing, is
told about in tests/walking.py.
"""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from prm.organisations.api_keys import create_key
from prm.organisations.models import Organisation, Role, User
from prm.organisations.rights import Right, may
from prm.organisations.scope import organisation_scope
from tests.conftest import World
from tests.walking import FORMS, PK, Page, ask, call, list_pages, list_routes
from tests.worldmaking import FOREIGN, OWN, fill, rows_of

PAGES = list_pages()
ROUTES = list_routes()
METHODS = ("get", "post")
# The frame alone costs six: session, person, organisation, membership, work under way, end of the scope.
MOST_QUERIES = 12
# Pages that ask for more than a right: to have started the work oneself, to be an admin, the right of an action, or, of
# a view that is shared, the right to share.
NARROWER = {
    *("web:job_stop", "web:job_resume", "bulk:bulk_act"),
    *("lists:view_save", "lists:view_delete", "lists:view_restore"),
    "landing_pages:variant_list",
}


@pytest.fixture
def filled(world: World) -> World:
    fill(world)
    return world


def asked(world: World, user: User, pages: list[Page], *, pk: int) -> Iterator[tuple[str, Page, str, int, str]]:
    """Ask for each page of the organisation, both ways; one that does not know a method (405) is left out."""
    client = world.client(user)
    client.raise_request_exception = False
    for page in pages:
        for method in METHODS:
            answer = ask(client, method, page.path(world.organisation.slug, pk), page.form(method, pk))
            if answer.status != 405:
                yield f"{method.upper()} {page.name}", page, method, answer.status, answer.text


def test_every_page_says_who_may_see_it() -> None:
    assert len(PAGES) > 40
    assert [page.name for page in PAGES if page.right is None and not page.is_public] == []


def test_every_page_works_for_the_admin(filled: World) -> None:
    """Without this, the 404s below would prove nothing."""
    problems = [
        (name, status)
        for name, _page, method, status, _text in asked(filled, filled.admin, PAGES, pk=OWN)
        if status >= 500 or status == 404 or (method == "get" and status not in {200, 302})
    ]
    assert not problems, "\n".join(map(str, problems))


def test_no_page_shows_the_twins_rows(filled: World) -> None:
    problems = [
        name
        for name, _page, _method, _status, text in asked(filled, filled.admin, PAGES, pk=OWN)
        if f"/{FOREIGN}/" in text or f'"{FOREIGN}"' in text or filled.twin.slug in text
    ]
    assert not problems, "\n".join(map(str, problems))


def test_a_stranger_is_led_to_sign_in(filled: World) -> None:
    client = Client()
    problems = []
    for page in PAGES:
        for method in METHODS:
            answer = ask(client, method, page.path(filled.organisation.slug, OWN))
            if not page.is_public and answer.status != 302:
                problems.append((method, page.name, answer.status))
    assert not problems, "\n".join(map(str, problems))


def test_a_member_of_the_twin_finds_nothing(filled: World) -> None:
    client = filled.client(filled.twin_admin)
    problems = []
    for page in PAGES:
        for method in METHODS:
            answer = ask(client, method, page.path(filled.organisation.slug, OWN))
            if not page.is_public and answer.status != 404:
                problems.append((method, page.name, answer.status))
    assert not problems, "\n".join(map(str, problems))


def test_the_twins_ids_lead_nowhere(filled: World) -> None:
    pages = [page for page in PAGES if page.has_ids]
    assert len(pages) > 20
    problems = [
        (name, status)
        for name, _page, _method, status, _text in asked(filled, filled.admin, pages, pk=FOREIGN)
        if status != 404
    ]
    assert not problems, "\n".join(map(str, problems))


def test_the_twins_ids_in_a_form_change_nothing(filled: World) -> None:
    client = filled.client(filled.admin)
    before = rows_of(filled.twin)
    for page in PAGES:
        if PK in FORMS.get(page.name, {}).values():
            client.post(page.path(filled.organisation.slug, OWN), page.form("post", FOREIGN))
    assert rows_of(filled.twin) == before


def test_looking_changes_nothing(filled: World) -> None:
    before = rows_of(filled.organisation)
    client = filled.client(filled.admin)
    for page in PAGES:
        client.get(page.path(filled.organisation.slug, OWN))
    assert rows_of(filled.organisation) == before


def test_a_viewer_changes_nothing(filled: World) -> None:
    before = rows_of(filled.organisation)
    client = filled.client(filled.viewer)
    for page in PAGES:
        client.post(page.path(filled.organisation.slug, OWN), page.form("post", OWN))
    assert rows_of(filled.organisation) == before


def test_no_page_costs_more_than_twelve_queries(filled: World) -> None:
    client = filled.client(filled.admin)
    counts = {}
    for page in PAGES:
        path = page.path(filled.organisation.slug, OWN)
        # Once before, so that what the frame keeps for a while is there; and once more where it came due just then.
        client.get(path)
        counts[page.name] = cost_of(client, path)
        if counts[page.name] > MOST_QUERIES:
            counts[page.name] = cost_of(client, path)
    assert {name: count for name, count in counts.items() if count > MOST_QUERIES} == {}


def cost_of(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        client.get(path)
    return len(queries)


@pytest.mark.parametrize("role", Role.values)
def test_a_role_opens_exactly_what_its_rights_say(filled: World, role: str) -> None:
    problems = [
        (name, status)
        for name, page, _method, status, _text in asked(filled, getattr(filled, role), PAGES, pk=OWN)
        if page.right and (status == 403) == may(role, page.right) and not (status == 403 and page.name in NARROWER)
    ]
    assert not problems, "\n".join(map(str, problems))


# --- The API ----------------------------------------------------------------------------------


def key_client(organisation: Organisation, *scopes: str) -> Client:
    with organisation_scope(organisation.pk):
        _key, token = create_key(organisation, name="walk", scopes=scopes or ("all",), by=None)
    headers = {"authorization": f"Bearer {token}", "accept-language": "en"}
    return Client(headers=headers, raise_request_exception=False)


def test_every_route_works_with_the_organisations_key(filled: World) -> None:
    assert len(ROUTES) > 10
    client = key_client(filled.organisation)
    answers = {str(route): call(client, route, OWN).status for route in ROUTES}
    assert {name: status for name, status in answers.items() if status in {401, 403, 404} or status >= 500} == {
        # No worker runs here, and the only model is a draft.
        "GET /api/v1/health": 503,
        "GET /api/v1/scoring/model": 404,
    }


def test_no_route_shows_the_twins_rows(filled: World) -> None:
    client = key_client(filled.organisation)
    for route in ROUTES:
        if route.method == "get":
            text = call(client, route, OWN).text
            assert f'"id": {FOREIGN}' not in text, route
            assert f"/{FOREIGN}" not in text, route


def test_reading_by_the_api_changes_nothing(filled: World) -> None:
    client = key_client(filled.organisation)
    # The key's last use is noted with the first call.
    client.get("/api/v1/contacts")
    before = rows_of(filled.organisation)
    for route in ROUTES:
        if route.method == "get":
            client.get(route.path(OWN))
    assert rows_of(filled.organisation) == before


def test_the_twins_ids_lead_nowhere_in_the_api(filled: World) -> None:
    mine, twins = key_client(filled.organisation), key_client(filled.twin)
    problems = [
        (str(route), whose, status)
        for route in ROUTES
        if route.has_ids
        for whose, client, pk in (("my key, their id", mine, FOREIGN), ("their key, my id", twins, OWN))
        if (status := call(client, route, pk).status) != 404
    ]
    assert not problems, "\n".join(map(str, problems))


def test_a_key_opens_exactly_the_routes_of_its_scopes(filled: World) -> None:
    for right in {route.right for route in ROUTES if route.right}:
        only = key_client(filled.organisation, right)
        others = key_client(filled.organisation, *(one for one in Right if one != right))
        for route in ROUTES:
            if route.right == right:
                assert call(only, route, OWN).status not in {401, 403}, route
                assert call(others, route, OWN).status == 403, route
