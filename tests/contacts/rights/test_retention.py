"""People are kept so long after they last did something themselves, and no longer."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from contacts.models import Contact, StageChange, Standing, Suppression
from contacts.rights import retention
from contacts.rights.models import ErasedId, Retention
from contacts.rights.retention import (
    cutoff_of,
    get_retention,
    list_due,
    retain,
    run_erasing,
    set_retention,
    start_erasing,
)
from contacts.services import create_contact
from nurturing.models import Delivery
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from prm.work.errors import Conflict, Invalid
from prm.work.jobs import JobStopped, run_jobs
from prm.work.models import Job, Wakeup
from scoring.models import Handoff
from tests.conftest import World
from tests.worldmaking import rows_of
from touchpoints.consuming import Consumer, consume
from touchpoints.engagement import advance_lifecycle
from touchpoints.models import Verdict
from touchpoints.recording import NewInteraction, record

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
LONG_AGO = datetime(2022, 1, 10, tzinfo=UTC)


class Hold:
    """A job's hold that stops after so many steps."""

    def __init__(self, world: World, job: Job, stop_after: int = 10**9) -> None:
        self.organisation, self.job, self.left = world.organisation, job, stop_after
        self.result: dict[str, Any] = {}

    def advance(self, *, done: int, total: int | None = None) -> None:
        """Store it, as the real one does."""
        Job.objects.filter(pk=self.job.pk).update(done=done, total=total or 0)
        self.left -= 1
        if self.left < 0:
            raise JobStopped


def person(
    world: World, name: str, *, collected: datetime = LONG_AGO, acted: datetime | None = None, **more: Any
) -> Contact:
    contact = create_contact(
        world.organisation, values={"email": f"{name}@b.example", "external_id": name, "last_name": name}, by=None
    )
    Contact.objects.filter(pk=contact.pk).update(created_at=collected, **more)
    Standing.objects.filter(contact=contact).update(last_act_at=acted)
    return contact


def due(world: World) -> list[str]:
    found = list_due(world.organisation, cutoff_of(get_retention(world.organisation), NOW))
    return list(found.order_by("last_name").values_list("last_name", flat=True))


def base(world: World) -> None:
    """Everybody who can be told apart by the rule, one of each."""
    person(world, "quiet")
    person(world, "acted-long-ago", acted=LONG_AGO)
    person(world, "acted-lately", acted=NOW - timedelta(days=10))
    person(world, "new", collected=NOW - timedelta(days=300))
    person(world, "customer", stage="customer")
    person(world, "lost", stage="lost")
    with_sales, answered = person(world, "with-sales", stage="mql"), person(world, "was-with-sales")
    for contact, status in ((with_sales, "claimed"), (answered, "rejected")):
        Handoff.objects.create(
            organisation=world.organisation,
            contact=contact,
            status=status,
            intent=1,
            fit=1,
            total=2,
            model_number=1,
            due_at=NOW,
        )


def test_who_is_due_follows_from_collection_and_own_acts(scoped: World) -> None:
    base(scoped)
    assert due(scoped) == ["acted-long-ago", "lost", "quiet", "was-with-sales"]


def test_the_last_day_counts(scoped: World) -> None:
    person(scoped, "in", acted=datetime(2023, 11, 29, 12, tzinfo=UTC))
    person(scoped, "out", acted=datetime(2023, 11, 29, 11, 59, tzinfo=UTC))
    assert due(scoped) == ["out"]


def test_a_click_counts_and_an_open_or_a_message_does_not(committed: None, world: World) -> None:
    organisation = world.organisation
    with organisation_scope(organisation.pk):
        opens, clicks, robot = person(world, "opens"), person(world, "clicks"), person(world, "robot")
        Delivery.objects.create(organisation=organisation, contact=opens, address="x", status="sent", sent_at=NOW)
        with transaction.atomic():
            record(
                organisation,
                [
                    NewInteraction("email_delivered", contact_id=opens.pk, occurred_at=NOW, verdict=Verdict.SYSTEM),
                    NewInteraction("email_opened", contact_id=opens.pk, occurred_at=NOW),
                    NewInteraction("email_clicked", contact_id=clicks.pk, occurred_at=NOW - timedelta(days=1)),
                    NewInteraction("email_clicked", contact_id=robot.pk, occurred_at=NOW, verdict=Verdict.BOT),
                ],
            )
        assert consume(organisation, [Consumer("engagement", advance_lifecycle)]) == 4
        assert due(world) == ["opens", "robot"]


def test_looking_changes_nothing_and_says_why(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        base(world)
        before = rows_of(world.organisation)
    client = world.client(world.admin)
    page = client.get(world.path("rights/retention/")).content.decode()
    assert "<b>4 people</b>" in page
    assert ">10 Jan 2022</time>, and nothing since." in page
    assert "quiet" in page
    assert "acted-lately" not in page
    with organisation_scope(world.organisation.pk):
        assert rows_of(world.organisation) == before
    for user in (world.marketer, world.sales, world.viewer):
        assert world.client(user).get(world.path("rights/retention/")).status_code == 403
        assert world.client(user).post(world.path("rights/retention/erase/")).status_code == 403


def test_the_worker_erases_in_sets_and_goes_on_after_it_was_stopped(
    scoped: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    base(scoped)
    job = start_erasing(scoped.organisation, by=scoped.admin)
    with pytest.raises(Conflict, match="already"):
        start_erasing(scoped.organisation, by=scoped.admin)
    with pytest.raises(JobStopped):
        run_erasing(Hold(scoped, job, stop_after=1))  # type: ignore[arg-type]
    assert Contact.objects.count() == 6
    work = Hold(scoped, Job.objects.get(pk=job.pk))
    run_erasing(work)  # type: ignore[arg-type]
    assert work.result == {"erased": 4, "left": 0}
    assert list(Contact.objects.order_by("last_name").values_list("last_name", flat=True)) == [
        *("acted-lately", "customer", "new", "with-sales"),
    ]
    assert ErasedId.objects.count() == Suppression.objects.filter(reason="erased").count() == 4
    assert set(StageChange.objects.filter(to_stage="").values_list("cause", flat=True)) == {"rule"}
    assert get_retention(scoped.organisation).due == 0
    # The log says how many went, and no names.
    entries = AuditEntry.objects.filter(action="contact.erase").order_by("pk")
    assert [entry.after["contacts"] for entry in entries] == [2, 2]
    assert not AuditEntry.objects.filter(object_label__contains="quiet").exists()


def test_who_cannot_be_erased_now_is_left_and_the_others_go(scoped: World) -> None:
    quiet, busy = person(scoped, "quiet"), person(scoped, "busy")
    Delivery.objects.create(
        organisation=scoped.organisation,
        contact=busy,
        address="busy@b.example",
        status="sending",
        lease_until=timezone.now() + timedelta(minutes=5),
    )
    work = Hold(scoped, start_erasing(scoped.organisation, by=scoped.admin))
    run_erasing(work)  # type: ignore[arg-type]
    assert work.result == {"erased": 1, "left": 1}
    assert list(Contact.objects.values_list("pk", flat=True)) == [busy.pk]
    assert Contact.everybody.get(pk=quiet.pk).stage == ""


def test_who_acts_while_the_worker_is_on_its_way_is_kept(scoped: World) -> None:
    quiet, person_b = person(scoped, "quiet"), person(scoped, "awake")
    job = start_erasing(scoped.organisation, by=scoped.admin)
    Standing.objects.filter(contact=person_b).update(last_act_at=timezone.now())
    run_erasing(Hold(scoped, job))  # type: ignore[arg-type]
    assert list(Contact.objects.values_list("last_name", flat=True)) == ["awake"]
    assert Contact.everybody.get(pk=quiet.pk).email is None


def test_the_night_only_counts_unless_the_organisation_wants_more(scoped: World) -> None:
    person(scoped, "quiet")
    retain(scoped.organisation)
    retain(scoped.organisation)
    assert (get_retention(scoped.organisation).due, Job.objects.count(), Contact.objects.count()) == (1, 0, 1)
    assert Wakeup.objects.filter(queue="retain").count() == 1
    set_retention(scoped.organisation, months=36, is_automatic=True, by=scoped.admin)
    retain(scoped.organisation)
    assert Job.objects.get().kind == "retention_erase"
    assert Contact.objects.count() == 1


def test_nothing_begins_where_nobody_is_due(scoped: World) -> None:
    person(scoped, "new", collected=timezone.now())
    before = rows_of(scoped.organisation)
    with pytest.raises(Conflict, match="Nobody is due"):
        start_erasing(scoped.organisation, by=scoped.admin)
    with pytest.raises(Invalid):
        set_retention(scoped.organisation, months=0, is_automatic=True, by=scoped.admin)
    assert rows_of(scoped.organisation) == before


def test_the_setting_and_the_erasing_are_used_through_the_page(committed: None, world: World) -> None:
    with organisation_scope(world.organisation.pk):
        person(world, "quiet")
        ago = [timezone.now() - timedelta(days=days) for days in (700, 400)]
        person(world, "acted", collected=ago[0], acted=ago[1])
    with organisation_scope(world.twin.pk):
        twin = create_contact(world.twin, values={"email": "quiet@b.example"}, by=None)
        Contact.objects.filter(pk=twin.pk).update(created_at=LONG_AGO)
    client = world.client(world.admin)
    assert client.post(world.path("rights/retention/settings/"), {"months": "0"}).status_code == 422
    assert client.post(world.path("rights/retention/settings/"), {"months": "12"}).status_code == 302
    assert "<b>2 people</b>" in client.get(world.path("rights/retention/")).content.decode()
    assert client.post(world.path("rights/retention/erase/")).status_code == 302
    with organisation_scope(world.organisation.pk):
        run_jobs(world.organisation)
        assert Contact.objects.count() == 0
        assert Retention.objects.get().months == 12
        assert Job.objects.get().result == {"erased": 2, "left": 0}
    with organisation_scope(world.twin.pk):
        assert Contact.objects.count() == 1
