"""What was sent and never became a contact is kept for a time, with a warning, and then deleted."""

from datetime import timedelta

import pytest
from django.utils import timezone

from contacts.models import Contact
from contacts.rights import leftovers
from contacts.rights.leftovers import purge_leftovers
from contacts.rights.retention import get_retention, retain, set_retention
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from prm.work.errors import Invalid
from tests.conftest import World
from tests.touchpoints.lead_forms.builders import make_form
from touchpoints.lead_forms.models import FormVersion, LeadForm, Submission


def sent(form: LeadForm, *, days: float, status: str = "failed", contact: Contact | None = None) -> Submission:
    made = Submission.objects.create(
        organisation=form.organisation,
        form=form,
        version=FormVersion.objects.get(form=form),
        once=f"{Submission.objects.count()}",
        status=status,
        reason="unusable" if status == "failed" else "",
        answers={"email": "ines@acme"},
        contact=contact,
    )
    Submission.objects.filter(pk=made.pk).update(received_at=timezone.now() - timedelta(days=days))
    return Submission.objects.get(pk=made.pk)


def kept() -> set[int]:
    return set(Submission.objects.values_list("pk", flat=True))


def test_the_night_purges_what_failed_and_is_nobodys(scoped: World) -> None:
    form = make_form(scoped.organisation)
    contact = Contact.objects.create(organisation=scoped.organisation, email="ines@acme.example")
    old = [sent(form, days=91).pk, sent(form, days=400).pk]
    stay = {
        sent(form, days=89.9).pk,
        sent(form, days=200, status="received").pk,
        sent(form, days=200, status="processed", contact=contact).pk,
        sent(form, days=200, contact=contact).pk,
    }
    retain(scoped.organisation)
    assert (kept() & set(old), kept()) == (set(), stay)
    entry = AuditEntry.objects.get(action="retention.purge")
    assert (entry.actor_label, entry.after) == ("PRM", {"what": "form", "number": 2, "days": 90})
    retain(scoped.organisation)
    assert AuditEntry.objects.filter(action="retention.purge").count() == 1


def test_it_goes_in_sets(scoped: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leftovers, "BATCH", 2)
    form = make_form(scoped.organisation)
    for _one in range(5):
        sent(form, days=100)
    assert purge_leftovers(scoped.organisation, get_retention(scoped.organisation)) == 5
    numbers = AuditEntry.objects.filter(action="retention.purge").order_by("pk").values_list("after", flat=True)
    assert [one["number"] for one in numbers] == [2, 2, 1]


def test_the_organisation_says_how_long_and_only_its_own_goes(world: World) -> None:
    with organisation_scope(world.twin.pk):
        sent(make_form(world.twin), days=91)
    with organisation_scope(world.organisation.pk):
        form = make_form(world.organisation)
        one = sent(form, days=91)
        set_retention(world.organisation, months=36, is_automatic=False, raw_days=120, by=world.admin)
        retain(world.organisation)
        assert kept() == {one.pk}
        with pytest.raises(Invalid):
            set_retention(world.organisation, months=36, is_automatic=False, raw_days=3, by=world.admin)
        assert get_retention(world.organisation).raw_days == 120
        set_retention(world.organisation, months=24, is_automatic=False, by=world.admin)
        assert get_retention(world.organisation).raw_days == 120
        set_retention(world.organisation, months=24, is_automatic=False, raw_days=30, by=world.admin)
        retain(world.organisation)
        assert kept() == set()
    with organisation_scope(world.twin.pk):
        assert Submission.objects.count() == 1


def test_the_pages_warn_before(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        form = make_form(world.organisation)
        one = sent(form, days=80)
    page = world.client(world.admin).get(world.path("rights/retention/")).content.decode()
    assert "Forms that could not be taken in: 1" in page
    assert "kept for 90 days" in page
    marketer = world.client(world.marketer)
    listed = marketer.get(world.path(f"forms/{form.pk}/submissions/")).content.decode()
    assert "<b>1 was not taken in.</b>" in listed
    assert "90 days after it was sent it is deleted" in listed
    told = marketer.get(world.path(f"forms/submissions/{one.pk}/")).content.decode()
    assert "unless it is taken in before" in told
    data = {"months": "36", "raw_days": "30"}
    admin = world.client(world.admin)
    assert admin.post(world.path("rights/retention/settings/"), {**data, "raw_days": "1"}).status_code == 422
    assert admin.post(world.path("rights/retention/settings/"), data).status_code == 302
    with organisation_scope(world.organisation.pk):
        assert get_retention(world.organisation).raw_days == 30
