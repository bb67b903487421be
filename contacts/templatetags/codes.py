"""INSEE's codes in words: `{% load codes %}{{ company.headcount_band|headcount }}`."""

from django import template

from contacts.codes import words

register = template.Library()


@register.filter
def headcount(code: str | None) -> str:
    """Say a headcount band in the reader's language."""
    return words.headcount_words(code)


@register.filter
def naf(code: str | None) -> str:
    """Say an activity code."""
    return words.naf_words(code)


@register.filter
def legal_form(code: str | None) -> str:
    """Say a legal form."""
    return words.legal_form_words(code)


@register.filter
def size_category(code: str | None) -> str:
    """Say a size category."""
    return words.category_words(code)


@register.filter
def department(code: str | None) -> str:
    """Say a département."""
    return words.department_words(code)
