"""Bring a file of contacts in, in the foreground: `manage.py import_contacts --organisation acme contacts.csv`."""

import json
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError

from contacts.importing.running import counts_of, merge_file
from contacts.importing.services import begin_here, create_import, map_import, over_guess
from contacts.importing.storing import forget
from contacts.models import Import, ImportMode, LawfulBasis
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from prm.work.errors import DomainError, Invalid


class Command(BaseCommand):
    """Import a CSV or XLSX file; the columns are guessed, a mapping says what was guessed wrong."""

    help = "Import contacts from a CSV or XLSX file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--organisation", required=True, metavar="SLUG")
        parser.add_argument("--mapping", default="{}", metavar="JSON", help='{"Column": "field"}, over what is guessed')
        parser.add_argument(
            "--key", default=None, help="what tells contacts apart: external_id, email, siren_name, properties.NAME"
        )
        parser.add_argument("--mode", default=ImportMode.OVERWRITE.value, choices=ImportMode.values)
        parser.add_argument("--source", default="", help="where these people come from")
        parser.add_argument("--lawful-basis", default="", choices=["", *LawfulBasis.values])

    def handle(self, **options: Any) -> None:
        organisation = Organisation.objects.filter(slug=options["organisation"]).first()
        if organisation is None:
            raise CommandError(f"There is no organisation {options['organisation']!r}.")
        with organisation_scope(organisation.pk):
            try:
                source_import = self._prepare(organisation, options)
                self._merge(organisation, source_import)
            except DomainError as error:
                raise CommandError(_in_full(error)) from error

    def _prepare(self, organisation: Organisation, options: dict[str, Any]) -> Import:
        path: Path = options["file"]
        try:
            with path.open("rb") as stream:
                source_import = create_import(
                    organisation,
                    filename=path.name,
                    pieces=_pieces(stream),
                    by="import_contacts",
                    source=options["source"],
                )
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
        return map_import(
            organisation,
            import_id=source_import.pk,
            mapping=over_guess(source_import.mapping, _read_mapping(options["mapping"])),
            key_field=source_import.key_field if options["key"] is None else options["key"],
            source=options["source"],
            lawful_basis=options["lawful_basis"],
            mode=options["mode"],
        )

    def _merge(self, organisation: Organisation, source_import: Import) -> None:
        begin_here(source_import)
        began_at = time.monotonic()

        def progress(done: int, total: int) -> None:
            rate = done / max(time.monotonic() - began_at, 0.001)
            text = f"{done:,} of {total:,} rows, {rate:,.0f} a second"
            self.stderr.write(f"\r{text}" if sys.stderr.isatty() else text, ending="" if sys.stderr.isatty() else "\n")

        merge_file(organisation, source_import, progress)
        forget(source_import)
        source_import.refresh_from_db()
        if sys.stderr.isatty():
            self.stderr.write("")
        for name, count in counts_of(source_import).items():
            self.stdout.write(f"{name}: {count}")


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    return iter(lambda: stream.read(1 << 20), b"")


def _read_mapping(text: str) -> dict[str, str]:
    try:
        mapping = json.loads(text)
    except ValueError as error:
        raise CommandError(f"--mapping is not JSON: {error}") from error
    if not isinstance(mapping, dict) or not all(isinstance(value, str) for value in mapping.values()):
        raise CommandError('--mapping is an object of texts: {"Column": "field"}')
    return mapping


def _in_full(error: DomainError) -> str:
    fields = error.fields if isinstance(error, Invalid) else {}
    return " ".join([str(error.message), *(f"{field}: {text}" for field, text in fields.items())])
