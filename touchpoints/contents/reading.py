"""Telling readings of contents from the log, before the same interactions get their themes."""

from collections.abc import Mapping
from typing import Any

from prm.organisations.models import Organisation
from prm.work.sql import run

# Of the interactions of `acts a` that are readings, the themes of what was read.
THEMES = (
    "SELECT r.interaction_id, c.theme_id FROM contents_reading r"
    " JOIN contents_content c ON c.organisation_id = r.organisation_id AND c.id = r.content_id"
    " WHERE r.organisation_id = %(organisation_id)s AND r.interaction_id = ANY (ARRAY(SELECT a.id FROM acts a))"
)


def note_readings(organisation: Organisation, which: str, params: Mapping[str, Any]) -> None:
    """Say of some interactions, those `which` holds of, which contents they are readings of. One statement."""
    run("touchpoints/write_readings", {**params, "organisation_id": organisation.pk}, which=which)
