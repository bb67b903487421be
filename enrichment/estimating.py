"""What enriching many companies will cost, said before it begins: requests, time, and what is left for today."""

import math
from dataclasses import dataclass

from django.db.models import Count, Q
from django.db.models.functions import Length
from django.db.models.lookups import GreaterThanOrEqual

from enrichment.bulk import Selection, list_companies, list_selected
from enrichment.directory.searching import find_load
from enrichment.matching import MIN_NAME_LENGTH
from enrichment.models import DirectoryCompany
from enrichment.providers.outcomes import AnswersMany
from enrichment.sources.cards import count_uses, get_allowance, limit_words
from enrichment.sources.choices import list_registers
from enrichment.sources.registry import Source
from prm.organisations.models import Organisation
from prm.work.sql import fetch

# Names looked up in the directory to say how many of all it will tell.
SAMPLE = 300
# A name is asked at its postcode, and then everywhere where that does not tell.
MOST_CALLS_A_NAME = 2


@dataclass(frozen=True)
class Asked:
    """A register that is asked outside, and how fast it may be."""

    title: str
    limit: str


@dataclass(frozen=True)
class Estimate:
    """What a selection asks for. `local` is worked out of a sample of names: about so many."""

    # Companies chosen, and those of them that will be asked about.
    chosen: int
    companies: int
    by_number: int
    by_name: int
    # Neither a number nor a name of three letters.
    unaskable: int
    # None: no directory is loaded.
    local: int | None
    # Requests at most, and how long they take at the rate we allow ourselves.
    calls: int
    seconds: float
    # Requests the organisation's jobs may still send today; None: as many as they like.
    left_today: int | None
    # In the order in which they are asked.
    registers: tuple[Asked, ...]

    @property
    def skipped(self) -> int:
        """Companies that are fresh, or are being asked about already."""
        return self.chosen - self.companies

    @property
    def is_over_today(self) -> bool:
        """Tell whether the rest is asked tomorrow."""
        return self.left_today is not None and self.calls > self.left_today


def estimate(organisation: Organisation, selection: Selection) -> Estimate:
    """Return what enriching a selection will cost. Eight queries; nobody outside is asked."""
    companies = list_companies(organisation, selection)
    is_number = ~Q(siren=None) | ~Q(siret="")
    is_name = ~is_number & Q(GreaterThanOrEqual(Length("name_key"), MIN_NAME_LENGTH))
    counts = companies.aggregate(
        companies=Count("pk"),
        by_number=Count("pk", filter=is_number),
        by_name=Count("pk", filter=is_name),
        placed=Count("pk", filter=is_name & ~Q(postcode="")),
    )
    chosen = list_selected(organisation, selection).count()
    load, local_numbers, local_ratio = find_load(), 0, 0.0
    if load is not None:
        sirens = companies.filter(siren__isnull=False).values("siren")
        local_numbers = DirectoryCompany.objects.filter(siren__in=sirens).count()
        sample = list(companies.filter(is_name).order_by("pk").values_list("name_key", "postcode")[:SAMPLE])
        local_ratio = _count_names(sample) / len(sample) if sample else 0.0
    local_names = round(counts["by_name"] * local_ratio)
    registers = [one.source for one in list_registers(organisation.pk)]
    # Where a name has a place, it is asked there first.
    names = counts["by_name"] + (MOST_CALLS_A_NAME - 1) * counts["placed"]
    calls, seconds = _cost(registers, counts["by_number"] - local_numbers, round(names * (1 - local_ratio)))
    allowance = get_allowance()
    uses = count_uses(organisation) if allowance and registers else {}
    used = uses[registers[0].name].today if registers and registers[0].name in uses else 0
    return Estimate(
        chosen=chosen,
        companies=counts["companies"],
        by_number=counts["by_number"],
        by_name=counts["by_name"],
        unaskable=counts["companies"] - counts["by_number"] - counts["by_name"],
        local=local_numbers + local_names if load is not None else None,
        calls=calls,
        seconds=seconds,
        left_today=max(allowance - used, 0) if allowance and registers else None,
        registers=tuple(Asked(str(one.title), limit_words(one)) for one in registers),
    )


def _cost(registers: list[Source], numbers: int, names: int) -> tuple[int, float]:
    """Return how many requests so many questions take, and how long: where one can be asked about many, at once."""
    providers = [one.provider for one in registers if one.provider is not None]
    if not providers:
        return 0, 0.0
    calls, seconds = names, names * providers[0].pace.interval
    many = next((one for one in providers if isinstance(one, AnswersMany)), None)
    if many is None:
        return calls + numbers, seconds + numbers * providers[0].pace.interval
    together = math.ceil(numbers / many.most_at_once)
    return calls + together, seconds + together * many.pace.interval


def _count_names(sample: list[tuple[str, str]]) -> int:
    keys, postcodes = [key for key, _postcode in sample], [postcode for _key, postcode in sample]
    return int(fetch("enrichment/count_local_names", {"keys": keys, "postcodes": postcodes})[0][0])


def count_people(organisation: Organisation, selection: Selection) -> int | None:
    """Return how many people of a selection have no company; None for a selection of companies."""
    return None if not selection.is_of_people else selection.people(organisation).filter(company=None).count()
