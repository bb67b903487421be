"""A chunk of clean rows merged into the base in one transaction, by sets; or only counted, for a dry run."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection
from psycopg.types.json import Jsonb

from contacts.arrivals import Came, tell_of_companies
from contacts.companies import entry, lock_companies
from contacts.consent.files import answers_of, judge_answers, record_answers
from contacts.doubles.models import Alias
from contacts.importing.chunking import Chunk, Reject, StagedRow
from contacts.importing.fields import COMPANY_FIELDS, PLACE_FIELDS, PROPERTY_PREFIX, SIREN_NAME
from contacts.importing.guarding import set_erased_aside, without_erased
from contacts.importing.tracing import Trace
from contacts.models import Import, ImportMode, ImportReject, Suppression
from contacts.normalising import region_of
from contacts.qualification import profiles_changed, recompute, weighing_of
from contacts.suppressions import address_key, share_addresses
from contacts.tagging.services import MOST_TAGS
from prm.organisations.models import Organisation
from prm.work.sql import fetch, run
from prm.work.texts import make_storable

COLUMNS = (
    *("line", "doubles_changed", "doubles_same", "external_id", "email", "address_key", "first_name", "last_name"),
    *("phone", "job_title", "source", "language", "company", "company_key", "siren", "siret", "domain", "postcode"),
    *("city", "opted_out", "siren_unsure", "tags", "properties", "custom", "company_custom", "consents"),
)
# The département of a postcode of France, as enrichment/providers/records.py says it of a commune's.
_DEPARTMENT = (
    "CASE WHEN g.postcode !~ '^[0-9]{5}$' THEN '' WHEN left(g.postcode, 2) IN ('97', '98') THEN left(g.postcode, 3)"
    " WHEN left(g.postcode, 2) = '20' THEN CASE WHEN substr(g.postcode, 3, 1) IN ('0', '1') THEN '2A' ELSE '2B' END"
    " ELSE left(g.postcode, 2) END"
)
# Of a value or a row kept with its reject, so many characters.
_LONGEST_VALUE = 250
_LONGEST_CELL = 20_000


@dataclass
class Outcome:
    """What became of rows; the first four add up to the rows."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    # Dry run: rows about somebody who is not to be written to; rows with the address of a role, or of ten minutes.
    suppressed: int = 0
    role: int = 0
    disposable: int = 0

    def add(self, other: "Outcome") -> None:
        """Count another chunk's rows as well."""
        for name in vars(self):
            setattr(self, name, getattr(self, name) + getattr(other, name))


def merge_chunk(organisation: Organisation, source_import: Import, chunk: Chunk) -> Outcome:
    """Write what a chunk brings, its rejects, and what undoing it needs; the caller holds the transaction."""
    share_addresses(organisation)
    params = _params(organisation, source_import)
    is_suppressing = _stage(organisation, chunk)
    rejects = _set_aside(organisation, params, chunk, is_suppressing=is_suppressing)
    trace = Trace()
    if _names_companies(source_import):
        _merge_companies(organisation, params, trace, is_placing=_says_places(source_import))
        _tell_companies(organisation, params, chunk, trace)
    outcome = _judge(params, rejects)
    percent = weighing_of(organisation, to_write=True).percent_sql
    trace.contacts = list(fetch("contacts/create_import_contacts", params, percent=percent)[0][0])
    if outcome.updated:
        _update(organisation, params)
    is_tagging = any(staged.clean.tags for staged in chunk.staged)
    is_consenting = _says_of_purposes(chunk)
    if is_suppressing or is_tagging or is_consenting:
        run("contacts/find_import_contacts", {"contact_ids": trace.contacts})
    if is_tagging:
        _tag(params)
    if is_consenting:
        # With its proof before the opt-out that follows from it.
        record_answers(params, said=False)
    if is_suppressing:
        with _planned(enable_nestloop="off"):
            run("contacts/suppress_import_contacts", params)
    if is_consenting:
        trace.consented = record_answers(params, said=True)
    profiles_changed(organisation)
    trace.keep(source_import, begin=chunk.begin)
    keep_rejects(organisation, source_import, rejects)
    return outcome


def _tag(params: dict[str, Any]) -> None:
    """Let the contacts of the rows bear their tags, made where they are new."""
    names = _fetch(
        "SELECT n.name FROM contacts_import_row r, unnest(r.tags) WITH ORDINALITY AS n (name, place)"
        " WHERE r.action <> 'unchanged' GROUP BY 1 ORDER BY min(r.line), min(n.place)"
    )
    run("contacts/write_tags", {**params, "names": [row[0] for row in names]})
    run("contacts/tag_import_contacts", params)


def _update(organisation: Organisation, params: dict[str, Any]) -> None:
    """Write what the rows say anew of known contacts, after keeping what it replaces."""
    with _planned(enable_hashjoin="off", enable_mergejoin="off"):
        run("contacts/keep_import_before", params)
        if run("contacts/update_import_contacts", params):
            changed = _fetch_ids("SELECT contact_id FROM contacts_import_row WHERE action = 'update'")
            recompute(organisation, contact_ids=changed)


def count_chunk(organisation: Organisation, source_import: Import, chunk: Chunk) -> Outcome:
    """Say what merging a chunk would do; writes nothing but its rejects."""
    params = _params(organisation, source_import)
    is_suppressing = _stage(organisation, chunk)
    rejects = _set_aside(organisation, params, chunk, is_suppressing=is_suppressing)
    if _names_companies(source_import):
        run("contacts/match_import_companies", params)
        if _tells_of_companies(chunk):
            run("contacts/judge_import_company_values", params)
    outcome = _judge(params, rejects)
    outcome.suppressed = int(fetch("contacts/count_suppressed_rows", {})[0][0])
    kinds = Counter(staged.clean.address_kind for staged in chunk.staged)
    outcome.role, outcome.disposable = kinds["role"], kinds["disposable"]
    keep_rejects(organisation, source_import, rejects)
    return outcome


def keep_rejects(organisation: Organisation, source_import: Import, rejects: list[Reject]) -> None:
    """Store rows that were set aside; of somebody who was erased, no more than line and reason."""
    ImportReject.objects.bulk_create(
        [
            ImportReject(
                organisation_id=source_import.organisation_id,
                source_import=source_import,
                line=one.line,
                reason=one.reason,
                column=one.column,
                value=make_storable(one.value)[:_LONGEST_VALUE],
                row=[make_storable(cell)[:_LONGEST_CELL] for cell in one.cells],
            )
            for one in without_erased(organisation, source_import, rejects)
        ],
        batch_size=2000,
        ignore_conflicts=True,
    )


def reference_of(source_import: Import) -> str:
    """Return how an import is named where values say where they come from."""
    return f"import {source_import.pk}"


def _params(organisation: Organisation, source_import: Import) -> dict[str, Any]:
    label = reference_of(source_import)
    basis = {"basis": source_import.lawful_basis} if source_import.lawful_basis else {}
    return {
        "organisation_id": organisation.pk,
        "import_id": source_import.pk,
        "key_field": source_import.key_field,
        "key_property": source_import.key_field.removeprefix(PROPERTY_PREFIX),
        "mode": source_import.mode,
        "mapping": source_import.mapping,
        "fills": source_import.mode == ImportMode.FILL,
        "provenance": Jsonb({**entry("import", label), **basis}),
        "detail": Jsonb({"import": source_import.pk, **basis}),
        "source": source_import.source or label,
        "by_id": source_import.created_by_id,
        "ref": label,
        "uploaded_at": source_import.created_at,
        "proof": Jsonb({**_proof(source_import), **basis}),
    }


def _proof(source_import: Import) -> dict[str, Any]:
    """Return what shows that somebody said something to a purpose: the file, and where its people come from."""
    note = f"{source_import.filename}, {source_import.source}" if source_import.source else source_import.filename
    return {"import": source_import.pk, "file": source_import.filename, "note": note}


def _names_companies(source_import: Import) -> bool:
    return not COMPANY_FIELDS.isdisjoint(source_import.mapping.values())


def _says_places(source_import: Import) -> bool:
    return not PLACE_FIELDS.isdisjoint(source_import.mapping.values())


def _stage(organisation: Organisation, chunk: Chunk) -> bool:
    """Copy the rows into the session's table; return whether anybody is, or wants to be, suppressed."""
    run("contacts/stage_import_rows", {})
    _steer_planner()
    # Where nobody was ever suppressed, hashing every address of a million would be for nothing.
    must_hash = Suppression.objects.exclude(address_key="").exists()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM contacts_import_row")
        with cursor.copy(f"COPY contacts_import_row ({', '.join(COLUMNS)}) FROM STDIN") as copy:
            for staged in chunk.staged:
                copy.write_row(_as_row(organisation, staged, must_hash=must_hash))
        cursor.execute("ANALYZE contacts_import_row")
    return must_hash or any(staged.clean.opted_out for staged in chunk.staged)


def _steer_planner() -> None:
    """Keep plans from being made for the tables as they were before the import: they grow faster than statistics.

    Rows of the base are always found by index (measured: 5 s a chunk instead of 0.2 s without it).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('enable_seqscan', 'off', true), set_config('work_mem', '64MB', true)")


def _as_row(organisation: Organisation, staged: StagedRow, *, must_hash: bool) -> tuple[Any, ...]:
    clean = staged.clean
    key = address_key(organisation.pk, clean.email) if must_hash or clean.opted_out else ""
    return (
        staged.row.line,
        staged.changed,
        staged.same,
        clean.external_id or None,
        clean.email or None,
        key,
        clean.first_name,
        clean.last_name,
        clean.phone,
        clean.job_title,
        clean.source,
        clean.language,
        clean.company,
        clean.company_key,
        clean.siren,
        clean.siret,
        clean.domain,
        clean.postcode,
        clean.city,
        clean.opted_out,
        clean.siren_unsure,
        clean.tags,
        json.dumps(clean.properties, ensure_ascii=False) if clean.properties else "{}",
        json.dumps(clean.custom, ensure_ascii=False) if clean.custom else "{}",
        json.dumps(clean.company_custom, ensure_ascii=False) if clean.company_custom else "{}",
        json.dumps(answers_of(clean.consents)) if clean.consents else "{}",
    )


@contextmanager
def _planned(**settings: str) -> Iterator[None]:
    """Steer the planner for a few statements.

    Suppressions, whose number it does not know, are better hashed than looked up one by one; contacts the other
    way round: a chunk is small beside a million.
    """
    with connection.cursor() as cursor:
        for name, value in settings.items():
            cursor.execute("SELECT set_config(%s, %s, true)", [name, value])
        yield
        for name in settings:
            cursor.execute("SELECT set_config(%s, 'on', true)", [name])


def _set_aside(
    organisation: Organisation, params: dict[str, Any], chunk: Chunk, *, is_suppressing: bool
) -> list[Reject]:
    """Match rows and contacts; return the chunk's rejects with those that the base gives cause for."""
    if Alias.objects.filter(organisation_id=params["organisation_id"]).exists():
        run("contacts/follow_merged_names", params)
    if params["key_field"] == SIREN_NAME:
        run("contacts/match_import_names", params)
    elif params["key_field"].startswith(PROPERTY_PREFIX):
        run("contacts/match_import_properties", params)
    run("contacts/match_import_rows", params)
    if is_suppressing:
        with _planned(enable_nestloop="off"):
            run("contacts/flag_suppressed_rows", params)
    set_erased_aside(organisation, chunk)
    run("contacts/set_import_rows_aside", params)
    if any(staged.clean.tags for staged in chunk.staged):
        run("contacts/set_tag_rows_aside", {"organisation_id": params["organisation_id"], "most": MOST_TAGS})
    if params["mode"] != ImportMode.OVERWRITE:
        run("contacts/keep_known_values", params)
    if _says_of_purposes(chunk):
        judge_answers(params)
    reasons = dict(_fetch("SELECT line, reason FROM contacts_import_row WHERE reason IS NOT NULL"))
    rejects = list(chunk.rejects)
    if reasons:
        for staged in chunk.staged:
            if (reason := reasons.get(staged.row.line)) is not None:
                column = _siren_column(params["mapping"]) if reason == "bad_siren" else ""
                value = staged.clean.siren if column else ""
                rejects.append(Reject(staged.row.line, reason, column, value, staged.row.cells))
                rejects.extend(Reject(row.line, "superseded", cells=row.cells) for row in staged.folded)
    return rejects


def _siren_column(mapping: dict[str, str]) -> str:
    return next((column for column, field in mapping.items() if field == "siren"), "")


def _merge_companies(organisation: Organisation, params: dict[str, Any], trace: Trace, *, is_placing: bool) -> None:
    """Find or make the company of every row; two rows of one company make one. `is_placing`: rows say where it is."""
    department = _DEPARTMENT if is_placing and region_of(organisation.time_zone) == "FR" else "''"
    lock_companies(organisation)
    adopted = _ids("contacts/adopt_import_sirens", params)
    run("contacts/match_import_companies", params)
    # A domain that a row brings to a known company finds the rows that give the domain alone.
    filled = _ids("contacts/fill_import_companies", params)
    if filled:
        run("contacts/match_import_companies", params)
    for identity in ("siren", "domain", "company_key"):
        made = _ids("contacts/create_import_companies", params, identity=identity, department=department)
        if made:
            trace.companies.extend(made)
            run("contacts/match_import_companies", params)
            tell_of_companies(organisation, made, Came.IMPORT)
    filled += _ids("contacts/fill_import_companies", params)
    placed = _ids("contacts/place_import_companies", params, department=department) if is_placing else []
    trace.filled = [*adopted, *filled, *placed]
    if adopted or placed:
        recompute(organisation, company_ids=sorted({*adopted, *placed}))


def _says_of_purposes(chunk: Chunk) -> bool:
    return any(staged.clean.consents for staged in chunk.staged)


def _tells_of_companies(chunk: Chunk) -> bool:
    return any(staged.clean.company_custom for staged in chunk.staged)


def _tell_companies(organisation: Organisation, params: dict[str, Any], chunk: Chunk, trace: Trace) -> None:
    """Write what rows say of the own fields of their companies, and keep what it replaces."""
    if not _tells_of_companies(chunk):
        return
    run("contacts/judge_import_company_values", params)
    written = fetch("contacts/write_import_company_values", params)
    trace.values = {str(pk): json.loads(change) for pk, change in written}
    if trace.values:
        recompute(organisation, company_ids=[int(pk) for pk in trace.values])


def _ids(name: str, params: dict[str, Any], **parts: str) -> list[int]:
    return [int(row[0]) for row in fetch(name, params, **parts)]


def _judge(params: dict[str, Any], rejects: list[Reject]) -> Outcome:
    """Say of each row whether it creates, changes or leaves a contact, and count."""
    run("contacts/classify_import_rows", params)
    outcome = Outcome(rejected=len(rejects))
    for action, rows, changed, same in fetch("contacts/count_import_rows", {}):
        if action == "unchanged":
            outcome.unchanged += rows + changed + same
            continue
        outcome.created += rows if action == "create" else 0
        outcome.updated += changed + (rows if action == "update" else 0)
        outcome.unchanged += same
    return outcome


def _fetch(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def _fetch_ids(statement: str) -> list[int]:
    return [int(row[0]) for row in _fetch(statement)]
