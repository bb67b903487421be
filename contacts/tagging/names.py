"""The names of tags as people and files write them."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from contacts.normalising import UnusableValueError, clean_text
from contacts.tagging.models import LONGEST_NAME
from prm.work.errors import Invalid

# Between tags in one cell of a file; so no name has one.
SEPARATOR = ";"
# Of one contact in one go.
MOST_AT_ONCE = 50


def split_names(text: str) -> list[str]:
    """Return the names in a cell, without those that stand twice; raise UnusableValueError."""
    names = [one for part in text.split(SEPARATOR) if (one := " ".join(part.split()))]
    if len(names) > MOST_AT_ONCE or any(len(one) > LONGEST_NAME for one in names):
        raise UnusableValueError("bad_tags")
    return list(dict.fromkeys(names))


def clean_names(names: Iterable[str]) -> list[str]:
    """Return names in their one writing; raise Invalid where there is none, or one cannot be used."""
    clean = []
    for name in names:
        if SEPARATOR in name:
            raise Invalid(fields={"tags": _("The name of a tag has no semicolon.")})
        try:
            text = clean_text(" ".join(name.split()), LONGEST_NAME)
        except UnusableValueError as error:
            raise Invalid(fields={"tags": error.message}) from error
        if text:
            clean.append(text)
    if not clean:
        raise Invalid(fields={"tags": _("Give the name of a tag.")})
    if len(clean) > MOST_AT_ONCE:
        raise Invalid(fields={"tags": _("Give at most %(n)s tags at once.") % {"n": MOST_AT_ONCE}})
    return list(dict.fromkeys(clean))
