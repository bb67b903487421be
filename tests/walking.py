"""Every address of an organisation's pages and every route of the API, read from the product itself."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from prm.api.api import api
from prm.organisations.rights import Right

ORGANISATION = "o/<slug:organisation_slug>/"
# What stands in an address where it is no row's id.
WORDS: dict[str, str] = {
    "action": "opt-out",
    "axis": "intent",
    "panel": "scoring-why",
    "company_panel": "touchpoints-company_timeline",
    "touchpoint_panel": "touchpoints-attribution-touchpoint_panel",
    "excluded": "sole_traders",
    "source": "insee",
    "list_key": "contacts",
    "aspect": "importance",
    "element": "email",
    "variant": "walk",
    "block": "intro",
}
# What a page wants to be sent before it looks for the row in its address; PK stands for a row's id.
PK = "<pk>"
FORMS: dict[str, dict[str, str]] = {
    "actions:action_add": {"touchpoint": PK, "title": "x", "lever": "inbound", "status": "todo"},
    "actions:action_move": {"status": "doing"},
    "bulk:bulk_act": {"ids": PK, "confirm": "1"},
    "doubles:pair_dismiss": {"pairs": PK},
    "consent:consent_record": {"purpose": "code", "act": "withdrawn"},
    "enrichment:lookup_choose": {"siren": "732829320"},
    "partners:line_choose": {"company": PK},
    "nurturing:contact_enrol": {"scenario": PK},
    "recognition:rule_add": {"touchpoint": PK, "address": "/tarifs"},
    "surveys:survey_add": {"touchpoint": PK, "scale": "satisfaction", "language": "fr", "period_days": "90"},
    "ratings:rating_set": {"value": "4"},
    "touchpoints:touchpoint_merge": {"into": PK},
    "slots:slot_try": {"url": "https://acme.fr/"},
    "tracking:site_add": {"name": "x", "hosts": "acme.fr", "mode": "consent"},
    "tracking:site_edit": {"name": "x", "hosts": "acme.fr", "mode": "consent"},
    "tracking:visit_correct": {"verdict": "bot"},
    "proofs:proposals_accept": {"ids": PK},
    "lead_forms:element_add": {"what": "text"},
    "landing_pages:block_add": {"what": "text"},
    "landing_pages:block_edit": {"title": "x"},
    "landing_pages:page_settings": {"name": "x", "slug": "x", "language": "en"},
    "contents:content_add": {
        "title": "x",
        "kind": "article",
        "language": "fr",
        "theme": PK,
        "stage": "suspect",
        "url": "https://www.acme.fr/x",
    },
    "contents:content_edit": {
        "title": "x",
        "kind": "article",
        "language": "fr",
        "theme": PK,
        "stage": "suspect",
        "url": "https://www.acme.fr/x",
    },
    "interests:theme_add": {"name": "x"},
    "interests:theme_edit": {"name": "x"},
    "interests:rule_add": {"address": "/x"},
    "interests:fading": {"half_life_days": "20"},
}
# Pages of development servers alone.
HIDDEN = {"web:gallery"}
# What a route wants beyond the smallest body its schema allows.
BODIES: dict[str, dict[str, Any]] = {
    "/api/v1/contacts/{contact_id}/consents": {"purpose": "code", "act": "withdrawn"},
    "/api/v1/handoffs/{handoff_id}/reject": {"reason": "no_budget"},
    "/api/v1/handoffs/{handoff_id}/recycle": {"reason": "not_ready"},
    "/api/v1/handoffs/{handoff_id}/calls": {"outcome": "reached"},
    "/api/v1/handoffs/{handoff_id}/lose": {"reason": "no_budget"},
}


@dataclass(frozen=True)
class Page:
    """One address below `/o/<slug>/`."""

    name: str
    # After `/o/<slug>/`: "contacts/<int:pk>/".
    route: str
    view: Any

    @property
    def right(self) -> Right | None:
        """What one needs to see it, set by @requires."""
        found: Right | None = getattr(self.view, "right", None)
        return found

    @property
    def is_public(self) -> bool:
        """Tell whether strangers may see it."""
        return bool(getattr(self.view, "public", False))

    @property
    def has_ids(self) -> bool:
        """Tell whether a row's id stands in it."""
        return "<int:" in self.route

    def form(self, method: str, pk: int) -> dict[str, str]:
        """Return what is sent along."""
        values = FORMS.get(self.name, {}) if method == "post" else {}
        return {name: value.replace(PK, str(pk)) for name, value in values.items()}

    def path(self, slug: str, pk: int) -> str:
        """Return the address in an organisation, with this id for every row."""

        def value(match: re.Match[str]) -> str:
            assert match[1] == "int" or match[2] in WORDS, f"tests/walking.py: give {match[0]} of {self.name} a word"
            return str(pk) if match[1] == "int" else WORDS[match[2]]

        return f"/o/{slug}/" + re.sub(r"<(\w+):(\w+)>", value, self.route)


@dataclass(frozen=True)
class Route:
    """One route of the API with a method."""

    method: str
    # "/api/v1/contacts/{contact_id}".
    template: str
    right: Right | None
    body: Any

    @property
    def has_ids(self) -> bool:
        """Tell whether a row's id stands in its address."""
        return "{" in self.template

    def path(self, pk: int) -> str:
        """Return the address with this id."""
        return re.sub(r"{\w+}", str(pk), self.template)

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.template}"


def list_pages() -> list[Page]:
    """Return every page of an organisation."""
    return [
        Page(name, route.removeprefix(ORGANISATION), pattern.callback)
        for name, route, pattern in _patterns(get_resolver().url_patterns, "", ())
        if route.startswith(ORGANISATION) and name not in HIDDEN
    ]


def list_global_pages() -> list[str]:
    """Return the path of every page that belongs to no organisation and wants nothing in its address."""
    return [
        f"/{route}"
        for _name, route, _pattern in _patterns(get_resolver().url_patterns, "", ())
        if "<" not in route and not route.startswith("api/")
    ]


def _patterns(patterns: Any, prefix: str, names: tuple[str, ...]) -> Iterator[tuple[str, str, URLPattern]]:
    for one in patterns:
        if isinstance(one, URLResolver):
            within = (*names, one.namespace) if one.namespace else names
            yield from _patterns(one.url_patterns, prefix + str(one.pattern), within)
        else:
            yield ":".join([*names, one.name or ""]), prefix + str(one.pattern), one


def list_routes() -> list[Route]:
    """Return every route of the API, with a body that can be read."""
    import_module(settings.ROOT_URLCONF)
    rights = {
        (method.lower(), "/api/v1" + re.sub(r"{\w+:", "{", f"{prefix}{path}".rstrip("/"))): _right(operation)
        for prefix, router in api._routers
        for path, view in router.path_operations.items()
        for operation in view.operations
        for method in operation.methods
    }
    schema: dict[str, Any] = api.get_openapi_schema(path_prefix="/api/v1/")
    return [
        Route(
            method,
            template,
            rights[method, template.rstrip("/")],
            BODIES[template] if template in BODIES else _body(operation, schema),
        )
        for template, operations in schema["paths"].items()
        for method, operation in operations.items()
    ]


def _right(operation: Any) -> Right | None:
    callbacks = operation.auth_callbacks
    return callbacks[0].right if callbacks else None


def _body(operation: dict[str, Any], schema: dict[str, Any]) -> Any:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    return sample(content["schema"], schema) if content else None


def sample(part: dict[str, Any], schema: dict[str, Any]) -> Any:
    """Return the smallest value that a JSON schema describes."""
    if "$ref" in part:
        return sample(schema["components"]["schemas"][part["$ref"].rpartition("/")[2]], schema)
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in part:
            return sample(part[choice][0], schema)
    if "enum" in part:
        return part["enum"][0]
    if "const" in part:
        return part["const"]
    if part.get("type") == "object" or "properties" in part:
        return {name: sample(part["properties"][name], schema) for name in part.get("required", [])}
    plain: dict[str, Any] = {"string": "x", "integer": 1, "number": 1.0, "boolean": False, "array": [], "null": None}
    return plain[part.get("type", "null")]


@dataclass(frozen=True)
class Answer:
    """Status and text of an answer."""

    status: int
    text: str


def ask(client: Client, method: str, path: str, form: dict[str, str] | None = None) -> Answer:
    """Send a request and take back what it changed."""
    with transaction.atomic():
        response = getattr(client, method)(path, form)
        answer = Answer(response.status_code, _text(response))
        transaction.set_rollback(True)
    return answer


def call(client: Client, route: Route, pk: int) -> Answer:
    """Call a route of the API and take back what it changed."""
    body = {} if route.body is None else {"data": route.body, "content_type": "application/json"}
    with transaction.atomic():
        response = getattr(client, route.method)(route.path(pk), **body)
        answer = Answer(response.status_code, _text(response))
        transaction.set_rollback(True)
    return answer


def _text(response: HttpResponseBase) -> str:
    pieces: Any = response
    if response.streaming:
        return b"".join(pieces).decode(errors="replace")
    return bytes(pieces.content).decode(errors="replace")
