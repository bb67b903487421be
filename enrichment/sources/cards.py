"""What a page says of each source: how it is, who pays, how much it was asked."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from enrichment.models import SourceUse
from enrichment.providers.outcomes import REASON_WORDS, SourceState
from enrichment.sources.choices import Chosen, arrange, list_choices
from enrichment.sources.keys import key_of
from enrichment.sources.models import SourceChoice
from enrichment.sources.registry import Source
from enrichment.turns import Pace
from prm.organisations.models import Organisation
from prm.web.figures import figure


@dataclass(frozen=True)
class Use:
    """How often an organisation asked a source."""

    today: int = 0
    month: int = 0


@dataclass(frozen=True)
class Card:
    """One source on a page."""

    chosen: Chosen
    state: SourceState
    use: Use
    # Whether it stands first, or last, among those that stand in for each other.
    is_first: bool = True
    is_last: bool = True

    @property
    def source(self) -> Source:
        """The source."""
        return self.chosen.source

    @property
    def choice(self) -> SourceChoice:
        """What the organisation says of it."""
        return self.chosen.choice

    @property
    def is_there(self) -> bool:
        """Tell whether the installation has what it takes."""
        return self.source.is_there()

    @property
    def is_key_lost(self) -> bool:
        """Tell a key that was sealed with one the installation no longer has."""
        return bool(self.choice.sealed_key) and not key_of(self.choice)

    @property
    def has_installation_key(self) -> bool:
        """Tell whether questions go out with the installation's key."""
        need = self.source.key
        return need is not None and not self.choice.sealed_key and bool(need.of_installation())

    @property
    def can_be_tested(self) -> bool:
        """Tell whether there is anything to try."""
        return self.source.probe is not None and self.is_there and self.chosen.has_key

    @property
    def month_cents(self) -> Decimal | None:
        """What this month's questions cost, in cents; None where nobody pays."""
        return None if self.choice.cost is None else self.choice.cost * 100 * self.use.month

    @property
    def limit(self) -> str:
        """Say how fast it may be asked; "" where nobody counts."""
        return limit_words(self.source) if self.source.pace else ""

    @property
    def tested(self) -> str:
        """Say what came of the last test; "" before it."""
        return test_words(self.choice)

    @property
    def is_test_good(self) -> bool:
        """Tell whether it answered."""
        return "reason" not in self.choice.test


def list_cards(organisation: Organisation, *, kept_seconds: int = 0) -> list[Card]:
    """Return every source, in the order in which it is asked; how each is doing is always as of now.

    Two queries, unless what they brought may be some seconds old.
    """

    def look() -> tuple[list[SourceChoice], dict[str, Use]]:
        return list_choices(organisation.pk), count_uses(organisation)

    kept: Any = cache.get_or_set(f"sources:{organisation.pk}", look, kept_seconds) if kept_seconds else look()
    said, uses = kept
    chosen = arrange(organisation.pk, said)
    groups = [one.source.group for one in chosen]
    return [
        Card(
            one,
            one.source.state(one.choice),
            uses.get(one.source.name, Use()),
            is_first=not one.source.group or one.source.group not in groups[:index],
            is_last=not one.source.group or one.source.group not in groups[index + 1 :],
        )
        for index, one in enumerate(chosen)
    ]


def count_uses(organisation: Organisation) -> dict[str, Use]:
    """Return how often each source was asked today and since the first of the month. One query."""
    today = timezone.localdate()
    uses = SourceUse.objects.filter(organisation=organisation, used_on__gte=today.replace(day=1))
    rows = uses.values("source").annotate(month=Sum("calls"), today=Sum("calls", filter=Q(used_on=today)))
    return {row["source"]: Use(row["today"] or 0, row["month"]) for row in rows.order_by()}


def sum_cents(cards: list[Card]) -> Decimal | None:
    """Return what this month's questions cost in all, in cents; None where nobody pays."""
    costs = [card.month_cents for card in cards if card.month_cents is not None]
    return sum(costs, Decimal(0)) if costs else None


def limit_words(source: Source) -> str:
    """Say how fast a source may be asked, and whom that counts together."""
    pace = source.pace() if source.pace else Pace(1.0)
    many = int(pace.per_minute or pace.per_second)
    if source.is_by_host:
        text = ngettext(
            "%(figure)s question per second at each website", "%(figure)s questions per second at each website", many
        )
    elif pace.per_minute and source.key is not None:
        text = ngettext(
            "%(figure)s question a minute, whoever asks with this key",
            "%(figure)s questions a minute, whoever asks with this key",
            many,
        )
    elif pace.per_minute:
        text = ngettext(
            "%(figure)s question a minute, all organisations of this installation together",
            "%(figure)s questions a minute, all organisations of this installation together",
            many,
        )
    else:
        text = ngettext(
            "%(figure)s question per second, all organisations of this installation together",
            "%(figure)s questions per second, all organisations of this installation together",
            many,
        )
    return text % {"figure": figure(pace.per_minute or pace.per_second)}


def test_words(choice: SourceChoice) -> str:
    """Say what came of a source's test: the answer and the time it took, or the trouble."""
    if choice.tested_at is None:
        return ""
    seconds = figure(choice.test.get("seconds", 0), 1)
    if "reason" in choice.test:
        trouble = str(REASON_WORDS.get(choice.test["reason"], choice.test["reason"]))
        message = str(choice.test.get("message") or "")
        if not choice.test.get("asked", True):
            return _("It was not asked, as it is left alone for the moment: %(trouble)s") % {"trouble": trouble}
        return " ".join(filter(None, (trouble, message and _("It said: “%(text)s”.") % {"text": message})))
    if choice.test.get("said"):
        return _("It answered in %(seconds)s s: %(text)s.") % {"seconds": seconds, "text": choice.test["said"]}
    return _("It answered in %(seconds)s s.") % {"seconds": seconds}


def get_allowance() -> int:
    """Return how many questions a day an organisation's jobs may ask of a source; 0: as many as its rate allows."""
    return int(settings.ENRICHMENT_CALLS_PER_DAY)
