"""What people do with partner files: bring one in, say what its columns are, try, start, settle a doubtful line."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from contacts.fields.models import Subject
from contacts.fields.services import FieldInput, create_field
from contacts.importing import services as imports
from contacts.importing.guessing import Guess, fold
from contacts.importing.undoing import KEPT_FOR
from contacts.models import Company, Import, ImportSubject, LawfulBasis
from contacts.normalising import UnusableValueError, clean_text
from contacts.tidying import tidy_after
from enrichment.applying import CHOSEN
from enrichment.models import Lookup, LookupStatus
from enrichment.partners.counting import Counts, count_names
from enrichment.partners.merging import merge_row
from enrichment.partners.models import PARTNER_FILE, PartnerFile
from enrichment.partners.running import IMPORT, TRIAL, try_file
from enrichment.partners.targets import IGNORED, NEW, OwnFields, check_mapping, guess_columns, own_fields
from enrichment.partners.writing import Change, keep_changes, read_row_json, save_companies, stamp_of
from enrichment.proofs.proposals import keep_proposals, list_declined
from enrichment.proofs.rules import get_policy
from prm.organisations import audit
from prm.organisations.models import Organisation, User
from prm.work.errors import Conflict, Invalid, NotFound
from prm.work.jobs import start_job

# Its own row says that an import is a partner's file.
ANY = ""
# A smaller file is tried at once, while the page is loading.
_TRIED_AT_ONCE_BYTES = 1 << 20


@dataclass(frozen=True)
class Terms:
    """From whom the data are, on what terms they may be used, of what day they are, and how long they hold."""

    partner: str
    licence: str
    lawful_basis: str
    told_on: date
    fresh_until: date


def create_file(organisation: Organisation, *, filename: str, pieces: Iterable[bytes], by: User) -> PartnerFile:
    """Take a file in and guess its columns; as the last file with these columns was mapped, where there was one.

    Raises Invalid with why it is refused. Nothing is written to companies before `start_file`.
    """
    with transaction.atomic():
        source_import = imports.create_import(
            organisation, filename=filename, pieces=pieces, by=by, subject=ImportSubject.COMPANIES
        )
        partner_file = PartnerFile.objects.create(
            organisation=organisation,
            source_import=source_import,
            columns_key=columns_key(source_import.columns),
        )
        _guess_anew(organisation, partner_file)
    return partner_file


def guess_file(partner_file: PartnerFile, own: OwnFields) -> list[Guess]:
    """Look at the first lines of a stored file again: names, samples, guesses."""
    one = partner_file.source_import
    return guess_columns(one.columns, imports.sample_import(one), own)


def read_again(
    organisation: Organisation,
    *,
    file_id: int,
    encoding: str = "",
    delimiter: str = "",
    sheet: str = "",
    decimal_comma: bool | None = None,
) -> PartnerFile:
    """Read the file in another encoding, with another separator, or another of its sheets: columns are guessed anew."""
    partner_file = get_draft(file_id)
    with transaction.atomic():
        partner_file.source_import = imports.read_again(
            organisation,
            import_id=partner_file.source_import_id,
            encoding=encoding,
            delimiter=delimiter,
            sheet=sheet,
            decimal_comma=decimal_comma,
            subject=ANY,
        )
        partner_file.columns_key = columns_key(partner_file.source_import.columns)
        partner_file.save(update_fields=["columns_key"])
        _guess_anew(organisation, partner_file)
    return partner_file


def map_file(
    organisation: Organisation,
    *,
    file_id: int,
    mapping: Mapping[str, str],
    terms: Terms,
    may_define: bool,
    by: User,
) -> PartnerFile:
    """Say what each column is and on what terms the data came; "new.…" makes a field of our own, if `may_define`.

    Raises Invalid by column or term, NotFound, Conflict for a file that has begun.
    """
    with transaction.atomic():
        partner_file = get_draft(file_id, locked=True)
        source_import = partner_file.source_import
        errors = _check_terms(terms)
        full: dict[str, str] = {}
        try:
            full = check_mapping(source_import.columns, mapping, own_fields(organisation))
        except Invalid as refusal:
            errors |= {name: str(text) for name, text in refusal.fields.items()}
        if not may_define:
            errors |= {
                column: _("You may not define fields. Somebody who may can do it, or leave the column out.")
                for column, code in full.items()
                if code in NEW
            }
        if errors:
            raise Invalid(fields=errors)
        source_import.mapping = _define(organisation, full, by)
        source_import.source, source_import.lawful_basis, source_import.trial = terms.partner, terms.lawful_basis, {}
        source_import.save(update_fields=["mapping", "source", "lawful_basis", "trial"])
        partner_file.licence, partner_file.told_on = terms.licence, terms.told_on
        partner_file.fresh_until = terms.fresh_until
        partner_file.save(update_fields=["licence", "told_on", "fresh_until"])
    return partner_file


def start_trial(organisation: Organisation, *, file_id: int, by: User) -> PartnerFile:
    """Begin the dry run; of a small file it is over when this returns."""
    partner_file = get_draft(file_id)
    source_import = partner_file.source_import
    if source_import.size_bytes <= _TRIED_AT_ONCE_BYTES:
        try_file(organisation, partner_file, lambda _done, _total: None)
    else:
        title = _("Dry run of %(file)s") % {"file": source_import.filename}
        job = start_job(organisation, kind=TRIAL, title=title, params={"file": partner_file.pk}, by=by)
        Import.objects.filter(pk=source_import.pk).update(trial={"job": job.pk})
    return partner_file


def start_file(organisation: Organisation, *, file_id: int, by: User) -> PartnerFile:
    """Hand the file to a worker. Raises Invalid for one that was not tried, NotFound, Conflict."""
    with transaction.atomic():
        partner_file = get_draft(file_id, locked=True)
        source_import = partner_file.source_import
        check_mapping(source_import.columns, source_import.mapping, own_fields(organisation))
        if "rows" not in source_import.trial:
            raise Invalid(_("Try the file first: the dry run says what it would change."))
        title = _("Partner file %(file)s") % {"file": source_import.filename}
        source_import.job = start_job(organisation, kind=IMPORT, title=title, params={"file": partner_file.pk}, by=by)
        source_import.save(update_fields=["job"])
        audit.record(
            organisation,
            by,
            "partnerfile.start",
            partner_file,
            after={
                "partner": source_import.source,
                "licence": partner_file.licence,
                "lawful_basis": source_import.lawful_basis,
                "mapping": source_import.mapping,
            },
        )
    return partner_file


def discard_file(organisation: Organisation, *, file_id: int, by: User) -> None:
    """Forget a file that was not used."""
    partner_file = get_draft(file_id)
    imports.discard_import(organisation, import_id=partner_file.source_import_id, by=by, subject=ANY)


def settle_line(organisation: Organisation, *, lookup_id: int, company_id: int, by: User) -> Counts:
    """Say of which of the candidates a doubtful line speaks, and write it. Raises NotFound, Conflict."""
    with transaction.atomic():
        lookup = Lookup.objects.select_for_update().filter(pk=lookup_id).first()
        if lookup is None:
            raise NotFound
        if lookup.provider != PARTNER_FILE or lookup.status != LookupStatus.AMBIGUOUS:
            raise Conflict(_("Somebody has settled this in the meantime."))
        candidates = {int(one["siren"]) for one in lookup.answer.get("candidates", ())}
        files = PartnerFile.objects.select_related("source_import")
        partner_file = files.filter(pk=lookup.answer.get("file")).first()
        company = Company.objects.select_for_update().filter(pk=company_id).first()
        if company is None or partner_file is None or company_id not in candidates:
            raise NotFound
        line = int(lookup.answer["line"])
        row = read_row_json(lookup.answer["row"], line)
        taken = Company.objects.filter(siren=row.siren).exists() if row.siren else False
        stamp = stamp_of(partner_file, line)
        written = merge_row(
            company,
            row,
            stamp,
            taken=frozenset({row.siren} if taken else ()),
            policy=get_policy(organisation),
            declined=list_declined([company.pk], stamp["source"]).get(company.pk),
        )
        numbered = {company.pk} if "siren" in written.after else set[int]()
        if written.after:
            save_companies(organisation, [company], numbered=numbered)
            keep_changes(partner_file, [Change(company, line, stamp, written)], by_id=by.pk)
        keep_proposals(organisation, [(company, written.questions, dict(stamp))])
        counts = count_names(fate.value for fate in written.fates.values())
        _count(partner_file.pk, counts.plus(Counts(name=1, doubtful=-1)))
        lookup.company, lookup.status, lookup.detail = company, LookupStatus.FOUND, CHOSEN
        lookup.answered_at = timezone.now()
        lookup.save(update_fields=["company", "status", "detail", "answered_at"])
        tidy_after(organisation, KEPT_FOR)
        before = {name: pair[0] for name, pair in written.before.items()}
        audit.record(organisation, by, "company.partner_choose", company, before=before, after=written.after)
    return counts


def get_draft(file_id: int, *, locked: bool = False) -> PartnerFile:
    """Return a file that has not begun; raise NotFound, Conflict."""
    partner_file = PartnerFile.objects.filter(pk=file_id).first()
    if partner_file is None:
        raise NotFound
    partner_file.source_import = imports.get_draft(partner_file.source_import_id, locked=locked, subject=ANY)
    return partner_file


def columns_key(columns: Iterable[str]) -> str:
    """Return what files with the same columns have in common, whatever their order."""
    return hashlib.sha256("\n".join(sorted(map(fold, columns))).encode()).hexdigest()


def _guess_anew(organisation: Organisation, partner_file: PartnerFile) -> None:
    own, one = own_fields(organisation), partner_file.source_import
    mapping = {guess.column: guess.field for guess in guess_file(partner_file, own)}
    earlier = find_earlier(partner_file)
    if earlier is not None:
        known = {fold(column): code for column, code in earlier.source_import.mapping.items()}
        said = {column: known.get(fold(column), IGNORED) for column in one.columns}
        mapping = {column: code if not code.startswith("company.") or code in own else IGNORED
                   for column, code in said.items()}  # fmt: skip
        one.source, one.lawful_basis = earlier.source_import.source, earlier.source_import.lawful_basis
        partner_file.licence = earlier.licence
        partner_file.save(update_fields=["licence"])
    one.mapping, one.key_field = mapping, ""
    one.save(update_fields=["mapping", "key_field", "source", "lawful_basis"])


def find_earlier(partner_file: PartnerFile) -> PartnerFile | None:
    """Return the last file with the same columns whose terms were said."""
    files = PartnerFile.objects.filter(columns_key=partner_file.columns_key, told_on__isnull=False)
    return files.exclude(pk=partner_file.pk).select_related("source_import").order_by("-pk").first()


def _check_terms(terms: Terms) -> dict[str, str]:
    errors: dict[str, str] = {}
    for name, text, longest in (("partner", terms.partner, 120), ("licence", terms.licence, 250)):
        try:
            clean = clean_text(text, longest)
        except UnusableValueError as error:
            errors[name] = str(error.message)
        else:
            if not clean:
                errors[name] = _("Say from whom the data are.") if name == "partner" else _(
                    "Say what allows you to use them: a contract, an order, a licence."
                )  # fmt: skip
    if terms.lawful_basis not in LawfulBasis.values:
        errors["lawful_basis"] = _("Choose a lawful basis: a file of companies holds people too.")
    if terms.told_on > timezone.localdate():
        errors["told_on"] = _("This day is still to come.")
    elif terms.fresh_until <= terms.told_on:
        errors["fresh_until"] = _("The data must hold longer than the day they are of.")
    return errors


def _define(organisation: Organisation, mapping: Mapping[str, str], by: User) -> dict[str, str]:
    """Make the fields of our own that a mapping asks for; return the mapping with them in place."""
    full = dict(mapping)
    for column, code in mapping.items():
        if code in NEW:
            given = FieldInput(label=column[:80], type=NEW[code].value)
            try:
                made = create_field(organisation, subject=Subject.COMPANY, given=given, by=by)
            except (Invalid, Conflict) as refusal:
                fields: Mapping[str, object] = getattr(refusal, "fields", {})
                raise Invalid(fields={column: str(next(iter(fields.values()), refusal.message))}) from refusal
            full[column] = f"company.custom.{made.key}"
    return full


def _count(file_id: int, more: Counts) -> None:
    locked = PartnerFile.objects.select_for_update().get(pk=file_id)
    locked.counts = Counts.from_json(locked.counts).plus(more).to_json()
    locked.save(update_fields=["counts"])
