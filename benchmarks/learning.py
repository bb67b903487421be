"""Learning from a hundred thousand people, and one contact's twins among twenty thousand who came to sales."""

import statistics
from functools import partial

from django.db import connection

from benchmarks.scoring_model import publish_benchmark_model
from benchmarks.timing import Result, median_seconds, owner, seconds
from contacts.models import Contact
from prm.organisations.models import Organisation, User
from prm.organisations.scope import organisation_scope
from prm.work.jobs import run_jobs
from scoring.learning.models import Learning
from scoring.learning.services import start_learning
from scoring.twins.keeping import keep_twins
from scoring.twins.models import TwinRow
from scoring.twins.queries import find_twins
from touchpoints.models import Interaction

# People who came to sales, in a base large enough.
CAME = 20_000
ASKED = 30


def measure_twins(organisation: Organisation, size: int, owner_url: str) -> list[Result]:
    """Whom each of some contacts resembles, all that their page shows; against counting the rows looked at."""
    with organisation_scope(organisation.pk):
        _let_convert(organisation, min(CAME, size // 2))
        kept = seconds(lambda: keep_twins(organisation))
        with owner(owner_url) as plain:
            plain.execute("VACUUM ANALYZE twins_twinrow")
        people = list(Contact.objects.filter(stage__in=["suspect", "prospect"]).order_by("-pk")[:ASKED])

        def floor() -> None:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(*) FROM twins_twinrow WHERE organisation_id = %s AND naf_code <> ''",
                    [organisation.pk],
                )
                cursor.fetchall()

        floor_seconds = median_seconds(floor, 5)
        took = [seconds(partial(find_twins, organisation, contact)) for contact in people]
        rows = TwinRow.objects.count()
    ours, worst = statistics.median(took), max(took)
    note = (
        f"among {rows:,}: median {ours * 1000:.0f} ms, worst of {len(took)} {worst * 1000:.0f} ms (goal: below 150 ms);"
        f" rows kept in {kept:.1f} s"
    )
    return [Result("twins", size, ours, floor_seconds, ours * 1000, 150.0, note=note)]


def measure_learning(organisation: Organisation, size: int, owner_url: str) -> list[Result]:
    """Weights for a model of 44 rules from everybody, as a worker does it; against counting everybody's acts."""
    with organisation_scope(organisation.pk):
        publish_benchmark_model(organisation)
        _let_convert(organisation, size // 20)
        with owner(owner_url) as plain:
            plain.execute("VACUUM ANALYZE contacts_contact, contacts_stagechange, contacts_standing")
        floor_seconds = median_seconds(lambda: Interaction.objects.filter(organisation=organisation).count(), 3)
        by = User.objects.get(email=f"admin-{size}@bench.example")
        started = start_learning(organisation, goal="customer", by=by)
        took = seconds(lambda: run_jobs(organisation))
        found = Learning.objects.get(pk=started.pk).result
    note = (
        f"{took:.0f} s for {found['converted']:,} who converted and {found['others']:,} who did not"
        f" (AUC {found['auc']['value']:.2f}; goal: below 120 s)"
    )
    return [Result("learning", size, took, floor_seconds, took, 120.0, note=note)]


def _let_convert(organisation: Organisation, number: int) -> None:
    """Let so many contacts come to sales half a year ago; of ten, six buy a month later and three are lost."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE contacts_contact SET created_at = now() - interval '400 days' WHERE organisation_id = %s",
            [organisation.pk],
        )
        cursor.execute("UPDATE contacts_standing SET last_act_at = now() WHERE organisation_id = %s", [organisation.pk])
        cursor.execute(
            """
            WITH those AS (
                SELECT id, row_number() OVER (ORDER BY id) AS n FROM contacts_contact
                WHERE organisation_id = %(o)s AND stage IN ('suspect', 'prospect') ORDER BY id LIMIT %(n)s
            ), moved AS (
                UPDATE contacts_contact c
                SET stage = CASE WHEN t.n %% 10 < 6 THEN 'customer' WHEN t.n %% 10 < 9 THEN 'lost' ELSE 'mql' END
                FROM those t WHERE c.organisation_id = %(o)s AND c.id = t.id
            )
            INSERT INTO contacts_stagechange (organisation_id, contact_id, from_stage, to_stage, cause, detail, at)
            SELECT %(o)s, t.id, s.was, s.stage, 'person', '{}', now() - (180 - s.days - t.n %% 60) * interval '1 day'
            FROM those t
            CROSS JOIN (VALUES ('prospect', 'mql', 0, 10), ('mql', 'customer', 30, 6)) AS s (was, stage, days, below)
            WHERE t.n %% 10 < s.below
            """,
            {"o": organisation.pk, "n": number},
        )
