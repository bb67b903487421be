"""Nurturing where acts that began a scenario count for nothing now: nobody is written to for what a robot did.

Corrected to a human's, the act stands in the log anew, and the consumer takes the person in as for any other act
(nurturing/sql/enrol_triggered.sql): a way that ended for this reason had never begun.
"""

from collections.abc import Sequence

from prm.organisations.models import Organisation
from prm.work.sql import run


def end_recounted(organisation: Organisation, contact_ids: Sequence[int], gone_ids: Sequence[int]) -> None:
    """End the ways through scenarios that these acts began and in which nothing was sent. Scores are anew already."""
    if contact_ids:
        params = {"organisation_id": organisation.pk, "contact_ids": list(contact_ids), "gone_ids": list(gone_ids)}
        run("nurturing/end_recounted", params)
