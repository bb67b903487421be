"""What an organisation wants of its sources, with what the installation wants where it says nothing."""

from collections.abc import Iterable
from dataclasses import dataclass

from enrichment.sources.keys import key_of
from enrichment.sources.models import SourceChoice
from enrichment.sources.registry import REGISTERS, Source, list_sources


@dataclass(frozen=True)
class Chosen:
    """A source, as one organisation has it."""

    source: Source
    choice: SourceChoice

    @property
    def is_on(self) -> bool:
        """Tell whether the organisation wants it asked."""
        return self.choice.is_on or not self.source.has_switch

    @property
    def has_key(self) -> bool:
        """Tell whether it has the key it wants, if it wants one."""
        need = self.source.key
        return need is None or bool(key_of(self.choice) or need.of_installation())

    @property
    def is_asked(self) -> bool:
        """Tell whether questions go to it."""
        return self.is_on and self.has_key and self.source.is_there()


def list_chosen(organisation_id: int) -> list[Chosen]:
    """Return every source as an organisation has it: those of a group in its order. One query; none for nobody."""
    return arrange(organisation_id, list_choices(organisation_id))


def list_choices(organisation_id: int) -> list[SourceChoice]:
    """Return what an organisation said of its sources. One query; none for nobody."""
    return list(SourceChoice.objects.filter(organisation_id=organisation_id)) if organisation_id else []


def arrange(organisation_id: int, said: Iterable[SourceChoice]) -> list[Chosen]:
    """Return every source with what was said of it: those of a group in the organisation's order."""
    choices = {one.source: one for one in said}
    chosen = [Chosen(one, choices.get(one.name) or _unsaid(organisation_id, one)) for one in list_sources()]
    return sorted(chosen, key=lambda one: _place(one, chosen))


def list_registers(organisation_id: int) -> list[Chosen]:
    """Return the registers an organisation asks, the preferred one first. One query; none for nobody."""
    return [one for one in list_chosen(organisation_id) if one.source.group == REGISTERS and one.is_asked]


def is_switched_on(source: str, organisation_id: int) -> bool:
    """Tell whether an organisation wants a source asked. One query; none for nobody."""
    said = SourceChoice.objects.filter(organisation_id=organisation_id, source=source, is_on=False)
    return not organisation_id or not said.exists()


def _unsaid(organisation_id: int, source: Source) -> SourceChoice:
    return SourceChoice(organisation_id=organisation_id, source=source.name)


def _place(one: Chosen, among: list[Chosen]) -> tuple[int, int, int]:
    """Return where a source stands: groups stay together where their first one is."""
    index = among.index(one)
    if not one.source.group:
        return (index, 0, index)
    first = next(place for place, other in enumerate(among) if other.source.group == one.source.group)
    place = one.choice.place
    return (first, index - first if place is None else place, index)
