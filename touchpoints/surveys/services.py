"""What members do with surveys: ask, change, stop asking."""

import re
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation, User
from prm.work.errors import Conflict, Invalid, NotFound
from prm.work.texts import is_storable
from touchpoints.models import Touchpoint
from touchpoints.surveys.models import Answer, Scale, Survey
from touchpoints.surveys.tokens import make_key

FIELDS = ("touchpoint_id", "question", "scale", "language", "period_days", "hosts")
LANGUAGES = ("fr", "en")
MOST_HOSTS = 20
_HOST = re.compile(r"(?:\*\.)?[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*(?::\d{1,5})?")


def usual_question(scale: str, touchpoint: str, language: str) -> str:
    """Return what one asks where nobody wrote anything else."""
    with override(language):
        if scale == Scale.RECOMMENDATION:
            return _("How likely are you to recommend us after “%(touchpoint)s”?") % {"touchpoint": touchpoint}
        return _("How satisfied are you with “%(touchpoint)s”?") % {"touchpoint": touchpoint}


def create_survey(organisation: Organisation, *, values: Mapping[str, Any], by: User | None) -> Survey:
    """Ask people about a touchpoint from now on. Raises Invalid."""
    survey = Survey(organisation=organisation, key=make_key(), created_by=by, language=organisation.language)
    with transaction.atomic():
        _set(survey, values)
        audit.record(organisation, by, "survey.create", survey, after=_values(survey))
    return survey


def update_survey(organisation: Organisation, *, survey_id: int, values: Mapping[str, Any], by: Actor | None) -> Survey:
    """Change what `values` name. Raises NotFound, Invalid; Conflict for a scale that somebody answered on."""
    with transaction.atomic():
        survey = _lock(survey_id)
        before = _values(survey)
        is_other = {"scale", "touchpoint_id"} & {name for name, value in values.items() if before[name] != value}
        if is_other and Answer.objects.filter(survey=survey).exists():
            raise Conflict(_("People answered already: close it and ask anew with another scale or touchpoint."))
        _set(survey, values)
        if _values(survey) != before:
            audit.record(organisation, by, "survey.update", survey, before=before, after=_values(survey))
    return survey


def set_open(organisation: Organisation, *, survey_id: int, is_open: bool, by: Actor | None) -> Survey:
    """Ask again, or ask nobody any more; what was answered stays either way."""
    with transaction.atomic():
        survey = _lock(survey_id)
        if survey.is_open != is_open:
            before = {"closed_at": survey.closed_at}
            survey.closed_at = None if is_open else timezone.now()
            survey.save(update_fields=["closed_at"])
            action = "survey.reopen" if is_open else "survey.close"
            audit.record(organisation, by, action, survey, before=before, after={"closed_at": survey.closed_at})
    return survey


def _lock(survey_id: int) -> Survey:
    survey: Survey | None = Survey.objects.select_for_update().filter(pk=survey_id).first()
    if survey is None:
        raise NotFound
    return survey


def _set(survey: Survey, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if name not in FIELDS:
            raise ValueError(f"{name} is nothing that is set on a survey")
        setattr(survey, name, value)
    fields: dict[str, str] = {}
    place = Touchpoint.objects.filter(pk=survey.touchpoint_id, archived_at=None).first()
    if place is None:
        fields["touchpoint"] = _("Choose a touchpoint of the inventory.")
    if survey.language not in LANGUAGES:
        fields["language"] = _("Choose one of the languages offered.")
    survey.question = " ".join(survey.question.split())
    if not survey.question and place is not None and not fields:
        survey.question = usual_question(survey.scale, place.name, survey.language)[:200]
    if not is_storable(survey.question):
        fields["question"] = _("This text holds characters that cannot be stored.")
    if len(survey.hosts) > MOST_HOSTS or any(not _HOST.fullmatch(host) for host in survey.hosts):
        fields["hosts"] = _("One site a line, without https:// and path: www.acme.fr")
    try:
        survey.clean_fields(exclude={"organisation", "touchpoint", "hosts", "created_by", *fields})
    except ValidationError as error:
        fields |= {name: " ".join(texts) for name, texts in error.message_dict.items()}
    if fields:
        raise Invalid(fields=fields)
    survey.save()


def _values(survey: Survey) -> dict[str, Any]:
    return {name: getattr(survey, name) for name in FIELDS}
