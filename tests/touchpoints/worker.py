"""A worker of its own, as a plain process: reads one organisation's log with a consumer that leaves a mark for each
interaction, and says on its standard output where it is.

    python -m tests.touchpoints.worker <organisation id> <batch to stay in, 0 for none> <pause in seconds>
"""

import sys
import time

import django

django.setup()

from django.db import connection  # noqa: E402  (Django first)

from prm.organisations.models import Organisation  # noqa: E402
from prm.work.wakeups import list_due  # noqa: E402
from touchpoints import consuming  # noqa: E402
from touchpoints.consuming import IN_BATCH, Batch, Consumer, consume  # noqa: E402

# Small batches, so that a run has several.
consuming.BATCH_SIZE = 100

PATIENCE_SECONDS = 10.0
# The effect: one row of the lifecycle's ledger for each interaction, with which one it was.
MARK = (
    "INSERT INTO contacts_stagechange (organisation_id, contact_id, from_stage, to_stage, cause, detail)"
    " SELECT i.organisation_id, i.contact_id, '', 'prospect', 'interaction', jsonb_build_object('interaction', i.id)"
    f" FROM touchpoints_interaction i WHERE {IN_BATCH}"
)


def say(text: str) -> None:
    """Tell the test, at once."""
    print(text, flush=True)  # noqa: T201


def main(organisation_id: int, stay_in: int, pause_seconds: float) -> None:
    """Consume; in batch number `stay_in` wait, with the effects written and not committed, to be killed."""
    batches = 0

    def mark(batch: Batch) -> None:
        nonlocal batches
        batches += 1
        with connection.cursor() as cursor:
            cursor.execute(MARK, batch.params)
        if batches == stay_in:
            say("inside")
            time.sleep(60)
        time.sleep(pause_seconds)

    say("ready")
    organisation = Organisation.objects.get(pk=organisation_id)
    sys.stdin.readline()
    handled, until = 0, time.monotonic() + PATIENCE_SECONDS
    # As the sweep does: called again for as long as something is due.
    while (organisation.pk, "react") in list_due() and time.monotonic() < until:
        handled += consume(organisation, [Consumer("marks", mark)])
        time.sleep(0.02)
    say(f"handled {handled}")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
