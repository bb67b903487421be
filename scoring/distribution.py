"""Where the base lies between the thresholds."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from contacts.models import Tier
from prm.organisations.models import Organisation
from prm.web.charts.histogram import Bin, Histogram, Threshold
from prm.work.remembering import remembered
from prm.work.sql import fetch
from scoring.models import ModelVersion

BARS = 45


@dataclass(frozen=True)
class Distribution:
    """Contacts by tier of a version's thresholds, and the histogram that shows them."""

    tiers: dict[Tier, int]
    chart: Histogram

    @property
    def total(self) -> int:
        """All contacts."""
        return sum(self.tiers.values())


def get_distribution(organisation: Organisation, version: ModelVersion, *, movable: bool) -> Distribution:
    """Return how the stored intents lie between the thresholds of a version; `movable` thresholds can be dragged."""
    width = bar_width(version.hot_from)
    params = {
        "organisation_id": organisation.pk,
        "width": width,
        "last": BARS - 1,
        "warm_from": version.warm_from,
        "hot_from": version.hot_from,
    }
    name = f"scoring.intents:{width:g}:{version.warm_from:g}:{version.hot_from:g}"
    rows = remembered(organisation, name, lambda: fetch("scoring/count_intents", params)).value
    bars, tiers = [0] * BARS, dict.fromkeys(Tier, 0)
    for bar, tier, count in rows:
        bars[bar] += count
        tiers[Tier(tier)] += count
    chart = Histogram(
        "intents",
        _("Contacts by points of intent"),
        tuple(Bin(number * width, count, _css(number * width, version)) for number, count in enumerate(bars)),
        (
            Threshold(_("Warm from"), version.warm_from, "id_warm_from" if movable else ""),
            Threshold(_("Hot from"), version.hot_from, "id_hot_from" if movable else ""),
        ),
        _("pts"),
    )
    return Distribution(tiers, chart)


def bar_width(hot_from: float) -> float:
    """Return a round width at which hot begins about two thirds of the way."""
    wanted = max(hot_from, 0.1) * 1.6 / BARS
    size = 10.0
    while size > wanted:
        size /= 10
    while size * 10 <= wanted:
        size *= 10
    return next((size * step for step in (1, 2, 5) if size * step >= wanted), size * 10)


def _css(start: float, version: ModelVersion) -> str:
    if start >= version.hot_from:
        return "f-hot"
    return "f-warm" if start >= version.warm_from else "f-cold"
