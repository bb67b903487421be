"""Groups of companies: a tree of who belongs to whom, and what it comes to."""

from dataclasses import dataclass

from django.db import connection, transaction
from django.utils.translation import gettext as _

from contacts.companies import CompanyInput, find_company, lock_companies
from contacts.models import Company
from contacts.normalising import UnusableValueError, company_key, normalise_siren
from contacts.structure.models import GroupLink
from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation
from prm.work.errors import Invalid, NotFound
from prm.work.sql import fetch

# Levels of a tree, and companies of a group that are shown.
MOST_LEVELS = 20
MOST_SHOWN = 200


@dataclass(frozen=True)
class Member:
    """One company of a group, as deep in the tree as its level says, with how it stands."""

    company_id: int
    parent_id: int | None
    level: int
    name: str
    people: int
    engaged: int
    hot: int
    customers: int
    tier: int
    total: float

    @property
    def indent(self) -> range:
        """The levels above it, for a page that draws the tree."""
        return range(self.level)


@dataclass(frozen=True)
class Group:
    """The companies of a group, its head first, each before those that belong to it."""

    members: tuple[Member, ...]
    is_cut: bool = False

    @property
    def head(self) -> Member:
        """The company all others belong to."""
        return self.members[0]

    def sum(self, name: str) -> int:
        """Return what the companies come to: people, engaged, hot or customers."""
        return sum(getattr(one, name) for one in self.members)

    @property
    def people(self) -> int:
        """How many people of the group are known."""
        return self.sum("people")

    @property
    def engaged(self) -> int:
        """How many of them are engaged."""
        return self.sum("engaged")

    @property
    def hot(self) -> int:
        """How many of them are hot."""
        return self.sum("hot")


def set_parent(organisation: Organisation, *, company_id: int, parent_id: int | None, by: Actor) -> None:
    """Say to which company one belongs, or (None) that it stands alone.

    Raises NotFound, and Invalid for what would be a circle. Locks the groups of this organisation.
    """
    with transaction.atomic():
        lock_companies(organisation)
        known = {one.pk: one for one in Company.objects.filter(pk__in=[company_id, parent_id or company_id])}
        if company_id not in known or (parent_id is not None and parent_id not in known):
            raise NotFound
        if parent_id is not None:
            _check_tree(company_id, parent_id)
        link = GroupLink.objects.filter(company_id=company_id).first()
        before = link.parent_id if link else None
        if before == parent_id:
            return
        GroupLink.objects.filter(company_id=company_id).delete()
        if parent_id is not None:
            GroupLink.objects.create(organisation=organisation, company_id=company_id, parent_id=parent_id)
        audit.record(
            organisation,
            by,
            "company.group",
            known[company_id],
            before={"parent": before},
            after={"parent": parent_id},
        )


def find_parent(organisation: Organisation, text: str) -> Company:
    """Return the company a member names, by SIREN or whole name; raise Invalid where it is none or several."""
    try:
        siren = normalise_siren(text)
    except UnusableValueError:
        siren = ""
    if siren:
        found = find_company(CompanyInput(siren=siren))
        if found is not None:
            return found
    named = list(Company.objects.filter(organisation=organisation, name_key=company_key(text)).order_by("pk")[:2])
    if not named:
        raise Invalid(fields={"parent": _("No company here is called so: give its whole name or its SIREN.")})
    if len(named) > 1:
        raise Invalid(fields={"parent": _("Several companies are called so: give the SIREN.")})
    return named[0]


def find_group(organisation: Organisation, company: Company) -> Group | None:
    """Return the group a company belongs to or heads; None for one that stands alone. One query."""
    params = {
        "organisation_id": organisation.pk,
        "company_id": company.pk,
        "levels": MOST_LEVELS,
        "most": MOST_SHOWN + 1,
    }
    members = [Member(*row) for row in fetch("contacts/list_company_group", params)]
    if len(members) < 2:
        return None
    return Group(tuple(members[:MOST_SHOWN]), len(members) > MOST_SHOWN)


def _check_tree(company_id: int, parent_id: int) -> None:
    """Raise Invalid when the company is the parent, or above it, or the tree would be too deep."""
    if company_id == parent_id:
        raise Invalid(fields={"parent": _("A company cannot belong to itself.")})
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE up (id, level) AS ("
            " SELECT %(parent_id)s::bigint, 0"
            " UNION ALL SELECT l.parent_id, up.level + 1 FROM up JOIN structure_grouplink l ON l.company_id = up.id"
            "  WHERE up.level < %(levels)s"
            ") SELECT bool_or(id = %(company_id)s), max(level) FROM up",
            {"parent_id": parent_id, "company_id": company_id, "levels": MOST_LEVELS},
        )
        is_above, level = cursor.fetchone()
    if is_above:
        raise Invalid(fields={"parent": _("That company belongs to this one: it cannot be above it as well.")})
    if level >= MOST_LEVELS:
        raise Invalid(fields={"parent": _("This group has too many levels.")})
