"""What became of the lines of a partner's file, and of the values in them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum

from enrichment.partners.reading import Key


class Fate(StrEnum):
    """What became of one value."""

    # Nothing was known.
    FILLED = "filled"
    # What this partner said before was brought up to date.
    UPDATED = "updated"
    SAME = "same"
    # Another source says otherwise: that stays.
    DIFFERS = "differs"
    # A person here entered something else: that stays, always.
    OWN = "own"
    # It cannot be read, or the company keeps its data private.
    REFUSED = "refused"


@dataclass(frozen=True)
class Counts:
    """Lines by the key that found their company, and values by what became of them."""

    siren: int = 0
    siret: int = 0
    vat: int = 0
    domain: int = 0
    name: int = 0
    # Lines of which a person has to say whose they are.
    doubtful: int = 0
    # Lines about nobody in the base, and lines that cannot be used.
    unknown: int = 0
    unusable: int = 0
    # Companies that keep their data private.
    private: int = 0
    filled: int = 0
    updated: int = 0
    same: int = 0
    differs: int = 0
    own: int = 0
    refused: int = 0

    @property
    def matched(self) -> int:
        """Lines whose company was found."""
        return sum(getattr(self, key.value) for key in Key)

    @property
    def lines(self) -> int:
        """All lines."""
        return self.matched + self.doubtful + self.unknown + self.unusable

    @property
    def written(self) -> int:
        """Values that were, or would be, written."""
        return self.filled + self.updated

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to write and nobody to ask."""
        return not self.written and not self.doubtful

    def plus(self, more: "Counts") -> "Counts":
        """Return the sum."""
        mine, theirs = asdict(self), asdict(more)
        return Counts(**{name: number + theirs[name] for name, number in mine.items()})

    def to_json(self) -> dict[str, int]:
        """Return what is not nothing, for storage."""
        return {name: number for name, number in asdict(self).items() if number}

    @classmethod
    def from_json(cls, stored: Mapping[str, int]) -> "Counts":
        """Read what is stored; keys of other versions are ignored."""
        known = {one.name for one in fields(cls)}
        return cls(**{name: number for name, number in stored.items() if name in known})


def count_names(names: Iterable[str]) -> Counts:
    """Return how often each name occurs, as counts."""
    return Counts(**dict(Counter(names)))
