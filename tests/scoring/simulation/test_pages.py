"""The pages of a simulation."""

from prm.work.jobs import run_jobs
from scoring import versions
from tests.conftest import World
from tests.scoring.simulation.test_running import draft_with, simulate, two_cold_one_hot


def test_a_draft_is_simulated_and_read(scoped: World) -> None:
    first, second, _third = two_cold_one_hot(scoped)
    draft_with(scoped, 30)
    client = scoped.client(scoped.admin)
    url = scoped.path("scoring/draft/simulation/")
    assert "Not simulated yet" in client.get(url).content.decode()
    assert client.post(scoped.path("scoring/draft/simulation/start/")).status_code == 302
    assert "waiting for a worker" in client.get(url).content.decode()
    run_jobs(scoped.organisation)
    page = client.get(url).content.decode()
    assert "<b>1 contact</b> would change tier: 1 hotter, 0 cooler. Ready for sales: 1 today, 2 with the draft." in page
    assert "Too few to conclude." in page
    people = client.get(scoped.path("scoring/draft/simulation/people/"), {"was": "cold", "to": "hot"}).content.decode()
    assert first.name in people
    assert second.name not in people
    versions.set_thresholds(scoped.organisation, warm_from=5, hot_from=40, minimum_fit=0, by=scoped.admin)
    assert "The draft was changed since." in client.get(url).content.decode()


def test_a_draft_that_cannot_be_published_is_not_simulated(scoped: World) -> None:
    two_cold_one_hot(scoped)
    versions.create_draft(scoped.organisation, by=scoped.admin).rules.update(is_enabled=False)
    client = scoped.client(scoped.admin)
    page = client.post(scoped.path("scoring/draft/simulation/start/"), follow=True).content.decode()
    assert "This draft cannot be simulated yet." in page


def test_publishing_what_changed_since_it_was_shown_is_refused(scoped: World) -> None:
    two_cold_one_hot(scoped)
    draft_with(scoped, 30)
    simulate(scoped)
    client = scoped.client(scoped.admin)
    url = scoped.path("scoring/draft/publish/")
    shown = client.get(url).context["shown"]
    versions.set_thresholds(scoped.organisation, warm_from=5, hot_from=40, minimum_fit=0, by=scoped.admin)
    answer = client.post(url, {"shown": shown, "note": ""})
    assert answer.status_code == 409
    assert versions.get_draft().hot_from == 40
