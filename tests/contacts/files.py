"""Small files for imports, and the way through one without a browser."""

from collections.abc import Mapping

from contacts.importing.running import merge_file
from contacts.importing.services import create_import, map_import, over_guess
from contacts.models import Import
from prm.organisations.models import Organisation


def bring_in(
    organisation: Organisation,
    content: str | bytes,
    *,
    mapping: Mapping[str, str] | None = None,
    key: str = "",
    source: str = "",
    basis: str = "",
    mode: str = "overwrite",
) -> Import:
    """Import a file here and now; return what came of it."""
    source_import = prepare(organisation, content, mapping=mapping, key=key, source=source, basis=basis, mode=mode)
    merge_file(organisation, source_import, lambda _done, _total: None)
    source_import.refresh_from_db()
    return source_import


def prepare(
    organisation: Organisation,
    content: str | bytes,
    *,
    mapping: Mapping[str, str] | None = None,
    key: str = "",
    source: str = "",
    basis: str = "",
    mode: str = "overwrite",
) -> Import:
    """Take a file in and map it; nothing is imported yet."""
    data = content.encode() if isinstance(content, str) else content
    source_import = create_import(organisation, filename="people.csv", pieces=[data], by="test")
    given = {"id": "external_id"} if "id" in source_import.columns else {}
    return map_import(
        organisation,
        import_id=source_import.pk,
        mapping=over_guess(source_import.mapping, {**given, **(mapping or {})}),
        key_field=key,
        source=source,
        lawful_basis=basis,
        mode=mode,
    )


def counts(source_import: Import) -> tuple[int, int, int, int]:
    """Return created, updated, unchanged, rejected; they add up to the rows."""
    result = (source_import.created, source_import.updated, source_import.unchanged, source_import.rejected)
    assert sum(result) == source_import.rows
    return result
