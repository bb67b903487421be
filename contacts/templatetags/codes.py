"""INSEE's codes in words: `{% load codes %}{{ company.headcount_band|headcount }}`."""

from datetime import date

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts.codes import words
from prm.web.figures import figure

register = template.Library()


@register.filter
def headcount(code: str | None) -> str:
    """Say a headcount band in the reader's language."""
    return words.headcount_words(code)


@register.filter
def naf(code: str | None) -> str:
    """Say an activity code."""
    return _marked(words.say_naf(code))


@register.filter
def legal_form(code: str | None) -> str:
    """Say a legal form."""
    return _marked(words.say_legal_form(code))


@register.filter
def size_category(code: str | None) -> str:
    """Say a size category."""
    return words.category_words(code)


@register.filter
def department(code: str | None) -> str:
    """Say a département."""
    return words.department_words(code)


@register.filter
def age(founded_on: date | None) -> str:
    """Say how old a company is in whole years, as of today."""
    if founded_on is None:
        return ""
    today = timezone.localdate()
    years = today.year - founded_on.year - ((today.month, today.day) < (founded_on.month, founded_on.day))
    if years < 1:
        return _("less than a year old") if founded_on <= today else _("not yet begun")
    return ngettext("%(n)s year old", "%(n)s years old", years) % {"n": figure(years)}


def _marked(said: words.Said) -> str:
    """Return words as HTML in which French ones that a reader of another language meets are marked as such."""
    if not said.french:
        return said.own
    french = format_html('<span lang="fr">{}</span>', said.french)
    return format_html("{} ({})", said.own, french) if said.own else french
