"""What is measured, each against a floor of the same run (docs: shared goals in architecture, README of benchmarks)."""

import statistics
import threading
from collections.abc import Callable
from functools import partial

from django.db import connection, transaction

from benchmarks.many import measure_many, measure_rights
from benchmarks.own_fields import measure_own_fields
from benchmarks.pages import measure_pages
from benchmarks.scoring_model import publish_benchmark_model
from benchmarks.segments import measure_segments
from benchmarks.timing import Result, median_seconds, owner, seconds
from contacts.models import Contact
from nurturing.engine import run_due_steps
from nurturing.models import Enrolment, Scenario, ScenarioStatus, Step, StepKind, Trigger
from prm.organisations.models import Organisation, User
from prm.organisations.scope import organisation_scope
from prm.reactions import CONSUMERS
from prm.work.errors import Conflict
from scoring.handoffs.claiming import claim_handoff
from scoring.models import Handoff
from scoring.rescoring import rescore_all
from touchpoints.consuming import consume
from touchpoints.recording import NewInteraction, record

REPS = 50


def measure_rescore(organisation: Organisation, size: int, owner_url: str) -> list[Result]:
    """Everybody scored anew by a model of 40 rules (benchmarks/scoring_model.py), against counting by contact."""

    def floor() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM (SELECT contact_id, count(*) FROM touchpoints_interaction"
                " WHERE organisation_id = %s GROUP BY 1) x",
                [organisation.pk],
            )
            cursor.fetchall()

    with organisation_scope(organisation.pk):
        publish_benchmark_model(organisation)
        floor_seconds = median_seconds(floor, 5)
        counts: dict[str, int] = {}
        first = seconds(lambda: counts.update(rescore_all(organisation)))
        again = seconds(lambda: rescore_all(organisation))
    note = f"{counts['changed']:,} written, {counts['handoffs']:,} handed over; again with nothing new {again:.2f} s"
    return [Result("rescore", size, first, floor_seconds, first / floor_seconds, 5.0, note=note)]


def measure_reaction(organisation: Organisation, size: int, owner_url: str) -> list[Result]:
    """One interaction to its effects (lifecycle, score, tier, handoff, triggers), against recording it alone."""
    with organisation_scope(organisation.pk):
        consume(organisation, CONSUMERS)
        contacts = list(Contact.objects.order_by("pk").values_list("pk", flat=True)[:60])
        recorded, reacted = [], []
        for contact in contacts:
            recorded.append(seconds(partial(record, organisation, [NewInteraction("webinar", contact)])))
            reacted.append(seconds(lambda: consume(organisation, CONSUMERS)))
    ours, floor = statistics.median(reacted), statistics.median(recorded)
    worst = max(reacted)
    note = f"median {ours * 1000:.0f} ms, worst of {len(reacted)} {worst * 1000:.0f} ms (goal: below 2 s)"
    return [Result("reaction", size, ours, floor, worst, 2.0, note=note)]


def measure_claims(organisation: Organisation, size: int, owner_url: str) -> list[Result]:
    """Fifty reps claim everything that waits, against bare UPDATE ... SKIP LOCKED loops."""
    total = min(2000, max(200, size // 50))
    with organisation_scope(organisation.pk):
        people = [User.objects.create_user(f"rep{size}-{n}@bench.example") for n in range(REPS)]
        contacts = (
            Contact.objects.filter(handoffs__isnull=True).order_by("pk").values_list("pk", flat=True)[: 2 * total]
        )
        made = Handoff.objects.bulk_create(
            Handoff(
                organisation=organisation,
                contact_id=pk,
                intent=25,
                fit=5,
                total=30,
                model_number=1,
                due_at="2030-01-01T00:00Z",
            )
            for pk in contacts
        )
    ours_ids, floor_ids = [one.pk for one in made[:total]], [one.pk for one in made[total:]]
    wins: list[int] = []

    def claim_all(rep: User) -> None:
        with organisation_scope(organisation.pk):
            for pk in ours_ids:
                try:
                    claim_handoff(organisation, handoff_id=pk, by=rep)
                    wins.append(pk)
                except Conflict:
                    continue
        connection.close()

    def bare(rep: User) -> None:
        with organisation_scope(organisation.pk), connection.cursor() as cursor:
            while True:
                cursor.execute(
                    "UPDATE scoring_handoff SET status = 'claimed', claimed_by_id = %s, claimed_at = now() WHERE id ="
                    " (SELECT id FROM scoring_handoff WHERE organisation_id = %s AND status = 'waiting'"
                    " AND id = ANY (%s) ORDER BY total DESC, opened_at, id FOR UPDATE SKIP LOCKED LIMIT 1)",
                    [rep.pk, organisation.pk, floor_ids],
                )
                if not cursor.rowcount:
                    break
        connection.close()

    floor_seconds = seconds(lambda: _together(bare, people))
    attempts = total * REPS
    took = seconds(lambda: _together(claim_all, people))
    doubles = len(wins) - len(set(wins))
    rate, floor_rate = attempts / took, total / floor_seconds
    note = f"{total:,} handoffs, {attempts:,} attempts at {rate:,.0f}/s, {len(wins):,} won, {doubles} twice"
    return [Result("claim", size, took / attempts, floor_seconds / total, rate / floor_rate, 0.5, False, note)]


def _together(work: Callable[[User], None], people: list[User]) -> None:
    threads = [threading.Thread(target=work, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def measure_due_steps(organisation: Organisation, size: int, owner_url: str) -> list[Result]:
    """Everybody enrolled; one in a hundred due, a thousand at least; against reading the due rows by index.

    A pass writes two rows for each person, so the note also says what the same rows cost when written bare.
    """
    every = max(1, min(100, size // 1000))
    with organisation_scope(organisation.pk):
        scenario = Scenario.objects.create(
            organisation=organisation, name=f"Bench {size}", status=ScenarioStatus.ACTIVE, trigger=Trigger.FORM
        )
        steps = [
            Step.objects.create(
                organisation=organisation, scenario=scenario, position=position, kind=kind, subject="Hi", body="Hi",
                wait_seconds=86_400 if kind == StepKind.WAIT else 0,
            )
            for position, kind in enumerate((StepKind.EMAIL, StepKind.WAIT, StepKind.EMAIL), start=1)
        ]  # fmt: skip
        due_of = [organisation.pk, scenario.pk]
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO nurturing_enrolment"
                " (organisation_id, scenario_id, contact_id, status, position, due_at, cause, exit_reason)"
                " SELECT organisation_id, %s, id, 'active', 1,"
                " now() + CASE WHEN id %% %s = 0 THEN interval '-1 minute' ELSE interval '30 days' END, '{}', ''"
                " FROM contacts_contact WHERE organisation_id = %s AND email IS NOT NULL",
                [scenario.pk, every, organisation.pk],
            )
        _settle_enrolments(owner_url)
        enrolled = Enrolment.objects.filter(scenario=scenario).count()
        floor_seconds = median_seconds(lambda: _execute(f"SELECT e.id, e.contact_id {_DUE} ORDER BY 1", due_of), 5)
        bare = _bare_writes(due_of, steps[0].pk)
        moved = 0

        def ours() -> None:
            nonlocal moved
            moved = run_due_steps(organisation)

        took = seconds(ours)
    note = (
        f"{enrolled:,} enrolled, {moved:,} due, {took / max(moved, 1) * 1e6:,.0f} µs each;"
        f" {took / bare:.1f} x the bare writes ({bare * 1000:.0f} ms)"
    )
    return [Result("due-step pass", size, took, floor_seconds, took / floor_seconds, 5.0, note=note)]


_IS_DUE = (
    "WHERE e.organisation_id = %s AND e.scenario_id = %s AND e.position = 1"
    " AND e.status = 'active' AND e.due_at <= now()"
)
_DUE = f"FROM nurturing_enrolment e {_IS_DUE}"


def _execute(statement: str, params: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        if cursor.description:
            cursor.fetchall()


def _settle_enrolments(owner_url: str) -> None:
    with owner(owner_url) as plain:
        plain.execute("VACUUM ANALYZE nurturing_enrolment, nurturing_delivery, nurturing_scenario, nurturing_step")


def _bare_writes(due_of: list[int], step_id: int) -> float:
    """Return how long it takes to write the ledger and to move the people without asking anything; taken back."""
    ledger = (
        "INSERT INTO nurturing_delivery (organisation_id, contact_id, step_id, occurrence, address, subject, status,"
        f" reason, message_id, attempts) SELECT e.organisation_id, e.contact_id, {step_id:d}, 1, 'a@bench.example',"
        f" '', 'pending', '', '', 0 {_DUE}"
    )
    move = f"UPDATE nurturing_enrolment e SET position = 3, due_at = now() + interval '1 day' {_IS_DUE}"
    with transaction.atomic():
        took = seconds(lambda: _execute(ledger, due_of)) + seconds(lambda: _execute(move, due_of))
        took += seconds(lambda: _execute("SET CONSTRAINTS ALL IMMEDIATE", []))
        transaction.set_rollback(True)
    return took


MEASURES: dict[str, Callable[[Organisation, int, str], list[Result]]] = {
    "pages": measure_pages,
    "segments": measure_segments,
    "fields": measure_own_fields,
    "rescore": measure_rescore,
    "reaction": measure_reaction,
    "claim": measure_claims,
    "due-steps": measure_due_steps,
    "many": measure_many,
    "rights": measure_rights,
}
