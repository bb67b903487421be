"""Many reps at once: everybody gets a different one, and nothing is written twice."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from prm.organisations.models import Organisation, User
from prm.organisations.scope import organisation_scope
from prm.work.errors import Conflict, NotFound
from scoring.handoffs.claiming import claim_handoff, claim_next
from scoring.handoffs.closing import convert_handoff
from scoring.handoffs.models import Entry
from scoring.models import Handoff
from tests.conftest import World
from tests.scoring.handoffs.worlds import open_handoff


def together(organisation: Organisation, works: list[Callable[[], None]]) -> None:
    begun = threading.Barrier(len(works))

    def run(work: Callable[[], None]) -> None:
        try:
            with organisation_scope(organisation.pk):
                begun.wait(timeout=30)
                work()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.usefixtures("committed")
def test_fifty_reps_who_take_the_next_one_share_two_hundred_without_a_double(world: World) -> None:
    organisation = world.organisation
    reps = [User.objects.create_user(f"rep{number}@x.example") for number in range(50)]
    with organisation_scope(organisation.pk):
        for number in range(200):
            open_handoff(organisation, email=f"p{number}@x.example", total=number)
    got: list[int] = []

    def work(rep: User) -> Callable[[], None]:
        def take() -> None:
            while True:
                try:
                    got.append(claim_next(organisation, by=rep).pk)
                except NotFound:
                    return

        return take

    together(organisation, [work(rep) for rep in reps])
    with organisation_scope(organisation.pk):
        # SKIP LOCKED passes over what a claim that fails holds: none fails here, so nothing stays behind.
        assert Handoff.objects.filter(status="waiting").count() == 0
        assert Entry.objects.filter(deed="claimed").count() == 200
    assert (len(got), len(set(got))) == (200, 200)


@pytest.mark.usefixtures("committed")
def test_of_two_who_claim_one_the_second_reads_who_has_it(world: World) -> None:
    organisation = world.organisation
    with organisation_scope(organisation.pk):
        handoff = open_handoff(organisation)
    told: list[str] = []

    def work(rep: User) -> Callable[[], None]:
        def take() -> None:
            try:
                claim_handoff(organisation, handoff_id=handoff.pk, by=rep)
                told.append(f"{rep} won")
            except Conflict as conflict:
                told.append(str(conflict.message))

        return take

    together(organisation, [work(world.sales), work(world.admin)])
    with organisation_scope(organisation.pk):
        handoff.refresh_from_db()
        assert Entry.objects.count() == 1
    assert sorted(f"{handoff.claimed_by_label}" in one for one in told) == [True, True]
    assert sorted("won" in one for one in told) == [False, True]


@pytest.mark.usefixtures("committed")
def test_the_crm_that_sends_a_sale_ten_times_at_once_makes_one_customer(world: World) -> None:
    organisation = world.organisation
    with organisation_scope(organisation.pk):
        handoff = open_handoff(organisation)

    def tell() -> None:
        convert_handoff(organisation, handoff_id=handoff.pk, by="CRM", amount_cents=5)

    together(organisation, [tell] * 10)
    with organisation_scope(organisation.pk):
        assert Entry.objects.filter(deed="converted").count() == 1
        assert list(handoff.contact.stage_changes.order_by("pk").values_list("to_stage", flat=True)) == [
            "accepted",
            "customer",
        ]
