"""Spreadsheets read row by row, each cell as its reader sees it: zeros in front, dates, the values of formulas."""

import re
import zlib
from collections.abc import Generator
from contextlib import closing
from datetime import datetime, time
from itertools import islice
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from contacts.importing.reasons import FileRefusedError

# As many rows as a spreadsheet can have: a row said to be further down is a lie, and the way there has no end.
MOST_ROWS = 1 << 20
# Rows looked at to tell a sheet with a table from a cover.
_LOOKED_AT = 30
_DAMAGE = (
    *(BadZipFile, InvalidFileException, ParseError, zlib.error, KeyError, IndexError, ValueError, TypeError),
    *(AttributeError, EOFError, OSError, NotImplementedError, OverflowError),
)
# Excel's writing of characters that XML cannot hold.
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|[ .\-/()\u00a0]')


def list_sheets(stream: BinaryIO) -> list[str]:
    """Return the sheets' names: those with a table first, then what is visible, then what is hidden."""
    workbook = _open(stream)
    try:
        sheets = [(sheet.title, sheet.sheet_state == "visible") for sheet in workbook.worksheets]
    finally:
        workbook.close()
    if len(sheets) == 1:
        return [sheets[0][0]]
    return [
        name
        for name, _visible in sorted(sheets, key=lambda one: (not (one[1] and _has_table(stream, one[0])), not one[1]))
    ]


def sheet_rows(stream: BinaryIO, sheet: str = "") -> Generator[tuple[int, list[str]], None, None]:
    """Yield (row number from 1, cells) of a sheet; unnamed, of the first that can be seen. Raises FileRefusedError.

    Memory: the file's table of texts, and one row.
    """
    workbook = _open(stream)
    try:
        sheets = [one for one in workbook.worksheets if one.title == sheet]
        sheets += [one for one in workbook.worksheets if one.sheet_state == "visible"]
        for chosen in [*sheets, *workbook.worksheets][:1]:
            yield from _rows(chosen)
    except _DAMAGE as error:
        raise FileRefusedError("broken_xlsx") from error
    finally:
        workbook.close()


def _open(stream: BinaryIO) -> Workbook:
    stream.seek(0)
    try:
        return load_workbook(stream, read_only=True, data_only=True, keep_links=False)
    except _DAMAGE as error:
        raise FileRefusedError("broken_xlsx") from error


def _has_table(stream: BinaryIO, name: str) -> bool:
    """Tell whether two of a sheet's first rows have two filled cells."""
    with closing(sheet_rows(stream, name)) as rows:
        return sum(sum(map(bool, cells)) > 1 for _number, cells in islice(rows, _LOOKED_AT)) > 1


def _rows(sheet: Any) -> Generator[tuple[int, list[str]], None, None]:
    # Some programs write a wrong size into the file, and rows would be cut by it.
    sheet.reset_dimensions()
    zeros: dict[int, int] = {}
    width = 0
    for number, row in enumerate(sheet.iter_rows(), start=1):
        if number > MOST_ROWS:
            raise FileRefusedError("broken_xlsx")
        cells = [_text_of(cell, zeros) if cell.value is not None else "" for cell in row]
        while cells and not cells[-1] and len(cells) > width:
            cells.pop()
        width = width or len(cells)
        yield number, cells + [""] * (width - len(cells))


def _text_of(cell: Any, zeros: dict[int, int]) -> str:
    """Return a cell as a person would type it; the error of a formula says nothing."""
    value = cell.value
    if cell.data_type == "e":
        return ""
    if isinstance(value, str):
        return _ESCAPED.sub(_character, value) if "_x" in value else value
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int | float):
        return _number(value, _zeros_of(cell, zeros))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time.min else value.isoformat(" ", timespec="seconds")
    return str(value)


def _character(match: re.Match[str]) -> str:
    return chr(int(match[1], 16))


def _number(value: float, digits: int) -> str:
    if isinstance(value, int) or value.is_integer():
        return str(int(value)).zfill(digits) if value >= 0 else str(int(value))
    # What Excel shows: fifteen digits.
    return f"{value:.15g}"


def _zeros_of(cell: Any, known: dict[int, int]) -> int:
    """Return to how many digits the cell's format fills up with zeros: "00000" shows the postcode 1000 as 01000."""
    style = cell._style_id
    if style not in known:
        known[style] = _filled_to(cell.number_format or "")
    return known[style]


def _filled_to(number_format: str) -> int:
    places = _LITERAL.sub("", number_format.partition(";")[0])
    return len(places.lstrip("#")) if re.fullmatch(r"#*0[0#]*", places) else 0
