"""Forms of an organisation's own, published, and people who fill them in through the real addresses."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from html import unescape
from typing import Any

from django.core import signing
from django.http import HttpResponse
from django.test import Client

from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from touchpoints.lead_forms import tokens
from touchpoints.lead_forms.document import Document, Element, ElementKind, write_document
from touchpoints.lead_forms.models import FormVersion, LeadForm, Submission
from touchpoints.lead_forms.processing import process_due
from touchpoints.lead_forms.services import create_form, publish_form
from touchpoints.lead_forms.starting import Start, element_of, start_document

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0"
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?')


def make_form(
    organisation: Organisation, *elements: Element, start: Start = Start.EMPTY, language: str = "en", **more: Any
) -> LeadForm:
    """Make and publish a form: the usual one, or one with these elements behind the e-mail address."""
    document = start_document(start, language)
    if elements:
        document = document.with_elements((element_of("contact.email", is_required=True), *elements))
    name = more.pop("name", "Contact")
    touchpoint = more.pop("touchpoint", None)
    hosts = more.pop("hosts", [])
    form = create_form(
        organisation,
        name=name,
        language=language,
        by=None,
        document=replace(document, **more),
        touchpoint_id=touchpoint.pk if touchpoint else None,
    )
    LeadForm.objects.filter(pk=form.pk).update(hosts=hosts)
    publish_form(organisation, form_id=form.pk, by=None)
    return LeadForm.objects.get(pk=form.pk)


def change_draft(organisation: Organisation, form: LeadForm, document: Document) -> None:
    """Publish something else."""
    LeadForm.objects.filter(pk=form.pk).update(draft=write_document(document))
    publish_form(organisation, form_id=form.pk, by=None)


def consent(purpose: str = "partners", **more: Any) -> Element:
    return Element(f"consent_{purpose}", ElementKind.CONSENT, purpose, **more)


def address(form: LeadForm, rest: str = "") -> str:
    return f"/f/{tokens.address_of(form)}/{rest}"


@dataclass
class Visitor:
    """Somebody with a browser, who reads a form and sends it a while later."""

    client: Client
    form: LeadForm
    way: str = ""
    query: str = ""

    def look(self) -> HttpResponse:
        return self.client.get(address(self.form, self.way) + self.query)  # type: ignore[return-value]

    def fill(self, **answers: Any) -> dict[str, Any]:
        """Return what the page sends back, with these answers; the page was shown a minute ago."""
        hidden = {name: unescape(text) for name, text in _HIDDEN.findall(self.look().content.decode())}
        return {**hidden, "prm_token": token(self.form), **answers}

    def send(self, **answers: Any) -> HttpResponse:
        return self.post(self.fill(**answers))

    def post(self, data: dict[str, Any]) -> HttpResponse:
        return self.client.post(address(self.form, self.way), data)  # type: ignore[return-value]


def visitor(form: LeadForm, way: str = "", query: str = "", **headers: str) -> Visitor:
    """Return somebody whose browser checks what browsers check."""
    client = Client(enforce_csrf_checks=True, headers={"user-agent": BROWSER, "accept-language": "de", **headers})
    return Visitor(client, form, way, query)


def token(form: LeadForm, *, seconds_ago: float = 60, nonce: str = "") -> str:
    """Return the token of a page that was shown so long ago."""
    version = FormVersion.objects.filter(form=form).order_by("-number").first()
    nonce = nonce or tokens.make_key()
    values = [form.pk, version.pk if version else 0, nonce, round(time.time() - seconds_ago, 2)]
    return signing.dumps(values, salt="lead_forms.page")


def latest() -> Submission:
    return Submission.objects.select_related("contact").latest("pk")


@contextmanager
def processed(organisation: Organisation) -> Iterator[None]:
    """Take in what was sent meanwhile, as the worker does."""
    with organisation_scope(organisation.pk):
        yield
        process_due(organisation)
