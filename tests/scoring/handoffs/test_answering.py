"""What sales does with handoffs: one winner, coded reasons, a way back."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from contacts.models import Contact, Stage
from prm.organisations.models import AuditEntry, User
from prm.organisations.scope import organisation_scope
from prm.work.errors import Conflict, Invalid, NotFound
from scoring.handoffs.answering import accept_handoff, recycle_handoff, reject_handoff
from scoring.handoffs.claiming import claim_handoff, release_handoff
from scoring.models import Handoff, HandoffStatus
from tests.conftest import World
from touchpoints.models import Interaction


def open_handoff(world: World, email: str = "hot@solvane.example") -> Handoff:
    contact = Contact.objects.create(organisation=world.organisation, email=email, stage=Stage.MQL, first_name="Hélène")
    return Handoff.objects.create(
        organisation=world.organisation,
        contact=contact,
        intent=25,
        fit=10,
        total=35,
        model_number=1,
        due_at=timezone.now() + timedelta(hours=4),
    )


def test_a_claim_is_noted_and_claiming_again_changes_nothing(scoped: World) -> None:
    handoff = open_handoff(scoped)
    claimed = claim_handoff(scoped.organisation, handoff_id=handoff.pk, by=scoped.sales)
    again = claim_handoff(scoped.organisation, handoff_id=handoff.pk, by=scoped.sales)
    assert (claimed.status, claimed.claimed_by) == (HandoffStatus.CLAIMED, scoped.sales)
    assert again.claimed_at == claimed.claimed_at
    assert AuditEntry.objects.filter(action="handoff.claim").count() == 1


def test_who_comes_second_reads_who_has_it(scoped: World) -> None:
    handoff = open_handoff(scoped)
    claim_handoff(scoped.organisation, handoff_id=handoff.pk, by=scoped.sales)
    with pytest.raises(Conflict, match="Sales has it since"):
        claim_handoff(scoped.organisation, handoff_id=handoff.pk, by=scoped.admin)
    handoff.refresh_from_db()
    assert handoff.claimed_by == scoped.sales


def test_only_the_one_who_has_it_answers(scoped: World) -> None:
    handoff = open_handoff(scoped)
    with pytest.raises(Conflict, match="Claim it first"):
        accept_handoff(scoped.organisation, handoff_id=handoff.pk, by=scoped.sales)
    claim_handoff(scoped.organisation, handoff_id=handoff.pk, by=scoped.sales)
    with pytest.raises(Conflict):
        accept_handoff(scoped.organisation, handoff_id=handoff.pk, by=scoped.marketer)
    handoff.refresh_from_db()
    assert handoff.status == HandoffStatus.CLAIMED
    assert handoff.contact.stage == Stage.MQL
    accept_handoff(scoped.organisation, handoff_id=handoff.pk, by=scoped.admin, is_admin=True)
    handoff.contact.refresh_from_db()
    assert handoff.contact.stage == Stage.ACCEPTED


@pytest.mark.parametrize(
    ("reason", "status", "stage"),
    [
        ("not_target", "rejected", "disqualified"),
        ("no_budget", "rejected", "lost"),
        ("not_ready", "recycled", "prospect"),
    ],
)
def test_a_reason_decides_where_the_contact_goes(scoped: World, reason: str, status: str, stage: str) -> None:
    handoff = open_handoff(scoped)
    claim_handoff(scoped.organisation, handoff_id=handoff.pk, by=scoped.sales)
    reject_handoff(scoped.organisation, handoff_id=handoff.pk, by=scoped.sales, reason=reason, note="called twice")
    handoff.refresh_from_db()
    contact = Contact.objects.get()
    assert (handoff.status, handoff.reason, handoff.note, contact.stage) == (status, reason, "called twice", stage)
    assert [row.to_stage for row in contact.stage_changes.all()] == [stage]
    assert [row.properties["answer"] for row in Interaction.objects.filter(kind="handoff_answered")] == [status]


def test_a_reason_nobody_knows_is_refused_and_changes_nothing(scoped: World) -> None:
    handoff = open_handoff(scoped)
    claim_handoff(scoped.organisation, handoff_id=handoff.pk, by=scoped.sales)
    with pytest.raises(Invalid) as refusal:
        reject_handoff(scoped.organisation, handoff_id=handoff.pk, by=scoped.sales, reason="dislike")
    assert "reason" in refusal.value.fields
    handoff.refresh_from_db()
    assert (handoff.status, Contact.objects.get().stage) == (HandoffStatus.CLAIMED, Stage.MQL)


def test_recycled_comes_back_not_before_its_day(scoped: World) -> None:
    handoff = open_handoff(scoped)
    claim_handoff(scoped.organisation, handoff_id=handoff.pk, by=scoped.sales)
    with pytest.raises(Invalid):
        recycle_handoff(scoped.organisation, handoff_id=handoff.pk, by=scoped.sales, until=timezone.now())
    until = timezone.now() + timedelta(days=30)
    recycle_handoff(scoped.organisation, handoff_id=handoff.pk, by=scoped.sales, until=until)
    handoff.refresh_from_db()
    assert (handoff.status, handoff.not_before) == (HandoffStatus.RECYCLED, until)


def test_given_back_it_waits_again(scoped: World) -> None:
    handoff = open_handoff(scoped)
    claim_handoff(scoped.organisation, handoff_id=handoff.pk, by=scoped.sales)
    release_handoff(scoped.organisation, handoff_id=handoff.pk, by=scoped.sales)
    handoff.refresh_from_db()
    assert (handoff.status, handoff.claimed_by, handoff.claimed_by_label) == (HandoffStatus.WAITING, None, "")


def test_the_twins_handoff_does_not_exist(scoped: World) -> None:
    handoff = open_handoff(scoped)
    with organisation_scope(scoped.twin.pk), pytest.raises(NotFound):
        claim_handoff(scoped.twin, handoff_id=handoff.pk, by=scoped.twin_admin)
    handoff.refresh_from_db()
    assert handoff.status == HandoffStatus.WAITING


def test_of_fifty_who_claim_at_once_exactly_one_wins(committed: None, world: World) -> None:
    people = [User.objects.create_user(f"rep{n}@solvane.example", full_name=f"Rep {n}") for n in range(50)]
    with organisation_scope(world.organisation.pk):
        handoff = open_handoff(world)
    start = threading.Barrier(len(people))
    winners: list[str] = []
    told: list[str] = []

    def claim(person: User) -> None:
        with organisation_scope(world.organisation.pk):
            start.wait(timeout=30)
            try:
                claim_handoff(world.organisation, handoff_id=handoff.pk, by=person)
                winners.append(str(person))
            except Conflict as conflict:
                told.append(str(conflict.details["holder"]["name"]))  # type: ignore[index]
        connection.close()

    threads = [threading.Thread(target=claim, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(winners) == 1
    assert told == winners * 49
