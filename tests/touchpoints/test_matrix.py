"""The matrix: declared or observed, now and a year ago, and where the two disagree."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from contacts.models import Contact
from prm.organisations.scope import organisation_scope
from tests.conftest import World
from tests.touchpoints.test_attribution import observe, walk
from tests.touchpoints.test_inventory import add, fill_twin, happened
from touchpoints.attribution.models import Goal, Observation, Observed
from touchpoints.matrix import Map, Place, read_map
from touchpoints.models import Touchpoint
from touchpoints.ratings.models import Aspect, RatingChange
from touchpoints.ratings.quadrants import Quadrant


def observed(world: World, *, converted: int = 200, **removals: float) -> None:
    """Write down what a worker would have observed of these touchpoints, by their codes."""
    now = timezone.now()
    observation = Observation.objects.create(
        organisation=world.organisation,
        goal=Goal.MQL,
        since=now - timedelta(days=365),
        upto=now,
        contacts=2000,
        converted=converted,
        chance=0.1,
    )
    for code, removal in removals.items():
        Observed.objects.create(
            organisation=world.organisation,
            observation=observation,
            touchpoint=Touchpoint.objects.get(code=code),
            contacts=500,
            converted=50,
            first=10,
            last=10,
            linear=10,
            position=10,
            removal=removal,
        )


def a_year_ago(one: Touchpoint, **values: float) -> None:
    """Let a touchpoint be older, and its ratings have been these."""
    long_ago = timezone.now() - timedelta(days=700)
    Touchpoint.objects.filter(pk=one.pk).update(created_at=long_ago)
    RatingChange.objects.filter(touchpoint=one).update(at=long_ago)
    for aspect, value in values.items():
        now = None if aspect == Aspect.OBSERVED else getattr(one, aspect)
        change: dict[str, Any] = {"organisation_id": one.organisation_id, "touchpoint": one, "aspect": aspect}
        RatingChange.objects.filter(touchpoint=one, aspect=aspect).delete()
        RatingChange.objects.create(**change, at=timezone.now() - timedelta(days=600), after=value)
        RatingChange.objects.create(**change, at=timezone.now() - timedelta(days=30), before=value, after=now)


def places(found: Map) -> dict[str, Place]:
    return {one.touchpoint.code: one for one in found.places}


def test_observed_importance_takes_the_place_of_the_declared(scoped: World) -> None:
    add(scoped, "Blog", importance=2, objective_quality=2)
    add(scoped, "Fair", importance=5, objective_quality=4)
    add(scoped, "Chat", importance=5, objective_quality=4)
    observed(scoped, blog=0.6, fair=0.05)
    declared = read_map(scoped.organisation, is_observed=False, with_year_ago=False)
    assert {code: one.quadrant for code, one in places(declared).items()} == {
        "blog": Quadrant.IMPROVE_LATER,
        "fair": Quadrant.PROTECT,
        "chat": Quadrant.PROTECT,
    }
    seen = read_map(scoped.organisation, is_observed=True, with_year_ago=False)
    assert {code: one.quadrant for code, one in places(seen).items()} == {
        "blog": Quadrant.FIX_FIRST,
        "fair": Quadrant.LEAVE,
        # Nobody passed it.
        "chat": None,
    }
    assert [line.touchpoint.code for line in seen.report.disagreeing] == ["fair", "blog"] if seen.report else False


def test_too_few_conversions_put_nothing_in_the_observed_matrix(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        add(world, "Blog", importance=2, objective_quality=2)
        observed(world, converted=12, blog=0.6)
    client = world.client(world.viewer)
    page = client.get(world.path("touchpoints/matrix/?importance=observed")).text
    assert "12 conversions are too few to say what matters" in page
    assert 'class="pt' not in page
    assert "too few people passed to observe its importance" in page
    assert "12 conversions are too few to contradict anybody" in client.get(world.path("touchpoints/matrix/")).text


def test_a_year_ago_stands_beside_now(scoped: World) -> None:
    one, same, new = (
        add(scoped, name, importance=4, objective_quality=4, perceived_quality=2) for name in ("Moved", "Same", "New")
    )
    a_year_ago(one, importance=2, perceived_quality=5)
    a_year_ago(same)
    RatingChange.objects.filter(touchpoint=same).delete()
    found = read_map(scoped.organisation, is_observed=False, with_year_ago=True)
    by_code = places(found)
    assert by_code["moved"].before == (4.5, 2.0)
    assert (by_code["moved"].was, by_code["moved"].quadrant) == (Quadrant.LEAVE, Quadrant.PROTECT)
    assert (by_code["same"].before, by_code["same"].has_moved) == ((3, 4), False)
    assert by_code[new.code].before is None
    assert [move.touchpoint.code for move in found.moves] == ["moved"]
    a_year_ago(one, observed=5)
    observed(scoped, moved=0.4)
    assert places(read_map(scoped.organisation, is_observed=True, with_year_ago=True))["moved"].before == (3.0, 5.0)


def test_the_address_keeps_what_is_shown(world: World) -> None:
    fill_twin(world)
    with organisation_scope(world.organisation.pk):
        one = add(world, "Quote request", importance=5, perceived_quality=2)
        other = add(world, "Trade show", channel="event", importance=2, objective_quality=4)
        a_year_ago(one, perceived_quality=4)
        contact = Contact.objects.create(organisation=world.organisation, email="a@b.example")
        for _time in range(3):
            happened(world, other, contact)
    client = world.client(world.viewer)
    page = client.get(world.path("touchpoints/matrix/")).text
    assert "?importance=observed" in page
    assert 'class="was' not in page
    assert "Trade show: importance 2, quality 4, Event, Interactions in 90 days 3" in page
    beside = client.get(world.path("touchpoints/matrix/?beside=year")).text
    assert 'class="was g1"' in beside
    assert (
        "Quote request: importance 5, quality 2, Website, Interactions in 90 days 0, a year ago importance 5" in beside
    )
    assert "quality 4 → 2" in beside
    assert "?importance=observed&amp;beside=year" in beside
    # The table has a column for what the year before was.
    assert "Quality (a year ago)" in beside
    assert client.get(world.path("touchpoints/matrix/?importance=nonsense&beside=x")).status_code == 200


def test_what_was_observed_is_remembered_where_it_changed(scoped: World) -> None:
    a, b = add(scoped, "A"), add(scoped, "B")
    for number in range(60):
        walk(scoped.organisation, [a] if number % 2 else [a, b], converts_after=1)
    for _time in range(40):
        walk(scoped.organisation, [b])
    observe(scoped)
    changes = RatingChange.objects.filter(aspect=Aspect.OBSERVED).order_by("touchpoint__name")
    told = [(one.touchpoint_id, one.before, one.by_label) for one in changes]
    assert told == [(a.pk, None, "PRM"), (b.pk, None, "PRM")]
    first = {one.touchpoint_id: one.after for one in changes}
    assert first[a.pk] == 5
    observe(scoped)
    assert RatingChange.objects.filter(aspect=Aspect.OBSERVED).count() == 2
