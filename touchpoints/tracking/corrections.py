"""Verdicts that change: by what a visitor does later, or by a person who knows better. Effects follow."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation
from prm.work.errors import Invalid, NotFound
from prm.work.sql import fetch
from touchpoints.models import Verdict
from touchpoints.recounting import follow_corrected
from touchpoints.tracking.models import Visit
from touchpoints.tracking.verdicts import PERSON

CHOICES = (Verdict.HUMAN, Verdict.SUSPECT, Verdict.BOT)


def correct_visit(organisation: Organisation, *, visit_id: int, verdict: str, by: Actor | None) -> Visit:
    """Say who acted in a visit, for good: scores, last acts, stages and segments follow. Raises NotFound, Invalid."""
    if verdict not in CHOICES:
        raise Invalid(fields={"verdict": _("Choose human, doubtful or robot.")})
    with transaction.atomic():
        found = Visit.objects.select_for_update(of=("self",)).select_related("visitor")
        visit = found.filter(organisation=organisation, pk=visit_id).first()
        if visit is None:
            raise NotFound
        before = {"verdict": visit.verdict}
        if visit.verdict == verdict and visit.is_settled:
            return visit
        visit.verdict, visit.reason, visit.is_settled = verdict, PERSON, True
        visit.save(update_fields=["verdict", "reason", "is_settled"])
        number = follow_verdicts(organisation, [visit])
        after = {"verdict": verdict, "interactions": number}
        audit.record(organisation, by, "visit.correct", visit, before=before, after=after)
    return visit


def follow_verdicts(organisation: Organisation, visits: Sequence[Visit]) -> int:
    """Let what happened in visits have their verdicts, and whatever is made of it follow; return how much changed.

    In the caller's transaction. Visits come with their visitors.
    """
    rows = fetch(
        "touchpoints/follow_verdicts",
        {
            "organisation_id": organisation.pk,
            "visitors": [str(one.visitor.uid) for one in visits],
            "visits": [str(one.pk) for one in visits],
            "verdicts": [str(one.verdict) for one in visits],
            "since": min(one.started_at for one in visits),
        },
    )
    follow_corrected(organisation, rows)
    return len(rows)
