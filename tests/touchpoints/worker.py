"""Workers of their own, as plain processes: each reads one organisation's log and leaves a mark for each interaction.

They are loaded once and forked, begin at SIGUSR1, and say on their standard output where they are.

    python -m tests.touchpoints.worker <organisation id> <batch to stay in, 0 for none>:<pause in seconds> ...
"""

import os
import signal
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


def say(number: int, text: str) -> None:
    """Tell the test, in one write."""
    os.write(1, f"{number} {text}\n".encode())


def work(number: int, organisation_id: int, stay_in: int, pause_seconds: float) -> None:
    """Consume; in batch number `stay_in` wait, with the effects written and not committed, to be killed."""
    batches = 0

    def mark(batch: Batch) -> None:
        nonlocal batches
        batches += 1
        with connection.cursor() as cursor:
            cursor.execute(MARK, batch.params)
        if batches == stay_in:
            say(number, "inside")
            time.sleep(60)
        time.sleep(pause_seconds)

    say(number, f"ready {os.getpid()}")
    signal.sigwait({signal.SIGUSR1})
    organisation = Organisation.objects.get(pk=organisation_id)
    handled, until = 0, time.monotonic() + PATIENCE_SECONDS
    # As the sweep does: called again for as long as something is due.
    while (organisation.pk, "react") in list_due() and time.monotonic() < until:
        handled += consume(organisation, [Consumer("marks", mark)])
        time.sleep(0.02)
    say(number, f"handled {handled}")


def main(organisation_id: int, specs: list[str]) -> None:
    """Fork a worker for each spec and wait for all of them."""
    # Blocked before the fork: a signal that comes early waits.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    for number, spec in enumerate(specs):
        stay_in, pause_seconds = spec.split(":")
        if os.fork() == 0:
            work(number, organisation_id, int(stay_in), float(pause_seconds))
            os._exit(0)
    for _spec in specs:
        os.wait()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
