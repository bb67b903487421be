"""Surveys in words: answers on timelines, and the mark of a survey in a message."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from touchpoints.surveys.models import Scale, Survey


def words_of(properties: Mapping[str, Any]) -> str:
    """Return what an interaction of a survey says: "4 out of 5"; other programs may send others."""
    score, scale = properties.get("score"), properties.get("scale")
    if not isinstance(score, int) or scale not in Scale.values:
        return ""
    return _("%(score)s out of %(most)s") % {"score": score, "most": 5 if scale == Scale.SATISFACTION else 10}


def mark_of(survey: Survey) -> str:
    """Return what stands in a message where the survey is to be (nurturing.personalising)."""
    scale = "1-5" if survey.scale == Scale.SATISFACTION else "0-10"
    return f"[survey {survey.pk}: {scale}]"
