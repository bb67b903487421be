"""Finding companies in the local directory that an organisation might prospect, and taking them in.

Sole traders are natural persons, and companies under partial diffusion asked INSEE not to be prospected by its data:
both are left out, unless the organisation's admin says otherwise and why.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from contacts.codes.words import HEADCOUNT_BANDS
from contacts.companies import lock_companies
from contacts.importing.undoing import KEPT_FOR
from contacts.models import Company, LawfulBasis
from contacts.normalising import company_key
from contacts.tidying import tidy_after
from enrichment.directory import searching
from enrichment.directory.models import DirectoryCompany, DirectoryLoad
from enrichment.merging import told_by
from enrichment.models import Excluded, Prospected, ProspectingException
from enrichment.providers.registry import LOCAL
from prm.organisations import audit
from prm.organisations.models import Organisation, User
from prm.work.errors import Invalid, NotFound

# Companies taken in at a time.
MOST_ADDED = 1000
# Counted exactly up to here: read from an index alone.
COUNTED_UP_TO = 100_000
# "NN" and nothing at all: the headcount is not known, or there is nobody.
KNOWN_BANDS = HEADCOUNT_BANDS[1:]


@dataclass(frozen=True)
class Criteria:
    """Whom to look for; empty: anybody. All of it must hold."""

    # Divisions and classes of NAF rev. 2: "62", "70.22Z".
    activities: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    # Bands of INSEE, the smallest and the largest that will do.
    headcount_from: str = ""
    headcount_to: str = ""
    # Beginning of the code: "57" is every SAS.
    legal_form: str = ""
    # Years since it was founded.
    older_than: int | None = None
    younger_than: int | None = None

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is asked for."""
        return self == Criteria()


@dataclass(frozen=True)
class Matches:
    """How many companies match; at least so many when it is not exact."""

    number: int
    is_exact: bool


@dataclass(frozen=True)
class Added:
    """What became of companies that were to be taken in."""

    created: int
    # Here already, by their SIREN.
    known: int
    # Left out by what the organisation excludes, or closed since.
    refused: int
    # By which those that are new are shown and taken back (enrichment/prospected.py); None where there are none.
    lot_id: int | None = field(default=None, compare=False)


def list_exceptions(organisation: Organisation) -> dict[str, ProspectingException]:
    """Return whom the admin lets in, by kind. One query."""
    return {one.kind: one for one in ProspectingException.objects.select_related("opened_by")}


def list_matches(criteria: Criteria, *, allowed: frozenset[str]) -> QuerySet[DirectoryCompany]:
    """Return the active companies of these criteria, to be paginated by "siren"; `allowed`: kinds of Excluded."""
    rows = DirectoryCompany.objects.filter(is_active=True)
    if Excluded.SOLE_TRADERS not in allowed:
        rows = rows.exclude(_is_person())
    if Excluded.PRIVATE not in allowed:
        rows = rows.filter(is_private=False)
    if criteria.activities:
        wanted = Q()
        for code in criteria.activities:
            # "62" as a range, from "62." to before "62/": an index serves it, whatever the collation.
            wanted |= Q(naf_code=code) if len(code) > 2 else Q(naf_code__gte=f"{code}.", naf_code__lt=f"{code}/")
        rows = rows.filter(wanted)
    if criteria.departments:
        rows = rows.filter(department__in=criteria.departments)
    if criteria.headcount_from or criteria.headcount_to:
        rows = rows.filter(headcount_band__in=_bands(criteria))
    if criteria.legal_form:
        rows = rows.filter(legal_form__startswith=criteria.legal_form)
    if criteria.older_than is not None:
        rows = rows.filter(founded_on__lte=_years_ago(criteria.older_than))
    if criteria.younger_than is not None:
        rows = rows.filter(founded_on__gt=_years_ago(criteria.younger_than))
    return rows.defer("search")


def count_matches(rows: QuerySet[DirectoryCompany]) -> Matches:
    """Count them, but not for longer than it takes to count COUNTED_UP_TO. One query, from an index alone."""
    number = rows.order_by().values("department")[: COUNTED_UP_TO + 1].count()
    return Matches(min(number, COUNTED_UP_TO), number <= COUNTED_UP_TO)


def find_known(organisation: Organisation, sirens: Sequence[str]) -> dict[str, int]:
    """Return which of these are companies here already: {SIREN: id}. One query."""
    found = Company.objects.filter(siren__in=sirens).values_list("siren", "pk")
    return {siren: pk for siren, pk in found if siren}


def add_companies(organisation: Organisation, *, sirens: Sequence[str], by: User) -> Added:
    """Take companies of the directory in, each once: what is here already stays as it is.

    Where each value is from is noted, with the day of the files, and the basis on which they are held. Raises Invalid
    for none or too many, and without a directory.
    """
    load = searching.find_load()
    if load is None:
        raise Invalid(_("No directory is loaded."))
    if not sirens:
        raise Invalid(_("Choose at least one company."))
    if len(sirens) > MOST_ADDED:
        raise Invalid(_("Choose fewer companies: at most a thousand at a time."))
    allowed = frozenset(list_exceptions(organisation))
    found = list(list_matches(Criteria(), allowed=allowed).filter(siren__in=sirens).order_by("siren"))
    with transaction.atomic():
        lock_companies(organisation)
        known = find_known(organisation, [one.siren for one in found])
        made = [_company_of(organisation, one, load) for one in found if one.siren not in known]
        Company.objects.bulk_create(made)
        lot = None
        if made:
            lot = Prospected.objects.create(
                organisation=organisation, company_ids=sorted(one.pk for one in made), added_by=by
            )
            tidy_after(organisation, KEPT_FOR)
            audit.record(
                organisation,
                by,
                "company.prospect",
                label=_("%(n)s companies") % {"n": len(made)},
                after={"source": f"SIRENE {load.as_of}", "basis": LawfulBasis.LEGITIMATE_INTEREST.value,
                       "siren": [one.siren for one in made]},
            )  # fmt: skip
    return Added(len(made), len(known), len(set(sirens)) - len(found), lot.pk if lot else None)


def open_prospecting(organisation: Organisation, *, kind: str, reason: str, by: User) -> ProspectingException:
    """Let prospecting see whom it leaves out, for a reason; raises NotFound for no such kind, Invalid without one."""
    if kind not in Excluded.values:
        raise NotFound
    if not reason.strip():
        raise Invalid(fields={"reason": _("Say why: the reason is shown to everybody who prospects.")})
    with transaction.atomic():
        exception, _created = ProspectingException.objects.update_or_create(
            organisation=organisation,
            kind=kind,
            defaults={"reason": reason.strip()[:250], "opened_by": by, "opened_at": timezone.now()},
        )
        audit.record(organisation, by, "prospecting.open", exception, after={"kind": kind, "reason": exception.reason})
    return exception


def close_prospecting(organisation: Organisation, *, kind: str, by: User) -> None:
    """Leave them out again; companies taken in meanwhile stay. Raises NotFound for no such kind."""
    if kind not in Excluded.values:
        raise NotFound
    with transaction.atomic():
        exception = ProspectingException.objects.select_for_update().filter(kind=kind).first()
        if exception is not None:
            audit.record(organisation, by, "prospecting.close", exception, before={"kind": kind})
            exception.delete()


def _company_of(organisation: Organisation, found: DirectoryCompany, load: DirectoryLoad) -> Company:
    record = searching.record_of(found, as_of=searching.moment_of(load.as_of))
    told = {name: value for name, value in told_by(record).items() if value not in (None, "")}
    stamp = {"source": LOCAL.source, "via": LOCAL.name, "at": record.fetched_at, "ref": record.siren}
    told.setdefault("name", record.siren)
    return Company(
        organisation=organisation,
        name_key=company_key(told["name"]),
        source=LOCAL.source,
        provenance={
            **dict.fromkeys(told, stamp),
            "*": {**stamp, "basis": LawfulBasis.LEGITIMATE_INTEREST.value},
        },
        **told,
    )


def _is_person() -> Q:
    """Sole traders, and groupings without legal personality: natural persons by the register's own rule."""
    return Q(legal_form="1000") | Q(legal_form__gte="2000", legal_form__lt="3000")


def _bands(criteria: Criteria) -> tuple[str, ...]:
    first = KNOWN_BANDS.index(criteria.headcount_from) if criteria.headcount_from else 0
    last = KNOWN_BANDS.index(criteria.headcount_to) if criteria.headcount_to else len(KNOWN_BANDS) - 1
    return KNOWN_BANDS[first : last + 1]


def _years_ago(years: int) -> date:
    today = timezone.localdate()
    return today.replace(year=today.year - years, day=min(today.day, 28))
