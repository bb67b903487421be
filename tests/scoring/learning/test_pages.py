"""The page of learning and its routes of the API."""

import json

from django.test import Client

from prm.organisations.api_keys import create_key
from prm.work.jobs import run_jobs
from scoring import versions
from scoring.models import ModelVersion, VersionStatus
from tests.conftest import World
from tests.scoring.learning.bases import grow_base
from tests.scoring.learning.test_learning import TRUTH, learn, publish_truth


def test_weights_are_learned_read_and_taken_over(scoped: World) -> None:
    publish_truth(scoped)
    grow_base(scoped.organisation, 900, TRUTH)
    client = scoped.client(scoped.admin)
    url = scoped.path("scoring/learning/")
    assert "Nothing learned yet" in client.get(url).content.decode()
    assert (
        client.post(scoped.path("scoring/learning/start/"), {"goal": "customer", "among": "active"}).status_code == 302
    )
    assert "waiting for a worker" in client.get(url).content.decode()
    run_jobs(scoped.organisation)
    answer = client.get(url)
    page = answer.content.decode()
    assert "learned weights put that one first" in page
    assert "It may be nothing: the interval holds 0." in page
    assert "It speaks the other way than today" in page
    draft = versions.get_draft()
    rule = draft.rules.get(kind="download")
    take = scoped.path(f"scoring/learning/{answer.context['learning'].pk}/take-over/")
    page = client.post(take, {"rule": rule.pk}, follow=True).content.decode()
    assert "1 rule of the draft has its learned points. Nothing moves until it is published." in page
    rule.refresh_from_db()
    assert 2 < rule.points < 8
    assert not client.post(take, {}, follow=True).context["version"].note.startswith("Points of 0")


def test_rules_that_changed_are_said(scoped: World) -> None:
    publish_truth(scoped)
    grow_base(scoped.organisation, 300, {"webinar": 2.0})
    found = learn(scoped)
    rule = found.version.rules.get(kind="webinar")
    versions.save_rule(scoped.organisation, axis="intent", values={"window_days": 30}, by=scoped.admin, rule_id=rule.pk)
    page = scoped.client(scoped.admin).get(scoped.path("scoring/learning/")).content.decode()
    assert "The rules were changed since." in page
    assert "Take over into" not in page


def test_a_draft_of_nothing_is_not_learned_for(scoped: World) -> None:
    publish_truth(scoped)
    versions.create_draft(scoped.organisation, by=scoped.admin).rules.update(is_enabled=False)
    asked = {"goal": "customer", "among": "active"}
    client = scoped.client(scoped.admin)
    page = client.post(scoped.path("scoring/learning/start/"), asked, follow=True).content.decode()
    assert "Nothing can be learned for this draft yet." in page
    page = client.post(scoped.path("scoring/learning/start/"), {"goal": "x"}, follow=True).content.decode()
    assert "Choose what counts as converted, and who is compared." in page


def test_a_viewer_reads_and_changes_nothing(scoped: World) -> None:
    publish_truth(scoped)
    grow_base(scoped.organisation, 300, {"webinar": 2.0})
    found = learn(scoped)
    client = scoped.client(scoped.viewer)
    page = client.get(scoped.path("scoring/learning/")).content.decode()
    assert "learned weights put that one first" in page
    assert "Take over into" not in page
    assert client.post(scoped.path(f"scoring/learning/{found.pk}/take-over/"), {"rule": 1}).status_code == 403


def test_programs_learn_and_take_over(scoped: World) -> None:
    publish_truth(scoped)
    grow_base(scoped.organisation, 300, {"webinar": 2.0, "download": 1.0})
    _key, token = create_key(scoped.organisation, name="lab", scopes=("all",), by=None)
    client = Client(headers={"authorization": f"Bearer {token}"})
    url = "/api/v1/scoring/draft/learn"
    started = client.post(url, json.dumps({"goal": "customer"}), content_type="application/json")
    assert (started.status_code, started.json()["status"]) == (202, "waiting")
    run_jobs(scoped.organisation)
    found = client.get(url).json()
    assert found["status"] == "done"
    ids = {name: int(pk) for pk, name in found["rules"].items()}
    body = json.dumps({"rules": [ids["download 10"]]})
    taken = client.post(f"{url}/take-over", body, content_type="application/json")
    assert taken.json() == {"changed": 1}
    assert ModelVersion.objects.get(status=VersionStatus.DRAFT).rules.get(name="download 10").points != 10
