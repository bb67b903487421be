"""What each trait of a person weighs when others are compared with it: pure arithmetic."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scoring.twins.bits import BITS
from scoring.twins.wording import Traits

# What traits weigh when everybody has them; one that hardly anybody has weighs twice as much.
WEIGHTS: Mapping[str, float] = {
    "activity": 3,
    "headcount": 2,
    "department": 1,
    "legal_form": 0.5,
    "function": 2,
    "source": 0.5,
    "entry": 1,
    "personas": 2,
}
# All they did together.
ACTS = 6.0
# A trait of fewer weighs no more than if so many had it: of less nothing is known.
FEW = 5
# From so much weight on that both are known by, a likeness is taken at its word.
WHOLE = 6.0
# Acts are weighed in so many steps from common to rare, each the middle of its part.
STEPS = 4


@dataclass(frozen=True)
class Counted:
    """How many of those who came to sales have a trait, and the bit of something they did ("" for none)."""

    number: int
    mask: str = ""


def rarity(number: int, of: int) -> float:
    """Return 1 for what all have, up to 2 for what FEW have or fewer."""
    if of <= FEW:
        return 1.0
    most = math.log(of / FEW)
    return 1 + math.log(of / min(max(number, FEW), of)) / most


def step_of(weight: float) -> int:
    """Return the step a rarity falls in, from 0."""
    return min(int((weight - 1) * STEPS), STEPS - 1)


def worth_of(step: int) -> float:
    """Return what acts of a step weigh."""
    return 1 + (step + 0.5) / STEPS


def weigh(traits: Traits, counts: Mapping[str, Counted], of: int) -> dict[str, Any]:
    """Return the weights find_twins.sql takes; `counts` by token, of `of` people who came to sales.

    What nobody of them did counts among what is not shared, as rare as can be.
    """
    nobody = Counted(0)
    masks, worth_of_all = [0] * STEPS, 0.0
    for token in traits.acts:
        one = counts.get(token, nobody)
        step = step_of(rarity(one.number, of))
        worth_of_all += worth_of(step)
        masks[step] |= int(one.mask or "0", 2)
    return {
        **{
            f"w_{name}": weight * rarity(counts.get(traits.tokens[name], nobody).number, of)
            for name, weight in WEIGHTS.items()
        },
        "w_acts": ACTS,
        **{f"mask_{step}": f"{mask:0{BITS}b}" for step, mask in enumerate(masks)},
        **{f"worth_{step}": worth_of(step) for step in range(STEPS)},
        "mask": f"{sum(masks):0{BITS}b}",
        "worth_of_all": worth_of_all,
        "whole": WHOLE,
    }
