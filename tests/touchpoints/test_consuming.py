"""The log and its consumers, on committed data."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from contacts.models import Contact
from prm.organisations.scope import organisation_scope
from tests.conftest import World
from touchpoints.consuming import Batch, Consumer, consume
from touchpoints.engagement import advance_lifecycle
from touchpoints.models import ConsumerCursor, Interaction, InteractionKind
from touchpoints.recording import NewInteraction, record

pytestmark = pytest.mark.usefixtures("committed")


def add_contact(world: World, email: str = "a@b.example") -> Contact:
    with organisation_scope(world.organisation.pk):
        return Contact.objects.create(organisation=world.organisation, email=email)


def test_each_interaction_is_read_once_in_order(committed: None, world: World) -> None:
    contact = add_contact(world)
    seen: list[int] = []

    def note(batch: Batch) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT i.id FROM touchpoints_interaction i WHERE i.organisation_id = %s AND"
                " (i.transaction_id, i.id) > (%s, %s) AND (i.transaction_id, i.id) <= (%s, %s) ORDER BY 1",
                [world.organisation.pk, *batch.after, *batch.upto],
            )
            seen.extend(row[0] for row in cursor.fetchall())

    with organisation_scope(world.organisation.pk):
        ids = record(world.organisation, [NewInteraction("page_view", contact.pk) for _ in range(2500)])
    assert consume(world.organisation, [Consumer("note", note)]) == 2500
    assert consume(world.organisation, [Consumer("note", note)]) == 0
    assert seen == ids


def test_a_key_counts_once(committed: None, world: World) -> None:
    contact = add_contact(world)
    twice = [NewInteraction("webinar", contact.pk, key="w1"), NewInteraction("webinar", contact.pk, key="w1")]
    with organisation_scope(world.organisation.pk):
        first = record(world.organisation, twice)
        again = record(world.organisation, twice[:1])
        assert Interaction.objects.count() == 1
    assert first[0] is not None
    assert first[1] is None
    assert again == [None]


def test_a_failing_consumer_rolls_back_keeps_its_place_and_is_tried_later(committed: None, world: World) -> None:
    contact = add_contact(world)
    with organisation_scope(world.organisation.pk):
        record(world.organisation, [NewInteraction("webinar", contact.pk)])

    def fail(batch: Batch) -> None:
        Contact.objects.update(first_name="half-written")
        raise ValueError("broken on purpose")

    assert consume(world.organisation, [Consumer("fragile", fail)]) == 0
    with organisation_scope(world.organisation.pk):
        cursor = ConsumerCursor.objects.get(consumer="fragile")
        assert (cursor.transaction_id, cursor.failures) == (-(2**62), 1)
        assert "broken on purpose" in cursor.last_error
        assert Contact.objects.get().first_name == ""


def test_an_engaging_act_makes_a_prospect_with_one_ledger_row(committed: None, world: World) -> None:
    contact = add_contact(world)
    with organisation_scope(world.organisation.pk):
        InteractionKind.objects.create(organisation=world.organisation, code="webinar", engages=True)
        record(world.organisation, [NewInteraction("webinar", contact.pk), NewInteraction("webinar", contact.pk)])
    consume(world.organisation, [Consumer("lifecycle", advance_lifecycle)])
    with organisation_scope(world.organisation.pk):
        contact.refresh_from_db()
        assert contact.stage == "prospect"
        assert [(row.from_stage, row.to_stage) for row in contact.stage_changes.all()] == [("suspect", "prospect")]
        assert contact.standing.last_act_kind == "webinar"


def test_what_is_written_by_a_transaction_still_open_is_read_after_it_ends(committed: None, world: World) -> None:
    contact = add_contact(world)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT set_config('rls.current_tenant', %s, false)", [str(world.organisation.pk)])
            cursor.execute("BEGIN")
            cursor.execute(
                "INSERT INTO touchpoints_interaction"
                " (organisation_id, contact_id, kind, verdict, occurred_at, properties)"
                " VALUES (%s, %s, 'webinar', 'human', now(), '{}')",
                [world.organisation.pk, contact.pk],
            )
            with organisation_scope(world.organisation.pk), transaction.atomic():
                record(world.organisation, [NewInteraction("webinar", contact.pk)])
            sizes: list[int] = []
            watcher = Consumer("watch", lambda batch: sizes.append(batch.size))
            assert consume(world.organisation, [watcher]) == 0
            cursor.execute("COMMIT")
        assert consume(world.organisation, [watcher]) == 2
        assert sum(sizes) == 2
    finally:
        other.close()


def test_a_restored_log_says_so_and_goes_on_once_rebased(committed: None, world: World) -> None:
    contact = add_contact(world)
    sizes: list[int] = []
    watcher = Consumer("watch", lambda batch: sizes.append(batch.size))
    with organisation_scope(world.organisation.pk):
        record(world.organisation, [NewInteraction("webinar", contact.pk)])
        consume(world.organisation, [watcher])
        # As after a restore into a cluster that counts from the start: all we have read is "in the future".
        record(world.organisation, [NewInteraction("call", contact.pk)])
        Interaction.objects.update(transaction_id=F("transaction_id") + 10**9)
        ConsumerCursor.objects.update(transaction_id=F("transaction_id") + 10**9)
        assert consume(world.organisation, [watcher]) == 0
        assert "rebase_log" in ConsumerCursor.objects.get().last_error
    subprocess.run(
        [sys.executable, "manage.py", "rebase_log"],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DATABASE_URL": os.environ["TEST_DATABASE_URL"], "PRM_DATABASE_ROLE": "owner"},
        check=True,
        capture_output=True,
    )
    with organisation_scope(world.organisation.pk):
        ConsumerCursor.objects.update(retry_at=None)
        record(world.organisation, [NewInteraction("meeting", contact.pk)])
    assert consume(world.organisation, [watcher]) == 2
    # In one batch or in two: other transactions of the server may end in between.
    assert sum(sizes) == 3
