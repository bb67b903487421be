"""A form as the person at the other end gets it: what is asked of them, and what their answers lead to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import F
from django.http import HttpRequest

from contacts.fields.queries import list_fields
from contacts.normalising import region_of
from prm.organisations.models import Organisation
from prm.work.errors import NotFound
from prm.work.texts import make_storable
from touchpoints.lead_forms import tokens
from touchpoints.lead_forms.asking import (
    LONGEST_PAGE,
    PAGE,
    REFERRER,
    TOKEN,
    TOUCHPOINT,
    AskForm,
    carried,
)
from touchpoints.lead_forms.document import Document, ElementKind, read_document, select_asked
from touchpoints.lead_forms.identifying import PERSON, find_contact
from touchpoints.lead_forms.models import FormVersion, LeadForm
from touchpoints.lead_forms.targets import list_known, own_targets


@dataclass(frozen=True)
class Published:
    """A form with what people see of it now."""

    organisation: Organisation
    form: LeadForm
    version: FormVersion
    document: Document

    @property
    def address(self) -> str:
        """What names it in public addresses."""
        return tokens.address_of(self.form)


@dataclass(frozen=True)
class Showing:
    """What of a form one person is asked."""

    ask: AskForm
    contact_id: int = 0

    @property
    def is_known(self) -> bool:
        """Tell whether questions were left out, because the person is known."""
        return self.contact_id != 0


def get_published(organisation: Organisation, key: str) -> Published:
    """Return the form at a public address, open or closed; raise NotFound. One query."""
    versions = FormVersion.objects.select_related("form").filter(number=F("form__published_number"))
    version: FormVersion | None = versions.filter(form__key=key, form__archived_at=None).first()
    if version is None:
        raise NotFound
    return Published(organisation, version.form, version, read_document(version.document))


def list_published(organisation: Organisation, form_ids: Iterable[int]) -> dict[int, Published]:
    """Return forms by their ids as people see them, open or closed; those put away or never published are left out.

    One query, none for no ids.
    """
    wanted = set(form_ids)
    if not wanted:
        return {}
    versions = FormVersion.objects.select_related("form").filter(number=F("form__published_number"))
    return {
        version.form_id: Published(organisation, version.form, version, read_document(version.document))
        for version in versions.filter(form__in=wanted, form__archived_at=None)
    }


def as_shown(published: Published, version_id: int) -> Published:
    """Return the form as it was in another version, which somebody still has before them; as it is now, if none."""
    if version_id == published.version.pk:
        return published
    version: FormVersion | None = FormVersion.objects.filter(form=published.form, pk=version_id).first()
    if version is None:
        return published
    return replace(published, version=version, document=read_document(version.document))


def show(
    request: HttpRequest, published: Published, *, data: Mapping[str, Any] | None = None, prefix_id: str = ""
) -> Showing:
    """Return a form as it stands before somebody, with a fresh token; `data` is what they sent. Up to four queries."""
    organisation, document = published.organisation, published.document
    person = carried(data if data is not None else request.GET, PERSON)
    contact = find_contact(request, organisation, person)
    ask = make_ask(
        organisation,
        document,
        known=list_known(contact) if contact else frozenset(),
        data=data,
        initial=None if data is not None else _first_values(request, published),
        prefix_id=prefix_id,
    )
    return Showing(ask, contact.pk if contact else 0)


def make_ask(
    organisation: Organisation,
    document: Document,
    *,
    known: frozenset[str] = frozenset(),
    data: Mapping[str, Any] | None = None,
    initial: Mapping[str, Any] | None = None,
    prefix_id: str = "",
) -> AskForm:
    """Return what is asked of somebody of whom these targets are known. One query where own fields are asked for."""
    own = own_targets(list_fields(organisation)) if any(one.own_key for one in document.elements) else {}
    return AskForm(
        data,
        document=document,
        elements=select_asked(document, known),
        own=own,
        region=region_of(organisation.time_zone),
        initial=initial,
        prefix_id=prefix_id,
    )


def _first_values(request: HttpRequest, published: Published) -> dict[str, str]:
    """Return what the controls begin with: the address of the page may fill in all but boxes to tick."""
    values = {
        one.key: make_storable(request.GET.get(one.key, one.text if one.kind == ElementKind.HIDDEN else ""))[:300]
        for one in published.document.elements
        if one.kind not in {ElementKind.CONSENT, ElementKind.TEXT}
    }
    page = request.GET.get("page") or request.build_absolute_uri()
    referrer = request.GET.get("referrer") or request.headers.get("Referer", "")
    values |= {PAGE: make_storable(page)[:LONGEST_PAGE], REFERRER: make_storable(referrer)[:LONGEST_PAGE]}
    values |= {TOUCHPOINT: make_storable(request.GET.get("touchpoint", ""))[:60]}
    values |= {
        PERSON: request.GET.get(PERSON, "")[:LONGEST_PAGE],
        TOKEN: tokens.make_page_token(published.form.pk, published.version.pk),
    }
    return values


def renew_token(ask: AskForm, published: Published) -> None:
    """Let what was sent be sent once more: everything typed stays, the page counts as shown now."""
    given: Any = ask.data
    given = given.copy()
    given[TOKEN] = tokens.make_page_token(published.form.pk, published.version.pk)
    ask.data = given
