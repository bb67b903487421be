"""What members do with audiences: describe them, have files made, take the files."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from contacts.audiences.choosing import choose
from contacts.audiences.models import (
    Audience,
    AudienceFile,
    AudienceMember,
    AudiencePiece,
    Columns,
    FileKind,
    Platform,
)
from contacts.audiences.wording import describe
from contacts.consent.models import Basis, Purpose, PurposeText
from contacts.segments.matching import people_vocabulary
from contacts.segments.models import Segment
from contacts.tidying import tidy_after
from prm.conditions.documents import check
from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation, User
from prm.organisations.scope import organisation_scope
from prm.work.errors import Conflict, Invalid, NotFound
from prm.work.jobs import start_job
from prm.work.texts import is_storable

FILE = "audience"
KEPT_FOR = timedelta(days=7)
LONGEST_NAME = 120
MOST_AUDIENCES = 200


@dataclass(frozen=True)
class AudienceInput:
    """What a member says of an audience."""

    name: str
    platform: str
    purpose: str
    columns: str = Columns.EMAIL
    segment_id: int | None = None
    condition: dict[str, Any] = field(default_factory=dict)


def create_audience(organisation: Organisation, *, values: AudienceInput, by: Actor | None) -> Audience:
    """Describe an audience; no file is made yet. Raises Invalid, Conflict for too many."""
    with transaction.atomic():
        if Audience.objects.filter(archived_at=None).count() >= MOST_AUDIENCES:
            raise Conflict(_("There are %(n)s audiences already: put some away first.") % {"n": MOST_AUDIENCES})
        audience = Audience(organisation=organisation, created_by=by if isinstance(by, User) else None)
        _set(audience, values)
        audience.save()
        audit.record(organisation, by, "audience.create", audience, after=_told(audience))
    return audience


def update_audience(
    organisation: Organisation, *, audience_id: int, values: AudienceInput, by: Actor | None
) -> Audience:
    """Change an audience; its files stay what they were. Raises NotFound, Invalid, Conflict for another platform."""
    with transaction.atomic():
        audience = _lock(audience_id)
        before = _told(audience)
        if values.platform != audience.platform and AudienceFile.objects.filter(audience=audience).exists():
            raise Invalid(fields={"platform": _("Files were made for this platform: describe another audience.")})
        _set(audience, values)
        after = _told(audience)
        if after != before:
            audience.save()
            audit.record(organisation, by, "audience.update", audience, before=before, after=after)
    return audience


def archive_audience(organisation: Organisation, *, audience_id: int, by: Actor | None) -> Audience:
    """Put an audience away; its log stays, and who withdraws can still be removed. Raises NotFound."""
    return _put(organisation, audience_id, by, is_archived=True)


def restore_audience(organisation: Organisation, *, audience_id: int, by: Actor | None) -> Audience:
    """Take an audience back into use. Raises NotFound."""
    return _put(organisation, audience_id, by, is_archived=False)


def make_file(organisation: Organisation, *, audience_id: int, kind: str, by: User | None) -> AudienceFile:
    """Have a file written by a worker: of everybody to be added, or of those to be removed.

    Raises NotFound; Conflict where nobody can stand in it, or while another one is written.
    """
    with transaction.atomic():
        audience = _lock(audience_id)
        if kind not in FileKind.values:
            raise Invalid(fields={"kind": _("Say whether people are to be added or removed.")})
        unfinished = AudienceFile.objects.filter(audience=audience, job__status__in=("waiting", "running", "stopping"))
        if unfinished.exists():
            raise Conflict(_("A file of this audience is being written: wait for it, or stop it."))
        choice = choose(organisation, audience)
        if kind == FileKind.ADD:
            if audience.archived_at is not None:
                raise Conflict(_("This audience is archived."))
            if choice.problem:
                raise Conflict(choice.problem)
        texts = PurposeText.objects.filter(purpose__code=audience.purpose).order_by("-version")
        with override(organisation.language):
            asked = describe(audience, people_vocabulary()) if kind == FileKind.ADD else ""
            titles = {FileKind.ADD: _("Audience “%(name)s”"), FileKind.REMOVE: _("To be removed from “%(name)s”")}
            title = titles[FileKind(kind)] % {"name": audience.name}
        file = AudienceFile.objects.create(
            organisation=organisation,
            audience=audience,
            kind=kind,
            platform=audience.platform,
            columns=audience.columns if kind == FileKind.ADD else Columns.EMAIL,
            asked=asked,
            purpose=audience.purpose,
            purpose_version=texts.values_list("version", flat=True).first(),
            created_by=by,
        )
        file.job = start_job(organisation, kind=FILE, title=title, params={"file": file.pk}, by=by)
        file.save(update_fields=["job"])
        after = {
            "platform": file.platform,
            "columns": file.columns,
            "kind": file.kind,
            "purpose": file.purpose,
            "version": file.purpose_version,
            "asked": asked,
        }
        audit.record(organisation, by, "audience.file", audience, after=after)
        tidy_after(organisation, KEPT_FOR)
    return file


def download(organisation: Organisation, *, file_id: int, by: User) -> StreamingHttpResponse:
    """Answer with a file, piece by piece, and note who took it; raise NotFound where there is none (any more)."""
    with transaction.atomic():
        found = AudienceFile.objects.select_for_update(of=("self",)).select_related("job", "audience")
        file: AudienceFile | None = found.filter(pk=file_id).first()
        if file is None or not file.is_ready:
            raise NotFound
        file.downloads += 1
        file.downloaded_at = timezone.now()
        file.save(update_fields=["downloads", "downloaded_at"])
        after = {"platform": file.platform, "kind": file.kind, "rows": file.rows, "sha256": file.sha256}
        audit.record(organisation, by, "audience.download", file.audience, after=after)
    answer = StreamingHttpResponse(_pieces(organisation, file), content_type="text/csv; charset=utf-8")
    answer["Content-Length"] = str(file.size_bytes)
    answer["Content-Disposition"] = f'attachment; filename="{_file_name(file)}"'
    answer["Cache-Control"] = "no-store"
    return answer


def forget_files(organisation: Organisation) -> int:
    """Remove the bytes of files made more than a week ago; return of how many.

    A removal file that nobody took told nobody: its people are owed again. Of those it did tell, whoever is no longer
    in the base leaves no hash behind.
    """
    old = AudienceFile.objects.filter(
        organisation=organisation, forgotten_at=None, created_at__lt=timezone.now() - KEPT_FOR
    )
    ids = list(old.select_for_update(of=("self",)).values_list("pk", flat=True))
    if not ids:
        return 0
    AudiencePiece.objects.filter(file__in=ids).delete()
    members = AudienceMember.objects.filter(organisation=organisation)
    members.filter(removed_in__in=ids, removed_in__downloaded_at=None).update(removed_in=None)
    members.filter(removed_in__in=ids, contact=None).update(email_hash="")
    # Of a file nobody took, no platform knows anybody.
    members.filter(file__in=ids, file__downloaded_at=None).delete()
    AudienceFile.objects.filter(pk__in=ids).update(forgotten_at=timezone.now())
    return len(ids)


def _put(organisation: Organisation, audience_id: int, by: Actor | None, *, is_archived: bool) -> Audience:
    with transaction.atomic():
        audience = _lock(audience_id)
        if (audience.archived_at is not None) != is_archived:
            audience.archived_at = timezone.now() if is_archived else None
            audience.save(update_fields=["archived_at", "updated_at"])
            audit.record(organisation, by, f"audience.{'archive' if is_archived else 'restore'}", audience)
    return audience


def _pieces(organisation: Organisation, file: AudienceFile) -> Iterator[bytes]:
    for number in range(file.pieces_done):
        # The scope of the request is over when a stream is read.
        with organisation_scope(organisation.pk):
            data = AudiencePiece.objects.values_list("data", flat=True).get(file=file, number=number)
        yield bytes(data)


def _file_name(file: AudienceFile) -> str:
    return f"{file.platform}-{file.kind}-{timezone.localdate(file.created_at).isoformat()}-{file.pk}.csv"


def _lock(audience_id: int) -> Audience:
    found = Audience.objects.select_for_update(of=("self",)).select_related("segment").filter(pk=audience_id)
    audience: Audience | None = found.first()
    if audience is None:
        raise NotFound
    return audience


def _set(audience: Audience, values: AudienceInput) -> None:
    fields: dict[str, str] = {}
    name = " ".join(values.name.split())
    if not name or len(name) > LONGEST_NAME or not is_storable(name):
        fields["name"] = _("Give a name of at most %(n)s characters.") % {"n": LONGEST_NAME}
    elif Audience.objects.filter(name=name).exclude(pk=audience.pk).exists():
        fields["name"] = _("Another audience has this name.")
    if values.platform not in Platform.values:
        fields["platform"] = _("Choose a platform.")
    if values.columns not in Columns.values:
        fields["columns"] = _("Choose what is passed on.")
    purposes = Purpose.objects.filter(code=values.purpose, basis=Basis.CONSENT, archived_at=None)
    if not purposes.exists():
        fields["purpose"] = _("Choose a purpose people say yes to.")
    if values.segment_id is not None:
        known = Segment.objects.filter(pk=values.segment_id)
        if values.segment_id != audience.segment_id:
            known = known.filter(archived_at=None)
        if not known.exists():
            fields["segment"] = _("Choose a segment in use.")
    if values.segment_id is None and not values.condition:
        fields["segment"] = _("Say who is meant: a segment, a condition, or both.")
    if fields:
        raise Invalid(fields=fields)
    if values.condition:
        check(values.condition, people_vocabulary())
    audience.name, audience.platform, audience.columns = name, values.platform, values.columns
    audience.purpose, audience.condition = values.purpose, values.condition
    audience.segment_id, audience.of_segment = values.segment_id, values.segment_id is not None


def _told(audience: Audience) -> dict[str, Any]:
    segment = Segment.objects.filter(pk=audience.segment_id or 0).values_list("name", flat=True).first()
    return {
        "name": audience.name,
        "platform": audience.platform,
        "columns": audience.columns,
        "purpose": audience.purpose,
        "segment": segment,
        "condition": audience.condition,
    }
