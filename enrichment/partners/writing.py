"""A batch of a partner's lines written to their companies: the values, the proof of each, what undoing needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.utils import timezone
from django.utils.text import slugify

from contacts.models import Company, ImportReject
from contacts.qualification import profiles_changed, recompute
from contacts.structure.establishments import keep_own_establishments
from enrichment.answering import SCORE_QUEUE
from enrichment.merging import Merge
from enrichment.models import Lookup, LookupStatus
from enrichment.partners.counting import Counts, Fate, count_names
from enrichment.partners.matching import Doubtful, Match, Matched, match_rows, question_of
from enrichment.partners.merging import CUSTOM, Stamp, Written, merge_row, put
from enrichment.partners.models import PARTNER_FILE, PartnerChange, PartnerFile
from enrichment.partners.reading import PartnerRow, Problem
from enrichment.proofs.models import Cause, Revision
from enrichment.proofs.proposals import keep_proposals, list_declined
from enrichment.proofs.rules import get_policy
from prm.organisations.models import Organisation
from prm.work.rows import update_rows
from prm.work.texts import make_storable
from prm.work.wakeups import wake

# Lines of one file that may wait for a person's choice: more than anybody settles.
MOST_DOUBTFUL = 2000
# Written of a company by any line.
_COLUMNS = (
    *("name", "name_key", "siren", "siret", "domain", "naf_code", "naf_nomenclature", "naf2025_code"),
    *("headcount_band", "legal_form", "category", "address", "postcode", "city", "department", "founded_on"),
    *("custom", "provenance", "updated_at"),
)
# Values and provenance that a dry run would have written, by company.
Overlay = dict[int, tuple[dict[str, Any], dict[str, Any]]]
Rejects = list[tuple[PartnerRow, Problem]]


class GoneError(Exception):
    """A company of the batch became another between being found and being locked: the batch is matched anew."""


@dataclass(frozen=True)
class Batch:
    """Lines `begin` to `end` of the file, counted from 0."""

    begin: int
    end: int
    rows: Sequence[PartnerRow]


def stamp_of(partner_file: PartnerFile, line: int) -> Stamp:
    """Return the provenance of every value of a line."""
    one = partner_file.source_import
    day = partner_file.told_on or timezone.localdate()
    told = {
        "source": source_of_partner(one.source),
        "at": datetime.combine(day, time(12), timezone.get_default_timezone()).isoformat(),
        "ref": f"{PARTNER_FILE} {partner_file.pk}",
        "partner": one.source,
        "file": one.filename,
        "line": str(line),
        "basis": one.lawful_basis,
        "until": partner_file.fresh_until.isoformat() if partner_file.fresh_until else "",
    }
    return {name: value for name, value in told.items() if value}


def source_of_partner(partner: str) -> str:
    """Return what provenance calls a partner: "partner:altares"."""
    return f"partner:{slugify(partner)[:30] or 'x'}"


@dataclass(frozen=True)
class Work:
    """What is done with a file's lines, and how sure a name must be (percent; None: never).

    With an `overlay` it is a dry run: only rejects are written, and companies are taken as they would be by then.
    """

    organisation: Organisation
    partner_file: PartnerFile
    percent: int | None
    overlay: Overlay | None = None


def carry_out(work: Work, batch: Batch) -> Counts:
    """Match and write a batch, within the caller's transaction; return what became of it."""
    usable = [row for row in batch.rows if row.has_key]
    rejects: Rejects = [(row, row.problems[0]) for row in batch.rows if not row.has_key]
    counts = Counts(unusable=len(rejects))
    matches = match_rows(usable, work.percent)
    counts = counts.plus(_write_matched(work, usable, matches, rejects))
    doubtful = [(row, one) for row, one in zip(usable, matches, strict=True) if isinstance(one, Doubtful)]
    room = MOST_DOUBTFUL if work.overlay is not None else max(MOST_DOUBTFUL - _count_waiting(work.partner_file), 0)
    rejects += [(row, Problem("many_doubtful")) for row, _one in doubtful[room:]]
    if work.overlay is None:
        _ask_people(work, doubtful[:room])
    # A number that cannot be one is no key, once nobody here has it.
    lost = [row for row, one in zip(usable, matches, strict=True) if one is None]
    rejects += [(row, Problem("unknown_company") if row.has_key else row.problems[0]) for row in lost]
    _set_aside(work.partner_file, rejects)
    unknown = sum(row.has_key for row in lost)
    return counts.plus(Counts(doubtful=len(doubtful), unknown=unknown, unusable=len(lost) - unknown))


def _write_matched(work: Work, rows: Sequence[PartnerRow], matches: Sequence[Match], rejects: Rejects) -> Counts:
    found = [(row, one) for row, one in zip(rows, matches, strict=True) if isinstance(one, Matched)]
    companies = _load({one.company_id for _row, one in found}, work.overlay)
    names, taken, changes = list[str](), set[str](), list[Change]()
    policy, questions = get_policy(work.organisation), list[tuple[Company, Merge, dict[str, Any]]]()
    declined = list_declined(companies, source_of_partner(work.partner_file.source_import.source))
    if work.overlay is None and len(companies) < len({one.company_id for _row, one in found}):
        raise GoneError
    for row, one in found:
        company = companies.get(one.company_id)
        if company is None:
            continue
        stamp = stamp_of(work.partner_file, row.line)
        written = merge_row(
            company, row, stamp, taken=frozenset(taken), policy=policy, declined=declined.get(company.pk)
        )
        questions.append((company, written.questions, dict(stamp)))
        if "siren" in written.after:
            taken.add(written.after["siren"])
        names += _names_of(one, row, written, is_private=company.partial_diffusion)
        if (problem := _problem_of(row, company)) is not None:
            rejects.append((row, problem))
        if written.after:
            changes.append(Change(company, row.line, stamp, written))
            _note(work.overlay, company, written, stamp)
    if work.overlay is None:
        changed = sorted({one.company.pk for one in changes})
        numbered = {one.company.pk for one in changes if "siren" in one.written.after}
        save_companies(work.organisation, [companies[pk] for pk in changed], numbered=numbered)
        keep_changes(work.partner_file, changes, by_id=work.partner_file.source_import.created_by_id)
        keep_proposals(work.organisation, questions)
    return count_names(names)


def _note(overlay: Overlay | None, company: Company, written: Written, stamp: Stamp) -> None:
    if overlay is not None:
        values, stamps = overlay.setdefault(company.pk, ({}, {}))
        values.update(written.after)
        stamps.update(dict.fromkeys(written.after, stamp))


def _load(ids: set[int], overlay: Overlay | None) -> dict[int, Company]:
    rows = Company.objects.filter(pk__in=ids).order_by("pk")
    companies = {one.pk: one for one in (rows if overlay is not None else rows.select_for_update())}
    for pk, company in companies.items():
        if overlay and pk in overlay:
            put(company, *overlay[pk])
    return companies


def save_companies(organisation: Organisation, companies: Sequence[Company], *, numbered: set[int]) -> None:
    """Save companies that lines changed, and let follow what is made of them. `numbered`: whose SIREN changed."""
    if not companies:
        return
    now = timezone.now()
    for one in companies:
        one.updated_at = now
    update_rows(companies, _COLUMNS)
    if numbered:
        keep_own_establishments(numbered)
    recompute(organisation, company_ids=[one.pk for one in companies])
    profiles_changed(organisation)
    wake(organisation.pk, SCORE_QUEUE)


@dataclass(frozen=True)
class Change:
    """What a line wrote to a company, and the provenance it wrote."""

    company: Company
    line: int
    stamp: Stamp
    written: Written


def keep_changes(partner_file: PartnerFile, changes: Sequence[Change], *, by_id: int | None) -> None:
    """Note what lines wrote: for undoing the whole file, and in each company's history. Two statements."""
    PartnerChange.objects.bulk_create(
        PartnerChange(
            organisation_id=partner_file.organisation_id,
            partner_file=partner_file,
            company=one.company,
            line=one.line,
            before=one.written.before,
            after=one.written.after,
        )
        for one in changes
    )
    revisions = [_revision(partner_file, one, by_id) for one in changes]
    Revision.objects.bulk_create(one for one in revisions if one.changes)


def _revision(partner_file: PartnerFile, change: Change, by_id: int | None) -> Revision:
    """Return a line's place in the history, which has no fields of the organisation's own."""
    before = {name: pair for name, pair in change.written.before.items() if not name.startswith(CUSTOM)}
    return Revision(
        organisation_id=partner_file.organisation_id,
        company=change.company,
        cause=Cause.FILE,
        stamp=change.stamp,
        changes={name: [pair[0], change.written.after[name]] for name, pair in before.items()},
        stamps={name: pair[1] for name, pair in before.items()},
        job_id=partner_file.source_import.job_id,
        by_id=by_id,
        at=timezone.now(),
    )


def _names_of(match: Matched, row: PartnerRow, written: Written, *, is_private: bool) -> list[str]:
    """Return what is counted of a line."""
    fates = [fate.value for fate in written.fates.values()] + [Fate.REFUSED.value] * len(row.problems)
    return [match.key.value, *fates, *(["private"] if is_private else [])]


def _problem_of(row: PartnerRow, company: Company) -> Problem | None:
    """Return why something of a line was not taken; what differs from a known value is no fault of the line."""
    if company.partial_diffusion:
        return Problem("private_company")
    return row.problems[0] if row.problems else None


def _count_waiting(partner_file: PartnerFile) -> int:
    job = partner_file.source_import.job_id
    waiting = Lookup.objects.filter(provider=PARTNER_FILE, status=LookupStatus.AMBIGUOUS)
    return waiting.filter(job_id=job).count() if job else 0


def _ask_people(work: Work, doubtful: Sequence[tuple[PartnerRow, Doubtful]]) -> None:
    """Put lines into the queue of names to settle, each beside the company it most likely means."""
    partner_file, now = work.partner_file, timezone.now()
    Lookup.objects.bulk_create(
        Lookup(
            organisation=work.organisation,
            company_id=int(one.candidates[0].siren),
            job_id=partner_file.source_import.job_id,
            provider=PARTNER_FILE,
            question=question_of(row).to_json(),
            status=LookupStatus.AMBIGUOUS,
            answer={
                "candidates": [record.to_json() for record in one.candidates],
                "file": partner_file.pk,
                "line": row.line,
                "row": row_json(row),
            },
            asked_by_id=partner_file.source_import.created_by_id,
            answered_at=now,
        )
        for row, one in doubtful
    )


def row_json(row: PartnerRow) -> dict[str, Any]:
    """Return what a line says, for storage; `read_row_json` reads it back."""
    names = ("name", "siren", "siret", "domain", "postcode", "city", "values")
    return {name: getattr(row, name) for name in names if getattr(row, name)}


def read_row_json(stored: dict[str, Any], line: int) -> PartnerRow:
    """Return a stored line."""
    return PartnerRow(line=line, cells=[], **stored)


def _set_aside(partner_file: PartnerFile, rejects: Rejects) -> None:
    ImportReject.objects.bulk_create(
        (
            ImportReject(
                organisation_id=partner_file.organisation_id,
                source_import_id=partner_file.source_import_id,
                line=row.line,
                reason=problem.reason,
                column=problem.column[:120],
                value=make_storable(problem.value)[:250],
                row=[make_storable(cell) for cell in row.cells],
            )
            for row, problem in rejects
        ),
        ignore_conflicts=True,
    )
