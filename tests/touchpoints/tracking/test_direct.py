"""Beacons go past the middleware: the same answers, and a lost connection is found anew."""

import io
import json
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection

from prm.organisations.scope import organisation_scope
from prm.work.models import Wakeup
from tests.conftest import World
from tests.touchpoints.tracking.sending import CHROME, make_site, new_browser, page, read
from touchpoints.tracking import intake
from touchpoints.tracking.direct import answer_hits
from touchpoints.tracking.models import Hit, Site

APPLICATION = answer_hits(WSGIHandler())


def ask(body: bytes, *, path: str = "/t", method: str = "POST") -> tuple[int, dict[str, str], bytes]:
    """Ask as a web server does."""
    answer: dict[str, Any] = {}

    def start(status: str, headers: list[tuple[str, str]], *_: object) -> None:
        answer.update(status=int(status[:3]), headers=dict(headers))

    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": "text/plain",
        "HTTP_HOST": "localhost",
        "HTTP_ORIGIN": "https://www.acme.fr",
        "HTTP_USER_AGENT": CHROME,
        "REMOTE_ADDR": "203.0.113.7",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
    }
    content = b"".join(APPLICATION(environ, start))
    return answer["status"], answer["headers"], content


def beacon(site: Site) -> bytes:
    return json.dumps({"k": site.key, "v": new_browser(), "e": [page()]}).encode()


@pytest.fixture
def tracked(committed: None, world: World) -> Site:
    intake._told_at.clear()
    with organisation_scope(world.organisation.pk):
        return make_site(world.organisation)


def test_beacons_are_answered_and_pages_left_to_pages(tracked: Site, world: World) -> None:
    status, headers, content = ask(beacon(tracked))
    assert (status, content) == (204, b"")
    assert headers["Access-Control-Allow-Origin"] == "https://www.acme.fr"
    assert not {"Set-Cookie", "Content-Security-Policy", "Content-Language"} & headers.keys()
    assert [ask(b"{")[0], ask(b"x" * 40_000)[0], ask(b"", method="GET")[0]] == [400, 413, 405]
    assert ask(b"", path="/t.js", method="GET")[0] == 200
    with organisation_scope(world.organisation.pk):
        assert Hit.objects.count() == 1


def test_a_lost_connection_loses_no_beacon(tracked: Site, world: World) -> None:
    assert ask(beacon(tracked))[0] == 204
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    other.close()
    assert ask(beacon(tracked))[0] == 204
    with organisation_scope(world.organisation.pk):
        assert Hit.objects.count() == 2


def test_one_hit_a_second_wakes_and_the_worker_looks_once_more(tracked: Site, world: World) -> None:
    for _n in range(5):
        assert ask(beacon(tracked))[0] == 204
    with organisation_scope(world.organisation.pk):
        assert Wakeup.objects.filter(queue="track").count() == 1
    assert read(world.organisation) == 5
    with organisation_scope(world.organisation.pk):
        (later,) = Wakeup.objects.filter(queue="track")
        assert later.due_at > later.due_at.now(later.due_at.tzinfo)


def test_what_nobody_was_told_of_is_found(tracked: Site, world: World) -> None:
    ask(beacon(tracked))
    with organisation_scope(world.organisation.pk):
        Wakeup.objects.all().delete()
        intake.wake_waiting()
        assert not Wakeup.objects.exists()
        Hit.objects.update(received_at="2026-01-01T00:00Z")
        intake.wake_waiting()
        assert Wakeup.objects.filter(queue="track").count() == 1
