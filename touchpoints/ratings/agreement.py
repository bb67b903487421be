"""What several people's ratings come to, and how far they are apart: arithmetic, no database."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

# Apart by so much, it is worth talking about.
APART = 2.0


@dataclass(frozen=True)
class Spread:
    """The ratings of one thing by different people."""

    values: Sequence[float]

    @property
    def value(self) -> float | None:
        """What they come to: the median, to one decimal; None where nobody rated.

        On a scale of five words the step from 1 to 2 need not be that from 4 to 5, and among a few people one who
        shouts would move a mean (docs/decisions).
        """
        return round(float(median(self.values)), 1) if self.values else None

    @property
    def lowest(self) -> float:
        """The lowest rating."""
        return min(self.values)

    @property
    def highest(self) -> float:
        """The highest rating."""
        return max(self.values)

    @property
    def is_apart(self) -> bool:
        """Tell whether they disagree so much that they should talk."""
        return len(self.values) > 1 and self.highest - self.lowest >= APART
