"""Stock files as INSEE publishes them, read a piece at a time: CSV, CSV in a zip, parquet.

To read pieces costs little, to take them apart into rows much: that is done by other processes (`converting.py`), each
of which opens the file for itself. A position is a number of bytes (of text) or of row groups (of parquet): reading
goes on from wherever a piece ended. In INSEE's files a row is a line. A file that is not what it says is refused in
words, before or as soon as it shows.
"""

import csv
import importlib
import importlib.util
import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Any, Protocol

from enrichment.directory.columns import (
    ESTABLISHMENT_FIELDS,
    OPTIONAL_FIELDS,
    UNIT_FIELDS,
    Row,
)

BLOCK_BYTES = 4 * 1024 * 1024
LONGEST_LINE = 1 << 26
DOWNLOAD = "the dataset “Base Sirene des entreprises et de leurs établissements” of data.gouv.fr"


class Kind(StrEnum):
    """Which of the two files."""

    UNITS = "StockUniteLegale"
    ESTABLISHMENTS = "StockEtablissement"


FIELDS = {Kind.UNITS: UNIT_FIELDS, Kind.ESTABLISHMENTS: ESTABLISHMENT_FIELDS}


class UnusableFileError(Exception):
    """A file that is not what it should be; says what it is and what to do."""


@dataclass(frozen=True)
class Position:
    """How far a file is read: bytes or row groups, and lines."""

    at: int = 0
    lines: int = 0


@dataclass(frozen=True)
class Piece:
    """A part of a file, not taken apart yet, and where the next one begins; of parquet it has no text."""

    # Whole lines.
    text: bytes
    # How many lines stand before it.
    lines: int
    after: Position


@dataclass(frozen=True)
class Block:
    """The rows of a piece with the lines they end on."""

    rows: Iterator[tuple[int, Row]]
    # Only where some of its text cannot be stored: each row has to be looked at.
    is_suspect: bool = False


class StockFile(Protocol):
    """One file."""

    path: Path
    kind: Kind
    # Where each field stands in a row.
    places: dict[str, int]
    width: int
    # In the unit of positions.
    size: int

    def text_bytes(self) -> int:
        """Return its size as text, roughly: what the disk need is reckoned from."""
        ...

    def pieces(self, start: Position) -> Iterator[Piece]:
        """Read on from a position."""
        ...

    def block(self, piece: Piece) -> Block:
        """Take a piece apart."""
        ...


def open_stock(path: Path, *, block_bytes: int = BLOCK_BYTES) -> StockFile:
    """Look at a file and return it ready to be read; raise UnusableFileError for what is no stock file."""
    try:
        with path.open("rb") as stream:
            head = stream.read(4096)
    except OSError as error:
        raise UnusableFileError(f"{path}: {error.strerror}.") from error
    if not head:
        raise UnusableFileError(f"{path} is empty. Download it again from {DOWNLOAD}.")
    if head.startswith(b"PAR1"):
        return ParquetFile(path)
    if head.startswith(b"\x1f\x8b"):
        raise UnusableFileError(f"{path} is compressed with gzip. Unpack it first: gunzip {path.name}")
    if head.lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        raise UnusableFileError(f"{path} is a web page, not data: the download failed. Take it from {DOWNLOAD}.")
    return CsvFile(path, is_zip=head.startswith(b"PK\x03\x04"), block_bytes=block_bytes)


class CsvFile:
    """Comma separated UTF-8 text, plain or as the one file of a zip."""

    def __init__(self, path: Path, *, is_zip: bool, block_bytes: int = BLOCK_BYTES) -> None:
        self.path, self._is_zip, self._block_bytes = path, is_zip, block_bytes
        self._entry = _entry_of(path) if is_zip else None
        self.size = self._entry.file_size if self._entry else path.stat().st_size
        with self._opened() as stream:
            first = _reading(path, stream.readline, 1 << 16)
        self._begin = Position(len(first), 1)
        header = _header_of(path, first)
        self.kind, self.places = kind_of(path, header), {name: place for place, name in enumerate(header)}
        self.width = len(header)

    def text_bytes(self) -> int:
        """Return its size as text."""
        return self.size

    def pieces(self, start: Position) -> Iterator[Piece]:
        """Read on from a position, in whole lines."""
        start = start if start.at else self._begin
        at, lines, rest = start.at, start.lines, b""
        with self._opened() as stream:
            _skip(self.path, stream, start.at)
            while True:
                piece = _reading(self.path, stream.read, self._block_bytes)
                if not piece:
                    break
                head, newline, tail = piece.rpartition(b"\n")
                if not newline:
                    rest += piece
                    if len(rest) > LONGEST_LINE:
                        raise UnusableFileError(f"{self.path} is no CSV file: line {lines + 1} never ends.")
                    continue
                whole, rest = rest + head + newline, tail
                at += len(whole)
                after = Position(at, lines + whole.count(b"\n"))
                yield Piece(whole, lines, after)
                lines = after.lines
        if rest:
            # INSEE ends every line: what is left was cut off.
            if len(_row_of(rest.decode(errors="replace"))) < self.width:
                raise UnusableFileError(
                    f"{self.path} ends in the middle of line {lines + 1}: the download was cut off. Download it again."
                )
            yield Piece(rest, lines, Position(at + len(rest), lines + 1))

    def block(self, piece: Piece) -> Block:
        """Take text apart into rows: a row is a line."""
        return _block(piece.text, piece.lines, piece.after.lines - piece.lines)

    @contextmanager
    def _opened(self) -> Iterator[IO[bytes]]:
        if self._entry is None:
            with self.path.open("rb") as stream:
                yield stream
        else:
            with zipfile.ZipFile(self.path) as archive, archive.open(self._entry) as packed:
                yield packed


class ParquetFile:
    """Parquet, if pyarrow is installed: it is no dependency of the product (the CSV files say the same)."""

    def __init__(self, path: Path) -> None:
        if importlib.util.find_spec("pyarrow") is None:
            raise UnusableFileError(
                f"{path} is a parquet file, which needs pyarrow: install it (pip install pyarrow), "
                "or take the zipped CSV file, which needs nothing."
            )
        parquet: Any = importlib.import_module("pyarrow.parquet")
        try:
            self._file: Any = parquet.ParquetFile(path)
        except (OSError, ValueError) as error:
            raise UnusableFileError(f"{path} is a damaged parquet file ({error}). Download it again.") from error
        self.path, self.size = path, self._file.num_row_groups
        names = list(self._file.schema_arrow.names)
        self.kind = kind_of(path, names)
        self._names = [name for name in (*FIELDS[self.kind], *OPTIONAL_FIELDS) if name in names]
        self.places, self.width = {name: place for place, name in enumerate(self._names)}, len(self._names)

    def text_bytes(self) -> int:
        """Return its size as text, from what its rows have as CSV."""
        rows: int = self._file.metadata.num_rows
        return rows * (220 if self.kind == Kind.UNITS else 260)

    def pieces(self, start: Position) -> Iterator[Piece]:
        """Go on from a position."""
        lines = start.lines
        for group in range(start.at, self.size):
            after = Position(group + 1, lines + self._file.metadata.row_group(group).num_rows)
            yield Piece(b"", lines, after)
            lines = after.lines

    def block(self, piece: Piece) -> Block:
        """Read a row group."""
        try:
            table = self._file.read_row_group(piece.after.at - 1, columns=self._names)
        except (OSError, ValueError) as error:
            raise UnusableFileError(f"{self.path} is a damaged parquet file ({error}). Download it again.") from error
        columns = [[_plain(value) for value in table.column(name).to_pylist()] for name in self._names]
        rows = zip(range(piece.lines + 1, piece.after.lines + 1), zip(*columns, strict=True), strict=True)
        return Block(rows, is_suspect=True)


def kind_of(path: Path, header: Sequence[str]) -> Kind:
    """Return which file has this header; new columns are welcome, missing ones are not."""
    names = set(header)
    if "dateFin" in names:
        raise UnusableFileError(f"{path} is a file of past periods (Historique). Take StockUniteLegale instead.")
    kind = Kind.ESTABLISHMENTS if "siret" in names else Kind.UNITS
    missing = [field for field in FIELDS[kind] if field not in names]
    if len(missing) > len(FIELDS[kind]) / 2:
        raise UnusableFileError(
            f"{path} is neither StockUniteLegale nor StockEtablissement: its first line is {', '.join(header)[:160]!r}."
        )
    if missing:
        raise UnusableFileError(f"{path} lacks columns of {kind.value}: {', '.join(missing)}.")
    return kind


def _plain(value: Any) -> str:
    if value is None:
        return ""
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def _entry_of(path: Path) -> zipfile.ZipInfo:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if entry.filename.lower().endswith(".csv")]
    except zipfile.BadZipFile as error:
        raise UnusableFileError(f"{path} is no whole zip file: the download was cut off. Download it again.") from error
    if len(entries) != 1:
        raise UnusableFileError(f"{path} holds {len(entries)} CSV files; one is expected.")
    if entries[0].flag_bits & 0x1:
        raise UnusableFileError(f"{path} is encrypted. Unpack it first.")
    return entries[0]


def _header_of(path: Path, first: bytes) -> list[str]:
    try:
        line = first.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise UnusableFileError(f"{path} is not text in UTF-8. Take the file from {DOWNLOAD}.") from error
    if ";" in line and "," not in line:
        raise UnusableFileError(f"{path} is separated by semicolons: a tool has rewritten it. Take INSEE's own file.")
    return next(csv.reader([line]), [])


def _reading(path: Path, read: Any, size: int) -> bytes:
    try:
        piece: bytes = read(size)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise UnusableFileError(f"{path} is damaged ({error}). Download it again.") from error
    except OSError as error:
        raise UnusableFileError(f"{path} cannot be read: {error.strerror}.") from error
    return piece


def _skip(path: Path, stream: IO[bytes], count: int) -> None:
    """Go to a position; what is packed has to be unpacked on the way."""
    if not isinstance(stream, zipfile.ZipExtFile):
        stream.seek(count)
        return
    while count > 0:
        piece = _reading(path, stream.read, min(count, 1 << 20))
        if not piece:
            break
        count -= len(piece)


def _block(data: bytes, lines: int, count: int) -> Block:
    is_suspect = b"\0" in data
    try:
        content = data.decode()
    except UnicodeDecodeError:
        content, is_suspect = data.decode(errors="surrogateescape"), True
    try:
        found: list[Row] = list(csv.reader(io.StringIO(content, newline="")))
    except csv.Error:
        found = []
    if len(found) != count:
        # A quote that is never closed swallows lines: each is read by itself.
        found = [_row_of(line) for line in content.splitlines()]
    return Block(enumerate(found, lines + 1), is_suspect)


def _row_of(line: str) -> Row:
    try:
        return next(csv.reader([line], strict=True), [])
    except csv.Error:
        return [line]
