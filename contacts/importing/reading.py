"""Tables read row by row, whatever is wrong with some of them: a row that cannot be read never stops the others."""

import csv
import io
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, BinaryIO, NamedTuple

from contacts.importing.looking import LONGEST_LINE, SAYS_SEPARATOR, FileForm
from contacts.importing.reasons import FileRefusedError
from contacts.importing.sheets import sheet_rows
from contacts.normalising import UnusableValueError, normalise_email

MOST_COLUMNS = 500
# A quoted value may run over so many lines; more means a quotation mark that was never closed.
MOST_LINES_IN_A_ROW = 100

csv.field_size_limit(LONGEST_LINE)


class Row(NamedTuple):
    """One row. `line` is where it begins in the file, from 1; `problem` a code of reasons.py, empty when readable."""

    line: int
    cells: list[str]
    problem: str = ""


@dataclass(frozen=True)
class Table:
    """A file's columns, under names that differ, and whether its first row names them."""

    columns: list[str]
    has_header: bool


def read_table(stream: BinaryIO, form: FileForm) -> Table:
    """Return the columns of a file; raise FileRefusedError when it holds no table."""
    rows = _raw_rows(stream, form)
    with closing(rows):
        first = next((row for row in rows if any(row.cells)), None)
        second = next((row for row in rows if any(row.cells) or row.problem), None)
    if first is None or first.problem:
        problem = "open_quote" if first is not None and first.problem == "open_quote" else "not_a_table"
        raise FileRefusedError("empty" if first is None else problem)
    if len(first.cells) > MOST_COLUMNS:
        raise FileRefusedError("too_many_columns", limit=MOST_COLUMNS)
    has_header = not _looks_like_values(first.cells)
    if has_header and second is None:
        raise FileRefusedError("no_rows")
    names = first.cells if has_header else [""] * len(first.cells)
    return Table(_name_columns(names), has_header)


def read_rows(stream: BinaryIO, form: FileForm, table: Table) -> Iterator[Row]:
    """Yield every row below the header, in order; blank rows are left out. Memory: one row."""
    width = len(table.columns)
    awaits_header = table.has_header
    for row in _raw_rows(stream, form):
        if row.problem:
            yield row
            continue
        cells = row.cells
        if not any(cells) or not any(map(str.strip, cells)):
            continue
        if awaits_header:
            awaits_header = False
            continue
        if len(cells) > width and not any(cells[width:]):
            cells = cells[:width]
        if len(cells) != width:
            yield Row(row.line, cells, "wrong_columns")
        else:
            yield Row(row.line, cells)


def _raw_rows(stream: BinaryIO, form: FileForm) -> Generator[Row, None, None]:
    stream.seek(0)
    if not form.is_spreadsheet:
        return _text_rows(stream, form)
    return (Row(number, cells) for number, cells in sheet_rows(stream, form.sheet))


# --- Text ---------------------------------------------------------------------------------------------


class _OpenQuoteError(Exception):
    """A quoted value runs on and on, or to the end of the file."""


class _LongLineError(Exception):
    """A line is longer than any row may be."""


class _Lines:
    """The file's lines for csv.reader: knows those of the current row, and can be given lines back."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
        # Not closed with the wrapper: the stream is the caller's.
        self.text = io.TextIOWrapper(io.BufferedReader(_Unclosed(stream), 1 << 20), encoding, errors=errors, newline="")
        self.back: deque[str] = deque()
        self.number = 0
        self.row: list[str] = []

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self.back.popleft() if self.back else self.text.readline(LONGEST_LINE)
        if not line:
            if self.row:
                raise _OpenQuoteError
            raise StopIteration
        self.number += 1
        self.row.append(line)
        if len(line) >= LONGEST_LINE and line[-1] not in "\r\n":
            self._skip_rest()
            raise _LongLineError
        if len(self.row) > MOST_LINES_IN_A_ROW:
            raise _OpenQuoteError
        return line

    def give_back_all_but_first(self) -> str:
        """Return the first line of the current row; the others are read again as rows of their own."""
        first, *rest = self.row
        self.back.extendleft(reversed(rest))
        self.number -= len(rest)
        self.row = []
        return first

    def _skip_rest(self) -> None:
        while True:
            more = self.text.readline(LONGEST_LINE)
            if not more or more[-1] in "\r\n":
                return


class _Unclosed(io.RawIOBase):
    """A stream whose wrapper may go without closing it."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer."""
        data = self.stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _text_rows(stream: BinaryIO, form: FileForm) -> Generator[Row, None, None]:
    lines = _Lines(stream, form.encoding)
    reader = csv.reader(lines, delimiter=form.delimiter)
    while True:
        begin = lines.number + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except _LongLineError:
            lines.row = []
            yield Row(lines.number, [], "line_too_long")
            continue
        except (_OpenQuoteError, csv.Error):
            first = lines.give_back_all_but_first()
            yield Row(begin, first.rstrip("\r\n").split(form.delimiter)[:MOST_COLUMNS], "open_quote")
            continue
        says_separator = begin == 1 and SAYS_SEPARATOR.match(lines.row[0] if lines.row else "")
        lines.row = []
        if says_separator:
            continue
        if begin == 1 and cells and cells[0].startswith("\ufeff"):
            cells[0] = cells[0][1:]
        yield Row(begin, cells)


# --- Columns ---------------------------------------------------------------------------------------------


def _looks_like_values(cells: list[str]) -> bool:
    """Tell whether a first row holds values: an address, or mostly figures."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    if any(_is_email(cell) for cell in filled):
        return True
    figures = sum(cell.replace(" ", "").replace(".", "").replace(",", "").lstrip("+-").isdigit() for cell in filled)
    return len(filled) > 1 and figures * 2 > len(filled)


def _is_email(text: str) -> bool:
    try:
        return "@" in text and bool(normalise_email(text))
    except UnusableValueError:
        return False


def _name_columns(names: list[str]) -> list[str]:
    """Return names that differ: the second "id" is "id (2)", one without a name "Column 3"."""
    result: list[str] = []
    taken: set[str] = set()
    for number, name in enumerate(names, start=1):
        base = " ".join(name.replace("\x00", "").split())[:110] or f"Column {number}"
        base = "".join("\ufffd" if "\ud800" <= letter <= "\udfff" else letter for letter in base)
        unique, count = base, 1
        while unique in taken:
            count += 1
            unique = f"{base} ({count})"
        taken.add(unique)
        result.append(unique)
    return result
