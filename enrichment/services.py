"""What people do: ask about a company or many, choose between candidates, try again, undo."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from contacts.models import Company
from enrichment.answering import NONE_CHOSEN, QUEUE, SCORE_QUEUE
from enrichment.applying import Answer, Proof, apply_answers
from enrichment.bulk import KIND, Selection
from enrichment.merging import question_for
from enrichment.models import Lookup, LookupStatus
from enrichment.partners.models import PARTNER_FILE
from enrichment.proofs.models import Revision
from enrichment.proofs.stamps import Method
from enrichment.proofs.undoing import Undone, still_standing, undo_revision
from enrichment.providers.records import CompanyRecord
from enrichment.providers.registry import DEFAULT, get_provider
from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation, User
from prm.work.errors import Conflict, Invalid, NotFound
from prm.work.jobs import start_job
from prm.work.models import Job
from prm.work.wakeups import wake


def request_lookup(organisation: Organisation, *, company: Company, by: User | None) -> Lookup:
    """Ask the register about a company as soon as a worker is free; one already waiting is asked now instead.

    Raises NotFound, and Invalid when neither a number nor a name says what to ask.
    """
    with transaction.atomic():
        locked = Company.objects.select_for_update().filter(pk=company.pk).first()
        if locked is None:
            raise NotFound
        question = question_for(locked)
        if question is None:
            raise Invalid(_("Give the company a SIREN, a SIRET or a name of three letters first."))
        lookup = (
            Lookup.objects.select_for_update()
            .filter(company=locked, status__in=[LookupStatus.WAITING, LookupStatus.UNAVAILABLE])
            .order_by("-pk")
            .first()
        )
        if lookup is None:
            lookup = Lookup(organisation=organisation, company=locked, provider=DEFAULT)
        elif lookup.status == LookupStatus.WAITING:
            # On its way, or in a worker's hands.
            return lookup
        _restart(organisation, lookup, by)
        lookup.question = question.to_json()
        lookup.save()
        audit.record(organisation, by, "company.enrich", locked, after={"question": lookup.question})
    return lookup


def request_bulk(organisation: Organisation, *, selection: Selection, by: User | None) -> Job:
    """Ask about every company of a selection, as a job with progress."""
    with transaction.atomic():
        title = _("Enrichment from SIRENE")
        job = start_job(organisation, kind=KIND, title=title, params=selection.to_json(), by=by)
        audit.record(organisation, by, "company.enrich_many", job, after=selection.to_json())
    return job


def retry_lookup(organisation: Organisation, *, lookup_id: int, by: User | None) -> Lookup:
    """Ask again what got no answer, or was not found. Raises NotFound, Invalid, Conflict for any other."""
    with transaction.atomic():
        lookup, company = _lock(lookup_id)
        is_line = lookup.provider == PARTNER_FILE
        if is_line or lookup.status not in {LookupStatus.UNAVAILABLE, LookupStatus.NOT_FOUND}:
            raise Conflict(_("This question is being asked, or has been answered."))
        question = question_for(company)
        if question is None:
            raise Invalid(_("Give the company a SIREN, a SIRET or a name of three letters first."))
        _restart(organisation, lookup, by)
        lookup.question = question.to_json()
        lookup.save()
        audit.record(organisation, by, "company.enrich_retry", company)
    return lookup


def choose_candidate(organisation: Organisation, *, lookup_id: int, siren: str, by: Actor | None) -> Lookup:
    """Say which of the candidates the company is; its values are written. Raises NotFound, Conflict."""
    with transaction.atomic():
        lookup, company = _lock(lookup_id)
        _check_ambiguous(lookup)
        # A partner's line has companies of the base to choose from: their ids are no SIRENs.
        records = [] if lookup.provider == PARTNER_FILE else candidates_of(lookup)
        record = next((one for one in records if one.siren == siren), None)
        if record is None:
            raise NotFound
        try:
            with transaction.atomic():
                proof = Proof(Method.CHOSEN, by=by)
                apply_answers(organisation, [Answer(lookup, company, record, proof)])
        except IntegrityError as error:
            raise Conflict(_("Another company has just taken this SIREN.")) from error
        lookup.save()
        company = lookup.company
        wake(organisation.pk, SCORE_QUEUE)
        before = {name: pair[0] for name, pair in lookup.changes.items()}
        after = {name: pair[1] for name, pair in lookup.changes.items()}
        audit.record(organisation, by, "company.enrich_choose", company, before=before, after={"siren": siren, **after})
    return lookup


def dismiss_candidates(organisation: Organisation, *, lookup_id: int, by: Actor | None) -> Lookup:
    """Say that the company is none of the candidates. Raises NotFound, Conflict."""
    with transaction.atomic():
        lookup, company = _lock(lookup_id)
        _check_ambiguous(lookup)
        lookup.status, lookup.detail = LookupStatus.NOT_FOUND, NONE_CHOSEN
        lookup.save(update_fields=["status", "detail"])
        audit.record(organisation, by, "company.enrich_dismiss", company)
    return lookup


def undo_lookup(organisation: Organisation, *, lookup_id: int, by: Actor | None) -> Undone:
    """Put back what the company said before an answer. What somebody changed since stays as it is.

    Raises NotFound; Conflict when there is nothing to put back.
    """
    if not Lookup.objects.filter(pk=lookup_id).exists():
        raise NotFound
    revision = Revision.objects.filter(lookup_id=lookup_id, undone_at=None).order_by("-pk").first()
    if revision is None:
        raise Conflict(_("There is nothing to put back: these values have changed since."))
    return undo_revision(organisation, revision_id=revision.pk, by=by)


def undoable(lookup: Lookup, company: Company) -> list[str]:
    """Return the fields this lookup filled that still stand as it wrote them.

    Never what was removed because the company keeps it private.
    """
    if lookup.status != LookupStatus.FOUND or lookup.provider == PARTNER_FILE:
        # What a partner's line wrote goes back with its file.
        return []
    stamp = {"source": get_provider(lookup.provider).source, "ref": lookup.answer.get("record", {}).get("siren")}
    return still_standing(company, lookup.changes, stamp, lookup.answer.get("hidden", ()))


def candidates_of(lookup: Lookup) -> list[CompanyRecord]:
    """Return the companies a lookup leaves to choose between, best first."""
    return [CompanyRecord.from_json(one) for one in lookup.answer.get("candidates", ())]


def _lock(lookup_id: int) -> tuple[Lookup, Company]:
    lookup = Lookup.objects.select_for_update().filter(pk=lookup_id).first()
    company = Company.objects.select_for_update().filter(pk=lookup.company_id).first() if lookup else None
    if lookup is None or company is None:
        raise NotFound
    return lookup, company


def _check_ambiguous(lookup: Lookup) -> None:
    if lookup.status != LookupStatus.AMBIGUOUS:
        raise Conflict(_("Somebody has settled this in the meantime."))


def _restart(organisation: Organisation, lookup: Lookup, by: User | None) -> None:
    lookup.status, lookup.detail, lookup.answer, lookup.changes = LookupStatus.WAITING, "", {}, {}
    lookup.attempts, lookup.retry_at, lookup.answered_at = 0, None, None
    lookup.asked_by = by
    wake(organisation.pk, QUEUE)
