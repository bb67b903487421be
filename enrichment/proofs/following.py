"""Following companies: each answer of the register is held against the one before, and what changed is told."""

from dataclasses import asdict, replace

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from contacts.company_news import CompanyNews, tell
from contacts.models import Company
from enrichment.proofs.comparing import compare, facts_of
from enrichment.proofs.erased import find_erased
from enrichment.proofs.models import CompanyState
from enrichment.providers.directors import Director
from enrichment.providers.records import CompanyRecord
from prm.organisations.models import Organisation


def follow_company(
    organisation: Organisation, *, company: Company, record: CompanyRecord, is_seat: bool = True
) -> list[CompanyNews]:
    """Note what the register says of a company, which the caller locked, and tell what changed since its last word.

    `is_seat`: not one of its other establishments was asked for. The first answer is no change, nor is one that is
    older than the last. What a company keeps private is forgotten. Two statements, and those of the log where something
    changed.
    """
    if record.partial_diffusion or company.siren != record.siren:
        CompanyState.objects.filter(company=company).delete()
        return []
    told_at = parse_datetime(record.fetched_at or "") or timezone.now()
    state = CompanyState.objects.filter(company=company).first()
    is_known = state is not None and state.siren == record.siren
    if state is not None and is_known and state.told_at >= told_at:
        return []
    facts, news = facts_of(record, is_seat=is_seat), []
    if record.directors is not None:
        # Who was erased is not written again.
        record = replace(record, directors=find_erased(organisation, [company]).without(company, record.directors))
    if state is not None and is_known:
        changes = compare(state.facts, facts, directors_of(state), record.directors)
        # What this answer says nothing of is what it was.
        facts = {**state.facts, **facts}
        news = [
            CompanyNews(
                company.pk,
                change.kind,
                at=min(told_at, timezone.now()),
                key=f"{change.kind}:{company.pk}:{told_at:%Y%m%dT%H%M%S}",
                properties={"company": company.name, **change.properties},
            )
            for change in changes
        ]
    state = state or CompanyState(organisation=organisation, company=company)
    if not is_known or record.directors is not None:
        state.directors = None if record.directors is None else [asdict(one) for one in record.directors]
    state.siren, state.facts, state.told_at = record.siren, facts, told_at
    state.save()
    tell(organisation, news)
    return news


def directors_of(state: CompanyState | None) -> list[Director] | None:
    """Return who directs a company as far as the register told; None where it told nothing."""
    if state is None or state.directors is None:
        return None
    return [Director(str(one["name"]), str(one.get("role", ""))) for one in state.directors]
