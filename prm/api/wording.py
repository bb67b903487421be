"""What is wrong with a value, in the caller's language: the validation library itself only speaks English."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# By the library's own names of errors; in brackets what it knows of the limit.
_WORDS: dict[str, str | Promise] = {
    "missing": gettext_lazy("This field is required."),
    "extra_forbidden": gettext_lazy("There is no such field."),
    "string_type": gettext_lazy("Give a text."),
    "string_unicode": gettext_lazy("This holds characters that cannot be stored."),
    "unstorable": gettext_lazy("This holds characters that cannot be stored."),
    "string_too_long": gettext_lazy("At most %(max_length)s characters."),
    "greater_than_equal": gettext_lazy("At least %(ge)s."),
    "less_than_equal": gettext_lazy("At most %(le)s."),
    "less_than": gettext_lazy("Less than %(lt)s."),
    "enum": gettext_lazy("Choose among: %(expected)s."),
}
# The same for families of errors, by how their names begin.
_FAMILIES: dict[str, str | Promise] = {
    "int_": gettext_lazy("Give a whole number."),
    "finite_": gettext_lazy("Give a whole number."),
    "bool_": gettext_lazy("Write true or false."),
    "date": gettext_lazy("Write a moment as 2026-03-12T14:30:00+01:00."),
    "timezone_": gettext_lazy("Write a moment as 2026-03-12T14:30:00+01:00."),
    "dict_": gettext_lazy("Give a JSON object."),
    "model_": gettext_lazy("Give a JSON object."),
}


def problem_of(error: Mapping[str, Any]) -> str:
    """Return one error of a validation in words."""
    kind, limits = str(error["type"]), error.get("ctx") or {}
    words = _WORDS.get(kind) or next((text for begin, text in _FAMILIES.items() if kind.startswith(begin)), None)
    if words is None:
        return _("This value cannot be used.")
    try:
        return str(words) % limits
    except KeyError:
        return _("This value cannot be used.")
