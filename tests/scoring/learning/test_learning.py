"""Weights learned from a base in which it is known what made people convert; refused where there are too few."""

from datetime import timedelta
from typing import Any

import pytest

from contacts.models import Company, Contact, Stage, Standing
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from prm.work.errors import Conflict, Invalid
from prm.work.jobs import run_jobs, stop_job
from prm.work.models import Job, JobStatus
from scoring import versions
from scoring.learning import running, sampling
from scoring.learning.models import Learning
from scoring.learning.services import start_learning, take_over
from scoring.models import Handoff, ModelVersion, Rule, VersionStatus
from tests.conftest import World
from tests.scoring.learning.bases import NOW, add_people, convert, grow_base, log_all, moment_of
from tests.scoring.worlds import behaviour, profile, publish
from touchpoints.models import Interaction

TRUTH = {"webinar": 2.0, "download": 1.0, "email_clicked": 0.0, "site_search": -1.5}
RULES = ("webinar", "download", "email_clicked", "site_search")


def publish_truth(world: World) -> None:
    """Publish a model that knows nothing: everything gives 10."""
    publish(world.organisation, *(behaviour(kind, 10) for kind in RULES))


def learn(world: World, **asked: Any) -> Learning:
    started = start_learning(world.organisation, **{"goal": "customer", "by": world.admin, **asked})
    run_jobs(world.organisation)
    found = Learning.objects.get(pk=started.pk)
    assert found.job is not None
    assert found.job.status == JobStatus.DONE, found.job.error
    return found


def by_name(found: Learning) -> dict[str, dict[str, Any]]:
    names = {str(rule.pk): rule.name for rule in found.version.rules.all()}
    return {names[pk]: one for pk, one in found.result["rules"].items()}


def test_true_weights_are_recovered_with_their_signs_and_order(scoped: World) -> None:
    publish_truth(scoped)
    grow_base(scoped.organisation, 900, TRUTH)
    found = learn(scoped)
    rules = by_name(found)
    webinar, download, clicked, search = (rules[f"{kind} 10"] for kind in RULES)
    assert webinar["suggested"] == 10.0
    assert webinar["weight"] > download["weight"] > clicked["weight"] > search["weight"]
    assert 3 < download["weight"] < 7
    assert clicked["low"] < 0 < clicked["high"]
    assert "unsure" in clicked["doubts"]
    assert search["high"] < 0
    assert search["doubts"] == ["turns"]
    assert webinar["low"] < webinar["weight"] < webinar["high"]
    assert found.result["auc"]["value"] > found.result["auc_today"]["value"] + 0.1
    assert 0.7 < found.result["slope"] < 1.4


def test_nobody_is_touched(scoped: World) -> None:
    publish_truth(scoped)
    grow_base(scoped.organisation, 300, TRUTH)
    versions.create_draft(scoped.organisation, by=scoped.admin)
    kept = (Standing, Contact, Handoff, Interaction, Rule, ModelVersion)
    before = [list(model._default_manager.order_by("pk").values()) for model in kept]
    learn(scoped)
    assert before == [list(model._default_manager.order_by("pk").values()) for model in kept]


@pytest.mark.parametrize(("converted", "others"), [(49, 80), (80, 49)])
def test_below_the_floor_nothing_is_learned_and_what_is_missing_is_said(
    scoped: World, converted: int, others: int
) -> None:
    publish_truth(scoped)
    people = add_people(scoped.organisation, converted + others)
    log_all(scoped.organisation, "webinar", people[::2], NOW - timedelta(days=200))
    log_all(scoped.organisation, "download", people[1::2], NOW - timedelta(days=200))
    convert(scoped.organisation, people[:converted])
    found = learn(scoped)
    assert (found.result["converted"], found.result["others"]) == (converted, others)
    assert "auc" not in found.result
    assert not any("suggested" in one for one in found.result["rules"].values())
    page = scoped.client(scoped.admin).get(scoped.path("scoring/learning/")).content.decode()
    assert "Too few to learn from." in page
    assert "<b>1 more" in page


def test_fifty_of_each_are_enough(scoped: World) -> None:
    publish_truth(scoped)
    people = add_people(scoped.organisation, 100)
    log_all(scoped.organisation, "webinar", [*people[:35], *people[50:65]], NOW - timedelta(days=200))
    log_all(scoped.organisation, "download", [*people[35:50], *people[65:]], NOW - timedelta(days=200))
    convert(scoped.organisation, people[:50])
    assert by_name(learn(scoped))["webinar 10"]["suggested"] == 10.0


def test_a_trait_of_too_few_is_left_out(scoped: World) -> None:
    publish_truth(scoped)
    _converted, others = grow_base(scoped.organisation, 400, {"webinar": 2.0})
    log_all(scoped.organisation, "download", others[:7], NOW - timedelta(days=200))
    rules = by_name(learn(scoped))
    assert rules["download 10"]["unfit"] == "few"
    assert rules["site_search 10"]["unfit"] == "nobody"
    assert "suggested" not in rules["download 10"]
    page = scoped.client(scoped.admin).get(scoped.path("scoring/learning/")).content.decode()
    assert "it held for 7 people." in page


def test_what_was_done_after_the_conversion_does_not_count(scoped: World) -> None:
    publish_truth(scoped)
    converted, _others = grow_base(scoped.organisation, 400, {"webinar": 2.0})
    log_all(scoped.organisation, "download", converted, lambda number: moment_of(number) + timedelta(minutes=1))
    rules = by_name(learn(scoped))
    assert (rules["download 10"]["converted"], rules["download 10"]["unfit"]) == (0, "nobody")


def test_others_are_asked_at_a_moment_at_which_somebody_converted(scoped: World) -> None:
    publish_truth(scoped)
    _converted, others = grow_base(scoped.organisation, 400, {"webinar": 2.0})
    log_all(scoped.organisation, "download", others, NOW - timedelta(days=30))
    log_all(scoped.organisation, "email_clicked", others, NOW - timedelta(days=101))
    rules = by_name(learn(scoped))
    assert rules["download 10"]["others"] == 0
    assert rules["email_clicked 10"]["others"] == len(others)


def test_a_field_written_after_the_conversion_is_named_and_left_out(scoped: World) -> None:
    publish(scoped.organisation, behaviour("webinar", 10), profile(5, "director"), profile(4, "buyer"))
    converted, others = grow_base(scoped.organisation, 400, {"webinar": 2.0})
    for number, one in enumerate(converted[:60]):
        at = (moment_of(number) + timedelta(days=1)).isoformat()
        Contact.objects.filter(pk=one.pk).update(
            job_title="Director", provenance={"job_title": {"source": "declared", "at": at}}
        )
    for one in [*converted[60:90], *others[:40]]:
        Contact.objects.filter(pk=one.pk).update(
            job_title="Buyer",
            provenance={"job_title": {"source": "declared", "at": (NOW - timedelta(days=300)).isoformat()}},
        )
    rules = by_name(learn(scoped))
    assert rules["director 5"]["leaks"] == {"afterwards": 100.0}
    assert rules["director 5"]["converted"] == 0
    assert "suggested" not in rules["director 5"]
    assert rules["buyer 4"]["leaks"] == {}
    assert "suggested" in rules["buyer 4"]


def test_a_leak_is_taken_in_when_a_person_says_so(scoped: World) -> None:
    publish(scoped.organisation, behaviour("webinar", 10), behaviour("download", 5))
    converted, _others = grow_base(scoped.organisation, 400, {"webinar": 2.0})
    log_all(scoped.organisation, "download", converted[:80], NOW - timedelta(days=200))
    found = learn(scoped)
    assert by_name(found)["download 5"]["leaks"] == {"only_converted": 100.0}
    assert "suggested" not in by_name(found)["download 5"]
    rule = found.version.rules.get(name="download 5")
    again = learn(scoped, taken_in=[rule.pk])
    assert by_name(again)["download 5"]["suggested"] > 0


def test_a_rule_that_alone_tells_nearly_all_is_a_leak(scoped: World) -> None:
    publish(scoped.organisation, behaviour("webinar", 10), behaviour("download", 5))
    converted, others = grow_base(scoped.organisation, 400, {"webinar": 2.0})
    log_all(scoped.organisation, "download", [*converted[3:], *others[:3]], NOW - timedelta(days=200))
    leaks = by_name(learn(scoped))["download 5"]["leaks"]
    assert leaks["alone"] > 95


def test_what_is_only_done_once_sales_has_them_is_a_leak(scoped: World) -> None:
    publish(scoped.organisation, behaviour("webinar", 10), behaviour("call", 5))
    converted, others = grow_base(scoped.organisation, 400, {"webinar": 2.0})
    convert(scoped.organisation, converted, to=Stage.MQL, back=20)
    Contact.objects.filter(pk__in=[one.pk for one in converted]).update(stage=Stage.CUSTOMER)
    log_all(scoped.organisation, "call", converted[:70], lambda number: moment_of(number) - timedelta(days=10))
    log_all(scoped.organisation, "call", others[:60], NOW - timedelta(days=200))
    assert by_name(learn(scoped))["call 5"]["leaks"] == {"with_sales": 100.0}


def test_the_stage_is_no_sign(scoped: World) -> None:
    stage = Rule(
        axis="fit", name="stage", points=5, condition={"field": "stage", "op": "in", "value": ["customer", "prospect"]}
    )
    publish(scoped.organisation, behaviour("webinar", 10), stage)
    grow_base(scoped.organisation, 300, {"webinar": 2.0})
    assert "outcome" in by_name(learn(scoped))["stage"]["leaks"]


def test_who_came_in_converted_and_who_is_with_sales_is_not_asked(scoped: World) -> None:
    publish_truth(scoped)
    converted, others = grow_base(scoped.organisation, 300, {"webinar": 2.0})
    Contact.objects.filter(pk__in=[one.pk for one in others[:10]]).update(stage=Stage.ACCEPTED)
    converted[0].stage_changes.update(from_stage="")
    found = learn(scoped)
    assert (found.result["converted"], found.result["others"]) == (len(converted) - 1, len(others) - 10)


def test_people_of_whom_nothing_was_known_are_left_out_unless_everybody_is_asked(scoped: World) -> None:
    publish(scoped.organisation, behaviour("webinar", 10), profile(5, "director"))
    converted, others = grow_base(scoped.organisation, 300, {"webinar": 2.0})
    silent = add_people(scoped.organisation, 30, "silent")
    Standing.objects.filter(pk__in=[one.pk for one in silent[10:]]).update(last_act_at=None)
    convert(scoped.organisation, silent[:10])
    found = learn(scoped)
    assert (found.result["converted"], found.result["others"]) == (len(converted), len(others))
    assert found.result["silent"]["converted"] == 10
    found = learn(scoped, among="everybody")
    assert (found.result["converted"], found.result["others"]) == (len(converted) + 10, len(others) + 20)


def test_company_fields_are_read_with_their_own_dates(scoped: World) -> None:
    rule = Rule(
        axis="fit", name="naf", points=5, condition={"field": "company.naf_division", "op": "is", "value": "24"}
    )
    publish(scoped.organisation, behaviour("webinar", 10), rule)
    converted, others = grow_base(scoped.organisation, 300, {"webinar": 2.0})
    company = Company.objects.create(
        organisation=scoped.organisation,
        name="Fonderie",
        naf_code="24.51Z",
        provenance={"naf_code": {"source": "sirene", "at": (NOW - timedelta(days=10)).isoformat()}},
    )
    asked = [*converted[:50], *others[:30]]
    Contact.objects.filter(pk__in=[one.pk for one in asked]).update(company=company)
    assert by_name(learn(scoped))["naf"]["leaks"] == {"afterwards": 100.0}
    company.provenance = {"naf_code": {"source": "sirene", "at": (NOW - timedelta(days=350)).isoformat()}}
    company.save()
    rules = by_name(learn(scoped))
    assert (rules["naf"]["converted"], rules["naf"]["others"]) == (50, 30)


def test_rules_that_move_together_are_named(scoped: World) -> None:
    publish(scoped.organisation, behaviour("webinar", 10), behaviour("webinar", 8), behaviour("download", 5))
    grow_base(scoped.organisation, 400, {"webinar": 2.0, "download": 1.0})
    found = learn(scoped)
    one = by_name(found)["webinar 10"]
    assert "together" in one["doubts"]
    assert one["together"] == [found.version.rules.get(name="webinar 8").pk, 1.0]


def test_chosen_suggestions_go_into_the_draft_and_nowhere_else(scoped: World) -> None:
    publish(
        scoped.organisation, behaviour("webinar", 10, cap=30), behaviour("download", 10), behaviour("site_search", 9)
    )
    grow_base(scoped.organisation, 900, {"webinar": 2.0, "download": 1.0, "site_search": -1.0})
    found = learn(scoped)
    draft = found.version
    ids = {rule.name: rule.pk for rule in draft.rules.all()}
    suggested = {name: one["suggested"] for name, one in by_name(found).items()}
    assert take_over(
        scoped.organisation, learning_id=found.pk, rule_ids=[ids["download 10"], ids["webinar 10"]], by=scoped.admin
    ) in {1, 2}
    points = dict(draft.rules.values_list("name", "points"))
    assert points["download 10"] == suggested["download 10"] != 10
    assert points["site_search 9"] == 9
    published = ModelVersion.objects.get(status=VersionStatus.PUBLISHED)
    assert dict(published.rules.values_list("name", "points"))["download 10"] == 10
    draft.refresh_from_db()
    assert draft.note.startswith("Points of")
    assert "conversions (Customer; AUC 0." in draft.note
    assert AuditEntry.objects.filter(action="scoring_model.take_over").count() == 1
    publishing = scoped.client(scoped.admin).get(scoped.path("scoring/draft/publish/")).content.decode()
    assert draft.note in publishing


def test_nothing_is_taken_over_for_rules_that_ask_something_else_now(scoped: World) -> None:
    publish_truth(scoped)
    grow_base(scoped.organisation, 300, TRUTH)
    found = learn(scoped)
    rule = found.version.rules.get(kind="webinar")
    versions.save_rule(
        scoped.organisation, axis="intent", values={"once_a_day": True}, by=scoped.admin, rule_id=rule.pk
    )
    with pytest.raises(Conflict):
        take_over(scoped.organisation, learning_id=found.pk, rule_ids=[rule.pk], by=scoped.admin)
    rule.refresh_from_db()
    assert rule.points == 10


def test_a_rule_without_a_suggestion_is_not_taken_over(scoped: World) -> None:
    publish_truth(scoped)
    grow_base(scoped.organisation, 300, {"webinar": 2.0})
    found = learn(scoped)
    ids = [found.version.rules.get(kind=kind).pk for kind in ("webinar", "site_search")]
    with pytest.raises(Invalid):
        take_over(scoped.organisation, learning_id=found.pk, rule_ids=ids, by=scoped.admin)
    assert set(found.version.rules.values_list("points", flat=True)) == {10}


def test_learning_can_be_stopped_and_the_same_question_is_asked_once(scoped: World) -> None:
    publish_truth(scoped)
    grow_base(scoped.organisation, 200, TRUTH)
    first = start_learning(scoped.organisation, goal="customer", by=scoped.admin)
    assert start_learning(scoped.organisation, goal="customer", by=scoped.admin) == first
    other = start_learning(scoped.organisation, goal="accepted", by=scoped.admin)
    assert first.job is not None
    assert other.job is not None
    assert Job.objects.get(pk=first.job.pk).status == JobStatus.STOPPED
    stop_job(scoped.organisation, job_id=other.job.pk)
    run_jobs(scoped.organisation)
    assert not any(one.result for one in Learning.objects.all())


def test_it_stops_between_two_steps(scoped: World, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_truth(scoped)
    grow_base(scoped.organisation, 200, TRUTH)
    job = start_learning(scoped.organisation, goal="customer", by=scoped.admin).job
    assert job is not None
    read = sampling.read_features

    def stops(*args: Any, **named: Any) -> Any:
        stop_job(scoped.organisation, job_id=job.pk)
        return read(*args, **named)

    monkeypatch.setattr(running, "read_features", stops)
    run_jobs(scoped.organisation)
    assert Job.objects.get(pk=job.pk).status == JobStatus.STOPPED
    assert Learning.objects.get().result == {}


def test_the_twin_organisation_is_not_learned_from(scoped: World) -> None:
    publish_truth(scoped)
    with organisation_scope(scoped.twin.pk):
        grow_base(scoped.twin, 300, TRUTH)
    grow_base(scoped.organisation, 120, {"webinar": 2.0})
    found = learn(scoped)
    assert found.result["converted"] + found.result["others"] == 120
