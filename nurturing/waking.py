"""The chain of wake-ups: whoever ends a run notes when the next one is due."""

from datetime import datetime

from django.db.models.functions import Now

from prm.organisations.models import Organisation
from prm.work.models import Wakeup
from prm.work.wakeups import wake

STEPS = "nurture"
MAIL = "mail"


def wake_next(organisation: Organisation, queue: str, due_at: datetime) -> None:
    """Make sure that a run begins by `due_at`; does nothing where one is noted for earlier, but not yet due.

    Only for work already committed: a run that begins before then would not see it. One that is due now may be
    settled by another worker at this moment, so it does not count.
    """
    if not Wakeup.objects.filter(queue=queue, due_at__gt=Now(), due_at__lte=due_at).exists():
        wake(organisation.pk, queue, due_at=due_at)
