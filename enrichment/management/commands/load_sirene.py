"""Load INSEE's stock files into the local directory: `manage.py load_sirene StockUniteLegale_utf8.zip ...`."""

import csv
import sys
import time
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from contacts.codes.words import department_words
from enrichment.directory.columns import Choice
from enrichment.directory.loading import CannotLoadError, Step, disk_need, forget_interrupted, load
from enrichment.directory.reading import BLOCK_BYTES, StockFile, UnusableFileError, open_stock

# Bad rows told on the terminal; --rejects keeps all.
TOLD = 20
GIGABYTE = 1e9


class Command(BaseCommand):
    """Works as the owner of the tables; the application goes on reading the old directory meanwhile."""

    help = (
        "Load SIRENE's stock files (CSV, zip or parquet) into the local directory, in place of what is loaded. "
        "Interrupted, it goes on when it is started again with the same files and filters."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, help="StockUniteLegale, and StockEtablissement for places")
        parser.add_argument("--active-only", action="store_true", help="leave out closed companies and establishments")
        parser.add_argument(
            "--naf", action="append", default=[], metavar="CODE", help="only this activity: 62, 62.01 or 62.01Z; repeat"
        )
        parser.add_argument(
            "--department",
            action="append",
            default=[],
            metavar="CODE",
            help="only this département: 29, 2A, 974; repeat",
        )
        parser.add_argument("--rejects", type=Path, help="write the rows that cannot be used to this CSV file")
        parser.add_argument("--start-over", action="store_true", help="forget an interrupted load")
        parser.add_argument(
            "--processes", type=int, default=0, help="convert rows in so many processes (as many as suit the machine)"
        )
        parser.add_argument(
            "--block-bytes", type=int, default=BLOCK_BYTES, help="text read, copied and noted at a time"
        )

    def handle(self, **options: Any) -> None:
        if settings.DATABASE_ROLE != "owner":
            raise CommandError("load_sirene works as the owner of the tables: set PRM_DATABASE_ROLE=owner.")
        choice = self._choice(options)
        try:
            files = [open_stock(path, block_bytes=max(options["block_bytes"], 1024)) for path in options["files"]]
            self.stdout.write(
                f"Needs up to {disk_need(files) / GIGABYTE:,.1f} GB of the database's disk"
                f"{', less with filters' if not choice.is_everything else ''}, beside the directory in use."
            )
            self.stdout.flush()
            if options["start_over"]:
                forget_interrupted()
            with _Terminal(self, options["rejects"]) as terminal:
                loaded = load(
                    files,
                    choice=choice,
                    processes=max(options["processes"], 0),
                    on_progress=terminal.progress,
                    on_bad_row=terminal.bad_row,
                    on_stage=terminal.stage,
                )
        except (UnusableFileError, CannotLoadError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"Loaded {loaded.companies:,} companies and {loaded.establishments:,} establishments, "
            f"as of {loaded.as_of}; {loaded.rejected:,} rows could not be used."
        )

    def _choice(self, options: dict[str, Any]) -> Choice:
        unknown = [code for code in options["department"] if department_words(code.upper()) == code.upper()]
        if unknown:
            raise CommandError(f"There is no département {', '.join(unknown)}. Write 01, 2A, 75, 974.")
        naf = tuple(sorted(code.upper().replace(".", "") for code in options["naf"]))
        if not all(code[:2].isdigit() and 2 <= len(code) <= 5 for code in naf):
            raise CommandError("--naf wants a division or more of a code: 62, 62.01, 62.01Z.")
        return Choice(options["active_only"], naf, frozenset(code.upper() for code in options["department"]))


class _Terminal:
    """Tells how far the load is, on one line of a terminal or as lines of a log."""

    def __init__(self, command: Command, rejects: Path | None) -> None:
        self._out, self._is_terminal = command.stderr, sys.stderr.isatty()
        self._rejects = rejects.open("w", encoding="utf-8", newline="") if rejects else None
        self._writer = csv.writer(self._rejects) if self._rejects else None
        self._reasons: Counter[str] = Counter()
        self._file: StockFile | None = None
        self._began, self._begun_at, self._told_at, self._first = 0.0, 0, 0.0, 0

    def __enter__(self) -> "_Terminal":
        if self._writer:
            self._writer.writerow(["file", "line", "reason"])
        return self

    def __exit__(self, *_: object) -> None:
        if self._rejects:
            self._rejects.close()
        for reason, count in self._reasons.most_common():
            self._line(f"{count:,} rows: {reason}")

    def progress(self, step: Step) -> None:
        """Say the rate and the time left of the file that is being read."""
        now = time.monotonic()
        if step.file is not self._file:
            self._file, self._began, self._begun_at, self._told_at = step.file, now, step.at, 0.0
            self._first = step.lines
            if step.is_resumed:
                self._line(f"{step.file.path.name}: going on after line {step.lines:,}")
            return
        if now - self._told_at < (0.5 if self._is_terminal else 10) and step.at < step.file.size:
            return
        self._told_at = now
        spent = max(now - self._began, 0.001)
        share = max(step.at - self._begun_at, 1) / spent
        left = (step.file.size - step.at) / share
        text = (
            f"{step.file.path.name}: {100 * step.at / step.file.size:.0f} %, {step.lines - 1:,} rows, "
            f"{step.kept:,} kept, {step.rejected:,} refused, {(step.lines - self._first) / spent:,.0f} a second, "
            f"{int(left // 60)} min {int(left % 60):02d} s left"
        )
        if self._is_terminal and step.at < step.file.size:
            self._out.write(f"\r{text}\033[K", ending="")
        else:
            self._line(f"\r{text}" if self._is_terminal else text)

    def bad_row(self, file: StockFile, line: int, reason: str) -> None:
        """Note a row that cannot be used; the first ones are told."""
        self._reasons[reason] += 1
        if self._writer:
            self._writer.writerow([file.path.name, line, reason])
        if self._reasons.total() <= TOLD:
            self._line(f"{file.path.name}, line {line:,}: {reason}")

    def stage(self, text: str) -> None:
        """Say what is being done after the files are read."""
        self._line(text)

    def _line(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()
