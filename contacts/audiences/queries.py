"""Reads for pages of audiences."""

from dataclasses import dataclass

from django.db.models import QuerySet

from contacts.audiences.models import Audience, AudienceFile, AudienceMember, FileKind
from contacts.models import Contact
from prm.organisations.models import Organisation
from prm.work.errors import NotFound

# Of one audience, the newest; older ones are found in the audit log.
MOST_FILES = 50
MOST_OF_CONTACT = 20


@dataclass(frozen=True)
class Row:
    """One audience of the list, with its newest file."""

    audience: Audience
    last: AudienceFile | None


def list_rows(organisation: Organisation, *, is_archived: bool) -> list[Row]:
    """Return the audiences by name. Two queries."""
    found = Audience.objects.filter(organisation=organisation, archived_at__isnull=not is_archived)
    audiences = list(found.select_related("segment").order_by("name", "pk"))
    files = AudienceFile.objects.filter(organisation=organisation, audience__in=audiences, kind=FileKind.ADD)
    last = {one.audience_id: one for one in files.order_by("audience", "-pk").distinct("audience")}
    return [Row(one, last.get(one.pk)) for one in audiences]


def count_archived(organisation: Organisation) -> int:
    """Return how many audiences were put away."""
    return Audience.objects.filter(organisation=organisation, archived_at__isnull=False).count()


def get_audience(organisation: Organisation, audience_id: int) -> Audience:
    """Return an audience with its segment, or raise NotFound. One query."""
    found = Audience.objects.filter(organisation=organisation, pk=audience_id).select_related("segment")
    audience: Audience | None = found.first()
    if audience is None:
        raise NotFound
    return audience


def get_file(organisation: Organisation, file_id: int) -> AudienceFile:
    """Return a file with its job, or raise NotFound. One query."""
    found = AudienceFile.objects.filter(organisation=organisation, pk=file_id).select_related("job")
    file: AudienceFile | None = found.first()
    if file is None:
        raise NotFound
    return file


def list_files(audience: Audience) -> list[AudienceFile]:
    """Return the log of an audience, the newest first. One query."""
    found = AudienceFile.objects.filter(organisation=audience.organisation_id, audience=audience)
    return list(found.select_related("job", "created_by").order_by("-pk")[:MOST_FILES])


def list_files_of(contact: Contact) -> list[AudienceMember]:
    """Return the files a contact stood in that somebody took, the newest first. One query."""
    found: QuerySet[AudienceMember] = AudienceMember.objects.filter(
        organisation=contact.organisation_id, contact=contact, file__downloads__gt=0
    )
    return list(found.select_related("file__audience", "removed_in").order_by("-file", "-pk")[:MOST_OF_CONTACT])
