"""Files people may be given: of a few kinds, told by how they begin, whatever they are called."""

from dataclasses import dataclass
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from django.utils.translation import gettext as _

from prm.work.errors import Invalid
from prm.work.texts import make_storable

LARGEST_FILE = 20 * 1024 * 1024
_OFFICE = "application/vnd.openxmlformats-officedocument."
# By ending: how the file begins, from which byte on, and what browsers are told it is.
_KINDS: dict[str, tuple[bytes, int, str]] = {
    "pdf": (b"%PDF-", 0, "application/pdf"),
    "docx": (b"PK\x03\x04", 0, f"{_OFFICE}wordprocessingml.document"),
    "pptx": (b"PK\x03\x04", 0, f"{_OFFICE}presentationml.presentation"),
    "xlsx": (b"PK\x03\x04", 0, f"{_OFFICE}spreadsheetml.sheet"),
    "epub": (b"PK\x03\x04", 0, "application/epub+zip"),
    "png": (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    "jpg": (b"\xff\xd8\xff", 0, "image/jpeg"),
    "jpeg": (b"\xff\xd8\xff", 0, "image/jpeg"),
    "mp4": (b"ftyp", 4, "video/mp4"),
    "webm": (b"\x1aE\xdf\xa3", 0, "video/webm"),
    "mp3": (b"ID3", 0, "audio/mpeg"),
}
ENDINGS = tuple(_KINDS)
# What stands in a file of an office program, and in an e-book.
_INSIDE = {"docx": "word/document.xml", "pptx": "ppt/presentation.xml", "xlsx": "xl/workbook.xml", "epub": "mimetype"}


@dataclass(frozen=True)
class NewFile:
    """A file as it was uploaded."""

    name: str
    data: bytes

    @classmethod
    def of(cls, name: str, data: bytes) -> "NewFile":
        """Return an upload with a name that can be kept."""
        return cls(make_storable(name.replace("\\", "/").rpartition("/")[2])[-160:] or "file", data)

    @property
    def ending(self) -> str:
        """What stands behind the last point of its name."""
        return self.name.rpartition(".")[2].lower()


def check_file(file: NewFile) -> str:
    """Return what browsers are told a file is; raise Invalid for one that is too large, empty, or of another kind."""
    if not 0 < len(file.data) <= LARGEST_FILE:
        words = _("A file has at most %(n)s megabytes, and is not empty.")
        raise Invalid(fields={"file": words % {"n": LARGEST_FILE // 1024 // 1024}})
    known = _KINDS.get(file.ending)
    if known is None:
        raise Invalid(fields={"file": _("Files can be: %(kinds)s.") % {"kinds": ", ".join(ENDINGS)}})
    begins, start, content_type = known
    if file.data[start : start + len(begins)] != begins or not _holds(file):
        raise Invalid(
            fields={"file": _("This is no file of the kind its name says (%(kind)s).") % {"kind": file.ending}}
        )
    return content_type


def _holds(file: NewFile) -> bool:
    """Tell whether a packed file holds what its kind does; nothing is unpacked."""
    inside = _INSIDE.get(file.ending)
    if inside is None:
        return True
    try:
        with ZipFile(BytesIO(file.data)) as packed:
            return inside in packed.namelist()
    except (BadZipFile, ValueError):
        return False
