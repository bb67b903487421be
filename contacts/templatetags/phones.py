"""Telephone numbers in words: `{% load phones %}{{ contact.phone|phone_kind }}`."""

from django import template

from contacts.phones import read_phone

register = template.Library()


@register.filter
def phone_kind(number: str | None) -> str:
    """Say what kind of line a number leads to and where it is from; "" for what is no number."""
    facts = read_phone(number or "")
    return facts.words if facts else ""
