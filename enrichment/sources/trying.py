"""Sources tried out: a harmless question, in a worker, and what came of it."""

import time
from typing import Any

from django.utils import timezone

from enrichment.sources.models import SourceChoice
from enrichment.sources.registry import Probe, find_source
from enrichment.sources.services import TEST_QUEUE
from enrichment.turns import Caller
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from prm.work.wakeups import horizon, settle


def try_sources(organisation: Organisation) -> int:
    """Try every source somebody wants to see tried; return how many. Asked outside any transaction.

    A worker that dies leaves the wish, and the wake-up, for another.
    """
    with organisation_scope(organisation.pk):
        below, tried = horizon(), 0
        wished = SourceChoice.objects.filter(test_asked_at__isnull=False, tested_at=None)
        for choice in wished.order_by("test_asked_at", "pk"):
            source = find_source(choice.source)
            if source is None or source.probe is None:
                continue
            begin = time.monotonic()
            probe = source.probe(Caller(organisation.pk))
            seconds = round(time.monotonic() - begin, 2)
            same = wished.filter(pk=choice.pk, test_asked_at=choice.test_asked_at, sealed_key=choice.sealed_key)
            tried += same.update(tested_at=timezone.now(), test={**_stored(probe), "seconds": seconds})
        settle(organisation.pk, TEST_QUEUE, below=below)
    return tried


def _stored(probe: Probe) -> dict[str, Any]:
    if probe.trouble is None:
        return {"said": probe.said}
    trouble = probe.trouble
    return {"reason": trouble.reason.value, "message": trouble.message, **({} if trouble.asked else {"asked": False})}
