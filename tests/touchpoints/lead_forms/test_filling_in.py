"""People fill in a form: what they see, what is kept, and what is made of it."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts.consent.models import Act, ConsentEntry, ConsentState, Source
from contacts.consent.services import record_consents
from contacts.fields.models import Option
from contacts.fields.services import FieldInput, create_field
from contacts.models import Company, Contact
from contacts.services import CompanyInput, create_contact
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from tests.conftest import World
from tests.touchpoints.lead_forms.builders import address, change_draft, consent, latest, make_form, token, visitor
from touchpoints.lead_forms.document import (
    After,
    AfterKind,
    Condition,
    Element,
    ElementKind,
    QuestionType,
    read_document,
)
from touchpoints.lead_forms.models import FormDay, FormVersion, LeadForm, Submission
from touchpoints.lead_forms.processing import process_due
from touchpoints.lead_forms.services import archive_form, close_form
from touchpoints.lead_forms.starting import Start, element_of
from touchpoints.models import Channel, Interaction, Touchpoint
from touchpoints.tracking.models import Hit

MESSAGE = Element("message", ElementKind.QUESTION, label="Your message", type=QuestionType.LONG)


def shown(form: LeadForm) -> tuple[int, int]:
    days = FormDay.objects.filter(form=form)
    return sum(one.shown for one in days), sum(one.sent for one in days)


def test_somebody_sends_a_form_and_is_in_the_base(solvane: Organisation) -> None:
    place = Touchpoint.objects.create(organisation=solvane, code="contact", name="Contact", channel=Channel.WEBSITE)
    form = make_form(solvane, start=Start.CONTACT, touchpoint=place)
    ines = visitor(form, query="?utm_source=linkedin&utm_campaign=spring")

    answer = ines.send(
        email=" Ines@Acme.example ", first_name="Inès", last_name="Roux", company_name="Acme", message="Bonjour"
    )

    assert answer.status_code == 303
    assert "Thank you. We have your message" in ines.client.get(answer["Location"]).content.decode()
    assert (latest().status, latest().email, latest().contact) == ("received", "ines@acme.example", None)
    assert Contact.objects.count() == 0
    assert process_due(solvane) == 1
    contact = Contact.objects.get()
    assert (contact.email, contact.first_name, contact.last_name) == ("ines@acme.example", "Inès", "Roux")
    assert (contact.language, contact.source) == ("en", "Contact")
    assert contact.company is not None
    assert contact.company.name == "Acme"
    act = Interaction.objects.get(kind="form_sent")
    assert (act.contact_id, act.touchpoint_id, act.verdict) == (contact.pk, place.pk, "human")
    assert act.properties == {
        "form": "contact",
        "form_id": str(form.pk),
        "submission": latest().pk,
        "url": f"http://testserver{address(form)}?utm_source=linkedin&utm_campaign=spring",
        "utm_source": "linkedin",
        "utm_campaign": "spring",
        "fields": {"Your message": "Bonjour"},
    }
    assert (latest().status, latest().contact, latest().outcome) == ("processed", contact, {"is_new": True})
    assert ConsentEntry.objects.count() == 0
    assert shown(form) == (1, 1)
    assert process_due(solvane) == 0


def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(solvane: Organisation) -> None:
    form = make_form(solvane, start=Start.CONTACT, language="fr")
    ines = visitor(form)

    answer = ines.send(email="ines@", first_name="Inès <b>", message="")
    page = answer.content.decode()

    assert answer.status_code == 422
    assert page.count('class="lead-error"') == 2
    assert 'value="Inès &lt;b&gt;"' in page
    assert 'value="ines@"' in page
    assert "<title>À corriger" in page
    assert answer["Content-Language"] == "fr"
    assert Submission.objects.count() == 0
    assert shown(form)[1] == 0


def test_the_same_page_sent_twice_is_one_and_another_answer_is_another(solvane: Organisation) -> None:
    form = make_form(solvane, MESSAGE)
    ines = visitor(form)
    data = ines.fill(email="ines@acme.example", message="One")

    assert [ines.post(data).status_code for _ in range(3)] == [303, 303, 303]
    assert Submission.objects.count() == 1
    ines.post({**data, "message": "Two"})
    assert process_due(solvane) == 2
    assert Contact.objects.count() == 1
    assert Interaction.objects.filter(kind="form_sent").count() == 2
    assert shown(form)[1] == 2


def test_a_question_that_depends_on_an_answer_is_only_wanted_there(solvane: Organisation) -> None:
    reason = Element(
        "reason", ElementKind.QUESTION, label="Reason", type=QuestionType.CHOICE, choices=("Price", "Other")
    )
    other = Element(
        "other", ElementKind.QUESTION, label="Which", is_required=True, when=Condition("reason", ("Other",))
    )
    deeper = Element("deeper", ElementKind.QUESTION, label="Deeper", is_required=True, when=Condition("other"))
    form = make_form(solvane, reason, other, deeper)
    ines = visitor(form)

    page = ines.look().content.decode()
    assert "Only if “Reason” is: Other" in page
    assert ines.send(email="a@acme.example", reason="Price", other="never mind", deeper="x").status_code == 303
    assert latest().answers == {"email": "a@acme.example", "reason": "Price"}
    wanting = ines.send(email="a@acme.example", reason="Other")
    assert (wanting.status_code, wanting.content.decode().count('class="lead-error"')) == (422, 1)
    assert ines.send(email="a@acme.example", reason="Other", other="More", deeper="Why").status_code == 303
    assert latest().answers["other"] == "More"
    # What cannot be a choice is refused where it is visible, and nothing where it is not.
    assert ines.send(email="a@acme.example", reason="Made up").status_code == 422


def test_own_fields_are_filled_in_of_the_person_and_of_their_company(solvane: Organisation, world: World) -> None:
    create_field(solvane, subject="contact", key="budget", given=FieldInput("Budget", "number"), by=world.admin)
    machines = FieldInput("Machines", "choices", choices=[Option("", "Lathe"), Option("", "Press")])
    create_field(solvane, subject="company", key="machines", given=machines, by=world.admin)
    form = make_form(
        solvane,
        Element("budget", ElementKind.FIELD, "contact.custom.budget", "Budget", is_required=True),
        Element("company_name", ElementKind.FIELD, "company.name", "Company"),
        Element("machines", ElementKind.FIELD, "company.custom.machines", "Machines"),
    )
    ines = visitor(form)
    assert ines.send(email="ines@acme.example", budget="much").status_code == 422
    assert (
        ines.send(email="ines@acme.example", budget="1200.5", company_name="Acme", machines=["lathe"]).status_code
        == 303
    )
    process_due(solvane)

    contact = Contact.objects.select_related("company").get()
    assert contact.custom == {"budget": 1200.5}
    assert contact.company is not None
    assert contact.company.custom == {"machines": ["lathe"]}


@pytest.mark.parametrize(("replaces", "name", "kept"), [(True, "Inès", []), (False, "Jeanne", ["contact.first_name"])])
def test_an_answer_gives_way_to_nothing_and_never_empties(
    solvane: Organisation, world: World, replaces: bool, name: str, kept: list[str]
) -> None:
    values = {"email": "ines@acme.example", "first_name": "Jeanne", "last_name": "Roux", "phone": "+33612345678"}
    contact = create_contact(solvane, values=values, company=CompanyInput(name="Acme Industries"), by=world.marketer)
    names = ("contact.first_name", "contact.last_name", "contact.phone", "company.name")
    form = make_form(solvane, *(element_of(one) for one in names), replaces=replaces)

    visitor(form).send(email="INES@acme.example", first_name="Inès", last_name="R.", phone="", company_name="Acme")
    process_due(solvane)

    contact = Contact.objects.select_related("company").get(pk=contact.pk)
    assert (contact.first_name, contact.last_name, contact.phone) == (name, "Roux", "+33612345678")
    assert contact.company is not None
    assert contact.company.name == "Acme Industries"
    assert latest().outcome["kept"] == sorted([*kept, "contact.last_name", "company.name"])
    assert Company.objects.count() == 1


def test_a_box_is_never_ticked_before_and_its_words_are_kept(solvane: Organisation) -> None:
    form = make_form(solvane, consent(), consent("phone", text="Call me, please."))
    ines = visitor(form, query="?consent_partners=on&consent_partners=true")

    page = ines.look().content.decode()
    assert "checked" not in page
    assert "We may pass your business details on to our partners." in page
    ines.send(email="ines@acme.example", consent_phone="on")
    process_due(solvane)

    entry = ConsentEntry.objects.get()
    assert (entry.purpose.code, entry.act, entry.source, entry.version) == ("phone", Act.GIVEN, Source.FORM, 1)
    assert entry.proof["text"] == "Call me, please."
    assert (entry.proof["form"], entry.proof["form_version"]) == ("contact", 1)
    assert latest().outcome["consents"] == {"phone": "given"}


def test_a_form_takes_no_no_back(solvane: Organisation, world: World) -> None:
    contact = create_contact(solvane, values={"email": "ines@acme.example"}, by=world.marketer)
    record_consents(solvane, [contact.pk], purpose="email", act=Act.WITHDRAWN, source=Source.CENTRE)
    form = make_form(solvane, consent("email"))

    visitor(form).send(email="ines@acme.example", consent_email="on")
    process_due(solvane)

    assert ConsentState.objects.get(contact=contact, purpose__code="email").state == Act.WITHDRAWN
    assert latest().outcome["consents"] == {"email": "said_no"}


def test_people_answer_to_the_version_they_read(solvane: Organisation) -> None:
    form = make_form(solvane, consent(text="The first words."), MESSAGE)
    ines = visitor(form)
    before = ines.fill(email="ines@acme.example", consent_partners="on")
    first = FormVersion.objects.get()
    change_draft(
        solvane,
        form,
        read_document(form.draft).with_elements([*read_document(form.draft).elements[:1], consent(text="Others.")]),
    )

    assert ines.post(before).status_code == 303
    process_due(solvane)

    assert latest().version_id == first.pk
    assert ConsentEntry.objects.get().proof["text"] == "The first words."
    with pytest.raises(DatabaseError), transaction.atomic():
        FormVersion.objects.filter(pk=first.pk).update(document={})


def test_a_closed_form_says_so_and_one_put_away_is_gone(solvane: Organisation) -> None:
    form = make_form(solvane)
    close_form(solvane, form_id=form.pk, by=None)
    ines = visitor(form)

    assert ines.look().status_code == 410
    assert "This form is closed." in ines.look().content.decode()
    assert ines.post({"email": "a@acme.example", "prm_token": token(form)}).status_code == 410
    archive_form(solvane, form_id=form.pk, by=None)
    assert ines.look().status_code == 404
    assert Submission.objects.count() == 0


def test_addresses_of_others_lead_nowhere(solvane: Organisation, world: World) -> None:
    form = make_form(solvane)
    with organisation_scope(world.twin.pk):
        theirs = make_form(world.twin)
    ines = visitor(form)

    for path in (
        f"/f/{world.twin.pk}-{form.key}/",
        f"/f/{solvane.pk}-{theirs.key}/",
        f"/f/{solvane.pk}-/",
        "/f/x/",
        "/f/99999999999999999999-a/",
        f"/f/{solvane.pk}-%00/",
    ):
        for way in ("", "frame/", "part/", "colour.css"):
            assert ines.client.get(path + way).status_code == 404, path + way
            assert way == "colour.css" or ines.client.post(path + way).status_code == 404
    # A page of one form sends no other, and what came after one shows nothing of another.
    answer = ines.post({"email": "a@acme.example", "prm_token": token(theirs)})
    assert answer.status_code == 409
    sent = ines.send(email="a@acme.example")["Location"].rsplit("/", 2)[1]
    other = ines.client.get(address(theirs, f"thanks/{sent}/"))
    assert (other.status_code, other["Location"]) == (302, address(theirs))
    assert ines.client.post(address(theirs, f"file/{sent}/")).status_code == 404


def test_the_page_leads_on_where_the_form_says(solvane: Organisation) -> None:
    form = make_form(solvane, after=After(AfterKind.REDIRECT, url="https://www.acme.example/merci?x=1"))
    ines = visitor(form)

    assert "form-action 'self' https://www.acme.example" in ines.look()["Content-Security-Policy"]
    answer = ines.send(email="a@acme.example")
    assert (answer.status_code, answer["Location"]) == (303, "https://www.acme.example/merci?x=1")


def test_a_touchpoint_the_page_names_wins_over_the_forms_own(solvane: Organisation) -> None:
    own = Touchpoint.objects.create(organisation=solvane, code="site", name="Site", channel=Channel.WEBSITE)
    fair = Touchpoint.objects.create(organisation=solvane, code="fair", name="Fair", channel=Channel.EVENT)
    form = make_form(solvane, touchpoint=own)

    visitor(form, query="?touchpoint=fair").send(email="a@acme.example")
    visitor(form, query="?touchpoint=nothing").send(email="b@acme.example")
    process_due(solvane)

    acts = Interaction.objects.filter(kind="form_sent").order_by("id").values_list("touchpoint_id", flat=True)
    assert list(acts) == [fair.pk, own.pk]


def test_what_waited_too_long_in_a_workers_hands_is_taken_in_by_another(solvane: Organisation) -> None:
    form = make_form(solvane)
    visitor(form).send(email="a@acme.example")
    # A worker claimed it and was killed.
    Submission.objects.update(attempts=1, due_at=timezone.now() + timedelta(seconds=30))
    assert process_due(solvane) == 0
    Submission.objects.update(due_at=timezone.now())
    assert process_due(solvane) == 1
    assert (latest().status, Contact.objects.count()) == ("processed", 1)
    # After too many of that, a member has to look.
    visitor(form).send(email="b@acme.example")
    Submission.objects.filter(status="received").update(attempts=6, due_at=timezone.now())
    process_due(solvane)
    assert (latest().status, latest().reason) == ("failed", "broken")


def test_hidden_values_come_from_the_address_or_are_the_forms_own(solvane: Organisation) -> None:
    form = make_form(
        solvane,
        Element("offer", ElementKind.HIDDEN, label="Offer", text="basic"),
        Element("job", ElementKind.HIDDEN, "contact.job_title", text="Buyer"),
    )
    visitor(form).send(email="a@acme.example")
    assert latest().answers == {"email": "a@acme.example", "offer": "basic", "job": "Buyer"}
    visitor(form, query="?offer=full&email=b@acme.example&job=").send(email="b@acme.example")
    assert latest().answers["offer"] == "full"
    process_due(solvane)
    jobs: list[Any] = list(Contact.objects.order_by("pk").values_list("job_title", flat=True))
    assert jobs == ["Buyer", ""]


def test_the_trackers_id_of_the_browser_joins_its_visits_to_the_sender(solvane: Organisation) -> None:
    form, browser = make_form(solvane), str(uuid4())
    ines = visitor(form)
    ines.send(email="ines@acme.example", prm_visitor=browser)
    ines.send(email="jean@acme.example", prm_visitor="made-up")
    process_due(solvane)

    hit = Hit.objects.get()
    assert (str(hit.browser), hit.events[0]["p"]["contact"]) == (
        browser,
        Contact.objects.get(email="ines@acme.example").pk,
    )
    assert Submission.objects.filter(status="processed").count() == 2


def test_what_people_wait_for_costs_a_few_queries(solvane: Organisation) -> None:
    form = make_form(solvane, start=Start.CONTACT)
    ines = visitor(form)
    with CaptureQueriesContext(connection) as shown_by:
        ines.look()
    data = ines.fill(email="ines@acme.example", message="Bonjour")
    with CaptureQueriesContext(connection) as sent_by:
        assert ines.post(data).status_code == 303
    assert (len(shown_by), len(sent_by)) == (6, 13)
