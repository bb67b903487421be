"""Files of audiences, written as jobs: first who stands in one, in one statement, then line by line in chunks.

A worker may die anywhere: lists and chunks are committed with what they say, and another one goes on. Whoever says no
while a file is written is left out of what is not written yet; whoever said no after is in the next removal file.
"""

import hashlib
from typing import Any

from django.db import connection, transaction

from contacts.audiences.choosing import ALLOWED, IN, WHY, choose, find_purpose
from contacts.audiences.models import AudienceFile, AudienceMember, AudiencePiece, FileKind
from contacts.audiences.platforms import Person, cells_of, csv_bytes, header_of
from contacts.normalising import region_of
from contacts.segments.matching import OVER_EVERYBODY
from contacts.suppressions import share_addresses
from prm.organisations.models import Organisation
from prm.work.errors import Conflict
from prm.work.jobs import JobRun
from prm.work.sql import fetch, run

CHUNK = 5000


def run_file(job: JobRun) -> None:
    """Write a file; it goes on where a run before it ended."""
    file = AudienceFile.objects.select_related("audience__segment").get(pk=job.job.params["file"])
    if file.kind == FileKind.REMOVE:
        _write_removals(job, file)
    else:
        _write_people(job, file)
    file.sha256 = _digest(file)
    file.save(update_fields=["sha256"])
    job.result.update(rows=file.rows, sha256=file.sha256)


def count_owed(organisation: Organisation, audience_id: int) -> int:
    """Return how many a platform was told of who may no longer be in it. One statement over the audience's people."""
    purpose = {"organisation_id": organisation.pk, "audience_id": audience_id}
    rows = fetch("contacts/count_owed_removals", {**purpose, **_purpose(audience_id)})
    return int(rows[0][0])


def _purpose(audience_id: int) -> dict[str, Any]:
    """Return the purpose an audience rests on; one that is archived allows nobody."""
    codes = (
        AudienceFile.objects.filter(audience=audience_id).order_by("-pk").values_list("audience__purpose", flat=True)
    )
    purpose = find_purpose(codes.first() or "")
    return {"purpose_id": purpose.pk if purpose else None}


# --- Those to be added --------------------------------------------------------------------------


def _write_people(job: JobRun, file: AudienceFile) -> None:
    organisation = job.organisation
    if not file.is_listed:
        _list_people(organisation, file)
    total = AudienceMember.objects.filter(file=file).count() if not job.job.total else job.job.total
    job.advance(done=file.rows, total=total)
    if not file.pieces_done:
        _keep(file, csv_bytes([header_of(file.platform, file.columns)]), rows=0, last_id=0)
    while _write_chunk(organisation, file):
        job.advance(done=file.rows)


def _list_people(organisation: Organisation, file: AudienceFile) -> None:
    """Note who stands in it, and how many are left out and why. Two statements over everybody."""
    choice = choose(organisation, file.audience)
    if choice.problem:
        raise Conflict(choice.problem)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(OVER_EVERYBODY)
        cursor.execute(f"{choice.select(f'{WHY} AS why, count(*)')} GROUP BY 1", choice.params)
        counts = dict(cursor.fetchall())
        counts.pop(IN, None)
        columns = "c.organisation_id, %(file_id)s::bigint, c.id, ''"
        cursor.execute(
            "INSERT INTO audiences_audiencemember (organisation_id, file_id, contact_id, email_hash)"
            f" {choice.select(columns)} AND {ALLOWED}",
            {**choice.params, "file_id": file.pk},
        )
        file.left_out, file.is_listed = counts, True
        file.save(update_fields=["left_out", "is_listed"])


def _write_chunk(organisation: Organisation, file: AudienceFile) -> bool:
    """Write the next lines; return whether there were any. Whoever erases somebody comes before, or finds them."""
    purpose = find_purpose(file.purpose)
    params = {
        "organisation_id": organisation.pk,
        "file_id": file.pk,
        "last_id": file.last_id,
        "most": CHUNK,
        "purpose_id": purpose.pk if purpose else None,
    }
    with transaction.atomic():
        share_addresses(organisation)
        rows = fetch("contacts/list_audience_people", params, allowed=ALLOWED)
        if not rows:
            return False
        country = region_of(organisation.time_zone)
        lines, ids, gone = [], [], []
        for member_id, is_allowed, email, phone, first_name, last_name, postcode in rows:
            if not is_allowed:
                gone.append(member_id)
                continue
            person = Person(email, phone, first_name, last_name, postcode, country if postcode else "")
            lines.append(cells_of(file.platform, file.columns, person))
            ids.append(member_id)
        if gone:
            AudienceMember.objects.filter(pk__in=gone).delete()
            file.left_out = {**file.left_out, "refused": file.left_out.get("refused", 0) + len(gone)}
        run("contacts/note_audience_hashes", {**params, "ids": ids, "hashes": [line[0] for line in lines]})
        _keep(file, csv_bytes(lines), rows=len(lines), last_id=rows[-1][0])
    return True


# --- Those to be removed ------------------------------------------------------------------------


def _write_removals(job: JobRun, file: AudienceFile) -> None:
    organisation, audience_id = job.organisation, file.audience_id
    params = {"organisation_id": organisation.pk, "audience_id": audience_id, **_purpose(audience_id)}
    job.advance(done=file.rows, total=file.rows + count_owed(organisation, audience_id))
    if not file.pieces_done:
        _keep(file, csv_bytes([header_of(file.platform, file.columns)]), rows=0, last_id=0)
    while True:
        with transaction.atomic():
            rows = fetch("contacts/take_owed_removals", {**params, "file_id": file.pk, "most": CHUNK})
            if rows:
                _keep(file, csv_bytes(rows), rows=len(rows), last_id=file.last_id)
        if not rows:
            return
        job.advance(done=file.rows)


# --- Bytes --------------------------------------------------------------------------------------


def _keep(file: AudienceFile, data: bytes, *, rows: int, last_id: int) -> None:
    with transaction.atomic():
        AudiencePiece.objects.create(
            organisation_id=file.organisation_id, file=file, number=file.pieces_done, data=data
        )
        file.rows, file.size_bytes = file.rows + rows, file.size_bytes + len(data)
        file.last_id, file.pieces_done = last_id, file.pieces_done + 1
        file.save(update_fields=["rows", "size_bytes", "last_id", "pieces_done", "left_out"])


def _digest(file: AudienceFile) -> str:
    digest = hashlib.sha256()
    pieces = AudiencePiece.objects.filter(file=file).order_by("number").values_list("data", flat=True)
    for data in pieces.iterator(chunk_size=4):
        digest.update(bytes(data))
    return digest.hexdigest()
