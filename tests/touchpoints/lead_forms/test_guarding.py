"""Programs, floods and old pages: told from people without asking anybody, and nothing of a person's is lost."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache

from contacts.models import Contact
from prm.organisations.models import Organisation
from prm.work.cache import TolerantRedisCache
from tests.touchpoints.lead_forms.builders import address, latest, make_form, token, visitor
from touchpoints.lead_forms.document import Element, ElementKind, QuestionType
from touchpoints.lead_forms.guarding import MOST_OF_ADDRESS, MOST_OF_NETWORK, TRAP, is_disposable, is_free, network_of
from touchpoints.lead_forms.models import FormDay, FormVersion, Submission
from touchpoints.lead_forms.processing import process_due
from touchpoints.lead_forms.starting import Start

NAUGHTY = Path(settings.BASE_DIR).parent / "shared" / "data" / "bad_input" / "naughty_strings.json"


def test_who_fills_in_what_nobody_sees_is_kept_as_spam(solvane: Organisation) -> None:
    form = make_form(solvane)
    robot = visitor(form)

    page = robot.look().content.decode()
    answer = robot.send(email="robot@acme.example", **{TRAP: "https://spam.example"})

    assert 'class="lead-trap" aria-hidden="true"' in page
    assert 'tabindex="-1" autocomplete="off"' in page
    # A program learns nothing from the answer.
    assert answer.status_code == 303
    assert (latest().status, latest().reason, latest().answers) == ("spam", "trap", {"email": "robot@acme.example"})
    assert process_due(solvane) == 0
    assert Contact.objects.count() == 0
    assert sum(FormDay.objects.values_list("sent", flat=True)) == 0


def test_who_is_quicker_than_anybody_reads_is_kept_as_spam(solvane: Organisation) -> None:
    form = make_form(solvane)
    robot = visitor(form)
    data = {**robot.fill(email="robot@acme.example"), "prm_token": token(form, seconds_ago=0.5)}

    assert robot.post(data).status_code == 303
    assert (latest().status, latest().reason) == ("spam", "too_fast")


def test_a_page_that_was_open_too_long_is_sent_at_the_second_try(solvane: Organisation) -> None:
    form = make_form(solvane, start=Start.CONTACT)
    ines = visitor(form)
    old = {**ines.fill(email="ines@acme.example", message="Écrit hier"), "prm_token": token(form, seconds_ago=90_000)}

    answer = ines.post(old)
    page = answer.content.decode()

    assert answer.status_code == 409
    assert "This page was open for a long time. All you typed is here" in page
    assert "Écrit hier" in page
    assert Submission.objects.count() == 0
    fresh = page.partition('name="prm_token" value="')[2].partition('"')[0]
    assert fresh != old["prm_token"]
    # At once: the trap of time is not for those who were told to send it again... two seconds are soon over.
    assert ines.post({**old, "prm_token": token(form, seconds_ago=3)}).status_code == 303
    assert latest().answers["message"] == "Écrit hier"


@pytest.mark.parametrize("forged", ["", "x", "a:b:c", "é", "W10:1tK:sig", "\x00"])
def test_a_token_that_was_not_made_here_is_asked_for_again(solvane: Organisation, forged: str) -> None:
    form = make_form(solvane)
    answer = visitor(form).post({"email": "ines@acme.example", "prm_token": forged})
    assert answer.status_code == 409
    assert 'value="ines@acme.example"' in answer.content.decode()
    assert Submission.objects.count() == 0


def test_addresses_for_a_few_minutes_and_where_asked_free_ones_are_refused(solvane: Organisation) -> None:
    lenient = make_form(solvane)
    strict = make_form(solvane, refuses_free=True)

    assert "lives for minutes only" in visitor(lenient).send(email="a@mailinator.com").content.decode()
    assert visitor(lenient).send(email="a@gmail.com").status_code == 303
    assert "address of your company" in visitor(strict).send(email="a@gmail.com").content.decode()
    assert visitor(strict).send(email="a@acme.example").status_code == 303
    assert is_disposable("x@sub.mailinator.com")
    assert is_free("x@orange.fr")
    assert not is_free("x@solvane.fr")


def test_a_flood_from_one_address_waits_and_keeps_what_it_typed(solvane: Organisation) -> None:
    form, other = make_form(solvane), make_form(solvane)
    ines = visitor(form)
    for number in range(MOST_OF_ADDRESS):
        assert ines.send(email=f"a{number}@acme.example").status_code == 303

    answer = ines.send(email="last@acme.example")

    assert (answer.status_code, answer["Retry-After"]) == (429, "600")
    assert 'value="last@acme.example"' in answer.content.decode()
    assert Submission.objects.count() == MOST_OF_ADDRESS
    assert visitor(other).send(email="a@acme.example").status_code == 303


def test_a_flood_waits_although_the_cache_is_away(solvane: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens at this port: what Valkey counted is nothing, what the database kept still holds."""
    form = make_form(solvane)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        gone = TolerantRedisCache(f"redis://127.0.0.1:{nobody.getsockname()[1]}/0", settings.CACHES["default"])
        for name in ("add", "incr"):
            monkeypatch.setattr(cache, name, getattr(gone, name))
        ines = visitor(form)
        assert ines.send(email="ines@acme.example").status_code == 303
        version = FormVersion.objects.get(form=form)
        rows = [
            Submission(organisation=solvane, form=form, version=version, once=str(n), network="127.0.0.0/24")
            for n in range(MOST_OF_NETWORK)
        ]
        Submission.objects.bulk_create(rows)
        assert ines.send(email="more@acme.example").status_code == 429
    assert Submission.objects.count() == MOST_OF_NETWORK + 1


def test_only_the_network_of_who_sends_is_kept(solvane: Organisation) -> None:
    form = make_form(solvane)
    visitor(form).send(email="ines@acme.example")
    assert latest().network == "127.0.0.0/24"
    assert "127.0.0.1" not in json.dumps([latest().context, latest().answers])
    assert network_of("2001:db8:1:2::3") == "2001:db8:1::/48"
    assert network_of("::ffff:203.0.113.9") == "203.0.113.0/24"
    assert network_of("unknown") == ""


def test_programs_that_look_are_not_counted(solvane: Organisation) -> None:
    form = make_form(solvane)
    for program in ("Googlebot/2.1", "", "curl/8.1", "facebookexternalhit/1.1"):
        visitor(form, **{"user-agent": program}).look()
    visitor(form, **{"sec-purpose": "prefetch"}).look()
    visitor(form).client.head(address(form))
    assert FormDay.objects.count() == 0
    visitor(form).look()
    visitor(form, way="frame/").look()
    assert sum(FormDay.objects.values_list("shown", flat=True)) == 2


def test_no_cookie_is_set_and_none_is_needed(solvane: Organisation) -> None:
    form = make_form(solvane)
    ines = visitor(form)
    answer = ines.send(email="ines@acme.example")
    ines.client.get(answer["Location"])
    assert not ines.client.cookies


@pytest.mark.real
@pytest.mark.skipif(not NAUGHTY.is_file(), reason="the real files are not here")
def test_whatever_is_typed_is_kept_or_refused_in_words(solvane: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("touchpoints.lead_forms.guarding.MOST_OF_ADDRESS", 10**6)
    monkeypatch.setattr("touchpoints.lead_forms.guarding.MOST_OF_NETWORK", 10**6)
    form = make_form(
        solvane,
        Element("first_name", ElementKind.FIELD, "contact.first_name", "First name"),
        Element("company_name", ElementKind.FIELD, "company.name", "Company"),
        Element("company_domain", ElementKind.FIELD, "company.domain", "Site"),
        Element("message", ElementKind.QUESTION, label="Message", type=QuestionType.LONG),
        Element("offer", ElementKind.HIDDEN, label="Offer"),
    )
    texts: list[Any] = json.loads(NAUGHTY.read_text(encoding="utf-8"))
    assert len(texts) > 400
    ines = visitor(form)
    hidden = ines.fill()
    statuses: set[int] = set()
    for number, text in enumerate(texts):
        names = (
            "first_name",
            "company_name",
            "message",
            "offer",
            "prm_page",
            "prm_referrer",
            "prm_touchpoint",
            "prm_person",
            "prm_visitor",
        )
        answer = ines.post({**hidden, "email": f"n{number}@acme.example", **dict.fromkeys(names, text)})
        statuses.add(answer.status_code)
        if answer.status_code == 422:
            page = answer.content.decode()
            assert 'class="lead-error"' in page
            assert "<script>alert" not in page.lower()
        for name in ("email", "company_domain"):
            statuses.add(ines.post({**hidden, "email": "x@acme.example", name: text}).status_code)
    assert statuses == {303, 422}
    kept = Submission.objects.count()
    assert kept > 400
    process_due(solvane)
    assert Submission.objects.filter(status="received").count() == 0
    # Every one was taken in, but for addresses that cannot be anybody's.
    assert Submission.objects.filter(status="processed").count() == kept


def test_a_worker_killed_in_the_middle_leaves_nothing_half_done(committed: None, solvane: Organisation) -> None:
    """A real process, killed with everything written and nothing committed."""
    form = make_form(solvane)
    visitor(form).send(email="ines@acme.example")
    environment = {**os.environ, "DATABASE_APP_URL": os.environ["TEST_DATABASE_APP_URL"]}
    worker = [sys.executable, "-m", "tests.touchpoints.lead_forms.worker", str(solvane.pk)]

    killed = subprocess.run(worker, cwd=settings.BASE_DIR, env=environment, timeout=120, check=False)

    assert killed.returncode == -signal.SIGKILL
    assert Contact.objects.count() == 0
    assert (latest().status, latest().attempts) == ("received", 1)
    assert process_due(solvane) == 0
    Submission.objects.update(due_at="2026-01-01T00:00:00Z")
    assert process_due(solvane) == 1
    assert Contact.objects.count() == 1
