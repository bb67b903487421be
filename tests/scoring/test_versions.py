"""Versions of the model: a draft is edited, published once, and never changes again."""

from typing import Any

import pytest

from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from prm.work.errors import Conflict, Invalid, NotFound
from prm.work.models import Job, Wakeup
from scoring import versions
from scoring.comparing import compare
from scoring.models import ModelVersion, Rule, VersionStatus
from scoring.starting_model import add_starting_model
from tests.conftest import World
from tests.scoring.worlds import add_touchpoint, behaviour, profile, publish

ACT: dict[str, Any] = {"name": "Webinar", "kind": "webinar", "points": 6.0}
TRAIT: dict[str, Any] = {
    "name": "Boss",
    "points": 10.0,
    "condition": {"field": "job_title", "op": "contains", "value": "direct"},
}


def everything(version: ModelVersion) -> Any:
    return versions.thresholds(version), [
        versions.rule_parts(rule) for rule in version.rules.order_by("axis", "position")
    ]


def test_a_new_organisation_has_the_classics_published(scoped: World) -> None:
    add_starting_model(scoped.organisation)
    add_starting_model(scoped.organisation)
    version = ModelVersion.objects.get()
    assert version.number == 1
    assert version.status == VersionStatus.PUBLISHED
    classics = version.rules.filter(kind__in=["webinar", "email_opened", "page_view", "form_sent"]).order_by("points")
    assert list(classics.values_list("kind", "points", "is_enabled")) == [
        ("email_opened", 1, False),
        ("page_view", 3, True),
        ("webinar", 6, True),
        ("form_sent", 10, True),
    ]
    assert versions.find_problems(version) == {}
    assert Wakeup.objects.filter(queue="score").count() == 1


@pytest.mark.parametrize(("language", "name"), [("fr", "Webinaire suivi"), ("en", "Webinar attended")])
def test_the_classics_speak_the_organisations_language(scoped: World, language: str, name: str) -> None:
    scoped.organisation.language = language
    add_starting_model(scoped.organisation)
    assert Rule.objects.get(kind="webinar").name == name


def test_a_draft_copies_the_published_version_and_leaves_it_alone(scoped: World) -> None:
    place = add_touchpoint(scoped.organisation)
    published = publish(
        scoped.organisation, behaviour("webinar", 6, cap=12, touchpoint=place), profile(5, "direct"), warm_from=3
    )
    before = everything(published)
    draft = versions.create_draft(scoped.organisation, by=scoped.admin)
    assert (draft.number, draft.status, everything(draft)) == (2, VersionStatus.DRAFT, before)
    versions.save_rule(scoped.organisation, axis="intent", values=ACT, by=scoped.admin)
    versions.set_thresholds(scoped.organisation, warm_from=1, hot_from=2, minimum_fit=3, by=scoped.admin)
    published.refresh_from_db()
    assert everything(published) == before
    with pytest.raises(Conflict):
        versions.create_draft(scoped.organisation, by=scoped.admin)


def test_a_draft_can_start_from_an_older_version(scoped: World) -> None:
    old = publish(scoped.organisation, behaviour("webinar", 6), number=1)
    publish(scoped.organisation, behaviour("webinar", 60), number=2)
    draft = versions.create_draft(scoped.organisation, by=scoped.admin, from_number=1)
    assert (draft.number, everything(draft)) == (3, everything(old))


def test_a_draft_cannot_start_from_a_version_that_never_was(scoped: World) -> None:
    with pytest.raises(NotFound):
        versions.create_draft(scoped.organisation, by=scoped.admin, from_number=77)
    assert ModelVersion.objects.count() == 0


def test_publishing_archives_the_version_before_and_rescores_everybody(scoped: World) -> None:
    first = publish(scoped.organisation, behaviour("webinar", 6))
    draft = versions.create_draft(scoped.organisation, by=scoped.admin)
    job = versions.publish_draft(scoped.organisation, by=scoped.admin, note=" more weight ")
    first.refresh_from_db()
    draft.refresh_from_db()
    assert (first.status, draft.status, draft.note) == (VersionStatus.ARCHIVED, VersionStatus.PUBLISHED, "more weight")
    assert draft.published_by == scoped.admin
    assert (job.kind, Job.objects.count()) == ("rescore", 1)
    entry = AuditEntry.objects.get(action="scoring_model.publish")
    assert (entry.actor, entry.before, entry.after) == (
        scoped.admin,
        {"number": 1},
        {"number": 2, "note": "more weight"},
    )


def test_what_is_published_cannot_be_changed(scoped: World) -> None:
    version = publish(scoped.organisation, behaviour("webinar", 6))
    before, rule = everything(version), version.rules.get()
    with pytest.raises(Conflict):
        versions.save_rule(scoped.organisation, axis="intent", values=ACT, by=scoped.admin, rule_id=rule.pk)
    versions.create_draft(scoped.organisation, by=scoped.admin)
    with pytest.raises(NotFound):
        versions.save_rule(scoped.organisation, axis="intent", values=ACT, by=scoped.admin, rule_id=rule.pk)
    with pytest.raises(NotFound):
        versions.delete_rule(scoped.organisation, rule_id=rule.pk, by=scoped.admin)
    with pytest.raises(NotFound):
        versions.switch_rule(scoped.organisation, rule_id=rule.pk, by=scoped.admin)
    assert everything(version) == before


@pytest.mark.parametrize(
    ("axis", "change", "field"),
    [
        ("intent", {"name": " "}, "name"),
        ("intent", {"points": 0.0}, "points"),
        ("intent", {"points": float("nan")}, "points"),
        ("intent", {"points": float("inf")}, "points"),
        ("intent", {"cap": -1.0}, "cap"),
        ("intent", {"half_life_days": 0.0}, "half_life_days"),
        ("intent", {"window_days": 0}, "window_days"),
        ("intent", {"kind": ""}, "kind"),
        ("intent", {"kind": "tier_changed"}, "kind"),
        ("intent", {"touchpoint_id": 999_999}, "touchpoint"),
        ("intent", {"property_condition": {"field": "path", "op": "nearly", "value": "x"}}, "property_condition.op"),
        ("fit", {"condition": {}}, "condition"),
        ("fit", {"condition": {"field": "shoe_size", "op": "is", "value": 42}}, "condition.field"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_with_the_field_it_is_about(
    scoped: World, axis: str, change: dict[str, Any], field: str
) -> None:
    publish(scoped.organisation, behaviour("webinar", 6))
    draft = versions.create_draft(scoped.organisation, by=scoped.admin)
    before = everything(draft)
    with pytest.raises(Invalid) as refusal:
        versions.save_rule(
            scoped.organisation, axis=axis, values={**(ACT if axis == "intent" else TRAIT), **change}, by=scoped.admin
        )
    assert list(refusal.value.fields) == [field]
    assert everything(draft) == before


def test_a_rules_name_is_unique_on_its_axis(scoped: World) -> None:
    publish(scoped.organisation)
    versions.create_draft(scoped.organisation, by=scoped.admin)
    versions.save_rule(scoped.organisation, axis="intent", values=ACT, by=scoped.admin)
    versions.save_rule(scoped.organisation, axis="fit", values={**TRAIT, "name": "Webinar"}, by=scoped.admin)
    with pytest.raises(Invalid, match=r"cannot be used"):
        versions.save_rule(scoped.organisation, axis="intent", values=ACT, by=scoped.admin)


def test_another_organisations_touchpoint_does_not_exist(scoped: World) -> None:
    with organisation_scope(scoped.twin.pk):
        theirs = add_touchpoint(scoped.twin)
    publish(scoped.organisation)
    versions.create_draft(scoped.organisation, by=scoped.admin)
    with pytest.raises(Invalid):
        versions.save_rule(
            scoped.organisation, axis="intent", values={**ACT, "touchpoint_id": theirs.pk}, by=scoped.admin
        )


NAN = float("nan")


@pytest.mark.parametrize(
    ("warm", "hot", "fit"), [(0.0, 10.0, 0.0), (10.0, 10.0, 0.0), (10.0, 5.0, 0.0), (NAN, 10.0, 0.0), (5.0, 10.0, NAN)]
)
def test_thresholds_rise(scoped: World, warm: float, hot: float, fit: float) -> None:
    publish(scoped.organisation)
    draft = versions.create_draft(scoped.organisation, by=scoped.admin)
    with pytest.raises(Invalid):
        versions.set_thresholds(scoped.organisation, warm_from=warm, hot_from=hot, minimum_fit=fit, by=scoped.admin)
    draft.refresh_from_db()
    assert (draft.warm_from, draft.hot_from) == (10, 20)


def test_a_model_that_makes_nobody_hot_or_asks_for_what_is_gone_is_not_published(scoped: World) -> None:
    publish(scoped.organisation, behaviour("webinar", 6), profile(5, "direct"))
    draft = versions.create_draft(scoped.organisation, by=scoped.admin)
    Rule.objects.filter(version=draft, axis="intent").update(is_enabled=False)
    Rule.objects.filter(version=draft, axis="fit").update(condition={"field": "gone", "op": "is", "value": "x"})
    with pytest.raises(Invalid) as refusal:
        versions.publish_draft(scoped.organisation, by=scoped.admin)
    assert set(refusal.value.fields) == {"rules", "direct 5"}
    draft.refresh_from_db()
    assert (draft.status, Job.objects.count()) == (VersionStatus.DRAFT, 0)


def test_a_comparison_names_what_came_went_and_changed(scoped: World) -> None:
    old = publish(scoped.organisation, behaviour("webinar", 6, name="A"), behaviour("call", 4, name="B"))
    new = publish(
        scoped.organisation, behaviour("webinar", 7, name="A"), profile(5, "x", position=1), number=2, hot_from=25
    )
    found = {one.name: one for one in compare(old, new)}
    assert set(found) == {"", "A", "B", "x 5"}
    assert found["A"].changed == [("points", 6, 7)]
    assert found[""].changed == [("hot_from", 20, 25)]
    assert (found["B"].after, found["x 5"].before) == (None, None)
    assert compare(old, old) == []


def test_discarding_leaves_the_published_version(scoped: World) -> None:
    published = publish(scoped.organisation, behaviour("webinar", 6))
    versions.create_draft(scoped.organisation, by=scoped.admin)
    versions.discard_draft(scoped.organisation, by=scoped.admin)
    assert list(ModelVersion.objects.all()) == [published]
    assert Rule.objects.count() == 1
