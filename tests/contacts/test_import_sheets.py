"""Spreadsheets as they come from Excel, and those made to do damage."""

import io
import zipfile
from datetime import date, datetime

import pytest
from openpyxl import Workbook

from contacts.importing import sheets
from contacts.importing.looking import look_at
from contacts.importing.reading import read_rows, read_table
from contacts.importing.reasons import FileRefusedError
from contacts.importing.services import create_import, read_again
from contacts.models import Contact
from tests.conftest import World
from tests.contacts.files import bring_in, counts


def read(content: bytes, sheet: str = "") -> tuple[list[str], list[list[str]]]:
    stream = io.BytesIO(content)
    form = look_at(stream, sheet=sheet)
    table = read_table(stream, form)
    return table.columns, [row.cells for row in read_rows(stream, form, table)]


def saved(book: Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def make(*rows: list[object], formats: dict[str, str] | None = None) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in rows:
        sheet.append(row)
    for cell, number_format in (formats or {}).items():
        sheet[cell].number_format = number_format
    return saved(book)


def test_cells_are_read_as_they_are_seen() -> None:
    content = make(
        ["postcode", "phone", "siren", "amount", "ratio", "day", "moment", "yes", "text"],
        [
            1000,
            639981241,
            5520554,
            1234.5,
            0.1 + 0.2,
            date(2026, 3, 12),
            datetime(2026, 3, 12, 9, 30),  # noqa: DTZ001  (cells know no time zone)
            True,
            "a_x0041_",
        ],
        formats={"A2": "00000", "B2": '0#" "##" "##" "##" "##', "C2": "000 000 000", "D2": "#,##0.00"},
    )
    _columns, rows = read(content)
    assert rows == [
        ["01000", "0639981241", "005520554", "1234.5", "0.3", "2026-03-12", "2026-03-12 09:30:00", "1", "aA"]
    ]


def replaced(content: bytes, name: str, change: bytes, by: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            data = old.read(part)
            new.writestr(part.filename, data.replace(change, by) if part.filename == name else data)
    return stream.getvalue()


def test_formulas_give_their_values_and_errors_nothing() -> None:
    content = replaced(
        make(["id", "total", "found"], ["A1", "=1+1", "=VLOOKUP(1,A:A,1)"]),
        "xl/worksheets/sheet1.xml",
        b"<f>1+1</f><v />",
        b"<f>1+1</f><v>2</v>",
    )
    content = replaced(
        content,
        "xl/worksheets/sheet1.xml",
        b'<c r="C2"><f>VLOOKUP(1,A:A,1)</f><v /></c>',
        b'<c r="C2" t="e"><f>VLOOKUP(1,A:A,1)</f><v>#N/A</v></c>',
    )
    assert read(content)[1] == [["A1", "2", ""]]


def test_the_sheet_with_a_table_is_read_and_another_can_be_chosen(scoped: World) -> None:
    book = Workbook()
    cover = book.worksheets[0]
    cover.title = "Lisez-moi"
    cover.append(["Export du 12 mars"])
    for title, name in (("Clients", "Zoé"), ("Prospects", "Anne")):
        sheet = book.create_sheet(title)
        sheet.append(["id", "Prénom"])
        sheet.append(["1", name])
    content = saved(book)
    assert read(content)[1] == [["1", "Zoé"]]
    assert read(content, "Prospects")[1] == [["1", "Anne"]]
    source_import = create_import(scoped.organisation, filename="x.xlsx", pieces=[content], by=None)
    assert (source_import.sheets, source_import.sheet) == (["Clients", "Prospects", "Lisez-moi"], "Clients")
    chosen = read_again(scoped.organisation, import_id=source_import.pk, sheet="Prospects")
    assert chosen.sheet == "Prospects"


def test_a_spreadsheet_comes_in_and_twice_changes_nothing(scoped: World) -> None:
    content = make(["id", "email", "Prénom"], *([n, f"p{n}@x.example", f"P{n}"] for n in range(50)))
    assert counts(bring_in(scoped.organisation, content)) == (50, 0, 0, 0)
    assert counts(bring_in(scoped.organisation, content)) == (0, 0, 50, 0)
    assert Contact.objects.get(external_id="7").email == "p7@x.example"


def bomb(name: str, block: bytes, times: int) -> bytes:
    """A workbook one of whose parts repeats a block; written without holding it."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open(name, "w", force_zip64=True) as part:
            for _time in range(times):
                part.write(block)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "block"),
    [
        ("xl/sharedStrings.xml", bytes(range(256)) * 4096),
        ("xl/styles.xml", bytes(range(256)) * 4096),
        ("xl/worksheets/sheet1.xml", b"0" * (1 << 20)),
    ],
)
def test_what_would_grow_beyond_measure_is_never_opened(name: str, block: bytes) -> None:
    with pytest.raises(FileRefusedError, match="bomb"):
        look_at(io.BytesIO(bomb(name, block, 200)))


ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%s;" % (b"" if n == 1 else b"%d" % (n - 1)) * 10) for n in range(1, 12))
    + b"]><worksheet><sheetData><row><c t='inlineStr'><is><t>&a11;</t></is></c></row></sheetData></worksheet>"
)


@pytest.mark.parametrize("sheet", [b"<worksheet><sheetData><row>", b"nonsense", b"", ENTITIES])
def test_damaged_workbooks_are_refused_with_the_reason(sheet: bytes) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(make(["id"], ["1"]))) as old, zipfile.ZipFile(stream, "w") as new:
        for part in old.infolist():
            new.writestr(part.filename, sheet if "sheet1.xml" in part.filename else old.read(part))
    with pytest.raises(FileRefusedError):
        read(stream.getvalue())


def test_a_workbook_with_a_password_or_a_lying_size_is_refused() -> None:
    content = make(["id"], ["1"])
    lying = bytearray(content)
    place = lying.rindex(b"xl/worksheets/sheet1.xml") - 46
    lying[place + 24 : place + 28] = (1).to_bytes(4, "little")
    for damaged in (bytes(lying), content[:-40], content[: len(content) // 2]):
        with pytest.raises(FileRefusedError):
            read(damaged)


def test_a_row_that_is_said_to_be_without_end_below_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_ROWS", 1000)
    content, far = io.BytesIO(make(["email"], ["a@x.example"])), io.BytesIO()
    with zipfile.ZipFile(content) as given, zipfile.ZipFile(far, "w") as lying:
        for name in given.namelist():
            lying.writestr(name, given.read(name).replace(b'<row r="2"', b'<row r="9000"').replace(b'"A2"', b'"A9000"'))
    with pytest.raises(FileRefusedError, match="broken_xlsx"):
        read(far.getvalue())
