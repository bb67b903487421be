"""What a browser would send, sent by Django's client; and a worker's reading of it."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from django.test import Client

from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from touchpoints.tracking.collecting import collect
from touchpoints.tracking.models import Mode, Site
from touchpoints.tracking.sites import SiteInput, create_site

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
)
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def make_site(organisation: Organisation, **values: Any) -> Site:
    """Add a site at acme.fr."""
    given: dict[str, Any] = {"name": "Acme", "hosts": ("acme.fr",), "mode": Mode.CONSENT, **values}
    return create_site(organisation, values=SiteInput(**given), by=None)


def page(path: str = "/", *, ago: float = 0, view: str | None = None, **said: str) -> dict[str, Any]:
    """Return a page view so many seconds ago."""
    properties = {"url": f"https://www.acme.fr{path}", **said}
    return {"n": "page_view", "a": int(ago * 1000), "w": view or str(uuid4()), "p": properties}


def event(kind: str, **properties: Any) -> dict[str, Any]:
    """Return any other event."""
    return {"n": kind, "a": 0, "p": properties}


def send(
    site: Site | str,
    *events: Mapping[str, Any],
    browser: str = "",
    agent: str = CHROME,
    origin: str = "https://www.acme.fr",
    address: str = "203.0.113.7",
    mode: str = "",
    **headers: str,
) -> Any:
    """Send a beacon; return the answer."""
    key = site if isinstance(site, str) else site.key
    body = json.dumps({"k": key, "v": browser, "m": mode, "e": list(events)})
    return post(body, agent=agent, origin=origin, address=address, **headers)


def post(body: str | bytes, *, agent: str = CHROME, origin: str = "https://www.acme.fr", address: str = "203.0.113.7",
         **headers: str) -> Any:  # fmt: skip
    """Send a body as sendBeacon does."""
    sent = {"user-agent": agent, **({"origin": origin} if origin else {}), **headers}
    return Client(headers=sent).post("/t", body, content_type="text/plain", REMOTE_ADDR=address)


def read(organisation: Organisation) -> int:
    """Let a worker read what came in."""
    with organisation_scope(organisation.pk):
        return collect(organisation)


def new_browser() -> str:
    """Return an id as the script makes it."""
    return str(uuid4())
