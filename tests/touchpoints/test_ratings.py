"""Several people rate a touchpoint: what that comes to, who did not, and how it changed."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from prm.organisations.models import AuditEntry, Membership
from prm.organisations.scope import organisation_scope
from prm.work.errors import Conflict, Invalid, NotFound
from tests.conftest import World
from tests.touchpoints.test_files import read
from tests.touchpoints.test_inventory import add
from touchpoints import services as touchpoint_services
from touchpoints.files import Fate
from touchpoints.models import Channel, Touchpoint
from touchpoints.ratings import services
from touchpoints.ratings.agreement import Spread
from touchpoints.ratings.checklists import CHECKLISTS, items_of, quality_of
from touchpoints.ratings.history import Values, read_values
from touchpoints.ratings.models import Aspect, Rating, RatingChange
from touchpoints.ratings.queries import list_opinions
from touchpoints.ratings.services import Said


def say(world: World, one: Touchpoint, by: Any, **said: Any) -> Touchpoint:
    return services.rate_touchpoint(
        world.organisation,
        touchpoint_id=one.pk,
        said={Aspect(name): value if isinstance(value, Said) else Said(value) for name, value in said.items()},
        by=by,
    )


def told(one: Touchpoint, aspect: Aspect = Aspect.IMPORTANCE) -> list[tuple[float | None, ...]]:
    changes = RatingChange.objects.filter(touchpoint=one, aspect=aspect).order_by("pk")
    return [(change.own_before, change.own_after, change.before, change.after) for change in changes]


@pytest.mark.parametrize(
    ("values", "value", "is_apart"),
    [([], None, False), ([4], 4, False), ([2, 5], 3.5, True), ([1, 4, 5], 4, True), ([3, 4, 4, 3.4], 3.7, False)],
)
def test_ratings_come_to_their_median(values: list[float], value: float | None, *, is_apart: bool) -> None:
    spread = Spread(values)
    assert (spread.value, spread.is_apart) == (value, is_apart)


def test_every_channel_has_a_checklist_that_gives_1_to_5() -> None:
    assert set(CHECKLISTS) == set(Channel)
    for channel in Channel:
        items = items_of(channel)
        codes = [item.code for item in items]
        assert len(set(codes)) == len(codes) == 6
        assert quality_of(items, dict.fromkeys(codes, 2)) == 5
        assert quality_of(items, dict.fromkeys(codes, 0)) == 1
        # Two hold, one holds partly: 1 + 4 * 5 / 6; the others do not apply.
        assert quality_of(items, dict(zip(codes, (2, 2, 1), strict=False))) == 4.3
        assert quality_of(items, dict(zip(codes, (2, 2), strict=False))) is None


def test_a_touchpoints_value_is_the_median_of_its_raters(scoped: World) -> None:
    one = add(scoped, "Blog", importance=1)
    assert say(scoped, one, scoped.marketer, importance=3).importance == 3
    assert say(scoped, one, scoped.admin, importance=5).importance == 4
    assert say(scoped, one, scoped.sales, importance=5).importance == 5
    # Whoever changes their mind has one voice.
    one = say(scoped, one, scoped.sales, importance=2)
    one.refresh_from_db()
    assert one.importance == 3
    assert told(one) == [
        (None, None, None, 1),
        (None, 3, 1, 3),
        (None, 5, 3, 4),
        (None, 5, 4, 5),
        (5, 2, 5, 3),
    ]
    entry = AuditEntry.objects.filter(action="touchpoint.rate").latest("pk")
    assert (entry.actor, entry.before, entry.after) == (scoped.sales, {"importance": 5}, {"importance": 2})


def test_saying_the_same_again_changes_nothing(scoped: World) -> None:
    one = add(scoped, "Blog")
    say(scoped, one, scoped.sales, importance=Said(2, "Nobody reads it"))
    before = (told(one), AuditEntry.objects.count(), Rating.objects.get().rated_at)
    say(scoped, one, scoped.sales, importance=Said(2, "Nobody reads it"))
    assert (told(one), AuditEntry.objects.count(), Rating.objects.get().rated_at) == before


def test_what_one_takes_back_does_not_count(scoped: World) -> None:
    one = add(scoped, "Blog")
    say(scoped, one, scoped.sales, importance=2)
    say(scoped, one, scoped.admin, importance=5)
    assert say(scoped, one, scoped.sales, importance=None).importance == 5
    assert say(scoped, one, scoped.admin, importance=None).importance is None
    assert Rating.objects.count() == 0
    assert told(one)[-1] == (5, None, 5, None)


def test_a_checklist_gives_the_objective_quality(scoped: World) -> None:
    one = add(scoped, "Blog")
    answers = {"found": 2, "clear": 1, "phone": 2, "proof": 0}
    one = say(scoped, one, scoped.marketer, objective_quality=Said(1, "Slow", answers))
    assert one.objective_quality == 3.5
    rating = Rating.objects.get()
    assert (rating.answers, rating.comment, rating.value) == (answers, "Slow", 3.5)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"importance": 6}, "importance"),
        ({"importance": Said(3, "a\0b")}, "importance_comment"),
        ({"objective_quality": Said(None, "", {"found": 2, "clear": 2})}, "checklist"),
        ({"objective_quality": Said(None, "", {"found": 3, "clear": 2, "phone": 1})}, "checklist"),
        ({"objective_quality": Said(None, "", {"agenda": 2, "clear": 2, "phone": 1})}, "checklist"),
    ],
)
def test_what_is_no_rating_is_refused_whole(scoped: World, said: dict[str, Any], field: str) -> None:
    one = add(scoped, "Blog")
    with pytest.raises(Invalid) as refusal:
        say(scoped, one, scoped.marketer, **{"perceived_quality": 2, **said})
    assert set(refusal.value.fields) == {field}
    assert (Rating.objects.count(), RatingChange.objects.count()) == (0, 0)


def test_what_is_archived_is_not_rated(scoped: World) -> None:
    one = add(scoped, "Blog")
    touchpoint_services.archive_touchpoint(scoped.organisation, touchpoint_id=one.pk, by=scoped.marketer)
    with pytest.raises(Conflict):
        say(scoped, one, scoped.marketer, importance=3)
    assert Rating.objects.count() == 0


def test_once_surveys_tell_what_people_say_members_do_not(scoped: World) -> None:
    one = add(scoped, "Blog", perceived_quality=2)
    Touchpoint.objects.filter(pk=one.pk).update(perceived_quality=3.4, perceived_answers=40)
    with pytest.raises(Invalid) as refusal:
        say(scoped, one, scoped.marketer, perceived_quality=5)
    assert "surveys" in str(refusal.value.fields["perceived_quality"])
    with pytest.raises(Invalid):
        touchpoint_services.update_touchpoint(
            scoped.organisation, touchpoint_id=one.pk, values={"perceived_quality": 5}, by="Key"
        )
    one.refresh_from_db()
    assert one.perceived_quality == 3.4


def test_no_key_and_no_file_sets_what_members_settled(scoped: World) -> None:
    one = add(scoped, "Blog", importance=2)
    say(scoped, one, scoped.marketer, importance=4)
    with pytest.raises(Invalid) as refusal:
        touchpoint_services.update_touchpoint(
            scoped.organisation, touchpoint_id=one.pk, values={"importance": 1, "name": "Journal"}, by="Key"
        )
    assert set(refusal.value.fields) == {"importance"}
    assert [line.fate for line in read(scoped, "Name;Importance\nBlog;1\n").lines] == [Fate.REFUSED]
    # What is the same already is no matter; what nobody rated can be set.
    assert [line.fate for line in read(scoped, "Name;Importance;Objective quality\nBlog;4;3,5\n").lines] == [
        Fate.CHANGED
    ]
    one.refresh_from_db()
    assert (one.name, one.importance) == ("Blog", 4)


def test_opinions_name_who_may_rate_and_did_not(scoped: World) -> None:
    one = add(scoped, "Blog")
    say(scoped, one, scoped.sales, importance=2)
    importance, quality, _perceived = list_opinions(scoped.organisation, one, of=scoped.sales)
    assert [rating.value for rating in importance.ratings] == [2]
    assert importance.own is not None
    # The viewer sees everything and changes nothing.
    assert set(importance.missing) == {scoped.admin, scoped.marketer}
    assert (quality.own, len(quality.missing)) == (None, 3)


def test_what_somebody_said_who_left_can_be_taken_out(scoped: World) -> None:
    one = add(scoped, "Blog")
    say(scoped, one, scoped.sales, importance=1)
    say(scoped, one, scoped.admin, importance=5)
    rating = Rating.objects.get(rater=scoped.sales)
    with pytest.raises(Conflict):
        services.remove_rating(scoped.organisation, touchpoint_id=one.pk, rating_id=rating.pk, by=scoped.marketer)
    Membership.objects.filter(user=scoped.sales).delete()
    importance = list_opinions(scoped.organisation, one, of=scoped.admin)[0]
    assert (importance.gone, len(importance.ratings)) == (frozenset({scoped.sales.pk}), 2)
    one = services.remove_rating(scoped.organisation, touchpoint_id=one.pk, rating_id=rating.pk, by=scoped.marketer)
    assert one.importance == 5
    with pytest.raises(NotFound):
        services.remove_rating(scoped.organisation, touchpoint_id=one.pk, rating_id=rating.pk, by=scoped.marketer)


def test_ratings_are_read_as_they_were(scoped: World) -> None:
    now = timezone.now()
    old, new = add(scoped, "Old", importance=2, objective_quality=4), add(scoped, "New", importance=5)
    never = add(scoped, "Never")
    Touchpoint.objects.exclude(pk=new.pk).update(created_at=now - timedelta(days=800))
    RatingChange.objects.filter(touchpoint=old, aspect="importance").update(at=now - timedelta(days=500))
    RatingChange.objects.filter(touchpoint=old, aspect="objective_quality").delete()
    say(scoped, old, scoped.marketer, importance=5)
    with organisation_scope(scoped.twin.pk):
        twin = Touchpoint.objects.create(organisation=scoped.twin, name="Old", code="old", importance=1)
        Touchpoint.objects.filter(pk=twin.pk).update(created_at=now - timedelta(days=800))

    assert read_values(scoped.organisation, now - timedelta(days=365)) == {
        old.pk: Values(importance=2, objective_quality=4),
        never.pk: Values(),
    }
    today = read_values(scoped.organisation, timezone.now())
    assert (today[old.pk].importance, today[new.pk].importance) == (5, 5)
    # Before the first change it was what that change found.
    assert read_values(scoped.organisation, now - timedelta(days=600))[old.pk].importance is None


def test_a_sales_rep_rates_in_place_and_a_viewer_does_not(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        one = add(world, "Blog")
        say(world, one, world.admin, importance=5)
    client = world.client(world.sales)
    url = world.path(f"touchpoints/{one.pk}/rate/importance/")
    part = client.post(url, {"value": "2"}, headers={"hx-request": "true"}).text
    assert part.startswith('<section class="card" id="ratings">')
    assert "2 people, from 2 to 5: talk about it." in part
    assert 'value="2" id="own-importance-2" aria-pressed="true"' in part
    assert client.post(url, {"value": "3"})["Location"] == world.path(f"touchpoints/{one.pk}/")
    page = client.get(world.path(f"touchpoints/{one.pk}/?panels=all")).text
    assert "2 people, from 3 to 5: talk about it." in page
    assert "1 has not rated yet:" in page
    assert client.post(url, {"value": "9"}).status_code == 422
    assert client.post(world.path(f"touchpoints/{one.pk}/rate/observed/"), {"value": "3"}).status_code == 404
    assert world.client(world.viewer).post(url, {"value": "1"}).status_code == 403
    with organisation_scope(world.organisation.pk):
        assert sorted(Rating.objects.values_list("value", flat=True)) == [3, 5]


def test_the_page_of_rating_keeps_what_was_typed_and_says_what_is_missing(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        one = add(world, "Newsletter", channel="email")
    client, url = world.client(world.marketer), world.path(f"touchpoints/{one.pk}/rate/")
    assert "Leaving takes one click" in client.get(url).text
    values = {"importance": "4", "importance_comment": "Everybody reads it", "item_sender": "2", "item_leave": "0"}
    refused = client.post(url, values)
    assert refused.status_code == 422
    assert "Answer at least 3 of the 6 statements." in refused.text
    assert 'value="Everybody reads it"' in refused.text
    assert client.post(url, {**values, "item_timely": "1"})["Location"] == world.path(f"touchpoints/{one.pk}/")
    with organisation_scope(world.organisation.pk):
        one.refresh_from_db()
    assert (one.importance, one.objective_quality) == (4, 3)
    page = client.get(world.path(f"touchpoints/{one.pk}/?panels=all")).text
    assert "Everybody reads it" in page
    again = client.get(url).text
    assert 'name="item_leave" value="0" id="id_item_leave_2" checked' in again
