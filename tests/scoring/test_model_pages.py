"""The model in the browser: who sees and changes what, forms with their errors, one page at a steady cost."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from prm.organisations.scope import organisation_scope
from prm.work.models import Job
from scoring import versions
from scoring.model_forms import PointsField
from scoring.models import ModelVersion, Rule, VersionStatus
from scoring.starting_model import add_starting_model
from tests.conftest import World
from tests.scoring.worlds import add_contact, behaviour, publish

RULE = {"name": "Webinar", "points": "6.5", "kind": "webinar", "touchpoint": "", "condition-rows": "0"}


@pytest.fixture
def drafted(scoped: World) -> ModelVersion:
    publish(scoped.organisation, behaviour("webinar", 6))
    return versions.create_draft(scoped.organisation, by=scoped.admin)


def test_everybody_reads_the_model_and_only_marketing_changes_it(scoped: World) -> None:
    add_starting_model(scoped.organisation)
    page = scoped.client(scoped.viewer).get(scoped.path("scoring/")).content.decode()
    assert "Page tarifs vue" in page
    assert "Change the model" not in page
    for user, status in ((scoped.viewer, 403), (scoped.sales, 403), (scoped.marketer, 302)):
        assert scoped.client(user).post(scoped.path("scoring/draft/")).status_code == status
    assert ModelVersion.objects.filter(status=VersionStatus.DRAFT).count() == 1


def test_only_who_may_publish_publishes(scoped: World, drafted: ModelVersion) -> None:
    address = scoped.path("scoring/draft/publish/")
    assert scoped.client(scoped.marketer).post(address).status_code == 403
    assert Job.objects.count() == 0
    assert scoped.client(scoped.admin).get(address).status_code == 200
    assert scoped.client(scoped.admin).post(address, {"note": "why not"}).status_code == 302
    drafted.refresh_from_db()
    assert (drafted.status, drafted.note) == (VersionStatus.PUBLISHED, "why not")


def test_a_rule_is_added_with_its_condition(scoped: World, drafted: ModelVersion) -> None:
    values = {
        **RULE,
        "once_a_day": "on",
        "cap": "12",
        "condition-rows": "1",
        "condition-0-field": "*",
        "condition-0-key": "title",
        "condition-0-op": "contains",
        "condition-0-value": "line",
    }
    answer = scoped.client(scoped.marketer).post(scoped.path("scoring/rules/new/intent/"), values)
    assert answer.status_code == 302
    rule = Rule.objects.get(version=drafted, name="Webinar")
    assert (rule.points, rule.cap, rule.once_a_day, rule.half_life_days) == (6.5, 12, True, None)
    assert rule.property_condition == {"all": [{"field": "title", "op": "contains", "value": "line"}]}


@pytest.mark.parametrize(
    ("axis", "values", "said"),
    [
        ("intent", {**RULE, "points": "many"}, "Enter a number."),
        ("intent", {**RULE, "points": "0"}, "Give points, more or less than 0."),
        ("intent", {**RULE, "name": "webinar 6"}, "Another rule of this axis has this name."),
        ("fit", {"name": "Boss", "points": "5", "condition-rows": "0"}, "give at least one condition"),
        (
            "fit",
            {
                "name": "Boss",
                "points": "5",
                "condition-rows": "1",
                "condition-0-field": "qualification_percent",
                "condition-0-op": "gt",
                "condition-0-value": "half",
            },
            "Give a number.",
        ),
    ],
)
def test_a_wrong_rule_comes_back_with_what_is_wrong_and_what_was_typed(
    scoped: World, drafted: ModelVersion, axis: str, values: dict[str, Any], said: str
) -> None:
    answer = scoped.client(scoped.marketer).post(scoped.path(f"scoring/rules/new/{axis}/"), values)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert f'value="{values["points"]}"' in page
    assert Rule.objects.filter(version=drafted).count() == 1


def test_a_step_shows_the_rows_anew_and_stores_nothing(scoped: World, drafted: ModelVersion) -> None:
    answer = scoped.client(scoped.marketer).post(
        scoped.path("scoring/rules/new/intent/"), {**RULE, "name": "", "condition-step": "add"}
    )
    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'id="condition-0-field"' in page
    assert "This field is required" not in page
    assert 'value="6.5"' in page
    assert Rule.objects.filter(version=drafted).count() == 1


def test_thresholds_move_in_place(scoped: World, drafted: ModelVersion) -> None:
    client = scoped.client(scoped.marketer)
    htmx = {"HX-Request": "true"}
    values = {"warm_from": "3", "hot_from": "12.5", "minimum_fit": "0"}
    answer = client.post(scoped.path("scoring/draft/thresholds/"), values, headers=htmx)
    assert answer.status_code == 200
    assert answer.content.decode().lstrip().startswith('<section class="card" id="thresholds">')
    drafted.refresh_from_db()
    assert (drafted.warm_from, drafted.hot_from) == (3, 12.5)
    wrong = client.post(scoped.path("scoring/draft/thresholds/"), {**values, "hot_from": "2"}, headers=htmx)
    assert wrong.status_code == 422
    assert "Hot begins above warm." in wrong.content.decode()
    drafted.refresh_from_db()
    assert drafted.hot_from == 12.5


def test_a_rule_is_switched_removed_and_the_draft_discarded(scoped: World, drafted: ModelVersion) -> None:
    client = scoped.client(scoped.marketer)
    rule = drafted.rules.get()
    client.post(scoped.path(f"scoring/rules/{rule.pk}/switch/"))
    rule.refresh_from_db()
    assert not rule.is_enabled
    client.post(scoped.path(f"scoring/rules/{rule.pk}/delete/"))
    assert Rule.objects.filter(version=drafted).count() == 0
    assert client.get(scoped.path("scoring/draft/discard/")).status_code == 200
    client.post(scoped.path("scoring/draft/discard/"))
    assert [version.number for version in ModelVersion.objects.all()] == [1]


def test_a_published_rule_has_no_edit_page_and_a_twins_has_none_at_all(scoped: World, drafted: ModelVersion) -> None:
    published = Rule.objects.exclude(version=drafted).get()
    with organisation_scope(scoped.twin.pk):
        publish(scoped.twin, behaviour("webinar", 6))
        versions.create_draft(scoped.twin, by=scoped.twin_admin)
        theirs = Rule.objects.filter(version__status="draft").get()
    client = scoped.client(scoped.admin)
    for pk in (published.pk, theirs.pk):
        assert client.get(scoped.path(f"scoring/rules/{pk}/")).status_code == 404
        assert client.post(scoped.path(f"scoring/rules/{pk}/switch/")).status_code == 404
    assert client.get(scoped.path("scoring/?version=99")).status_code == 404
    assert client.get(scoped.path("scoring/?version=x")).status_code == 404


def test_older_versions_show_what_they_changed(scoped: World) -> None:
    publish(scoped.organisation, behaviour("webinar", 6, name="Webinar"))
    publish(scoped.organisation, behaviour("webinar", 8, name="Webinar"), number=2)
    page = scoped.client(scoped.viewer).get(scoped.path("scoring/?version=2")).content.decode()
    assert "Changed since v1" in page
    assert "points: 6, now 8" in page


def test_the_page_without_any_model_offers_to_start_one(scoped: World) -> None:
    page = scoped.client(scoped.marketer).get(scoped.path("scoring/")).content.decode()
    assert "No scoring model yet" in page
    assert scoped.client(scoped.marketer).post(scoped.path("scoring/draft/")).status_code == 302
    assert scoped.client(scoped.marketer).get(scoped.path("scoring/")).status_code == 200


def test_the_cost_of_the_page_does_not_grow_with_rules_or_contacts(scoped: World) -> None:
    add_starting_model(scoped.organisation)
    client = scoped.client(scoped.admin)
    client.get(scoped.path("scoring/"))

    versions.create_draft(scoped.organisation, by=scoped.admin)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(scoped.path("scoring/")).status_code == 200
        return len(queries)

    small = cost()
    for number in range(10):
        add_contact(scoped.organisation, f"p{number}@example.com")
        path = {"field": "path", "op": "contains", "value": f"/{number}"}
        values = {"name": f"Page {number}", "kind": "page_view", "points": 1.0, "property_condition": path}
        versions.save_rule(scoped.organisation, axis="intent", values=values, by=scoped.admin)
    assert cost() == small
    assert small <= 20


@pytest.mark.parametrize(
    ("typed", "read"), [("2,5", 2.5), ("2.5", 2.5), ("-3", -3), ("1 000", 1000), ("1 000,5", 1000.5)]
)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_numbers_are_read_as_people_write_them(typed: str, read: float, language: str) -> None:
    with translation.override(language):
        assert PointsField(localize=True).clean(typed) == read
