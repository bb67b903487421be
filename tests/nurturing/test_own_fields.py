"""Own fields in messages: as people read them, offered, checked when a message is kept, and gone without harm."""

from email.message import EmailMessage
from typing import Any

import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts.fields.models import CustomField
from contacts.fields.services import archive_field
from contacts.models import Company, Contact
from nurturing.models import Delivery, Scenario, Step
from nurturing.own_fields import OwnFields
from nurturing.personalising import TemplateError, Values, find_names, outline, personalise
from nurturing.scenarios import activate_scenario, find_gone_fields, find_problems
from nurturing.sending import send_due_mail
from nurturing.steps import edit_message
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from prm.work.errors import Invalid
from prm.work.jobs import run_jobs
from tests.conftest import World
from tests.contacts.fields.making import make_field
from tests.nurturing.builders import make_scenario, queue_mail
from tests.nurturing.conftest import MailServer

PERSON = {
    "note": "Zoé & <b>Max</b>",
    "budget": 1234.5,
    "call": "2026-03-12",
    "size": "large",
    "trades": ["fonderie", "usinage"],
    "robots": False,
}


def define(organisation: Organisation) -> None:
    make_field(organisation, "text", "Note")
    make_field(organisation, "number", "Budget")
    make_field(organisation, "date", "Call")
    make_field(organisation, "choice", "Size", "Small", "Large")
    make_field(organisation, "choices", "Trades", "Usinage", "Fonderie", "Soudure")
    make_field(organisation, "boolean", "Robots")
    make_field(organisation, "number", "Machines", subject="company")


@pytest.fixture
def own(scoped: World) -> OwnFields:
    define(scoped.organisation)
    return OwnFields(scoped.organisation)


def plain(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def written(own: OwnFields, text: str, language: str = "en", person: Any = None, company: Any = None) -> str:
    values = own.values(PERSON if person is None else person, company or {"machines": 3}, language)
    return personalise(text, text, Values(company="Acme", own=values)).subject


@pytest.mark.parametrize(
    ("name", "in_english", "in_french"),
    [
        ("custom.note", "Zoé & <b>Max</b>", "Zoé & <b>Max</b>"),
        ("custom.budget", "1,234.5", "1 234,5"),
        ("custom.call", "12 Mar 2026", "12 mars 2026"),
        ("custom.size", "Large", "Large"),
        ("custom.trades", "Usinage; Fonderie", "Usinage; Fonderie"),
        ("custom.robots", "no", "non"),
        ("company.custom.machines", "3", "3"),
        ("company", "Acme", "Acme"),
        ("custom.gone", "", ""),
        ("custom", "", ""),
        ("company.custom.machines.__class__", "", ""),
    ],
)
def test_a_value_reads_as_people_write_it(own: OwnFields, name: str, in_english: str, in_french: str) -> None:
    text = f"{{{{ {name} }}}}"
    assert written(own, text) == in_english
    assert written(own, text, "fr").replace("\u202f", " ") == in_french


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{% if custom.budget > 1000 %}big{% else %}small{% endif %}", "big"),
        ("{% if custom.robots %}robots{% else %}none{% endif %}", "none"),
        ("{% if custom.size == 'Large' %}L{% endif %}", "L"),
        ("{% if custom.trades contains 'Usinage' %}U{% endif %}", "U"),
        ("{{ custom.nothing | default: 'you' }}", "you"),
        ("{{ custom.call | date: '%d/%m/%Y' }}", "12/03/2026"),
        ("{% if company %}{{ company | upcase }}{% endif %}", "ACME"),
        ("{{ company.custom['machines'] | plus: 1 }}", "4.0"),
    ],
)
def test_a_value_counts_as_what_it_is(own: OwnFields, text: str, wanted: str) -> None:
    assert written(own, text) == wanted


def test_values_are_escaped_and_hold_no_addresses(own: OwnFields) -> None:
    values = own.values({"note": "<i>x</i> \n y"}, {}, "en")
    assert personalise("s", "{{ custom.note }}", Values(own=values)).html == "<p>&lt;i&gt;x&lt;/i&gt; y</p>"
    values = own.values({"note": "see https://evil.example"}, {}, "en")
    assert personalise("s", "[{{ custom.note }}]", Values(own=values)).text == "[]"


STORED = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.lists(st.text(max_size=5))
)
KEYS = st.sampled_from([*PERSON, "gone"])


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(person=st.dictionaries(KEYS, STORED), language=st.sampled_from(["fr", "en"]))
def test_whatever_is_stored_a_message_is_written(own: OwnFields, person: dict[str, Any], language: str) -> None:
    text = " ".join(f"{{{{ custom.{key} }}}}{{% if custom.{key} %}}!{{% endif %}}" for key in [*PERSON, "gone"])
    html = personalise("s", text, Values(own=own.values(person, {}, language))).html
    assert "<" not in html.removeprefix("<p>").removesuffix("</p>").replace("<br>", "")


def test_names_are_found_as_far_as_they_lead() -> None:
    text = "{{ custom.a }}{{ custom['b'] }}{{ company.custom.c.size }}{{ company }}{{ custom[first_name] }}{{ custom }}"
    assert find_names(text) == ["company", "company.custom.c", "custom", "custom.a", "custom.b", "first_name"]
    assert find_names("{% assign custom = 'x' %}{{ custom.a }}") == []


def test_the_outline_says_labels(own: OwnFields) -> None:
    text = "Hi {{ custom.budget }}, {{ company.custom.machines }}, {{ custom.gone }}"
    assert outline(text, own.labels) == "Hi [Budget], [Machines (company)], [gone]"


def keep(organisation: Organisation, body: str) -> Step:
    step = Step.objects.get(position=1)
    return edit_message(organisation, step_id=step.pk, subject="Hello", body=body, by="test")


def test_an_unknown_key_is_refused_when_the_message_is_kept(scoped: World, own: OwnFields) -> None:
    make_scenario(scoped.organisation)
    before = Step.objects.get(position=1).body
    for body, words in (
        ("Hi {{ custom.colour }}", "There is no field “custom.colour”."),
        ("Hi {{ company.custom.budget }}", "There is no field “company.custom.budget”."),
        ("{% if custom.size > 3 %}x{% endif %}", "This cannot be read"),
    ):
        with pytest.raises(Invalid) as refusal:
            keep(scoped.organisation, body)
        assert words in str(refusal.value.fields["body"])
        assert Step.objects.get(position=1).body == before
    assert "custom.budget" in keep(scoped.organisation, "{{ custom.budget }} {{ company.custom.machines }}").body


def test_an_archived_field_is_reported_and_leaves_its_place_empty(scoped: World, own: OwnFields) -> None:
    scenario: Scenario = make_scenario(scoped.organisation)
    keep(scoped.organisation, "Budget: {{ custom.budget }}.")
    archive_field(scoped.organisation, field_id=CustomField.objects.get(key="budget").pk, by=scoped.admin)
    fault = "Step 1: The field “Budget” was archived: nothing stands there."
    own = OwnFields(scoped.organisation)
    assert find_gone_fields(scenario, own) == [fault]
    assert fault in find_problems(scoped.organisation, scenario)
    assert written(own, "Budget: {{ custom.budget }}.") == "Budget: ."
    with pytest.raises(Invalid) as refusal:
        keep(scoped.organisation, "Budget: {{ custom.budget }}!")
    assert "was archived" in str(refusal.value.fields["body"])


def test_another_organisations_fields_are_not_there(scoped: World, own: OwnFields) -> None:
    with organisation_scope(scoped.twin.pk):
        make_field(scoped.twin, "text", "Colour")
    make_scenario(scoped.organisation)
    with pytest.raises(Invalid):
        keep(scoped.organisation, "{{ custom.colour }}")


def test_the_editor_offers_own_fields_and_shows_examples(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        define(world.organisation)
        make_scenario(world.organisation)
        step = Step.objects.get(position=1)
    client = world.client(world.marketer)
    page = client.get(world.path(f"scenarios/steps/{step.pk}/")).content.decode()
    assert '<code>{{ custom.budget }}</code> <span class="mute">Budget</span>' in page
    assert '<code>{{ company.custom.machines }}</code> <span class="mute">Machines (company)</span>' in page
    shown = client.post(
        world.path(f"scenarios/steps/{step.pk}/preview/"),
        {"subject": "x", "body": "{{ custom.budget }} {{ custom.trades }} {{ custom.robots }}", "as": "text"},
    ).content.decode()
    assert "Usinage; Fonderie" in shown
    assert "1\u202f234,5" in shown


def test_a_message_leaves_with_the_persons_own_fields_in_their_language(
    solvane: Organisation, mail_server: MailServer
) -> None:
    define(solvane)
    scenario = make_scenario(solvane)
    Step.objects.filter(scenario=scenario).update(
        subject="Budget {{ custom.budget }}", body="{{ custom.call }} - {{ company.custom.machines }} {{ custom.gone }}"
    )
    company = Company.objects.create(organisation=solvane, name="Acme", custom={"machines": 1200})
    person = {"budget": 1500, "call": "2026-03-12"}
    for language in ("fr", "en"):
        contact = Contact.objects.create(
            organisation=solvane, email=f"{language}@a.example", language=language, company=company, custom=person
        )
        queue_mail(scenario, contact)
    assert send_due_mail(solvane) == 2
    subjects = sorted(Delivery.objects.values_list("subject", flat=True))
    assert subjects == ["Budget 1,500", "Budget 1\u202f500"]
    texts = sorted(plain(one) for one in mail_server.messages())
    assert texts[0].startswith("12 Mar 2026 - 1,200")
    assert texts[1].startswith("12 mars 2026 - 1\u202f200")


def test_a_test_message_has_examples(solvane: Organisation, mail_server: MailServer, world: World) -> None:
    define(solvane)
    make_scenario(solvane)
    step = Step.objects.get(position=1)
    Step.objects.update(body="Size: {{ custom.size }}")
    client = world.client(world.marketer)
    assert client.post(world.path(f"scenarios/steps/{step.pk}/test/")).status_code == 302
    run_jobs(solvane)
    assert "Size: Small" in plain(mail_server.messages()[0])


def test_a_scenario_does_not_start_with_a_field_that_is_gone(scoped: World, own: OwnFields) -> None:
    scenario = make_scenario(scoped.organisation, status="draft")
    Step.objects.update(body="{{ custom.colour }}")
    with pytest.raises(Invalid) as refusal, translation.override("en"):
        activate_scenario(scoped.organisation, scenario_id=scenario.pk, by=scoped.admin)
    assert "There is no field “custom.colour”." in str(refusal.value.fields)


def test_what_cannot_be_read_has_no_names() -> None:
    with pytest.raises(TemplateError):
        find_names("{{ custom.a")
