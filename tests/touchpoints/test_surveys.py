"""Surveys of one question: who answers, how often, and what becomes of it."""

import re
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone

from contacts.doubles.merging import merge_contacts
from contacts.models import Contact
from contacts.rights.erasing import erase_contacts
from prm.organisations.scope import organisation_scope
from prm.work.errors import Conflict, Invalid, NotFound
from tests.conftest import World
from tests.touchpoints.test_inventory import add
from tests.touchpoints.tracking.sending import CHROME
from touchpoints.actions.effects import Mean, Verdict, difference_of_means
from touchpoints.merging import merge_touchpoints
from touchpoints.models import Interaction, Touchpoint
from touchpoints.ratings.models import Aspect, RatingChange
from touchpoints.ratings.services import Said, rate_touchpoint
from touchpoints.surveys import services, tokens
from touchpoints.surveys.answering import Given, keep_answer
from touchpoints.surveys.figures import Results, is_delight, is_irritant, quality_of
from touchpoints.surveys.guarding import MOST_OF_ADDRESS
from touchpoints.surveys.models import Answer, Scale, Survey
from touchpoints.surveys.perceiving import settle_perceived
from touchpoints.surveys.queries import hear


def ask(world: World, one: Touchpoint, **values: Any) -> Survey:
    return services.create_survey(
        world.organisation,
        values={"touchpoint_id": one.pk, "question": "How was it?", "language": "en", **values},
        by=world.marketer,
    )


def answer(world: World, survey: Survey, score: int, *, nonce: str = "", **more: Any) -> Answer:
    nonce = nonce or f"n{Answer.objects.count()}"
    return keep_answer(world.organisation, survey, Given(score, nonce, "page", **more))


def person(world: World, email: str = "a@b.example") -> Contact:
    return Contact.objects.create(organisation=world.organisation, email=email)


@pytest.fixture
def client() -> Client:
    """A person's browser: programs do not count."""
    return Client(headers={"user-agent": CHROME})


@pytest.fixture
def read() -> Callable[[str], str]:
    """Take the token of a page as one who read it for two seconds."""

    def aged(page: str) -> str:
        found = re.search(r'name="token" value="([^"]+)"', page)
        assert found is not None
        survey_id, nonce, shown = signing.loads(found[1], salt="surveys.page")
        return signing.dumps([survey_id, nonce, shown - 2], salt="surveys.page")

    return aged


# --- Figures ----------------------------------------------------------------------------------


def test_both_scales_come_to_1_to_5() -> None:
    assert [quality_of(Scale.SATISFACTION, score) for score in range(1, 6)] == [1, 2, 3, 4, 5]
    assert [quality_of(Scale.RECOMMENDATION, score) for score in (0, 5, 9, 10)] == [1, 3, 4.6, 5]
    assert [is_delight(Scale.RECOMMENDATION, score) for score in (8, 9)] == [False, True]
    assert [is_irritant(Scale.RECOMMENDATION, score) for score in (6, 7)] == [True, False]
    assert [is_irritant(Scale.SATISFACTION, score) for score in (2, 3)] == [True, False]


def test_the_net_promoter_score_has_its_interval() -> None:
    """50 promoters, 30 passives, 20 detractors: 30; adjusted Wald: (50.75 - 20.75) / 103 = 29.13, half 15.07."""
    results = Results(Scale.RECOMMENDATION, {10: 30, 9: 20, 8: 30, 3: 20})
    assert (results.net_promoters, results.delights, results.irritants) == (30, 50, 20)
    low, high = results.interval
    assert (round(low, 1), round(high, 1)) == (14.1, 44.2)
    assert not Results(Scale.RECOMMENDATION, {10: 9}).is_known


def test_a_difference_of_means_is_judged_by_welchs_interval() -> None:
    """20 answers of 3 and 4 by halves, then of 4 and 5: 1 more; variance 5 / 19, half 2.024 * sqrt(2 * 5 / 19 / 20)."""
    before = Mean(20, 70, 10 * 9 + 10 * 16)
    after = Mean(20, 90, 10 * 16 + 10 * 25)
    found = difference_of_means(before, after)
    assert (found.value, round(found.low, 2), round(found.high, 2)) == (1, 0.67, 1.33)
    assert found.verdict == Verdict.GAIN
    assert difference_of_means(after, before).verdict == Verdict.LOSS
    assert difference_of_means(before, before).verdict == Verdict.NOISE
    assert difference_of_means(Mean(9, 36, 144), after).verdict == Verdict.TOO_FEW


# --- Answers ----------------------------------------------------------------------------------


def test_an_answer_is_an_interaction_at_the_touchpoint(scoped: World) -> None:
    one, who = add(scoped, "Blog"), person(scoped)
    survey = ask(scoped, one)
    kept = answer(scoped, survey, 4, contact_id=who.pk, words="  Fine\r\nreally\0 ")
    assert (kept.words, kept.quality, kept.touchpoint_id) == ("Fine\nreally\ufffd", 4, one.pk)
    act = Interaction.objects.get()
    assert (act.kind, act.contact_id, act.touchpoint_id) == ("survey_answer", who.pk, one.pk)
    assert act.properties == {"score": 4, "scale": "satisfaction", "survey": survey.pk}


def test_a_person_answers_once_in_a_period(scoped: World) -> None:
    one, who = add(scoped, "Blog"), person(scoped)
    survey, again = ask(scoped, one, period_days=30), ask(scoped, one)
    first = answer(scoped, survey, 2, contact_id=who.pk)
    assert answer(scoped, survey, 5, contact_id=who.pk).pk == first.pk
    # Another survey of the touchpoint asks the same person the same thing.
    assert answer(scoped, again, 3, contact_id=who.pk).pk == first.pk
    assert (Answer.objects.get().score, Interaction.objects.count()) == (3, 1)
    Answer.objects.update(answered_at=timezone.now() - timedelta(days=31))
    assert answer(scoped, survey, 4, contact_id=who.pk).pk != first.pk
    assert answer(scoped, survey, 4, contact_id=person(scoped, "c@d.example").pk).pk != first.pk
    assert Interaction.objects.count() == 3


def test_the_same_page_sent_twice_is_one_answer(scoped: World) -> None:
    survey = ask(scoped, add(scoped, "Blog"))
    assert answer(scoped, survey, 2, nonce="x").pk == answer(scoped, survey, 4, nonce="x").pk
    assert (Answer.objects.get().score, Interaction.objects.count()) == (4, 1)


def test_enough_answers_are_the_perceived_quality(scoped: World) -> None:
    one = add(scoped, "Blog")
    rate_touchpoint(scoped.organisation, touchpoint_id=one.pk, said={Aspect.PERCEIVED: Said(5)}, by=scoped.marketer)
    survey, nps = ask(scoped, one), ask(scoped, one, scale=Scale.RECOMMENDATION)
    for score in (1, 2, 2, 3, 4, 4, 4, 5):
        answer(scoped, survey, score)
    answer(scoped, nps, 10)
    settle_perceived(scoped.organisation)
    one.refresh_from_db()
    assert (one.perceived_quality, one.perceived_answers) == (5, 0)
    answer(scoped, nps, 5)
    settle_perceived(scoped.organisation)
    settle_perceived(scoped.organisation)
    one.refresh_from_db()
    # 25 of eight on the one scale, 5 and 3 of two on the other.
    assert (one.perceived_quality, one.perceived_answers) == (3.3, 10)
    changes = RatingChange.objects.filter(aspect=Aspect.PERCEIVED).order_by("pk")
    assert [(change.before, change.after, change.by_label) for change in changes] == [
        (None, 5, str(scoped.marketer)),
        (5, 3.3, "PRM"),
    ]
    # Old answers leave the window: what members estimate counts again.
    Answer.objects.update(answered_at=timezone.now() - timedelta(days=181))
    settle_perceived(scoped.organisation)
    one.refresh_from_db()
    assert (one.perceived_quality, one.perceived_answers) == (5, 0)


def test_what_people_say_is_parted_into_delights_and_irritants(scoped: World) -> None:
    one = add(scoped, "Blog")
    survey = ask(scoped, one)
    for score, words in ((5, "Clear"), (4, ""), (3, "So so"), (1, "Slow"), (2, "Long")):
        answer(scoped, survey, score, words=words)
    voices = hear(scoped.organisation, one)
    assert [said.words for said in voices.delights] == ["Clear"]
    assert [said.words for said in voices.irritants] == ["Long", "Slow"]
    assert (voices.total, voices.results[0].is_known) == (5, False)


def test_a_merged_touchpoint_brings_its_surveys_along(scoped: World) -> None:
    gone, kept = add(scoped, "Blog"), add(scoped, "Journal")
    survey = ask(scoped, gone)
    answer(scoped, survey, 4)
    merge_touchpoints(scoped.organisation, gone_id=gone.pk, kept_id=kept.pk, by=scoped.marketer)
    survey.refresh_from_db()
    assert (survey.touchpoint_id, Answer.objects.get().touchpoint_id) == (kept.pk, kept.pk)


def test_erasing_somebody_keeps_the_score_and_nothing_of_them(scoped: World) -> None:
    who = person(scoped)
    survey = ask(scoped, add(scoped, "Blog"))
    answer(scoped, survey, 1, contact_id=who.pk, words="I am Camille, and it was slow")
    erase_contacts(scoped.organisation, contact_ids=[who.pk], by=scoped.admin)
    kept = Answer.objects.get()
    assert (kept.score, kept.words, kept.contact_id) == (1, "", None)


def test_two_that_are_one_person_keep_their_answers(scoped: World) -> None:
    one, two = person(scoped), person(scoped, "c@d.example")
    survey = ask(scoped, add(scoped, "Blog"))
    answer(scoped, survey, 1, contact_id=two.pk)
    merge_contacts(
        scoped.organisation, contact_ids=[one.pk, two.pk], survivor_id=one.pk, take={"email": one.pk}, by=scoped.admin
    )
    assert Answer.objects.get().contact_id == one.pk


# --- Asking -----------------------------------------------------------------------------------


def test_an_empty_question_is_the_usual_one_in_the_surveys_language(scoped: World) -> None:
    one = add(scoped, "Blog")
    assert ask(scoped, one, question="").question == "How satisfied are you with “Blog”?"
    asked = ask(scoped, one, question=" ", scale=Scale.RECOMMENDATION, language="fr")
    assert asked.question == "Après « Blog », nous recommanderiez-vous\u202f?".replace("« ", "«\u202f").replace(
        " »", "\u202f»"
    )


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"touchpoint_id": 0}, "touchpoint"),
        ({"hosts": ["https://acme.example/x"]}, "hosts"),
        ({"period_days": 0}, "period_days"),
        ({"question": "a\0"}, "question"),
        ({"scale": "stars"}, "scale"),
        ({"language": "xx"}, "language"),
    ],
)
def test_what_cannot_be_asked_is_refused(scoped: World, values: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        ask(scoped, add(scoped, "Blog"), **values)
    assert set(refusal.value.fields) == {field}
    assert Survey.objects.count() == 0


def test_what_was_answered_keeps_its_scale(scoped: World) -> None:
    survey = ask(scoped, add(scoped, "Blog"))
    answer(scoped, survey, 4)
    with pytest.raises(Conflict):
        services.update_survey(
            scoped.organisation, survey_id=survey.pk, values={"scale": Scale.RECOMMENDATION}, by=None
        )
    changed = services.update_survey(scoped.organisation, survey_id=survey.pk, values={"question": "And now?"}, by=None)
    assert changed.question == "And now?"
    with pytest.raises(NotFound):
        services.set_open(scoped.organisation, survey_id=survey.pk + 999, is_open=False, by=None)


# --- Public pages -----------------------------------------------------------------------------


def test_one_press_answers_and_words_may_follow(world: World, client: Client, read: Callable[[str], str]) -> None:
    with organisation_scope(world.organisation.pk):
        survey = ask(world, add(world, "Blog"))
    address = f"/q/{tokens.address_of(survey)}/"
    page = client.get(address)
    assert page.text.count('name="score"') == 5
    assert "<script" not in page.text
    assert not page.cookies
    done = client.post(address, {"token": read(page.text), "score": "2"})
    assert done.status_code == 303
    said = client.post(done["Location"], {"words": "Too long"})
    assert "Your words are kept." in said.text
    with organisation_scope(world.organisation.pk):
        kept = Answer.objects.get()
    assert (kept.score, kept.words, kept.contact_id, kept.way) == (2, "Too long", None, "page")
    # The browser is known by a cookie of this page alone: another answer takes the place of its first.
    page = client.get(address)
    assert "You answered 2. Another answer takes its place." in page.text
    assert client.post(address, {"token": read(page.text), "score": "4"}).status_code == 303
    other = Client(headers={"user-agent": CHROME})
    assert other.post(address, {"token": read(other.get(address).text), "score": "5"}).status_code == 303
    with organisation_scope(world.organisation.pk):
        assert sorted(Answer.objects.values_list("score", "words")) == [(4, "Too long"), (5, "")]


@pytest.mark.parametrize("given", ["no token", "another survey's", "too fast", "trap", "old"])
def test_what_no_person_sent_is_shown_once_more_and_not_kept(
    world: World, client: Client, read: Callable[[str], str], given: str
) -> None:
    with organisation_scope(world.organisation.pk):
        one = add(world, "Blog")
        survey, other = ask(world, one), ask(world, one)
    address = f"/q/{tokens.address_of(survey)}/"
    page = client.get(address).text
    token = {
        "no token": "",
        "another survey's": read(client.get(f"/q/{tokens.address_of(other)}/").text),
        "too fast": tokens.make_page_token(survey),
        "trap": read(page),
        "old": signing.dumps([survey.pk, "x", time.time() - 90_000], salt="surveys.page"),
    }[given]
    sent = {"token": token, "score": "3", **({"prm_website": "http://spam"} if given == "trap" else {})}
    again = client.post(address, sent)
    assert again.status_code == 409
    assert "Confirm: 3 out of 5" in again.text
    with organisation_scope(world.organisation.pk):
        assert Answer.objects.count() == 0


def test_nonsense_is_no_answer(world: World, client: Client, read: Callable[[str], str]) -> None:
    with organisation_scope(world.organisation.pk):
        survey = ask(world, add(world, "Blog"))
    address = f"/q/{tokens.address_of(survey)}/"
    token = read(client.get(address).text)
    for score in ("0", "6", "x", "", "²"):
        assert client.post(address, {"token": token, "score": score}).status_code == 422
    for gone in ("/q/nothing/", f"/q/{world.organisation.pk}-x/", f"/q/{world.twin.pk}-{survey.key}/", "/q/m/abc/"):
        assert client.get(gone).status_code == 404
    with organisation_scope(world.organisation.pk):
        assert Answer.objects.count() == 0
        services.set_open(world.organisation, survey_id=survey.pk, is_open=False, by=None)
    assert "This survey is over" in client.get(address).text
    assert client.post(address, {"token": token, "score": "3"}).status_code == 410


def test_a_flood_of_one_address_is_stopped(world: World, client: Client, read: Callable[[str], str]) -> None:
    with organisation_scope(world.organisation.pk):
        survey = ask(world, add(world, "Blog"))
    address = f"/q/{tokens.address_of(survey)}/"
    token = read(client.get(address).text)
    codes = [client.post(address, {"token": token, "score": "3"}).status_code for _n in range(MOST_OF_ADDRESS + 1)]
    assert (codes[0], codes[-2], codes[-1]) == (303, 303, 429)


def test_a_persons_own_link_answers_only_when_pressed(world: World, client: Client, read: Callable[[str], str]) -> None:
    with organisation_scope(world.organisation.pk):
        who = person(world)
        survey = ask(world, add(world, "Blog"), scale=Scale.RECOMMENDATION)
    url = tokens.personal_url(tokens.Person(world.organisation.pk, survey.pk, who.pk)).partition("/q/")[2]
    # What a mail scanner does: it opens every link.
    for score in range(11):
        page = client.get(f"/q/{url}?s={score}")
    assert "Confirm: 10 out of 10" in page.text
    with organisation_scope(world.organisation.pk):
        assert Answer.objects.count() == 0
    assert client.post(f"/q/{url}", {"token": read(page.text), "score": "9"}).status_code == 303
    with organisation_scope(world.organisation.pk):
        kept = Answer.objects.get()
        assert (kept.contact_id, kept.score, kept.way) == (who.pk, 9, "mail")
        assert Interaction.objects.get().contact_id == who.pk
    assert client.get(f"/q/m/{url[2:-3]}xx/").status_code == 404


def test_the_link_of_a_test_message_keeps_nothing(world: World, client: Client, read: Callable[[str], str]) -> None:
    with organisation_scope(world.organisation.pk):
        survey = ask(world, add(world, "Blog"))
    url = tokens.personal_url(tokens.Person(world.organisation.pk, survey.pk, 0)).partition("/q/")[2]
    page = client.get(f"/q/{url}?s=4").text
    assert "This is the link of a test message" in page
    done = client.post(f"/q/{url}", {"token": read(page), "score": "4"}, follow=True)
    assert "In a real message your answer would be kept now." in done.text
    with organisation_scope(world.organisation.pk):
        assert Answer.objects.count() == 0


def test_only_the_sites_named_show_the_frame(world: World, client: Client, read: Callable[[str], str]) -> None:
    with organisation_scope(world.organisation.pk):
        survey = ask(world, add(world, "Blog"), hosts=["www.acme.example", "*.acme.example"])
    address = f"/q/{tokens.address_of(survey)}/"
    page = client.get(address)
    assert page["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
    framed = client.get(f"{address}frame/")
    assert "X-Frame-Options" not in framed
    assert (
        "frame-ancestors 'self' https://www.acme.example http://www.acme.example" in framed["Content-Security-Policy"]
    )
    done = client.post(f"{address}frame/", {"token": read(framed.text), "score": "4"})
    assert done["Location"].endswith("?frame=1")
    assert "X-Frame-Options" not in client.get(done["Location"])
    assert client.post(done["Location"], {"words": "Good"}).status_code == 200
    with organisation_scope(world.organisation.pk):
        assert (Answer.objects.get().way, Answer.objects.get().words) == ("frame", "Good")


# --- Members' pages ---------------------------------------------------------------------------


def test_a_marketer_asks_and_reads_what_was_answered(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        one = add(world, "Blog")
    client = world.client(world.marketer)
    assert "Nobody was asked yet" in client.get(world.path("touchpoints/surveys/")).text
    values = {"touchpoint": one.pk, "scale": "satisfaction", "language": "en", "period_days": "90", "question": ""}
    made = client.post(world.path("touchpoints/surveys/new/"), {**values, "hosts": "WWW.acme.example\n"})
    with organisation_scope(world.organisation.pk):
        survey = Survey.objects.get()
        for number in range(12):
            answer(world, survey, 4 if number % 2 else 1, words=f"Words {number}")
    assert made["Location"] == world.path(f"touchpoints/surveys/{survey.pk}/")
    assert survey.hosts == ["www.acme.example"]
    page = client.get(made["Location"]).text
    assert "Satisfaction <b>2.5 out of 5</b> (12 answers)." in page
    assert f"[survey {survey.pk}: 1-5]" in page
    irritants = client.get(f"{made['Location']}?kind=irritants").text
    assert ("Words 0" in irritants, "Words 1<" in irritants) == (True, False)
    detail = client.get(world.path(f"touchpoints/{one.pk}/?panels=all")).text
    assert "Delighted (4, 5): 6. Irritated (1, 2): 6." in detail
    assert client.post(world.path(f"touchpoints/surveys/{survey.pk}/close/")).status_code == 302
    assert world.client(world.viewer).post(world.path("touchpoints/surveys/new/"), values).status_code == 403
