"""The scoring query gives what the slow and obvious way gives, for one, for a batch and for all."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from contacts.models import Contact
from prm.organisations.scope import organisation_scope
from scoring.models import ModelVersion, Rule
from scoring.rescoring import rescore_all
from scoring.rulesets import build_ruleset
from scoring.scores import explain, rescore
from tests.conftest import World
from tests.scoring import reference
from tests.scoring.reference import Act
from tests.scoring.worlds import NOON, add_contact, add_log, add_touchpoint, publish, standing

KINDS = ("page_view", "webinar", "form_sent", "email_opened")
TITLES = ("", "Directrice commerciale", "Responsable achats", "directeur")
CONDITIONS: tuple[dict[str, Any], ...] = (
    {},
    {"field": "path", "op": "contains", "value": "TARIF"},
    {"field": "seconds", "op": "gt", "value": 30},
    {"all": [{"field": "path", "op": "is_set"}, {"not": {"field": "seconds", "op": "gt", "value": 60.5}}]},
    {"any": [{"field": "path", "op": "contains", "value": "demo"}, {"field": "seconds", "op": "gt", "value": -1}]},
)
POINTS = st.sampled_from([-4.0, -0.5, 0.3, 1.0, 3.0, 10.0])
SECONDS = st.sampled_from([None, 0, 31, 61.5, "45", "a while", "", True, 10**40, [1]])


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    if draw(st.integers(0, 4)) == 0:
        condition = {"field": "job_title", "op": "contains", "value": draw(st.sampled_from(["direct", "achat"]))}
        return Rule(axis="fit", name="who", points=draw(POINTS), condition=condition, is_enabled=draw(st.booleans()))
    return Rule(
        axis="intent",
        name="what",
        kind=draw(st.sampled_from(KINDS)),
        points=draw(POINTS),
        touchpoint_id=draw(st.sampled_from([None, None, 7])),
        property_condition=draw(st.sampled_from(CONDITIONS)),
        cap=draw(st.sampled_from([None, None, 2.0, 9.0])),
        half_life_days=draw(st.sampled_from([None, 1.0, 45.0, 0.01])),
        window_days=draw(st.sampled_from([None, None, 7, 30])),
        once_a_day=draw(st.booleans()),
        is_enabled=draw(st.sampled_from([True, True, True, False])),
    )


@st.composite
def acts(draw: st.DrawFn) -> Act:
    # Late, early, together at one instant, around midnight in Paris, and a little in the future.
    hours = draw(st.one_of(st.integers(-20, 24 * 60), st.sampled_from([0, 24, 7 * 24, 13, 13, 14])))
    minutes = draw(st.sampled_from([0, 0, 1, 59]))
    properties = {}
    if draw(st.booleans()):
        properties = {"path": draw(st.sampled_from(["/tarifs", "/Demo", "", "/x"])), "seconds": draw(SECONDS)}
    return Act(
        kind=draw(st.sampled_from(KINDS)),
        at=NOON - timedelta(hours=hours, minutes=minutes),
        touchpoint_id=draw(st.sampled_from([None, 7, 8])),
        verdict=draw(st.sampled_from(["human", "human", "human", "bot", "suspect"])),
        properties=properties,
    )


@st.composite
def people(draw: st.DrawFn) -> list[tuple[str, list[Act]]]:
    return draw(st.lists(st.tuples(st.sampled_from(TITLES), st.lists(acts(), max_size=12)), min_size=1, max_size=4))


class _UndoneError(Exception):
    """Ends an example, so that the next one starts from nothing."""


@pytest.mark.django_db
@settings(
    max_examples=70,
    deadline=None,
    # Without shrinking: every example is a few dozen statements.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(model=st.lists(rules(), max_size=6), base=people(), warm=st.sampled_from([0.5, 3.0, 10.0]))
def test_one_a_batch_and_all_agree_with_the_reference(
    world: World, model: list[Rule], base: list[tuple[str, list[Act]]], warm: float
) -> None:
    with organisation_scope(world.organisation.pk), suppress(_UndoneError), transaction.atomic():
        places = {7: add_touchpoint(world.organisation, "a").pk, 8: add_touchpoint(world.organisation, "b").pk}
        chosen = [_copy(rule, places) for rule in model]
        version = publish(world.organisation, *chosen, warm_from=warm, hot_from=warm * 2)
        contacts = [_person(world, n, title, done, places) for n, (title, done) in enumerate(base)]
        _compare(world, version, chosen, contacts)
        raise _UndoneError


def _compare(
    world: World, version: ModelVersion, chosen: Sequence[Rule], contacts: Sequence[tuple[Contact, list[Act]]]
) -> None:
    zone = ZoneInfo(world.organisation.time_zone)
    expected = [
        reference.score(version, chosen, done, job_title=contact.job_title, now=NOON, zone=zone)
        for contact, done in contacts
    ]
    ruleset = build_ruleset(world.organisation, version)
    for (contact, _done), (*score, given_by) in zip(contacts, expected, strict=True):
        found = explain(ruleset, contact.pk, at=NOON)
        assert found is not None
        assert [found.intent, found.fit, found.total, found.tier] == score
        acts_only = {one.rule.pk: one for one in found.contributions if one.rule.axis == "intent"}
        assert set(acts_only) == set(given_by)
        for pk, wanted in given_by.items():
            one = acts_only[pk]
            assert (one.points, one.decayed, one.raw) == pytest.approx((wanted.points, wanted.decayed, wanted.raw))
            assert (one.occurrences, one.last_at) == (wanted.occurrences, wanted.last_at)
    rescore(ruleset, [contact.pk for contact, _done in contacts], at=NOON)
    assert [list(standing(contact)) for contact, _done in contacts] == [score for *score, _given in expected]
    for contact, _done in contacts:
        contact.standing.__class__.objects.filter(pk=contact.pk).update(intent=-1, scored_at=None)
    rescore_all(world.organisation, at=NOON)
    assert [list(standing(contact)) for contact, _done in contacts] == [score for *score, _given in expected]


def _copy(rule: Rule, places: dict[int, int]) -> Rule:
    values = {field.attname: getattr(rule, field.attname) for field in Rule._meta.concrete_fields}
    values.pop("id"), values.pop("organisation_id"), values.pop("version_id")
    values["touchpoint_id"] = places.get(rule.touchpoint_id or 0)
    return Rule(**values)


def _person(
    world: World, number: int, title: str, done: list[Act], places: dict[int, int]
) -> tuple[Contact, list[Act]]:
    contact = add_contact(world.organisation, f"p{number}@example.com", job_title=title)
    placed = [Act(act.kind, act.at, places.get(act.touchpoint_id or 0), act.verdict, act.properties) for act in done]
    add_log(world.organisation, contact, placed)
    return contact, placed
