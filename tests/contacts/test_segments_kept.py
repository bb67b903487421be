"""Segments follow what changes: who enters and leaves, when, and what the log says of it."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from contacts.models import Company, Contact, Standing
from contacts.segments import keeping, moves
from contacts.segments.keeping import keep_segments
from contacts.segments.models import Segment, SegmentDue, SegmentMember, TouchedContact
from contacts.segments.services import (
    SegmentInput,
    archive_segment,
    create_segment,
    restore_segment,
    update_segment,
)
from contacts.suppressions import record_opt_out
from prm.organisations.scope import organisation_scope
from prm.reactions import CONSUMERS
from prm.work.models import Wakeup
from tests.conftest import World
from touchpoints import consuming
from touchpoints.consuming import consume
from touchpoints.kinds import ensure_kinds
from touchpoints.models import Interaction, Touchpoint
from touchpoints.recording import NewInteraction, record

DIRECTORS = {"field": "job_title", "op": "contains", "value": "direct"}


@pytest.fixture(autouse=True)
def quiet(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait for the transactions of other test processes on the same server."""
    monkeypatch.setattr(consuming, "PATIENCE_SECONDS", 30.0)
    if "open_while" not in request.node.name:
        monkeypatch.setattr(keeping, "_open_transactions", lambda: None)


def add(world: World, name: str, **values: Any) -> Contact:
    return Contact.objects.create(organisation=world.organisation, last_name=name, **values)


def segment_of(world: World, condition: dict[str, Any], **values: Any) -> Segment:
    given = {"name": "People", **values}
    segment = create_segment(world.organisation, values=SegmentInput(condition=condition, **given), by=world.marketer)
    keep_segments(world.organisation)
    segment.refresh_from_db()
    return segment


def names(segment: Segment) -> list[str]:
    stays = SegmentMember.objects.filter(segment=segment, left_at__isnull=True)
    return sorted(stays.values_list("contact__last_name", flat=True))


def logged() -> list[tuple[str, str]]:
    rows = Interaction.objects.filter(kind__startswith="segment_").order_by("pk")
    return list(rows.values_list("kind", "contact__last_name"))


def test_a_new_segment_is_filled_and_the_log_is_silent(scoped: World) -> None:
    add(scoped, "Ada", job_title="Directrice")
    add(scoped, "Bob", job_title="Acheteur")
    segment = segment_of(scoped, DIRECTORS)
    assert (names(segment), segment.size, segment.needs_filling) == (["Ada"], 1, False)
    assert (logged(), TouchedContact.objects.count()) == ([], 0)


@pytest.mark.parametrize(
    ("condition", "change"),
    [
        (DIRECTORS, lambda c: Contact.objects.filter(pk=c.pk).update(job_title="Directrice")),
        (
            {"field": "company.city", "op": "is", "value": "Lyon"},
            lambda c: Company.objects.filter(pk=c.company_id).update(city="LYON"),
        ),
        (
            {"field": "tier", "op": "is", "value": "hot"},
            lambda c: Standing.objects.filter(contact=c).update(tier=2),
        ),
        (
            {"field": "contactable", "op": "is", "value": False},
            lambda c: record_opt_out(c.organisation, contact=c, source="test"),
        ),
    ],
)
def test_whatever_changes_lets_a_contact_enter_and_is_told_in_the_log(
    scoped: World, condition: dict[str, Any], change: Callable[[Contact], Any]
) -> None:
    company = Company.objects.create(organisation=scoped.organisation, name="Fonderies")
    ada = add(scoped, "Ada", company=company)
    segment = segment_of(scoped, condition)
    assert names(segment) == []
    change(ada)
    assert keep_segments(scoped.organisation) == 1
    segment.refresh_from_db()
    assert (names(segment), segment.size, logged()) == (["Ada"], 1, [("segment_entered", "Ada")])
    entry = Interaction.objects.get(kind="segment_entered")
    assert (entry.verdict, entry.properties) == ("system", {"segment_id": segment.pk, "segment": "People"})
    assert keep_segments(scoped.organisation) == 0


def test_who_leaves_has_a_stay_that_ended_and_may_come_back(scoped: World) -> None:
    ada = add(scoped, "Ada", job_title="Directrice")
    segment = segment_of(scoped, DIRECTORS)
    for title in ("Acheteuse", "Directrice"):
        Contact.objects.filter(pk=ada.pk).update(job_title=title)
        keep_segments(scoped.organisation)
    stays = SegmentMember.objects.filter(segment=segment).order_by("entered_at")
    assert [stay.left_at is None for stay in stays] == [False, True]
    assert logged() == [("segment_left", "Ada"), ("segment_entered", "Ada")]
    segment.refresh_from_db()
    assert segment.size == 1


def test_a_new_contact_enters_and_one_that_is_deleted_is_gone(scoped: World) -> None:
    segment = segment_of(scoped, DIRECTORS)
    ada = add(scoped, "Ada", job_title="Directrice")
    keep_segments(scoped.organisation)
    assert names(segment) == ["Ada"]
    ada.delete()
    segment.refresh_from_db()
    assert (names(segment), segment.size) == ([], 0)


def test_where_no_living_segment_is_in_use_nothing_is_noted(scoped: World) -> None:
    add(scoped, "Ada", job_title="Directrice")
    segment_of(scoped, DIRECTORS, kind="fixed")
    before = Wakeup.objects.count()
    Contact.objects.update(job_title="Acheteuse")
    assert (TouchedContact.objects.count(), Wakeup.objects.count()) == (0, before)


def test_a_fixed_segment_stays_as_it_was(scoped: World) -> None:
    add(scoped, "Ada", job_title="Directrice")
    fixed = segment_of(scoped, DIRECTORS, kind="fixed", name="Then")
    living = segment_of(scoped, DIRECTORS, name="Now")
    Contact.objects.update(job_title="Acheteuse")
    keep_segments(scoped.organisation)
    assert (names(fixed), names(living)) == (["Ada"], [])


def test_who_stays_is_not_written_when_the_condition_changes(scoped: World) -> None:
    add(scoped, "Ada", job_title="Directrice")
    add(scoped, "Bob", job_title="Directeur")
    segment = segment_of(scoped, DIRECTORS)
    first = set(SegmentMember.objects.values_list("pk", flat=True))
    update_segment(
        scoped.organisation,
        segment_id=segment.pk,
        values=SegmentInput("People", {"field": "job_title", "op": "is", "value": "Directeur"}),
        by=scoped.marketer,
    )
    keep_segments(scoped.organisation)
    assert names(segment) == ["Bob"]
    assert set(SegmentMember.objects.values_list("pk", flat=True)) == first
    assert logged() == []


def test_an_archived_segment_rests_and_is_brought_up_to_date_when_it_comes_back(scoped: World) -> None:
    ada = add(scoped, "Ada", job_title="Directrice")
    segment = segment_of(scoped, DIRECTORS)
    archive_segment(scoped.organisation, segment_id=segment.pk, by=scoped.marketer)
    Contact.objects.filter(pk=ada.pk).update(job_title="Acheteuse")
    keep_segments(scoped.organisation)
    assert names(segment) == ["Ada"]
    restore_segment(scoped.organisation, segment_id=segment.pk, by=scoped.marketer)
    keep_segments(scoped.organisation)
    assert names(segment) == []


def test_a_touchpoint_that_goes_empties_the_segment_and_one_that_comes_back_fills_it(scoped: World) -> None:
    ensure_kinds(scoped.organisation)
    place = Touchpoint.objects.create(organisation=scoped.organisation, code="pricing", name="Pricing")
    add(scoped, "Ada")
    value = {"kind": "page_view", "touchpoint": "pricing"}
    segment = segment_of(scoped, {"field": "acts", "op": "did_not", "value": value})
    assert names(segment) == ["Ada"]
    place.delete()
    keep_segments(scoped.organisation)
    segment.refresh_from_db()
    assert (names(segment), segment.is_stale, logged()) == ([], True, [])
    Touchpoint.objects.create(organisation=scoped.organisation, code="pricing", name="Pricing")
    keep_segments(scoped.organisation)
    segment.refresh_from_db()
    assert (names(segment), segment.is_stale) == (["Ada"], False)


def test_a_window_of_days_runs_out_by_itself_and_the_cost_is_what_is_due(
    scoped: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure_kinds(scoped.organisation)
    ada, bob = add(scoped, "Ada"), add(scoped, "Bob")
    now = timezone.now()
    for contact, days in ((ada, 6), (bob, 2)):
        Interaction.objects.create(
            organisation=scoped.organisation, contact=contact, kind="webinar", occurred_at=now - timedelta(days=days)
        )
    value = {"kind": "webinar", "days": 7}
    did = segment_of(scoped, {"field": "acts", "op": "did", "value": value}, name="Did")
    did_not = segment_of(scoped, {"field": "acts", "op": "did_not", "value": value}, name="Did not")
    assert (names(did), names(did_not)) == (["Ada", "Bob"], [])
    due = SegmentDue.objects.order_by("due_at").first()
    assert due is not None
    assert timedelta(0) <= due.due_at - (now + timedelta(days=1)) <= timedelta(minutes=1)
    assert Wakeup.objects.filter(queue="segment", due_at=due.due_at).exists()
    # A day later.
    monkeypatch.setattr(keeping, "_lock", lambda _organisation: now + timedelta(days=1, minutes=2))
    looked_at: list[list[int]] = []
    move = keeping._move

    def watched(*given: Any) -> None:
        looked_at.append(given[2])
        move(*given)

    monkeypatch.setattr(keeping, "_move", watched)
    keep_segments(scoped.organisation)
    assert (names(did), names(did_not)) == (["Bob"], ["Ada"])
    assert looked_at == [[ada.pk], [ada.pk]]
    assert logged() == [("segment_left", "Ada"), ("segment_entered", "Ada")]


def test_what_people_do_moves_them_by_the_log(committed: None, world: World) -> None:
    with organisation_scope(world.organisation.pk):
        ensure_kinds(world.organisation)
        ada = add(world, "Ada")
        add(world, "Bob")
        segment = segment_of(world, {"field": "acts", "op": "did", "value": {"kind": "webinar", "times": 2}})
        record(world.organisation, [NewInteraction("webinar", ada.pk), NewInteraction("webinar", ada.pk)])
        record(world.organisation, [NewInteraction("webinar", ada.pk, verdict="bot")])
        consume(world.organisation, CONSUMERS)
        keep_segments(world.organisation)
        assert (names(segment), logged()) == (["Ada"], [("segment_entered", "Ada")])
        # The move itself moves nobody.
        consume(world.organisation, CONSUMERS)
        assert keep_segments(world.organisation) == 0


def test_a_worker_that_dies_half_way_loses_nothing(
    committed: None, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    class DeadError(Exception):
        pass

    def die(*_given: object) -> None:
        raise DeadError

    with organisation_scope(world.organisation.pk):
        ada = add(world, "Ada")
        segment = segment_of(world, DIRECTORS)
        Contact.objects.filter(pk=ada.pk).update(job_title="Directrice")
        with monkeypatch.context() as patch:
            patch.setattr(moves, "_recorders", [die])
            with pytest.raises(DeadError):
                keep_segments(world.organisation)
        assert (names(segment), TouchedContact.objects.count()) == ([], 1)
        assert Wakeup.objects.filter(queue="segment").exists()
        keep_segments(world.organisation)
        assert (names(segment), logged()) == (["Ada"], [("segment_entered", "Ada")])


def test_a_second_worker_leaves_it_to_the_first(committed: None, world: World) -> None:
    with organisation_scope(world.organisation.pk):
        ada = add(world, "Ada")
        segment = segment_of(world, DIRECTORS)
        Contact.objects.filter(pk=ada.pk).update(job_title="Directrice")
        with transaction.atomic():
            assert keeping._lock(world.organisation) is not None
            steps: list[int] = []

            def work() -> None:
                with organisation_scope(world.organisation.pk):
                    steps.append(keep_segments(world.organisation))
                connection.close()

            other = threading.Thread(target=work)
            other.start()
            other.join()
        assert (steps, names(segment)) == ([0], [])
        assert Wakeup.objects.filter(queue="segment").exists()
        keep_segments(world.organisation)
        assert names(segment) == ["Ada"]


def test_a_change_that_was_open_while_the_segment_was_filled_is_not_missed(committed: None, world: World) -> None:
    with organisation_scope(world.organisation.pk):
        ada = add(world, "Ada")
    changed, filled = threading.Event(), threading.Event()

    def change() -> None:
        with organisation_scope(world.organisation.pk), transaction.atomic():
            Contact.objects.filter(pk=ada.pk).update(job_title="Directrice")
            changed.set()
            filled.wait(20)
        connection.close()

    other = threading.Thread(target=change)
    other.start()
    changed.wait(20)
    with organisation_scope(world.organisation.pk):
        segment = segment_of(world, DIRECTORS)
        assert (names(segment), segment.needs_filling) == ([], False)
        filled.set()
        other.join()
        assert TouchedContact.objects.count() == 0
        assert Wakeup.objects.filter(queue="segment").exists()
        for _attempt in range(300):
            keep_segments(world.organisation)
            if names(segment):
                break
            threading.Event().wait(0.2)
        assert names(segment) == ["Ada"]


def test_the_twins_contacts_are_in_no_segment_of_ours(world: World) -> None:
    for organisation in (world.organisation, world.twin):
        with organisation_scope(organisation.pk):
            Contact.objects.create(organisation=organisation, last_name="Ada", job_title="Directrice")
    with organisation_scope(world.organisation.pk):
        segment = segment_of(world, DIRECTORS)
        Contact.objects.update(job_title="Direction")
        keep_segments(world.organisation)
        assert (segment.size, SegmentMember.objects.count()) == (1, 1)
    with organisation_scope(world.twin.pk):
        assert (SegmentMember.objects.count(), TouchedContact.objects.count()) == (0, 0)
