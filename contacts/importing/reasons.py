"""Why a file was refused or a row set aside: a code for programs, a sentence for people."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from contacts.normalising import REASONS as VALUE_REASONS

ROW_REASONS: dict[str, str | Promise] = {
    **VALUE_REASONS,
    "no_key": gettext_lazy("No key: the row has neither an external id nor an e-mail address."),
    "missing_external_id": gettext_lazy("The row has no external id, which is the key of this import."),
    "missing_email": gettext_lazy("The row has no e-mail address, which is the key of this import."),
    "missing_siren_name": gettext_lazy("The row lacks the SIREN or the name, which together are the key."),
    "missing_key": gettext_lazy("The row has nothing in the column that is the key of this import."),
    "wrong_columns": gettext_lazy("The row does not have as many columns as the header."),
    "line_too_long": gettext_lazy("The line is longer than one megabyte."),
    "open_quote": gettext_lazy("A quotation mark is opened and never closed."),
    "bad_encoding": gettext_lazy("The line is not in the encoding of the file."),
    "email_taken": gettext_lazy("Another contact has this e-mail address."),
    "external_id_taken": gettext_lazy("Another contact has this external id."),
    "same_contact": gettext_lazy("An earlier line of the file is about the same contact, by its other key."),
    "superseded": gettext_lazy("A later line of the same key was set aside, and this one with it."),
    "no_company": gettext_lazy("The row says something of a company and names none."),
    "too_many_tags": gettext_lazy("The file would make more than 2,000 tags. Is this really a column of tags?"),
    "erased": gettext_lazy("This person was erased at their request and may not be added again."),
}

FILE_REASONS: dict[str, str] = {
    "empty": gettext_noop("The file is empty."),
    "no_rows": gettext_noop("The file has a header and no row below it."),
    "too_large": gettext_noop("The file is larger than %(limit)s MB."),
    "too_many_columns": gettext_noop("The file has more than %(limit)s columns."),
    "not_a_table": gettext_noop(
        "This is no table: its first line is longer than one megabyte. Save it as CSV or XLSX."
    ),
    "html": gettext_noop("This is a web page, whatever its name says. Save the table as CSV or XLSX."),
    "pdf": gettext_noop("This is a PDF document. Save the table as CSV or XLSX."),
    "old_excel": gettext_noop("This is a file of an old version of Excel. Save it as XLSX or CSV."),
    "image": gettext_noop("This is a picture. Save the table as CSV or XLSX."),
    "document": gettext_noop("This is a text document. Save the table in it as CSV or XLSX."),
    "open_quote": gettext_noop(
        "A quotation mark in the first line is opened and never closed. Close it, or take it out."
    ),
    "archive": gettext_noop("This is a compressed archive. Unpack it and choose the table in it."),
    "bomb": gettext_noop("This file would grow beyond all measure when unpacked; it was not opened."),
    "locked": gettext_noop("This spreadsheet is protected by a password. Save it without one."),
    "broken_xlsx": gettext_noop("This spreadsheet cannot be opened: it is damaged or protected by a password."),
    "binary": gettext_noop("This is no text: it holds bytes that no encoding explains. Save the table as CSV or XLSX."),
}


class FileRefusedError(ValueError):
    """A file that cannot be imported; `reason` is a key of FILE_REASONS."""

    def __init__(self, reason: str, **values: object) -> None:
        self.reason, self.values = reason, values
        super().__init__(reason)

    @property
    def message(self) -> str:
        """What is wrong and what to do, for people."""
        return _(FILE_REASONS[self.reason]) % self.values


def register_row_reasons(reasons: dict[str, str | Promise]) -> None:
    """Add reasons of another kind of file; called from AppConfig.ready."""
    ROW_REASONS.update(reasons)


def row_reason(code: str) -> str:
    """Say why a row was set aside, in the reader's language."""
    return str(ROW_REASONS.get(code, code))
