"""Pages of nurturing, as members see and use them."""

from typing import Any

import pytest
from django.utils import timezone

from nurturing.engine import run_due_steps
from nurturing.models import Delivery, Enrolment, Scenario, Step
from nurturing.trials import KIND
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from prm.work.jobs import run_jobs
from prm.work.models import Job
from tests.conftest import World
from tests.nurturing.builders import enrol, make_contact, make_contacts, make_scenario, queue_mail
from tests.nurturing.conftest import MailServer

HTMX = {"HX-Request": "true"}


@pytest.fixture
def place(world: World) -> World:
    world.organisation.sender_email = "lea@solvane.example"
    world.organisation.save()
    return world


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_a_marketer_builds_a_scenario_and_lets_it_start(place: World) -> None:
    client = place.client(place.marketer)
    created = client.post(place.path("scenarios/new/"), {"name": "Welcome", "trigger": "form", "trigger_tier": "1"})
    with organisation_scope(place.organisation.pk):
        scenario = Scenario.objects.get()
    detail = place.path(f"scenarios/{scenario.pk}/")
    assert (created.status_code, created.headers["Location"]) == (302, detail)
    client.post(f"{detail}steps/add/", {"kind": "email", "after": "0"})
    board = client.post(f"{detail}steps/add/", {"kind": "wait", "after": "1"}, headers=HTMX)
    assert "3 days" in text_of(board)
    assert "<html" not in text_of(board)
    with organisation_scope(place.organisation.pk):
        mail, wait = scenario.steps.order_by("position")
    refused = client.post(f"{detail}activate/", follow=True)
    assert "Step 1 has no subject." in text_of(refused)
    client.post(place.path(f"scenarios/steps/{mail.pk}/"), {"subject": "Hi", "body": "Hello {{ first_name }}"})
    wrong = client.post(place.path(f"scenarios/steps/{wait.pk}/"), {"amount": "0", "unit": "days"}, headers=HTMX)
    assert wrong.status_code == 422
    client.post(place.path(f"scenarios/steps/{wait.pk}/"), {"amount": "2", "unit": "hours"}, headers=HTMX)
    active = client.post(f"{detail}activate/", follow=True)
    assert "“Welcome” is active." in text_of(active)
    with organisation_scope(place.organisation.pk):
        scenario.refresh_from_db()
        assert scenario.status == "active"
        assert Step.objects.get(pk=wait.pk).wait_seconds == 7200
    stopped = client.post(f"{detail}steps/add/", {"kind": "email", "after": "0"})
    assert stopped.status_code == 409
    assert "Pause it to change its steps" in text_of(stopped)


def test_a_message_that_cannot_be_read_comes_back_with_the_fault(place: World) -> None:
    with organisation_scope(place.organisation.pk):
        step = make_scenario(place.organisation).steps.get(position=1)
    path = place.path(f"scenarios/steps/{step.pk}/")
    response = place.client(place.marketer).post(path, {"subject": "Hi", "body": "{{ broken"})
    assert response.status_code == 422
    assert "This cannot be read" in text_of(response)
    assert "{{ broken" in text_of(response)
    with organisation_scope(place.organisation.pk):
        step.refresh_from_db()
        assert step.body == "Hello {{ first_name }}"


def test_the_preview_shows_what_is_being_written_and_runs_nothing(place: World) -> None:
    with organisation_scope(place.organisation.pk):
        step = make_scenario(place.organisation).steps.get(position=1)
    client, path = place.client(place.marketer), place.path(f"scenarios/steps/{step.pk}/preview/")
    shown = client.post(
        path, {"subject": "S", "body": "Dear {{ first_name }} <script>alert(1)</script>", "as": "phone"}
    )
    assert "Dear Marketer &lt;script&gt;" in text_of(shown)
    assert shown.headers["X-Frame-Options"] == "SAMEORIGIN"
    policy = shown.headers["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    plain = client.post(path, {"subject": "S", "body": "Dear {{ first_name }}", "as": "text"})
    assert plain.headers["Content-Type"].startswith("text/plain")
    assert plain.content.decode().startswith("S\n\nDear Marketer")
    assert "This cannot be read" in text_of(client.post(path, {"subject": "S", "body": "{{ x"}))
    with organisation_scope(place.organisation.pk):
        step.refresh_from_db()
        assert step.body == "Hello {{ first_name }}"


def test_the_flow_shows_figures_and_why_messages_did_not_go(place: World) -> None:
    with organisation_scope(place.organisation.pk):
        scenario = make_scenario(place.organisation, name="Flow")
        sent, held, unknown, refused, waiting = make_contacts(place.organisation, 5)
        queue_mail(scenario, sent, status="sent")
        queue_mail(scenario, held, status="held", reason="duplicate")
        queue_mail(scenario, unknown, status="unknown")
        queue_mail(scenario, refused, status="refused", reason="550 no")
        enrol(scenario, waiting, due_at=timezone.now())
    page = text_of(place.client(place.viewer).get(place.path(f"scenarios/{scenario.pk}/")))
    for words in (
        "<b>5 people</b> came in",
        "<dt>Waiting</dt><dd>1</dd>",
        "<dt>Came here</dt><dd>4</dd>",
        "Another contact with this address got this message.",
        "Unknown whether it arrived",
        "<b>1</b> refused by the mail server",
    ):
        assert words in page, words
    assert "Activate" not in page
    assert "Pause</button>" not in page


def test_the_pages_cost_the_same_whatever_they_show(place: World, django_assert_max_num_queries: Any) -> None:
    with organisation_scope(place.organisation.pk):
        for number in range(6):
            scenario = make_scenario(place.organisation, name=f"S{number}")
            contacts = [make_contact(place.organisation, f"q{number}-{n}@acme.example") for n in range(5)]
            queue_mail(scenario, *contacts, status="sent")
        contact = contacts[0]
    client = place.client(place.marketer)
    budgets = {
        "scenarios/": 12,
        f"scenarios/{scenario.pk}/": 12,
        "messages/": 11,
    }
    client.get(place.path("scenarios/"))
    for path, budget in budgets.items():
        with django_assert_max_num_queries(budget):
            assert client.get(place.path(path)).status_code == 200
    assert "S5" in text_of(client.get(place.path(f"contacts/{contact.pk}/?panels=all")))


def test_a_contacts_page_says_where_they_are_and_lets_them_in_and_out(place: World) -> None:
    with organisation_scope(place.organisation.pk):
        scenario = make_scenario(place.organisation, name="Nurture me")
        contact = make_contact(place.organisation)
    client = place.client(place.marketer)
    panel = client.post(place.path(f"scenarios/contacts/{contact.pk}/"), {"scenario": scenario.pk}, headers=HTMX)
    assert "Step 1 of 3" in text_of(panel)
    with organisation_scope(place.organisation.pk):
        enrolment = Enrolment.objects.get()
        run_due_steps(place.organisation)
        Delivery.objects.update(status="held", reason="duplicate")
    page = text_of(client.get(place.path(f"contacts/{contact.pk}/?panels=all")))
    assert "Step 3 of 3" in page
    assert "Another contact with this address got this message." in page
    left = client.post(place.path(f"scenarios/enrolments/{enrolment.pk}/leave/"), headers=HTMX)
    assert "taken out by a member" in text_of(left)
    again = client.post(place.path(f"scenarios/contacts/{contact.pk}/"), {"scenario": scenario.pk})
    assert again.status_code == 409


def test_the_ledger_is_filtered_and_unknown_ones_are_decided(place: World) -> None:
    with organisation_scope(place.organisation.pk):
        scenario = make_scenario(place.organisation)
        one, two = (
            make_contact(place.organisation, "one@acme.example"),
            make_contact(place.organisation, "two@acme.example"),
        )
        queue_mail(scenario, one, status="sent")
        (delivery,) = queue_mail(scenario, two, status="unknown")
    client = place.client(place.marketer)
    undecided = text_of(client.get(place.path("messages/?status=undecided")))
    assert "two@acme.example" in undecided
    assert "one@acme.example" not in undecided
    response = client.post(place.path(f"messages/{delivery.pk}/resolve/"), {"resend": "0"})
    assert response.status_code == 302
    assert "Nothing to decide" in text_of(client.get(place.path("messages/?status=undecided")))
    with organisation_scope(place.organisation.pk):
        delivery.refresh_from_db()
        assert (delivery.status, delivery.reason) == ("unknown", "settled")


def test_only_who_may_edit_changes_anything(place: World) -> None:
    with organisation_scope(place.organisation.pk):
        scenario = make_scenario(place.organisation, status="draft")
        step = scenario.steps.get(position=1)
        (delivery,) = queue_mail(scenario, make_contact(place.organisation), status="unknown")
    for user in (place.viewer, place.sales):
        client = place.client(user)
        for path in (
            "scenarios/new/",
            f"scenarios/{scenario.pk}/activate/",
            f"scenarios/{scenario.pk}/archive/",
            f"scenarios/{scenario.pk}/steps/add/",
            f"scenarios/steps/{step.pk}/",
            f"scenarios/steps/{step.pk}/delete/",
            f"scenarios/steps/{step.pk}/test/",
            f"scenarios/contacts/{delivery.contact_id}/",
            f"messages/{delivery.pk}/resolve/",
        ):
            assert client.post(place.path(path)).status_code == 403, path
        assert client.get(place.path(f"scenarios/{scenario.pk}/")).status_code == 200
    with organisation_scope(place.organisation.pk):
        scenario.refresh_from_db()
        assert (scenario.status, scenario.steps.count()) == ("draft", 3)


def test_a_test_message_goes_to_the_member_alone_and_not_into_the_ledger(
    solvane: Organisation, mail_server: MailServer, world: World
) -> None:
    step = make_scenario(solvane).steps.get(position=1)
    answer = world.client(world.marketer).post(world.path(f"scenarios/steps/{step.pk}/test/"), headers=HTMX)
    assert "Test message to marketer@solvane.example" in text_of(answer)
    run_jobs(solvane)
    job = Job.objects.get(kind=KIND)
    assert (job.status, job.error) == ("done", "")
    assert mail_server.recipients == {"marketer@solvane.example": 1}
    (message,) = mail_server.messages()
    assert message["Subject"] == "Hello 1, Marketer"
    assert Delivery.objects.count() == 0


def test_a_test_message_the_server_refuses_says_so(
    solvane: Organisation, mail_server: MailServer, world: World
) -> None:
    step = make_scenario(solvane).steps.get(position=1)
    mail_server.manner = lambda at, address: "550 5.7.1 Not from here" if at == "rcpt" else None
    world.client(world.marketer).post(world.path(f"scenarios/steps/{step.pk}/test/"))
    run_jobs(solvane)
    job = Job.objects.get(kind=KIND)
    assert (job.status, job.error) == ("failed", "550 5.7.1 Not from here")
