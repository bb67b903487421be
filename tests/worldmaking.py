"""Gives both organisations of a world one row of every tenant model, with the same values.

Rows are generated from the models, so that a new model is covered by itself: a column that needs more than a
plain value has it in VALUES. The organisation's rows all have the id OWN, its twin's the id FOREIGN: any address
of the organisation with FOREIGN in it must lead nowhere.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

from django.apps import apps
from django.db import connection, models
from django.db.models import Model
from django.db.models.fields import NOT_PROVIDED

from prm.organisations.models import Organisation, User
from prm.organisations.scope import organisation_scope
from tests.conftest import World

OWN, FOREIGN = 1001, 2001
AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)

# "app.Model.field": what a plain value would not do.
VALUES: dict[str, Any] = {
    "organisations.Membership.user": lambda _person: User.objects.get_or_create(
        email="both@solvane.example", defaults={"full_name": "Both"}
    )[0],
    "organisations.ApiKey.scopes": ["all"],
    "contacts.Contact.email": "camille@example.com",
    "contacts.Contact.external_id": "crm-1",
    "contacts.Company.siren": "732829320",
    "bulk.BulkRun.action": "tag",
    "bulk.BulkChunk.contact_ids": [1],
    "tagging.Tag.name": "Client fidèle",
    "tagging.Tag.merged_into": None,
    "touchpoints.Touchpoint.merged_into": None,
    "ratings.Rating.value": 4.0,
    "ratings.Rating.aspect": "importance",
    "ratings.RatingChange.aspect": "importance",
    "surveys.Survey.scale": "satisfaction",
    "surveys.Answer.score": 4,
    "surveys.Answer.quality": 4.0,
    "recognition.RecognitionRule.kinds": ["page_view"],
    "recognition.RecognitionRule.patterns": {"path": "/tarifs"},
    "tracking.Site.key": lambda person: f"key{person.pk}",
    "tracking.Site.hosts": ["acme.fr"],
    "tracking.Hit.browser": None,
    "tracking.Visitor.uid": lambda _person: uuid4(),
    "slots.Slot.key": "hero",
    "slots.Slot.draft": {"variants": [{"key": "walk", "name": "Walked", "html": "<p>Walked</p>"}]},
    "slots.SlotVersion.document": {},
    "lead_forms.LeadForm.language": "en",
    "lead_forms.LeadForm.draft": {
        "title": "Contact",
        "elements": [{"key": "email", "kind": "field", "target": "contact.email", "label": "E-mail"}],
    },
    "lead_forms.FormVersion.document": {},
    "lead_forms.FormFile.content_type": "application/pdf",
    "appearance.Appearance.colour": "#0b6b53",
    "appearance.Picture.content_type": "image/webp",
    "landing_pages.LandingPage.slug": "white-paper",
    "landing_pages.LandingPage.language": "en",
    "landing_pages.LandingPage.original": None,
    "landing_pages.PageVersion.document": {},
    "landing_pages.PageVariant.letter": "A",
    "landing_pages.PageVariant.draft": {
        "blocks": [{"key": "intro", "kind": "title", "title": "Guide"}, {"key": "form", "kind": "form"}]
    },
    "interests.ThemeRule.touchpoint": None,
    "interests.ThemeRule.patterns": {"path": "/pompes/*"},
    "interests.InterestSetting.half_life_days": 30,
    "contents.Content.form": None,
    "contents.Content.url": "https://www.acme.fr/blog/pompes",
    "contents.Content.language": "fr",
    "contents.ContentFile.content_type": "application/pdf",
    # One that is shared, so that every member sees it.
    "partners.PartnerFile.counts": {"siren": 1},
    "lists.SavedView.list_key": "contacts",
    "lists.SavedView.member": None,
    "enrichment.Arrival.came": "hand",
    "contacts.Suppression.email": "camille@example.com",
    "webhooks.Webhook.events": ["form.sent"],
    "webhooks.Webhook.url": "https://hooks.acme.example/prm",
    "nurturing.Delivery.address": "camille@example.com",
    "proofs.Proposal.field": "headcount_band",
}


def tenant_models() -> list[type[Model]]:
    """Return every model whose rows belong to an organisation, those that others refer to first."""
    found = [model for model in apps.get_models() if _belongs(model)]
    ordered: list[type[Model]] = []

    def add(model: type[Model]) -> None:
        if model in ordered:
            return
        for field in references(model):
            if field.related_model is not model:
                add(field.related_model)
        ordered.append(model)

    for model in found:
        add(model)
    return ordered


def references(model: type[Model]) -> "list[models.ForeignKey[Any, Any]]":
    """Return a model's references to rows of its organisation."""
    return [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey)
        and isinstance(field.related_model, type)
        and _belongs(field.related_model)
    ]


def fill(world: World) -> None:
    """Create one row of every tenant model in both organisations."""
    _step_over()
    for organisation, person, pk in (
        (world.organisation, world.admin, OWN),
        (world.twin, world.twin_admin, FOREIGN),
    ):
        with organisation_scope(organisation.pk):
            for model in tenant_models():
                _create(model, organisation, person, pk)


# What triggers write to.
WRITTEN_BY_TRIGGERS = ("work_wakeup", "segments_touchedcontact", "standings_touchedcompany", "doubles_changedcontact")


def _step_over() -> None:
    """Let what triggers write be numbered beyond these rows: sequences go on from test to test, and reach them."""
    with connection.cursor() as cursor:
        for table in WRITTEN_BY_TRIGGERS:
            cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [table])
            number = int(cursor.fetchone()[0])
            cursor.execute(
                "SELECT count(nextval(pg_get_serial_sequence(%s, 'id'))) FROM generate_series(%s, %s)",
                [table, number, FOREIGN],
            )


def rows_of(organisation: Organisation) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of an organisation, by model."""
    with organisation_scope(organisation.pk):
        return {model._meta.label: list(_manager(model).order_by("pk").values_list()) for model in tenant_models()}


def _manager(model: type[Model]) -> Any:
    return model._default_manager


def _belongs(model: type[Model]) -> bool:
    fields = {field.name: field for field in model._meta.concrete_fields}
    return "organisation" in fields and fields["organisation"].related_model is Organisation


def _create(model: type[Model], organisation: Organisation, person: User, pk: int) -> None:
    manager = _manager(model)
    values = dict(_values(model, organisation, person, pk))
    identity = values.get("pk", values.get("id", values.get("contact_id", values.get("company_id"))))
    # Some rows come by themselves with others (a contact's standing).
    is_single = not isinstance(model._meta.pk, models.CompositePrimaryKey)
    if identity is not None and is_single and manager.filter(pk=identity).exists():
        return
    manager.create(**values)


def _values(model: type[Model], organisation: Organisation, person: User, pk: int) -> Iterator[tuple[str, Any]]:
    for field in model._meta.concrete_fields:
        label = f"{model._meta.label}.{field.name}"
        if isinstance(field, (models.GeneratedField, models.CompositePrimaryKey)):
            continue
        if field.name == "organisation":
            yield "organisation", organisation
        elif label in VALUES:
            value = VALUES[label]
            yield field.name, value(person) if callable(value) else value
        elif field in references(model):
            yield field.attname, pk
        elif isinstance(field, models.AutoField | models.BigAutoField):
            yield field.name, pk
        elif isinstance(field, models.ForeignKey):
            if not field.null:
                yield field.name, person
        elif not _has_default(field):
            yield field.name, _plain(field)


def _has_default(field: "models.Field[Any, Any]") -> bool:
    automatic = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    return bool(field.null or automatic or field.has_default() or field.db_default is not NOT_PROVIDED)


_PLAIN: list[tuple[type[Any], Callable[[Any], Any]]] = [
    (models.DateTimeField, lambda _field: AT),
    (models.DateField, lambda _field: date(2026, 11, 2)),
    (models.IntegerField, lambda _field: 1),
    (models.FloatField, lambda _field: 1.0),
    (models.BooleanField, lambda _field: False),
    (models.CharField, lambda field: field.name[: field.max_length]),
    (models.TextField, lambda field: field.name),
    (models.BinaryField, lambda _field: b"1"),
]


def _plain(field: "models.Field[Any, Any]") -> Any:
    if field.choices:
        return next(iter(dict(field.flatchoices)))
    if field.blank and isinstance(field, (models.CharField, models.TextField)):
        return ""
    for kind, value in _PLAIN:
        if isinstance(field, kind):
            return value(field)
    raise AssertionError(f"tests/worldmaking.py: give {field} a value in VALUES")
