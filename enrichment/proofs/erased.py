"""Directors who were erased: registers go on naming them in public, and they are not written here again.

What stays is a keyed hash of the name for each company the person worked at, as addresses stay as hashes. A namesake
who directs another company is somebody else.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from contacts.models import Company, Contact
from contacts.rights.keys import name_key
from contacts.rights.registry import Whom
from enrichment.proofs.models import CompanyState, ErasedDirector
from enrichment.providers.directors import Director
from prm.organisations.models import Organisation

# What an answer under way wrote while somebody was erased is looked for in what was erased so lately.
_LOOK_BACK = timedelta(days=1)


@dataclass(frozen=True)
class Erased:
    """Who was erased at some companies: keyed hashes of names, by company and by SIREN."""

    organisation_id: int
    by_company: dict[int, set[str]]
    by_siren: dict[str, set[str]]

    def without(self, company: Company, told: Sequence[Director] | None) -> tuple[Director, ...] | None:
        """Return who directs a company, without those who were erased; None stays None."""
        if told is None:
            return None
        keys = self.by_company.get(company.pk, set()) | self.by_siren.get(company.siren or "", set())
        if not keys:
            return tuple(told)
        return tuple(one for one in told if name_key(self.organisation_id, one.key) not in keys)


def find_erased(organisation: Organisation, companies: Iterable[Company]) -> Erased:
    """Return who was erased at any of these companies. One query."""
    found = Erased(organisation.pk, {}, {})
    companies = list(companies)
    sirens = [one.siren for one in companies if one.siren]
    rows = ErasedDirector.objects.filter(organisation=organisation)
    at_these = rows.filter(Q(company__in=[one.pk for one in companies]) | Q(siren__in=sirens))
    for company_id, siren, key in at_these.values_list("company_id", "siren", "key"):
        if company_id is not None:
            found.by_company.setdefault(company_id, set()).add(key)
        if siren:
            found.by_siren.setdefault(siren, set()).add(key)
    return found


def remember_directors(whom: Whom) -> int:
    """Keep hashes of the names of people who are being erased, at their companies; return how many states that changed.

    Part of erasing (contacts/rights): whether the register told of them yet or not.
    """
    people = Contact.objects.filter(organisation=whom.organisation, pk__in=whom.contact_ids, company__isnull=False)
    rows = [
        ErasedDirector(
            organisation=whom.organisation,
            company_id=company_id,
            siren=siren or "",
            key=name_key(whom.organisation.pk, key),
        )
        for company_id, siren, first, last in people.values_list("company", "company__siren", "first_name", "last_name")
        for key in _writings(first, last)
    ]
    ErasedDirector.objects.bulk_create(rows, ignore_conflicts=True)
    return _take_out(whom.organisation, {row.company_id for row in rows if row.company_id})


def look_for_erased(organisation: Organisation) -> int:
    """Take out again whom an answer under way wrote while they were erased; return how many states that changed."""
    since = timezone.now() - _LOOK_BACK
    lately = ErasedDirector.objects.filter(organisation=organisation, erased_at__gte=since, company__isnull=False)
    return _take_out(organisation, {pk for pk in lately.values_list("company", flat=True) if pk is not None})


def _writings(first: str, last: str) -> set[str]:
    """Return how a register may write a name: with all given names, or the first alone, as ours writes them."""
    if not first.strip() or not last.strip():
        return set()
    return {Director(f"{one} {last}").key for one in (first, first.split(maxsplit=1)[0])}


def _take_out(organisation: Organisation, company_ids: set[int]) -> int:
    states = CompanyState.objects.filter(organisation=organisation, company__in=company_ids, directors__isnull=False)
    states = states.select_related("company").order_by("pk")
    erased = find_erased(organisation, [state.company for state in states])
    changed = []
    for state in states:
        told = [Director(str(one["name"]), str(one.get("role", ""))) for one in state.directors or ()]
        left = erased.without(state.company, told) or ()
        if len(left) < len(told):
            # As if nobody had been told of: the next word of the register is then a first one.
            state.directors = None
            changed.append(state)
    return CompanyState.objects.bulk_update(changed, ["directors"], batch_size=500)
