"""What interactions do to scores, tiers and the queue, through the log's consumers, on committed data."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from contacts.models import Contact, Stage, StageChange, Suppression
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from scoring.models import Handoff, HandoffStatus, ModelVersion
from scoring.reacting import rescore_touched
from scoring.starting_model import add_starting_model
from tests.conftest import World
from tests.scoring.worlds import add_contact, behaviour, profile, publish, standing
from touchpoints.consuming import Consumer, consume
from touchpoints.engagement import advance_lifecycle
from touchpoints.models import ConsumerCursor, Interaction
from touchpoints.recording import NewInteraction, record

pytestmark = pytest.mark.usefixtures("committed")

CONSUMERS = (Consumer("lifecycle", advance_lifecycle), Consumer("scoring", rescore_touched))


@pytest.fixture
def house(committed: None, world: World) -> Iterator[Organisation]:
    with organisation_scope(world.organisation.pk):
        yield world.organisation


def act(organisation: Organisation, contact: Contact, *kinds: str, **values: Any) -> None:
    record(organisation, [NewInteraction(kind, contact.pk, **values) for kind in kinds])
    consume(organisation, CONSUMERS)


def noted(kind: str) -> list[dict[str, Any]]:
    return [row.properties for row in Interaction.objects.filter(kind=kind).order_by("pk")]


def test_the_classics_make_a_prospect_warm_then_hot_and_hand_over_once(house: Organisation) -> None:
    add_starting_model(house)
    contact = add_contact(house, stage=Stage.SUSPECT)
    act(house, contact, "form_sent")
    assert standing(contact) == (10.0, 0.0, 10.0, 1)
    act(house, contact, "email_opened", "email_opened")
    assert standing(contact) == (10.0, 0.0, 10.0, 1)
    act(house, contact, "webinar")
    act(house, contact, "page_view", properties={"path": "/fr/tarifs"})
    assert standing(contact) == (19.0, 0.0, 19.0, 2)
    contact.refresh_from_db()
    assert contact.stage == Stage.MQL
    assert [(change["from"], change["to"]) for change in noted("tier_changed")] == [("cold", "warm"), ("warm", "hot")]
    handoff = Handoff.objects.get()
    assert (handoff.status, handoff.total, handoff.model_number) == (HandoffStatus.WAITING, 19.0, 1)
    assert [(line["kind"], line["points"]) for line in handoff.evidence] == [
        ("form_sent", 10.0),
        ("webinar", 6.0),
        ("page_view", 3.0),
    ]
    assert [line["handoff"] for line in noted("handoff_opened")] == [handoff.pk]
    assert StageChange.objects.filter(from_stage="prospect", to_stage="mql", cause="rule").count() == 1


def test_a_replayed_log_changes_nothing(house: Organisation) -> None:
    publish(house, behaviour("webinar", 30), hot_from=20)
    contact = add_contact(house)
    act(house, contact, "webinar")
    before = (standing(contact), Handoff.objects.count(), len(noted("tier_changed")), StageChange.objects.count())
    ConsumerCursor.objects.filter(consumer="scoring").update(transaction_id=0, interaction_id=0)
    consume(house, CONSUMERS)
    assert (
        standing(contact),
        Handoff.objects.count(),
        len(noted("tier_changed")),
        StageChange.objects.count(),
    ) == before


def test_robots_and_what_prm_notes_score_nothing(house: Organisation) -> None:
    publish(house, behaviour("webinar", 30), behaviour("tier_changed", 5))
    contact = add_contact(house)
    act(house, contact, "webinar", verdict="bot")
    act(house, contact, "tier_changed", verdict="system")
    assert standing(contact) == (0.0, 0.0, 0.0, 0)
    assert Handoff.objects.count() == 0


def test_hot_alone_is_not_enough(house: Organisation) -> None:
    publish(house, behaviour("webinar", 30), profile(10, "direct"), minimum_fit=10)
    unfit = add_contact(house, "a@example.com", job_title="Stagiaire")
    gone = add_contact(house, "b@example.com", job_title="Directrice")
    customer = add_contact(house, "c@example.com", job_title="Directeur", stage=Stage.CUSTOMER)
    Suppression.objects.create(organisation=house, contact=gone, reason="opt_out")
    for contact in (unfit, gone, customer):
        act(house, contact, "webinar")
    assert Handoff.objects.count() == 0
    # Who was hot before and now may be handed over is, at the next act.
    Contact.objects.filter(pk=unfit.pk).update(job_title="Directrice")
    act(house, unfit, "page_view")
    assert [handoff.contact_id for handoff in Handoff.objects.all()] == [unfit.pk]


@pytest.mark.parametrize(
    ("values", "comes_back"),
    [
        ({"status": "recycled", "not_before": timedelta(days=3)}, False),
        ({"status": "recycled", "not_before": timedelta(days=-3)}, True),
        ({"status": "rejected", "answered_at": timedelta(days=-89)}, False),
        ({"status": "rejected", "answered_at": timedelta(days=-91)}, True),
        ({"status": "withdrawn", "answered_at": timedelta(days=-1)}, True),
    ],
)
def test_who_sales_sent_back_cools_off_first(house: Organisation, values: dict[str, Any], *, comes_back: bool) -> None:
    publish(house, behaviour("webinar", 30))
    contact = add_contact(house)
    now = timezone.now()
    moments = {name: now + value for name, value in values.items() if isinstance(value, timedelta)}
    Handoff.objects.create(
        organisation=house,
        contact=contact,
        intent=1,
        fit=1,
        total=2,
        model_number=1,
        due_at=now,
        **{**values, **moments},
    )
    act(house, contact, "webinar")
    assert Handoff.objects.filter(status="waiting").exists() is comes_back


def test_who_opts_out_or_is_moved_by_hand_leaves_the_queue(house: Organisation) -> None:
    publish(house, behaviour("webinar", 30))
    out, moved = add_contact(house, "a@example.com"), add_contact(house, "b@example.com")
    act(house, out, "webinar")
    act(house, moved, "webinar")
    Suppression.objects.create(organisation=house, contact=out, reason="opt_out")
    Contact.objects.filter(pk=moved.pk).update(stage=Stage.CUSTOMER)
    act(house, out, "unsubscribed")
    act(house, moved, "purchase")
    assert {row.status for row in Handoff.objects.all()} == {HandoffStatus.WITHDRAWN}
    assert list(Contact.objects.order_by("pk").values_list("stage", flat=True)) == [Stage.PROSPECT, Stage.CUSTOMER]


def test_another_organisation_is_never_scored(house: Organisation, world: World) -> None:
    publish(house, behaviour("webinar", 30))
    with organisation_scope(world.twin.pk):
        publish(world.twin, behaviour("webinar", 1))
        theirs = add_contact(world.twin)
    act(house, add_contact(house), "webinar")
    with organisation_scope(world.twin.pk):
        assert standing(theirs) == (0.0, 0.0, 0.0, 0)
        assert ModelVersion.objects.count() == 1
        assert Handoff.objects.count() == 0


def test_without_a_published_model_nothing_is_scored(house: Organisation) -> None:
    contact = add_contact(house)
    act(house, contact, "webinar")
    assert standing(contact) == (0.0, 0.0, 0.0, 0)
    assert ConsumerCursor.objects.get(consumer="scoring").failures == 0
