"""Files that are kept for a while and name somebody who is erased: files of exports, and uploads not imported yet."""

import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from typing import IO

from django.db.models import QuerySet
from django.utils.html import escape
from django.utils.translation import gettext as _

from contacts.importing.storing import forget, opened
from contacts.models import Export, ExportChunk, Import, ImportChunk
from contacts.rights.registry import Whom
from prm.work.errors import Conflict

# Looking into a larger spreadsheet takes longer than making it anew.
_LOOKED_INTO_BYTES = 8 << 20
_BLOCK = 1 << 20


def forget_exports(whom: Whom) -> int:
    """Remove the exports in whose file one of these people stands, or may stand; return how many."""
    kept = Export.objects.filter(organisation=whom.organisation)
    named = [export for export in kept if _must_go(export.size_bytes, _needles(whom), _pieces_of(export))]
    return Export.objects.filter(pk__in=[export.pk for export in named]).delete()[0] if named else 0


def forget_uploads(whom: Whom) -> int:
    """Remove the uploads in which one of these people stands, or may stand; return how many.

    One that nobody imported yet goes altogether, of one that was stopped the file. Raises Conflict while one is
    imported: its file goes by itself at the end.
    """
    stored = ImportChunk.objects.filter(organisation=whom.organisation).values("source_import")
    uploads = Import.objects.filter(organisation=whom.organisation, pk__in=stored).select_related("job")
    named = [one for one in uploads if _must_go(one.size_bytes, _needles(whom), _upload(one))]
    if any(one.job is not None and not one.job.is_over for one in named):
        raise Conflict(_("A file in which this person stands is being imported. Try again when it is over."))
    for one in named:
        if one.job is None and one.merged_at is None:
            one.delete()
        else:
            forget(one)
    return len(named)


def _needles(whom: Whom) -> list[bytes]:
    """Return what tells that somebody stands in a file, as its bytes may have it."""
    words = [*whom.addresses, *whom.external_ids] if whom.addresses else whom.external_ids
    if not whom.addresses:
        words = [*words, *(pattern.strip("%") for pattern in whom.patterns)]
    texts = {form for word in words for form in (word.lower(), escape(word.lower()))}
    return [text.encode(code) for text in sorted(texts) for code in ("utf-8", "utf-16-le", "utf-16-be")]


def _pieces_of(export: Export) -> Iterator[bytes]:
    chunks: QuerySet[ExportChunk] = ExportChunk.objects.filter(export=export).order_by("number")
    return (bytes(data) for data in chunks.values_list("data", flat=True).iterator(chunk_size=4))


def _upload(source_import: Import) -> Iterator[bytes]:
    with opened(source_import) as stream:
        yield from iter(lambda: stream.read(_BLOCK), b"")


def _must_go(size_bytes: int, needles: list[bytes], pieces: Iterable[bytes]) -> bool:
    with tempfile.SpooledTemporaryFile(max_size=_LOOKED_INTO_BYTES) as stream:
        for piece in pieces:
            stream.write(piece)
        stream.seek(0)
        if not zipfile.is_zipfile(stream):
            stream.seek(0)
            return _holds(stream, needles)
        if size_bytes > _LOOKED_INTO_BYTES:
            return True
        try:
            with zipfile.ZipFile(stream) as archive:
                return any(_member_holds(archive, name, needles) for name in archive.namelist())
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError):
            # Nobody can tell.
            return True


def _member_holds(archive: zipfile.ZipFile, name: str, needles: list[bytes]) -> bool:
    with archive.open(name) as member:
        return _holds(member, needles)


def _holds(stream: IO[bytes], needles: list[bytes]) -> bool:
    """Tell whether one of the needles stands in a stream, case ignored, also across two blocks."""
    overlap = max((len(needle) for needle in needles), default=0)
    rest = b""
    while block := stream.read(_BLOCK):
        text = rest + block.lower()
        if any(needle in text for needle in needles):
            return True
        rest = text[-overlap:] if overlap else b""
    return False
