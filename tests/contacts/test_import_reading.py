"""Files as they come: encodings, separators, and files that lie."""

import io
import random
import zipfile

import pytest
from openpyxl import Workbook

from contacts.importing.guessing import guess_columns
from contacts.importing.looking import FileForm, look_at
from contacts.importing.reading import Row, Table, read_rows, read_table
from contacts.importing.reasons import FileRefusedError

PEOPLE = "Prénom;Nom;E-mail\r\nHélène;Müller;h@m.example\r\nZoé;D’Ource;z@d.example\r\n"


def read(content: bytes) -> tuple[FileForm, Table, list[Row]]:
    stream = io.BytesIO(content)
    form = look_at(stream)
    table = read_table(stream, form)
    return form, table, list(read_rows(stream, form, table))


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("cp1252", "cp1252"),
    ],
)
def test_encodings_are_found(encoding: str, found: str) -> None:
    form, table, rows = read(PEOPLE.encode(encoding))
    assert (form.encoding, form.delimiter, table.columns) == (found, ";", ["Prénom", "Nom", "E-mail"])
    assert [row.cells[1] for row in rows] == ["Müller", "D’Ource"]


def test_an_encoding_that_reads_the_same_bytes_alike_is_not_preferred_to_that_of_excel() -> None:
    text = "Identifiant;Prénom;Nom;E-mail;Budget\n" + "".join(
        f"L{n};Éric{n};Noël{n};eric{n}@exemple.fr;{n}000 €\n" for n in range(10, 60)
    )
    assert read(text.encode("cp1252"))[0].encoding == "cp1252"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_separators_are_found(delimiter: str) -> None:
    text = PEOPLE.replace(";", delimiter)
    assert read(text.encode())[0].delimiter == delimiter


def test_a_first_line_that_tells_excel_the_separator_is_believed_and_is_no_header() -> None:
    for begin in (b"sep=;\r\n", b"\xef\xbb\xbfsep=;\n", b'"sep=;"\n'):
        form, table, rows = read(begin + b"email;nom\r\na@b.example;A, B, C\r\nc@d.example;D, E, F\r\n")
        assert (form.delimiter, table.columns) == (";", ["email", "nom"])
        assert [(row.line, row.cells[1]) for row in rows] == [(3, "A, B, C"), (4, "D, E, F")]


def test_a_few_odd_characters_in_values_are_no_reason_to_refuse_a_file() -> None:
    _form, _table, rows = read(b"email,nom\na@b.example,A\x00B\nc@d.example,C\x07\n")
    assert [row.cells[1] for row in rows] == ["A\x00B", "C\x07"]


def test_a_separator_inside_quotes_is_text() -> None:
    _form, _table, rows = read(b'name,city\n"Martin, Marie",Paris\n"Two\nlines",Lyon\n')
    assert [row.cells for row in rows] == [["Martin, Marie", "Paris"], ["Two\nlines", "Lyon"]]
    assert [row.line for row in rows] == [2, 3]


def test_a_line_in_another_encoding_is_set_aside_and_the_others_are_read() -> None:
    content = "name,city\n" + "".join(f"é{number},é\n" for number in range(20))
    _form, _table, rows = read(content.encode() + b"bad,\xe9\n")
    assert len(rows) == 21
    assert rows[-1].cells == ["bad", "\udce9"]


def test_rows_of_another_width_are_set_aside_with_their_line() -> None:
    _form, _table, rows = read(b"id,name,age\n1,John\n2,Julie,26,Potatoes\n3,Ann,30,\n\n,,\n4,Bob,31\n")
    assert [(row.line, row.problem) for row in rows] == [(2, "wrong_columns"), (3, "wrong_columns"), (4, ""), (7, "")]


def test_a_quotation_mark_never_closed_costs_one_row() -> None:
    _form, _table, rows = read(b'id,name\n1,"John\n2,Julie\n3,Ann\n')
    assert [(row.line, row.problem) for row in rows] == [(2, "open_quote"), (3, ""), (4, "")]


def test_a_line_of_two_megabytes_costs_one_row() -> None:
    _form, _table, rows = read(b"id,name\n1," + b"x" * 2_000_000 + b"\n2,Julie\n")
    assert [(row.line, row.problem) for row in rows] == [(2, "line_too_long"), (3, "")]


def test_columns_of_one_name_are_told_apart() -> None:
    _form, table, _rows = read(b"id,name,id,,id\n1,John,0,30,x\n")
    assert table.columns == ["id", "name", "id (2)", "Column 4", "id (3)"]


def test_a_first_row_of_values_is_no_header() -> None:
    _form, table, rows = read(b"a@b.example,John\nc@d.example,Julie\n")
    assert (table.has_header, table.columns, len(rows)) == (False, ["Column 1", "Column 2"], 2)


def make_xlsx(rows: list[list[object]], hidden_first: bool = False) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    if hidden_first:
        sheet.sheet_state = "hidden"
        sheet = book.create_sheet("People")
    for row in rows:
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_a_spreadsheet_is_read_whatever_its_name_says() -> None:
    content = make_xlsx([["id", "name", "age"], [1, "Hélène", 30.5], ["2", None, 26]], hidden_first=True)
    form, table, rows = read(content)
    assert (form.is_spreadsheet, table.columns) == (True, ["id", "name", "age"])
    assert [row.cells for row in rows] == [["1", "Hélène", "30.5"], ["2", "", "26"]]


def zipped(name: str, content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return stream.getvalue()


def workbook_with_sheet(sheet: bytes) -> bytes:
    """Return a workbook whose sheet holds these bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(make_xlsx([["id"], [1]]))) as sound, zipfile.ZipFile(stream, "w") as broken:
        for name in sound.namelist():
            broken.writestr(name, sheet if name == "xl/worksheets/sheet1.xml" else sound.read(name))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \r\n", "empty"),
        (b"name,city\n", "no_rows"),
        (b"x" * 3_000_000, "not_a_table"),
        (b"\n<!DOCTYPE html><html><table>", "html"),
        (b"<!-- export -->\n<html>\n<body>\n<table>", "html"),
        (b"<div>\n<table>\n<tr><td>email</td></tr>\n", "html"),
        (b"<head><title>Sign in, please</title></head>\n<body>\n", "html"),
        (b"\x89PNG\r\n\x1a\n,a\nb,c\n", "image"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF,a\nb,c\n", "image"),
        (b"{\\rtf1 a, b}\nc, d\n", "document"),
        (random.Random(4).randbytes(50_000), "binary"),
        (b'"email,nom\na@b.example,A\nc@d.example,B\n', "open_quote"),
        (b"%PDF-1.7\n", "pdf"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "old_excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1" + b"\0" * 9000 + "EncryptedPackage".encode("utf-16-le"), "locked"),
        (b"\x1f\x8b\x08\x00", "archive"),
        (zipped("readme.txt", b"hello"), "archive"),
        (zipped("xl/workbook.xml", b"broken"), "broken_xlsx"),
        (workbook_with_sheet(b"<worksheet><sheetData><row>"), "broken_xlsx"),
        (zipped("xl/workbook.xml", b"\0" * (80 << 20)), "bomb"),
        (b"PK\x03\x04broken", "broken_xlsx"),
        (bytes(range(256)) * 40 + b"\0" * 4000, "binary"),
        ((",".join(f"c{n}" for n in range(501)) + "\n1\n").encode(), "too_many_columns"),
    ],
)
def test_files_that_are_no_table_are_refused_with_the_reason(content: bytes, reason: str) -> None:
    with pytest.raises(FileRefusedError) as error:
        read(content)
    assert error.value.reason == reason
    assert str(error.value.message)


@pytest.mark.parametrize(
    ("columns", "fields"),
    [
        (
            ["NOM", "Prenom", "mail_pro", "Tel direct", "Soc.", "n° siren", "Divers"],
            ["last_name", "first_name", "email", "phone", "company", "siren", "properties.Divers"],
        ),
        (
            ["Record ID", "First Name", "Last Name", "Email", "Company Name", "Job Title", "Phone Number"],
            ["external_id", "first_name", "last_name", "email", "company", "job_title", "phone"],
        ),
        (["Nom complet", "Courriel", "Raison sociale"], ["full_name", "email", "company"]),
    ],
)
def test_columns_are_guessed_by_their_names(columns: list[str], fields: list[str]) -> None:
    assert [guess.field for guess in guess_columns(columns, [])] == fields


def test_columns_without_a_telling_name_are_guessed_by_their_values() -> None:
    rows = [
        ["552100554", "a@b.example", "06 39 98 12 41", "Jean Dupont"],
        ["303265045", "c@d.example", "+33639981242", "X Y"],
    ]
    guesses = guess_columns(["A", "B", "C", "Nom"], rows)
    assert [guess.field for guess in guesses] == ["siren", "email", "phone", "full_name"]
    assert {guess.confidence for guess in guesses} == {"check"}


def test_an_id_that_repeats_is_no_key() -> None:
    guesses = guess_columns(["id", "Lead ID"], [["1", "a"], ["1", "b"], ["1", "c"]])
    assert [guess.field for guess in guesses] == ["properties.id", "external_id"]


EXPORTS = {
    "HubSpot": (
        {"Record ID": "external_id", "Email": "email", "Company Name": "company", "Website URL": "domain",
         "Unsubscribed from all email": "opted_out", "Original Source": "source"},
        ["251", "z@a.example", "Solvane", "solvane.example", "", "Organic Search"],
    ),
    "Salesforce": (
        {"Lead ID": "external_id", "Title": "job_title", "Company / Account": "company", "Lead Source": "source",
         "Email Opt Out": "opted_out", "Annual Revenue": "number.Annual Revenue"},
        ["00Q1", "CEO", "Solvane", "Web", "0", "12,000.50"],
    ),
    "Mautic": (
        {"id": "external_id", "title": "properties.title", "position": "job_title", "email": "email",
         "preferred_locale": "language"},
        ["1", "Mme", "DG", "z@a.example", "fr_FR"],
    ),
    "Outlook": (
        {"Titre": "properties.Titre", "Prénom": "first_name", "Titre de la fonction": "job_title",
         "Tél. mobile": "phone", "Adresse de messagerie": "email", "Page Web": "domain"},
        ["Mme", "Zoé", "DG", "06 39 98 12 41", "z@a.example", "www.solvane.example"],
    ),
    "Google": (
        {"Given Name": "first_name", "Organization 1 - Name": "company", "Organization 1 - Title": "job_title",
         "E-mail 1 - Type": "properties.E-mail 1 - Type", "E-mail 1 - Value": "email", "Phone 1 - Value": "phone"},
        ["Zoé", "Solvane", "DG", "Work", "z@a.example", "+33639981241"],
    ),
    "LinkedIn": (
        {"URL": "properties.URL", "Email Address": "email", "Connected On": "date.Connected On"},
        ["https://www.linkedin.com/in/zoe", "z@a.example", "12 Mar 2026"],
    ),
    "no header": (
        {"c1": "first_name", "c2": "last_name", "c3": "email", "c4": "phone", "c5": "domain", "c6": "siren"},
        ["Zoé", "Roux", "z@a.example", "06 39 98 12 41", "https://solvane.example", "FR32552100554"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("program", EXPORTS)
def test_columns_of_the_usual_exports_are_recognised(program: str) -> None:
    expected, row = EXPORTS[program]
    rows = [[cell.replace("z@", f"z{n}@").replace("Roux", "Roux" + "abc"[n]) for cell in row] for n in range(3)]
    rows = [[f"{cell}{n}" if cell in {"251", "00Q1", "1"} else cell for cell in one] for n, one in enumerate(rows)]
    assert {guess.column: guess.field for guess in guess_columns(list(expected), rows)} == expected


def test_a_rank_with_its_word_is_no_web_address() -> None:
    rows = [["02.Medium", "one.solvane.example"], ["01.High", "two.example"], ["03.Low", "https://www.trois.example/x"]]
    assert [guess.field for guess in guess_columns(["c1", "c2"], rows)] == ["properties.c1", "domain"]
