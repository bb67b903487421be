"""What members do with contents: add, change, put away and bring back."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Membership, Organisation, User
from prm.outside.addresses import is_allowed
from prm.work.errors import Conflict, Invalid, NotFound
from prm.work.texts import is_storable
from touchpoints.contents.files import NewFile, check_file
from touchpoints.contents.models import LANGUAGES, Content, ContentFile, ContentKind, Served
from touchpoints.contents.tokens import make_key
from touchpoints.interests.models import Theme
from touchpoints.interests.rebuilding import rebuild
from touchpoints.lead_forms.models import LeadForm
from touchpoints.models import Touchpoint

# Contents of one organisation, those put away left aside: pages rank them in memory.
MOST_CONTENTS = 2000
LONGEST_URL = 500
# Names that lead nowhere outside a machine or a network.
_PRIVATE_ENDINGS = (".localhost", ".local", ".internal", ".lan", ".home", ".corp", ".intranet", ".home.arpa")


@dataclass(frozen=True)
class ContentInput:
    """A content as somebody gives it: an address, or a new file; neither keeps the file that is there."""

    title: str
    theme_id: int
    kind: str = ContentKind.ARTICLE
    stage: str = Served.SUSPECT
    language: str = "fr"
    summary: str = ""
    url: str = ""
    file: NewFile | None = None
    form_id: int | None = None
    touchpoint_id: int | None = None
    owner_id: int | None = None


def create_content(organisation: Organisation, *, values: ContentInput, by: Actor | None) -> Content:
    """Add a content; past views of its page count as readings once a worker has looked. Raises Invalid, Conflict."""
    with transaction.atomic():
        Organisation.objects.select_for_update().get(pk=organisation.pk)
        if Content.objects.filter(archived_at=None).count() >= MOST_CONTENTS:
            raise Conflict(_("There are %(n)s contents already: put some away first.") % {"n": MOST_CONTENTS})
        content = Content(organisation=organisation, key=make_key(), created_by=by if isinstance(by, User) else None)
        _set(content, values)
        content.save()
        _keep_file(content, values)
        audit.record(organisation, by, "content.create", content, after=_told(content))
        if content.page_path:
            rebuild(organisation, by=by if isinstance(by, User) else None)
    return content


def update_content(organisation: Organisation, *, content_id: int, values: ContentInput, by: Actor | None) -> Content:
    """Change a content; its public address stays. Raises NotFound, Invalid, and Conflict where it is put away."""
    with transaction.atomic():
        content = lock_content(content_id)
        before, page, theme_id = _told(content), (content.page_host, content.page_path), content.theme_id
        _set(content, values)
        content.save()
        _keep_file(content, values)
        audit.record(organisation, by, "content.update", content, before=before, after=_told(content))
        if ((content.page_host, content.page_path), content.theme_id) != (page, theme_id):
            rebuild(organisation, by=by if isinstance(by, User) else None)
    return content


def archive_content(organisation: Organisation, *, content_id: int, by: Actor | None) -> Content:
    """Put a content away: its public address says so, it is proposed to nobody; who read it stays. Raises NotFound."""
    with transaction.atomic():
        content = lock_content(content_id, archived=True)
        if content.archived_at is None:
            content.archived_at = timezone.now()
            content.save(update_fields=["archived_at", "updated_at"])
            audit.record(organisation, by, "content.archive", content)
    return content


def restore_content(organisation: Organisation, *, content_id: int, by: Actor | None) -> Content:
    """Bring a content back that was put away. Raises NotFound."""
    with transaction.atomic():
        content = lock_content(content_id, archived=True)
        if content.archived_at is not None:
            content.archived_at = None
            content.save(update_fields=["archived_at", "updated_at"])
            audit.record(organisation, by, "content.restore", content)
    return content


def lock_content(content_id: int, *, archived: bool = False) -> Content:
    """Return a content, to be changed by nobody else until the transaction ends. Raises NotFound, Conflict."""
    content: Content | None = Content.objects.select_for_update(of=("self",)).filter(pk=content_id).first()
    if content is None:
        raise NotFound
    if content.archived_at is not None and not archived:
        raise Conflict(_("This content was put away: bring it back first."))
    return content


def check_url(text: str) -> str:
    """Return the address of a page of the web as it is kept; raise Invalid for what is none, or leads to no public one.

    No script, no user and password, no machine or network of one's own.
    """
    url = text.strip()
    problem = Invalid(fields={"url": _("Write the public address of a page: https://www.acme.fr/blog/article.")})
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError as error:
        raise problem from error
    is_page = parts.scheme in {"http", "https"} and bool(host) and not parts.username and not parts.password
    is_page = is_page and url.isprintable() and not set(url) & set(" '\"<>\\`") and (port is None or port > 0)
    if not is_page or len(url) > LONGEST_URL or not is_storable(url) or not _is_public(host):
        raise problem
    return url


def _is_public(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        # A name of numbers alone is an address in other clothes.
        is_name = "." in host and not host.rpartition(".")[2].isdigit() and not host.lower().startswith("0x")
        return is_name and not host.lower().endswith(_PRIVATE_ENDINGS)
    return is_allowed(host)


def _set(content: Content, values: ContentInput) -> None:
    fields: dict[str, str] = {}
    content.title, content.summary = " ".join(values.title.split()), values.summary.strip()
    if not content.title or len(content.title) > 160 or not is_storable(content.title):
        fields["title"] = _("A content has a title of at most 160 characters.")
    if len(content.summary) > 400 or not is_storable(content.summary):
        fields["summary"] = _("This is too long, or holds characters that cannot be stored.")
    for name, choices in (("kind", ContentKind.values), ("stage", Served.values), ("language", dict(LANGUAGES))):
        setattr(content, name, getattr(values, name))
        if getattr(values, name) not in choices:
            fields[name] = _("Choose one of the list.")
    fields |= _set_references(content, values)
    fields |= _set_place(content, values)
    if fields:
        raise Invalid(fields=fields)


def _set_references(content: Content, values: ContentInput) -> dict[str, str]:
    """Set what a content refers to; return what is wrong. What it has already may stay, whatever became of it."""
    fields: dict[str, str] = {}
    theme = Theme.objects.filter(pk=values.theme_id).first()
    if theme is None:
        fields["theme"] = _("Choose a theme.")
    else:
        content.theme = theme
    form = LeadForm.objects.filter(pk=values.form_id or 0).first()
    is_kept = values.form_id == content.form_id
    if values.form_id and (form is None or not (is_kept or form.is_open)):
        fields["form"] = _("Choose a form that is live.")
    content.form = form
    touchpoint = Touchpoint.objects.filter(pk=values.touchpoint_id or 0).first()
    if values.touchpoint_id and (
        touchpoint is None or (touchpoint.archived_at and touchpoint.pk != content.touchpoint_id)
    ):
        fields["touchpoint"] = _("Choose a touchpoint of the inventory.")
    content.touchpoint = touchpoint
    if values.owner_id and not Membership.objects.filter(user_id=values.owner_id).exists():
        fields["owner"] = _("Choose a member of the organisation.")
    content.owner_id = values.owner_id
    return fields


def _set_place(content: Content, values: ContentInput) -> dict[str, str]:
    """Set where a content is: at an address, or with us; return what is wrong."""
    has_file = content.pk is not None and ContentFile.objects.filter(content=content).exists()
    try:
        if values.file is not None:
            check_file(values.file)
        content.url = check_url(values.url) if values.url.strip() else ""
    except Invalid as error:
        return {name: str(text) for name, text in error.fields.items()}
    if content.url and values.file is not None:
        return {"file": _("Give an address or a file, not both.")}
    if not content.url and values.file is None and not has_file:
        return {"url": _("Say where it is: give an address or a file.")}
    content.page_host, content.page_path = _read_page(content.url) if content.url else ("", "")
    return {}


def _read_page(url: str) -> tuple[str, str]:
    """Return site and page of an address, as views of it will be read."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT f ->> 'host', f ->> 'path' FROM touchpoints_facts(jsonb_build_object('url', %s::text)) AS f", [url]
        )
        host, path = cursor.fetchone()
    return host[:260], path


def _keep_file(content: Content, values: ContentInput) -> None:
    if values.file is None and not content.url:
        return
    ContentFile.objects.filter(content=content).delete()
    if values.file is not None:
        given = values.file
        ContentFile.objects.create(
            organisation_id=content.organisation_id,
            content=content,
            name=given.name,
            content_type=check_file(given),
            size=len(given.data),
            data=given.data,
        )


def _told(content: Content) -> dict[str, Any]:
    names: Mapping[str, Any] = {
        "title": content.title,
        "kind": content.kind,
        "theme": content.theme.name,
        "stage": content.stage,
        "language": content.language,
        "url": content.url,
        "form": content.form.name if content.form else None,
        "touchpoint": content.touchpoint.name if content.touchpoint else None,
        "owner": str(content.owner) if content.owner else None,
    }
    return dict(names)
