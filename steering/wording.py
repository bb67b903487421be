"""Words for what sales answers, wherever it is told."""

from django.utils.translation import gettext as _

from scoring.models import RejectionReason


def reason_words(reason: str) -> str:
    """Return a coded reason in words."""
    return str(RejectionReason(reason).label) if reason in RejectionReason.values else ""


def status_words(status: str) -> str:
    """Return what sales answered, in a word."""
    return {"accepted": _("Accepted"), "recycled": _("Recycled"), "rejected": _("Rejected")}.get(status, status)
