"""Spreadsheets written row by row, every cell a text: nothing in them is ever computed."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell

from contacts.exporting import xlsx_text

MOST_ROWS = 1_048_576


class SheetWriter:
    """One sheet; memory: one row."""

    def __init__(self, title: str) -> None:
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet(title[:31])
        self._sheet.freeze_panes = "A2"

    def write(self, rows: Iterable[list[str]]) -> None:
        """Add rows."""
        for row in rows:
            self._sheet.append([self._cell(text) for text in row])

    def save(self, stream: IO[bytes]) -> None:
        """Finish the file."""
        self._book.save(stream)

    def _cell(self, text: str) -> Cell | None:
        if not text:
            return None
        cell = WriteOnlyCell(self._sheet, value=xlsx_text(text))
        cell.data_type = "s"
        return cell


@contextmanager
def sheet_written(stream: IO[bytes], title: str) -> Iterator[SheetWriter]:
    """Give a writer whose file is complete when the `with` ends."""
    writer = SheetWriter(title)
    yield writer
    writer.save(stream)
