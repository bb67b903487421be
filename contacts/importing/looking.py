"""What a file is, found by looking at its bytes and not at its name: spreadsheet or text, encoding, separator."""

import codecs
import csv
import re
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass
from typing import BinaryIO

from charset_normalizer import from_bytes

from contacts.importing.reasons import FileRefusedError
from contacts.importing.sheets import list_sheets

XLSX = "xlsx"
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1", "mac-roman", "cp850", "cp1250", "cp1251")
DELIMITERS = (",", ";", "\t", "|")
LONGEST_LINE = 1_000_000
SAMPLE_BYTES = 1_200_000
_BLOCK = 1 << 20
# Unpacked, a spreadsheet may be so many times its size, and at most so many bytes.
_LARGEST_RATIO = 200
_LARGEST_UNPACKED = 4 << 30
# What is held in memory while a spreadsheet is read: its table of texts, and all that is no sheet.
_LARGEST_TEXTS = 192 << 20
_LARGEST_PART = 32 << 20
# A sheet that unpacks to this and is packed so tightly is looked through for a cell without an end.
_LOOKED_THROUGH = 64 << 20
_TIGHT_RATIO = 40
_LONGEST_CELL = 4 << 20
_SIGNATURES = (
    (b"%PDF", "pdf"),
    (b"\xd0\xcf\x11\xe0", "old_excel"),
    (b"\x1f\x8b", "archive"),
    (b"7z\xbc\xaf", "archive"),
    (b"Rar!", "archive"),
    (b"BZh", "archive"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"II*\x00", "image"),
    (b"MM\x00*", "image"),
    (b"{\\rtf", "document"),
)
_UNDER_PASSWORD = "EncryptedPackage".encode("utf-16-le")
# A first line that tells Excel the separator.
SAYS_SEPARATOR = re.compile(r"\ufeff?\"?sep=([,;\t|])\"?\r?(?:\n|$)", re.IGNORECASE)
# Bytes that were no UTF-8, as "surrogateescape" leaves them.
_ESCAPED = re.compile("[\udc80-\udcff]")
_HTML = re.compile(
    r"\s*(?:<!--.*?-->\s*)*<(?:!doctype|html|head|body|meta|table|div|script|style|title|frameset|\?xml)\b", re.DOTALL
)
# A page begins with its first tag; what comments stand before it is looked at so far.
_LOOKED_AT_FOR_HTML = 20_000
# Bytes that no text holds, beyond tabs and line ends; so many of a file that no slip explains them.
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\x81\x8d\x8f\x90\x9d]")
_MOST_CONTROLS = 0.03


@dataclass(frozen=True)
class FileForm:
    """How a file is read. `encoding` is "xlsx" for a spreadsheet, whose delimiter is empty."""

    encoding: str
    delimiter: str
    # Of a spreadsheet: the sheet that is read (empty: the first that can be seen), and all it has.
    sheet: str = ""
    sheets: tuple[str, ...] = ()

    @property
    def is_spreadsheet(self) -> bool:
        """Tell whether it is an XLSX."""
        return self.encoding == XLSX


def look_at(stream: BinaryIO, encoding: str = "", delimiter: str = "", sheet: str = "") -> FileForm:
    """Return how to read a file; what is given is kept. Raises FileRefusedError. Reads the file once; then rewinds.

    Memory: one megabyte.
    """
    stream.seek(0)
    head = stream.read(SAMPLE_BYTES)
    if not head.strip(b"\x00\t\r\n \xef\xbb\xbf\xff\xfe"):
        raise FileRefusedError("empty")
    if head.startswith(b"PK"):
        _check_spreadsheet(stream)
        sheets = list_sheets(stream)
        stream.seek(0)
        return FileForm(XLSX, "", sheet if sheet in sheets else next(iter(sheets), ""), tuple(sheets))
    for signature, reason in _SIGNATURES:
        if head.startswith(signature):
            raise FileRefusedError("locked" if reason == "old_excel" and _is_locked(stream) else reason)
    encoding = encoding or _find_encoding(stream, head)
    stream.seek(0)
    text = _decode_sample(head, encoding)
    if _HTML.match(text[:_LOOKED_AT_FOR_HTML].lstrip("\ufeff").lower()):
        raise FileRefusedError("html")
    if _is_binary(text):
        raise FileRefusedError("binary")
    if len(text) > LONGEST_LINE and not {"\n", "\r"} & set(text[:LONGEST_LINE]):
        raise FileRefusedError("not_a_table")
    said = SAYS_SEPARATOR.match(text)
    return FileForm(encoding, delimiter or (said[1] if said else find_delimiter(text)))


def _is_locked(stream: BinaryIO) -> bool:
    """Tell whether a file in the old format is a new one under a password. Memory: one block."""
    stream.seek(0)
    tail = b""
    while block := stream.read(_BLOCK):
        if _UNDER_PASSWORD in tail + block:
            return True
        tail = block[-len(_UNDER_PASSWORD) :]
    return False


def _is_binary(text: str) -> bool:
    """Tell whether too many characters are none: a few NULs in the values of a table are bad rows of it."""
    nuls = text.count("\x00")
    others = len(_CONTROLS.findall(text)) - nuls
    return nuls > max(20, len(text) // 20) or others > max(5, len(text) * _MOST_CONTROLS)


def find_delimiter(text: str) -> str:
    """Return the separator that cuts the first lines into the most columns of an equal number."""
    lines = text.splitlines()[:60]
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        widths = Counter(len(row) for row in _rows(lines, delimiter) if any(row))
        if not widths:
            continue
        width, count = max(widths.items(), key=lambda one: (one[1] * (one[0] > 1), one[0]))
        score = (count / sum(widths.values())) * min(width - 1, 20)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _rows(lines: list[str], delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        return [line.split(delimiter) for line in lines]


def _check_spreadsheet(stream: BinaryIO) -> None:
    """Refuse what would grow beyond measure, by the sizes the archive states: a part is never read beyond its own."""
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            parts = archive.infolist()
            if not any(part.filename.startswith("xl/") for part in parts):
                raise FileRefusedError("archive")
            if any(part.flag_bits & 1 for part in parts):
                raise FileRefusedError("broken_xlsx")
            if _is_bomb(parts) or any(_has_endless_cell(archive, part) for part in parts):
                raise FileRefusedError("bomb")
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise FileRefusedError("broken_xlsx") from error


def _is_bomb(parts: list[zipfile.ZipInfo]) -> bool:
    unpacked = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    if unpacked > _LARGEST_UNPACKED or (unpacked > 50 << 20 and unpacked > _LARGEST_RATIO * max(packed, 1)):
        return True
    return any(
        part.file_size > (_LARGEST_TEXTS if part.filename.endswith("sharedStrings.xml") else _LARGEST_PART)
        for part in parts
        if part.filename.endswith((".xml", ".rels")) and not part.filename.startswith("xl/worksheets/")
    )


def _has_endless_cell(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Tell whether a tightly packed part runs on for megabytes without a tag. Memory: one block."""
    if part.file_size < _LOOKED_THROUGH or part.file_size < _TIGHT_RATIO * max(part.compress_size, 1):
        return False
    if not part.filename.startswith("xl/worksheets/"):
        return False
    run = 0
    with archive.open(part) as content:
        while block := content.read(_BLOCK):
            last = block.rfind(b"<")
            run = run + len(block) if last < 0 else len(block) - last
            if run > _LONGEST_CELL:
                return True
    return False


def _find_encoding(stream: BinaryIO, head: bytes) -> str:
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if (bare := _utf_16_without_mark(head)) is not None:
        return bare
    damaged, foreign = _count_damage(stream)
    # A few bad bytes among many good sequences are bad rows of a UTF-8 file, not another encoding.
    if damaged == 0 or damaged * 10 < foreign:
        return "utf-8"
    return _find_one_byte_encoding(head)


def _utf_16_without_mark(head: bytes) -> str | None:
    sample = head[:4000]
    if sample[1::2].count(0) > len(sample) // 3 and sample[::2].count(0) == 0:
        return "utf-16-le"
    if sample[::2].count(0) > len(sample) // 3 and sample[1::2].count(0) == 0:
        return "utf-16-be"
    return None


def _count_damage(stream: BinaryIO) -> tuple[int, int]:
    """Return how many bytes are not UTF-8, and how many characters beyond ASCII are."""
    stream.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")(errors="surrogateescape")
    damaged = foreign = 0
    while True:
        block = stream.read(_BLOCK)
        text = decoder.decode(block, final=not block)
        if not text.isascii():
            bad = len(_ESCAPED.findall(text))
            damaged += bad
            foreign += len(text) - len(text.encode("ascii", "ignore")) - bad
        if not block:
            return damaged, foreign


def _find_one_byte_encoding(head: bytes) -> str:
    """Return cp1252, what Excel in French writes, unless another one makes clearly more sense."""
    names = {"cp1252": "cp1252", "mac_roman": "mac-roman", "cp850": "cp850", "cp1250": "cp1250", "cp1251": "cp1251"}
    found = from_bytes(head[:200_000], cp_isolation=list(names))
    # Encodings that read these bytes alike stand under the first of them.
    matches = {name: match for match in found for name in match.could_be_from_charset}
    usual = matches.get("cp1252")
    if usual is None:
        return names[min(matches, key=lambda name: matches[name].chaos)] if matches else "latin-1"
    best = min(matches.values(), key=lambda match: (match.chaos, -match.coherence))
    is_clear = usual.chaos - best.chaos > 0.1 or (best.coherence - usual.coherence > 0.3 and best.chaos <= usual.chaos)
    return names[best.encoding] if is_clear else "cp1252"


def _decode_sample(head: bytes, encoding: str) -> str:
    # The sample may end in the middle of a character.
    return codecs.getincrementaldecoder(encoding)(errors="replace").decode(head, final=False)
