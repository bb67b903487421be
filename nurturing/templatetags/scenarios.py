"""Filters of scenario pages."""

from collections.abc import Mapping, Sequence

from django import template

from nurturing import personalising, wording
from nurturing.queries import StepView

register = template.Library()


@register.filter
def wait_words(seconds: int) -> str:
    """Write a wait: "3 days"."""
    return wording.wait_words(seconds)


@register.filter
def outline(text: str, own: Mapping[str, str] | None = None) -> str:
    """Write a message's text with "[first name]" where a value will stand; `own` are the words for own fields."""
    return personalising.outline(text, own)


@register.filter
def follow(steps: Sequence[StepView], number: int) -> StepView | None:
    """Return the step behind the one with this number (from 1), or None."""
    return steps[number] if number < len(steps) else None
