"""Mappings kept from one import to the next: proposed by themselves when the same columns come again."""

from collections.abc import Iterable, Sequence
from hashlib import sha256

from django.utils import timezone

from contacts.importing.fields import IGNORED
from contacts.importing.guessing import fold
from contacts.importing.own import is_own, own_targets
from contacts.models import Import, ImportMapping
from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation
from prm.work.errors import NotFound

# Beyond this, the ones unused for longest are forgotten.
MOST_KEPT = 50
_SAID = ("key_field", "mode", "source", "lawful_basis")


def columns_key(columns: Iterable[str]) -> str:
    """Return what files of the same columns have in common, whatever their order, case and accents."""
    return sha256("\n".join(sorted(map(fold, columns))).encode()).hexdigest()


def find_mapping(organisation: Organisation, columns: Sequence[str]) -> ImportMapping | None:
    """Return how the last file of these columns was mapped."""
    found: ImportMapping | None = ImportMapping.objects.filter(
        organisation=organisation, columns_key=columns_key(columns)
    ).first()
    return found


def list_mappings(organisation: Organisation) -> list[ImportMapping]:
    """Return the mappings kept, the last used first."""
    return list(ImportMapping.objects.filter(organisation=organisation).order_by("-used_at")[:MOST_KEPT])


def remember_mapping(organisation: Organisation, source_import: Import, *, name: str = "") -> ImportMapping:
    """Keep how a file was mapped, under its columns; a name given before stays unless there is a new one."""
    values = {field: getattr(source_import, field) for field in _SAID}
    values |= {"mapping": source_import.mapping, "used_at": timezone.now()}
    default = (source_import.filename.rpartition(".")[0] or source_import.filename)[:120]
    kept, _is_new = ImportMapping.objects.update_or_create(
        organisation=organisation,
        columns_key=columns_key(source_import.columns),
        defaults={**values, **({"name": name} if name else {})},
        create_defaults={**values, "name": name or default},
    )
    unused = ImportMapping.objects.filter(organisation=organisation).order_by("-used_at").values_list("pk", flat=True)
    ImportMapping.objects.filter(pk__in=list(unused[MOST_KEPT:])).delete()
    return kept


def apply_mapping(source_import: Import, kept: ImportMapping) -> list[str]:
    """Put a kept mapping over a draft's guesses, column by column of the same name; return the columns it spoke of.

    What went into an own field that is gone is guessed anew.
    """
    own = own_targets(source_import.organisation)
    said = {column: field for column, field in kept.mapping.items() if not is_own(field) or field in own}
    known = {fold(column): field for column, field in said.items()}
    over = {column: known[fold(column)] for column in source_import.columns if fold(column) in known}
    taken = set(over.values()) - {IGNORED}
    mapping = {
        column: IGNORED if field in taken and column not in over else field
        for column, field in source_import.mapping.items()
    }
    source_import.mapping = {**mapping, **over}
    for field in _SAID:
        setattr(source_import, field, getattr(kept, field) or getattr(source_import, field))
    source_import.trial = {}
    source_import.save(update_fields=["mapping", "trial", *_SAID])
    return list(over)


def forget_mapping(organisation: Organisation, *, mapping_id: int, by: Actor) -> None:
    """Forget a mapping; raise NotFound."""
    kept = ImportMapping.objects.filter(organisation=organisation, pk=mapping_id).first()
    if kept is None:
        raise NotFound
    audit.record(organisation, by, "import_mapping.forget", kept)
    kept.delete()


def get_mapping(organisation: Organisation, mapping_id: int) -> ImportMapping:
    """Return a mapping, or raise NotFound."""
    kept = ImportMapping.objects.filter(organisation=organisation, pk=mapping_id).first()
    if kept is None:
        raise NotFound
    return kept
