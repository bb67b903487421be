"""What people change in the inventory, and the trail it leaves."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from contacts.models import Contact
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from prm.work.errors import Invalid, NotFound
from tests.conftest import World
from touchpoints import services
from touchpoints.kinds import BUILT_IN, ensure_kinds
from touchpoints.models import Interaction, InteractionKind, Touchpoint
from touchpoints.recording import NewInteraction, record
from touchpoints.starting_set import USUAL, add_starting_set

VALUES: dict[str, Any] = {"name": "Trade show", "channel": "event", "importance": 4}


def test_a_touchpoint_gets_a_code_from_its_name_and_an_audit_entry(scoped: World) -> None:
    first = services.create_touchpoint(scoped.organisation, values=VALUES, by=scoped.marketer)
    second = services.create_touchpoint(scoped.organisation, values={**VALUES, "name": "Trade show!"}, by="ERP")
    assert [first.code, second.code] == ["trade-show", "trade-show-2"]
    entry = AuditEntry.objects.order_by("pk")[0]
    assert (entry.action, entry.actor, entry.object_label) == ("touchpoint.create", scoped.marketer, "Trade show")
    assert entry.after["importance"] == 4


def test_the_same_code_or_a_rating_out_of_range_is_refused_and_nothing_is_written(scoped: World) -> None:
    services.create_touchpoint(scoped.organisation, values={**VALUES, "code": "show"}, by=scoped.marketer)
    with pytest.raises(Invalid) as refused:
        services.create_touchpoint(
            scoped.organisation, values={**VALUES, "code": "show", "importance": 6}, by=scoped.marketer
        )
    assert set(refused.value.fields) == {"code", "importance"}
    assert Touchpoint.objects.count() == 1
    assert AuditEntry.objects.count() == 1


def test_an_owner_has_to_be_a_member(scoped: World) -> None:
    with pytest.raises(Invalid) as refused:
        services.create_touchpoint(
            scoped.organisation, values={**VALUES, "owner_id": scoped.twin_admin.pk}, by=scoped.marketer
        )
    assert set(refused.value.fields) == {"owner"}


def test_an_update_audits_only_what_changed_and_nothing_when_nothing_did(scoped: World) -> None:
    one = services.create_touchpoint(scoped.organisation, values=VALUES, by=scoped.marketer)
    services.update_touchpoint(
        scoped.organisation, touchpoint_id=one.pk, values={"perceived_quality": 2, "importance": 4}, by=scoped.marketer
    )
    services.update_touchpoint(
        scoped.organisation, touchpoint_id=one.pk, values={"perceived_quality": 2}, by=scoped.marketer
    )
    entry = AuditEntry.objects.get(action="touchpoint.update")
    assert (entry.before, entry.after) == ({"perceived_quality": None}, {"perceived_quality": 2})


def test_archiving_keeps_the_row_and_can_be_undone(scoped: World) -> None:
    one = services.create_touchpoint(scoped.organisation, values=VALUES, by=scoped.marketer)
    assert services.archive_touchpoint(scoped.organisation, touchpoint_id=one.pk, by=scoped.marketer).archived_at
    assert (
        services.restore_touchpoint(scoped.organisation, touchpoint_id=one.pk, by=scoped.marketer).archived_at is None
    )
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["touchpoint.create", "touchpoint.archive", "touchpoint.restore"]


def test_another_organisations_touchpoint_does_not_exist(world: World) -> None:
    with organisation_scope(world.twin.pk):
        foreign = services.create_touchpoint(world.twin, values=VALUES, by=world.twin_admin)
    with organisation_scope(world.organisation.pk):
        with pytest.raises(NotFound):
            services.archive_touchpoint(world.organisation, touchpoint_id=foreign.pk, by=world.marketer)
        with pytest.raises(NotFound):
            services.update_touchpoint(world.organisation, touchpoint_id=foreign.pk, values=VALUES, by=world.marketer)
    with organisation_scope(world.twin.pk):
        assert Touchpoint.objects.get().archived_at is None


def test_the_starting_set_has_24_in_the_organisations_language_and_is_added_once(scoped: World) -> None:
    services.create_touchpoint(scoped.organisation, values={**VALUES, "code": "pricing"}, by=scoped.marketer)
    assert len(add_starting_set(scoped.organisation, by=scoped.marketer)) == 23
    assert add_starting_set(scoped.organisation, by=scoped.marketer) == []
    assert Touchpoint.objects.count() == 24 == len({one.code for one in USUAL})
    assert Touchpoint.objects.get(code="pricing").name == "Trade show"
    assert Touchpoint.objects.get(code="demo-request").name == "Demande de démonstration"
    assert AuditEntry.objects.filter(action="touchpoint.starting_set").count() == 1


def test_the_starting_set_speaks_english_to_an_english_organisation(scoped: World) -> None:
    scoped.organisation.language = "en"
    add_starting_set(scoped.organisation, by=None)
    form = Touchpoint.objects.get(code="contact-form")
    assert (form.name, form.channel, form.is_entry_point, form.is_moment_of_truth) == (
        "Contact form",
        "website",
        True,
        True,
    )


def test_a_new_organisation_has_every_built_in_kind_once(scoped: World) -> None:
    ensure_kinds(scoped.organisation)
    assert InteractionKind.objects.count() == len(BUILT_IN)
    InteractionKind.objects.filter(code="webinar").update(engages=False)
    ensure_kinds(scoped.organisation)
    assert InteractionKind.objects.count() == len(BUILT_IN)
    assert not InteractionKind.objects.get(code="webinar").engages
    assert InteractionKind.objects.get(code="form_sent").activates
    assert not InteractionKind.objects.get(code="email_opened").engages


def test_a_kind_met_for_the_first_time_means_what_the_product_says_of_it(scoped: World) -> None:
    record(scoped.organisation, [NewInteraction("webinar"), NewInteraction("pump_tested")])
    kinds = {kind.code: (kind.engages, kind.activates) for kind in InteractionKind.objects.all()}
    assert kinds == {"webinar": (True, True), "pump_tested": (False, False)}


def test_opens_can_never_engage_or_activate(scoped: World) -> None:
    ensure_kinds(scoped.organisation)
    with pytest.raises(Invalid):
        services.set_kind(scoped.organisation, code="email_opened", engages=False, activates=True, by=scoped.admin)
    assert not InteractionKind.objects.get(code="email_opened").activates
    assert AuditEntry.objects.count() == 0


def test_what_a_kind_means_is_changed_and_audited(scoped: World) -> None:
    ensure_kinds(scoped.organisation)
    services.set_kind(scoped.organisation, code="page_view", engages=True, activates=False, name="x", by=scoped.admin)
    kind = InteractionKind.objects.get(code="page_view")
    assert (kind.engages, kind.activates, kind.name) == (True, False, "")
    entry = AuditEntry.objects.get()
    assert (entry.before, entry.after) == ({"engages": False}, {"engages": True})


def test_a_kind_of_ones_own_needs_a_shape_the_log_accepts(scoped: World) -> None:
    with pytest.raises(Invalid) as refused:
        services.add_kind(
            scoped.organisation, code="Site visit", name="Visit", engages=True, activates=True, by=scoped.admin
        )
    assert set(refused.value.fields) == {"code"}
    kind = services.add_kind(
        scoped.organisation, code="site_visit", name="Visit of the plant", engages=True, activates=True, by=scoped.admin
    )
    assert (kind.code, kind.name) == ("site_visit", "Visit of the plant")
    with pytest.raises(Invalid):
        services.add_kind(scoped.organisation, code="site_visit", name="x", engages=True, activates=True, by="x")


def test_a_call_noted_by_hand_is_one_interaction_and_one_audit_entry(scoped: World) -> None:
    contact = Contact.objects.create(organisation=scoped.organisation, email="a@b.example")
    number = services.add_interaction(
        scoped.organisation, contact_id=contact.pk, kind="call", note=" Wants a quote ", by=scoped.sales
    )
    row = Interaction.objects.get()
    assert (row.pk, row.kind, row.verdict, row.contact_id) == (number, "call", "human", contact.pk)
    assert row.properties == {"note": "Wants a quote", "noted_by": "Sales"}
    assert AuditEntry.objects.get().action == "interaction.add"


def test_what_is_not_noted_by_hand_is_refused_and_nothing_is_written(scoped: World) -> None:
    contact = Contact.objects.create(organisation=scoped.organisation, email="a@b.example")
    tomorrow = timezone.now() + timedelta(days=1)
    for kind, at in (("email_opened", None), ("handoff_opened", None), ("No Shape", None), ("call", tomorrow)):
        with pytest.raises(Invalid):
            services.add_interaction(
                scoped.organisation, contact_id=contact.pk, kind=kind, occurred_at=at, by=scoped.sales
            )
    with pytest.raises(NotFound):
        services.add_interaction(scoped.organisation, contact_id=contact.pk + 1, kind="call", by=scoped.sales)
    assert Interaction.objects.filter(organisation=scoped.organisation).count() == 0
    assert AuditEntry.objects.count() == 0
