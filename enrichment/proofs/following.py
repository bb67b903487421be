"""Following companies: each answer of the register is held against the one before, and what changed is told."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

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


@dataclass(frozen=True)
class Told:
    """What the register says of a company, which the caller locked.

    `is_seat`: not one of its other establishments was asked for.
    """

    company: Company
    record: CompanyRecord
    is_seat: bool = True


def follow_companies(organisation: Organisation, told: Sequence[Told]) -> list[CompanyNews]:
    """Note what the register says of companies, each once, and tell what changed since its last word.

    The first answer is no change, nor is one that is older than the last. What a company keeps private is forgotten.
    Five statements at most, and those of the log where something changed.
    """
    forgotten = [one.company.pk for one in told if _is_forgotten(one)]
    if forgotten:
        CompanyState.objects.filter(company_id__in=forgotten).delete()
    followed = _without_erased(organisation, [one for one in told if not _is_forgotten(one)])
    rows = CompanyState.objects.filter(company_id__in=[one.company.pk for one in followed])
    states = {state.company_id: state for state in rows} if followed else {}
    newer: list[CompanyState] = []
    news: list[CompanyNews] = []
    for one in followed:
        told_at = parse_datetime(one.record.fetched_at or "") or timezone.now()
        state = states.get(one.company.pk) or CompanyState(organisation=organisation, company=one.company)
        if state.siren != one.record.siren or state.told_at < told_at:
            news += _follow(state, one, told_at)
            newer.append(state)
    CompanyState.objects.bulk_create(
        newer,
        update_conflicts=True,
        unique_fields=["organisation", "company"],
        update_fields=["siren", "facts", "directors", "told_at"],
    )
    tell(organisation, news)
    return news


def _is_forgotten(one: Told) -> bool:
    return one.record.partial_diffusion or one.company.siren != one.record.siren


def _without_erased(organisation: Organisation, told: Sequence[Told]) -> list[Told]:
    """Leave out directors who were erased: they are not written again. One query, or none."""
    naming = [one.company for one in told if one.record.directors is not None]
    if not naming:
        return list(told)
    erased = find_erased(organisation, naming)
    return [
        replace(one, record=replace(one.record, directors=erased.without(one.company, one.record.directors)))
        for one in told
    ]


def _follow(state: CompanyState, one: Told, told_at: datetime) -> list[CompanyNews]:
    """Bring a state up to date; return what changed."""
    company, record = one.company, one.record
    is_known = state.siren == record.siren
    facts, news = facts_of(record, is_seat=one.is_seat), []
    if is_known:
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
    if not is_known or record.directors is not None:
        state.directors = None if record.directors is None else [asdict(each) for each in record.directors]
    state.siren, state.facts, state.told_at = record.siren, facts, told_at
    return news


def directors_of(state: CompanyState | None) -> list[Director] | None:
    """Return who directs a company as far as the register told; None where it told nothing."""
    if state is None or state.directors is None:
        return None
    return [Director(str(one["name"]), str(one.get("role", ""))) for one in state.directors]
