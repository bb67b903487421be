"""Landing pages of an organisation's own, pictures made on the spot, and people who look and send."""

import re
from dataclasses import dataclass, replace
from html import unescape
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from PIL import Image

from prm.organisations.models import Organisation, User
from tests.touchpoints.lead_forms.builders import BROWSER, token
from touchpoints.landing_pages.document import Block, BlockKind, Document, read_document, write_document
from touchpoints.landing_pages.models import LandingPage, PageDay, PageVariant
from touchpoints.landing_pages.services import create_page, publish_page
from touchpoints.landing_pages.testing import add_variant
from touchpoints.lead_forms.models import LeadForm
from touchpoints.models import Touchpoint

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?')


def make_page(
    organisation: Organisation,
    *blocks: Block,
    form: LeadForm | None = None,
    name: str = "Guide",
    language: str = "en",
    touchpoint: Touchpoint | None = None,
    original: LandingPage | None = None,
    **more: Any,
) -> LandingPage:
    """Make and publish a page: a title, these blocks, and the form where there is one."""
    title = Block("title", BlockKind.TITLE, "The guide", "All of it.", button="Get it")
    last = (Block("form", BlockKind.FORM, form_id=form.pk),) if form else ()
    page = create_page(
        organisation,
        name=name,
        language=language,
        by=None,
        document=Document(blocks=(title, *blocks, *last), **more),
        touchpoint_id=touchpoint.pk if touchpoint else None,
        original_id=original.pk if original else None,
    )
    publish_page(organisation, page_id=page.pk, by=None)
    return LandingPage.objects.get(pk=page.pk)


def second_variant(organisation: Organisation, page: LandingPage, by: User, **change: str) -> PageVariant:
    """Give a page a second variant with another title, half and half, and publish it."""
    variant = add_variant(organisation, page_id=page.pk, letter="A", by=by)
    document = read_document(variant.draft)
    title = replace(document.blocks[0], **(change or {"title": "The other guide"}))  # type: ignore[arg-type]
    variant.draft = write_document(document.with_blocks((title, *document.blocks[1:])))
    variant.save()
    publish_page(organisation, page_id=page.pk, by=by)
    return variant


def address(page: LandingPage, rest: str = "") -> str:
    return f"/l/{page.organisation.slug}/{page.slug}/{rest}"


@dataclass
class Visitor:
    """Somebody with a browser, who reads a page and sends its form a while later."""

    client: Client
    page: LandingPage
    query: str = ""

    def look(self) -> HttpResponse:
        return self.client.get(address(self.page) + self.query)  # type: ignore[return-value]

    def fill(self, form: LeadForm, **answers: Any) -> dict[str, Any]:
        """Return what the page sends back, with these answers; the page was shown a minute ago."""
        hidden = {name: unescape(text) for name, text in _HIDDEN.findall(self.look().content.decode())}
        return {**hidden, "prm_token": token(form), **answers}

    def send(self, form: LeadForm, **answers: Any) -> HttpResponse:
        return self.client.post(address(self.page), self.fill(form, **answers))  # type: ignore[return-value]


def visitor(page: LandingPage, query: str = "", **headers: str) -> Visitor:
    """Return somebody whose browser checks what browsers check."""
    client = Client(enforce_csrf_checks=True, headers={"user-agent": BROWSER, "accept-language": "de", **headers})
    return Visitor(client, page, query)


def counted(page: LandingPage) -> dict[str, tuple[int, int]]:
    """Return views and submissions by variant."""
    totals: dict[str, tuple[int, int]] = {}
    for one in PageDay.objects.filter(page=page).select_related("variant"):
        views, sent = totals.get(one.variant.letter, (0, 0))
        totals[one.variant.letter] = (views + one.views, sent + one.sent)
    return totals


def picture_bytes(kind: str = "PNG", size: tuple[int, int] = (64, 32), **more: Any) -> bytes:
    written = BytesIO()
    mode = "RGB" if kind == "JPEG" else "RGBA"
    Image.new(mode, size, (200, 30, 60) if mode == "RGB" else (200, 30, 60, 0)).save(written, kind, **more)
    return written.getvalue()


def upload(content: bytes | None = None, name: str = "logo-acme.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, picture_bytes() if content is None else content, "image/png")
