"""What a partner's file says otherwise than what is held: written, proposed or left, as the organisation wants."""

import pytest

from contacts.models import Company
from enrichment.partners.models import PARTNER_FILE, PartnerFile
from enrichment.partners.undoing import start_undo
from enrichment.proofs.accepting import accept_proposal, decline_proposal
from enrichment.proofs.models import Proposal, Revision
from enrichment.proofs.rules import set_policy
from enrichment.proofs.undoing import undo_revision
from prm.work.errors import Conflict
from prm.work.jobs import run_jobs
from tests.conftest import World
from tests.enrichment.partners.files import bring_in, make_company

RANKS = ["register", "partner", "import", "inferred"]
FILE = "SIREN;Effectif\n732829320;35\n"


def held(world: World, source: str) -> Company:
    return make_company(
        world.organisation, "Solvane", siren="732829320", headcount_band="21",
        provenance={"headcount_band": {"source": source, "at": "2026-01-01T00:00:00+00:00"}},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("source", "band", "proposed"),
    [("sirene", "21", True), ("declared", "21", True), ("import 3", "12", False), ("partner:other", "21", True)],
)
def test_what_stands_below_partners_is_brought_up_to_date_and_the_rest_is_asked_about(
    scoped: World, source: str, band: str, proposed: bool
) -> None:
    one = held(scoped, source)

    bring_in(scoped, FILE)

    one.refresh_from_db()
    assert one.headcount_band == band
    assert Proposal.objects.filter(field="headcount_band", source="partner:altares", status="open").exists() == proposed


def test_where_a_persons_entry_wins_nobody_is_asked(scoped: World) -> None:
    held(scoped, "declared")
    set_policy(scoped.organisation, wins={"headcount_band": "person"}, ranks=RANKS, by=scoped.admin)

    bring_in(scoped, FILE)

    assert Proposal.objects.count() == 0


def test_an_accepted_line_says_its_file_and_a_declined_one_stays_away(scoped: World) -> None:
    one = held(scoped, "sirene")
    bring_in(scoped, FILE)
    proposal = Proposal.objects.get()
    decline_proposal(scoped.organisation, proposal_id=proposal.pk, by=scoped.sales)

    bring_in(scoped, FILE)
    assert Proposal.objects.get().status == "declined"

    accept_proposal(scoped.organisation, proposal_id=proposal.pk, by=scoped.sales)
    one.refresh_from_db()
    stamp = one.provenance["headcount_band"]
    assert (one.headcount_band, stamp["partner"], stamp["method"]) == ("12", "Altares", "accepted")
    assert stamp["ref"].startswith(PARTNER_FILE)


def test_an_address_told_in_part_is_no_question(scoped: World) -> None:
    one = make_company(scoped.organisation, "Solvane", siren="732829320", postcode="29200", city="Brest")

    bring_in(scoped, "SIREN;Code postal\n732829320;13001\n")

    one.refresh_from_db()
    assert (one.postcode, one.city, Proposal.objects.count()) == ("29200", "Brest", 0)


def test_what_a_line_wrote_stands_in_the_history_until_the_file_is_undone(scoped: World) -> None:
    one = make_company(scoped.organisation, "Solvane", siren="732829320")
    found = bring_in(scoped, FILE)
    revision = Revision.objects.get()
    assert (revision.company, revision.cause, revision.changes) == (one, "file", {"headcount_band": ["", "12"]})
    assert (revision.stamp["partner"], revision.stamp["line"]) == ("Altares", "2")

    undone = undo_revision(scoped.organisation, revision_id=revision.pk, by=scoped.marketer)
    assert undone.back == ("headcount_band",)
    bring_in(scoped, FILE)
    latest = Revision.objects.latest("pk")
    start_undo(scoped.organisation, file_id=PartnerFile.objects.latest("pk").pk, by=scoped.marketer)
    run_jobs(scoped.organisation)
    latest.refresh_from_db()
    one.refresh_from_db()
    assert (one.headcount_band, latest.undone_by) == ("", scoped.marketer)
    with pytest.raises(Conflict):
        undo_revision(scoped.organisation, revision_id=latest.pk, by=scoped.marketer)
    assert found.pk != PartnerFile.objects.latest("pk").pk
