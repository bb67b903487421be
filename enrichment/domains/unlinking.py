"""People given the company of their domain, taken out of it again where it is still what was given.

By the provenance of a person's company: it says which link it came with until somebody says otherwise. Companies that
were made for it go with their people, unless something else is known of them by now.
"""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Exists, OuterRef

from contacts import qualification
from contacts.models import Company, Contact
from enrichment.domains.folding import STAND_IN, is_stand_in
from enrichment.partners.models import PartnerChange
from enrichment.proofs.models import Revision
from prm.organisations import audit
from prm.organisations.models import Organisation, User
from prm.work.sql import fetch

# People in one transaction: a second or two.
BATCH = 5000


def find_linked(organisation: Organisation, link: str) -> list[int]:
    """Return the people who have a company by this link still. One query: a pass over the organisation's contacts."""
    return [int(row[0]) for row in fetch("enrichment/find_linked", {"organisation_id": organisation.pk, "link": link})]


def unlink_people(organisation: Organisation, *, link: str, contact_ids: Sequence[int], by: User | None) -> int:
    """Take these people out of the company a link gave them; return how many were still there by it."""
    with transaction.atomic():
        params = {"organisation_id": organisation.pk, "link": link, "ids": list(contact_ids)}
        unlinked = [int(row[0]) for row in fetch("enrichment/unlink_people", params)]
        if unlinked:
            qualification.recompute(organisation, contact_ids=unlinked)
            qualification.profiles_changed(organisation)
            audit.record(organisation, by, "contact.unlink_domains", organisation, after={"people": len(unlinked)})
    return len(unlinked)


def remove_stand_ins(organisation: Organisation, company_ids: Sequence[int]) -> int:
    """Remove those of these companies that were made for a domain, have nobody, and of which nothing else is known."""
    with transaction.atomic():
        made = Company.objects.filter(organisation=organisation, pk__in=company_ids, source=STAND_IN).exclude(
            Exists(Contact.everybody.filter(company=OuterRef("pk")))
            | Exists(Revision.objects.filter(company=OuterRef("pk")))
            | Exists(PartnerChange.objects.filter(company=OuterRef("pk")))
        )
        bare = [one.pk for one in made.select_for_update() if is_stand_in(one) and set(one.provenance) <= _OF_DOMAIN]
        Company.objects.filter(pk__in=bare).delete()
    return len(bare)


_OF_DOMAIN = frozenset({"*", "name", "domain"})
