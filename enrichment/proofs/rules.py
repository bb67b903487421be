"""What an organisation says of who wins, kept and read."""

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from enrichment.proofs.models import WinningRule
from enrichment.proofs.policy import SETTABLE, USUAL, USUAL_RANKS, Origin, Policy, Wins
from prm.organisations import audit
from prm.organisations.models import Organisation, User
from prm.work.errors import Invalid


def get_policy(organisation: Organisation) -> Policy:
    """Return who wins in an organisation. One query."""
    rule = WinningRule.objects.filter(organisation=organisation).first()
    if rule is None:
        return USUAL
    wins = {group: Wins(one) for group, one in rule.wins.items() if group in SETTABLE and one in Wins.values}
    ranks = tuple(Origin(one) for one in rule.ranks if one in Origin.values)
    return Policy(wins, (*ranks, *(one for one in USUAL_RANKS if one not in ranks)))


def set_policy(organisation: Organisation, *, wins: Mapping[str, str], ranks: Sequence[str], by: User) -> Policy:
    """Say who wins from now on; what is written stays. Raises Invalid where a source is ranked twice or missing."""
    if sorted(ranks) != sorted(Origin.values):
        raise Invalid(fields={"ranks": _("Give each source one place, and each place one source.")})
    with transaction.atomic():
        before = get_policy(organisation)
        values = {"wins": {group: str(wins[group]) for group in SETTABLE if group in wins}, "ranks": list(ranks)}
        WinningRule.objects.update_or_create(organisation=organisation, defaults=values)
        audit.record(
            organisation,
            by,
            "enrichment.winning",
            organisation,
            before={"wins": {group: str(before.wins_of(group)) for group in SETTABLE}, "ranks": list(before.ranks)},
            after=values,
        )
    return get_policy(organisation)
