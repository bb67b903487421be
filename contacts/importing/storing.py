"""The uploaded file, kept in PostgreSQL in pieces, so that any worker on any machine can read it."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import BinaryIO

from django.utils import timezone

from contacts.models import Import, ImportChunk
from prm.organisations.models import Organisation

# Below the size from which PostgreSQL would spend its time on compressing and slicing.
PIECE_BYTES = 1 << 20
DRAFTS_KEPT = timedelta(days=7)
# Kept in memory up to here, then in a temporary file.
_IN_MEMORY = 8 << 20


def store(source_import: Import, pieces: Iterable[bytes]) -> int:
    """Keep a file's bytes; return how many. Memory: one piece."""
    size = number = 0
    rest = b""
    for piece in pieces:
        rest += piece
        while len(rest) >= PIECE_BYTES:
            _write(source_import, number, rest[:PIECE_BYTES])
            rest, number, size = rest[PIECE_BYTES:], number + 1, size + PIECE_BYTES
    if rest:
        _write(source_import, number, rest)
    return size + len(rest)


@contextmanager
def opened(source_import: Import, *, most_bytes: int | None = None) -> Iterator[BinaryIO]:
    """Give the stored file as a stream that can be read from anywhere, for as long as the `with` lasts.

    `most_bytes` leaves out what comes later.
    """
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as stream:
        numbers = (
            ImportChunk.objects.filter(source_import=source_import).order_by("number").values_list("pk", flat=True)
        )
        for pk in list(numbers):
            stream.write(bytes(ImportChunk.objects.values_list("data", flat=True).get(pk=pk)))
        stream.seek(0)
        yield stream  # type: ignore[misc]


def forget(source_import: Import) -> None:
    """Remove the file's bytes; what came of it stays."""
    ImportChunk.objects.filter(source_import=source_import).delete()


def forget_drafts(organisation: Organisation) -> None:
    """Remove the bytes of files that nobody went on with for a week."""
    before = timezone.now() - DRAFTS_KEPT
    old = Import.objects.filter(organisation=organisation, job=None, created_at__lt=before)
    ImportChunk.objects.filter(source_import__in=old).delete()


def _write(source_import: Import, number: int, data: bytes) -> None:
    ImportChunk.objects.create(
        organisation_id=source_import.organisation_id, source_import=source_import, number=number, data=data
    )
