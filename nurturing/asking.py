"""Surveys in messages: what a marketer writes where the answers are to stand, and each person's own links."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from nurturing.personalising import find_surveys
from prm.organisations.models import Organisation
from touchpoints.surveys.models import Survey
from touchpoints.surveys.tokens import Person, personal_url
from touchpoints.surveys.wording import mark_of


def links_for(organisation: Organisation, contact_id: int, body: str) -> Mapping[int, str]:
    """Return a person's own address of each survey that a message names, by its id. No query."""
    return {one: personal_url(Person(organisation.pk, one, contact_id)) for one, _scale in find_surveys(body)}


def find_survey_fault(organisation: Organisation, body: str) -> str:
    """Say what is wrong with the surveys a message names; "" where nothing is. One query where it names any."""
    named = find_surveys(body)
    if not named:
        return ""
    surveys = {one.pk: one for one in Survey.objects.filter(organisation=organisation, pk__in=dict(named))}
    for number, scale in named:
        survey = surveys.get(number)
        if survey is None:
            return _("There is no survey %(n)s.") % {"n": number}
        if not survey.is_open:
            return _("Survey %(n)s is closed.") % {"n": number}
        if f": {scale}]" not in mark_of(survey):
            return _("This survey asks on another scale: write %(mark)s.") % {"mark": mark_of(survey)}
    return ""
