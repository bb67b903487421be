"""What a source says and may not overwrite waits, is accepted or declined, and comes back only when it changes."""

import threading

import pytest
from django.db import connection, transaction

from contacts.models import Company, Contact
from enrichment.proofs.accepting import accept_proposal, accept_proposals, decline_proposal
from enrichment.proofs.models import Proposal, Revision
from enrichment.proofs.undoing import undo_revision
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from prm.work.errors import Conflict, NotFound
from prm.work.models import Wakeup
from tests.conftest import World
from tests.enrichment.proofs.builders import DECLARED, ask, make_company, make_declared, proposals, tell
from tests.enrichment.register import Register, company

HEADCOUNT = {"headcount_band": "12"}


def test_what_differs_from_a_persons_entry_waits(scoped: World, register: Register) -> None:
    one = make_declared(scoped)

    lookup = ask(scoped, one)

    assert one.headcount_band == "21"
    assert proposals() == [("headcount_band", "sirene", HEADCOUNT, "open")]
    proposal = Proposal.objects.get()
    assert (proposal.ours, proposal.stamp["ref"]) == ({"headcount_band": "21"}, "732829320")
    assert lookup.answer["proposed"] == ["headcount_band"]


def test_the_same_word_again_is_the_same_proposal_and_another_one_takes_its_place(
    scoped: World, register: Register
) -> None:
    one = make_declared(scoped)
    ask(scoped, one)
    first = Proposal.objects.get()

    ask(scoped, one)
    again = Proposal.objects.get()
    assert (again.pk, again.made_at) == (first.pk, first.made_at)

    register.add(company("732829320", "SOLVANE", tranche_effectif_salarie="22"))
    ask(scoped, one)
    newer = Proposal.objects.get()
    assert (newer.pk, newer.values) == (first.pk, {"headcount_band": "22"})
    assert newer.made_at > first.made_at


def test_a_proposal_that_is_no_question_any_more_goes(scoped: World, register: Register) -> None:
    one = make_declared(scoped)
    ask(scoped, one)

    one.headcount_band = "12"
    one.save()
    ask(scoped, one)

    assert proposals() == []


def test_two_sources_have_a_proposal_each(scoped: World, register: Register) -> None:
    one = make_declared(scoped)
    ask(scoped, one)

    tell(scoped, one, headcount_band="31")

    assert proposals() == [
        ("headcount_band", "partner:acme", {"headcount_band": "31"}, "open"),
        ("headcount_band", "sirene", HEADCOUNT, "open"),
    ]


def test_accepting_writes_the_value_with_its_proof_and_notes_it(scoped: World, register: Register) -> None:
    one = make_declared(scoped)
    person = Contact.objects.create(organisation=scoped.organisation, email="a@solvane.example", company=one)
    ask(scoped, one)
    Wakeup.objects.filter(queue="score").delete()

    accept_proposal(scoped.organisation, proposal_id=Proposal.objects.get().pk, by=scoped.sales)

    one.refresh_from_db()
    person.refresh_from_db()
    stamp = one.provenance["headcount_band"]
    assert one.headcount_band == "12"
    assert (stamp["source"], stamp["method"], stamp["by"]) == ("sirene", "accepted", str(scoped.sales))
    revision = Revision.objects.latest("pk")
    assert (revision.cause, revision.by, revision.changes) == (
        "proposal",
        scoped.sales,
        {"headcount_band": ["21", "12"]},
    )
    assert proposals() == [("headcount_band", "sirene", HEADCOUNT, "accepted")]
    assert person.qualification_percent > 0
    assert Wakeup.objects.filter(queue="score").count() == 1
    entry = AuditEntry.objects.get(action="company.proposal_accept")
    assert (entry.before, entry.after) == ({"headcount_band": "21"}, {"headcount_band": "12", "source": "sirene"})


def test_an_accepted_proposal_is_settled_once(scoped: World, register: Register) -> None:
    one = make_declared(scoped)
    ask(scoped, one)
    proposal = Proposal.objects.get()
    accept_proposal(scoped.organisation, proposal_id=proposal.pk, by=scoped.sales)

    with pytest.raises(Conflict):
        accept_proposal(scoped.organisation, proposal_id=proposal.pk, by=scoped.marketer)
    with pytest.raises(Conflict):
        decline_proposal(scoped.organisation, proposal_id=proposal.pk, by=scoped.marketer)

    assert Revision.objects.filter(cause="proposal").count() == 1


def test_a_declined_value_comes_back_only_when_the_source_says_something_else(
    scoped: World, register: Register
) -> None:
    one = make_declared(scoped)
    ask(scoped, one)
    decline_proposal(scoped.organisation, proposal_id=Proposal.objects.get().pk, by=scoped.sales)

    ask(scoped, one)
    assert (one.headcount_band, proposals()) == ("21", [("headcount_band", "sirene", HEADCOUNT, "declined")])

    register.add(company("732829320", "SOLVANE", tranche_effectif_salarie="22"))
    ask(scoped, one)
    assert proposals() == [("headcount_band", "sirene", {"headcount_band": "22"}, "open")]
    assert Proposal.objects.get().settled_by is None


def test_a_partners_value_that_was_accepted_is_not_overwritten_by_what_was_given_up(
    scoped: World, register: Register
) -> None:
    one = make_company(scoped, siren="732829320")
    ask(scoped, one)
    tell(scoped, one, headcount_band="31")
    accept_proposal(scoped.organisation, proposal_id=Proposal.objects.get().pk, by=scoped.sales)

    ask(scoped, one)
    assert (one.headcount_band, one.provenance["headcount_band"]["source"]) == ("31", "partner:acme")

    register.add(company("732829320", "SOLVANE", tranche_effectif_salarie="32"))
    ask(scoped, one)
    assert (one.headcount_band, one.provenance["headcount_band"]["source"]) == ("32", "sirene")


def test_an_address_is_accepted_whole(scoped: World, register: Register) -> None:
    one = make_declared(scoped, headcount_band="12", city="Rennes", postcode="35000")
    ask(scoped, one)

    accept_proposal(scoped.organisation, proposal_id=Proposal.objects.get().pk, by=scoped.sales)

    one.refresh_from_db()
    assert (one.address, one.postcode, one.city) == ("12 RUE DES CARMES", "44000", "NANTES")
    assert {one.provenance[name]["source"] for name in ("address", "postcode", "city", "department")} == {"sirene"}


def test_a_number_another_company_has_is_not_accepted(scoped: World) -> None:
    make_company(scoped, "Other", siren="404833048")
    one = make_company(scoped)
    proposal = Proposal.objects.create(
        organisation=scoped.organisation, company=one, field="siren", source="partner:acme",
        values={"siren": "404833048"}, stamp={"source": "partner:acme", "at": ""}, made_at="2026-05-01T08:00:00Z",
    )  # fmt: skip

    with pytest.raises(Conflict):
        accept_proposal(scoped.organisation, proposal_id=proposal.pk, by=scoped.sales)

    one.refresh_from_db()
    proposal.refresh_from_db()
    assert (one.siren, proposal.status) == (None, "open")


def test_undoing_an_acceptance_gives_the_value_back_and_the_question(scoped: World, register: Register) -> None:
    one = make_declared(scoped)
    ask(scoped, one)
    accept_proposal(scoped.organisation, proposal_id=Proposal.objects.get().pk, by=scoped.sales)

    undo_revision(scoped.organisation, revision_id=Revision.objects.latest("pk").pk, by=scoped.sales)

    one.refresh_from_db()
    assert (one.headcount_band, one.provenance["headcount_band"]) == ("21", DECLARED)
    assert proposals() == [("headcount_band", "sirene", HEADCOUNT, "open")]


def test_several_for_one_company_are_accepted_one_after_the_other(scoped: World, register: Register) -> None:
    one = make_declared(scoped, naf_code="70.22Z", naf_nomenclature="naf2")
    ask(scoped, one)
    tell(scoped, one, headcount_band="31")
    ids = list(Proposal.objects.values_list("pk", flat=True))
    assert len(ids) == 3

    accepted = accept_proposals(scoped.organisation, proposal_ids=[*ids, 10**9], by=scoped.sales)

    one.refresh_from_db()
    assert (accepted.done, accepted.left) == (3, 1)
    assert (one.naf_code, one.headcount_band) == ("62.01Z", "31")
    assert not Proposal.objects.filter(status="open").exists()


def test_the_twins_proposals_are_out_of_reach(scoped: World, world: World, register: Register) -> None:
    one = make_declared(scoped)
    ask(scoped, one)
    proposal = Proposal.objects.get()

    with organisation_scope(world.twin.pk):
        with pytest.raises(NotFound):
            accept_proposal(world.twin, proposal_id=proposal.pk, by=world.twin_admin)
        with pytest.raises(NotFound):
            decline_proposal(world.twin, proposal_id=proposal.pk, by=world.twin_admin)
        assert accept_proposals(world.twin, proposal_ids=[proposal.pk], by=world.twin_admin).done == 0

    proposal.refresh_from_db()
    assert proposal.status == "open"


def test_undoing_an_acceptance_lets_what_was_given_up_be_told_again(scoped: World, register: Register) -> None:
    one = make_company(scoped, siren="732829320")
    ask(scoped, one)
    tell(scoped, one, headcount_band="31")
    accept_proposal(scoped.organisation, proposal_id=Proposal.objects.get().pk, by=scoped.sales)

    undo_revision(scoped.organisation, revision_id=Revision.objects.latest("pk").pk, by=scoped.sales)

    one.refresh_from_db()
    assert one.headcount_band == "12"
    assert proposals() == [("headcount_band", "partner:acme", {"headcount_band": "31"}, "open")]


def test_declining_waits_for_an_answer_that_is_being_written(committed: None, world: World, register: Register) -> None:
    """The answer read what was declined before; it must not bring back what is declined meanwhile."""
    with organisation_scope(world.organisation.pk):
        one = make_declared(world)
        ask(world, one)
        proposal = Proposal.objects.get()
    is_over = threading.Event()

    def decline() -> None:
        with organisation_scope(world.organisation.pk):
            decline_proposal(world.organisation, proposal_id=proposal.pk, by=world.sales)
        is_over.set()
        connection.close()

    person = threading.Thread(target=decline)
    with organisation_scope(world.organisation.pk), transaction.atomic():
        locked = Company.objects.select_for_update().get(pk=one.pk)
        person.start()
        assert not is_over.wait(0.7)
        tell(world, locked, "sirene", headcount_band="12")
    person.join()

    with organisation_scope(world.organisation.pk):
        assert [row[3] for row in proposals()] == ["declined"]


def test_many_at_once_are_not_accepted_over_somebody_who_declined(scoped: World, register: Register) -> None:
    one = make_declared(scoped)
    ask(scoped, one)
    proposal = Proposal.objects.get()
    decline_proposal(scoped.organisation, proposal_id=proposal.pk, by=scoped.sales)

    accepted = accept_proposals(scoped.organisation, proposal_ids=[proposal.pk], by=scoped.marketer, waiting_only=True)

    one.refresh_from_db()
    assert (accepted.done, one.headcount_band) == (0, "21")
