"""Who wins where a source says otherwise than what is held: the one rule every writer of enriched values asks.

    policy = get_policy(organisation)                                    # enrichment/proofs/rules.py, one query
    policy.decide("headcount_band", held="declared", told="partner:acme")   # a Decision

`held` and `told` are sources as provenance names them (the "source" of a stamp). What is not known yet is filled
without asking; `enrichment.merging.merge_values` does that and the rest for a whole company. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from prm.web.marks import provenance_kind

# What a person declared, as provenance names it.
DECLARED = "declared"

# Fields that only make sense together are decided on, written and proposed together; the first one names the group.
GROUPS: tuple[tuple[str, ...], ...] = (
    ("name",),
    ("siren",),
    ("siret",),
    ("domain",),
    ("naf_code", "naf_nomenclature"),
    ("naf2025_code",),
    ("headcount_band",),
    ("legal_form",),
    ("category",),
    ("address", "postcode", "city", "department"),
    ("founded_on",),
    ("is_closed",),
    ("partial_diffusion",),
)
FIELDS = tuple(name for group in GROUPS for name in group)
_GROUP_OF = {name: group[0] for group in GROUPS for name in group}
# Groups a person can declare, in the order of the settings: what is left out only sources say.
SETTABLE = ("name", "siren", "siret", "domain", "naf_code", "headcount_band", "legal_form", "address")


class Wins(TextChoices):
    """What an organisation says of one group of fields."""

    PERSON = "person", _("a person’s entry wins")
    REGISTER = "register", _("the register wins")
    ASK = "ask", _("ask me")


class Origin(TextChoices):
    """Kinds of sources, in the order in which they usually win; a person's entry is none of them."""

    REGISTER = "register", _("the State’s registers")
    PARTNER = "partner", _("partner files")
    IMPORT = "import", _("imports and programs")
    INFERRED = "inferred", _("what is inferred")


class Decision(StrEnum):
    """What becomes of a value that differs from the one held."""

    WRITE = "write"
    # It waits for a person: enrichment/proofs/proposals.py.
    PROPOSE = "propose"
    LEAVE = "leave"


USUAL_RANKS = tuple(Origin)
# A person gave these to tell companies apart, or calls the company so: a difference is no question.
USUAL_WINS: dict[str, Wins] = dict.fromkeys(("name", "siren", "siret"), Wins.PERSON)
_ORIGINS = {"sirene": Origin.REGISTER, "partner": Origin.PARTNER, "inferred": Origin.INFERRED}


def group_of(name: str) -> str:
    """Return the group a field belongs to; a field of no group, such as "custom.size", is one by itself."""
    return _GROUP_OF.get(name, name)


def origin_of(source: str) -> Origin | None:
    """Return the kind of a source; None for what a person declared."""
    return None if source == DECLARED else _ORIGINS.get(provenance_kind(source), Origin.IMPORT)


@dataclass(frozen=True)
class Policy:
    """What an organisation says of who wins; what it does not say is as usual."""

    wins: Mapping[str, Wins] = field(default_factory=dict)
    ranks: tuple[Origin, ...] = USUAL_RANKS

    def wins_of(self, name: str) -> Wins:
        """Return who wins against a person's own entry in this field."""
        group = group_of(name)
        return self.wins.get(group) or USUAL_WINS.get(group, Wins.ASK)

    def decide(self, name: str, *, held: str, told: str) -> Decision:
        """Decide on a value of source `told` that differs from the one of source `held`."""
        holder, teller = origin_of(held), origin_of(told)
        if teller is None:
            return Decision.WRITE
        if holder is not None:
            return Decision.WRITE if self._rank(teller) <= self._rank(holder) else Decision.PROPOSE
        wins = self.wins_of(name)
        if wins == Wins.PERSON:
            return Decision.LEAVE
        return Decision.WRITE if wins == Wins.REGISTER and teller == Origin.REGISTER else Decision.PROPOSE

    def _rank(self, origin: Origin) -> int:
        return self.ranks.index(origin) if origin in self.ranks else len(self.ranks)


USUAL = Policy()
