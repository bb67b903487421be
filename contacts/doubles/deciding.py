"""Saying of pairs that they are not the same person."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from contacts.doubles.models import Pair, PairStatus
from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation, User
from prm.work.errors import NotFound


def dismiss_pairs(organisation: Organisation, *, pair_ids: Sequence[int], by: Actor | None) -> int:
    """Note that open pairs are not the same person; return how many. NotFound where none of them is open here."""
    with transaction.atomic():
        count = Pair.objects.filter(organisation=organisation, pk__in=pair_ids, status=PairStatus.OPEN).update(
            status=PairStatus.DISTINCT, decided_at=timezone.now(), decided_by=by if isinstance(by, User) else None
        )
        if not count:
            raise NotFound
        audit.record(organisation, by, "pair.distinct", label=str(count), after={"number": count})
    return count
