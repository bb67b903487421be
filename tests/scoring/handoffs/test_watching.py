"""The contract's clock: warned of once, late once, never in closed hours; told as each member chose."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from prm.embedded.folder import find_free_port
from prm.organisations.models import Membership, User
from prm.work.models import Wakeup
from scoring.handoffs.contracts import propose_contract, sign_contract, usual_values
from scoring.handoffs.models import Entry, Notice
from scoring.handoffs.noticing import AGAIN, keep_choice
from scoring.handoffs.watching import watch_due
from scoring.handoffs.working import log_call, note_handoff
from scoring.models import Handoff
from tests.conftest import World
from tests.nurturing.conftest import DROP, MailServer
from tests.scoring.handoffs.worlds import claimed, open_handoff

PARIS = ZoneInfo("Europe/Paris")
# A Wednesday.
TEN, ELEVEN, NOON = (datetime(2026, 12, 2, hour, tzinfo=PARIS) for hour in (10, 11, 12))
NIGHT = datetime(2026, 12, 2, 22, tzinfo=PARIS)


# Whatever is sent is sent through it.
pytestmark = pytest.mark.usefixtures("mail_server")


def sign(world: World, **values: Any) -> None:
    proposed = propose_contract(world.organisation, values={**usual_values(), **values}, by=world.admin)
    for side in ("marketing", "sales"):
        sign_contract(world.organisation, number=proposed.number, side=side, by=world.admin)


def told() -> Sequence[tuple[str, str, int | None, int]]:
    rows = Notice.objects.order_by("pk").values_list("user__full_name", "kind", "handoff_id", "number")
    return [(str(name), str(kind), handoff, number) for name, kind, handoff, number in rows]


def test_whoever_has_it_is_warned_once_and_reps_of_how_many_wait(scoped: World) -> None:
    mine = claimed(scoped.organisation, scoped.sales, email="a@x.example", warn_at=TEN, due_at=NOON)
    for email in ("b@x.example", "c@x.example"):
        open_handoff(scoped.organisation, email=email, warn_at=TEN, due_at=NOON)
    for _again in range(2):
        watch_due(scoped.organisation, at=ELEVEN)
    assert told() == [("Sales", "warning", mine.pk, 1), ("Sales", "warning", None, 2)]


def test_who_was_called_is_neither_warned_of_nor_late(scoped: World) -> None:
    handoff = claimed(scoped.organisation, scoped.sales, warn_at=TEN, due_at=NOON)
    log_call(scoped.organisation, handoff_id=handoff.pk, by=scoped.sales, outcome="message")
    watch_due(scoped.organisation, at=NOON + timedelta(hours=1))
    assert told() == []


def test_nothing_is_late_in_closed_hours_and_the_clock_looks_again_when_the_team_is_back(scoped: World) -> None:
    claimed(scoped.organisation, scoped.sales, warn_at=TEN, due_at=NOON)
    watch_due(scoped.organisation, at=NIGHT)
    assert told() == []
    assert not Handoff.objects.exclude(breached_at=None).exists()
    assert list(Wakeup.objects.filter(queue="handoff").values_list("due_at", flat=True)) == [
        datetime(2026, 12, 3, 9, tzinfo=PARIS)
    ]
    watch_due(scoped.organisation, at=datetime(2026, 12, 3, 9, tzinfo=PARIS))
    assert [kind for _name, kind, _handoff, _number in told()] == ["breach"]


def test_a_breach_goes_back_to_the_queue_and_somebody_is_told(scoped: World) -> None:
    sign(scoped, on_breach="release", escalates_to_id=scoped.admin.pk)
    handoff = claimed(scoped.organisation, scoped.sales, warn_at=TEN, due_at=NOON)
    for _again in range(2):
        watch_due(scoped.organisation, at=NOON)
    handoff.refresh_from_db()
    assert (handoff.status, handoff.claimed_by, handoff.breached_at) == ("waiting", None, NOON)
    assert told() == [("Sales", "breach", handoff.pk, 1), ("Admin", "breach", handoff.pk, 1)]
    assert list(Entry.objects.filter(handoff=handoff).order_by("pk").values_list("deed", "by_label")) == [
        ("claimed", "Sales"),
        ("released", "PRM"),
    ]


def test_a_next_step_is_reminded_of_once_and_anew_when_it_is_planned_anew(scoped: World) -> None:
    handoff = claimed(scoped.organisation, scoped.sales)
    at = timezone.now() + timedelta(days=1)
    plan: dict[str, Any] = {"handoff_id": handoff.pk, "by": scoped.sales}
    note_handoff(scoped.organisation, next_step="Send it", next_step_at=at, **plan)
    assert Wakeup.objects.filter(queue="handoff", due_at=at).count() == 1
    for _again in range(2):
        watch_due(scoped.organisation, at=at)
    note_handoff(scoped.organisation, next_step="Ask again", next_step_at=at + timedelta(days=1), **plan)
    watch_due(scoped.organisation, at=at + timedelta(days=1))
    assert [kind for _name, kind, _handoff, _number in told()].count("reminder") == 2


def test_one_mail_tells_a_member_everything_and_nothing_twice(scoped: World, mail_server: MailServer) -> None:
    User.objects.filter(pk=scoped.sales.pk).update(language="en")
    claimed(scoped.organisation, scoped.sales, email="a@x.example", warn_at=TEN, due_at=NOON)
    claimed(scoped.organisation, scoped.sales, email="b@x.example", warn_at=TEN, due_at=NOON)
    for _again in range(2):
        watch_due(scoped.organisation, at=NOON)
    (message,) = mail_server.messages()
    assert (message["To"], message["Subject"]) == (scoped.sales.email, "2 things to do in the MQL queue")
    plain = message.get_body(("plain",))
    assert plain is not None
    text = plain.get_content()
    assert text.count("Nobody called in time: Hélène") == 2
    assert f"/o/{scoped.organisation.slug}/queue/" in text


def test_a_mail_server_that_is_away_delays_the_mail_and_loses_none(
    scoped: World, mail_server: MailServer, settings: Any
) -> None:
    there, settings.EMAIL_PORT = settings.EMAIL_PORT, find_free_port(avoiding=set())
    claimed(scoped.organisation, scoped.sales, warn_at=TEN, due_at=NOON)
    before = timezone.now()
    watch_due(scoped.organisation, at=NOON)
    assert list(Notice.objects.values_list("kind", "mailed_at")) == [("breach", None)]
    (again,) = Wakeup.objects.filter(queue="handoff").values_list("due_at", flat=True)
    assert before + AGAIN <= again <= timezone.now() + AGAIN
    settings.EMAIL_PORT = there
    for _again in range(2):
        watch_due(scoped.organisation, at=NOON)
    assert mail_server.recipients == {scoped.sales.email: 1}
    # Nothing more is asked for than the look that was.
    assert Wakeup.objects.filter(queue="handoff").count() == 1


def test_a_connection_that_breaks_leaves_the_others_for_later(scoped: World, mail_server: MailServer) -> None:
    sign(scoped, on_breach="escalate", escalates_to_id=scoped.admin.pk)
    claimed(scoped.organisation, scoped.sales, warn_at=TEN, due_at=NOON)
    mail_server.manner = lambda stage, _address: DROP if stage == "body" else None
    watch_due(scoped.organisation, at=NOON)
    # What was taken without a word is never sent again, though nobody can know.
    assert Notice.objects.exclude(mailed_at=None).count() == 1
    mail_server.manner = lambda _stage, _address: None
    watch_due(scoped.organisation, at=NOON)
    assert mail_server.recipients == {scoped.sales.email: 1, scoped.admin.email: 1}


def test_an_address_that_is_refused_keeps_no_other_from_its_mail(scoped: World, mail_server: MailServer) -> None:
    sign(scoped, on_breach="escalate", escalates_to_id=scoped.admin.pk)
    claimed(scoped.organisation, scoped.sales, warn_at=TEN, due_at=NOON)
    refused = User.objects.order_by("pk").get(pk=min(scoped.sales.pk, scoped.admin.pk)).email
    mail_server.manner = lambda stage, address: "550 No" if stage == "rcpt" and address == refused else None
    for _again in range(2):
        watch_due(scoped.organisation, at=NOON)
    assert mail_server.recipients == {
        email: 1 for email in (scoped.sales.email, scoped.admin.email) if email != refused
    }
    assert not Notice.objects.filter(mailed_at=None).exists()


def test_each_is_told_as_they_chose(scoped: World, mail_server: MailServer) -> None:
    client = scoped.client(scoped.sales)
    page = client.get(scoped.path("queue/notices/")).content.decode()
    assert "Nothing yet." in page
    client.post(scoped.path("queue/notices/"), {"here": ["warning"], "by_email": [], "keep": "1"})
    claimed(scoped.organisation, scoped.sales, warn_at=TEN, due_at=NOON)
    watch_due(scoped.organisation, at=ELEVEN)
    watch_due(scoped.organisation, at=NOON)
    assert [kind for _name, kind, _handoff, _number in told()] == ["warning"]
    assert mail_server.taken == []
    assert "1 is new." in client.get(scoped.path("queue/notices/")).content.decode()
    client.post(scoped.path("queue/notices/seen/"))
    assert "Nothing new." in client.get(scoped.path("queue/notices/")).content.decode()
    keep_choice(scoped.organisation, user=scoped.sales, here=["sang"], by_email=["reminder"])
    assert "sang" not in client.get(scoped.path("queue/notices/")).content.decode()


def test_who_left_the_organisation_is_told_nothing(scoped: World) -> None:
    sign(scoped, on_breach="escalate", escalates_to_id=scoped.viewer.pk)
    Membership.objects.filter(user=scoped.viewer).delete()
    claimed(scoped.organisation, scoped.sales, due_at=NOON)
    watch_due(scoped.organisation, at=NOON)
    assert [(name, kind) for name, kind, _handoff, _number in told()] == [("Sales", "breach")]
