"""The French catalogues: collect the English texts of code and templates, check the translations, compile them.

    python -m prm.web.messages update [catalogue ...]   collect texts into the .po files
    python -m prm.web.messages check [catalogue ...]    list what is missing or badly set; exit 1 if anything is
    python -m prm.web.messages compile [catalogue ...]  write the .mo files that are older than their .po

A catalogue is an app (its Python files and templates/<app>/) or "prm" (everything else). Works without the
programs of GNU gettext.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ("contacts", "touchpoints", "scoring", "nurturing", "enrichment", "steering")
GROUND = "prm"
LANGUAGE = "fr"
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
SKIPPED_FOLDERS = {"migrations", "locale", "__pycache__", "node_modules"}
HEADER_NOISE = (
    "POT-Creation-Date",
    "PO-Revision-Date",
    "Last-Translator",
    "Language-Team",
    "Generated-By",
    "Report-Msgid",
)

NARROW = "\u202f"
# What must not stand in French text; tags, addresses and placeholders left aside.
FRENCH_FAULTS = (
    # Nothing else, and no other space, may stand before ; : ? ! (times of day and doubled marks excepted).
    (
        re.compile(rf"[^{NARROW};:?!](?=[;?!])|[^{NARROW};:?!\d](?=:)|\d(?=:(?!\d))"),
        "no narrow no-break space before ; : ? !",
    ),
    (re.compile(rf"«(?!{NARROW})|(?<!{NARROW})»"), "no narrow no-break space inside « »"),
    (re.compile(r"'"), "straight apostrophe"),
    (re.compile(r'"'), "straight quotation mark"),
    (re.compile(r"\.\.\."), "three dots instead of …"),
)
_ASIDE = re.compile(r"<[^>]*>|https?://\S*|\{[^}]*\}|&\w+;|%\(\w+\)")


@dataclass(frozen=True)
class Text:
    """One text to translate, where it was found."""

    file: str
    context: str | None
    ids: tuple[str, ...]

    @property
    def key(self) -> tuple[str, str | None]:
        """What tells it from others: singular and context."""
        return self.ids[0], self.context


def catalogue_path(name: str, root: Path = ROOT) -> Path:
    """Return the .po file of a catalogue."""
    return root / name / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"


def collect(name: str, root: Path = ROOT) -> list[Text]:
    """Return every text of a catalogue's code and templates, in the order of the files."""
    texts: list[Text] = []
    for file in sorted(_python_files(name, root)):
        texts.extend(_texts(file.relative_to(root), file.read_bytes()))
    for file in sorted(_templates(name, root)):
        texts.extend(_texts(file.relative_to(root), _as_python(file)))
    return texts


def update(name: str, root: Path = ROOT, *, prune: bool = False) -> bool:
    """Bring a .po file up to date with the code; return whether it changed.

    Translations are kept; texts no longer used are kept aside as obsolete, or dropped when `prune` is set.
    """
    path = catalogue_path(name, root)
    catalog = _read(path)
    template = Catalog(project="PRM", charset="utf-8")
    for text in collect(name, root):
        ids: Any = text.ids if len(text.ids) > 1 else text.ids[0]
        template.add(ids, locations=[(text.file, 0)], context=text.context)
    catalog.update(template, no_fuzzy_matching=True, update_creation_date=False)
    content = _write(catalog, prune=prune)
    if path.exists() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return True


def check(name: str, root: Path = ROOT) -> list[str]:
    """Return what is wrong with a catalogue, one line each."""
    catalog = _read(catalogue_path(name, root))
    wanted: dict[tuple[str, str | None], Text] = {}
    for text in collect(name, root):
        wanted.setdefault(text.key, text)
    faults: list[str] = []
    for text in wanted.values():
        message = catalog.get(text.ids[0], text.context)
        if message is None:
            faults.append(f"{text.file}: not in the catalogue (run update): {text.ids[0]!r}")
        elif not _is_translated(message):
            faults.append(f"{text.file}: not translated: {text.ids[0]!r}")
    for message in catalog:
        if message.id:
            faults.extend(_faults_of(name, message, is_used=(_singular(message), message.context) in wanted))
    faults.extend(
        f"{name}: obsolete (update --prune drops it): {_singular(one)!r}" for one in catalog.obsolete.values()
    )
    return faults


def clashes(root: Path = ROOT) -> list[str]:
    """Return the texts that two catalogues translate in two ways: Django merges them, so only one would ever show.

    Such a text wants a context of its own (pgettext, `context` in a template).
    """
    seen: dict[tuple[str, str | None], tuple[str, Any]] = {}
    faults: list[str] = []
    for name in (*APPS, GROUND):
        for message in _read(catalogue_path(name, root)):
            if not message.id or not _is_translated(message):
                continue
            other, string = seen.setdefault((_singular(message), message.context), (name, message.string))
            if string != message.string:
                faults.append(f"{name}: {other} says {string!r} for {_singular(message)!r}, not {message.string!r}")
    return faults


def compile_catalogue(name: str, root: Path = ROOT) -> bool:
    """Write the .mo file of a catalogue if its .po is newer; return whether it was written."""
    source = catalogue_path(name, root)
    target = source.with_suffix(".mo")
    if not source.exists() or (target.exists() and target.stat().st_mtime >= source.stat().st_mtime):
        return False
    compiled = BytesIO()
    write_mo(compiled, _read(source))
    # Replaced in one step: a server may be reading it.
    partial = target.with_suffix(".mo.new")
    partial.write_bytes(compiled.getvalue())
    partial.replace(target)
    return True


def compile_all(root: Path = ROOT) -> int:
    """Compile what is out of date; return how many catalogues were written. A few milliseconds when none is."""
    return sum(compile_catalogue(name, root) for name in (*APPS, GROUND))


def typography_faults(text: str) -> list[str]:
    """Return what is wrong with the setting of a French text."""
    bare = _ASIDE.sub("x", text)
    return [fault for pattern, fault in FRENCH_FAULTS if pattern.search(bare)]


def _faults_of(name: str, message: Message, *, is_used: bool) -> Iterator[str]:
    singular = _singular(message)
    if not is_used:
        yield f"{name}: no longer used (run update): {singular!r}"
    if message.fuzzy:
        yield f"{name}: fuzzy: {singular!r}"
    for error in message.check():
        yield f"{name}: {error}: {singular!r}"
    for string in message.string if isinstance(message.string, tuple) else (message.string,):
        for fault in typography_faults(str(string)):
            yield f"{name}: {fault}: {string!r}"


def _python_files(name: str, root: Path) -> Iterator[Path]:
    return _below(root / name, "*.py")


def _templates(name: str, root: Path) -> Iterator[Path]:
    folder = root / "templates"
    if name != GROUND:
        return _below(folder / name, "*.html", "*.txt", "*.xml")
    own = (path for path in _below(folder, "*.html", "*.txt", "*.xml"))
    return (path for path in own if path.relative_to(folder).parts[0] not in APPS)


def _below(folder: Path, *patterns: str) -> Iterator[Path]:
    for pattern in patterns:
        for path in folder.rglob(pattern):
            if not SKIPPED_FOLDERS.intersection(path.relative_to(folder).parts):
                yield path


def _as_python(file: Path) -> bytes:
    """Turn a template into the Python that Babel reads; lines keep their numbers but lose their indentation."""
    source = templatize(file.read_text("utf-8"), origin=str(file))
    return "\n".join(line.lstrip() for line in source.split("\n")).encode()


def _texts(file: Path, source: bytes) -> Iterator[Text]:
    extracted: Any = extract_python(BytesIO(source), KEYWORDS, [], {"encoding": "utf-8"})
    for _line, function, found, _comments in extracted:
        spec = KEYWORDS[function]
        given: tuple[Any, ...] = found if isinstance(found, tuple) else (found,)
        has_context = spec is not None and isinstance(spec[0], tuple)
        context = given[0] if has_context else None
        ids = given[1 : len(spec)] if has_context else given[: len(spec) if spec else 1]
        # A text that is worked out at run time cannot be collected.
        if ids and all(isinstance(one, str) and one for one in ids):
            yield Text(file.as_posix(), context, tuple(ids))


def _read(path: Path) -> Catalog:
    if not path.exists():
        return Catalog(locale=LANGUAGE, project="PRM", charset="utf-8", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=LANGUAGE)


def _write(catalog: Catalog, *, prune: bool) -> bytes:
    out = BytesIO()
    catalog.header_comment = "# PRM in French."
    write_po(out, catalog, width=116, include_lineno=False, sort_by_file=True, ignore_obsolete=prune)
    lines = out.getvalue().decode().split("\n")
    return "\n".join(
        line for line in lines if not line.startswith(tuple(f'"{noise}' for noise in HEADER_NOISE))
    ).encode()


def _singular(message: Message) -> str:
    return str(message.id[0] if isinstance(message.id, tuple) else message.id)


def _is_translated(message: Message) -> bool:
    strings = message.string if isinstance(message.string, tuple) else (message.string,)
    return all(strings) and (not message.pluralizable or len(strings) > 1)


def main(arguments: list[str]) -> int:
    """Run one of the three commands; return the exit status."""
    prune = "--prune" in arguments
    names: Iterable[str] = [one for one in arguments[1:] if not one.startswith("--")] or (*APPS, GROUND)
    command = arguments[0] if arguments else ""
    if command == "update":
        for name in names:
            if update(name, prune=prune):
                print(f"updated {catalogue_path(name).relative_to(ROOT)}")  # noqa: T201
    elif command == "compile":
        for name in names:
            compile_catalogue(name)
    elif command == "check":
        faults = [fault for name in names for fault in check(name)] + clashes()
        for fault in faults:
            print(fault)  # noqa: T201
        return 1 if faults else 0
    else:
        print(__doc__)  # noqa: T201
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
