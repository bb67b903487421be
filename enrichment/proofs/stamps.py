"""What is stored as the provenance of a value: who said it, of which record, when, and how sure that is. Pure."""

from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Method(TextChoices):
    """How it was known that a source speaks of this very company."""

    NUMBER = "number", _("by its number")
    NAME = "name", _("by its name")
    DOMAIN = "domain", _("by its web domain")
    # A person said which of several companies it is.
    CHOSEN = "chosen", _("chosen by a person")
    # A person accepted the value itself.
    ACCEPTED = "accepted", _("accepted by a person")


def make_stamp(
    source: str,
    *,
    at: str,
    ref: str = "",
    via: str = "",
    method: str = "",
    score: float | None = None,
    by: str = "",
) -> dict[str, Any]:
    """Return a stamp; what is not known is left out.

    `source`: "sirene", "partner:acme", "import 12" ...; `at`: when it said so, ISO; `ref`: its record, such as a
    SIREN; `via`: through what it was asked; `score`: how sure a match by name was (0-1); `by`: the name of whoever
    chose or accepted.
    """
    known = {
        "source": source,
        "at": at,
        "ref": ref,
        "via": via,
        "method": str(method),
        "score": None if score is None else round(score, 3),
        "by": by,
    }
    return {key: value for key, value in known.items() if value not in ("", None) or key in {"source", "at"}}


def renewed(stamp: dict[str, Any], newer: dict[str, Any]) -> dict[str, Any]:
    """Return a stamp whose value its source has just confirmed: its age and its proof are the newer ones'."""
    return {"source": stamp["source"], **{key: value for key, value in newer.items() if key != "source"}}
