"""Conditions ask for interests and readings; who fades below leaves at that moment, not before and not by a sweep."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from contacts.models import Contact
from contacts.segments.keeping import keep_segments
from contacts.segments.matching import ask, match_people
from contacts.segments.models import SegmentDue
from contacts.segments.services import SegmentInput, create_segment
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from prm.work.jobs import run_jobs
from scoring.models import Axis, ModelVersion, Rule, VersionStatus
from scoring.rulesets import build_ruleset
from tests.touchpoints.contents.library import make_content
from tests.touchpoints.interests.acting import happens, looked, person, theme
from touchpoints.interests.services import set_half_life

pytestmark = pytest.mark.usefixtures("committed")


def matched(organisation: Organisation, condition: dict[str, Any], *, days: float = 0) -> list[str]:
    """Return who matches so many days from now, by their addresses."""
    with organisation_scope(organisation.pk):
        question = ask(organisation, condition, now=timezone.now() + timedelta(days=days))
        assert question.problems == ()
        everybody = match_people(question)
        assert match_people(question, list(Contact.objects.values_list("pk", flat=True))) == everybody
        return [str(Contact.objects.get(pk=pk).email).partition("@")[0] for pk in everybody]


@pytest.fixture
def interested(solvane: Organisation) -> dict[str, Any]:
    """Return a condition on the theme in which ada has 63 points, bob 39 and cleo none."""
    pumps = theme(solvane, "Pompes", "/pompes/*")
    people = [person(solvane, f"{name}@acme.example") for name in ("ada", "bob", "cleo")]
    happens(solvane, looked(people[0], seconds=570), looked(people[1], seconds=270), looked(people[2], "/else"))
    return {"field": f"interest.{pumps.pk}"}


def test_interests_are_compared_in_whole_points(solvane: Organisation, interested: dict[str, Any]) -> None:
    assert matched(solvane, interested | {"op": "gte", "value": 63}) == ["ada"]
    assert matched(solvane, interested | {"op": "is", "value": 39}) == ["bob"]
    assert matched(solvane, interested | {"op": "gt", "value": 39}) == ["ada"]
    assert matched(solvane, interested | {"op": "between", "value": [1, 50]}) == ["bob"]
    # Who did nothing of a theme is not interested in it: that is known.
    assert matched(solvane, interested | {"op": "lt", "value": 10}) == ["cleo"]
    assert matched(solvane, {"not": interested | {"op": "gte", "value": 1}}) == ["cleo"]


def test_interests_fade_in_conditions_as_on_pages(solvane: Organisation, interested: dict[str, Any]) -> None:
    above = interested | {"op": "gte", "value": 30}
    assert matched(solvane, above) == ["ada", "bob"]
    assert matched(solvane, above, days=30) == ["ada"]
    assert matched(solvane, above, days=60) == []
    with organisation_scope(solvane.pk):
        set_half_life(solvane, days=300, by=None)
    run_jobs(solvane)
    assert matched(solvane, above, days=60) == ["ada", "bob"]


def test_a_segment_is_entered_by_an_act_and_left_by_time_alone(
    solvane: Organisation, interested: dict[str, Any]
) -> None:
    with organisation_scope(solvane.pk):
        segment = create_segment(
            solvane, values=SegmentInput(name="Pumps", condition=interested | {"op": "gte", "value": 30}), by="test"
        )
        keep_segments(solvane)
        assert _members(segment.pk) == ["ada", "bob"]
        dues = dict(SegmentDue.objects.filter(segment=segment).values_list("contact_id", "due_at"))
        bob = Contact.objects.get(email="bob@acme.example").pk
    # Five points are 39; 30 is 3.567: so bob has that long.
    wanted = timezone.now() + timedelta(days=30 * 0.4872)
    assert abs(dues[bob] - wanted) < timedelta(hours=1)
    cleo = Contact.objects.get(email="cleo@acme.example")
    happens(solvane, looked(cleo, "/pompes/z", seconds=600))
    with organisation_scope(solvane.pk):
        keep_segments(solvane)
        assert _members(segment.pk) == ["ada", "bob", "cleo"]
        # The moment comes: bob's acts are older now.
        due = dues[bob] - timezone.now() + timedelta(seconds=1)
        _let_pass(due)
        keep_segments(solvane)
        assert _members(segment.pk) == ["ada", "cleo"]


def test_readings_are_asked_for(solvane: Organisation) -> None:
    ada, bob = person(solvane), person(solvane, "bob@acme.example")
    pump = make_content(solvane, "Pumps", url="https://www.acme.fr/a")
    other = make_content(solvane, "Others", url="https://www.acme.fr/b")
    happens(solvane, looked(ada, "/a"), looked(bob, "/b"))
    read = {"field": "content.read"}
    assert matched(solvane, read | {"op": "is", "value": str(pump.pk)}) == ["ada"]
    assert matched(solvane, read | {"op": "is_not", "value": str(pump.pk)}) == ["bob"]
    assert matched(solvane, read | {"op": "in", "value": [str(pump.pk), str(other.pk)]}) == ["ada", "bob"]
    assert matched(solvane, read | {"op": "is_not_set"}) == []
    with organisation_scope(solvane.pk):
        stale = ask(solvane, read | {"op": "is", "value": "999"})
        assert "does not exist" in stale.problems[0].message
        segment = create_segment(
            solvane,
            values=SegmentInput(name="Readers", condition=read | {"op": "is", "value": str(pump.pk)}),
            by="test",
        )
        keep_segments(solvane)
    happens(solvane, looked(bob, "/a"))
    with organisation_scope(solvane.pk):
        keep_segments(solvane)
        assert _members(segment.pk) == ["ada", "bob"]


def test_a_rule_of_fit_asks_for_an_interest(solvane: Organisation, interested: dict[str, Any]) -> None:
    with organisation_scope(solvane.pk):
        version = ModelVersion.objects.create(
            organisation=solvane, number=7, status=VersionStatus.DRAFT, warm_from=10, hot_from=20, minimum_fit=0
        )
        condition = {"all": [interested | {"op": "gte", "value": 50}]}
        rule = Rule(organisation=solvane, version=version, axis=Axis.FIT, name="Pumps", condition=condition, points=5)
        ruleset = build_ruleset(solvane, version, [rule])
        assert ruleset.stale == {}
        from django.db import connection  # noqa: PLC0415

        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT c.email FROM contacts_contact c WHERE {ruleset.profile[0].sql} ORDER BY 1",
                ruleset.at(timezone.now()),
            )
            assert cursor.fetchall() == [("ada@acme.example",)]


def _members(segment_id: int) -> list[str]:
    from contacts.segments.models import SegmentMember  # noqa: PLC0415

    rows = SegmentMember.objects.filter(segment=segment_id, left_at=None).order_by("contact__email")
    return [one.contact.email.partition("@")[0] for one in rows.select_related("contact")]


def _let_pass(time: timedelta) -> None:
    """Put everything that is kept with a date back by so much."""
    from django.db.models import F  # noqa: PLC0415

    from touchpoints.interests.models import Interest  # noqa: PLC0415

    bob = Contact.objects.get(email="bob@acme.example")
    Interest.objects.filter(contact=bob).update(as_of=F("as_of") - time)
    SegmentDue.objects.filter(contact_id=bob.pk).update(due_at=F("due_at") - time)
