"""Words for what sales answers, wherever it is told."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from scoring.models import RejectionReason


def answer_words(properties: Mapping[str, Any]) -> str:
    """Return the reason of an answer in words; empty where there is none."""
    return reason_words(str(properties.get("reason") or ""))


def reason_words(reason: str) -> str:
    """Return a coded reason in words."""
    return str(RejectionReason(reason).label) if reason in RejectionReason.values else ""


def status_words(status: str) -> str:
    """Return what sales answered, in a word."""
    return {"accepted": _("Accepted"), "recycled": _("Recycled"), "rejected": _("Rejected")}.get(status, status)
