"""Fill the directory anew beside the one in use, then put it in its place in one step. Run as the owner of the tables.

Everything is prepared in the schema `directory_next`, with the shape of `directory`. Each piece of a file is one
transaction with the note of how far it got, so that a loader killed at any moment goes on from there. At the end two
schemas change names in one transaction: readers see the whole old directory, then the whole new one.
"""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import OperationalError, connection, transaction
from django.utils import timezone
from psycopg.types.json import Jsonb

from enrichment.directory.columns import ESTABLISHMENT_COLUMNS, UNIT_COLUMNS, Choice
from enrichment.directory.converting import ConvertAll, Converted, LostProcessError, converting, usual_processes
from enrichment.directory.reading import Kind, Position, StockFile, UnusableFileError
from prm.organisations.grants import grant_reading
from prm.work import sql

NEXT, CURRENT, OLD = "directory_next", "directory", "directory_old"
# Any number: one loader at a time.
LOCK = 71_805
COLUMNS = {Kind.UNITS: UNIT_COLUMNS, Kind.ESTABLISHMENTS: ESTABLISHMENT_COLUMNS}
TABLES = {Kind.UNITS: "unit", Kind.ESTABLISHMENTS: "establishment"}
# More bad rows than this, and than this share: it is the file that is bad.
BAD_ROWS_BORNE = 1000
BAD_SHARE_BORNE = 0.01
# Bytes in the database for each byte of the files' text while all of it is being prepared (measured).
DISK_FACTOR = 2.2
# Waited for readers of the directory that was replaced.
PATIENCE_SECONDS = 10
# Kept in memory as one bit for each SIREN there could be.
SIREN_BITS = 10**9

BadRow = Callable[[StockFile, int, str], None]
Progress = Callable[["Step"], None]


class CannotLoadError(Exception):
    """The load cannot begin or end; says why. What is loaded stays as it is."""


@dataclass(frozen=True)
class Step:
    """How far one file is."""

    file: StockFile
    at: int
    lines: int
    kept: int
    rejected: int
    is_resumed: bool = False


@dataclass(frozen=True)
class Loaded:
    """What the directory holds now."""

    as_of: date
    companies: int
    establishments: int
    rejected: int


@dataclass
class _File:
    """A file with what was noted of it."""

    stock: StockFile
    # The last moment, ISO, at which the register changed one of its rows.
    latest: str = ""
    position: Position = field(default_factory=Position)
    kept: int = 0
    rejected: int = 0
    is_done: bool = False

    @property
    def identity(self) -> str:
        """Change with the file: name, size and time."""
        status = self.stock.path.stat()
        return f"{self.stock.path.name} {status.st_size} {int(status.st_mtime)}"


def disk_need(files: Sequence[StockFile]) -> int:
    """Return how many bytes the database needs beside what it holds, at most: filters need less."""
    return int(sum(one.text_bytes() for one in files) * DISK_FACTOR)


def load(
    files: Sequence[StockFile],
    *,
    choice: Choice,
    processes: int = 0,
    on_progress: Progress = lambda _step: None,
    on_bad_row: BadRow = lambda _file, _line, _reason: None,
    on_stage: Callable[[str], None] = lambda _text: None,
) -> Loaded:
    """Load StockUniteLegale, with StockEtablissement or without; raise CannotLoadError or UnusableFileError.

    Rows are converted in so many processes (0: as many as suit the machine), with what the database works beside them.
    Goes on where an earlier load of the same files with the same choice was interrupted.
    """
    began = time.monotonic()
    with _alone():
        _drop_old()
        ordered = _in_order(files, choice)
        limit = (timezone.now() + timedelta(days=1)).isoformat()
        noted = [_File(one) for one in ordered]
        _prepare(noted, choice)
        for position, one in enumerate(noted):
            only = _sirens_of(noted[0]) if position and not choice.is_everything and not one.is_done else None
            with converting(one.stock, choice, limit, processes=processes or usual_processes()) as convert:
                _stage(one, convert, only, on_progress, on_bad_row)
        _check_rows(noted)
        on_stage("Building the directory and its indexes")
        return _finish(noted, choice, began, on_stage)


def forget_interrupted() -> None:
    """Drop what an interrupted load left behind."""
    with _alone():
        _drop(NEXT)


# --- Beginning --------------------------------------------------------------------------------------------


def _in_order(files: Sequence[StockFile], choice: Choice) -> list[StockFile]:
    """Return the files in the order in which the first one says what is kept of the second."""
    by_kind = {one.kind: one for one in files}
    if len(by_kind) < len(files):
        raise CannotLoadError(f"Give each file once: there are two of {files[0].kind.value}.")
    if Kind.UNITS not in by_kind:
        raise CannotLoadError("StockUniteLegale is needed: it has the names. StockEtablissement adds the places.")
    if choice.departments and Kind.ESTABLISHMENTS not in by_kind:
        raise CannotLoadError("--department needs StockEtablissement as well: only it says where companies are.")
    first = Kind.ESTABLISHMENTS if choice.departments else Kind.UNITS
    return sorted(files, key=lambda one: one.kind != first)


def _prepare(files: list[_File], choice: Choice) -> None:
    """Find what an earlier run left of this very load, or begin with empty tables."""
    wanted = _wanted(choice)
    rows = _notes()
    if {row[0] for row in rows} == {one.identity for one in files} and all(row[1] == wanted for row in rows):
        by_identity = {row[0]: row[2:] for row in rows}
        for one in files:
            at, lines, one.kept, one.rejected, one.is_done, one.latest = by_identity[one.identity]
            one.position = Position(at, lines)
        return
    _drop(NEXT)
    with transaction.atomic():
        _run(f"CREATE SCHEMA {NEXT}")
        for table in ("company", "establishment"):
            # Their indexes come once they are filled.
            _run(f"CREATE TABLE {NEXT}.{table} (LIKE {CURRENT}.{table})")
        _run(f"CREATE TABLE {NEXT}.load (LIKE {CURRENT}.load INCLUDING ALL)")
        # Unlogged, both: should the server crash, units and notes are gone together, and the load begins again.
        _run(
            f"CREATE UNLOGGED TABLE {NEXT}.unit AS SELECT {', '.join(UNIT_COLUMNS)} FROM {CURRENT}.company WITH NO DATA"
        )
        _run(
            f"CREATE UNLOGGED TABLE {NEXT}.note (file text PRIMARY KEY, wanted jsonb, at bigint, lines bigint,"
            " kept bigint, rejected bigint, is_done boolean, latest text)"
        )
        for one in files:
            _run(
                f"INSERT INTO {NEXT}.note VALUES (%s, %s, 0, 0, 0, 0, false, '')",
                [one.identity, Jsonb(wanted)],
            )


def _notes() -> list[tuple[Any, ...]]:
    if not _rows("SELECT 1 FROM pg_tables WHERE schemaname = %s AND tablename = 'note'", [NEXT]):
        return []
    rows = _rows(f"SELECT file, wanted, at, lines, kept, rejected, is_done, latest FROM {NEXT}.note")
    # Django's cursors give JSON as text.
    return [(file, json.loads(wanted), *rest) for file, wanted, *rest in rows]


def _wanted(choice: Choice) -> dict[str, Any]:
    return {
        "active_only": choice.active_only,
        "naf": sorted(choice.naf),
        "departments": sorted(choice.departments),
    }


# --- Reading files into their tables ----------------------------------------------------------------------


def _stage(one: _File, convert: ConvertAll, only: bytearray | None, on_progress: Progress, on_bad_row: BadRow) -> None:
    """Copy a file's chosen rows, a piece a transaction."""
    stock = one.stock
    target = f"{NEXT}.{TABLES[stock.kind]} ({', '.join(COLUMNS[stock.kind])})"
    on_progress(Step(stock, one.position.at, one.position.lines, one.kept, one.rejected, bool(one.position.at)))
    if one.is_done:
        return
    try:
        for piece, made in convert(stock.pieces(one.position)):
            lines, kept = (made.lines, made.kept) if only is None else _those_of(made, only)
            for number, reason in made.rejected:
                on_bad_row(stock, number, reason)
            with transaction.atomic():
                if kept:
                    with connection.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN") as copy:
                        copy.write(lines)
                one.position, one.latest = piece.after, max(one.latest, made.latest)
                one.kept, one.rejected = one.kept + kept, one.rejected + len(made.rejected)
                _note(one)
            on_progress(Step(stock, one.position.at, one.position.lines, one.kept, one.rejected))
            _check_rows([one])
    except LostProcessError as error:
        raise CannotLoadError(
            "A process that converts rows was ended from outside: is there memory left? "
            "Started again, the load goes on from here; --processes 1 takes the least."
        ) from error
    one.is_done = True
    _note(one)


def _those_of(made: Converted, only: bytearray) -> tuple[bytes, int]:
    """Return the lines whose SIREN the first file kept, and how many they are."""
    lines = [line for line in made.lines.splitlines(keepends=True) if _holds(only, int(line[:9]))]
    return b"".join(lines), len(lines)


def _note(one: _File) -> None:
    _run(
        f"UPDATE {NEXT}.note SET at = %s, lines = %s, kept = %s, rejected = %s, is_done = %s, latest = %s"
        " WHERE file = %s",
        [
            one.position.at,
            one.position.lines,
            one.kept,
            one.rejected,
            one.is_done,
            one.latest,
            one.identity,
        ],
    )


def _check_rows(files: list[_File]) -> None:
    for one in files:
        if one.rejected > max(BAD_ROWS_BORNE, BAD_SHARE_BORNE * one.position.lines):
            raise UnusableFileError(
                f"{one.stock.path}: {one.rejected:,} of {one.position.lines:,} rows cannot be used. "
                "It is not what INSEE publishes; nothing was changed."
            )


def _sirens_of(one: _File) -> bytearray:
    """Return which SIRENs the first file kept, a bit each (125 MB)."""
    bits = bytearray(SIREN_BITS // 8 + 1)
    statement = f"COPY (SELECT siren FROM {NEXT}.{TABLES[one.stock.kind]}) TO STDOUT"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for (siren,) in copy.rows():
            number = int(siren)
            bits[number >> 3] |= 1 << (number & 7)
    return bits


def _holds(bits: bytearray, number: int) -> bool:
    return bool(bits[number >> 3] >> (number & 7) & 1)


# --- The end ----------------------------------------------------------------------------------------------


def _finish(files: list[_File], choice: Choice, began: float, on_stage: Callable[[str], None]) -> Loaded:
    """Join units and places, build the indexes, change places with the directory in use."""
    has_places = len(files) > 1
    with transaction.atomic():
        _run("SET LOCAL maintenance_work_mem = '512MB'")
        _run("SET LOCAL work_mem = '128MB'")
        _run("SET LOCAL max_parallel_maintenance_workers = 2")
        # INSEE's files are in order of number: sorting them again is sooner done than spilling hashes to disk.
        _run("SET LOCAL enable_hashagg = off")
        _run(f"TRUNCATE {NEXT}.company, {NEXT}.load")
        # A number that stands twice in a file: the later row is newer.
        _without_doubles("unit", "siren")
        if has_places:
            _without_doubles("establishment", "siret")
        # Also of an empty table: the next directory takes its shape from this one.
        _index("establishment")
        _run(f"ANALYZE {NEXT}.unit")
        _run(f"ANALYZE {NEXT}.establishment")
        companies = sql.run(
            "enrichment/build_directory", {"only_placed": bool(choice.departments), "has_places": has_places}
        )
        if not companies:
            raise CannotLoadError("No company is left with these filters: the directory stays as it is.")
        if not choice.is_everything and has_places:
            sql.run("enrichment/drop_orphan_establishments", {})
        establishments = _rows(f"SELECT count(*) FROM {NEXT}.establishment")[0][0]
        on_stage(f"{companies:,} companies; indexes")
        _index("company")
        loaded = Loaded(_as_of(files), companies, establishments, sum(one.rejected for one in files))
        _describe(loaded, files, choice, time.monotonic() - began)
    # Outside a transaction: lets counts be read from the indexes alone.
    _run(f"VACUUM (ANALYZE) {NEXT}.company")
    _run(f"VACUUM (ANALYZE) {NEXT}.establishment")
    with transaction.atomic():
        _run(f"DROP TABLE {NEXT}.unit, {NEXT}.note")
        grant_reading(connection, NEXT)
        # One that is still there is read by nobody who began since: its readers are waited for now.
        _drop(OLD)
        _run(f"ALTER SCHEMA {CURRENT} RENAME TO {OLD}")
        _run(f"ALTER SCHEMA {NEXT} RENAME TO {CURRENT}")
    _drop_old()
    return loaded


def _drop_old() -> None:
    """Drop the directory that was in use; one that somebody still reads is left to the next load."""
    with suppress(OperationalError), transaction.atomic():
        _run(f"SET LOCAL lock_timeout = '{PATIENCE_SECONDS}s'")
        _drop(OLD)


def _without_doubles(table: str, key: str) -> None:
    sql.run("enrichment/drop_directory_doubles", {}, table=f"{NEXT}.{table}", key=key)


def _index(table: str) -> None:
    """Give a table the indexes its counterpart in use has."""
    found = _rows("SELECT indexdef FROM pg_indexes WHERE schemaname = %s AND tablename = %s", [CURRENT, table])
    existing = _rows("SELECT indexdef FROM pg_indexes WHERE schemaname = %s AND tablename = %s", [NEXT, table])
    for (definition,) in sorted(found):
        wanted = definition.replace(f" ON {CURRENT}.", f" ON {NEXT}.")
        if (wanted,) not in existing:
            _run(wanted)


def _as_of(files: list[_File]) -> date:
    """Return the day the files tell the register's state of: the last change in them, else their own date."""
    moments = [one.latest[:10] for one in files if one.latest]
    try:
        return max(date.fromisoformat(moment) for moment in moments)
    except ValueError:
        return datetime.fromtimestamp(
            max(one.stock.path.stat().st_mtime for one in files), timezone.get_current_timezone()
        ).date()


def _describe(loaded: Loaded, files: list[_File], choice: Choice, seconds: float) -> None:
    _run(
        f"INSERT INTO {NEXT}.load (as_of, loaded_at, seconds, files, filters, companies, establishments, rejected)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        [
            loaded.as_of,
            timezone.now(),
            seconds,
            Jsonb([one.stock.path.name for one in files]),
            Jsonb(_wanted(choice)),
            loaded.companies,
            loaded.establishments,
            loaded.rejected,
        ],
    )


# --- The database -----------------------------------------------------------------------------------------


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the loader's lock, which goes with the connection."""
    [(is_mine,)] = _rows("SELECT pg_try_advisory_lock(%s)", [LOCK])
    if not is_mine:
        raise CannotLoadError("Another load_sirene is running on this database.")
    _run("SET synchronous_commit = off")
    try:
        yield
    finally:
        if connection.is_usable():
            _run("SELECT pg_advisory_unlock(%s)", [LOCK])
            _run("RESET synchronous_commit")


def _drop(schema: str) -> None:
    _run(f"DROP SCHEMA IF EXISTS {schema} CASCADE")


def _run(statement: str, params: Sequence[Any] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


def _rows(statement: str, params: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return list(cursor.fetchall())
