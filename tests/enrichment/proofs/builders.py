"""Companies that sources speak of, for the tests of proofs."""

from typing import Any

from contacts.models import Company
from contacts.normalising import company_key
from enrichment import services
from enrichment.asking import ask_due_lookups
from enrichment.merging import merge_values
from enrichment.models import Lookup
from enrichment.proofs.models import Cause, Proposal, Revision
from enrichment.proofs.proposals import list_declined
from enrichment.proofs.rules import get_policy
from enrichment.proofs.writing import Merged, write_merges
from tests.conftest import World
from tests.enrichment.conftest import forget_answers

DECLARED = {"source": "declared", "at": "2026-01-01T00:00:00+00:00"}


def make_company(world: World, name: str = "Solvane", **values: Any) -> Company:
    return Company.objects.create(organisation=world.organisation, name=name, name_key=company_key(name), **values)


def make_declared(world: World, **values: Any) -> Company:
    """Return a company whose values a person declared: 50 to 99 people, by the register's number of Solvane."""
    given = {"siren": "732829320", "headcount_band": "21", **values}
    return make_company(world, provenance=dict.fromkeys(given, DECLARED), **given)


def ask(world: World, one: Company) -> Lookup:
    """Ask the register about a company, anew, and let a worker answer."""
    forget_answers()
    lookup = services.request_lookup(world.organisation, company=one, by=world.marketer)
    ask_due_lookups(world.organisation)
    lookup.refresh_from_db()
    one.refresh_from_db()
    return lookup


def tell(world: World, one: Company, source: str = "partner:acme", **told: Any) -> list[Revision]:
    """Let another source say something of a company, as the partner's files do."""
    stamp = {"source": source, "at": "2026-05-01T08:00:00+00:00", "ref": "row 7"}
    merge = merge_values(
        one,
        told,
        stamp=stamp,
        policy=get_policy(world.organisation),
        declined=list_declined([one.pk], source).get(one.pk),
    )
    written = write_merges(world.organisation, [Merged(one, merge, stamp, Cause.FILE)])
    one.refresh_from_db()
    return written


def proposals() -> list[tuple[str, str, Any, str]]:
    """Return field, source, proposed values and status of every proposal."""
    return list(Proposal.objects.order_by("field", "source").values_list("field", "source", "values", "status"))
