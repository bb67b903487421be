"""VAT numbers checked: asked for by people, asked of VIES by workers, one row a company."""

import time
from datetime import timedelta
from random import uniform

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from contacts.companies import update_company
from contacts.models import Company
from enrichment.models import VatCheck, VatStatus
from enrichment.providers.outcomes import Found, Outcome, Question, Reason, Unavailable
from enrichment.providers.registry import VIES
from enrichment.providers.vies import normalise_vat, siren_of_vat, vat_of_siren
from enrichment.sources.choices import is_switched_on
from enrichment.turns import Caller
from prm.organisations import audit
from prm.organisations.models import Organisation, User
from prm.organisations.scope import organisation_scope
from prm.work.errors import Invalid, NotFound
from prm.work.wakeups import horizon, settle, wake

QUEUE = "vat"
RUN_SECONDS = 20.0
PATIENCE_SECONDS = 5.0
# Seconds until the next try after the first, second ... failed one; then a person may try again.
BACK_OFF_SECONDS = (60, 300, 900, 3600, 4 * 3600)
JITTER = 0.2


def has_vies(organisation_id: int) -> bool:
    """Tell whether numbers are checked: by this installation at all, and by this organisation. One query at most."""
    return bool(settings.VIES_URL) and is_switched_on(VIES.name, organisation_id)


def find_check(company: Company) -> VatCheck | None:
    """Return a company's number with the last answer about it. One query."""
    return VatCheck.objects.filter(company=company).first()


def request_check(organisation: Organisation, *, company: Company, number: str, by: User) -> VatCheck:
    """Note a company's VAT number and have it checked as soon as a worker is free; "" is that of its SIREN.

    Raises NotFound, and Invalid for what cannot be a number, or is that of another SIREN.
    """
    with transaction.atomic():
        locked = Company.objects.select_for_update().filter(pk=company.pk).first()
        if locked is None:
            raise NotFound
        clean = _clean(locked, number)
        check = VatCheck.objects.filter(company=locked).first() or VatCheck(organisation=organisation, company=locked)
        before = check.number
        if clean != before:
            check.name, check.address, check.answered_at = "", "", None
        check.number, check.status, check.reason = clean, VatStatus.WAITING, ""
        check.attempts, check.retry_at, check.asked_by = 0, timezone.now(), by
        check.save()
        audit.record(organisation, by, "company.vat", locked, before={"vat": before}, after={"vat": clean})
        wake(organisation.pk, QUEUE)
    return check


def _clean(company: Company, number: str) -> str:
    if not has_vies(company.organisation_id):
        raise Invalid(_("VIES is not asked here: an admin can switch it on in the settings of sources."))
    if not number.strip():
        clean = vat_of_siren(company.siren)
        if not clean:
            raise Invalid(fields={"number": _("Give the VAT number: there is no SIREN to work it out from.")})
        return clean
    clean = normalise_vat(number)
    if not clean:
        message = _("This is not a VAT number of the European Union: two letters of the country, then its digits.")
        raise Invalid(fields={"number": message})
    siren = siren_of_vat(clean)
    if siren and company.siren and siren != company.siren:
        raise Invalid(fields={"number": _("This number is that of another SIREN than the company’s.")})
    return clean


def check_due(organisation: Organisation, *, seconds: float = RUN_SECONDS) -> int:
    """Ask about the organisation's due numbers for so long at most; return how many were asked."""
    asked, end = 0, time.monotonic() + seconds
    with organisation_scope(organisation.pk):
        below = horizon()
        if not has_vies(organisation.pk):
            _give_up(Reason.NO_SOURCE)
        while (check := _claim()) is not None:
            caller = Caller(organisation.pk, is_bulk=check.asked_by_id is None)
            question = Question(vat_number=check.number)
            outcome = VIES.ask(question, patience=PATIENCE_SECONDS, caller=caller)
            _record(organisation, check, outcome)
            asked += 1
            if (isinstance(outcome, Unavailable) and not outcome.asked) or time.monotonic() > end:
                break
        with transaction.atomic():
            settle(organisation.pk, QUEUE, below=below)
            _wake_for_next(organisation)
    return asked


def _claim() -> VatCheck | None:
    """Take the number that is due longest, for as long as one question may last."""
    now = timezone.now()
    due = VatCheck.objects.filter(status__in=[VatStatus.WAITING, VatStatus.UNAVAILABLE], retry_at__lte=now)
    with transaction.atomic():
        check = due.select_for_update(skip_locked=True).order_by("retry_at", "pk").first()
        if check is not None:
            check.attempts += 1
            check.retry_at = now + timedelta(seconds=sum(settings.VIES_TIMEOUT) + PATIENCE_SECONDS + 30)
            check.save(update_fields=["attempts", "retry_at"])
    return check


def _record(organisation: Organisation, asked: VatCheck, outcome: Outcome) -> None:
    """Store an answer, unless the number was changed, or taken over by another worker, meanwhile."""
    with transaction.atomic():
        unchanged = VatCheck.objects.select_for_update().filter(pk=asked.pk, attempts=asked.attempts)
        check = unchanged.filter(number=asked.number).first()
        if check is None:
            return
        if isinstance(outcome, Unavailable):
            _postpone(check, outcome)
        else:
            check.retry_at, check.reason, check.answered_at = None, "", timezone.now()
            check.status = VatStatus.VALID if isinstance(outcome, Found) else VatStatus.NOT_VALID
            record = outcome.record if isinstance(outcome, Found) else None
            check.name = (record.name if record else None) or ""
            check.address = (record.address if record else None) or ""
        check.save()
        if check.status == VatStatus.VALID:
            _give_siren(organisation, check)


def _give_up(reason: Reason) -> None:
    """Let whatever waits wait for nothing: nobody is asked any more."""
    waiting = VatCheck.objects.filter(status__in=[VatStatus.WAITING, VatStatus.UNAVAILABLE], retry_at__isnull=False)
    waiting.update(status=VatStatus.UNAVAILABLE, reason=reason.value, retry_at=None)


def _postpone(check: VatCheck, trouble: Unavailable) -> None:
    if not trouble.asked:
        # Nobody tried, so nothing failed.
        check.attempts -= 1
    busy = trouble.reason == Reason.BUSY
    check.status = VatStatus.WAITING if busy else VatStatus.UNAVAILABLE
    check.reason = "" if busy else trouble.reason.value
    wait = trouble.retry_after or 0.0
    if not trouble.asked:
        check.retry_at = timezone.now() + timedelta(seconds=max(wait, 1.0))
    elif check.attempts <= len(BACK_OFF_SECONDS):
        seconds = max(float(BACK_OFF_SECONDS[check.attempts - 1]), wait) * uniform(1, 1 + JITTER)  # noqa: S311  (jitter)
        check.retry_at = timezone.now() + timedelta(seconds=seconds)
    else:
        check.retry_at = None


def _give_siren(organisation: Organisation, check: VatCheck) -> None:
    """Write the SIREN within a valid French number to a company that has none, unless another company has it."""
    siren = siren_of_vat(check.number)
    company = Company.objects.filter(pk=check.company_id).first()
    if not siren or company is None or company.siren or Company.objects.filter(siren=siren).exists():
        return
    asked_by = User.objects.filter(pk=check.asked_by_id).first() if check.asked_by_id else None
    if asked_by is not None:
        # Whoever gave the number declared it; the tax office says that it is in use.
        update_company(organisation, company_id=company.pk, values={"siren": siren}, by=asked_by)


def _wake_for_next(organisation: Organisation) -> None:
    waiting = VatCheck.objects.filter(status__in=[VatStatus.WAITING, VatStatus.UNAVAILABLE], retry_at__isnull=False)
    due_at = waiting.order_by("retry_at").values_list("retry_at", flat=True).first()
    if due_at is not None:
        wake(organisation.pk, QUEUE, due_at=due_at if due_at > timezone.now() else None)
