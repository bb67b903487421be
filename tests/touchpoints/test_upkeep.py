"""What is done to the log every hour."""

from datetime import timedelta

import pytest
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from prm.organisations.scope import organisation_scope
from tests.conftest import World
from touchpoints.models import Interaction, InteractionKey
from touchpoints.recording import NewInteraction, forget_old_keys, make_partitions, record
from touchpoints.tasks import maintain


def partitions() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid"
            " WHERE h.inhparent = 'touchpoints_interaction'::regclass"
        )
        return {row[0] for row in cursor.fetchall()}


def test_partitions_are_made_ahead_and_only_once(world: World) -> None:
    before = partitions()
    assert make_partitions(months_ahead=5) == 2
    made = partitions() - before
    ahead = [(timezone.now().replace(day=1) + timedelta(days=31 * months)) for months in (4, 5)]
    assert made == {f"touchpoints_interaction_p{month:%Y_%m}" for month in ahead}
    assert make_partitions(months_ahead=5) == 0


def test_a_new_partition_keeps_organisations_apart(world: World) -> None:
    make_partitions(months_ahead=5)
    later = timezone.now() + timedelta(days=140)
    with organisation_scope(world.organisation.pk):
        record(world.organisation, [NewInteraction("call", occurred_at=later)])
        assert Interaction.objects.count() == 1
    with organisation_scope(world.twin.pk):
        assert Interaction.objects.count() == 0
    # Around the parent's policy there is no way.
    with (
        organisation_scope(world.organisation.pk),
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"SELECT count(*) FROM touchpoints_interaction_p{later:%Y_%m}")


def test_old_keys_of_every_organisation_are_forgotten_in_batches_and_young_ones_stay(world: World) -> None:
    now = timezone.now()
    for organisation in (world.organisation, world.twin):
        with organisation_scope(organisation.pk):
            InteractionKey.objects.bulk_create(
                InteractionKey(organisation=organisation, key=f"k{days}", received_at=now - timedelta(days=days))
                for days in (1, 399, 401, 500, 900)
            )
    assert forget_old_keys(batch_size=2, batches=2) == 4
    assert forget_old_keys(batch_size=2) == 2
    for organisation in (world.organisation, world.twin):
        with organisation_scope(organisation.pk):
            assert sorted(InteractionKey.objects.filter(organisation=organisation).values_list("key", flat=True)) == [
                "k1",
                "k399",
            ]


def test_a_key_younger_than_a_month_is_kept_whatever_is_asked(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        record(world.organisation, [NewInteraction("call", key="fresh")])
    assert forget_old_keys(older_than_days=-1) == 0


def test_the_hourly_task_does_both(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        InteractionKey.objects.create(
            organisation=world.organisation, key="old", received_at=timezone.now() - timedelta(days=401)
        )
    maintain()
    maintain()
    with organisation_scope(world.organisation.pk):
        assert InteractionKey.objects.filter(organisation=world.organisation).count() == 0
