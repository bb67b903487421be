"""Messages that ask: each person's own links, and what is wrong with a survey that is named."""

import re

from contacts.models import Contact
from nurturing.asking import find_survey_fault, links_for
from nurturing.envelopes import Sender
from nurturing.writing import Recipient, write_letter
from tests.conftest import World
from tests.touchpoints.test_inventory import add
from tests.touchpoints.test_surveys import ask
from touchpoints.surveys import services
from touchpoints.surveys.models import Scale
from touchpoints.surveys.tokens import Person, read_person


def test_a_message_names_a_survey_that_is_open_and_its_scale(scoped: World) -> None:
    one = add(scoped, "Blog")
    survey, nps = ask(scoped, one), ask(scoped, one, scale=Scale.RECOMMENDATION)
    organisation = scoped.organisation
    good = f"Hello\n\n[survey {survey.pk}: 1-5]\n\n[survey {nps.pk}: 0-10]"
    assert find_survey_fault(organisation, good) == ""
    assert find_survey_fault(organisation, "[survey 999: 1-5]") == "There is no survey 999."
    wrong = find_survey_fault(organisation, f"[survey {nps.pk}: 1-5]")
    assert wrong == f"This survey asks on another scale: write [survey {nps.pk}: 0-10]."
    services.set_open(organisation, survey_id=survey.pk, is_open=False, by=None)
    assert find_survey_fault(organisation, good) == f"Survey {survey.pk} is closed."


def test_a_letter_carries_each_persons_own_links(scoped: World) -> None:
    who = Contact.objects.create(organisation=scoped.organisation, email="a@b.example")
    survey = ask(scoped, add(scoped, "Blog"))
    recipient = Recipient(
        delivery_id=1,
        contact_id=who.pk,
        step_id=1,
        subject="One question",
        body=f"How was it?\n\n[survey {survey.pk}: 1-5]",
        scenario_id=1,
        scenario_name="Welcome",
        email="a@b.example",
        first_name="",
        last_name="",
        job_title="",
        language="en",
        company="",
    )
    letter = write_letter(scoped.organisation, Sender("Solvane", "hello@solvane.example"), recipient)
    found = re.findall(r'href="[^"]*/q/m/([^/"]+)/\?s=(\d)"', letter.html)
    assert [score for _token, score in found] == ["1", "2", "3", "4", "5"]
    assert {read_person(token) for token, _score in found} == {Person(scoped.organisation.pk, survey.pk, who.pk)}
    assert letter.text.count("/q/m/") == 5
    assert set(links_for(scoped.organisation, 0, recipient.body or "")) == {survey.pk}
