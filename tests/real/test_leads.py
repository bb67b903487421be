"""The main job on 9,240 real leads: in, by the API; what they did; scored; queued; ten claimed.

`python -m pytest tests/real/test_leads.py -s` prints how long each step took (docs/real-input.md quotes a run).
"""

import csv
import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from contacts.models import Contact, Standing, Tier
from prm.organisations.api_keys import create_key
from prm.organisations.scope import organisation_scope
from prm.organisations.services import create_organisation
from prm.reactions import CONSUMERS
from prm.work.jobs import run_jobs
from scoring.models import Handoff
from scoring.versions import create_draft, publish_draft, set_thresholds
from tests.conftest import World
from tests.contacts.files import bring_in, counts
from touchpoints.consuming import consume
from touchpoints.models import Interaction

LEADS = Path(settings.BASE_DIR).parent / "shared" / "data" / "leads" / "x_education_leads.csv"
pytestmark = [pytest.mark.real, pytest.mark.skipif(not LEADS.is_file(), reason="the real files are not here")]

# The file's last activity as a kind of interaction. What the school did itself (SMS sent, converted) is none.
KINDS = {
    "Email Opened": "email_opened",
    "Olark Chat Conversation": "chat",
    "Page Visited on Website": "page_view",
    "Email Bounced": "email_bounced",
    "Email Link Clicked": "email_clicked",
    "View in browser link Clicked": "email_clicked",
    "Form Submitted on Website": "form_sent",
    "Unsubscribed": "unsubscribed",
    "Had a Phone Conversation": "call",
    "Visited Booth in Tradeshow": "event",
}
MOST_VISITS = 20


@contextmanager
def timed(what: str, log: list[str]) -> Iterator[None]:
    start = time.perf_counter()
    yield
    log.append(f"{what}: {time.perf_counter() - start:.1f} s")


def acts_of(lead: dict[str, str]) -> Iterator[dict[str, Any]]:
    """One page view for each visit, a day apart, then the last activity; the file has no dates."""
    contact = {"external_id": lead["Prospect ID"]}
    now = datetime.now(UTC)
    visits = min(int(float(lead["TotalVisits"] or 0)), MOST_VISITS)
    for number in range(visits):
        at = (now - timedelta(days=number + 1)).isoformat()
        yield {"kind": "page_view", "contact": contact, "occurred_at": at, "key": f"{lead['Prospect ID']}:v{number}"}
    kind = KINDS.get(lead["Last Activity"])
    if kind:
        at = (now - timedelta(hours=1)).isoformat()
        yield {"kind": kind, "contact": contact, "occurred_at": at, "key": f"{lead['Prospect ID']}:last"}


def test_real_leads_come_in_are_scored_queued_and_claimed(committed: None, world: World) -> None:
    log: list[str] = []
    leads = list(csv.DictReader(LEADS.open(encoding="utf-8")))
    school = create_organisation(name="School", slug="school", admin=world.admin, language="en")
    with organisation_scope(school.pk):
        _key, token = create_key(school, name="site", scopes=["all"], by=world.admin)
        with timed("9,240 rows imported", log):
            assert counts(bring_in(school, LEADS.read_bytes())) == (9240, 0, 0, 0)
    client = Client(headers={"authorization": f"Bearer {token}"})

    with timed("500 of them sent once more by the API, one call each", log):
        for lead in leads[:500]:
            body = {"external_id": lead["Prospect ID"], "source": lead["Lead Source"]}
            answer = client.post("/api/v1/contacts", json.dumps(body), content_type="application/json")
            assert answer.status_code == 200, answer.content
    with organisation_scope(school.pk):
        assert Contact.objects.count() == 9240

    acts = [act for lead in leads for act in acts_of(lead)]
    taken: Counter[str] = Counter()
    with timed(f"{len(acts):,} interactions sent by the API, 1,000 a call", log):
        for start in range(0, len(acts), 1000):
            body = {"items": acts[start : start + 1000]}
            answer = client.post("/api/v1/interactions", json.dumps(body), content_type="application/json")
            assert answer.status_code == 202
            taken.update({name: answer.json()[name] for name in ("accepted", "duplicate", "rejected")})
    assert taken == {"accepted": len(acts), "duplicate": 0, "rejected": 0}
    with timed("all of them through every consumer", log):
        handled = consume(school, CONSUMERS)
    assert handled >= len(acts) * len(CONSUMERS)

    with organisation_scope(school.pk):
        # This file's acts are few and weak: the school calls who sent a form or came to a stand.
        create_draft(school, by=world.admin)
        set_thresholds(school, warm_from=3, hot_from=9, minimum_fit=0, by=world.admin)
        publish_draft(school, by=world.admin)
    with timed("a model with lower thresholds published, everybody rescored", log):
        run_jobs(school)

    with organisation_scope(school.pk):
        assert Interaction.objects.filter(verdict="human").count() == len(acts)
        tiers = Counter(Standing.objects.values_list("tier", flat=True))
        assert sum(tiers.values()) == 9240
        assert tiers[Tier.COLD] > tiers[Tier.HOT]
        stages = Counter(Contact.objects.values_list("stage", flat=True))
        engaging = ("chat", "email_clicked", "form_sent", "call", "event")
        engaged = {act["contact"]["external_id"] for act in acts if act["kind"] in engaging and act["kind"] != "chat"}
        assert stages["suspect"] == 9240 - len(engaged)
        waiting = list(Handoff.objects.filter(status="waiting").order_by("-total", "opened_at", "pk")[:10])
        log.append(
            f"tiers: cold {tiers[Tier.COLD]:,}, warm {tiers[Tier.WARM]:,}, hot {tiers[Tier.HOT]:,};"
            f" stages: {dict(stages)}; queue: {Handoff.objects.filter(status='waiting').count()}"
        )
    with timed("ten claimed", log):
        assert len(waiting) == 10
        for one in waiting:
            assert client.post(f"/api/v1/handoffs/{one.pk}/claim").status_code == 200
    print("\n".join(log))  # noqa: T201  (asked for with -s)
