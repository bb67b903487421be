"""People who were erased stay so, whatever a file says; and what it says of them is not kept."""

from django.db import connection

from contacts.importing.chunking import Chunk, Reject
from contacts.models import Import
from contacts.rights.keys import addresses_in, erased_addresses, erased_ids, has_erased
from prm.organisations.models import Organisation


def set_erased_aside(organisation: Organisation, chunk: Chunk) -> None:
    """Set staged rows aside whose external id belonged to somebody who was erased, whatever their address."""
    found = erased_ids(organisation, {one.clean.external_id for one in chunk.staged if one.clean.external_id})
    if found:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE contacts_import_row SET reason = 'erased' WHERE external_id = ANY (%s)", [sorted(found)]
            )


def without_erased(organisation: Organisation, source_import: Import, rejects: list[Reject]) -> list[Reject]:
    """Return the rows set aside; of those that name somebody who was erased, no more than line, reason and column."""
    if not rejects or not has_erased(organisation):
        return rejects
    place = _place_of_id(source_import)
    named = [(addresses_in(one.cells), _cell(one.cells, place)) for one in rejects]
    addresses = erased_addresses(organisation, set().union(*(found for found, _id in named)))
    ids = erased_ids(organisation, {external_id for _found, external_id in named if external_id})
    return [
        Reject(one.line, one.reason, one.column)
        if one.reason == "erased" or found & addresses or its_id in ids
        else one
        for one, (found, its_id) in zip(rejects, named, strict=True)
    ]


def _place_of_id(source_import: Import) -> int | None:
    mapped = [source_import.mapping.get(column) for column in source_import.columns]
    return mapped.index("external_id") if "external_id" in mapped else None


def _cell(cells: list[str], place: int | None) -> str:
    return cells[place].strip() if place is not None and place < len(cells) else ""
