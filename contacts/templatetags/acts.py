"""Kinds of acts in words: `{% load acts %}{{ standing.last_act_kind|act }}`."""

from django import template

from contacts.acts import act_name

register = template.Library()


@register.filter
def act(code: str | None) -> str:
    """Say a kind of act in the reader's language."""
    return act_name(code or "")
