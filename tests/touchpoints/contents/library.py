"""Contents of an organisation's own, and people who open their public addresses."""

from typing import Any

from django.http import HttpResponse
from django.test import Client

from prm.organisations.models import Organisation
from tests.touchpoints.lead_forms.builders import BROWSER
from touchpoints.contents.files import NewFile
from touchpoints.contents.models import Content
from touchpoints.contents.services import ContentInput, create_content
from touchpoints.contents.tokens import Reader, address_of, make_token
from touchpoints.interests.models import Theme
from touchpoints.interests.services import create_theme
from touchpoints.lead_forms.models import LeadForm

PDF = NewFile.of("guide.pdf", b"%PDF-1.7 a guide")


def theme_of(organisation: Organisation, name: str = "Pompes") -> Theme:
    found: Theme | None = Theme.objects.filter(name=name).first()
    return found or create_theme(organisation, name=name, by=None)


def make_content(organisation: Organisation, title: str = "Choosing a pump", **values: Any) -> Content:
    theme: Theme = values.pop("theme", None) or theme_of(organisation)
    form: LeadForm | None = values.pop("form", None)
    if "file" not in values:
        values.setdefault("url", "https://www.acme.fr/blog/pump")
    given = {"language": "en", "form_id": form.pk if form else None, **values}
    return create_content(organisation, values=ContentInput(title=title, theme_id=theme.pk, **given), by=None)


def path(content: Content, reader: Reader | None = None) -> str:
    query = f"?k={make_token(content, reader)}" if reader else ""
    return f"/c/{address_of(content)}/{query}"


def browser(agent: str = BROWSER, **headers: str) -> Client:
    return Client(enforce_csrf_checks=True, headers={"user-agent": agent, **headers})


def opened(content: Content, reader: Reader | None = None, agent: str = BROWSER) -> HttpResponse:
    return browser(agent).get(path(content, reader))  # type: ignore[return-value]
